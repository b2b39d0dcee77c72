"""What may not be found of evaluations after writers were killed or raced."""


def half_saved(mentorship):
    """Everything in a mentorship that is not as one act after the other leaves it."""
    found = [f"mentorship: {problem}" for problem in people_problems(mentorship)]
    for evaluation in mentorship.evaluations.order_by("pk"):
        found += [f"evaluation {evaluation.pk}: {p}" for p in evaluation_problems(evaluation)]
    return found


def same(row, historical, *names):
    """Whether a record says the same as a row of its history."""
    names = names or [field.attname for field in row._meta.concrete_fields]
    return all(getattr(row, name) == getattr(historical, name) for name in names)


def people_problems(mentorship):
    """What is wrong with the people and the windows."""
    for role in ("mentee", "mentor", "line_manager", "deputy_mentor"):
        if mentorship.assignments.filter(role=role, ended_at__isnull=True).count() != 1:
            yield f"not one {role}"
    for rows in (mentorship.assignments.all(), mentorship.deputy_windows.all()):
        for row in rows:
            last = row.history.first()
            if last is None or not same(row, last):
                yield f"{row._meta.model_name} {row.pk} differs from its history"


def evaluation_problems(evaluation):
    """What is wrong with an evaluation."""
    from mentorship_cms.models import ActionOutcome, ActionPoint, Signature
    from mentorship_cms.services.content import is_intact

    rows = list(evaluation.history.order_by("history_id"))
    if not rows or rows[0].history_type != "+" or rows[0].act not in ("start", "correct"):
        yield "no row of history for its beginning"
        return
    kept = ("state", "kind", "talk_on", "observed_on", "situation", "digest")
    kept += ("version_fixed_at", "shared_at", "signed_at", "closed_at")
    frozen = evaluation.state in ("signed", "closed")
    if not same(evaluation, rows[-1], *(() if frozen else kept)):
        yield "differs from its history"
    sheets = list(evaluation.sheets.all())
    for sheet in sheets:
        for problem in sheet_problems(sheet):
            yield f"sheet of the {sheet.side}: {problem}"
    shared = {sheet.side for sheet in sheets if sheet.is_shared}
    if bool(shared) and evaluation.version_fixed_at is None:
        yield "shared without a fixed version"
    if evaluation.state == "draft" and shared >= {"mentor", "mentee"}:
        yield "both sheets shared and not revealed"
    # The talk: one word in all its places.
    points, outcomes = list(evaluation.action_points.all()), list(evaluation.outcomes.all())
    words = {evaluation.conclusion, evaluation.needs}
    words |= {point.text.split()[0] for point in points}
    words |= {outcome.note for outcome in outcomes}
    if len(words) > 1 or (evaluation.conclusion and len(points) != 2):
        yield "half a talk"
    if evaluation.is_correction:
        old = evaluation.corrects
        if len(points) != old.action_points.count():
            yield "not all action points copied"
        if [sheet.side for sheet in sheets] != ["mentor"]:
            yield "no copy of the sheet"
    # Signatures.
    signatures = {row.role: row for row in evaluation.signatures.all()}
    if frozen != ("mentor" in signatures) or (evaluation.state == "closed") != (
        len(signatures) == 3
    ):
        yield "state and signatures differ"
    if frozen and not is_intact(evaluation):
        yield "the digest is not that of the content"
    for signature in signatures.values():
        if signature.digest != evaluation.digest:
            yield "signature of something else"
    for model, items in (
        (Signature, signatures.values()),
        (ActionPoint, points if frozen else ()),
        (ActionOutcome, outcomes if frozen else ()),
    ):
        told = list(model.history.filter(evaluation_id=evaluation.pk).values_list("id", "act"))
        if sorted(told) != sorted((item.pk, "sign") for item in items):
            yield f"rows of history for {model._meta.model_name}: {len(told)}, not {len(items)}"


def sheet_problems(sheet):
    """What is wrong with a sheet and its ratings."""
    ratings = list(sheet.ratings.select_related("competency", "level"))
    if len(ratings) != sheet.framework_version.competencies.count():
        yield f"{len(ratings)} ratings"
    if {rating.remark for rating in ratings} != {sheet.remark}:
        yield "half a save"
    if len({rating.revision for rating in ratings}) > 1:
        yield "revisions that differ"
    for rating in ratings:
        if {rating.competency.version_id, rating.level.version_id} != {sheet.framework_version_id}:
            yield "a rating on another version"
    last = sheet.history.order_by("history_id").last()
    if sheet.is_shared != (last is not None and last.act == "share"):
        yield "state and history differ"
    if not sheet.is_shared:
        return
    if not same(sheet, last):
        yield "differs from its history"
    for rating in ratings:
        told = rating.history.order_by("history_id").last()
        if told is None or not same(rating, told, "answer", "level_id", "remark"):
            yield "a rating differs from its history"
