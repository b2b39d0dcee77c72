"""Nobody signs an evaluation twice, whatever roles they are given in between."""

import pytest
from django.core.exceptions import ValidationError

from mentorship_cms.choices import EvaluationState, Role, Verdict
from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import evaluation_for
from mentorship_cms.services import evaluations, mentorships, reading
from mentorship_cms.services.tasks import TaskKind, desk_of
from tests import lifecycle
from tests.evaluation_pages.helpers import signed_long_ago
from tests.evaluations.helpers import refused, take_over


def change(cast, **people):
    """Let the coordinator name other people."""
    mentorships.change_people(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        reason="Moved",
        people={Role[role.upper()]: person for role, person in people.items()},
    )


@pytest.fixture(params=["mentor", "deputy"])
def twice(request, cast, reader):
    """An evaluation, and who signed it for the mentor and is the line manager now."""
    evaluation = lifecycle.talked(cast)
    if request.param == "deputy":
        take_over(cast)
        lifecycle.sign(evaluation, cast.deputy)
        change(cast, deputy_mentor=None, line_manager=cast.deputy)
        return evaluation, cast.deputy, cast.mentor
    lifecycle.sign(evaluation, cast.mentor)
    change(cast, mentor=reader, line_manager=cast.mentor)
    return evaluation, cast.mentor, reader


def test_who_signed_for_the_mentor_does_not_countersign(twice):
    evaluation, signer, _mentor = twice
    with pytest.raises(ValidationError) as error:
        lifecycle.sign(evaluation, signer)
    assert "nobody signs it twice" in refused(error)
    assert evaluation.signatures.count() == 1


def test_it_is_not_offered_either(twice, client):
    evaluation, signer, _mentor = twice
    kinds = [task.kind for task in desk_of(signer).tasks]
    assert TaskKind.SIGN not in kinds
    found = reading.read(evaluation_for(signer, evaluation.public_id))
    assert (found.next.code, found.next.signed_before) == ("wait_signatures", True)


def test_somebody_else_is_named_and_signs(cast, twice):
    evaluation, _signer, _mentor = twice
    change(cast, line_manager=cast.manager)
    lifecycle.sign(evaluation, cast.manager)
    lifecycle.sign(evaluation, cast.mentee)
    assert evaluation.state == EvaluationState.CLOSED


def test_or_it_is_recorded_that_nobody_did(cast, twice):
    evaluation, signer, mentor = twice
    lifecycle.sign(evaluation, cast.mentee)
    evaluations.record_missing(
        user=mentor,
        evaluation_id=signed_long_ago(evaluation).public_id,
        role=Role.LINE_MANAGER,
        verdict=Verdict.ABSENT,
        reason="Signed as mentor",
    )
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED
    verdicts = dict(evaluation.signatures.filter(person=signer).values_list("role", "verdict"))
    assert verdicts == {Role.MENTOR: Verdict.SIGNED, Role.LINE_MANAGER: Verdict.ABSENT}


def test_a_signature_that_is_missing_stands_in_no_ones_way(cast, reader):
    evaluation = signed_long_ago(lifecycle.signed(cast))
    evaluations.record_missing(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        role=Role.LINE_MANAGER,
        verdict=Verdict.ABSENT,
        reason="On leave",
    )
    assert not evaluation_for(cast.manager, evaluation.public_id).signed_as(
        Evaluation.objects.get(pk=evaluation.pk).signatures.all()
    )
    lifecycle.sign(evaluation, cast.mentee)
    assert evaluation.state == EvaluationState.CLOSED
