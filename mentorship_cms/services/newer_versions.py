"""Moving an evaluation that is still a draft to the newest version of its framework."""

from dataclasses import dataclass

from ..differences import Difference, compare
from ..models import Evaluation, FrameworkVersion, Rating
from ..permissions import EvaluationAccess
from ..structures import CompetencyContent


def newer_version(evaluation: Evaluation) -> FrameworkVersion | None:
    """The newest version of the framework, where that is a later one than the evaluation's."""
    version = evaluation.framework_version
    return (
        FrameworkVersion.objects.filter(framework=version.framework_id, number__gt=version.number)
        .listed()
        .first()
    )


@dataclass(frozen=True)
class Move:
    """What moving a draft to the newest version would do, to the person's own sheet too."""

    newest: FrameworkVersion
    difference: Difference
    reworded: tuple[CompetencyContent, ...] = ()
    removed: tuple[CompetencyContent, ...] = ()
    asked_again: tuple[CompetencyContent, ...] = ()
    kept: int = 0


def move_of(access: EvaluationAccess) -> Move | None:
    """What moving to the newest version would do; None where there is no newer one."""
    evaluation = access.evaluation
    found = newer_version(evaluation)
    if found is None:
        return None
    difference = compare(evaluation.framework_version.content, found.content)
    changes = {
        change.part.key: change
        for change in difference.parts
        if isinstance(change.part, CompetencyContent)
    }
    gone_levels = {change.part.key for change in difference.levels if change.new is None}
    reworded, removed, asked, kept = [], [], [], 0
    named = {item.key: item for item in evaluation.framework_version.content.competencies}
    rows = Rating.objects.filter(
        sheet__evaluation=evaluation, sheet__side=access.own_side
    ).values_list("competency__key", "level__key")
    for key, level_key in rows:
        change = changes.get(str(key))
        if change is not None and change.new is None:
            removed.append(named[str(key)])
        elif str(level_key) in gone_levels:
            asked.append(named[str(key)])
        else:
            kept += 1
            if change is not None and change.texts:
                reworded.append(named[str(key)])
    return Move(found, difference, tuple(reworded), tuple(removed), tuple(asked), kept)
