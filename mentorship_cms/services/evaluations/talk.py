"""What mentor and mentee write down together at the talk."""

import uuid
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ...choices import (
    FROZEN_STATES,
    Outcome,
)
from ...models import ActionOutcome, ActionPoint, Evaluation
from ...permissions import today
from ..errors import StaleError
from ..marks import settle
from .common import check_text, opened, refuse

SETTLED = (Outcome.DONE, Outcome.DROPPED)


@dataclass(frozen=True)
class Point:
    """An action point as a form has it; ``public_id`` None for a new one."""

    text: str
    owner: str
    due_on: date | None = None
    competency_keys: tuple[str, ...] = ()
    public_id: uuid.UUID | None = None


def unsettled_points(besides: Evaluation | None = None) -> QuerySet[ActionPoint]:
    """What was agreed and signed, is not settled and was not replaced by a correction.

    What ``besides`` says, or says anew in place of another evaluation, settles nothing yet.
    """
    own = {besides.pk, besides.corrects_id or besides.pk} if besides else set()
    # The mentorship is the same; naming it keeps the database from looking through all others.
    corrected = Evaluation.objects.filter(
        mentorship=OuterRef("evaluation__mentorship"),
        corrects=OuterRef("evaluation"),
        state__in=FROZEN_STATES,
    )
    told = (
        ActionOutcome.objects.filter(outcome__in=SETTLED, evaluation__state__in=FROZEN_STATES)
        .exclude(evaluation__in=own)
        .exclude(Exists(corrected))
    )
    settled = told.filter(action_point=OuterRef("pk"))
    # A correction repeats what was agreed: what was settled meanwhile is not asked again.
    repeated = told.filter(
        action_point__evaluation=OuterRef("evaluation__corrects"),
        action_point__text=OuterRef("text"),
    )
    return ActionPoint.objects.filter(evaluation__state__in=FROZEN_STATES).exclude(
        Exists(settled) | Exists(repeated) | Exists(corrected)
    )


def open_points(evaluation: Evaluation) -> list[ActionPoint]:
    """What was agreed at earlier evaluations and is not settled: its outcome is asked.

    What was told here already stays, also when another evaluation has settled it meanwhile.
    """
    unsettled = unsettled_points(besides=evaluation).filter(
        evaluation__mentorship=evaluation.mentorship_id
    )
    told = ActionOutcome.objects.filter(evaluation=evaluation.pk, action_point=OuterRef("pk"))
    points = ActionPoint.objects.filter(
        Q(pk__in=unsettled.values("pk")) | Q(Exists(told)),
        evaluation__mentorship=evaluation.mentorship_id,
    ).exclude(evaluation=evaluation.pk)
    if evaluation.corrects_id:
        # The correction has copies of what was agreed there.
        points = points.exclude(evaluation=evaluation.corrects_id)
    return list(points.select_related("evaluation").order_by("evaluation__signed_at", "position"))


@transaction.atomic
def save_talk(
    *,
    user,
    evaluation_id: uuid.UUID,
    revision: int,
    conclusion: str,
    needs: str,
    points: list[Point],
    outcomes: dict[uuid.UUID, tuple[str, str]],
) -> Evaluation:
    """Keep what mentor and mentee write down together; it can change until the mentor signs.

    ``outcomes`` maps the public id of an open action point to what became of it and a note; a
    blank outcome takes it away. Raises ``StaleError`` as well.
    """
    access = opened(user, evaluation_id, "may_talk")
    evaluation = access.evaluation
    texts = {"conclusion": conclusion, "needs": needs}
    for name, text in texts.items():
        check_text(name, text)
    keys = {competency.key for competency in evaluation.framework_version.content.competencies}
    stored = {point.public_id: point for point in evaluation.action_points.all()}
    if evaluation.revision != revision:
        raise StaleError({name: getattr(evaluation, name) for name in texts} | {"points": stored})
    wanted = []
    for position, point in enumerate(points):
        row = stored.get(point.public_id) or ActionPoint(evaluation=evaluation)
        if point.public_id is not None and point.public_id not in stored:
            refuse({f"points.{position}": _("This action point is no longer here.")})
        row.position, row.text, row.owner = position, point.text.strip(), point.owner
        if point.due_on and point.due_on != row.due_on and point.due_on < today():
            refuse({f"points.{position}.due_on": _("This day is over.")})
        row.due_on, row.competency_keys = point.due_on, list(point.competency_keys)
        if not set(row.competency_keys) <= keys:
            refuse(
                {
                    f"points.{position}": _(
                        "This competency is not in the framework of this evaluation."
                    )
                }
            )
        check_text(f"points.{position}", row.text)
        try:
            row.full_clean(exclude=["evaluation"])
        except ValidationError as error:
            raise ValidationError({f"points.{position}": error.messages}) from None
        wanted.append(row)
    told = _told_outcomes(evaluation, outcomes)
    for name, text in texts.items():
        setattr(evaluation, name, text)
    evaluation.revision += 1
    evaluation.save()
    kept = {row.pk for row in wanted}
    for row in stored.values():
        if row.pk not in kept:
            row.delete()
    for row in wanted:
        row.save()
    evaluation.outcomes.all().delete()
    ActionOutcome.objects.bulk_create(told)
    return evaluation


def _told_outcomes(evaluation, outcomes) -> list[ActionOutcome]:
    points = {point.public_id: point for point in open_points(evaluation)}
    told = []
    for public_id, (outcome, note) in outcomes.items():
        if not outcome and not note:
            continue
        if public_id not in points:
            refuse({"outcomes": _("This action point is no longer here.")})
        if outcome not in Outcome.values:
            refuse({f"outcomes.{public_id}": _("Choose what became of it.")})
        told.append(
            ActionOutcome(
                evaluation=evaluation,
                action_point=points[public_id],
                outcome=outcome,
                note=check_text(f"outcomes.{public_id}", note),
            )
        )
    return told


@transaction.atomic
def keep_talk_text(
    *, user, evaluation_id: uuid.UUID, name: str, text: str, seen: str
) -> Evaluation:
    """Keep one text of the talk while it is typed; ``name`` is "conclusion" or "needs".

    ``seen`` is the mark of the text that was there before; raises ``StaleError`` if it is not.
    """
    access = opened(user, evaluation_id, "may_talk")
    if name not in ("conclusion", "needs"):
        refuse(_("There is no such text."))
    evaluation = access.evaluation
    check_text(name, text)
    text, is_clash = settle(seen, text, getattr(evaluation, name))
    if is_clash:
        raise StaleError({name: getattr(evaluation, name)})
    if getattr(evaluation, name) != text:
        setattr(evaluation, name, text)
        evaluation.revision += 1
        evaluation.save()
    return evaluation
