"""An evaluation of which nothing is shared yet: dates, the version it is on, dropping it."""

import re
from datetime import timedelta

import pytest

from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations as acts
from mentorship_cms.services import newer_versions
from tests import lifecycle
from tests.evaluation_pages.helpers import address, messages, republish, text_of


def overdue(evaluation, days=10):
    """Let the talk have been some days ago, and the mentor's signature even longer."""
    Evaluation.objects.filter(pk=evaluation.pk).update(talk_on=today() - timedelta(days=days))
    evaluation.refresh_from_db()
    return evaluation


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


YESTERDAY = today() - timedelta(days=1)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("observed_on", "2999-01-01", "This day has yet to come."),
        ("observed_on", "1999-01-01", "This is over a year before the mentorship started."),
        ("talk_on", "", "Say on which day the talk is."),
        ("talk_on", "soon", "This is not a date."),
        pytest.param("talk_on", str(YESTERDAY), "choose today or a later day.", id="talk over"),
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


def test_everything_wrong_with_dates_and_texts_is_told_at_once(cast, send):
    evaluation = lifecycle.started(cast)
    data = {"revision": 0, "talk_on": "2999-01-01", "observed_on": "2999-01-01"}
    data["situation"] = "x" * 20_001
    response = send(cast.mentor, evaluation, "evaluation_details", status=200, **data)
    said = " ".join(messages(response))
    for message in ("has yet to come", "more than two years from now", "has 20001 characters"):
        assert message in said


@pytest.mark.parametrize("day", ["3/04/2026", "03.04.2026", "2026-04-03"])
def test_days_are_read_as_they_are_written_here(cast, send, day):
    evaluation = lifecycle.started(cast)
    data = {"revision": 0, "talk_on": str(evaluation.talk_on), "observed_on": day}
    send(cast.mentor, evaluation, "evaluation_details", **data)
    evaluation.refresh_from_db()
    assert str(evaluation.observed_on) == "2026-04-03"


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


def test_two_who_change_different_dates_lose_neither(cast, visit, send):
    evaluation = lifecycle.started(cast)
    page = visit(cast.mentor, evaluation, "evaluation_details").content.decode()
    opened = dict(re.findall(r'name="(seen_\w+)"(?: value="([^"]*)")?', page))
    assert opened["seen_talk_on"]
    opened |= {"revision": 0, "talk_on": str(evaluation.talk_on)}
    first = {"situation": "At breakfast", "observed_on": str(today())}
    send(cast.mentor, evaluation, "evaluation_details", **opened | first)
    later = str(evaluation.talk_on + timedelta(days=1))
    send(cast.mentor, evaluation, "evaluation_details", **opened | {"talk_on": later})
    evaluation.refresh_from_db()
    assert (evaluation.situation, str(evaluation.talk_on)) == ("At breakfast", later)
    assert evaluation.observed_on == today()


def test_the_next_evaluation_opens_with_what_was_agreed(cast, visit):
    lifecycle.closed(cast)
    evaluation = lifecycle.started(cast)
    for user in (cast.mentor, cast.mentee):
        page = text_of(visit(user, evaluation))
        assert "Agreed earlier" in page and "Practise with Luc" in page
    assert "Practise with Luc" not in text_of(visit(cast.coordinator, evaluation))


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


def test_a_version_that_comes_between_reading_and_moving_is_read_first(
    cast, framework, send, monkeypatch
):
    evaluation = lifecycle.started(cast)
    republish(framework, criterion="Shows something else altogether.")
    found = []
    move_of = newer_versions.move_of

    def between(access):
        move = move_of(access)
        if not found:
            found.append(republish(framework, criterion="Shows a third thing."))
        return move

    monkeypatch.setattr(newer_versions, "move_of", between)
    page = send(cast.mentor, evaluation, "evaluation_version", status=200, version="2")
    assert "A still newer version was published" in text_of(page)
    assert "a third thing" in text_of(page) and 'name="version" value="3"' in page.content.decode()
    evaluation.refresh_from_db()
    assert evaluation.framework_version.number == 1
    send(cast.mentor, evaluation, "evaluation_version", version="3")
    evaluation.refresh_from_db()
    assert evaluation.framework_version.number == 3


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
