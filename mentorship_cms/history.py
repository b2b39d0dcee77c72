"""The ledger: one simple-history row for each real change of what is published.

Wagtail keeps the drafts; the ledger keeps what readers could see. Plain ``HistoricalRecords``
would record draft text as if it were published, and every child at each publication
(django-simple-history issue 1127), so a save is recorded only when it changes something and
the item is live, or stops being so.
"""

import uuid

from django.db import models
from django.dispatch import receiver
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record
from wagtail.log_actions import get_active_log_context

from .records import name_of

#: Fields of an editorial snippet that say how it is managed, not what it says to readers.
BOOKKEEPING_FIELDS = [
    "has_unpublished_changes",
    "first_published_at",
    "last_published_at",
    "live_revision",
    "latest_revision",
    "go_live_at",
    "expire_at",
    "expired",
    "locked",
    "locked_at",
    "locked_by",
    "change_note",
]


class LedgerRow(models.Model):
    """Base of every historical model of the ledger."""

    change_set = models.UUIDField(
        _("change set"),
        null=True,
        db_index=True,
        editable=False,
        help_text=_("The same for all rows that one act wrote."),
    )

    # History is no usage of what it mentions.
    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    def _item(self):
        """What the row is about, in the words of that moment."""
        name = next(name for name in ("title", "label", "text") if hasattr(self, name))
        return getattr(self, name)

    _item.short_description = _("item")
    item = property(_item)

    def get_descriptors_display(self):
        """Level descriptors as text; blank for rows that have none."""
        return "\n".join(getattr(self, "descriptors", {}).values())

    def _person(self):
        """Who made the change, by name."""
        return name_of(self.history_user)

    _person.short_description = _("person")
    person = property(_person)


class LedgerRecords(HistoricalRecords):
    """Historical records of an editorial snippet or of a part of one.

    The model must have ``ledger_root()``, which returns the snippet (with ``live``,
    ``live_revision`` and ``change_note``) that the row belongs to.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("bases", (LedgerRow,))
        kwargs.setdefault("history_change_reason_field", models.TextField(_("note"), null=True))
        super().__init__(**kwargs)

    def get_extra_fields(self, model, fields):
        """Name the ledger's own columns in words that coordinators know."""
        extra = super().get_extra_fields(model, fields)
        extra["history_date"].verbose_name = _("date")
        extra["history_type"] = models.CharField(
            _("act"),
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

    def copy_fields(self, model):
        """Copy the fields; a ParentalKey becomes a plain foreign key (modelcluster.E002)."""
        copied = super().copy_fields(model)
        for field in copied.values():
            if isinstance(field, ParentalKey):
                field.__class__ = models.ForeignKey
        return copied

    def post_save(self, instance, created, using=None, update_fields=None, **kwargs):
        """Record the save when it changed something that readers can see."""
        tracked = self.fields_included(instance)
        if update_fields is not None and not {
            name for field in tracked for name in (field.name, field.attname)
        }.intersection(update_fields):
            return
        latest = self._latest(instance)
        if not self._is_public(instance, latest):
            return
        known = latest is not None and latest.history_type != "-"
        if known and all(
            getattr(latest, field.attname) == getattr(instance, field.attname) for field in tracked
        ):
            return
        super().post_save(instance, created=not known, using=using, **kwargs)

    def post_delete(self, instance, using=None, **kwargs):
        """Record the removal of something the ledger knows."""
        latest = self._latest(instance)
        if latest is not None and latest.history_type != "-":
            super().post_delete(instance, using=using, **kwargs)

    def _latest(self, instance):
        return getattr(instance, self.manager_name).first()

    @staticmethod
    def _is_public(instance, latest) -> bool:
        root = instance.ledger_root()
        if root.live:
            return True
        # Taking a published item offline is a change that readers see; a draft is not.
        return instance is root and latest is not None and latest.live

    def get_history_user(self, instance):
        """The person of the request, else of Wagtail's log context, else of the revision."""
        user = super().get_history_user(instance) or get_active_log_context().user
        if user is None:
            revision = instance.ledger_root().live_revision
            user = revision.user if revision else None
        return user

    def get_change_reason_for_object(self, instance, history_type, using):
        """The note that the editor gave with the publication."""
        reason = super().get_change_reason_for_object(instance, history_type, using)
        return reason or instance.ledger_root().change_note or None


def change_set_of(revision_id: int) -> uuid.UUID:
    """The change set of an act that has no log context: that of the revision it published."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"wagtail-revision:{revision_id}")


@receiver(pre_create_historical_record)
def stamp_change_set(sender, instance, history_instance, **kwargs):
    """Give all rows of one act one change set: that of Wagtail's log, else of the revision."""
    if not isinstance(history_instance, LedgerRow):
        return
    change_set = get_active_log_context().uuid
    if change_set is None:
        revision = instance.ledger_root().live_revision
        if revision is not None:
            change_set = change_set_of(revision.pk)
    history_instance.change_set = change_set
