"""The plugin's entry in the Wagtail admin: frameworks, rating scales and roles."""

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, LocaleColumn, UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from .. import conf
from ..models import CompetencyFramework, RatingScale, RoleDescription
from . import panels


class EditorialViewSet(SnippetViewSet):
    """What the three have in common: search by title, newest change first in sight."""

    list_per_page = 50
    inspect_view_enabled = False
    list_filter = ["live"]

    def get_queryset(self, request):
        """Add the number of the latest version where the item has versions."""
        queryset = self.model.objects.all()
        if hasattr(self.model, "versions"):
            field = self.model._meta.get_field("versions")
            latest = field.related_model.objects.filter(
                **{field.field.name: OuterRef("pk")}
            ).order_by("-number")
            queryset = queryset.annotate(version_number=Subquery(latest.values("number")[:1]))
        return queryset


VERSION_COLUMN = Column("version_number", label=_("Version"), sort_key="version_number")


class CompetencyFrameworkViewSet(EditorialViewSet):
    """Competency frameworks."""

    model = CompetencyFramework
    icon = "clipboard-list"
    menu_order = 100
    list_display = ["title", "occupation", VERSION_COLUMN, LocaleColumn(), UpdatedAtColumn()]

    def get_edit_handler(self):
        return panels.framework_panels().bind_to_model(self.model)


class RatingScaleViewSet(EditorialViewSet):
    """Rating scales."""

    model = RatingScale
    icon = "list-ol"
    menu_order = 300
    list_display = ["title", LocaleColumn(), UpdatedAtColumn()]

    def get_edit_handler(self):
        return panels.scale_panels().bind_to_model(self.model)


class RoleDescriptionViewSet(EditorialViewSet):
    """Role descriptions."""

    model = RoleDescription
    icon = "group"
    menu_order = 200
    list_display = ["title", "role", VERSION_COLUMN, LocaleColumn(), UpdatedAtColumn()]

    def get_edit_handler(self):
        return panels.role_panels().bind_to_model(self.model)


class MentoringViewSetGroup(SnippetViewSetGroup):
    """One menu entry for the whole plugin."""

    menu_label = _("Mentoring")
    menu_icon = "group"
    menu_name = "mentoring"
    items = (CompetencyFrameworkViewSet, RoleDescriptionViewSet, RatingScaleViewSet)

    @property
    def menu_order(self):
        """Where the host wants the entry (MENTORSHIP_CMS_MENU_ORDER)."""
        return conf.get("MENU_ORDER")
