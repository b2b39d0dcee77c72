"""The mentorship: one mentee's path with one mentor, and who takes part in it when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..choices import Context, Layout, OpenedPart, Role, Stage
from ..records import RecordHistory
from .frameworks import CompetencyFramework
from .versions import ImmutableModel

#: The roles that a person of the intranet can have in a mentorship.
ASSIGNED_ROLES = (Role.MENTEE, Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER)


def person_field(verbose_name, *, related_name="+", **kwargs):
    """A person of the intranet, whose account cannot be deleted while a record names them."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name=related_name,
        verbose_name=verbose_name,
        **kwargs,
    )


class Mentorship(models.Model):
    """One mentee's path with one mentor, from preparation to conclusion.

    Who takes part stands in :class:`Assignment`. Written by ``services.mentorships`` only.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    framework = models.ForeignKey(
        CompetencyFramework,
        on_delete=models.PROTECT,
        related_name="mentorships",
        verbose_name=_("competency framework"),
    )
    context = models.CharField(_("context"), max_length=20, choices=Context.choices)
    stage = models.CharField(
        _("stage"), max_length=20, choices=Stage.choices, default=Stage.PREPARATION
    )
    goals = models.TextField(
        _("goals"),
        blank=True,
        help_text=_("What the mentee is to learn, from the activities of the job."),
    )
    training_organisation = models.CharField(_("training organisation"), max_length=255, blank=True)
    training_contact = models.CharField(
        _("contact in the training organisation"), max_length=255, blank=True
    )
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("planned end"), null=True, blank=True)
    created_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    history = RecordHistory()

    class Meta:
        ordering = ["-starts_on", "pk"]
        verbose_name = _("mentorship")
        verbose_name_plural = _("mentorships")
        permissions = [("coordinate_mentorship", "Can coordinate mentorships")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="mentorship_cms_mentorship_dates",
                violation_error_message=_("The planned end comes before the start."),
            )
        ]

    def __str__(self):
        return gettext("Mentorship %(id)s") % {"id": str(self.public_id)[:8]}


class Assignment(models.Model):
    """A person who has, or had, a role in a mentorship. Current while ``ended_at`` is empty."""

    mentorship = models.ForeignKey(
        Mentorship,
        on_delete=models.PROTECT,
        related_name="assignments",
        verbose_name=_("mentorship"),
    )
    role = models.CharField(
        _("role"), max_length=30, choices=[(role.value, role.label) for role in ASSIGNED_ROLES]
    )
    person = person_field(_("person"), related_name="mentorship_assignments")
    started_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    history = RecordHistory()

    class Meta:
        ordering = ["mentorship", "started_at", "pk"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["mentorship", "role"],
                condition=Q(ended_at__isnull=True),
                name="mentorship_cms_assignment_role",
                violation_error_message=_("Somebody has this role already."),
            ),
            # A mentor is never the line manager (P4), and nobody mentors themselves.
            models.UniqueConstraint(
                fields=["mentorship", "person"],
                condition=Q(ended_at__isnull=True),
                name="mentorship_cms_assignment_person",
                violation_error_message=_(
                    "Mentee, mentor, deputy and line manager are four different people."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="mentorship_cms_assignment_dates",
            ),
        ]

    def __str__(self):
        return gettext("Assignment %(id)s") % {"id": self.pk}


class DeputyWindow(models.Model):
    """Days on which the deputy acts for the mentor (C8), both included."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mentorship = models.ForeignKey(
        Mentorship,
        on_delete=models.PROTECT,
        related_name="deputy_windows",
        verbose_name=_("mentorship"),
    )
    person = person_field(_("deputy mentor"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    closed_at = models.DateTimeField(_("handed back at"), null=True, blank=True, editable=False)

    history = RecordHistory()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        verbose_name = _("deputy's window")
        verbose_name_plural = _("deputy's windows")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="mentorship_cms_deputywindow_dates",
                violation_error_message=_("The last day comes before the first."),
            )
        ]

    def __str__(self):
        return gettext("Deputy's window %(id)s") % {"id": self.pk}


class Opening(ImmutableModel):
    """Somebody other than the mentee opened something of the mentee's record: once a day each.

    ``subject`` is the public id of the evaluation or mentorship that was opened.
    """

    mentorship = models.ForeignKey(Mentorship, on_delete=models.PROTECT, related_name="openings")
    subject = models.UUIDField()
    part = models.CharField(_("part"), max_length=20, choices=OpenedPart.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    person_name = models.CharField(_("person"), max_length=255)
    capacity = models.CharField(_("capacity"), max_length=30, choices=Role.choices, blank=True)
    opened_on = models.DateField(_("day"))
    opened_at = models.DateTimeField(_("first opened at"))
    person.wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("opening of a record")
        verbose_name_plural = _("openings of records")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "part", "person", "opened_on"],
                name="mentorship_cms_opening_day",
            )
        ]

    def __str__(self):
        return gettext("Opening %(id)s") % {"id": self.pk}


class WorkspacePreference(models.Model):
    """How a person likes to work in the workspace, remembered on every device."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    layout = models.CharField(
        _("layout"), max_length=20, choices=Layout.choices, default=Layout.COMPETENCY
    )
    person.wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("workspace preference")
        verbose_name_plural = _("workspace preferences")

    def __str__(self):
        return gettext("Preference %(id)s") % {"id": self.pk}
