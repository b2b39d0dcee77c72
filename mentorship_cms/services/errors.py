"""What keeps an act from happening, besides Django's ``ValidationError`` for bad input."""

from django.utils.translation import gettext_lazy as _


class StaleError(Exception):
    """Somebody else saved in between; nothing was written.

    ``stored`` holds what is in the database now, by the name of the field or the key of the
    competency, so that a form can show both texts.
    """

    message = _(
        "Somebody saved this in the meantime, perhaps you in another window. Nothing of yours is "
        "lost: compare both texts, and save again."
    )

    def __init__(self, stored: dict):
        self.stored = stored
        super().__init__(str(self.message))
