"""The kinds of editorial items, as they stand in addresses; and all that a register is kept of."""

from .evaluations import ActionOutcome, ActionPoint, Evaluation, Rating, Sheet, Signature
from .frameworks import Competency, CompetencyArea, CompetencyFramework, Level, RatingScale
from .mentorships import Assignment, DeputyWindow, Mentorship
from .roles import Responsibility, ResponsibilityGroup, RoleDescription

SNIPPETS = {"framework": CompetencyFramework, "role": RoleDescription, "scale": RatingScale}
PAGE = "page"

#: How records name the snippet that they are about.
SUBJECT_FIELDS = {CompetencyFramework: "framework", RoleDescription: "role_description"}
#: The same for what is said of a translation; a scale has that as well.
MARK_FIELDS = SUBJECT_FIELDS | {RatingScale: "rating_scale"}

#: What the ledger keeps, in reading order.
TEXTS = (
    CompetencyFramework,
    CompetencyArea,
    Competency,
    RatingScale,
    Level,
    RoleDescription,
    ResponsibilityGroup,
    Responsibility,
)
#: What is kept of mentorships and evaluations, in reading order: for coordinators, not for editors.
RECORDS = (
    Mentorship,
    Assignment,
    DeputyWindow,
    Evaluation,
    Sheet,
    Rating,
    ActionPoint,
    ActionOutcome,
    Signature,
)


def kind_of(item) -> str:
    """The kind of an item: that of a snippet, or else of a project page."""
    return next((kind for kind, model in SNIPPETS.items() if isinstance(item, model)), PAGE)
