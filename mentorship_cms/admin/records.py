"""Mentorships and evaluations in the Wagtail admin: a list, the facts, who did what. Read-only.

Wagtail's views ask whether somebody may see records of a kind, never which. So nothing is left
to them: each address is on a list here or does not exist, and each that names a record is 404
for whom the record is none of their business, also one that Wagtail adds tomorrow.
"""

from functools import wraps

from django.contrib.auth.models import Permission
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.admin_url_finder import NullAdminURLFinder
from wagtail.admin.panels import ObjectList
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn
from wagtail.admin.widgets.button import Button
from wagtail.permissions import policy_registry
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction
from wagtail.snippets.views.snippets import (
    HistoryView,
    IndexView,
    InspectView,
    SnippetViewSet,
)

from ..choices import Act, OpenedPart, Role
from ..models import Assignment, DeputyWindow, Evaluation, Mentorship, Sheet, Signature
from ..models.mentorships import ASSIGNED_ROLES
from ..permissions import COORDINATE, relations_of
from ..records import name_of
from ..services.mentorships import record_opening

#: The only addresses there are, by the names that Wagtail gives them.
ADDRESSES = ("list", "list_results", "inspect", "history", "history_results")
#: What an evaluation is named by in lists, and the large text that nobody needs for that.
FRAMEWORK = "framework_version__framework"
DOCUMENT = "framework_version__document"


def guarded(view, model):
    """Answer 404 for a record that is not theirs to know of, before ``view`` sees the request."""

    @wraps(view)
    def guard(request, *args, pk, **kwargs):
        policy = policy_registry.get_by_type(model)
        if not policy.user_has_permission_for_instance(request.user, "view", model(pk=pk)):
            raise Http404
        return view(request, *args, pk=pk, **kwargs)

    return guard


class RecordIndexView(IndexView):
    """The list: nothing to tick, and no export."""

    any_permission_required = ["view"]

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.is_export = False

    @cached_property
    def columns(self):
        return [
            column
            for column in super().columns
            if not isinstance(column, BulkActionsCheckboxColumn)
        ]


class RecordInspectView(InspectView):
    """The facts of one record."""

    any_permission_required = ["view"]
    template_name = "mentorship_cms/admin/record.html"
    history_url_name = None

    @cached_property
    def header_more_buttons(self):
        """Lead to who did what; there is nothing to edit."""
        address = reverse(self.history_url_name, args=[self.object.pk])
        return [Button(_("History"), url=address, icon_name="history")]


class EvaluationInspectView(RecordInspectView):
    """Kind, state and dates of an evaluation; the way to the rest for those who take part."""

    def get_object(self, queryset=None):
        evaluations = Evaluation.objects.select_related("mentorship", FRAMEWORK)
        return evaluations.defer(DOCUMENT).get(pk=self.pk)

    def get_context_data(self, **kwargs):
        access = relations_of(self.request.user, self.object.mentorship).to(self.object)
        if access.takes_part:
            address = reverse("mentorship_cms:evaluation", args=[self.object.public_id])
            kwargs["workspace_address"] = address
        return super().get_context_data(**kwargs)


class MentorshipInspectView(RecordInspectView):
    """People, dates and stage of a mentorship. Whoever opens it is noted for the mentee."""

    def get(self, request, *args, **kwargs):
        self.access = relations_of(request.user, self.object)
        record_opening(self.access, part=OpenedPart.PEOPLE)
        return super().get(request, *args, **kwargs)

    def get_fields_context(self):
        """The people, by role, before the dates."""
        people = [
            {"label": capfirst(Role(item.role).label), "value": name_of(item.person)}
            for item in sorted(
                self.access.assignments, key=lambda item: ASSIGNED_ROLES.index(item.role)
            )
        ]
        return [*people, *super().get_fields_context()]

    def get_context_data(self, **kwargs):
        if self.access.roles or self.access.is_coordinator:
            address = reverse("mentorship_cms:mentorship", args=[self.object.public_id])
            kwargs["workspace_address"] = address
        return super().get_context_data(**kwargs)


class RecordHistoryView(HistoryView):
    """Who did what when. No reasons, and nothing of what was written."""

    any_permission_required = ["view"]
    filterset_class = None
    header_buttons = ()
    columns = [
        DateColumn("history_date", label=_("Date"), width="20%"),
        Column("act", label=_("Act"), accessor=lambda row: Act(row["act"]).label),
        Column("person_name", label=_("Person")),
        Column(
            "capacity",
            label=_("Capacity"),
            accessor=lambda row: Role(row["capacity"]).label if row["capacity"] else "",
        ),
    ]

    def get_histories(self):
        """Querysets of the rows that tell of the record's acts."""
        raise NotImplementedError

    def get_queryset(self):
        """One row for each act, newest first, however many records it changed."""
        acts = {}
        for rows in self.get_histories():
            for row in rows.values("change_set", "act", "history_date", "person_name", "capacity"):
                acts.setdefault(row["change_set"], row)
        return sorted(acts.values(), key=lambda row: row["history_date"], reverse=True)


class EvaluationHistoryView(RecordHistoryView):
    """The acts on one evaluation."""

    def get_histories(self):
        return [
            Evaluation.history.filter(id=self.object.pk),
            Sheet.history.filter(evaluation=self.object.pk),
            Signature.history.filter(evaluation=self.object.pk),
        ]


class MentorshipHistoryView(RecordHistoryView):
    """The acts on one mentorship: its frame, its people, its deputy's days. Noted likewise."""

    def get(self, request, *args, **kwargs):
        record_opening(relations_of(request.user, self.object), part=OpenedPart.PEOPLE)
        return super().get(request, *args, **kwargs)

    def get_histories(self):
        return [
            Mentorship.history.filter(id=self.object.pk),
            Assignment.history.filter(mentorship=self.object.pk),
            DeputyWindow.history.filter(mentorship=self.object.pk),
        ]


class RecordViewSet(SnippetViewSet):
    """What both have in common: addresses that read, for those who may."""

    index_view_class = RecordIndexView
    url_finder_class = NullAdminURLFinder
    copy_view_enabled = False
    inspect_view_enabled = True
    # Wagtail's own templates for snippets bring bulk actions along.
    index_template_name = IndexView.template_name
    index_results_template_name = IndexView.results_template_name
    inspect_template_name = RecordInspectView.template_name
    list_per_page = 50

    def get_queryset(self, request):
        """The records that the person may know of."""
        policy = policy_registry.get_by_type(self.model)
        return policy.instances_user_has_any_permission_for(request.user, ["view"])

    def get_urlpatterns(self):
        """The addresses that read; each that names a record is guarded."""
        patterns = [one for one in super().get_urlpatterns() if one.name in ADDRESSES]
        for pattern in patterns:
            if "pk" in pattern.pattern.converters:
                pattern.callback = guarded(pattern.callback, self.model)
        return patterns

    def get_common_view_kwargs(self, **kwargs):
        """No view is told of an address that does not exist."""
        common = super().get_common_view_kwargs(**kwargs)
        return {
            name: None
            if name.endswith("_url_name") and value.split(":")[-1] not in ADDRESSES
            else value
            for name, value in common.items()
        }

    def get_edit_handler(self):
        """A form without a field, should anybody ever reach one."""
        return ObjectList([]).bind_to_model(self.model)

    def get_permissions_to_register(self):
        """None to give to groups: relations to a mentorship decide."""
        return Permission.objects.none()

    def register_chooser_viewset(self):
        """Nobody chooses among people's records, so there is no chooser."""


class EvaluationViewSet(RecordViewSet):
    """Evaluations, without a word of what they say."""

    model = Evaluation
    icon = "form"
    menu_order = 500
    # Drafts and sheets are saved often, and what they refer to protects itself.
    add_to_reference_index = False
    history_view_class = EvaluationHistoryView
    inspect_view_class = EvaluationInspectView
    list_display = ["__str__", "kind", "state", "talk_on", "signed_at", "framework_version"]
    list_filter = ["state", "kind"]
    inspect_view_fields = [
        "kind",
        "state",
        "framework_version",
        "created_at",
        "talk_on",
        "shared_at",
        "signed_at",
        "closed_at",
    ]

    def get_queryset(self, request):
        evaluations = super().get_queryset(request).select_related(FRAMEWORK)
        return evaluations.defer(DOCUMENT)


class MentorshipViewSet(RecordViewSet):
    """Mentorships; the names stand on the page of each, where opening it leaves a trace."""

    model = Mentorship
    icon = "user"
    menu_order = 400
    # Wagtail asks of each reference by itself; the versions of a framework protect it as well.
    add_to_reference_index = False
    history_view_class = MentorshipHistoryView
    inspect_view_class = MentorshipInspectView
    list_display = ["__str__", "context", "stage", "starts_on", "ends_on", "ended_at", "framework"]
    list_filter = ["stage", "context"]
    inspect_view_fields = ["context", "stage", "framework", "starts_on", "ends_on", "ended_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("framework")

    def get_permissions_to_register(self):
        """The right to coordinate is one to give."""
        return Permission.objects.filter(
            content_type__app_label=Mentorship._meta.app_label, codename=COORDINATE
        )


class NoBulkAction(SnippetBulkAction):
    """Takes the place of Wagtail's bulk deletion, which names what one may not delete."""

    display_name = _("Delete")
    aria_label = _("Delete selected snippets")
    action_type = "delete"
    models = [Evaluation, Mentorship]

    def dispatch(self, request, *args, **kwargs):
        raise Http404


def register():
    """Put our refusal after Wagtail's action, in the place of which it comes."""
    hooks.register("register_bulk_action", NoBulkAction, order=10)
