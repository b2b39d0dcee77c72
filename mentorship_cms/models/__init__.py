"""Models, by subject."""

from .frameworks import Competency, CompetencyArea, CompetencyFramework, Level, RatingScale
from .page_mixins import FrameworkPageMixin, RolePageMixin, concrete_pages
from .pages import HAS_CONCRETE_PAGES, pages_showing
from .project_page import ProjectPageMixin
from .roles import Responsibility, ResponsibilityGroup, RoleDescription
from .versions import (
    FrameworkVersion,
    ImmutableError,
    RoleVersion,
    VersionCompetency,
    VersionLevel,
)

__all__ = [
    "HAS_CONCRETE_PAGES",
    "Competency",
    "CompetencyArea",
    "CompetencyFramework",
    "FrameworkPageMixin",
    "FrameworkVersion",
    "ImmutableError",
    "Level",
    "ProjectPageMixin",
    "RatingScale",
    "Responsibility",
    "ResponsibilityGroup",
    "RoleDescription",
    "RolePageMixin",
    "RoleVersion",
    "VersionCompetency",
    "VersionLevel",
    "concrete_pages",
    "pages_showing",
]

if HAS_CONCRETE_PAGES:
    from .pages import FrameworkPage, MentoringProjectPage, RolePage

    __all__ += ["FrameworkPage", "MentoringProjectPage", "RolePage"]
