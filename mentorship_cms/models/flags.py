"""What readers say is not clear, and what they heard back."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..choices import FlagState
from .frameworks import CompetencyFramework
from .people import loose_person_field
from .roles import RoleDescription

#: How long what a reader asks, and the answer, may be: one remark, not an essay.
LONGEST_SENTENCE = 500
LONGEST_ANSWER = 2000


class Flag(models.Model):
    """One reader finds one competency or responsibility not clear.

    Written by ``services.flags`` only. Holds nothing of the evaluation during which it was asked.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    framework = models.ForeignKey(
        CompetencyFramework,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="flags",
        verbose_name=_("competency framework"),
    )
    role_description = models.ForeignKey(
        RoleDescription,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="flags",
        verbose_name=_("role description"),
    )
    part_key = models.UUIDField(_("key"))
    part_name = models.CharField(_("item"), max_length=300)
    version_number = models.PositiveIntegerField(_("version"))
    sentence = models.TextField(_("what is not clear"), max_length=LONGEST_SENTENCE)
    reporter = loose_person_field(_("reader"))
    created_at = models.DateTimeField(_("asked at"))
    state = models.CharField(
        _("state"), max_length=20, choices=FlagState.choices, default=FlagState.OPEN
    )
    answer = models.TextField(_("answer"), max_length=LONGEST_ANSWER, blank=True)
    answered_by = loose_person_field(_("answered by"))
    answered_by_name = models.CharField(_("name"), max_length=255, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    read_at = models.DateTimeField(_("answer read at"), null=True, blank=True)

    # What somebody asks about an item is no usage of it, nor of the account.
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("remark that something is not clear")
        verbose_name_plural = _("remarks that something is not clear")
        constraints = [
            models.CheckConstraint(
                condition=Q(framework__isnull=False, role_description__isnull=True)
                | Q(framework__isnull=True, role_description__isnull=False),
                name="mentorship_cms_flag_about_one_item",
            ),
            models.CheckConstraint(
                condition=Q(state=FlagState.OPEN, answered_at__isnull=True)
                | (~Q(state=FlagState.OPEN) & Q(answered_at__isnull=False)),
                name="mentorship_cms_flag_answered",
            ),
            # Two, as a role and a framework are never about the same item; and an item of another
            # language has parts of the same keys.
            models.UniqueConstraint(
                fields=["reporter", "framework", "part_key"],
                condition=Q(state=FlagState.OPEN),
                name="mentorship_cms_flag_once_framework",
                violation_error_message=_("You already said that this is not clear."),
            ),
            models.UniqueConstraint(
                fields=["reporter", "role_description", "part_key"],
                condition=Q(state=FlagState.OPEN),
                name="mentorship_cms_flag_once_role",
                violation_error_message=_("You already said that this is not clear."),
            ),
        ]
        indexes = [
            models.Index(fields=["framework", "state"], name="mentorship_flag_framework"),
            models.Index(fields=["role_description", "state"], name="mentorship_flag_role"),
        ]

    def __str__(self):
        return str(self.public_id)

    @property
    def subject(self):
        """The framework or role that it is about."""
        return self.framework if self.framework_id else self.role_description

    @property
    def kind(self) -> str:
        """The kind of that item as it stands in addresses."""
        return "framework" if self.framework_id else "role"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.state == FlagState.OPEN
