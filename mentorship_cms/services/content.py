"""What is signed: the content of an evaluation as plain data, and its digest."""

import hashlib
import json
from dataclasses import dataclass, field

from ..models import ActionOutcome, ActionPoint, Evaluation, Rating, Sheet


@dataclass(frozen=True)
class Rows:
    """The rows that a signature stands for, beside the evaluation's own.

    ``ratings`` holds those of the shared sheets by the id of the sheet, each with its level and
    competency; outcomes come with the action point they tell of.
    """

    sheets: list[Sheet]
    ratings: dict[int, list[Rating]] = field(default_factory=dict)
    action_points: list[ActionPoint] = field(default_factory=list)
    outcomes: list[ActionOutcome] = field(default_factory=list)


def rows_of(evaluation: Evaluation) -> Rows:
    """Read what a signature stands for. Four queries."""
    sheets = list(
        evaluation.sheets.select_related("framework_version").defer("framework_version__document")
    )
    ratings = {sheet.pk: [] for sheet in sheets}
    for rating in Rating.objects.filter(
        sheet__evaluation=evaluation, sheet__shared_at__isnull=False
    ).select_related("competency", "level"):
        ratings[rating.sheet_id].append(rating)
    return Rows(
        sheets=sheets,
        ratings=ratings,
        action_points=list(evaluation.action_points.all()),
        outcomes=list(evaluation.outcomes.select_related("action_point__evaluation")),
    )


def document_of(evaluation: Evaluation, rows: Rows | None = None) -> dict:
    """Return everything that a signature stands for, as data that JSON can hold.

    The words of the criteria come in by the digest of the framework version, which never
    changes. Drafts that were not shared are no part of it. ``rows`` are those of
    :func:`rows_of`, where the caller has read them already.
    """
    rows = rows or rows_of(evaluation)
    sheets = {}
    for sheet in rows.sheets:
        if not sheet.is_shared:
            continue
        said = sheets[sheet.side] = {
            "author": sheet.author_name,
            "as_deputy": sheet.as_deputy,
            "shared_at": sheet.shared_at.isoformat(),
            "framework": sheet.framework_version.digest,
            "remark": sheet.remark,
            "ratings": sorted(
                [
                    str(rating.competency.key),
                    rating.answer,
                    str(rating.level.key) if rating.level else "",
                    rating.level.label if rating.level else "",
                    rating.remark,
                ]
                for rating in rows.ratings[sheet.pk]
            ),
        }
        # Sheets from before this was kept were signed without it, and stay as they were signed.
        if sheet.contributors:
            said["writers"] = [[writer.name, writer.as_deputy] for writer in sheet.writers]
    return {
        "evaluation": str(evaluation.public_id),
        "mentorship": str(evaluation.mentorship.public_id),
        "kind": evaluation.kind,
        "framework": evaluation.framework_version.digest,
        "corrects": str(evaluation.corrects.public_id) if evaluation.corrects_id else "",
        "correction_reason": evaluation.correction_reason,
        "talk_on": evaluation.talk_on.isoformat(),
        "observed_on": evaluation.observed_on.isoformat() if evaluation.observed_on else "",
        "situation": evaluation.situation,
        "sheets": sheets,
        "conclusion": evaluation.conclusion,
        "needs": evaluation.needs,
        "action_points": [
            [
                str(point.public_id),
                point.text,
                point.owner,
                point.due_on.isoformat() if point.due_on else "",
                sorted(point.competency_keys),
            ]
            for point in rows.action_points
        ],
        "outcomes": sorted(
            [str(outcome.action_point.public_id), outcome.outcome, outcome.note]
            for outcome in rows.outcomes
        ),
    }


def digest_of(evaluation: Evaluation, rows: Rows | None = None) -> str:
    """Return a SHA-256 of what a signature stands for."""
    canonical = json.dumps(document_of(evaluation, rows), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_intact(evaluation: Evaluation, rows: Rows | None = None) -> bool:
    """Whether a signed evaluation still says what was signed."""
    return bool(evaluation.digest) and digest_of(evaluation, rows) == evaluation.digest
