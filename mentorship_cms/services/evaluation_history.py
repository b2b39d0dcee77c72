"""Who did what on an evaluation, for a person who takes part: only what is theirs to read."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ..choices import Act, Role
from ..models import Evaluation, Rating, Sheet, Signature
from ..permissions import EvaluationAccess


@dataclass(frozen=True)
class RatingChange:
    """What a sheet that was shared again says otherwise of a competency."""

    competency: object
    old: str
    new: str
    remark_changed: bool = False


@dataclass(frozen=True)
class HistoryLine:
    """One act: who did what when, in which capacity; why, where the reader may know."""

    act: str
    at: datetime
    name: str
    capacity: str
    reason: str = ""
    changes: tuple[RatingChange, ...] = ()


def history_of(access: EvaluationAccess) -> list[HistoryLine]:
    """The acts on an evaluation, newest first, each once. Flat in the number of ratings."""
    evaluation = access.evaluation
    sheets = list(evaluation.sheets.defer("remark"))
    corrections = {
        other.pk: access.access.to(other)
        for other in Evaluation.objects.filter(corrects=evaluation.pk)
    }
    known = [pk for pk, theirs in corrections.items() if theirs.sees_state]
    rows = [
        *Evaluation.history.filter(
            Q(id=evaluation.pk) | Q(id__in=known, act=Act.CORRECT)
        ).select_related(None),
        *Sheet.history.filter(id__in=[sheet.pk for sheet in sheets]),
        *Signature.history.filter(evaluation_id=evaluation.pk),
    ]
    acts = {}
    for row in sorted(rows, key=lambda row: (row.history_date, row.history_id)):
        acts.setdefault(row.change_set, row)
    changes = _rating_changes(access, sheets) if access.may_read else {}
    lines = []
    for change_set, row in acts.items():
        subject = access
        if isinstance(row, Evaluation.history.model) and row.id != evaluation.pk:
            subject = corrections[row.id]
        lines.append(
            HistoryLine(
                act=row.get_act_display(),
                at=row.history_date,
                name=row.person_name,
                capacity=row.get_capacity_display(),
                reason=_reason(row, subject),
                changes=tuple(changes.get(change_set, ())),
            )
        )
    lines.sort(key=lambda line: line.at, reverse=True)
    return lines


def _reason(row, access) -> str:
    """Why somebody acted: for whoever reads the content, and for the side that said it."""
    own = (
        access.access.acts_as_mentor
        and row.capacity in (Role.MENTOR, Role.DEPUTY_MENTOR)
        or access.access.is_mentee
        and row.capacity == Role.MENTEE
    )
    return (row.history_change_reason or "") if access.may_read or own else ""


def _rating_changes(access, sheets) -> dict:
    """What each later sharing of a sheet says otherwise, by change set."""
    seen = [sheet.pk for sheet in sheets if sheet.is_shared and access.sees_sheet(sheet)]
    rows = (
        Rating.history.filter(sheet_id__in=seen)
        .select_related("competency", "level")
        .order_by("history_id")
    )
    first, latest, changes = {}, {}, {}
    for row in rows:
        first.setdefault(row.sheet_id, row.change_set)
        old = latest.get(row.id)
        latest[row.id] = row
        if row.change_set == first[row.sheet_id]:
            continue
        changes.setdefault(row.change_set, []).append(
            RatingChange(
                row.competency,
                old=_said(old) if old else "",
                new=_said(row),
                remark_changed=old is not None and old.remark != row.remark,
            )
        )
    return changes


def _said(row) -> str:
    """A rating in few words: number and label, or why there is no level."""
    if row.level is not None:
        return f"{row.level.number} {row.level.label}"
    return row.get_answer_display() if row.answer else ""
