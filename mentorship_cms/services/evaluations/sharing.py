"""Acts on sheets that are ready: share, take back, go on without the mentee."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ...choices import (
    Act,
    EvaluationState,
    Side,
)
from ...models import Evaluation, Rating
from ...permissions import (
    today,
)
from .. import notices
from ..sheets import ratings_of, sheet_of
from .common import check_text, opened, recorded, refuse


@transaction.atomic
def share_sheet(*, user, evaluation_id: uuid.UUID, incomplete: bool = False) -> Evaluation:
    """Share one's own sheet. When both are shared, or none else is due, both become readable.

    ``incomplete`` says that competencies without a rating are meant to stay so.
    """
    access = opened(user, evaluation_id, "may_write_sheet")
    evaluation = access.evaluation
    sheet = sheet_of(evaluation, access.own_side)
    if sheet is None:
        refuse(_("This sheet is still empty."))
    if sheet.is_shared:
        refuse(_("This sheet is shared already."))
    ratings = list(ratings_of(sheet).values())
    rated = [rating for rating in ratings if rating.answer]
    if not rated:
        refuse(_("No competency has a rating yet."))
    if not incomplete and len(rated) < sheet.framework_version.competencies.count():
        raise ValidationError(
            {
                "incomplete": _(
                    "Some competencies have no rating. Rate them, or say that they stay without."
                )
            }
        )
    if access.own_side == Side.MENTOR:
        if evaluation.observed_on is None:
            refuse({"observed_on": _("Say on which day you saw the mentee at work.")})
        if evaluation.observed_on > today():
            refuse({"observed_on": _("This day has yet to come.")})
    now = timezone.now()
    with recorded(access, Act.SHARE):
        sheet.shared_at = sheet.saved_at = now
        sheet.answered_for_by(user, as_deputy=access.access.as_deputy)
        sheet.save()
        _record_ratings(ratings, user)
        before = (evaluation.version_fixed_at, evaluation.state)
        evaluation.version_fixed_at = evaluation.version_fixed_at or now
        _reveal_if_ready(evaluation)
        if before != (evaluation.version_fixed_at, evaluation.state):
            evaluation.save()
    if evaluation.state == EvaluationState.SHARED:
        notices.revealed(access)
    else:
        notices.sheet_shared(access)
    return evaluation


def _record_ratings(ratings, user):
    """Leave one row of history for each rating that says something new."""
    history = Rating.history.model
    latest = {}
    rows = history.objects.filter(id__in=[rating.pk for rating in ratings])
    for row in rows.order_by("history_id").values_list("id", "answer", "level_id", "remark"):
        latest[row[0]] = row[1:]
    for update in (False, True):
        fresh = [
            rating
            for rating in ratings
            if (rating.pk in latest) == update
            and latest.get(rating.pk, ("", None, ""))
            != (rating.answer, rating.level_id, rating.remark)
        ]
        Rating.history.bulk_history_create(fresh, update=update, default_user=user)


def _reveal_if_ready(evaluation):
    """Make both sheets readable once both are shared; a correction has the mentor's alone."""
    shared = set(evaluation.sheets.filter(shared_at__isnull=False).values_list("side", flat=True))
    needed = {Side.MENTOR} if evaluation.is_correction else {Side.MENTOR, Side.MENTEE}
    if evaluation.state == EvaluationState.DRAFT and needed <= shared:
        evaluation.state = EvaluationState.SHARED
        evaluation.shared_at = timezone.now()


@transaction.atomic
def take_back_sheet(*, user, evaluation_id: uuid.UUID, reason: str) -> None:
    """Make one's own shared sheet a draft again, until the mentor signs; the reason is kept."""
    access = opened(user, evaluation_id, "may_write_sheet")
    sheet = sheet_of(access.evaluation, access.own_side)
    if sheet is None or not sheet.is_shared:
        refuse(_("This sheet is not shared."))
    if not reason.strip():
        refuse({"reason": _("Say why.")})
    sheet.shared_at = None
    with recorded(access, Act.TAKE_BACK, check_text("reason", reason.strip())):
        sheet.save()


@transaction.atomic
def reveal_without_mentee(*, user, evaluation_id: uuid.UUID) -> None:
    """Go on without the mentee's sheet, after the date of the talk."""
    access = opened(user, evaluation_id, "may_reveal")
    evaluation = access.evaluation
    sheet = sheet_of(evaluation, Side.MENTOR)
    if sheet is None or not sheet.is_shared:
        refuse(_("Share your own sheet first."))
    evaluation.state = EvaluationState.SHARED
    evaluation.shared_at = timezone.now()
    with recorded(access, Act.REVEAL):
        evaluation.save()
    notices.revealed(access)
