"""The page of a mentorship, and the form that starts an evaluation."""

from datetime import date, timedelta

import pytest
from django.utils import timezone, translation

from mentorship_cms.choices import EvaluationKind, OpenedPart, Outcome, Role
from mentorship_cms.models import ActionOutcome, Evaluation, FrameworkPage, Opening
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from tests import lifecycle
from tests.mentorships.helpers import (
    WEEK,
    address,
    browser,
    errors_of,
    new_rows,
    queries,
    rows_of,
    window,
)

# -- The page of a mentorship


def shown(user, cast, **fields):
    """What the page of the mentorship says to ``user``, and its context."""
    response = browser(user).get(address("mentorship", cast.mentorship.public_id), fields)
    assert response.status_code == 200
    return response.content.decode(), response.context


def test_the_frame(cast, mentoring, framework):
    mentoring.add_child(
        instance=FrameworkPage(title="Care", locale=mentoring.locale, framework=framework)
    )
    mentorships.describe_mentorship(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        goals="Plan\n\nand <b>care</b>",
        training_organisation="School X",
        training_contact="Ann of X",
        ends_on=today() + timedelta(days=50),
    )
    page = FrameworkPage.objects.get(title="Care")
    for user in (*cast.by_role().values(), cast.coordinator):
        text, _context = shown(user, cast)
        for person in cast.by_role().values():
            assert person.get_full_name() in text
        assert "Helping a newcomer integrate" in text
        assert "School X" in text and "Ann of X" in text
        assert "and &lt;b&gt;care&lt;/b&gt;" in text
        assert f'<a href="{page.url}" lang="nl">Care assistant</a>' in text


def test_what_each_knows_of_the_evaluations(cast):
    closed = lifecycle.closed(cast, kind=EvaluationKind.START)
    draft = lifecycle.started(cast, kind=EvaluationKind.INTERIM)
    dropped = lifecycle.started(cast, kind=EvaluationKind.EXTRA)
    evaluations.discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="By mistake")
    known = {
        "mentor": {closed, draft, dropped},
        "coordinator": {closed, draft, dropped},
        "mentee": {closed, draft, dropped},
        "manager": {closed},
        "deputy": set(),
    }
    for who, expected in known.items():
        text, context = shown(getattr(cast, who), cast)
        assert {row.evaluation for row in context["rows"]} == expected, who
        for evaluation in (closed, draft, dropped):
            link = address("evaluation", evaluation.public_id)
            assert (f'href="{link}"' in text) == (evaluation in expected), who
    assert "on which you take over" in shown(cast.deputy, cast)[0]
    window(cast)
    assert {row.evaluation for row in shown(cast.deputy, cast)[1]["rows"]} == known["mentor"]


def test_a_coordinator_reads_nothing_that_was_written(cast):
    lifecycle.closed(cast)
    text, context = shown(cast.coordinator, cast)
    for words in (
        "Practise with Luc",
        "Grows steadily",
        "More practice",
        "by mentor",
        "Helping at",
    ):
        assert words not in text
    assert not context["points"]
    assert "Observed on" not in text
    assert "Observed on" in shown(cast.manager, cast)[0]


def test_a_correction_stands_beside_what_it_corrects(cast):
    first = lifecycle.closed(cast, kind=EvaluationKind.START)
    second = lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=first.public_id, reason="Wrong level"
    )
    text, context = shown(cast.mentor, cast)
    assert [row.evaluation for row in context["rows"]] == [second, first, correction]
    assert context["rows"][2].corrects == first
    assert "Corrects the evaluation above" in text
    assert "has taken its place" not in text
    evaluations.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    lifecycle.sign(correction, cast.mentor)
    text, context = shown(cast.mentor, cast)
    assert [row.is_replaced for row in context["rows"]] == [False, True, False]
    assert "has taken its place" in text


def test_open_action_points(cast):
    first = lifecycle.talked(cast, kind=EvaluationKind.START)
    readers = (cast.mentor, cast.mentee, cast.manager)
    for user in readers:
        assert "Practise with Luc" not in shown(user, cast)[0], "agreed, but not signed"
    lifecycle.sign(first, cast.mentor)
    for user in readers:
        text, context = shown(user, cast)
        assert "Practise with Luc" in text
        assert "Mentee Person, mentee" in text
        assert not context["points"][0].is_late
    for user in (cast.deputy, cast.coordinator):
        assert "Practise with Luc" not in shown(user, cast)[0]
    point = first.action_points.get()
    point.due_on = today() - timedelta(days=1)
    point.save()
    assert "Late" in shown(cast.mentor, cast)[0]
    second = lifecycle.signed(cast, kind=EvaluationKind.INTERIM)
    ActionOutcome.objects.create(evaluation=second, action_point=point, outcome=Outcome.DONE)
    points = [row.point.evaluation for row in shown(cast.mentor, cast)[1]["points"]]
    assert points == [second]


def test_buttons_by_right(cast):
    links = {
        name: address(name, cast.mentorship.public_id)
        for name in (
            "evaluation_add",
            "progress",
            "record",
            "paper",
            "mentorship_windows",
            "mentorship_people",
            "mentorship_frame",
            "mentorship_end",
        )
    }
    coordinating = {"mentorship_windows", "mentorship_people", "mentorship_frame"}
    expected = {
        "mentor": {"evaluation_add", "progress", "paper", "mentorship_windows"},
        "mentee": {"progress", "record", "paper"},
        "manager": {"progress", "paper"},
        "deputy": set(),
        "coordinator": {*coordinating, "mentorship_end"},
    }
    for who, names in expected.items():
        text, _context = shown(getattr(cast, who), cast)
        assert {name for name, link in links.items() if f'"{link}"' in text} == names, who
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    assert links["evaluation_add"] not in shown(cast.mentor, cast)[0]
    assert links["mentorship_end"] not in shown(cast.coordinator, cast)[0]


def test_who_opened_my_record_is_for_the_mentee(cast):
    evaluation = lifecycle.closed(cast)
    for days in range(25):
        Opening.objects.create(
            mentorship=cast.mentorship,
            subject=evaluation.public_id if days else cast.mentorship.public_id,
            person=cast.manager,
            person_name="Manager Person",
            part=OpenedPart.PROGRESS,
            capacity=Role.LINE_MANAGER,
            opened_on=today() - timedelta(days=days),
            opened_at=timezone.now() - timedelta(days=days),
        )
    text, context = shown(cast.mentee, cast)
    assert "Who opened my record" in text
    assert len(context["openings"]) == 20
    assert len(context["older_openings"]) == 5
    assert "5 earlier times" in text
    assert "Progress over all evaluations" in text
    for user in (cast.mentor, cast.manager, cast.deputy, cast.coordinator):
        text, context = shown(user, cast)
        assert "Who opened my record" not in text
        assert not context["openings"]


def test_years_of_openings_leave_the_page_short(cast):
    evaluation = lifecycle.closed(cast)
    client, where = browser(cast.mentee), address("mentorship", cast.mentorship.public_id)

    def opened(days):
        return Opening.objects.bulk_create(
            Opening(
                mentorship=cast.mentorship,
                subject=evaluation.public_id,
                person=cast.mentor,
                person_name=f"Opened {day} days ago",
                capacity=Role.MENTOR,
                opened_on=today() - timedelta(days=day),
                opened_at=timezone.now() - timedelta(days=day),
            )
            for day in days
        )

    opened(range(100))
    cost = queries(client, where)
    assert "Only the latest stand here." not in client.get(where).content.decode()
    opened(range(100, 140))
    assert queries(client, where) == cost
    text = client.get(where).content.decode()
    assert "Opened 99 days ago" in text and "Opened 100 days ago" not in text
    assert "80 earlier times" in text and "Only the latest stand here." in text
    # The record has them all.
    record = client.get(address("record_file", cast.mentorship.public_id)).json()
    assert len(record["openings"]) == 140


def test_looking_at_the_frame_is_no_opening_of_the_record(cast):
    for user in (cast.mentor, cast.manager, cast.coordinator, cast.mentee):
        shown(user, cast)
    assert not Opening.objects.exists()


def test_reading_what_is_agreed_is_noted_for_the_mentee(cast):
    lifecycle.closed(cast)
    for _twice in range(2):
        for user in (cast.mentor, cast.manager, cast.coordinator, cast.mentee):
            shown(user, cast)
    noted = Opening.objects.values_list("person__username", "part")
    assert sorted(noted) == [("manager", "agreed"), ("mentor", "agreed")]
    text, _context = shown(cast.mentee, cast)
    assert text.count("Action points still open") == 3


@pytest.mark.parametrize("who", ["mentor", "mentee", "manager", "coordinator"])
def test_more_evaluations_need_no_more_queries(cast, who):
    client = browser(getattr(cast, who))
    where = address("mentorship", cast.mentorship.public_id)
    first = lifecycle.closed(cast, kind=EvaluationKind.START)
    evaluations.start_correction(
        user=cast.mentor, evaluation_id=first.public_id, reason="Wrong level"
    )
    before = queries(client, where)
    for _number in range(3):
        lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    assert queries(client, where) == before


# -- The page for starting an evaluation


def test_the_form_proposes_a_kind_and_a_day(cast, framework):
    client = browser(cast.mentor)
    where = address("evaluation_add", cast.mentorship.public_id)
    response = client.get(where)
    text = response.content.decode()
    assert response.context["form"]["kind"].value() == "start"
    assert text.count(" checked") == 1
    assert f'value="{(today() + WEEK).isoformat()}"' in text
    assert "Version 1, " in text
    assert "correction" not in [
        value for value, _label in response.context["form"].fields["kind"].choices
    ]
    dropped = lifecycle.started(cast, kind=EvaluationKind.START)
    evaluations.discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="By mistake")
    assert client.get(where).context["form"]["kind"].value() == "start"
    running = lifecycle.started(cast, kind=EvaluationKind.START)
    response = client.get(where)
    assert response.context["form"]["kind"].value() == "interim"
    assert f'href="{address("evaluation", running.public_id)}"' in response.content.decode()


def test_nothing_starts_on_a_framework_that_is_offline(cast):
    cast.mentorship.framework.refresh_from_db()
    cast.mentorship.framework.unpublish()
    client, where = browser(cast.mentor), address("evaluation_add", cast.mentorship.public_id)
    for response in (
        client.get(where),
        client.post(where, {"kind": "start", "talk_on": today().isoformat()}),
    ):
        assert response.status_code == 200
        assert "The framework is offline: nobody is rated on it" in response.content.decode()
    assert errors_of(response)[""] and not Evaluation.objects.exists()


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_starting(cast, language):
    before = rows_of()
    with translation.override(language):
        where = address("evaluation_add", cast.mentorship.public_id)
    response = browser(cast.mentor).post(where, {"kind": "start", "talk_on": "2026-12-24"})
    evaluation = Evaluation.objects.get()
    assert response["Location"].endswith(f"/evaluations/{evaluation.public_id}/?done=started")
    assert (evaluation.kind, evaluation.talk_on) == ("start", date(2026, 12, 24))
    assert new_rows(before) == {"Evaluation": 1}


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        (
            {},
            {
                "kind": ["Choose a kind of evaluation."],
                "talk_on": ["Say on which day the talk is."],
            },
        ),
        ({"kind": "correction"}, {"kind": ["Choose a kind of evaluation."]}),
        ({"kind": "party"}, {"kind": ["Choose a kind of evaluation."]}),
        ({"talk_on": "soon"}, {"talk_on": ["This is not a date. Write it as 31/12/2026."]}),
        ({"talk_on": "2026-02-30"}, {"talk_on": ["This is not a date. Write it as 31/12/2026."]}),
        (
            {"talk_on": "9999-12-31"},
            {"talk_on": ["This is more than two years from now. Look at the year again."]},
        ),
        (
            {"talk_on": "0001-01-01"},
            {"talk_on": ["This is over a year before the mentorship started."]},
        ),
        ({"kind": "interim"}, {"kind": ["An evaluation of this kind is being written already."]}),
    ],
)
def test_starting_with_bad_input(cast, fields, messages):
    lifecycle.started(cast, kind=EvaluationKind.INTERIM)
    valid = {"kind": "start", "talk_on": today().isoformat()} if fields else {}
    response = browser(cast.mentor).post(
        address("evaluation_add", cast.mentorship.public_id), valid | fields
    )
    assert errors_of(response) == messages
    assert response.context["error_list"] == [
        (message, "id_kind_0" if name == "kind" else f"id_{name}")
        for name, said in messages.items()
        for message in said
    ]
    assert Evaluation.objects.count() == 1
    if fields.get("talk_on"):
        assert f'value="{fields["talk_on"]}"' in response.content.decode()


def test_day_first_where_the_browser_has_no_date_picker(cast):
    response = browser(cast.mentor).post(
        address("evaluation_add", cast.mentorship.public_id),
        {"kind": "start", "talk_on": "05/04/2027"},
    )
    assert response.status_code == 302
    assert Evaluation.objects.get().talk_on == date(2027, 4, 5)


def test_an_ended_mentorship_says_so(cast):
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    client = browser(cast.mentor)
    where = address("evaluation_add", cast.mentorship.public_id)
    text = client.get(where).content.decode()
    assert "This mentorship ended on" in text
    assert "<form class=" not in text.split("mentorship-workspace")[-1]
    response = client.post(where, {"kind": "start", "talk_on": today().isoformat()})
    assert errors_of(response) == {"": ["This mentorship has ended."]}
