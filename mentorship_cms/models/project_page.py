"""Behaviour of the mentoring project page: a body of blocks, and cards of the pages beneath."""

import json
import re

import swapper
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import StreamField

from ..blocks import MentoringBodyBlock
from ..rendering import cached_body
from .changes import changes_feed, latest_changes, with_counts
from .page_mixins import (
    FrameworkPageMixin,
    MentoringPageMixin,
    RolePageMixin,
    concrete_pages,
)
from .upkeep import COLUMNS, UpkeepLine, upkeep_columns
from .versions import FrameworkVersion, VersionCompetency

swapper.set_app_prefix("wagtailcore", "wagtail")

#: Pages that a body links to, in its data as JSON: chosen in a block, or in rich text.
_LINKED_PAGES = re.compile(r'"page": (\d+)|\bid=\\"(\d+)\\"')

#: How many changes are listed, and told of in the feed.
LATEST_CHANGES = 50


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


class ProjectPageMixin(RoutablePageMixin, MentoringPageMixin):
    """The page that says what the mentoring project is; role and framework pages lie beneath.

    ``<page>/changes/`` lists the latest versions of what they show, and ``feed/`` tells of them
    in Atom.
    """

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
        """Return what the body shows of other pages: the key to keep it under.

        These are the pages beneath with what they show, and the pages that the body links to.
        """
        return [row[: -len(COLUMNS)] for row in self._seen]

    @property
    def upkeep_line(self) -> UpkeepLine | None:
        """What readers are told of the upkeep of this page; every row says the same of it."""
        for row in self._seen[:1]:
            return UpkeepLine.from_columns(dict(zip(COLUMNS, row[-len(COLUMNS) :], strict=True)))

    @cached_property
    def _seen(self) -> list[tuple]:
        """This page, and the pages that the body shows something of, in one query."""
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
            ._base_manager.filter(self._beneath | linked | Q(pk=self.pk))
            .annotate(**upkeep_columns(type(self), self.pk, self))
            .order_by("pk", "view_restrictions")
            .values_list(*fields, "view_restrictions", *COLUMNS)
        )

    def get_context(self, request, *args, **kwargs):
        """Add the rendered body, which is kept until it or a page that it shows changes."""
        context = super().get_context(request, *args, **kwargs)

        def rendered_body():
            return cached_body(
                "mentorship_cms/components/project_body.html",
                {"page": self, "self": self},
                key=[self.get_url(request), list(self.body.raw_data), self._surroundings()],
                request=request,
                use_cache=not getattr(request, "is_preview", False),
            )

        # Not every address of this page shows it.
        context["rendered_body"] = SimpleLazyObject(rendered_body)
        context["upkeep"] = None if getattr(request, "is_preview", False) else self.upkeep_line
        return context

    def route(self, request, path_components):
        """As in Wagtail, but a page beneath with such a slug goes before a list of changes."""
        routes = ("changes", "feed")
        if path_components and path_components[0] in routes:
            if self.get_children().filter(slug=path_components[0]).exists():
                return super(RoutablePageMixin, self).route(request, path_components)
        return super().route(request, path_components)

    @path("changes/")
    def changes(self, request):
        """List the latest versions of what the pages beneath show."""
        changes = with_counts(latest_changes(self._cards, LATEST_CHANGES))
        return self.render(
            request,
            template="mentorship_cms/pages/changes.html",
            context_overrides={"changes": changes},
        )

    @path("feed/")
    def feed(self, request):
        """Tell of the same in a feed to follow; it is empty while nothing is published."""
        changes = latest_changes(self._cards, LATEST_CHANGES)
        return changes_feed(self, request, changes, path="changes/")
