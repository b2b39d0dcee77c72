"""What the plugin's own admin pages about one item have in common: finding it, and who may."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views.generic import TemplateView
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from ..models import ProjectPageMixin, concrete_pages
from ..models.kinds import PAGE, SNIPPETS, kind_of
from ..permissions import may_change


def find_item(kind: str, pk: int):
    """The framework, role description or project page; raises ``Http404``."""
    if kind in SNIPPETS:
        return get_object_or_404(SNIPPETS[kind].objects.select_related("locale"), pk=pk)
    if kind == PAGE:
        for model in concrete_pages(ProjectPageMixin):
            if page := model.objects.filter(pk=pk).first():
                return page
    raise Http404


def address(name: str, item, *args) -> str:
    """The address of one of the plugin's pages about ``item``."""
    return reverse(f"mentorship_cms_admin:{name}", args=[kind_of(item), item.pk, *args])


class ItemView(WagtailAdminTemplateMixin, TemplateView):
    """A page about one item, for whoever may change it.

    Addresses give ``kind`` and ``pk``; an unknown one is 404, and who may not edit the item is
    sent to the admin's home with a message, as everywhere in Wagtail. A subclass narrows
    ``kinds`` to what its page is for.
    """

    kinds = ("framework", "role")
    header_icon = "clipboard-list"

    def dispatch(self, request, *args, kind, pk, **kwargs):
        if kind not in self.kinds:
            raise Http404
        self.item = find_item(kind, pk)
        if not may_change(request.user, self.item):
            raise PermissionDenied
        return super().dispatch(request, *args, kind=kind, pk=pk, **kwargs)

    @cached_property
    def edit_url(self) -> str | None:
        """The address of the item's form."""
        return AdminURLFinder(self.request.user).get_edit_url(self.item)

    def get_page_subtitle(self):
        return str(self.item)

    def get_breadcrumbs_items(self):
        """Home, the list of such items, the item, this page."""
        trail = []
        if not isinstance(self.item, Page):
            trail.append(
                {
                    "url": reverse(self.item.snippet_viewset.get_url_name("list")),
                    "label": capfirst(self.item._meta.verbose_name_plural),
                }
            )
        trail += [
            {"url": self.edit_url, "label": str(self.item)},
            {"url": "", "label": self.get_page_title(), "sublabel": str(self.item)},
        ]
        return [*self.breadcrumbs_items, *trail]

    def get_context_data(self, **kwargs):
        """Add the item and the address of its form."""
        return super().get_context_data(**kwargs) | {"item": self.item, "edit_url": self.edit_url}
