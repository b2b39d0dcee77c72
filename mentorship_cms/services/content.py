"""What is signed: the content of an evaluation as plain data, and its digest."""

import hashlib
import json

from ..models import Evaluation


def document_of(evaluation: Evaluation) -> dict:
    """Return everything that a signature stands for, as data that JSON can hold.

    The words of the criteria come in by the digest of the framework version, which never
    changes. Drafts that were not shared are no part of it. Seven queries.
    """
    sheets = {}
    for sheet in evaluation.sheets.select_related("framework_version").defer(
        "framework_version__document"
    ):
        if not sheet.is_shared:
            continue
        ratings = sheet.ratings.values_list(
            "competency__key", "answer", "level__key", "level__label", "remark"
        )
        sheets[sheet.side] = {
            "author": sheet.author_name,
            "as_deputy": sheet.as_deputy,
            "shared_at": sheet.shared_at.isoformat(),
            "framework": sheet.framework_version.digest,
            "remark": sheet.remark,
            "ratings": sorted(
                [str(key), answer, str(level or ""), label or "", remark]
                for key, answer, level, label, remark in ratings
            ),
        }
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
            for point in evaluation.action_points.all()
        ],
        "outcomes": sorted(
            [str(outcome.action_point.public_id), outcome.outcome, outcome.note]
            for outcome in evaluation.outcomes.select_related("action_point")
        ),
    }


def digest_of(evaluation: Evaluation) -> str:
    """Return a SHA-256 of what a signature stands for."""
    canonical = json.dumps(document_of(evaluation), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def is_intact(evaluation: Evaluation) -> bool:
    """Whether a signed evaluation still says what was signed."""
    return bool(evaluation.digest) and digest_of(evaluation) == evaluation.digest
