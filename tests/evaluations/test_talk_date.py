"""The date of the talk: until it is over, the mentee's sheet is waited for."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from mentorship_cms.choices import EvaluationKind, EvaluationState
from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations
from tests import lifecycle
from tests.evaluations.helpers import details, refused
from tests.evaluations.test_acts import later

YESTERDAY = -1


def on(days):
    return today() + timedelta(days=days)


def test_a_draft_is_not_moved_to_a_day_that_is_over(cast):
    evaluation = lifecycle.started(cast, talk_in=30)
    with pytest.raises(ValidationError) as error:
        details(cast, evaluation, talk_on=on(YESTERDAY), observed_on=today())
    assert "until the date of the talk" in refused(error, "talk_on")
    evaluation.refresh_from_db()
    assert (evaluation.talk_on, evaluation.observed_on) == (on(30), None)
    details(cast, evaluation, talk_on=today())
    lifecycle.write(evaluation, cast.mentor)
    details(cast, evaluation, observed_on=today())
    evaluations.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    with pytest.raises(ValidationError):
        evaluations.reveal_without_mentee(user=cast.mentor, evaluation_id=evaluation.public_id)


def test_what_was_written_on_paper_is_started_with_its_own_date(cast):
    evaluation = lifecycle.started(cast, talk_in=-8)
    # A slip of the pen: the day was over before.
    details(cast, evaluation, talk_on=on(-9))
    assert (evaluation.talk_on, evaluation.announced_on) == (on(-9), None)
    details(cast, evaluation, talk_on=on(2))
    with pytest.raises(ValidationError):
        details(cast, evaluation, talk_on=on(-9))


def take_back(cast, evaluation):
    evaluations.take_back_sheet(
        user=cast.mentee, evaluation_id=evaluation.public_id, reason="I mixed two up"
    )


@pytest.mark.parametrize("first", ["taken back", "moved"])
def test_what_was_taken_back_is_waited_for_until_the_day_that_was_announced(
    cast, first, monkeypatch
):
    evaluation = lifecycle.talked(cast, talk_in=7)
    if first == "taken back":
        take_back(cast, evaluation)
    # The talk was held earlier, and the record says so.
    details(cast, evaluation, talk_on=on(YESTERDAY))
    details(cast, evaluation, talk_on=on(-2))
    assert evaluation.waits_until == on(7)
    if first == "moved":
        take_back(cast, evaluation)
    assert "theirs" in evaluations.obstacles(evaluation)
    with pytest.raises(ValidationError):
        lifecycle.sign(evaluation, cast.mentor)
    later(monkeypatch, 8)
    lifecycle.sign(evaluation, cast.mentor)
    assert evaluation.state == EvaluationState.SIGNED


def test_another_day_that_is_announced_takes_the_place_of_the_first(cast, monkeypatch):
    evaluation = lifecycle.talked(cast, talk_in=7)
    take_back(cast, evaluation)
    details(cast, evaluation, talk_on=on(YESTERDAY))
    details(cast, evaluation, talk_on=on(1))
    assert (evaluation.announced_on, evaluation.waits_until) == (None, on(1))
    assert "theirs" in evaluations.obstacles(evaluation)
    later(monkeypatch, 2)
    assert not evaluations.obstacles(evaluation)


def test_a_correction_may_set_the_date_right(cast):
    evaluation = lifecycle.closed(cast, kind=EvaluationKind.START)
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=evaluation.public_id, reason="Another day"
    )
    details(cast, correction, talk_on=on(-3))
    assert Evaluation.objects.get(pk=correction.pk).talk_on == timezone.localdate() - timedelta(3)
