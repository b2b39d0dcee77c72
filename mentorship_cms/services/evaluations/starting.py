"""Acts before anything is shared: start, dates and situation, a newer version, drop."""

import uuid
from datetime import date, timedelta
from functools import partial

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ...choices import (
    Act,
    EvaluationKind,
    EvaluationState,
)
from ...models import Evaluation, Mentorship, Rating, Sheet
from ...permissions import (
    NotVisible,
    mentorship_for,
    today,
)
from ...records import acting
from .. import notices
from ..errors import StaleError
from ..sheets import ratings_of, version_for_language
from .common import check_revision, check_text, opened, recorded, refuse, refuse_together


@transaction.atomic
def start_evaluation(*, user, mentorship_id: uuid.UUID, kind: str, talk_on: date) -> Evaluation:
    """Start an evaluation on the newest version of the mentorship's framework."""
    # The lock keeps two people from starting the same evaluation.
    Mentorship.objects.select_for_update().filter(public_id=mentorship_id).first()
    access = mentorship_for(user, mentorship_id)
    if not access.acts_as_mentor:
        raise NotVisible
    if not access.may_start:
        refuse(_("This mentorship has ended."))
    if kind not in EvaluationKind.values or kind == EvaluationKind.CORRECTION:
        refuse({"kind": _("Choose a kind of evaluation.")})
    framework = access.mentorship.framework
    version = framework.versions.order_by("-number").first()
    if version is not None and not framework.live:
        refuse(_("The framework is offline: nobody is rated on it until it is published again."))
    if version is None:
        refuse(_("The framework is not published, so there is nothing to rate on."))
    evaluation = Evaluation(
        mentorship=access.mentorship, kind=kind, framework_version=version, talk_on=talk_on
    )
    _check_talk_on(access.mentorship, talk_on)
    try:
        evaluation.full_clean()
    except ValidationError as error:
        # Every rule of more than one field is about which kinds there can be.
        found = error.update_error_dict({})
        if NON_FIELD_ERRORS in found:
            found.setdefault("kind", []).extend(found.pop(NON_FIELD_ERRORS))
        raise ValidationError(found) from None
    with acting(Act.START, user=user, capacity=access.capacity):
        evaluation.save()
    notices.started(access, evaluation)
    return evaluation


def _check_talk_on(mentorship, talk_on):
    if talk_on < mentorship.starts_on - timedelta(days=366):
        refuse({"talk_on": _("This is over a year before the mentorship started.")})
    if talk_on > today() + timedelta(days=2 * 366):
        refuse({"talk_on": _("This is more than two years from now. Look at the year again.")})


def _check_observed_on(mentorship, observed_on):
    if observed_on is None:
        return
    if observed_on > today():
        refuse({"observed_on": _("This day has yet to come.")})
    if observed_on < mentorship.starts_on - timedelta(days=366):
        refuse({"observed_on": _("This is over a year before the mentorship started.")})


@transaction.atomic
def change_details(
    *,
    user,
    evaluation_id: uuid.UUID,
    revision: int,
    talk_on: date,
    observed_on: date | None,
    situation: str,
) -> Evaluation:
    """Change the dates and the situation, until the mentor signs.

    Until the date of the talk the mentee writes, and takes back what is not right: while it is a
    draft, the talk is not moved to a day that is over; later the date that was announced counts
    (``Evaluation.waits_until``). The mentee is told of another date.
    """
    access = opened(user, evaluation_id, "may_edit_details")
    evaluation = access.evaluation
    mentorship, announced_on = access.access.mentorship, evaluation.announced_on

    def check_talk():
        nonlocal announced_on
        if talk_on != evaluation.talk_on:
            _check_talk_on(mentorship, talk_on)
            announced_on = _announced_on(evaluation, talk_on)

    refuse_together(
        partial(check_text, "situation", situation),
        partial(_check_observed_on, mentorship, observed_on),
        check_talk,
    )
    values = {"talk_on": talk_on, "observed_on": observed_on, "situation": situation}
    changed = {name: value for name, value in values.items() if getattr(evaluation, name) != value}
    if not changed:
        return evaluation
    check_revision(evaluation, revision, changed)
    for name, value in changed.items():
        setattr(evaluation, name, value)
    evaluation.announced_on = announced_on
    with recorded(access, Act.DETAILS):
        evaluation.save()
    if "talk_on" in changed:
        notices.moved(access)
    return evaluation


def _announced_on(evaluation, talk_on):
    """The date that was announced, where the talk moves to one before today; else None."""
    if talk_on >= today() or evaluation.is_correction:
        return None
    if evaluation.state == EvaluationState.DRAFT and evaluation.talk_on >= today():
        refuse(
            {
                "talk_on": _(
                    "The mentee has until the date of the talk to write their sheet: choose today "
                    "or a later day."
                )
            }
        )
    return evaluation.waits_until if evaluation.state == EvaluationState.SHARED else None


@transaction.atomic
def discard(*, user, evaluation_id: uuid.UUID, reason: str) -> None:
    """Drop an evaluation in which no sheet is shared. What was written stays in the database.

    What the mentee wrote stays in their own record; they are told.
    """
    access = opened(user, evaluation_id, "may_discard")
    access.evaluation.state = EvaluationState.DISCARDED
    with recorded(access, Act.DISCARD, check_text("reason", reason.strip())):
        access.evaluation.save()
    notices.dropped(access)


@transaction.atomic
def move_to_newest(*, user, evaluation_id: uuid.UUID, number: int | None = None) -> None:
    """Move a draft to the newest version of its framework, with both sheets.

    What was written of a competency that is no longer there goes to the sheet's general remark;
    an answer whose level is gone is asked again. Nothing typed is lost. ``number`` is that of the
    version of which somebody read what differs: ``StaleError`` when there is a newer one.
    """
    access = opened(user, evaluation_id, "may_move")
    evaluation = access.evaluation
    newest = evaluation.framework_version.framework.versions.order_by("-number").first()
    if newest == evaluation.framework_version:
        return
    if number is not None and newest.number != number:
        raise StaleError({})
    evaluation.framework_version = newest
    with recorded(access, Act.MOVE):
        evaluation.save()
    for sheet in evaluation.sheets.select_related("framework_version"):
        _move_sheet(sheet, version_for_language(evaluation, sheet.language))


def _move_sheet(sheet: Sheet, version) -> None:
    competencies = {str(item.key): item for item in version.competencies.all()}
    levels = {str(level.key): level for level in version.levels.all()}
    kept, gone = [], []
    for key, rating in ratings_of(sheet).items():
        level = levels.get(str(rating.level.key)) if rating.level else None
        if key not in competencies:
            gone.append(rating)
            continue
        if rating.level and level is None:
            rating.answer = ""
        rating.competency, rating.level = competencies[key], level
        rating.revision += 1
        kept.append(rating)
    for rating in gone:
        label = rating.level.label if rating.level else rating.get_answer_display()
        words = [f"{rating.competency}: {label}".rstrip(": "), rating.remark]
        sheet.remark = "\n\n".join(filter(None, [sheet.remark, "\n".join(filter(None, words))]))
    sheet.framework_version = version
    sheet.revision += 1
    sheet.save()
    Rating.objects.filter(pk__in=[rating.pk for rating in gone]).delete()
    Rating.objects.bulk_update(kept, ["competency", "level", "answer", "revision"])
