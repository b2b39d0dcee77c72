"""Up to which version of its source a translation is known to say the same."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .frameworks import CompetencyFramework, RatingScale
from .people import loose_person_field
from .roles import RoleDescription


class TranslationMark(models.Model):
    """Somebody vouches that a translation is in line with a version of its source.

    A rating scale has no versions; its publications in the ledger are counted instead. Written by
    ``services.translations`` only.
    """

    framework = models.OneToOneField(
        CompetencyFramework,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="translation_mark",
        verbose_name=_("competency framework"),
    )
    role_description = models.OneToOneField(
        RoleDescription,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="translation_mark",
        verbose_name=_("role description"),
    )
    rating_scale = models.OneToOneField(
        RatingScale,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="translation_mark",
        verbose_name=_("rating scale"),
    )
    source_number = models.PositiveIntegerField(_("version of the source"))
    at = models.DateTimeField(_("date"))
    by = loose_person_field(_("person"))
    by_name = models.CharField(_("name"), max_length=255, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("state of a translation")
        verbose_name_plural = _("states of translations")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    framework__isnull=False,
                    role_description__isnull=True,
                    rating_scale__isnull=True,
                )
                | Q(
                    framework__isnull=True,
                    role_description__isnull=False,
                    rating_scale__isnull=True,
                )
                | Q(
                    framework__isnull=True,
                    role_description__isnull=True,
                    rating_scale__isnull=False,
                ),
                name="mentorship_cms_translationmark_of_one_item",
            )
        ]

    def __str__(self):
        return f"{self.framework_id or self.role_description_id or self.rating_scale_id}"
