"""The daily mails about texts that are to be checked: one for each person, nothing personal."""

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import conf
from ..models import UpkeepReminder
from ..permissions import coordinators
from .notices import language_of
from .upkeep import begin_missing
from .upkeep_overview import KeptItem, base_page, kept_items

logger = logging.getLogger(__name__)

#: How long before its day an owner is mailed.
AHEAD = timedelta(days=14)


@dataclass
class Letter:
    """What one person is mailed about: own items, and those that come to a coordinator."""

    own: list[KeptItem] = field(default_factory=list)
    escalated: list[KeptItem] = field(default_factory=list)

    @property
    def coordinated(self) -> list[KeptItem]:
        """What comes to the person as coordinator alone."""
        return [kept for kept in self.escalated if kept not in self.own]

    @property
    def items(self) -> list[KeptItem]:
        """Everything that the person is mailed about, each item once."""
        return [*self.own, *self.coordinated]


@dataclass
class Reminded:
    """What a run did, or would do: whom it mailed about how many items, and who was missed."""

    people: list = field(default_factory=list)
    items: set = field(default_factory=set)
    failed: list = field(default_factory=list)


def remind(*, dry_run: bool = False) -> Reminded:
    """Mail owners and coordinators about what is due; each of them once for each day it is due.

    Owners hear two weeks ahead, coordinators when an item is overdue or nobody answers for it,
    and whoever becomes one of either later hears of what is due by then. What could not be sent
    is tried again by the next run. Sends nothing when the site wants no mails. With ``dry_run``
    nothing is sent or written.
    """
    reminded = Reminded()
    if not (conf.get("SEND_MAIL") or dry_run):
        return reminded
    if not dry_run:
        begin_missing()
        _forget_past()
    letters = _letters()
    addresses = _public_addresses(letters.values())
    for person, letter in letters.items():
        if not dry_run:
            try:
                _send(person, letter, addresses)
            except Exception:
                # One address that is wrong keeps nobody else from their mail.
                logger.exception("A mail about what is to be checked was not sent.")
                reminded.failed.append(person)
                continue
            _note(person, letter)
        reminded.people.append(person)
        reminded.items.update((kept.kind, kept.pk) for kept in letter.items)
    return reminded


def _letters() -> dict:
    """What there is to mail today, by person."""
    letters = defaultdict(Letter)
    until = timezone.localdate() + AHEAD
    told = set(
        UpkeepReminder.objects.filter(due_on__lte=until, due_on=F("upkeep__due_on")).values_list(
            "upkeep_id", "person_id"
        )
    )

    def hears(person, kept) -> bool:
        """Whether the person has an address and does not know of that day yet."""
        return bool(person.email) and (kept.upkeep.pk, person.pk) not in told

    everyone = None
    for kept in kept_items(due_by=until):
        if kept.owner is not None and hears(kept.owner, kept):
            letters[kept.owner].own.append(kept)
        if kept.owner is not None and not kept.is_overdue:
            continue
        everyone = list(coordinators()) if everyone is None else everyone
        for person in everyone:
            if hears(person, kept):
                letters[person].escalated.append(kept)
    return letters


def _note(person, letter: Letter) -> None:
    """Remember what a person was mailed, by the day it is about, so that nobody hears it twice."""
    UpkeepReminder.objects.bulk_create(
        (
            UpkeepReminder(upkeep=kept.upkeep, person=person, due_on=kept.upkeep.due_on)
            for kept in letter.items
        ),
        ignore_conflicts=True,
    )


def _forget_past() -> None:
    """Keep no longer who was mailed about a day that is past and due no more."""
    past = UpkeepReminder.objects.filter(due_on__lt=timezone.localdate())
    past.exclude(due_on=F("upkeep__due_on")).delete()


def _public_addresses(letters) -> dict:
    """Where readers find the items that go to coordinators, by the id of the page."""
    wanted = {kept.page_id for letter in letters for kept in letter.coordinated}
    pages = base_page().objects.filter(pk__in=wanted - {None})
    return {page.pk: page.full_url for page in pages}


def _send(person, letter: Letter, addresses) -> None:
    base = conf.get("BASE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")

    def upkeep_address(kept):
        path = reverse("mentorship_cms_admin:upkeep", args=[kept.kind, kept.pk])
        return base.rstrip("/") + path

    with translation.override(language_of(person)):
        paragraphs = [_("Hello,")]
        if letter.own:
            paragraphs += [
                _(
                    "these texts of the mentoring project wait for you to look at them. When a "
                    "text is still correct, one button says so; otherwise change it, postpone "
                    "the check or hand it over. Sign in first:"
                ),
                *(_paragraph(kept, upkeep_address(kept)) for kept in letter.own),
            ]
        if letter.coordinated:
            paragraphs += [
                _(
                    "these texts of the mentoring project have not been checked in time, or "
                    "nobody answers for them. You hear this as coordinator; an editor can check "
                    "them:"
                ),
                *(_paragraph(kept, addresses.get(kept.page_id)) for kept in letter.coordinated),
            ]
        count = len(letter.items)
        subject = ngettext(
            "%(count)s text of the mentoring project is to be checked",
            "%(count)s texts of the mentoring project are to be checked",
            count,
        )
        send_mail(subject % {"count": count}, "\n\n".join(paragraphs) + "\n", None, [person.email])


def _paragraph(kept: KeptItem, address: str | None) -> str:
    """One item: its title, its day, and where it is."""
    words = {"title": kept.title, "date": date_format(kept.upkeep.due_on, "DATE_FORMAT")}
    line = _("%(title)s, to be checked by %(date)s") % words
    return f"{line}\n{address}" if address else line
