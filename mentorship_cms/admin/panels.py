"""Panels of the editors' forms."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    ObjectList,
    Panel,
    PublishingPanel,
)

from ..forms.editorial import DescriptorsWidget, EditorialSnippetForm
from ..forms.parts import PartsFormSet
from ..models import pages_showing
from .consequences import DependantsPanel
from .flags import QuestionsPanel
from .translations import TranslationsPanel
from .upkeep import UpkeepPanel


class PartsPanel(InlinePanel):
    """The parts of an item, which its form knows by their keys."""

    def get_form_options(self):
        """As in Wagtail, with our own form set."""
        options = super().get_form_options()
        options["formsets"][self.relation_name]["formset"] = PartsFormSet
        return options


class DescriptorsPanel(FieldPanel):
    """The level descriptors of a competency, a text area for each level of the scale."""

    def __init__(self, field_name="descriptors", **kwargs):
        kwargs.setdefault("widget", DescriptorsWidget)
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        """The panel in one form: its text areas are those of the levels."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            if self.bound_field is not None:
                levels = getattr(self.request, "mentorship_cms_levels", [])
                self.bound_field.field.widget.levels = levels


class FrameworkObjectList(ObjectList):
    """The form of a framework: tells the panels beneath which levels its scale has."""

    class BoundPanel(ObjectList.BoundPanel):
        """The form of one framework."""

        def __init__(self, **kwargs):
            scale = kwargs["instance"].localized_scale
            if kwargs["request"] is not None:
                kwargs["request"].mentorship_cms_levels = [
                    (str(level.key), level.label) for level in (scale.levels.all() if scale else ())
                ]
            super().__init__(**kwargs)


class VersionsPanel(Panel):
    """The published versions of the item, with links to their addresses for readers."""

    class BoundPanel(Panel.BoundPanel):
        """The panel in the form of one item."""

        template_name = "mentorship_cms/admin/versions_panel.html"

        def is_shown(self):
            return super().is_shown() and self.instance.pk and self.versions

        @property
        def versions(self):
            """The latest versions, the newest first."""
            return list(self.instance.versions.listed()[:20])

        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            pages = pages_showing(self.instance)
            return context | {"versions": self.versions, "page": pages[0] if pages else None}


def _dependants_panel():
    """What there is to know before one begins to write, so it stands at the top."""
    return DependantsPanel(heading=_("What depends on it"), icon="link")


def _publication_panels(versions=True):
    panels = [
        FieldPanel("change_note"),
        PublishingPanel(),
    ]
    translations = TranslationsPanel(heading=_("Translations"), icon="globe")
    if not versions:
        return [*panels, translations]
    return [
        *panels,
        VersionsPanel(heading=_("Published versions")),
        translations,
        UpkeepPanel(heading=_("Upkeep"), icon="calendar-check"),
    ]


def framework_panels():
    """Return the form of a competency framework."""
    return FrameworkObjectList(
        [
            QuestionsPanel(heading=_("Not clear to readers"), icon="help"),
            _dependants_panel(),
            FieldPanel("title"),
            FieldPanel("occupation"),
            FieldPanel("introduction"),
            FieldPanel("rating_scale"),
            PartsPanel(
                "areas",
                heading=_("Areas"),
                label=_("Area"),
                panels=[
                    FieldPanel("code"),
                    FieldPanel("title"),
                    FieldPanel("description"),
                    PartsPanel(
                        "competencies",
                        heading=_("Competencies"),
                        label=_("Competency"),
                        panels=[
                            FieldPanel("title"),
                            FieldRowPanel([FieldPanel("code"), FieldPanel("kind")]),
                            FieldPanel("criterion"),
                            DescriptorsPanel(),
                        ],
                    ),
                ],
            ),
            *_publication_panels(),
        ],
        base_form_class=EditorialSnippetForm,
    )


def scale_panels():
    """Return the form of a rating scale."""
    return ObjectList(
        [
            _dependants_panel(),
            FieldPanel("title"),
            FieldPanel("description"),
            PartsPanel(
                "levels",
                heading=_("Levels, lowest first"),
                label=_("Level"),
                min_num=2,
                panels=[FieldPanel("label"), FieldPanel("description")],
            ),
            *_publication_panels(versions=False),
        ],
        base_form_class=EditorialSnippetForm,
    )


def role_panels():
    """Return the form of a role description."""
    return ObjectList(
        [
            QuestionsPanel(heading=_("Not clear to readers"), icon="help"),
            _dependants_panel(),
            FieldPanel("title"),
            FieldPanel("role"),
            FieldPanel("summary"),
            PartsPanel(
                "groups",
                heading=_("Groups of responsibilities"),
                label=_("Group"),
                panels=[
                    FieldPanel("title"),
                    FieldPanel("description"),
                    PartsPanel(
                        "responsibilities",
                        heading=_("Responsibilities"),
                        label=_("Responsibility"),
                        panels=[FieldPanel("text"), FieldPanel("explanation")],
                    ),
                ],
            ),
            *_publication_panels(),
        ],
        base_form_class=EditorialSnippetForm,
    )
