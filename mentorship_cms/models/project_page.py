"""Behaviour of the mentoring project page: a body of blocks, and cards of the pages beneath."""

import json
import re

import swapper
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField

from ..blocks import MentoringBodyBlock
from ..rendering import cached_body
from .page_mixins import (
    FrameworkPageMixin,
    MentoringPageMixin,
    RolePageMixin,
    concrete_pages,
)
from .versions import FrameworkVersion, VersionCompetency

swapper.set_app_prefix("wagtailcore", "wagtail")

#: Pages that a body links to, in its data as JSON: chosen in a block, or in rich text.
_LINKED_PAGES = re.compile(r'"page": (\d+)|\bid=\\"(\d+)\\"')


def _latest_version(framework, field: str = "number") -> Subquery:
    """Return a subquery for a field of the latest version of ``framework``, a name or OuterRef."""
    outer = OuterRef(framework)
    versions = FrameworkVersion.objects.filter(framework=outer).order_by("-number")
    return Subquery(versions.values(field)[:1])


def _base_page() -> type:
    """Return the base page model of the site."""
    return swapper.load_model("wagtailcore", "Page")


def _links_from_base_page() -> dict[str, str]:
    """Return how the base page reaches each role or framework page model: link and subject."""
    return {
        model._meta.get_ancestor_link(_base_page()).remote_field.name: mixin.subject_field
        for mixin in (RolePageMixin, FrameworkPageMixin)
        for model in concrete_pages(mixin)
        # A subclass of such a model is reached through it.
        if model._meta.get_field(mixin.subject_field).model is model
    }


class ProjectPageMixin(MentoringPageMixin):
    """The page that says what the mentoring project is; role and framework pages lie beneath."""

    body = StreamField(MentoringBodyBlock(), blank=True, verbose_name=_("body"))

    class Meta:
        abstract = True

    @cached_property
    def role_cards(self) -> list:
        """The role pages beneath whose role is published, in their order in the tree."""
        return [page for page in self._cards if isinstance(page, RolePageMixin)]

    @cached_property
    def framework_cards(self) -> list:
        """The framework pages beneath whose framework is published, each with its latest
        ``version_number`` and ``competency_count``."""
        return [page for page in self._cards if isinstance(page, FrameworkPageMixin)]

    @cached_property
    def _cards(self) -> list:
        """The pages that have a card, each with its snippet, in one query."""
        # A page with a privacy rule of its own is left out: not everyone here may read it.
        pages = _base_page().objects.filter(self._beneath, live=True, view_restrictions=None)
        links = _links_from_base_page()
        for link, subject in links.items():
            pages = pages.select_related(f"{link}__{subject}")
            if subject == FrameworkPageMixin.subject_field:
                framework = f"{link}__{subject}"
                latest = _latest_version(OuterRef(framework), "pk")
                counts = (
                    VersionCompetency.objects.filter(version=latest)
                    .order_by()
                    .values("version")
                    .annotate(count=Count("pk"))
                )
                pages = pages.annotate(
                    **{
                        f"{link}_version": _latest_version(framework),
                        f"{link}_count": Subquery(counts.values("count")[:1]),
                    }
                )
        cards = []
        for page in pages.order_by("path"):
            for link, subject in links.items():
                card = getattr(page, link, None)
                if card is not None and getattr(card, subject).live:
                    card.version_number = getattr(page, f"{link}_version", None)
                    card.competency_count = getattr(page, f"{link}_count", None)
                    cards.append(card)
        return cards

    @property
    def _beneath(self) -> Q:
        return Q(path__startswith=self.path, depth=self.depth + 1)

    def _surroundings(self) -> list[tuple]:
        """Return what the body shows of other pages, in one query: the key to keep it under.

        These are the pages beneath with what they show, and the pages that the body links to.
        """
        fields = ["pk", "live", "title", "url_path", "latest_revision_created_at"]
        for link, subject in _links_from_base_page().items():
            fields += [f"{link}__{subject}__live", f"{link}__{subject}__last_published_at"]
            if subject == FrameworkPageMixin.subject_field:
                # A framework has a new version when its scale is published, too.
                fields.append(_latest_version(f"{link}__{subject}"))
        found = _LINKED_PAGES.findall(json.dumps(list(self.body.raw_data)))
        linked = Q(pk__in=[int(pk) for pair in found for pk in pair if pk])
        # The plain manager, for this is asked at every view and wants nothing of the tree's.
        return list(
            _base_page()
            ._base_manager.filter(self._beneath | linked)
            .order_by("pk", "view_restrictions")
            .values_list(*fields, "view_restrictions")
        )

    def get_context(self, request, *args, **kwargs):
        """Add the rendered body, which is kept until it or a page that it shows changes."""
        context = super().get_context(request, *args, **kwargs)
        context["rendered_body"] = cached_body(
            "mentorship_cms/components/project_body.html",
            {"page": self, "self": self},
            key=[self.get_url(request), list(self.body.raw_data), self._surroundings()],
            request=request,
            use_cache=not getattr(request, "is_preview", False),
        )
        return context
