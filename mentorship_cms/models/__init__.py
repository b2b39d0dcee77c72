"""Models, by subject."""

from .evaluations import (
    ActionOutcome,
    ActionPoint,
    Evaluation,
    Rating,
    Sheet,
    Signature,
)
from .flags import Flag
from .frameworks import Competency, CompetencyArea, CompetencyFramework, Level, RatingScale
from .mentorships import Assignment, DeputyWindow, Mentorship, Opening, WorkspacePreference
from .page_mixins import FrameworkPageMixin, RolePageMixin, concrete_pages
from .pages import HAS_CONCRETE_PAGES, pages_showing
from .project_page import ProjectPageMixin
from .roles import Responsibility, ResponsibilityGroup, RoleDescription
from .translations import TranslationMark
from .upkeep import Upkeep, UpkeepAct, UpkeepReminder
from .versions import (
    FrameworkVersion,
    ImmutableError,
    RoleVersion,
    VersionCompetency,
    VersionLevel,
)

__all__ = [
    "HAS_CONCRETE_PAGES",
    "concrete_pages",
    "pages_showing",
    "ActionOutcome",
    "ActionPoint",
    "Assignment",
    "Competency",
    "CompetencyArea",
    "CompetencyFramework",
    "DeputyWindow",
    "Evaluation",
    "Flag",
    "FrameworkPageMixin",
    "FrameworkVersion",
    "ImmutableError",
    "Level",
    "Mentorship",
    "Opening",
    "ProjectPageMixin",
    "Rating",
    "RatingScale",
    "Responsibility",
    "ResponsibilityGroup",
    "RoleDescription",
    "RolePageMixin",
    "RoleVersion",
    "Sheet",
    "Signature",
    "TranslationMark",
    "Upkeep",
    "UpkeepAct",
    "UpkeepReminder",
    "VersionCompetency",
    "VersionLevel",
    "WorkspacePreference",
]

if HAS_CONCRETE_PAGES:
    from .pages import FrameworkPage, MentoringProjectPage, RolePage

    __all__ += ["FrameworkPage", "MentoringProjectPage", "RolePage"]
