"""Who keeps a framework, a role or a project page current, and until when it is confirmed.

Beside the item, not on it: confirming that it is still correct is no edit of it.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import swapper
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..choices import UpkeepActKind
from .people import loose_person_field
from .versions import ImmutableModel

swapper.set_app_prefix("wagtailcore", "wagtail")

#: How long before its day an item is due soon.
SOON = timedelta(days=30)


class UpkeepState(models.TextChoices):
    """How urgent it is to check an item."""

    OVERDUE = "overdue", _("overdue")
    SOON = "soon", _("due soon")
    FINE = "fine", _("up to date")


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def state_on(due_on: date) -> UpkeepState:
    """How urgent it is today to check what is due on that day; the day itself is not too late."""
    left = due_on - timezone.localdate()
    if left < timedelta(0):
        return UpkeepState.OVERDUE
    return UpkeepState.SOON if left <= SOON else UpkeepState.FINE


class Upkeep(models.Model):
    """The upkeep of one item, from its first publication on. Written by ``services.upkeep`` only.

    ``due_on`` is the day until which the item is confirmed or postponed.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.CharField(max_length=255)
    item = GenericForeignKey("content_type", "object_id")
    owner = loose_person_field(_("owner"))
    owner_name = models.CharField(_("name of the owner"), max_length=255, blank=True)
    months = models.PositiveSmallIntegerField(
        _("months between confirmations"),
        null=True,
        blank=True,
        help_text=_("Blank takes the interval of the site."),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = loose_person_field(_("confirmed by"))
    confirmed_by_name = models.CharField(_("name of who confirmed"), max_length=255, blank=True)
    due_on = models.DateField(_("due on"), db_index=True)

    # A confirmation is no usage of who gave it.
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("upkeep")
        verbose_name_plural = _("upkeep")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="mentorship_cms_upkeep_item"
            )
        ]

    def __str__(self):
        return f"{self.content_type_id}/{self.object_id}"

    @property
    def state(self) -> UpkeepState:
        """How urgent it is to check the item."""
        return state_on(self.due_on)

    @property
    def active_owner(self):
        """The item's own owner, unless the account was closed; else None."""
        return self.owner if self.owner is not None and self.owner.is_active else None


class UpkeepAct(ImmutableModel):
    """One act of upkeep: who did what, when, and why."""

    upkeep = models.ForeignKey(Upkeep, on_delete=models.CASCADE, related_name="acts")
    kind = models.CharField(_("act"), max_length=20, choices=UpkeepActKind.choices)
    at = models.DateTimeField(_("date"))
    by = loose_person_field(_("person"))
    by_name = models.CharField(_("name"), max_length=255, blank=True)
    remark = models.TextField(_("remark"), blank=True)
    due_on = models.DateField(_("due on"))
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("act of upkeep")
        verbose_name_plural = _("acts of upkeep")

    def __str__(self):
        return self.get_kind_display()


class UpkeepReminder(models.Model):
    """A person was mailed that an item is due on a day. Written by ``services.reminders`` only."""

    upkeep = models.ForeignKey(Upkeep, on_delete=models.CASCADE, related_name="reminders")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("person"),
    )
    due_on = models.DateField(_("due on"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("reminder of upkeep")
        verbose_name_plural = _("reminders of upkeep")
        constraints = [
            models.UniqueConstraint(
                fields=["upkeep", "person", "due_on"], name="mentorship_cms_upkeepreminder_once"
            )
        ]

    def __str__(self):
        return f"{self.upkeep_id}/{self.due_on}"


@dataclass(frozen=True)
class UpkeepLine:
    """What readers are told: who checked the item when, when it is next due, whom to tell."""

    due_on: date
    confirmed_at: datetime | None
    confirmed_by_name: str
    owner_name: str

    @property
    def is_overdue(self) -> bool:
        """Whether the day is past."""
        return state_on(self.due_on) == UpkeepState.OVERDUE

    @classmethod
    def from_columns(cls, row: dict) -> "UpkeepLine | None":
        """The line in a row that was read with :func:`upkeep_columns`, if upkeep has begun."""
        if row["upkeep_due_on"] is None:
            return None
        return cls(
            row["upkeep_due_on"],
            row["upkeep_confirmed_at"],
            row["upkeep_confirmed_by_name"],
            row["upkeep_owner_name"] or "",
        )


#: What :func:`upkeep_columns` adds to a query.
COLUMNS = (
    "upkeep_due_on",
    "upkeep_confirmed_at",
    "upkeep_confirmed_by_name",
    "upkeep_owner_name",
)


def pages_with_owner(page) -> models.QuerySet:
    """Of ``page`` and the pages above it those that an active person owns, the nearest first.

    Each has ``upkeep_owner`` and ``upkeep_name``, the key and the name of that person.
    """
    of_page = Upkeep.objects.filter(
        content_type=OuterRef("content_type"),
        object_id=Cast(OuterRef("pk"), models.CharField()),
        owner__is_active=True,
    ).order_by()
    path, step = page.path, page.steplen
    return (
        swapper.load_model("wagtailcore", "Page")
        ._base_manager.filter(path__in=[path[:end] for end in range(step, len(path) + 1, step)])
        .annotate(
            upkeep_owner=Subquery(of_page.values("owner")[:1]),
            upkeep_name=Subquery(of_page.values("owner_name")[:1]),
        )
        .exclude(upkeep_owner=None)
        .order_by("-depth")
    )


def upkeep_columns(model, pk, page) -> dict:
    """What a page tells readers of the upkeep of an item, to add to a query that it makes anyway.

    The item is the ``model`` with key ``pk``. Its owner is its own, or that of ``page``, which
    shows it, or of the nearest page above that has one: who reads it in another project is told
    whom to ask there.
    """
    rows = Upkeep.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id=str(pk)
    ).order_by()
    owners = (
        rows.filter(owner__is_active=True).values("owner_name")[:1],
        pages_with_owner(page).values("upkeep_name")[:1],
    )
    return {
        "upkeep_due_on": Subquery(rows.values("due_on")[:1]),
        "upkeep_confirmed_at": Subquery(rows.values("confirmed_at")[:1]),
        "upkeep_confirmed_by_name": Subquery(rows.values("confirmed_by_name")[:1]),
        "upkeep_owner_name": Coalesce(*map(Subquery, owners)),
    }
