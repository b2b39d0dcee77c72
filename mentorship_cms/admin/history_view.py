"""The one history of a framework, a role or a scale, at the address of Wagtail's own."""

import django_filters
from django.contrib.auth import get_user_model
from django.forms import CheckboxSelectMultiple
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, UserColumn
from wagtail.snippets.views.snippets import HistoryView

from ..records import name_of
from ..services.item_history import ActKind, history_of
from .history_lines import Lines, address_maker


class ItemHistoryFilterSet(WagtailFilterSet):
    """What the history is filtered by; the view applies it, for acts are no rows of a table."""

    kind = django_filters.MultipleChoiceFilter(
        label=_("Kind of event"), choices=ActKind.choices, widget=CheckboxSelectMultiple
    )
    user = django_filters.MultipleChoiceFilter(label=_("Person"), widget=CheckboxSelectMultiple)
    timestamp = django_filters.DateFromToRangeFilter(label=_("Date"), widget=DateRangePickerWidget)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["user"].extra["choices"] = sorted(
            ((str(pk), name_of(user)) for pk, user in people.items()),
            key=lambda choice: choice[1].casefold(),
        )
        if not people:
            del self.filters["user"]


class ActColumn(Column):
    """What happened, with what changed and where to read it."""

    cell_template_name = "mentorship_cms/admin/history_act.html"

    class Media:
        css = {"all": ["mentorship_cms/admin.css"]}


class PersonColumn(UserColumn):
    """Who did it; by name where the account is gone."""

    def get_cell_context_data(self, instance, parent_context):
        context = super().get_cell_context_data(instance, parent_context)
        context["display_name"] = instance.user_name
        return context


class ItemHistoryView(HistoryView):
    """Every act on the item, one line each, newest first."""

    filterset_class = ItemHistoryFilterSet
    table_classname = "listing mentorship-history"

    @cached_property
    def columns(self):
        """What happened, who did it, when."""
        return [
            ActColumn("act", label=_("What happened")),
            PersonColumn("user", label=_("Person"), width="20%"),
            DateColumn("at", label=_("Date"), width="15%"),
        ]

    @cached_property
    def history(self):
        """Everything that happened to the item."""
        return history_of(self.object)

    @cached_property
    def people(self):
        """The accounts of everybody who did something, by id."""
        accounts = get_user_model().objects.select_related("wagtail_userprofile")
        return accounts.in_bulk({act.user_id for act in self.history.acts if act.user_id})

    def get_base_queryset(self):
        return self.history.acts

    def order_queryset(self, queryset):
        return queryset

    def filter_queryset(self, queryset):
        """The acts of the kinds, people and dates that were asked for."""
        if not (self.filters and self.filters.is_valid()):
            return queryset
        asked = self.filters.form.cleaned_data
        kinds, dates = asked.get("kind"), asked.get("timestamp")
        people = asked.get("user")
        return [
            act
            for act in queryset
            if (not kinds or act.kind in kinds)
            and (not people or str(act.user_id) in people)
            and (not dates or dates.start is None or act.at >= dates.start)
            and (not dates or dates.stop is None or act.at <= dates.stop)
        ]

    def get_filterset_kwargs(self):
        kwargs = super().get_filterset_kwargs()
        # The base class wants rows of a table; none is asked for.
        kwargs["queryset"] = get_user_model().objects.none()
        kwargs["people"] = self.people
        return kwargs

    def paginate_queryset(self, queryset, page_size):
        """Put only the acts of this page into words."""
        paginator, page, acts, is_paginated = super().paginate_queryset(queryset, page_size)
        names = {
            "edit": self.edit_url_name,
            "revisions_view": self.revisions_view_url_name,
            "revisions_revert": self.revisions_revert_url_name,
            "revisions_compare": self.revisions_compare_url_name,
        }
        if self.user_can_unschedule():
            names["revisions_unschedule"] = self.revisions_unschedule_url_name
        lines = Lines(self.object, self.history, self.people, address_maker(self.object, names))
        return paginator, page, lines.of(acts), is_paginated

    @cached_property
    def no_results_message(self):
        if self.is_filtering:
            return _("Nothing of that kind has happened to this item.")
        return _("Nothing has happened to this item yet.")
