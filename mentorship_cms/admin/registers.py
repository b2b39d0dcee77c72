"""The register of changes: every row of the ledger, to read, filter, inspect and export.

The only module that knows wagtail-modeladmin, so that it can be replaced by itself.
"""

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin, ModelAdminGroup
from wagtail_modeladmin.views import IndexView

from ..models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    Level,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
)
from ..models.kinds import RECORDS
from .exports import PlainTextExportMixin

#: What the ledger keeps, in reading order, with the fields that a search looks in. Of the records
#: no more is searched, or told, than who did what.
SUBJECTS = {
    CompetencyFramework: ["title", "introduction"],
    CompetencyArea: ["code", "title", "description"],
    Competency: ["code", "title", "criterion"],
    RatingScale: ["title", "description"],
    Level: ["label", "description"],
    RoleDescription: ["title", "summary"],
    ResponsibilityGroup: ["title", "description"],
    Responsibility: ["text", "explanation"],
}

#: The ways in which the filters of a register ask about a field.
LOOKUPS = ("exact", "gte", "lt")


class ReadOnlyHelper(PermissionHelper):
    """Lets those with the right to view see the rows; nobody makes, changes or deletes one."""

    def get_all_model_permissions(self):
        """Only the right to view."""
        return super().get_all_model_permissions().filter(codename__startswith="view_")

    def user_can_create(self, user):
        return False

    def user_can_edit_obj(self, user, obj):
        return False

    def user_can_delete_obj(self, user, obj):
        return False


class RegisterIndexView(PlainTextExportMixin, IndexView):
    """The list; an export holds texts that no spreadsheet takes for formulas."""

    def get_page_title(self):
        """Name what the rows are about, not the table that keeps them."""
        return self.model_admin.get_menu_label()

    def get_filters_params(self, params=None):
        """Only what the filters ask: any other field would tell its text by being searched."""
        known = {f"{field}__{lookup}" for field in self.list_filter for lookup in LOOKUPS}
        found = super().get_filters_params(params)
        return {name: values for name, values in found.items() if name in known}

    def get_queryset(self, request=None):
        """An address with a value that no filter gives is not found."""
        try:
            return super().get_queryset(request)
        except IncorrectLookupParameters:
            raise Http404 from None

    def to_row_dict(self, item):
        """Export choices in words."""
        row = super().to_row_dict(item)
        for name in row:
            if display := getattr(item, f"get_{name}_display", None):
                row[name] = display()
        return row


class Register(ModelAdmin):
    """The changes of one kind of item. Read-only."""

    permission_helper_class = ReadOnlyHelper
    index_view_class = RegisterIndexView
    inspect_view_enabled = True
    history_view_enabled = False
    menu_icon = "history"
    list_display = ["item", "history_type", "history_date", "person", "history_change_reason"]
    list_filter = ["history_type", "history_date"]
    list_select_related = ["history_user"]
    list_export = [
        "history_date",
        "history_type",
        "item",
        "person",
        "history_change_reason",
        "change_set",
    ]

    def get_menu_label(self):
        return capfirst(self.model.instance_type._meta.verbose_name_plural)

    def get_admin_urls_for_registration(self):
        """Only the addresses that read."""
        names = {self.url_helper.get_action_url_name(action) for action in ("index", "inspect")}
        return tuple(url for url in super().get_admin_urls_for_registration() if url.name in names)

    def get_inspect_view_fields(self):
        """All fields but numbers and relations, whose rows may be gone; and the person."""
        fields = [
            field.name
            for field in self.model._meta.fields
            if not field.is_relation and field.name not in ("history_id", "id", "sort_order")
        ]
        return [*fields, "person"]


class RecordRegister(Register):
    """The acts on one kind of record: when, what, who. No reason, and no word of the record."""

    list_display = ["item", "history_type", "act", "history_date", "person_name", "capacity"]
    list_filter = ["history_type", "act", "history_date"]
    list_select_related = False
    search_fields = ["person_name"]
    list_export = [
        "history_date",
        "history_type",
        "act",
        "person_name",
        "capacity",
        "item",
        "change_set",
    ]

    def get_inspect_view_fields(self):
        """What the export holds."""
        return self.list_export


def _register_of(model, base=Register, **fields):
    """Return the register of the history rows of ``model``."""
    fields["model"] = model.history.model
    return type(f"{model.__name__}Register", (base,), fields)


class RegisterGroup(ModelAdminGroup):
    """All registers, as one entry among Wagtail's reports."""

    menu_label = _("Register of changes")
    menu_icon = "history"
    items = [
        *(_register_of(model, search_fields=fields) for model, fields in SUBJECTS.items()),
        *(_register_of(model, RecordRegister) for model in RECORDS),
    ]
    # Wagtail's menu of reports is where readers of a register look; see ``register``.
    add_to_admin_menu = False


def register():
    """Add the registers and their menu to Wagtail."""
    group = RegisterGroup()
    hooks.register("register_admin_urls", group.get_admin_urls_for_registration)
    hooks.register("register_permissions", group.get_permissions_for_registration)
    hooks.register("register_reports_menu_item", group.get_menu_item)
