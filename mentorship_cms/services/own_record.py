"""The mentee's own record: all of it that is theirs to read, to keep on paper or as a file.

What stands in it is decided by ``permissions``: evaluations that the mentee knows of, what was
shared of them, and the mentee's own drafts; never what somebody else has not shared yet.
"""

from dataclasses import dataclass

from django.utils import timezone

from ..choices import Answer
from ..models import (
    ActionOutcome,
    ActionPoint,
    Assignment,
    Evaluation,
    FrameworkVersion,
    Mentorship,
    Opening,
    Rating,
    Sheet,
    Signature,
)
from ..permissions import Access, NotVisible
from ..structures import AreaContent, CompetencyContent, LevelContent

#: Name and number of the structure of the file; the number goes up when a reader must adapt.
FILE_FORMAT = "mentorship-record"
FILE_VERSION = 1


@dataclass(frozen=True)
class RecordRating:
    """A rating with the words it was given on."""

    competency: CompetencyContent
    answer: str
    level: LevelContent | None
    remark: str

    @property
    def descriptor(self) -> str:
        """What the given level says of this competency."""
        return dict(self.competency.descriptors).get(self.level.key, "") if self.level else ""


@dataclass(frozen=True)
class RecordSheet:
    """A sheet with its ratings by area, in the order of its version."""

    sheet: Sheet
    version: FrameworkVersion
    areas: tuple[tuple[AreaContent, tuple[RecordRating, ...]], ...]


@dataclass(frozen=True)
class RecordEvaluation:
    """An evaluation; of one that is not shared only its dates, and the mentee's own sheet."""

    evaluation: Evaluation
    is_readable: bool
    corrected_by: Evaluation | None
    sheets: tuple[RecordSheet, ...]
    action_points: tuple[tuple[ActionPoint, tuple[str, ...]], ...] = ()
    outcomes: tuple[ActionOutcome, ...] = ()
    signatures: tuple[Signature, ...] = ()


@dataclass(frozen=True)
class RecordOpening:
    """Who opened what; ``evaluation`` is None when it was the record as a whole."""

    opening: Opening
    evaluation: Evaluation | None


@dataclass(frozen=True)
class OwnRecord:
    """Everything that a mentee may read of their own mentorship."""

    mentorship: Mentorship
    people: tuple[Assignment, ...]
    evaluations: tuple[RecordEvaluation, ...]
    openings: tuple[RecordOpening, ...]


def own_record(access: Access) -> OwnRecord:
    """Return the record of the mentee who asks; raise ``NotVisible`` for anybody else."""
    if not access.is_mentee:
        raise NotVisible
    mentorship = access.mentorship
    evaluations = list(access.evaluations().select_related("framework_version", "corrects"))
    evaluations.sort(key=lambda evaluation: (evaluation.created_at, evaluation.pk))
    readable = {evaluation.pk for evaluation in evaluations if access.to(evaluation).may_read}
    sheets = _sheets(access, evaluations)
    points = _by_evaluation(ActionPoint.objects.filter(evaluation__in=readable))
    outcomes = _by_evaluation(
        ActionOutcome.objects.filter(evaluation__in=readable).select_related("action_point")
    )
    signatures = _by_evaluation(Signature.objects.filter(evaluation__in=readable))
    corrections = {
        evaluation.corrects_id: evaluation
        for evaluation in evaluations
        if evaluation.corrects_id and evaluation.pk in readable
    }
    by_id = {evaluation.public_id: evaluation for evaluation in evaluations}
    return OwnRecord(
        mentorship=mentorship,
        people=tuple(mentorship.assignments.select_related("person").order_by("started_at", "pk")),
        evaluations=tuple(
            RecordEvaluation(
                evaluation=evaluation,
                is_readable=evaluation.pk in readable,
                corrected_by=corrections.get(evaluation.pk),
                sheets=tuple(sheets.get(evaluation.pk, ())),
                action_points=tuple(
                    (point, _titles(evaluation.framework_version, point.competency_keys))
                    for point in points.get(evaluation.pk, ())
                ),
                outcomes=tuple(outcomes.get(evaluation.pk, ())),
                signatures=tuple(signatures.get(evaluation.pk, ())),
            )
            for evaluation in evaluations
        ),
        openings=tuple(
            RecordOpening(opening, by_id.get(opening.subject))
            for opening in mentorship.openings.all()
        ),
    )


def _by_evaluation(rows) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(row.evaluation_id, []).append(row)
    return found


def _titles(version, keys) -> tuple[str, ...]:
    return tuple(
        f"{competency.code} {competency.title}".strip()
        for competency in version.content.competencies
        if competency.key in keys
    )


def _sheets(access, evaluations) -> dict[int, list[RecordSheet]]:
    """The sheets that the mentee sees, by evaluation; the mentor's first."""
    rights = {evaluation.pk: access.to(evaluation) for evaluation in evaluations}
    seen = [
        sheet
        for sheet in Sheet.objects.filter(evaluation__in=rights).order_by("-side")
        if rights[sheet.evaluation_id].sees_sheet(sheet)
    ]
    versions = FrameworkVersion.objects.in_bulk({sheet.framework_version_id for sheet in seen})
    ratings: dict[int, dict[str, tuple[str, str, str]]] = {}
    rows = Rating.objects.filter(sheet__in=seen).exclude(answer="", remark="")
    for sheet, key, answer, level, remark in rows.values_list(
        "sheet_id", "competency__key", "answer", "level__key", "remark"
    ):
        ratings.setdefault(sheet, {})[str(key)] = answer, str(level or ""), remark
    found: dict[int, list[RecordSheet]] = {}
    for sheet in seen:
        version = versions[sheet.framework_version_id]
        areas = _areas(version.content, ratings.get(sheet.pk, {}))
        found.setdefault(sheet.evaluation_id, []).append(RecordSheet(sheet, version, areas))
    return found


def _areas(content, ratings):
    levels = {level.key: level for level in content.levels}
    areas = []
    for area in content.areas:
        rated = []
        for competency in area.competencies:
            if competency.key in ratings:
                answer, level, remark = ratings[competency.key]
                level = levels[level] if answer == Answer.LEVEL else None
                rated.append(RecordRating(competency, answer, level, remark))
        if rated:
            areas.append((area, tuple(rated)))
    return tuple(areas)


# -- The file


def file_of(record: OwnRecord) -> dict:
    """Return a record as data that JSON can hold, in the structure of ``FILE_VERSION``."""
    mentorship = record.mentorship
    return {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "written_at": timezone.now().isoformat(),
        "mentorship": {
            "id": str(mentorship.public_id),
            "framework": mentorship.framework.title,
            "context": mentorship.context,
            "stage": mentorship.stage,
            "goals": mentorship.goals,
            "training_organisation": mentorship.training_organisation,
            "training_contact": mentorship.training_contact,
            "starts_on": _iso(mentorship.starts_on),
            "ends_on": _iso(mentorship.ends_on),
            "ended_at": _iso(mentorship.ended_at),
        },
        "people": [
            {
                "role": item.role,
                "name": item.person.get_full_name() or item.person.get_username(),
                "since": _iso(item.started_at),
                "until": _iso(item.ended_at),
            }
            for item in record.people
        ],
        "evaluations": [_evaluation(item) for item in record.evaluations],
        "openings": [
            {
                "name": item.opening.person_name,
                "capacity": item.opening.capacity,
                "first_opened_at": _iso(item.opening.opened_at),
                "part": item.opening.part,
                "evaluation": str(item.evaluation.public_id) if item.evaluation else None,
            }
            for item in record.openings
        ],
    }


def _iso(moment) -> str | None:
    return moment.isoformat() if moment else None


def _version(version) -> dict:
    return {
        "title": version.content.title,
        "number": version.number,
        "language": version.language,
        "published_at": _iso(version.published_at),
        "digest": version.digest,
    }


def _evaluation(item: RecordEvaluation) -> dict:
    evaluation = item.evaluation
    told = {
        "id": str(evaluation.public_id),
        "kind": evaluation.kind,
        "state": evaluation.state,
        "started_at": _iso(evaluation.created_at),
        "talk_on": _iso(evaluation.talk_on),
        "framework": _version(evaluation.framework_version),
        "corrects": str(evaluation.corrects.public_id) if evaluation.corrects else None,
        "corrected_by": str(item.corrected_by.public_id) if item.corrected_by else None,
        "sheets": [_sheet(sheet) for sheet in item.sheets],
    }
    if not item.is_readable:
        return told
    return told | {
        "correction_reason": evaluation.correction_reason,
        "observed_on": _iso(evaluation.observed_on),
        "situation": evaluation.situation,
        "shared_at": _iso(evaluation.shared_at),
        "signed_at": _iso(evaluation.signed_at),
        "closed_at": _iso(evaluation.closed_at),
        "digest": evaluation.digest,
        "conclusion": evaluation.conclusion,
        "needs": evaluation.needs,
        "action_points": [
            {
                "text": point.text,
                "owner": point.owner,
                "due_on": _iso(point.due_on),
                "competencies": list(titles),
            }
            for point, titles in item.action_points
        ],
        "outcomes": [
            {
                "action_point": outcome.action_point.text,
                "outcome": outcome.outcome,
                "note": outcome.note,
            }
            for outcome in item.outcomes
        ],
        "signatures": [
            {
                "role": signature.role,
                "verdict": signature.verdict,
                "name": signature.name,
                "as_deputy": signature.as_deputy,
                "disagrees": signature.disagrees,
                "remark": signature.remark,
                "recorded_by": signature.recorded_by_name,
                "signed_at": _iso(signature.signed_at),
            }
            for signature in item.signatures
        ],
    }


def _sheet(item: RecordSheet) -> dict:
    sheet = item.sheet
    return {
        "side": sheet.side,
        "author": sheet.author_name,
        "as_deputy": sheet.as_deputy,
        "writers": [
            {"name": writer.name, "as_deputy": writer.as_deputy} for writer in sheet.writers
        ],
        "language": sheet.language,
        "saved_at": _iso(sheet.saved_at),
        "shared_at": _iso(sheet.shared_at),
        "framework": _version(item.version),
        "remark": sheet.remark,
        "ratings": [
            {
                "area": area.title,
                "competency": {
                    "key": rating.competency.key,
                    "code": rating.competency.code,
                    "title": rating.competency.title,
                    "kind": rating.competency.kind,
                    "criterion": rating.competency.criterion,
                },
                "answer": rating.answer,
                "level": {
                    "key": rating.level.key,
                    "number": rating.level.number,
                    "label": rating.level.label,
                    "descriptor": rating.descriptor,
                }
                if rating.level
                else None,
                "remark": rating.remark,
            }
            for area, ratings in item.areas
            for rating in ratings
        ],
    }
