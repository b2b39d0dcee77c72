"""Acts that keep frameworks, roles and project pages current. None of them is an edit.

An item is such a snippet, or a project page. Who may act is for the caller to ask: in the admin
it is whoever may change the item.
"""

from datetime import date, datetime
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.log_actions import log

from .. import conf
from ..choices import UpkeepActKind
from ..models import ProjectPageMixin, Upkeep, UpkeepAct, concrete_pages
from ..models.kinds import SNIPPETS, kind_of
from ..models.upkeep import add_months, pages_with_owner
from ..permissions import editors_of
from ..records import name_of
from . import notices

#: The snippets that are items. A rating scale is checked with its frameworks.
KEPT_SNIPPETS = {kind: SNIPPETS[kind] for kind in ("framework", "role")}
#: How far ahead a check can be put off, and the longest interval, in months.
FURTHEST = 12
LONGEST_INTERVAL = 60
#: A remark says why; it is no place for the text itself.
LONGEST_REMARK = 1000

HANDED_OVER_SUBJECT = gettext_lazy("A text of the mentoring project is yours to keep")
HANDED_OVER_TEXT = gettext_lazy(
    "Hello,\n\na text of the mentoring project was handed over to you: from now on you answer for "
    "it. You find it here, after signing in:\n\n%(address)s\n"
)


class Ownership(NamedTuple):
    """Who answers for an item. ``page`` is the page it comes from, None when it is the item's."""

    person: object | None
    page: object | None = None

    @property
    def name(self) -> str:
        """What the person is called."""
        return name_of(self.person)


# -- Reading


def project_page_types() -> list[ContentType]:
    """The content types of the project pages of this site."""
    models = concrete_pages(ProjectPageMixin)
    return list(ContentType.objects.get_for_models(*models).values())


def _rows_of(item) -> QuerySet[Upkeep]:
    return Upkeep.objects.filter(
        content_type=ContentType.objects.get_for_model(item), object_id=str(item.pk)
    )


def upkeep_of(item) -> Upkeep | None:
    """The upkeep of an item with its owner, or None before its first publication."""
    return _rows_of(item).select_related("owner").first()


def ownership_of(item, upkeep: Upkeep | None = None) -> Ownership:
    """Who answers for ``item``: its own owner, or that of the nearest project page above it.

    A snippet lies where the first page lies that shows it. ``upkeep`` is that of the item, for
    who has read it already.
    """
    upkeep = upkeep or upkeep_of(item)
    if upkeep is not None and upkeep.active_owner is not None:
        return Ownership(upkeep.active_owner)
    is_page = isinstance(item, ProjectPageMixin)
    page = item if is_page else next(iter(item.pages()), None)
    if page is None:
        return Ownership(None)
    nearest = pages_with_owner(page).first()
    if nearest is None:
        return Ownership(None)
    return Ownership(get_user_model()._base_manager.get(pk=nearest.upkeep_owner), nearest)


def owner_of(item):
    """The person who answers for ``item``, or None."""
    return ownership_of(item).person


def interval_of(upkeep: Upkeep) -> int:
    """The months from one check to the next."""
    return upkeep.months or conf.get("REVIEW_MONTHS")


# -- Acts


@transaction.atomic
def begin(*, item) -> Upkeep | None:
    """Begin the upkeep of a published item; leave alone what has begun. None for an alias."""
    if getattr(item, "alias_of_id", None):
        return None
    upkeep, _made = Upkeep.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(item),
        object_id=str(item.pk),
        defaults={"due_on": _due_on(Upkeep(), item)},
    )
    return upkeep


@transaction.atomic
def begin_missing() -> None:
    """Begin the upkeep of whatever was published without a signal, such as loaded data."""
    for model in (*KEPT_SNIPPETS.values(), *concrete_pages(ProjectPageMixin)):
        rows = Upkeep.objects.filter(content_type=ContentType.objects.get_for_model(model))
        known = set(rows.values_list("object_id", flat=True))
        for item in model.objects.filter(live=True):
            if type(item) is model and str(item.pk) not in known:
                begin(item=item)


@transaction.atomic
def end(*, item) -> None:
    """Forget the upkeep of an item that is deleted."""
    _rows_of(item).delete()


@transaction.atomic
def confirm(*, item, user, remark: str = "") -> Upkeep:
    """Say that ``item`` is still correct as it stands; the next check is an interval from today."""
    upkeep = _locked(item)
    _check(remark=remark)
    upkeep.confirmed_at = timezone.now()
    upkeep.confirmed_by = user
    upkeep.confirmed_by_name = name_of(user)
    upkeep.due_on = _due_on(upkeep, item)
    return _keep(item, upkeep, UpkeepActKind.CONFIRMED, user, remark)


@transaction.atomic
def postpone(*, item, user, until: date, remark: str) -> Upkeep:
    """Put the check of ``item`` off until a day within a year, and say why."""
    upkeep = _locked(item)
    today = timezone.localdate()
    errors = {}
    if until <= today:
        errors["until"] = _("Choose a day after today.")
    elif until > add_months(today, FURTHEST):
        errors["until"] = _("Choose a day within a year from today.")
    _check(errors, remark=remark, needed=_("Say why the check has to wait."))
    upkeep.due_on = until
    return _keep(item, upkeep, UpkeepActKind.POSTPONED, user, remark)


@transaction.atomic
def hand_over(*, item, user, owner, remark: str) -> Upkeep:
    """Let ``owner``, one of the editors of ``item``, answer for it, and say why.

    Without an owner it is given back to the owner of the page above. The new owner is mailed.
    """
    upkeep = _locked(item)
    errors = {}
    if owner is not None and not editors_of(item).filter(pk=owner.pk).exists():
        errors["owner"] = _("Choose somebody who may edit this.")
    elif (owner.pk if owner else None) == upkeep.owner_id:
        errors["owner"] = _("Nothing would change. Choose somebody else.")
    _check(errors, remark=remark, needed=_("Say what the new owner has to know."))
    upkeep.owner = owner
    upkeep = _keep(item, upkeep, UpkeepActKind.DELEGATED, user, remark)
    if owner is not None and owner != user:
        notices.tell(
            owner,
            subject=HANDED_OVER_SUBJECT,
            text=HANDED_OVER_TEXT,
            name="mentorship_cms_admin:upkeep",
            args=(kind_of(item), item.pk),
        )
    return upkeep


@transaction.atomic
def plan(*, item, user, months: int | None) -> Upkeep:
    """Change how often ``item`` is checked; without months as often as the site says.

    The next check is counted anew from the last confirmation, or the first publication; but one
    that somebody put off since stays put off. Raises ``ValidationError`` when nothing changes.
    """
    upkeep = _locked(item)
    if months is not None and not 1 <= months <= LONGEST_INTERVAL:
        raise ValidationError(
            {
                "months": _("Choose from 1 to %(most)s months, or leave it empty.")
                % {"most": LONGEST_INTERVAL}
            }
        )
    if months == upkeep.months or (upkeep.months is None and months == interval_of(upkeep)):
        raise ValidationError({"months": _("Nothing would change. Choose another interval.")})
    old = _interval_in_words(upkeep)
    upkeep.months = months
    words = {"old": old, "new": _interval_in_words(upkeep)}
    upkeep.due_on = max(_due_on(upkeep, item), _postponed_until(upkeep) or date.min)
    return _keep(item, upkeep, UpkeepActKind.PLANNED, user, _("From %(old)s to %(new)s.") % words)


def _interval_in_words(upkeep: Upkeep) -> str:
    months = interval_of(upkeep)
    if upkeep.months is None:
        text = ngettext(
            "%(count)d month (as the site says)", "%(count)d months (as the site says)", months
        )
    else:
        text = ngettext("%(count)d month", "%(count)d months", months)
    return text % {"count": months}


def _postponed_until(upkeep: Upkeep) -> date | None:
    """The day that the check was put off to since the last confirmation, if it was."""
    acts = upkeep.acts.filter(kind=UpkeepActKind.POSTPONED)
    if upkeep.confirmed_at:
        acts = acts.filter(at__gt=upkeep.confirmed_at)
    return acts.values_list("due_on", flat=True).first()


def _locked(item) -> Upkeep:
    """The upkeep of a published item, kept as it is until the transaction ends."""
    if not item.live or begin(item=item) is None:
        raise ValidationError(_("This is not published, so there is nothing to check yet."))
    # The nullable joins of owner and person cannot be locked, and need not be.
    return _rows_of(item).select_for_update().get()


def _check(errors: dict | None = None, *, remark: str, needed: str = "") -> None:
    """Raise for ``errors`` by field, and for a remark that is too long, or ``needed`` and empty."""
    errors = errors or {}
    if needed and not remark.strip():
        errors["remark"] = needed
    elif len(remark) > LONGEST_REMARK:
        errors["remark"] = _("Use at most %(most)s characters.") % {"most": LONGEST_REMARK}
    if errors:
        raise ValidationError(errors)


def _due_on(upkeep: Upkeep, item) -> date:
    """The day on which the interval ends that began with the last confirmation or at first."""
    begun: datetime = (
        upkeep.confirmed_at or item.first_published_at or item.last_published_at or timezone.now()
    )
    return add_months(timezone.localdate(begun), interval_of(upkeep))


def _keep(item, upkeep: Upkeep, kind: UpkeepActKind, user, remark: str) -> Upkeep:
    """Store ``upkeep``, and the act that changed it, also for Wagtail's own histories."""
    upkeep.owner_name = name_of(upkeep.owner)
    upkeep.full_clean(validate_unique=False, validate_constraints=False)
    upkeep.save()
    act = UpkeepAct.objects.create(
        upkeep=upkeep,
        kind=kind,
        at=timezone.now(),
        by=user,
        by_name=name_of(user),
        remark=remark.strip(),
        due_on=upkeep.due_on,
        owner_name=upkeep.owner_name,
    )
    log(
        item,
        kind.log_action,
        user=user,
        timestamp=act.at,
        data={
            "due_on": act.due_on.isoformat(),
            "owner": act.owner_name,
            "remark": act.remark,
        },
    )
    return upkeep
