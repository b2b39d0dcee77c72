"""Wiring to Wagtail's signals; what happens is in ``services``."""

from wagtail.signals import published, unpublished

from .models import CompetencyFramework, RatingScale, RoleDescription
from .services import publishing


def freeze_publication(sender, instance, revision=None, **kwargs):
    """Freeze a version of whatever was published, by whichever path."""
    publishing.record_publication(snippet=instance, revision=revision)
    publishing.refresh_search(snippet=instance)


def forget_unpublished(sender, instance, **kwargs):
    """Take the words of an unpublished item out of the intranet's search."""
    publishing.refresh_search(snippet=instance)


def register():
    """Connect the handlers; called once when the app is ready."""
    for model in (CompetencyFramework, RatingScale, RoleDescription):
        published.connect(
            freeze_publication,
            sender=model,
            dispatch_uid=f"mentorship_cms.freeze.{model.__name__}",
        )
        unpublished.connect(
            forget_unpublished,
            sender=model,
            dispatch_uid=f"mentorship_cms.forget.{model.__name__}",
        )
