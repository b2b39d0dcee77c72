"""The kinds of editorial items, as they stand in addresses."""

from .frameworks import CompetencyFramework, RatingScale
from .roles import RoleDescription

SNIPPETS = {"framework": CompetencyFramework, "role": RoleDescription, "scale": RatingScale}
PAGE = "page"

#: How records name the snippet that they are about.
SUBJECT_FIELDS = {CompetencyFramework: "framework", RoleDescription: "role_description"}
#: The same for what is said of a translation; a scale has that as well.
MARK_FIELDS = SUBJECT_FIELDS | {RatingScale: "rating_scale"}


def kind_of(item) -> str:
    """The kind of an item: that of a snippet, or else of a project page."""
    return next((kind for kind, model in SNIPPETS.items() if isinstance(item, model)), PAGE)
