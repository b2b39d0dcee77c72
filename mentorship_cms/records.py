"""The history of mentorships and evaluations: rows are written by acts, and by nothing else.

An act is what a person does in one transaction: share a sheet, sign, end a mentorship. Inside
``acting(...)`` every saved record leaves one row with the act, the person, the capacity in
which they acted and the reason. Outside it nothing is recorded: a draft makes no history.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .choices import Act, Role


@dataclass(frozen=True)
class ActContext:
    """Who does what, in which capacity (a value of ``Role``) and why."""

    act: str
    user: object
    capacity: str = ""
    reason: str = ""
    change_set: uuid.UUID = field(default_factory=uuid.uuid4)


_current: ContextVar[ActContext | None] = ContextVar("mentorship_cms_act", default=None)


@contextmanager
def acting(act: Act, *, user, capacity: str = "", reason: str = "") -> Iterator[ActContext]:
    """Record every save inside as part of one act of ``user``."""
    context = ActContext(act, user, capacity, reason)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def current_change_set() -> uuid.UUID | None:
    """The change set of the act that is going on: default of a column of the history."""
    return context.change_set if (context := _current.get()) else None


def current_act_name() -> str:
    """The name of the act that is going on: default of a column of the history."""
    return context.act if (context := _current.get()) else ""


def current_capacity() -> str:
    """The capacity of whoever acts: default of a column of the history."""
    return context.capacity if (context := _current.get()) else ""


def current_person_name() -> str:
    """The name of whoever acts, which outlives the account."""
    return name_of(context.user) if (context := _current.get()) else ""


def name_of(user) -> str:
    """What a person is called on screen and in signatures."""
    return (user.get_full_name() or user.get_username()) if user else ""


class RecordRow(models.Model):
    """Base of the historical models of mentorships and evaluations."""

    change_set = models.UUIDField(
        _("change set"), null=True, db_index=True, editable=False, default=current_change_set
    )
    act = models.CharField(
        _("act"), max_length=20, choices=Act.choices, editable=False, default=current_act_name
    )
    capacity = models.CharField(
        _("capacity"),
        max_length=30,
        choices=Role.choices,
        blank=True,
        editable=False,
        default=current_capacity,
    )
    person_name = models.CharField(
        _("person"), max_length=255, blank=True, editable=False, default=current_person_name
    )

    # History is no usage of what it mentions.
    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    def _item(self):
        """The neutral name of the record that the row is about."""
        return str(self.instance)

    _item.short_description = _("item")
    item = property(_item)


class RecordHistory(HistoricalRecords):
    """Historical records that only an act writes."""

    def __init__(self, **kwargs):
        kwargs.setdefault("bases", (RecordRow,))
        kwargs.setdefault(
            "history_change_reason_field", models.TextField(_("reason"), null=True, blank=True)
        )
        super().__init__(**kwargs)

    def get_extra_fields(self, model, fields):
        """Name the columns of the history in words that coordinators know."""
        extra = super().get_extra_fields(model, fields)
        extra["history_date"].verbose_name = _("date")
        extra["history_type"] = models.CharField(
            _("change"),
            max_length=1,
            choices=[("+", _("added")), ("~", _("changed")), ("-", _("removed"))],
        )
        extra["history_user"].verbose_name = _("person")
        return extra

    def get_meta_options(self, model):
        """Name the rows after what they are about."""
        options = super().get_meta_options(model)
        for name in ("verbose_name", "verbose_name_plural"):
            options[name] = format_lazy("{} ({})", getattr(model._meta, name), _("register"))
        return options

    def post_save(self, instance, created, using=None, **kwargs):
        """Record the save when it is part of an act; the first record of a row "adds" it."""
        if _current.get() is not None:
            created = created or not getattr(instance, self.manager_name).exists()
            super().post_save(instance, created, using=using, **kwargs)

    def post_delete(self, instance, using=None, **kwargs):
        """Record the removal when it is part of an act."""
        if _current.get() is not None:
            super().post_delete(instance, using=using, **kwargs)

    def get_history_user(self, instance):
        """Whoever acts."""
        context = _current.get()
        return context.user if context else None

    def get_change_reason_for_object(self, instance, history_type, using):
        """Why they act."""
        context = _current.get()
        return (context.reason or None) if context else None
