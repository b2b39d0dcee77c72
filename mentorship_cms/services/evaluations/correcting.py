"""Corrections: another evaluation, that names the old one and why."""

import uuid
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ...choices import (
    FROZEN_STATES,
    Act,
    EvaluationKind,
    EvaluationState,
    Side,
)
from ...models import Evaluation, Rating, Sheet
from ...permissions import (
    today,
)
from ...records import name_of
from ..sheets import sheet_of
from .common import check_text, opened, recorded, refuse


@transaction.atomic
def start_correction(*, user, evaluation_id: uuid.UUID, reason: str) -> Evaluation:
    """Begin a correction of a signed evaluation, with what the mentor wrote there as a draft.

    Both stay visible; the correction takes the other's place in progress once it is signed.
    """
    access = opened(user, evaluation_id, "may_correct")
    old = access.evaluation
    if not reason.strip():
        refuse({"reason": _("Say what was wrong.")})
    check_text("reason", reason)
    if old.corrections.exclude(state=EvaluationState.DISCARDED).exists():
        refuse(_("A correction of this evaluation exists already."))
    new = Evaluation(
        mentorship=old.mentorship,
        kind=EvaluationKind.CORRECTION,
        framework_version=old.framework_version,
        corrects=old,
        correction_reason=reason.strip(),
        talk_on=max(today(), old.talk_on),
        observed_on=old.observed_on,
        situation=old.situation,
        conclusion=old.conclusion,
        needs=old.needs,
    )
    new.full_clean()
    with recorded(access, Act.CORRECT, reason.strip()):
        new.save()
    _copy_sheet(old, new, access.access)
    for point in old.action_points.all():
        point.pk, point.public_id, point.evaluation = None, uuid.uuid4(), new
        point._state.adding = True
        point.save()
    for outcome in old.outcomes.all():
        outcome.pk, outcome.evaluation = None, new
        outcome._state.adding = True
        outcome.save()
    return new


def _copy_sheet(old, new, access):
    """Begin the mentor's sheet with what was signed, and with the names of those who wrote it."""
    sheet = sheet_of(old, Side.MENTOR)
    ratings = list(sheet.ratings.all())
    copy = Sheet.objects.create(
        evaluation=new,
        side=Side.MENTOR,
        framework_version=sheet.framework_version,
        author=access.user,
        author_name=name_of(access.user),
        as_deputy=access.as_deputy,
        contributors=[asdict(writer) for writer in sheet.writers],
        language=sheet.language,
        remark=sheet.remark,
        saved_at=timezone.now(),
    )
    for rating in ratings:
        rating.pk, rating.sheet, rating.revision = None, copy, 1
        rating._state.adding = True
    Rating.objects.bulk_create(ratings)


def superseded(evaluations) -> set[int]:
    """The ids of evaluations of which a signed correction took the place."""
    return {
        evaluation.corrects_id
        for evaluation in evaluations
        if evaluation.corrects_id and evaluation.state in FROZEN_STATES
    }
