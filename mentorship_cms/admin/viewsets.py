"""The plugin's entry in the Wagtail admin: frameworks, rating scales and roles."""

from django.db.models import OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.ui.tables import (
    Column,
    LiveStatusTagColumn,
    LocaleColumn,
    UpdatedAtColumn,
)
from wagtail.snippets.views.chooser import SnippetChooserViewSet
from wagtail.snippets.views.snippets import (
    CopyView,
    RevisionsCompareView,
    SnippetViewSet,
    SnippetViewSetGroup,
)

from .. import conf
from ..differences import compare
from ..models import CompetencyFramework, RatingScale, RoleDescription
from ..services.drafting import copy_of
from ..services.flags import open_count
from . import panels
from .arrange import EditorialEditView
from .consequences import ConfirmedPublication
from .flags import QuestionsColumn
from .history_view import ItemHistoryView
from .records import EvaluationViewSet, MentorshipViewSet


class VersionURLFinder:
    """Leads from a version to the form of what it is a version of, for those who may edit it."""

    def __init__(self, user=None):
        self.finder = AdminURLFinder(user)

    def get_edit_url(self, instance):
        """Return the address of the form, or None."""
        return self.finder.get_edit_url(instance.subject)


class ContentCompareView(RevisionsCompareView):
    """Compares two drafts part by part, as readers see it; Wagtail's own stops at one level."""

    template_name = "mentorship_cms/admin/compare.html"

    def _get_revision_and_heading(self, revision_id):
        """Name a draft by its date, written as the reader writes dates."""
        item, heading = super()._get_revision_and_heading(revision_id)
        if revision_id.isdigit():
            revision = self.object.revisions.get(pk=revision_id)
            heading = date_format(localtime(revision.created_at), "DATETIME_FORMAT")
        return item, heading

    def _get_comparison(self, revision_a, revision_b):
        return []

    def get_context_data(self, **kwargs):
        """Add the difference between the contents of the two drafts."""
        context = super().get_context_data(**kwargs)
        old, new = (context[name].content() for name in ("revision_a", "revision_b"))
        return context | {"old_content": old, "content": new, "difference": compare(old, new)}


class EditorialFormView(ConfirmedPublication, EditorialEditView):
    """The form of an item: shows what depends on it before it publishes."""


class EditorialCopyView(CopyView):
    """The form of a new item with the words of another; it posts to the address to add one.

    Posted here, Wagtail would write the form over the item that it was copied from.
    """

    http_method_names = ["get", "head", "options"]

    def get_initial_form_instance(self):
        """The words of the latest draft, as an item that is not saved: nothing leads to the old."""
        return copy_of(self.get_object())


class EditorialChooserViewSet(SnippetChooserViewSet):
    """Chooses among items; they are made in their own form, so the address to make one goes."""

    def get_urlpatterns(self):
        """All but ``create``, which answers 500 where the chooser has no form for it."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "create"]


class EditorialViewSet(SnippetViewSet):
    """What the three have in common."""

    chooser_viewset_class = EditorialChooserViewSet
    copy_view_class = EditorialCopyView
    edit_view_class = EditorialFormView
    history_view_class = ItemHistoryView
    list_per_page = 50
    list_filter = ["live"]

    def get_queryset(self, request):
        """Add the latest version's number and the open questions, where there are versions."""
        queryset = self.model.objects.all()
        if hasattr(self.model, "versions"):
            field = self.model._meta.get_field("versions")
            latest = field.related_model.objects.filter(
                **{field.field.name: OuterRef("pk")}
            ).order_by("-number")
            queryset = queryset.annotate(
                version_number=Subquery(latest.values("number")[:1]),
                open_questions=open_count(self.model._meta.get_field("flags").field.name),
            )
        return queryset


VERSION_COLUMN = Column("version_number", label=_("Version"), sort_key="version_number")
QUESTIONS_COLUMN = QuestionsColumn(
    "open_questions", label=_("Not clear"), sort_key="open_questions"
)


class LanguageColumn(LocaleColumn):
    """The language; every list of ours has it, and brings the style of lists."""

    class Media:
        css = {"all": ["mentorship_cms/admin.css"]}


# Wagtail fixes the labels of these in the language of the process; ours follow the reader.
STATUS_COLUMNS = [
    LanguageColumn(label=_("Language")),
    UpdatedAtColumn(label=_("Updated")),
    LiveStatusTagColumn(label=_("Status")),
]


class CompetencyFrameworkViewSet(EditorialViewSet):
    """Competency frameworks."""

    model = CompetencyFramework
    icon = "clipboard-list"
    menu_order = 100
    revisions_compare_view_class = ContentCompareView
    list_display = ["title", "occupation", VERSION_COLUMN, QUESTIONS_COLUMN, *STATUS_COLUMNS]

    def get_edit_handler(self):
        """The form of a framework."""
        return panels.framework_panels().bind_to_model(self.model)


class RatingScaleViewSet(EditorialViewSet):
    """Rating scales."""

    model = RatingScale
    icon = "list-ol"
    menu_order = 300
    list_display = ["title", *STATUS_COLUMNS]

    def get_edit_handler(self):
        """The form of a rating scale."""
        return panels.scale_panels().bind_to_model(self.model)


class RoleDescriptionViewSet(EditorialViewSet):
    """Role descriptions."""

    model = RoleDescription
    icon = "group"
    menu_order = 200
    revisions_compare_view_class = ContentCompareView
    list_display = ["title", "role", VERSION_COLUMN, QUESTIONS_COLUMN, *STATUS_COLUMNS]

    def get_edit_handler(self):
        """The form of a role description."""
        return panels.role_panels().bind_to_model(self.model)


class MentoringViewSetGroup(SnippetViewSetGroup):
    """One menu entry for the whole plugin."""

    menu_label = _("Mentoring")
    menu_icon = "group"
    menu_name = "mentoring"
    items = (
        CompetencyFrameworkViewSet,
        RoleDescriptionViewSet,
        RatingScaleViewSet,
        MentorshipViewSet,
        EvaluationViewSet,
    )

    @property
    def menu_order(self):
        """Where the host wants the entry (MENTORSHIP_CMS_MENU_ORDER)."""
        return conf.get("MENU_ORDER")
