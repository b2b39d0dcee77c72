"""Versions: what was published, frozen. Rows are written once and never change."""

from functools import cached_property

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..choices import CompetencyKind
from ..structures import FrameworkContent, RoleContent
from .frameworks import CompetencyFramework
from .roles import RoleDescription


class ImmutableError(RuntimeError):
    """Raised by an attempt to change or delete a row that is written once."""


class ImmutableQuerySet(models.QuerySet):
    """A queryset whose rows can be read and added, not changed or deleted."""

    def update(self, **kwargs):
        """Refuse: rows are written once."""
        raise ImmutableError("Versions cannot be changed.")

    def bulk_update(self, *args, **kwargs):
        """Refuse: rows are written once."""
        raise ImmutableError("Versions cannot be changed.")

    def delete(self):
        """Refuse: rows are written once."""
        raise ImmutableError("Versions cannot be deleted.")

    delete.queryset_only = True


class ImmutableModel(models.Model):
    """A row that is written once; saving it again or deleting it raises ImmutableError."""

    objects = ImmutableQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        """Write a new row; refuse to change one."""
        if not self._state.adding:
            raise ImmutableError("Versions cannot be changed.")
        # A new row under the id of another one would overwrite that.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args, **kwargs):
        """Refuse: rows are written once."""
        raise ImmutableError("Versions cannot be deleted.")


class VersionQuerySet(ImmutableQuerySet):
    """Versions of frameworks or of roles."""

    def listed(self):
        """Without the documents, newest first: for lists and for finding one."""
        return self.defer("document").order_by("-number")


class Version(ImmutableModel):
    """One publication of a framework or a role: numbered, with who, when and a note.

    ``document`` is the content as JSON (see ``structures``); its ``digest`` tells whether a
    later publication says anything new.
    """

    #: Name of the foreign key to the snippet this is a version of.
    subject_field: str
    content_class: type

    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=100)
    document = models.JSONField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    note = models.CharField(_("note"), max_length=255, blank=True)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_by_name = models.CharField(_("name of the publisher"), max_length=255, blank=True)
    revision = models.ForeignKey(
        "wagtailcore.Revision",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revision"),
    )
    published_by.wagtail_reference_index_ignore = True
    revision.wagtail_reference_index_ignore = True

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self):
        return gettext("%(title)s, version %(number)s") % {
            "title": self.subject,
            "number": self.number,
        }

    @property
    def subject(self):
        """The framework or role this is a version of."""
        return getattr(self, self.subject_field)

    @cached_property
    def content(self):
        """What was published, as a structure."""
        return self.content_class.from_document(self.document)


class FrameworkVersion(Version):
    """A competency framework, with its rating scale, as it was published once."""

    subject_field = "framework"
    content_class = FrameworkContent

    framework = models.ForeignKey(
        CompetencyFramework,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=_("competency framework"),
    )

    class Meta(Version.Meta):
        verbose_name = _("framework version")
        verbose_name_plural = _("framework versions")
        constraints = [
            models.UniqueConstraint(
                fields=["framework", "number"],
                name="mentorship_cms_frameworkversion_number",
                violation_error_message=_("This framework already has a version of this number."),
            )
        ]


class VersionLevel(ImmutableModel):
    """A level of a framework version, for records that refer to it."""

    version = models.ForeignKey(FrameworkVersion, on_delete=models.PROTECT, related_name="levels")
    key = models.UUIDField(_("key"))
    number = models.PositiveSmallIntegerField(_("number"))
    label = models.CharField(_("label"), max_length=80)

    class Meta:
        ordering = ["version", "number"]
        verbose_name = _("level of a version")
        verbose_name_plural = _("levels of versions")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="mentorship_cms_versionlevel_key"
            ),
            models.UniqueConstraint(
                fields=["version", "number"], name="mentorship_cms_versionlevel_number"
            ),
        ]

    def __str__(self):
        return self.label


class VersionCompetency(ImmutableModel):
    """A competency of a framework version, for records that refer to it."""

    version = models.ForeignKey(
        FrameworkVersion, on_delete=models.PROTECT, related_name="competencies"
    )
    key = models.UUIDField(_("key"), db_index=True)
    area_key = models.UUIDField(_("key of the area"))
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.CharField(_("code"), max_length=20, blank=True)
    title = models.CharField(_("title"), max_length=255)
    kind = models.CharField(_("kind"), max_length=20, choices=CompetencyKind.choices)
    criterion = models.TextField(_("criterion"), blank=True)

    class Meta:
        ordering = ["version", "position"]
        verbose_name = _("competency of a version")
        verbose_name_plural = _("competencies of versions")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "key"], name="mentorship_cms_versioncompetency_key"
            )
        ]

    def __str__(self):
        return f"{self.code} {self.title}".strip()


class RoleVersion(Version):
    """A role description as it was published once."""

    subject_field = "role_description"
    content_class = RoleContent

    role_description = models.ForeignKey(
        RoleDescription,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=_("role description"),
    )

    class Meta(Version.Meta):
        verbose_name = _("role version")
        verbose_name_plural = _("role versions")
        constraints = [
            models.UniqueConstraint(
                fields=["role_description", "number"],
                name="mentorship_cms_roleversion_number",
                violation_error_message=_("This role already has a version of this number."),
            )
        ]
