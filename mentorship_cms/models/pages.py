"""Pages that publish the mentoring project to the whole team.

Behaviour is in abstract mixins (``page_mixins``, ``project_page``); here stands a thin ``Page``
subclass for each. A host with a base page of its own (``WAGTAIL_PAGE_MODEL``) subclasses the
mixins instead, and the ones here are left out.
"""

import swapper
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page
from wagtail.search import index

from .frameworks import CompetencyFramework
from .page_mixins import FrameworkPageMixin, RolePageMixin, concrete_pages
from .project_page import ProjectPageMixin
from .roles import RoleDescription

swapper.set_app_prefix("wagtailcore", "wagtail")

#: False when the host has a base page of its own; then the concrete pages are left out.
HAS_CONCRETE_PAGES = not swapper.is_swapped("wagtailcore", "Page")


def pages_showing(snippet) -> list:
    """Return the live pages that show ``snippet``, in tree order.

    A rating scale is shown by the pages of the frameworks of its language that use it.
    """
    if isinstance(snippet, RoleDescription):
        mixin, subject = RolePageMixin, {"role_description": snippet.pk}
    elif isinstance(snippet, CompetencyFramework):
        mixin, subject = FrameworkPageMixin, {"framework": snippet.pk}
    else:
        mixin = FrameworkPageMixin
        subject = {
            "framework__rating_scale__translation_key": snippet.translation_key,
            "framework__locale": snippet.locale_id,
        }
    pages = []
    for model in concrete_pages(mixin):
        pages += model.objects.live().filter(**subject)
    return sorted(pages, key=lambda page: page.path)


if HAS_CONCRETE_PAGES:

    class MentoringProjectPage(ProjectPageMixin, Page):
        """The mentoring project of an organisation."""

        template = "mentorship_cms/pages/project_page.html"
        content_panels = [*Page.content_panels, FieldPanel("introduction"), FieldPanel("body")]
        search_fields = [
            *Page.search_fields,
            index.SearchField("introduction"),
            index.SearchField("body"),
        ]

        class Meta:
            verbose_name = _("mentoring project page")
            verbose_name_plural = _("mentoring project pages")

    class RolePage(RolePageMixin, Page):
        """A role in the mentoring project."""

        parent_page_types = ["mentorship_cms.MentoringProjectPage"]
        subpage_types = []
        content_panels = [
            *Page.content_panels,
            FieldPanel("introduction"),
            FieldPanel("role_description"),
        ]
        search_fields = [
            *Page.search_fields,
            index.SearchField("introduction"),
            index.SearchField("indexed_text"),
        ]

        class Meta:
            verbose_name = _("role page")
            verbose_name_plural = _("role pages")

    class FrameworkPage(FrameworkPageMixin, Page):
        """A competency framework."""

        parent_page_types = ["mentorship_cms.MentoringProjectPage"]
        subpage_types = []
        content_panels = [
            *Page.content_panels,
            FieldPanel("introduction"),
            FieldPanel("framework"),
        ]
        search_fields = [
            *Page.search_fields,
            index.SearchField("introduction"),
            index.SearchField("indexed_text"),
        ]

        class Meta:
            verbose_name = _("framework page")
            verbose_name_plural = _("framework pages")
