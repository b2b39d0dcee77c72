"""Wiring to the signals of Django and Wagtail; what happens is elsewhere."""

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete
from wagtail.signals import page_published, published, unpublished

from .models import (
    CompetencyFramework,
    ProjectPageMixin,
    RatingScale,
    RoleDescription,
    concrete_pages,
)
from .services import publishing, upkeep
from .views import kept


def freeze_publication(sender, instance, revision=None, **kwargs):
    """Freeze a version of whatever was published, by whichever path."""
    publishing.record_publication(snippet=instance, revision=revision)
    publishing.refresh_search(snippet=instance)


def forget_unpublished(sender, instance, **kwargs):
    """Take the words of an unpublished item out of the intranet's search."""
    publishing.refresh_search(snippet=instance)


def begin_upkeep(sender, instance, **kwargs):
    """From its first publication on, somebody has to keep an item current."""
    upkeep.begin(item=instance)


def end_upkeep(sender, instance, **kwargs):
    """What is deleted needs no upkeep."""
    upkeep.end(item=instance)


def register():
    """Connect the handlers; called once when the app is ready."""
    user_logged_in.connect(kept.drop_those_of_others, dispatch_uid="mentorship_cms.kept")
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
    items = [(model, published) for model in (CompetencyFramework, RoleDescription)]
    items += [(model, page_published) for model in concrete_pages(ProjectPageMixin)]
    for model, publication in items:
        name = f"{model._meta.label}.upkeep"
        publication.connect(begin_upkeep, sender=model, dispatch_uid=f"mentorship_cms.begin.{name}")
        post_delete.connect(end_upkeep, sender=model, dispatch_uid=f"mentorship_cms.end.{name}")
