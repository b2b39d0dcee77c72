"""The pages about one evaluation: who sees what in which state, every act, what is kept."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.models import Locale

from mentorship_cms.choices import Answer, EvaluationState, Outcome, Role, Verdict
from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    DeputyWindow,
    Evaluation,
    Opening,
    Rating,
    Signature,
)
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations as acts
from mentorship_cms.services import mentorships
from mentorship_cms.services.content import digest_of
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import Entry, save_entries
from tests import factories, lifecycle

ACTS = {
    "evaluation_details": "may_edit_details",
    "evaluation_discard": "may_discard",
    "evaluation_version": "may_move",
    "evaluation_reveal": "may_reveal",
    "talk": "may_talk",
    "sign": "signing_role",
    "signature_missing": "may_record_missing",
    "evaluation_correct": "may_correct",
}


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)


@pytest.fixture
def visit(client):
    """Open a page about an evaluation as somebody."""

    def get(user, evaluation, name="evaluation", status=200, query=""):
        client.force_login(user)
        response = client.get(address(evaluation, name) + query)
        assert response.status_code == status, (user, name)
        return response

    return get


@pytest.fixture
def send(client):
    """Post to a page about an evaluation as somebody."""

    def post(user, evaluation, name, status=302, **data):
        client.force_login(user)
        response = client.post(address(evaluation, name), data)
        assert response.status_code == status, (user, name, messages(response))
        return response

    return post


def address(evaluation, name="evaluation"):
    """The address of a page about an evaluation, in Dutch."""
    with translation.override("en"):
        return reverse(f"mentorship_cms:{name}", args=[evaluation.public_id])


def text_of(response):
    """What a reader sees, without marks and with single spaces."""
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def messages(response):
    """The messages of a form that was shown again."""
    page = response.content.decode()
    found = re.findall(r'class="mentorship-field__error">(.*?)</p>', page, flags=re.S)
    found += re.findall(r'class="mentorship-errors.*?</div>', page, flags=re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split()) for part in found]


def deputise(cast):
    """Let the deputy take over from today."""
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today() + timedelta(days=3),
    )


def overdue(evaluation, days=10):
    """Let the talk have been some days ago, and the mentor's signature even longer."""
    Evaluation.objects.filter(pk=evaluation.pk).update(talk_on=today() - timedelta(days=days))
    evaluation.refresh_from_db()
    return evaluation


def signed_long_ago(evaluation):
    """Let the mentor have signed so long ago that a missing signature may be recorded."""
    Evaluation.objects.filter(pk=evaluation.pk).update(
        signed_at=evaluation.signed_at - timedelta(days=30)
    )
    evaluation.refresh_from_db()
    return evaluation


def republish(framework, *, criterion=None, remove=False, label=None):
    """Publish the framework again with A1 reworded, A1 gone, or the first level renamed."""
    if label is not None:
        scale = framework.rating_scale
        level = scale.levels.all()[0]
        level.label = label
        scale.levels.add(level)
        publish(snippet=scale)
    framework = type(framework).objects.get(pk=framework.pk).get_latest_revision_as_object()
    area = framework.areas.all()[0]
    first = area.competencies.all()[0]
    if criterion is not None:
        first.criterion = criterion
        area.competencies.add(first)
    if remove:
        area.competencies.remove(first)
    framework.areas.add(area)
    publish(snippet=framework, note="Again")
    return framework.versions.order_by("-number").first()


def key_of(evaluation, place=0):
    """The key of a competency of an evaluation."""
    return evaluation.framework_version.content.competencies[place].key


# -- Who may open what


@pytest.fixture
def states(framework, coordinator):
    """An evaluation in each state, each of a mentorship of its own, by the name of the state."""
    found = {}
    for name in ("draft", "shared", "signed", "closed", "discarded"):
        people = lifecycle.cast(framework, coordinator, prefix=f"{name}-")
        if name == "discarded":
            evaluation = lifecycle.started(people)
            lifecycle.write(evaluation, people.mentor, remark=f"by {people.mentor.username}")
            acts.discard(
                user=people.mentor, evaluation_id=evaluation.public_id, reason="Why discarded"
            )
        elif name == "draft":
            evaluation = lifecycle.started(people)
            lifecycle.write(evaluation, people.mentor, remark=f"by {people.mentor.username}")
            lifecycle.write(evaluation, people.mentee, remark=f"by {people.mentee.username}")
        else:
            evaluation = getattr(lifecycle, "talked" if name == "shared" else name)(people)
        evaluation.refresh_from_db()
        found[name] = (people, evaluation)
    return found


#: For each state, what mentor, deputy, mentee, line manager and coordinator get of the hub:
#: the "whole", the "frame" (state and dates), or nothing.
HUB = {
    "draft": {"mentor": "own", "deputy": None, "mentee": "own", "manager": None},
    "shared": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "signed": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "closed": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "discarded": {"mentor": "frame", "deputy": None, "mentee": None, "manager": None},
}


def test_each_role_reads_what_it_may_in_each_state(states, visit, reader, administrator):
    for state, roles in HUB.items():
        people, evaluation = states[state]
        canaries = {f"by {people.mentor.username}", f"by {people.mentee.username}"}
        talk = {"Grows steadily", "More practice", "Practise with Luc", "Helping at breakfast"}
        for role, seen in roles.items():
            user = getattr(people, role)
            page = text_of(visit(user, evaluation, status=200 if seen else 404))
            for text in canaries | talk:
                assert (text in page) is (seen == "whole"), (state, role, text)
        frame = visit(people.coordinator, evaluation).content.decode()
        for text in canaries | talk | {"With help", "Competency A1", people.mentor.last_name}:
            assert text not in frame, (state, "coordinator", text)
        for stranger in (reader, administrator):
            visit(stranger, evaluation, status=404)


def test_the_deputy_acts_in_the_window_only(states, visit):
    for state, (people, evaluation) in states.items():
        visit(people.deputy, evaluation, status=404)
        deputise(people)
        page = text_of(visit(people.deputy, evaluation))
        assert ("by " + people.mentee.username in page) is (state in ("shared", "signed", "closed"))
        DeputyWindow.objects.update(closed_at=evaluation.created_at)
        visit(people.deputy, evaluation, status=404)


def test_pages_of_acts_are_for_those_who_take_part(states, client, reader):
    takes_part = {
        "mentor": set(ACTS),
        "mentee": {"talk", "sign"},
        "manager": {"sign"},
        "coordinator": set(),
    }
    for state, (people, evaluation) in states.items():
        for role, allowed in takes_part.items():
            client.force_login(getattr(people, role))
            for name in ACTS:
                hidden = name not in allowed or HUB[state].get(role, "frame") is None
                if state == "discarded" and name == "sign":
                    hidden = True
                # Too long a reason, so that nothing is done.
                for method, data in (("get", {}), ("post", {"reason": "x" * 20_001})):
                    answer = getattr(client, method)(address(evaluation, name), data)
                    assert (answer.status_code == 404) is hidden, (state, role, name, method)
            keep = client.post(address(evaluation, "talk_keep"), {"name": "needs", "text": "x"})
            may_keep = role in ("mentor", "mentee") and HUB[state][role] is not None
            assert (keep.status_code == 404) is not may_keep, (state, role)
        client.force_login(reader)
        for name in (*ACTS, "evaluation_history", "talk_keep"):
            assert client.get(address(evaluation, name)).status_code == 404
            assert client.post(address(evaluation, name)).status_code == 404


def test_a_page_whose_time_is_over_leads_to_the_evaluation(states, client):
    people, evaluation = states["closed"]
    client.force_login(people.mentor)
    for name in ACTS:
        response = client.get(address(evaluation, name))
        if name == "evaluation_correct":
            assert response.status_code == 200
        else:
            assert response.status_code == 302, name
            assert response.url == address(evaluation)


def test_a_late_post_tells_why_and_keeps_what_was_typed(states, client):
    people, evaluation = states["closed"]
    client.force_login(people.mentor)
    typed = {
        "evaluation_details": {"situation": "Typed late", "talk_on": str(today())},
        "evaluation_discard": {"reason": "Typed late"},
        "talk": {"conclusion": "Typed late", "rows": "0"},
        "sign": {"remark": "Typed late"},
        "signature_missing": {"reason": "Typed late", "role": "mentee", "verdict": "absent"},
    }
    for name, data in typed.items():
        response = client.post(address(evaluation, name), data)
        assert response.status_code == 200, name
        if name != "signature_missing":
            assert "This cannot be done now" in text_of(response), name
        assert "Typed late" in response.content.decode(), name
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED


def test_pages_are_never_kept_and_anonymous_visitors_sign_in(states, client):
    people, evaluation = states["shared"]
    for name in (*ACTS, "evaluation", "evaluation_history"):
        response = client.get(address(evaluation, name))
        assert response.status_code == 302 and "/login/" in response.url, name
        assert response["Cache-Control"] == "no-store, private"
    client.force_login(people.mentor)
    for name in ("evaluation", "talk", "sign", "evaluation_history", "evaluation_details"):
        response = client.get(address(evaluation, name))
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store, private"
        assert "noindex" in response["X-Robots-Tag"]
    assert client.get(address(evaluation, "talk_keep")).status_code == 405


# -- Drafts


def test_a_draft_says_how_far_it_is_and_not_a_word_of_the_other_side(cast, visit):
    evaluation = lifecycle.started(cast)
    assert "Write my sheet" in text_of(visit(cast.mentor, evaluation))
    lifecycle.write(evaluation, cast.mentor, remark="of the mentor", only=3)
    page = text_of(visit(cast.mentor, evaluation))
    assert "3 of 4 competencies are rated" in page and "Go on with my sheet" in page
    assert "Drop this evaluation" in page
    lifecycle.write(evaluation, cast.mentee, remark="of the mentee")
    page = text_of(visit(cast.mentee, evaluation))
    assert "Check and share my sheet" in page and "3 of 4" not in page
    assert "of the mentor" not in page
    acts.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    page = text_of(visit(cast.mentee, evaluation))
    assert "The mentor has not shared theirs yet" in page
    page = text_of(visit(cast.mentor, evaluation))
    assert "of the mentee" not in page and "Shared " in page
    assert "Drop this evaluation" not in page


def test_dates_and_situation_are_saved(cast, visit, send):
    evaluation = lifecycle.started(cast)
    visit(cast.mentor, evaluation, "evaluation_details")
    response = send(
        cast.mentor,
        evaluation,
        "evaluation_details",
        revision=0,
        talk_on=str(today()),
        observed_on=str(today()),
        situation="Breakfast\r\nand coffee",
    )
    assert response.url == address(evaluation) + "?done=details"
    evaluation.refresh_from_db()
    assert evaluation.situation == "Breakfast\nand coffee"
    assert "Dates and situation are saved" in text_of(
        visit(cast.mentor, evaluation, query="?done=details")
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("observed_on", "2999-01-01", "This day has yet to come."),
        ("observed_on", "1999-01-01", "This is over a year before the mentorship started."),
        ("talk_on", "", "Say on which day the talk is."),
        ("talk_on", "soon", "This is not a date."),
        ("situation", "x" * 20_001, "This text has 20001 characters"),
        ("situation", "x\x00y", "Null characters"),
    ],
)
def test_bad_dates_and_texts_are_told_by_the_field(cast, send, field, value, message):
    evaluation = lifecycle.started(cast)
    data = {"revision": 0, "talk_on": str(today()), "situation": "Kept as typed", field: value}
    response = send(cast.mentor, evaluation, "evaluation_details", status=200, **data)
    assert any(message in said for said in messages(response)), messages(response)
    assert data["situation"][:13] in response.content.decode()
    assert f'href="#id_{field}"' in response.content.decode()
    evaluation.refresh_from_db()
    assert evaluation.situation == ""


def test_a_stale_form_of_dates_shows_both_texts(cast, send):
    evaluation = lifecycle.started(cast)
    data = {"talk_on": str(evaluation.talk_on), "revision": 0}
    send(cast.mentor, evaluation, "evaluation_details", situation="First saved", **data)
    response = send(
        cast.mentor, evaluation, "evaluation_details", status=200, situation="Typed too", **data
    )
    page = response.content.decode()
    assert "First saved" in page and "Typed too" in page
    revision = re.search(r'name="revision" value="(\d+)"', page)[1]
    send(
        cast.mentor,
        evaluation,
        "evaluation_details",
        situation="Typed too",
        talk_on=str(evaluation.talk_on),
        revision=revision,
    )
    evaluation.refresh_from_db()
    assert evaluation.situation == "Typed too"


def test_a_draft_is_dropped_with_a_reason(cast, visit, send):
    evaluation = lifecycle.started(cast)
    send(cast.mentor, evaluation, "evaluation_discard", status=200, reason="x" * 20_001)
    send(cast.mentor, evaluation, "evaluation_discard", reason="Started twice")
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.DISCARDED
    page = text_of(visit(cast.mentor, evaluation, query="?done=discarded"))
    assert "The evaluation is dropped." in page
    assert "Started twice" in text_of(visit(cast.mentor, evaluation, "evaluation_history"))
    assert "Started twice" not in text_of(visit(cast.coordinator, evaluation, "evaluation_history"))


def test_a_draft_moves_to_the_newest_version_after_showing_what_differs(
    cast, framework, visit, send
):
    evaluation = lifecycle.started(cast)
    assert "See what differs" not in text_of(visit(cast.mentor, evaluation))
    visit(cast.mentor, evaluation, "evaluation_version", status=302)
    lifecycle.write(evaluation, cast.mentor, remark="typed")
    republish(framework, criterion="Shows something else altogether.")
    assert "See what differs" in text_of(visit(cast.mentor, evaluation))
    assert "See what differs" not in text_of(visit(cast.mentee, evaluation))
    page = text_of(visit(cast.mentor, evaluation, "evaluation_version"))
    assert "something else altogether." in page and "4 ratings on your sheet stay" in page
    assert "look at your rating again" in page
    newest = republish(framework, remove=True)
    page = text_of(send(cast.mentor, evaluation, "evaluation_version", status=200, version="2"))
    assert "A still newer version was published" in page
    assert "goes to the general remark" in page and "3 ratings on your sheet stay" in page
    send(cast.mentor, evaluation, "evaluation_version", version=newest.number)
    evaluation.refresh_from_db()
    assert evaluation.framework_version == newest
    assert "typed" in evaluation.sheets.get().remark


def test_the_mentor_goes_on_without_the_mentees_sheet(cast, visit, send):
    evaluation = lifecycle.started(cast)
    visit(cast.mentor, evaluation, "evaluation_reveal", status=302)
    overdue(evaluation)
    page = text_of(visit(cast.mentor, evaluation, "evaluation_reveal"))
    assert "Share your own sheet first" in page
    refused = send(cast.mentor, evaluation, "evaluation_reveal", status=200)
    assert "Share your own sheet first." in text_of(refused)
    acts.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    lifecycle.write(evaluation, cast.mentor, remark="of the mentor")
    lifecycle.write(evaluation, cast.mentee, remark="never shared")
    acts.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    assert "Go on without the mentee's sheet" in text_of(visit(cast.mentor, evaluation))
    send(cast.mentor, evaluation, "evaluation_reveal")
    for user in (cast.mentor, cast.mentee, cast.manager):
        page = text_of(visit(user, evaluation))
        assert "of the mentor" in page and "never shared" not in page
        assert "Only where both views differ" not in page


# -- Reading


def test_both_views_stand_side_by_side_in_words(cast, visit):
    evaluation = lifecycle.started(cast)
    first, second, third, fourth = evaluation.framework_version.content.competencies
    levels = evaluation.framework_version.content.levels
    save_entries(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(first.key, Answer.LEVEL, levels[1].key, "mentor on one"),
            Entry(second.key, Answer.NOT_OBSERVED),
            Entry(third.key, Answer.LEVEL, levels[0].key),
            Entry("", None, remark="mentor in general"),
        ],
    )
    save_entries(
        user=cast.mentee,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(first.key, Answer.LEVEL, levels[0].key),
            Entry(second.key, Answer.LEVEL, levels[0].key),
            Entry(third.key, Answer.LEVEL, levels[0].key),
            Entry(fourth.key, Answer.NOT_APPLICABLE),
        ],
    )
    acts.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        acts.share_sheet(user=user, evaluation_id=evaluation.public_id, incomplete=True)
    response = visit(cast.manager, evaluation)
    page = response.content.decode()
    views = [text_of_part(part) for part in page.split('class="mentorship-view"')[1:]]
    assert "One level apart Mentor 2 Alone mentor on one Mentee 1 With help" in views[0]
    assert "A level from one side only Mentor Not observed Mentee 1 With help" in views[1]
    assert "apart" not in views[2] and "one side" not in views[2]
    assert "Mentor No rating Mentee Not applicable" in views[3]
    assert "mentor in general" in page
    assert "Shows A1 in a real situation." in views[0] and "A1: with help" in views[0]
    filtered = text_of(visit(cast.manager, evaluation, query="?differ=1"))
    assert "Competency B1" not in filtered
    assert all(f"Competency {code}" in filtered for code in ("A1", "A2", "B2"))
    assert 'lang="nl">' in page, "what the mentor wrote is in another language than the page"
    assert "average" not in page.lower()


def text_of_part(html):
    """The text of a part of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_words_stay_as_published_and_say_what_changed_since(cast, framework, visit):
    evaluation = lifecycle.closed(cast)
    before = text_of(visit(cast.mentee, evaluation))
    assert "Changed since" not in before and "Unchanged since it was signed." in before
    republish(framework, criterion="Shows A1 every day.", label="With some help")
    page = visit(cast.mentee, evaluation).content.decode()
    views = [text_of_part(part) for part in page.split('class="mentorship-view"')[1:]]
    assert "1 With help" in views[0] and "Shows A1 in a real situation." in views[0]
    assert "Version 3 words it otherwise" in views[0] and "every day." in views[0]
    assert "Version 3 words this level otherwise" in views[0] and "added: some" in views[0]
    assert "words it otherwise" not in views[1]
    assert "Unchanged since it was signed." in text_of_part(page)
    republish(framework, remove=True)
    views = visit(cast.mentee, evaluation).content.decode().split('class="mentorship-view"')[1:]
    assert "Version 4 no longer has this competency" in text_of_part(views[0])
    assert "Shows A1 in a real situation." in text_of_part(views[0])


def test_each_sheet_keeps_the_words_of_its_own_language(cast, framework, visit):
    french = framework.copy_for_translation(Locale.objects.get(language_code="fr"))
    area = french.areas.all()[0]
    first = area.competencies.all()[0]
    first.title, first.criterion = "Compétence une", "En situation."
    area.competencies.add(first)
    french.areas.add(area)
    publish(snippet=french)
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, language="nl")
    lifecycle.write(evaluation, cast.mentee, language="fr", remark="en français")
    acts.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        acts.share_sheet(user=user, evaluation_id=evaluation.public_id)
    page = visit(cast.manager, evaluation).content.decode()
    view = page.split('class="mentorship-view"')[1]
    assert "version 1 (NL)" in view and "version 1 (FR)" in view
    assert "Compétence une" in view and "Shows A1 in a real situation." in view
    assert "rated on version 1" not in page
    assert re.search(r'class="mentorship-remark" lang="fr"><p>en français', view)
    # Each language has versions of its own, so what is said of them names the language.
    for item in (framework, french):
        item = item.get_latest_revision_as_object()
        item.introduction = "Otherwise."
        publish(snippet=item)
    page = text_of(visit(cast.manager, evaluation))
    assert page.count("This was rated on version 1") == 2
    assert "Dutch This was rated" in page and "French This was rated" in page


def test_what_was_changed_behind_the_signature_is_said_loudly(cast, visit):
    evaluation = lifecycle.closed(cast)
    Rating.objects.filter(remark="by mentor").update(remark="by somebody")
    page = visit(cast.mentee, evaluation)
    assert "What stands here is not what was signed" in text_of(page)
    assert "Unchanged since it was signed." not in text_of(page)


def test_a_sheet_that_was_taken_back_is_named_with_the_reason_only(cast, visit):
    evaluation = lifecycle.shared(cast)
    acts.take_back_sheet(
        user=cast.mentee, evaluation_id=evaluation.public_id, reason="Forgot the lift"
    )
    page = text_of(visit(cast.mentor, evaluation))
    assert "Taken back on" in page and "Forgot the lift" in page
    assert "by mentee" not in page and "by mentor" in page
    own = text_of(visit(cast.mentee, evaluation))
    assert "You took your sheet back" in own and "Go on with my sheet" in own


def test_who_opened_it_is_noted_for_the_mentee(cast, visit):
    evaluation = lifecycle.started(cast)
    visit(cast.mentor, evaluation)
    visit(cast.coordinator, evaluation)
    assert not Opening.objects.exists(), "nothing was to be read"
    lifecycle.shared(cast, evaluation)
    visit(cast.mentee, evaluation)
    visit(cast.coordinator, evaluation)
    assert not Opening.objects.exists()
    assert "Nobody but you has opened this yet." in text_of(visit(cast.mentee, evaluation))
    for _again in range(2):
        visit(cast.manager, evaluation)
    visit(cast.mentor, evaluation, "evaluation_history")
    assert Opening.objects.count() == 2
    page = text_of(visit(cast.mentee, evaluation))
    assert "Manager Person, line manager" in page and "Mentor Person, mentor" in page
    assert "Who opened this" not in text_of(visit(cast.manager, evaluation))


def test_the_steps_and_the_next_thing_to_do(cast, visit):
    evaluation = lifecycle.shared(cast)

    def told(user):
        page = visit(user, evaluation).content.decode()
        current = re.search(r'aria-current="step">(.*?)</li>', page, flags=re.S)
        return text_of_part(page), text_of_part(current[1]) if current else ""

    assert "Write down the talk" in told(cast.mentor)[0]
    assert told(cast.mentor)[1].startswith("The talk")
    assert "The mentor signs next" in told(cast.manager)[0]
    lifecycle.talked(cast, evaluation)
    assert "Read again and sign" in told(cast.mentor)[0]
    assert "The mentor signs next" in told(cast.mentee)[0]
    lifecycle.sign(evaluation, cast.mentor)
    assert "Line manager and mentee have yet to sign." in told(cast.mentor)[0]
    assert "From " in told(cast.mentor)[0]
    assert "Read and sign" in told(cast.mentee)[0] and "Read and sign" in told(cast.manager)[0]
    lifecycle.sign(evaluation, cast.mentee)
    assert "The line manager has yet to sign." in told(cast.mentee)[0]
    signed_long_ago(evaluation)
    assert "Record a missing signature" in told(cast.mentor)[0]
    lifecycle.sign(evaluation, cast.manager)
    assert "What comes next" not in told(cast.mentor)[0] and told(cast.mentor)[1] == ""


# -- The talk


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
    data = {"name": "needs", "text": "More\r\ntime", "revision": evaluation.revision}
    response = client.post(address(evaluation, "talk_keep"), data)
    assert response.status_code == 200
    told = json.loads(response.content)
    assert told["revision"] == evaluation.revision + 1 and re.search(r"\d\d:\d\d", told["saved"])
    evaluation.refresh_from_db()
    assert evaluation.needs == "More\ntime"
    response = client.post(address(evaluation, "talk_keep"), data | {"text": "Other"})
    assert response.status_code == 409 and "meantime" in json.loads(response.content)["message"]
    for bad in (
        {"name": "situation"},
        {"text": "x" * 20_001},
        {"text": "x\x00"},
    ):
        fresh = data | {"revision": evaluation.revision} | bad
        response = client.post(address(evaluation, "talk_keep"), fresh)
        assert response.status_code == 400 and json.loads(response.content)["message"]
    assert client.post(address(evaluation, "talk_keep"), {}).status_code == 400
    evaluation.refresh_from_db()
    assert evaluation.needs == "More\ntime"


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


# -- Signing


def test_each_role_signs_what_it_read(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    page = visit(cast.mentor, evaluation, "sign").content.decode()
    assert "by mentee" in page and "Practise with Luc" in page
    assert "disagree" not in page
    digest = re.search(r'name="seen_digest" value="(\w+)"', page)[1]
    assert digest == digest_of(evaluation)
    response = send(cast.mentor, evaluation, "sign", seen_digest=digest, remark="Well done")
    assert response.url == address(evaluation) + "?done=signed"
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.SIGNED
    visit(cast.mentor, evaluation, "sign", status=302)
    assert "disagree" not in visit(cast.manager, evaluation, "sign").content.decode()
    send(cast.manager, evaluation, "sign", status=200, seen_digest=digest, disagrees="on")
    send(cast.manager, evaluation, "sign", seen_digest=digest)
    page = text_of(visit(cast.mentee, evaluation, "sign"))
    assert "Seen is not agreed" in page
    send(cast.mentee, evaluation, "sign", seen_digest=digest, disagrees="on", remark="I was alone")
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED
    page = text_of(visit(cast.manager, evaluation))
    assert "Disagrees" in page and "I was alone" in page and "Well done" in page
    assert Signature.objects.filter(evaluation=evaluation).count() == 3
    visit(cast.mentee, evaluation, "sign", status=302)


def test_content_that_changed_is_read_again_before_signing(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    digest = digest_of(evaluation)
    acts.keep_talk_text(
        user=cast.mentee,
        evaluation_id=evaluation.public_id,
        name="conclusion",
        text="Another conclusion",
        revision=evaluation.revision,
    )
    response = send(
        cast.mentor, evaluation, "sign", status=200, seen_digest=digest, remark="Kept remark"
    )
    page = response.content.decode()
    assert "The content changed since you opened this page; read it again." in text_of(response)
    assert "Another conclusion" in page and "Kept remark" in page
    assert not Signature.objects.exists()
    fresh = re.search(r'name="seen_digest" value="(\w+)"', page)[1]
    send(cast.mentor, evaluation, "sign", seen_digest=fresh)
    for bad in ("", "x" * 64):
        send(cast.mentee, evaluation, "sign", status=200, seen_digest=bad)


def test_what_is_not_ready_is_said_before_signing(cast, visit, send):
    evaluation = lifecycle.shared(cast)
    page = text_of(visit(cast.mentor, evaluation, "sign"))
    assert "Write down the conclusion of the talk first." in page
    assert "Sign; from then on nothing changes" not in page
    lifecycle.talked(cast, evaluation)
    acts.take_back_sheet(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Mistake")
    assert "taken back: share it first" in text_of(visit(cast.mentor, evaluation, "sign"))
    response = send(
        cast.mentor, evaluation, "sign", status=200, seen_digest=digest_of(evaluation), remark="Ok"
    )
    assert "taken back: share it first" in text_of(response) and "Ok" in response.content.decode()
    assert not Signature.objects.exists()


def test_the_deputys_signature_says_so(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    deputise(cast)
    page = text_of(visit(cast.deputy, evaluation, "sign"))
    assert "Deputy Person, as deputy" in page
    send(cast.deputy, evaluation, "sign", seen_digest=digest_of(evaluation))
    evaluation.refresh_from_db()
    assert "Deputy Person, as deputy" in text_of(visit(cast.mentee, evaluation))
    assert "Deputy Person, deputy mentor" in text_of(
        visit(cast.mentee, evaluation, "evaluation_history")
    )


def test_a_missing_signature_is_recorded_after_some_days(cast, visit, send):
    evaluation = lifecycle.signed(cast)
    assert "can be recorded from" in text_of(visit(cast.mentor, evaluation, "signature_missing"))
    data = {"role": "line_manager", "verdict": "refused", "reason": "Said no"}
    early = send(cast.mentor, evaluation, "signature_missing", status=200, **data)
    assert "It is too early to record this." in text_of(early)
    signed_long_ago(evaluation)
    for bad, message in (
        ({"role": "mentor"}, "Choose whose signature is missing."),
        ({"role": ""}, "Choose whose signature is missing."),
        ({"verdict": "signed"}, "Choose what happened."),
        ({"reason": " "}, "Say why the signature is missing."),
        ({"reason": "x" * 20_001}, "This text has 20001 characters"),
    ):
        response = send(cast.mentor, evaluation, "signature_missing", status=200, **data | bad)
        assert any(message in said for said in messages(response)), (bad, messages(response))
    send(cast.mentor, evaluation, "signature_missing", **data)
    signature = Signature.objects.get(role=Role.LINE_MANAGER)
    assert (signature.verdict, signature.recorded_by_name) == (Verdict.REFUSED, "Mentor Person")
    page = text_of(visit(cast.mentee, evaluation, query="?done=missing"))
    assert "Refused to sign" in page and "Said no" in page and "by Mentor Person" in page
    page = visit(cast.mentor, evaluation, "signature_missing").content.decode()
    assert 'value="mentee"' in page and 'value="line_manager"' not in page


# -- Corrections


def test_a_correction_is_named_both_ways(cast, visit, send):
    evaluation = lifecycle.closed(cast)
    page = visit(cast.mentor, evaluation, "evaluation_correct")
    assert "What was signed never changes" in text_of(page)
    refused = send(cast.mentor, evaluation, "evaluation_correct", status=200, reason="  ")
    assert "Error: Say what was wrong." in messages(refused)
    response = send(cast.mentor, evaluation, "evaluation_correct", reason="Wrong level noted")
    correction = evaluation.corrections.get()
    assert response.url == address(correction) + "?done=correcting"
    visit(cast.mentor, correction)
    page = text_of(visit(cast.mentor, evaluation))
    assert "A correction of this is being written" in page and "Wrong level noted" in page
    assert "Correct a mistake" not in page

    # Until it is shared the mentee knows that there is one, the line manager does not.
    for name in ("evaluation", "evaluation_history"):
        page = visit(cast.mentee, evaluation, name).content.decode()
        assert "Wrong level noted" not in page
        page = visit(cast.mentee, correction, name).content.decode()
        assert "Wrong level noted" not in page and "by mentor" not in page
        page = visit(cast.manager, evaluation, name).content.decode()
        assert "orrection" not in page, name
        visit(cast.manager, correction, name, status=404)
        page = visit(cast.coordinator, evaluation, name).content.decode()
        assert "Wrong level noted" not in page
    again = send(cast.mentor, evaluation, "evaluation_correct", status=200, reason="Once more")
    assert "A correction of this evaluation exists already." in text_of(again)
    assert "Once more" in again.content.decode()

    acts.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    for user in (cast.mentee, cast.manager):
        page = text_of(visit(user, correction))
        assert "Wrong level noted" in page and "This corrects the evaluation" in page
        assert "Wrong level noted" in text_of(visit(user, evaluation, "evaluation_history"))
    correction.refresh_from_db()
    lifecycle.sign(correction, cast.mentor)
    page = text_of(visit(cast.manager, evaluation))
    assert "the correction counts" in page and "Wrong level noted" in page


# -- History


def test_the_history_has_one_line_for_each_act(cast, visit):
    evaluation = lifecycle.started(cast)
    lifecycle.shared(cast, evaluation)
    acts.take_back_sheet(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Mistyped A1")
    content = evaluation.framework_version.content
    save_entries(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(content.competencies[0].key, "level", content.levels[1].key, "by mentor", 1),
            Entry(content.competencies[1].key, "not_observed", "", "another", 1),
        ],
    )
    hidden = text_of(visit(cast.mentee, evaluation, "evaluation_history"))
    assert "became" not in hidden
    acts.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    lifecycle.talked(cast, Evaluation.objects.get(pk=evaluation.pk))
    lifecycle.sign(evaluation, cast.mentor)
    page = visit(cast.manager, evaluation, "evaluation_history")
    lines = [
        text_of_part(part)
        for part in page.content.decode().split('class="mentorship-tasks__item"')[1:]
    ]
    names = [line.removeprefix("> ").split(" Mentor")[0].split(" Mentee")[0] for line in lines]
    assert names == [
        "Signed",
        "Sheet shared",
        "Sheet taken back",
        "Sheet shared",
        "Sheet shared",
        "Dates or situation changed",
        "Evaluation started",
    ]
    assert "A1 Competency A1: 1 With help → became 2 Alone" in lines[1]
    assert "A2 Competency A2: 1 With help → became not observed another remark" in lines[1]
    assert "B1" not in lines[1]
    assert "Mistyped A1" in lines[2]
    frame = visit(cast.coordinator, evaluation, "evaluation_history").content.decode()
    assert "Sheet taken back" in frame and "Mentor Person, mentor" in frame
    assert (
        "Mistyped" not in frame
        and "With help" not in frame
        and "A1" not in text_of_part(frame.split('class="mentorship-workspace"')[1])
    )


def test_a_reason_given_before_sharing_is_for_the_side_that_gave_it(cast, visit):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee)
    acts.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    acts.take_back_sheet(user=cast.mentee, evaluation_id=evaluation.public_id, reason="Too honest")
    assert "Too honest" in text_of(visit(cast.mentee, evaluation, "evaluation_history"))
    for user in (cast.mentor, cast.coordinator):
        page = text_of(visit(user, evaluation, "evaluation_history"))
        assert "Sheet taken back" in page and "Too honest" not in page
    visit(cast.manager, evaluation, "evaluation_history", status=404)


# -- Queries


def test_the_queries_do_not_grow_with_the_framework(home, coordinator, client):
    counts = {}
    for size in (1, 9):
        framework = factories.published_framework(
            locale=home.locale, areas=5, competencies=size, title=f"Framework {size}"
        )
        people = lifecycle.cast(framework, coordinator, prefix=f"size{size}-")
        evaluation = lifecycle.closed(people)
        republish(framework, criterion="Other words.")
        for role in ("mentor", "mentee", "manager"):
            client.force_login(getattr(people, role))
            for name in ("evaluation", "evaluation_history"):
                client.get(address(evaluation, name))
                with CaptureQueriesContext(
                    connection,
                ) as captured:
                    assert client.get(address(evaluation, name)).status_code == 200
                counts[size, role, name] = plugin_queries(captured)
    for role in ("mentor", "mentee", "manager"):
        for name in ("evaluation", "evaluation_history"):
            assert counts[1, role, name] == counts[9, role, name]
        assert counts[9, role, "evaluation"] <= 14, counts


def plugin_queries(captured):
    """How many queries are the page's own, not those of the session, the user and the host."""
    return sum("mentorship_cms" in query["sql"] for query in captured)
