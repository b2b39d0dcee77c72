"""The competency framework and its rating scale, as editors write them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.search import index

from ..choices import CompetencyKind
from ..history import LedgerRecords
from ..structures import (
    AreaContent,
    CompetencyContent,
    FrameworkContent,
    LevelContent,
    ScaleContent,
)
from .editorial import EditorialSnippet, KeyedPart


class RatingScale(EditorialSnippet):
    """An ordered set of levels. A framework freezes its scale with each of its versions."""

    description = models.TextField(
        _("description"),
        blank=True,
        help_text=_("How to choose a level. Readers see it above the levels."),
    )

    class Meta(EditorialSnippet.Meta):
        verbose_name = _("rating scale")
        verbose_name_plural = _("rating scales")

    def scale_content(self) -> ScaleContent:
        """Return what this scale says now."""
        return ScaleContent(self.title, self.description, self.level_contents())

    def level_contents(self) -> tuple[LevelContent, ...]:
        """Return what the levels say now, with their numbers."""
        levels = enumerate(self.levels.all(), start=1)
        return tuple(level.content(number) for number, level in levels)

    def preview_content(self, page):
        """Return the framework of ``page`` with this draft as its scale."""
        return page.framework.content(scale=self)


class Level(KeyedPart):
    """One level of a scale. Its place in the scale is its number, counted from 1."""

    scale = ParentalKey(
        RatingScale, related_name="levels", on_delete=models.CASCADE, verbose_name=_("rating scale")
    )
    label = models.CharField(
        _("label"), max_length=80, help_text=_("A few words that say the level by themselves.")
    )
    description = models.TextField(_("description"), blank=True)

    history = LedgerRecords()

    class Meta(KeyedPart.Meta):
        verbose_name = _("level")
        verbose_name_plural = _("levels")

    def __str__(self):
        return self.label

    def ledger_root(self):
        """Return the scale this level belongs to."""
        return self.scale

    def content(self, number: int) -> LevelContent:
        """Return what this level says now, as the one of that number."""
        return LevelContent(str(self.key), number, self.label, self.description)


class CompetencyFramework(EditorialSnippet):
    """The competencies to acquire in one occupation, with the criteria to judge them."""

    occupation = models.CharField(
        _("occupation"),
        max_length=255,
        blank=True,
        help_text=_("The job or function that the mentee learns."),
    )
    introduction = models.TextField(
        _("introduction"),
        blank=True,
        help_text=_("For whom the framework is, and how to use it. A blank line parts paragraphs."),
    )
    rating_scale = models.ForeignKey(
        RatingScale,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="frameworks",
        verbose_name=_("rating scale"),
        help_text=_("The levels an evaluation chooses from."),
    )

    search_fields = [
        *EditorialSnippet.search_fields,
        index.SearchField("occupation"),
    ]

    class Meta(EditorialSnippet.Meta):
        verbose_name = _("competency framework")
        verbose_name_plural = _("competency frameworks")

    @property
    def localized_scale(self) -> RatingScale | None:
        """The scale in the language of the framework, where it exists in that language."""
        scale = self.rating_scale
        if scale is None or scale.locale_id == self.locale_id:
            return scale
        translation = scale.get_translation_or_none(self.locale)
        return translation if translation is not None and translation.live else scale

    def clean(self):
        """Refuse a scale that readers cannot see yet."""
        super().clean()
        if self.rating_scale is not None and not self.rating_scale.live:
            raise ValidationError(
                {
                    "rating_scale": _(
                        "This rating scale is not published. Publish it first, or choose another."
                    )
                }
            )

    def content(self, scale: RatingScale | None = None) -> FrameworkContent:
        """Return what this framework says now, with ``scale`` or else its own rating scale."""
        scale = scale or self.localized_scale
        return FrameworkContent(
            title=self.title,
            occupation=self.occupation,
            introduction=self.introduction,
            scale_title=scale.title if scale else "",
            scale_description=scale.description if scale else "",
            levels=scale.level_contents() if scale else (),
            areas=tuple(area.content() for area in self.areas.all()),
        )


class CompetencyArea(KeyedPart, ClusterableModel):
    """A group of competencies that belong together in the work."""

    framework = ParentalKey(
        CompetencyFramework,
        related_name="areas",
        on_delete=models.CASCADE,
        verbose_name=_("competency framework"),
    )
    code = models.CharField(_("code"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True)

    history = LedgerRecords()

    class Meta(KeyedPart.Meta):
        verbose_name = _("area")
        verbose_name_plural = _("areas")

    def __str__(self):
        return f"{self.code} {self.title}".strip()

    def ledger_root(self):
        """Return the framework this area belongs to."""
        return self.framework

    def content(self) -> AreaContent:
        """Return what this area says now."""
        return AreaContent(
            key=str(self.key),
            code=self.code,
            title=self.title,
            description=self.description,
            competencies=tuple(competency.content() for competency in self.competencies.all()),
        )


class Competency(index.Indexed, KeyedPart):
    """Something to acquire, with what it looks like in real situations."""

    area = ParentalKey(
        CompetencyArea,
        related_name="competencies",
        on_delete=models.CASCADE,
        verbose_name=_("area"),
    )
    code = models.CharField(_("code"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=255)
    kind = models.CharField(_("kind"), max_length=20, choices=CompetencyKind.choices)
    criterion = models.TextField(
        _("criterion"),
        blank=True,
        help_text=_("What you see or hear in real situations when someone has this competency."),
    )
    descriptors = models.JSONField(
        _("level descriptors"),
        default=dict,
        blank=True,
        help_text=_("Optional. What each level of the rating scale looks like here."),
    )

    history = LedgerRecords()

    search_fields = [
        index.SearchField("code"),
        index.SearchField("title", boost=2),
        index.SearchField("criterion"),
        index.AutocompleteField("title"),
    ]

    class Meta(KeyedPart.Meta):
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")

    def __str__(self):
        return f"{self.code} {self.title}".strip()

    def ledger_root(self):
        """Return the framework this competency belongs to."""
        return self.area.ledger_root()

    def content(self) -> CompetencyContent:
        """Return what this competency says now."""
        return CompetencyContent(
            key=str(self.key),
            code=self.code,
            title=self.title,
            kind=self.kind,
            criterion=self.criterion,
            descriptors=tuple(
                sorted((key, text) for key, text in self.descriptors.items() if text)
            ),
        )
