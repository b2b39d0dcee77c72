"""The report of what is to be checked: all items with owner and day, to filter, sort and export."""

from datetime import date

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.coreutils import get_content_languages

from ..models import Upkeep
from ..models.kinds import PAGE
from ..models.upkeep import UpkeepState
from ..records import name_of
from ..services.upkeep_overview import KeptItem, keeps_anything, kept_items
from .exports import PlainTextExportMixin

KINDS = {
    "framework": _("competency framework"),
    "role": _("role description"),
    PAGE: _("project page"),
}
OWNERS = {
    "me": _("me"),
    "nobody": _("nobody"),
    "anyone": _("anyone"),
}


class Row:
    """A line of the report: an item in words."""

    def __init__(self, kept: KeptItem):
        self.pk = f"{kept.kind}-{kept.pk}"
        self.kept = kept
        self.title = kept.title
        self.kind = capfirst(KINDS[kept.kind])
        self.language = get_content_languages().get(kept.language, kept.language)
        self.owner = name_of(kept.owner)
        self.inherited = kept.inherited
        confirmed_at = kept.upkeep.confirmed_at
        self.checked_on = timezone.localdate(confirmed_at) if confirmed_at else None
        self.checked_by = kept.upkeep.confirmed_by_name
        self.due_on = kept.upkeep.due_on
        self.state = kept.state

    @property
    def state_label(self):
        """How urgent it is, in words."""
        return capfirst(self.state.label)

    @property
    def own_or_not(self):
        """Whose owner it is, for the export."""
        if not self.owner:
            return ""
        return _("page above") if self.inherited else _("its own")

    @property
    def address(self):
        """The page of upkeep."""
        return reverse("mentorship_cms_admin:upkeep", args=[self.kept.kind, self.kept.pk])


#: By what the report is sorted.
SORTING = {
    "title": lambda row: row.title.casefold(),
    "checked_on": lambda row: row.checked_on or date.min,
    "due_on": lambda row: row.due_on,
}


class DayColumn(Column):
    """A day, as the reader writes days."""

    cell_template_name = "mentorship_cms/admin/upkeep_day_cell.html"


class CheckedColumn(Column):
    """When the item was confirmed, and by whom."""

    cell_template_name = "mentorship_cms/admin/upkeep_checked_cell.html"


class StateColumn(Column):
    """How urgent it is to check the item."""

    cell_template_name = "mentorship_cms/admin/upkeep_state_cell.html"

    class Media:
        css = {"all": ["mentorship_cms/admin.css"]}


class OwnerColumn(Column):
    """Who answers for the item, and whether that comes from a page above."""

    cell_template_name = "mentorship_cms/admin/upkeep_owner_cell.html"


def _choice(label, choices) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label=label,
        choices=choices,
        empty_label=_("All"),
        widget=forms.RadioSelect,
    )


class UpkeepFilterSet(WagtailFilterSet):
    """What the report is narrowed to. It filters rows, not a table of the database."""

    state = _choice(_("State"), lambda: _in_words(UpkeepState.choices))
    kind = _choice(_("Kind"), lambda: _in_words(KINDS.items()))
    owner = _choice(_("Owner"), lambda: _in_words(OWNERS.items()))
    language = _choice(_("Language"), lambda: get_content_languages().items())

    class Meta:
        model = Upkeep
        fields = []

    def filter_queryset(self, rows):
        """The rows that are wanted."""
        wanted = self.form.cleaned_data
        return [row for row in rows if self._keeps(row.kept, wanted)]

    def _keeps(self, kept, wanted) -> bool:
        owners = {
            "": True,
            "me": kept.owner == self.request.user,
            "nobody": kept.owner is None,
            "anyone": kept.owner is not None,
        }
        return (
            wanted["state"] in ("", kept.state)
            and wanted["kind"] in ("", kept.kind)
            and wanted["language"] in ("", kept.language)
            and owners[wanted["owner"]]
        )


def _in_words(choices):
    return [(value, capfirst(words)) for value, words in choices]


class UpkeepReportView(PlainTextExportMixin, ReportView):
    """What there is to keep current, for whoever may change some of it: what they may change."""

    page_title = _("Upkeep of the mentoring project")
    header_icon = "calendar-check"
    index_url_name = "mentorship_cms_admin:upkeep_report"
    index_results_url_name = "mentorship_cms_admin:upkeep_report_results"
    filterset_class = UpkeepFilterSet
    results_template_name = "mentorship_cms/admin/upkeep_report_results.html"
    default_ordering = "due_on"
    export_filename = "upkeep"
    list_export = [
        "title",
        "kind",
        "language",
        "owner",
        "own_or_not",
        "checked_on",
        "checked_by",
        "due_on",
        "state_label",
    ]
    export_headings = {
        "title": _("Title"),
        "kind": _("Kind"),
        "language": _("Language"),
        "owner": _("Owner"),
        "own_or_not": _("Owner of"),
        "checked_on": _("Checked on"),
        "checked_by": _("Checked by"),
        "due_on": _("Due on"),
        "state_label": _("State"),
    }

    def dispatch(self, request, *args, **kwargs):
        """Refuse who may change none of it: Wagtail asks nothing of its own."""
        if not keeps_anything(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def columns(self):
        return [
            TitleColumn(
                "title",
                label=_("Title"),
                sort_key="title",
                get_url=lambda row: row.address,
                width="30%",
                classname="mentorship-upkeep-title",
            ),
            Column("kind", label=_("Kind")),
            Column("language", label=_("Language")),
            OwnerColumn("owner", label=_("Owner")),
            CheckedColumn("checked_on", label=_("Checked on"), sort_key="checked_on"),
            DayColumn("due_on", label=_("Due on"), sort_key="due_on"),
            StateColumn("state", label=_("State")),
        ]

    def get_filtered_queryset(self):
        """The rows, narrowed and sorted; there are never more than a site has such items."""
        rows = [Row(kept) for kept in kept_items(user=self.request.user)]
        rows = self.filter_queryset(rows)
        ordering = self.ordering or self.default_ordering
        return sorted(
            rows, key=SORTING[ordering.removeprefix("-")], reverse=ordering.startswith("-")
        )

    def stream_csv(self, queryset):
        """Write the lines now: they are sent when the person's language is set no longer."""
        return iter(list(super().stream_csv(queryset)))

    @cached_property
    def no_results_message(self):
        if self.is_filtering:
            return _("Nothing is as you asked.")
        return _("Nothing is published yet, so there is nothing to check.")
