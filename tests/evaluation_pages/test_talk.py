"""Writing down the talk, alone and at the same time as somebody else."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from mentorship_cms.choices import Outcome
from mentorship_cms.models import ActionOutcome, ActionPoint
from mentorship_cms.permissions import today
from mentorship_cms.services.marks import mark
from tests import lifecycle
from tests.evaluation_pages.helpers import address, messages, text_of


def key_of(evaluation, place=0):
    """The key of a competency of an evaluation."""
    return evaluation.framework_version.content.competencies[place].key


def talk(evaluation, *points, conclusion="Goes well", **fields):
    """What the form of the talk sends, with rows for action points."""
    data = {"revision": evaluation.revision, "conclusion": conclusion, "needs": "Time"}
    data["rows"] = len(points)
    for number, point in enumerate(points):
        for name, value in point.items():
            data[f"point-{number}-{name}"] = value
    return data | fields


def test_mentor_and_mentee_write_down_the_talk(cast, visit, send):
    evaluation = lifecycle.shared(cast)
    page = visit(cast.mentee, evaluation, "talk").content.decode()
    assert page.count('class="mentorship-panel mentorship-point"') == 3
    assert 'data-mentorship-keep-name="needs"' in page
    send(
        cast.mentee,
        evaluation,
        "talk",
        **talk(
            evaluation,
            {
                "text": "Practise",
                "owner": "mentee",
                "due_on": str(today()),
                "competencies": [key_of(evaluation), key_of(evaluation, 2)],
            },
            {"text": "", "owner": ""},
            {"text": "Explain the lift", "owner": "mentor"},
        ),
    )
    evaluation.refresh_from_db()
    assert evaluation.conclusion == "Goes well" and evaluation.needs == "Time"
    assert [point.text for point in evaluation.action_points.all()] == [
        "Practise",
        "Explain the lift",
    ]
    page = text_of(visit(cast.manager, evaluation, query="?done=talk"))
    assert "Practise Who Mentee" in page and "A1 Competency A1 B1 Competency B1" in page
    page = visit(cast.mentor, evaluation, "talk").content.decode()
    assert page.count('class="mentorship-panel mentorship-point"') == 5
    first = evaluation.action_points.first()
    send(
        cast.mentor,
        evaluation,
        "talk",
        **talk(
            evaluation,
            {"public_id": first.public_id, "text": "Practise more", "owner": "mentee"},
            {
                "public_id": evaluation.action_points.last().public_id,
                "text": "Explain the lift",
                "owner": "mentor",
                "remove": "on",
            },
        ),
    )
    assert [(point.pk, point.text) for point in evaluation.action_points.all()] == [
        (first.pk, "Practise more")
    ]


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"text": "", "due_on": "2030-01-01"}, "Say what is to be done"),
        ({"text": "Practise"}, "Choose who does this."),
        ({"text": "Practise", "owner": "king"}, "Choose who does this."),
        ({"text": "Practise", "owner": "mentee", "due_on": "soon"}, "This is not a date."),
        ({"text": "y" * 20_001, "owner": "mentee"}, "This text has 20001 characters"),
        (
            {"text": "Practise", "owner": "mentee", "competencies": ["11111111-1111-4111"]},
            "This competency is not in the framework",
        ),
        (
            {
                "text": "Practise",
                "owner": "mentee",
                "public_id": "11111111-1111-4111-8111-111111111111",
            },
            "This action point is no longer here.",
        ),
    ],
)
def test_a_bad_action_point_is_told_by_its_row_and_nothing_is_lost(cast, send, point, message):
    evaluation = lifecycle.shared(cast)
    good = {"text": "A good one", "owner": "mentor"}
    response = send(cast.mentor, evaluation, "talk", status=200, **talk(evaluation, good, point))
    assert any(message in said for said in messages(response)), messages(response)
    page = response.content.decode()
    assert "Goes well" in page and "A good one" in page and point["text"] in page
    assert 'href="#id_point-1-' in page
    assert not ActionPoint.objects.exists()
    evaluation.refresh_from_db()
    assert evaluation.conclusion == ""


def test_the_action_point_of_another_evaluation_is_not_taken_over(cast, framework, send):
    theirs = lifecycle.talked(lifecycle.cast(framework, cast.coordinator, prefix="other-"))
    point = theirs.action_points.get()
    evaluation = lifecycle.shared(cast)
    response = send(
        cast.mentor,
        evaluation,
        "talk",
        status=200,
        **talk(evaluation, {"public_id": point.public_id, "text": "Stolen", "owner": "mentee"}),
    )
    assert "no longer here" in text_of(response) and "Practise with Luc" not in text_of(response)
    point.refresh_from_db()
    assert point.text == "Practise with Luc" and point.evaluation == theirs


def test_one_more_row_keeps_everything_typed_and_saves_nothing(cast, send):
    evaluation = lifecycle.shared(cast)
    response = send(
        cast.mentor,
        evaluation,
        "talk",
        status=200,
        more="1",
        **talk(evaluation, {"text": "Practise", "competencies": [key_of(evaluation)]}),
    )
    page = response.content.decode()
    assert page.count('class="mentorship-panel mentorship-point"') == 2
    assert "Practise" in page and "Goes well" in page and page.count(" checked") == 1
    assert messages(response) == []
    assert not ActionPoint.objects.exists()
    many = send(
        cast.mentor, evaluation, "talk", status=200, more="1", **talk(evaluation, rows=10**9)
    )
    assert many.content.decode().count('class="mentorship-panel mentorship-point"') == 50


def test_a_stale_talk_shows_both_texts_and_loses_nothing(cast, send):
    evaluation = lifecycle.shared(cast)
    mine = talk(evaluation, {"text": "Mine", "owner": "mentor"}, conclusion="Typed by mentor")
    theirs = talk(evaluation, {"text": "Theirs", "owner": "mentee"}, conclusion="By mentee")
    send(cast.mentee, evaluation, "talk", **theirs)
    response = send(cast.mentor, evaluation, "talk", status=200, **mine)
    page = response.content.decode()
    assert "Typed by mentor" in page and "By mentee" in page
    assert "Mine" in page and "Theirs" in page
    assert "Stored now: Conclusion" in page and "Stored now: What the mentee needs" not in page
    evaluation.refresh_from_db()
    assert evaluation.conclusion == "By mentee"
    revision = int(re.search(r'id="talk-revision" value="(\d+)"', page)[1])
    assert revision == evaluation.revision
    again = dict(re.findall(r'name="(point-\d+-public_id)"(?: value="([^"]*)")?', page))
    assert sum(bool(value) for value in again.values()) == 1
    rows = int(re.search(r'name="rows" value="(\d+)"', page)[1])
    stored = next(name for name, value in again.items() if value).split("-")[1]
    send(
        cast.mentor,
        evaluation,
        "talk",
        **mine
        | {
            "revision": revision,
            "rows": rows,
            f"point-{stored}-public_id": again[f"point-{stored}-public_id"],
            f"point-{stored}-text": "Theirs",
            f"point-{stored}-owner": "mentee",
        },
    )
    texts = {point.text for point in evaluation.action_points.all()}
    assert texts == {"Mine", "Theirs"}


def test_what_the_other_removed_is_added_anew(cast, send):
    evaluation = lifecycle.talked(cast)
    point = evaluation.action_points.get()
    mine = talk(evaluation, {"public_id": point.public_id, "text": "Typed over", "owner": "mentee"})
    send(cast.mentee, evaluation, "talk", **talk(evaluation, conclusion="No points"))
    page = send(cast.mentor, evaluation, "talk", status=200, **mine).content.decode()
    evaluation.refresh_from_db()
    assert "Typed over" in page and str(point.public_id) not in page
    mine |= {"revision": evaluation.revision, "point-0-public_id": ""}
    send(cast.mentor, evaluation, "talk", **mine)
    assert evaluation.action_points.get().text == "Typed over"


def test_outcomes_of_earlier_points_are_asked_first(cast, visit, send):
    earlier = lifecycle.closed(cast)
    point = earlier.action_points.get()
    evaluation = lifecycle.shared(cast)
    page = text_of(visit(cast.mentor, evaluation, "talk"))
    assert page.index("Practise with Luc") < page.index("Conclusion")
    name = f"outcome-{point.public_id}"
    for data, message in (
        ({f"{name}-note": "Half"}, "Choose what became of it."),
        ({f"{name}-outcome": "magic"}, "Choose what became of it."),
    ):
        response = send(cast.mentor, evaluation, "talk", status=200, **talk(evaluation, **data))
        assert any(message in said for said in messages(response))
    send(
        cast.mentor,
        evaluation,
        "talk",
        **talk(evaluation, **{f"{name}-outcome": "partly", f"{name}-note": "Half of it"}),
    )
    outcome = ActionOutcome.objects.get()
    assert (outcome.outcome, outcome.note) == (Outcome.PARTLY, "Half of it")
    page = visit(cast.mentee, evaluation, "talk").content.decode()
    assert re.search(r'value="partly"[^>]* checked', page) and "Half of it" in page
    page = text_of(visit(cast.manager, evaluation))
    assert "Partly done" in page and "Half of it" in page


def test_a_text_is_kept_while_it_is_typed(cast, client):
    evaluation = lifecycle.shared(cast)
    client.force_login(cast.mentee)
    data = {"name": "needs", "text": "More\r\ntime", "revision": mark("")}
    response = client.post(address(evaluation, "talk_keep"), data)
    assert response.status_code == 200
    told = json.loads(response.content)
    assert told["revision"] == mark("More\ntime") and re.search(r"\d\d:\d\d", told["saved"])
    evaluation.refresh_from_db()
    assert evaluation.needs == "More\ntime"
    response = client.post(address(evaluation, "talk_keep"), data | {"text": "Other"})
    assert response.status_code == 409 and "meantime" in json.loads(response.content)["message"]
    for bad in (
        {"name": "situation"},
        {"text": "x" * 20_001},
        {"text": "x\x00"},
    ):
        fresh = data | {"revision": told["revision"]} | bad
        response = client.post(address(evaluation, "talk_keep"), fresh)
        assert response.status_code == 400 and json.loads(response.content)["message"]
    assert client.post(address(evaluation, "talk_keep"), {}).status_code == 400
    evaluation.refresh_from_db()
    assert evaluation.needs == "More\ntime"


# -- Two at once, each at something else


def opened(page):
    """What a browser sends of a form of the talk that nobody typed in."""
    page = page.content.decode()
    data = {}
    for tag in re.findall(r"<input[^>]*>", page):
        found = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if found.get("type") == "hidden" or found.get("type") == "date" or " checked" in tag:
            data[found.get("name", "")] = found.get("value", "")
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.S):
        data[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return {name: value for name, value in data.items() if name and name != "csrfmiddlewaretoken"}


def test_two_who_write_different_things_lose_nothing(cast, visit, send):
    earlier = lifecycle.closed(cast)
    asked = earlier.action_points.get()
    evaluation = lifecycle.talked(cast, lifecycle.shared(cast))
    outcome = f"outcome-{asked.public_id}"
    forms = {who: opened(visit(who, evaluation, "talk")) for who in (cast.mentor, cast.mentee)}
    place = sum(name.endswith("-text") for name in forms[cast.mentor]) - 1
    new = {f"point-{place}-text": "Visit the kitchen", f"point-{place}-owner": "mentor"}
    mentors = {"conclusion": "By the mentor", f"{outcome}-outcome": "done"} | new
    send(cast.mentor, evaluation, "talk", **forms[cast.mentor] | mentors)
    mentees = {"needs": "By the mentee", "point-0-text": "Practise with Luc and Fatima"}
    send(cast.mentee, evaluation, "talk", **forms[cast.mentee] | mentees)
    evaluation.refresh_from_db()
    assert (evaluation.conclusion, evaluation.needs) == ("By the mentor", "By the mentee")
    assert [point.text for point in evaluation.action_points.all()] == [
        "Practise with Luc and Fatima",
        "Visit the kitchen",
    ]
    assert evaluation.outcomes.get().outcome == Outcome.DONE


def test_what_both_changed_is_shown_and_the_rest_is_joined(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    mine, theirs = (opened(visit(who, evaluation, "talk")) for who in (cast.mentor, cast.mentee))
    send(cast.mentee, evaluation, "talk", **theirs | {"conclusion": "Theirs", "needs": "Sleep"})
    clash = mine | {"conclusion": "Mine"}
    response = send(cast.mentor, evaluation, "talk", status=200, **clash)
    page = text_of(response)
    assert "Stored now: Conclusion" in page and "Stored now: What the mentee needs" not in page
    again = opened(response)
    assert (again["conclusion"], again["needs"]) == ("Mine", "Sleep")
    send(cast.mentor, evaluation, "talk", **again)
    evaluation.refresh_from_db()
    assert (evaluation.conclusion, evaluation.needs) == ("Mine", "Sleep")


@pytest.mark.parametrize(
    ("mine", "theirs", "stays"),
    [
        ({}, {"remove": "on"}, []),
        ({"remove": "on"}, {}, []),
        ({"remove": "on"}, {"text": "Changed"}, None),
        ({"text": "Changed"}, {"remove": "on"}, None),
        ({"text": "Mine"}, {"text": "Theirs"}, None),
        ({"text": "Same"}, {"text": "Same"}, ["Same"]),
        ({}, {"text": "Theirs"}, ["Theirs"]),
    ],
)
def test_one_action_point_in_two_hands(cast, visit, send, mine, theirs, stays):
    evaluation = lifecycle.talked(cast)
    forms = [opened(visit(who, evaluation, "talk")) for who in (cast.mentor, cast.mentee)]

    def row(form, change):
        # Something else is typed as well, so that each form is a save.
        return form | {f"point-0-{name}": value for name, value in change.items()}

    send(cast.mentee, evaluation, "talk", **row(forms[1], theirs) | {"needs": "Rest"})
    status = 302 if stays is not None else 200
    response = send(cast.mentor, evaluation, "talk", status=status, **row(forms[0], mine))
    texts = [point.text for point in evaluation.action_points.all()]
    if stays is not None:
        assert texts == stays
    else:
        expected = [] if theirs.get("remove") else [theirs["text"]]
        assert texts == expected
        assert mine.get("text", "Changed") in response.content.decode()


def test_what_was_told_stays_when_another_evaluation_settles_it(cast, visit, send):
    point = lifecycle.closed(cast).action_points.get()
    name = f"outcome-{point.public_id}"
    two = [lifecycle.shared(cast, kind=kind) for kind in ("interim", "extra")]
    for evaluation in two:
        told = {f"{name}-outcome": "done", f"{name}-note": "As agreed"}
        send(cast.mentor, evaluation, "talk", **talk(evaluation, **told))
        evaluation.refresh_from_db()
    lifecycle.sign(two[0], cast.mentor)
    form = opened(visit(cast.mentor, two[1], "talk"))
    assert form[f"{name}-note"] == "As agreed"
    send(cast.mentor, two[1], "talk", **form | {"needs": "Rest"})
    assert two[1].outcomes.get().note == "As agreed"


@pytest.mark.parametrize("days", [-1, 0])
def test_an_action_point_is_due_today_or_later(cast, send, days):
    evaluation = lifecycle.shared(cast)
    day = today() + timedelta(days=days)
    data = talk(evaluation, {"text": "Practise", "owner": "mentee", "due_on": str(day)})
    response = send(cast.mentor, evaluation, "talk", status=200 if days else 302, **data)
    if days:
        assert any("This day is over." in said for said in messages(response))
        assert 'href="#id_point-0-due_on"' in response.content.decode()


def test_what_was_typed_comes_back_after_signing_in(cast, client):
    evaluation = lifecycle.shared(cast)
    client.force_login(cast.mentor)
    page = client.get(address(evaluation, "talk")).content.decode()
    token = re.search(r'name="writer" value="([^"]+)"', page)[1]
    client.logout()
    data = talk(evaluation, {"text": "Practise", "owner": "mentee"}) | {"writer": token}
    assert "/login/" in client.post(address(evaluation, "talk"), data).url
    client.force_login(cast.mentor)
    session = client.session
    page = client.get(address(evaluation, "talk")).content.decode()
    assert session is not None
    assert "Goes well" in page and "Practise" in page and "You had been signed out" in page
    assert client.post(address(evaluation, "talk"), data).status_code == 302
    assert "You had been signed out" not in client.get(address(evaluation, "talk")).content.decode()
