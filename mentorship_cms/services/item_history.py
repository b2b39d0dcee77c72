"""What happened to a framework, a role or a scale: one act a line, whatever wrote it.

Wagtail's log, the ledger and the versions each know a part of an act; they meet by change set
(the log's uuid, or the revision's where there is no log context), and where that is missing by
revision and time. Acts of upkeep, answered questions and marks of translation come beside them.
All of it is read in one query.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..history import change_set_of
from .item_history_rows import Row, read

#: Log entry, version and ledger rows of one publication lie closer together than this.
SAME_ACT = timedelta(seconds=60)
#: The same, for ledger rows that no change set and no revision tie to anything.
SAME_MOMENT = timedelta(seconds=5)

PUBLISHING = ("wagtail.publish", "wagtail.publish.scheduled")
#: What changes, or is to change, what readers see.
PUBLIC = (
    *PUBLISHING,
    "wagtail.publish.schedule",
    "wagtail.schedule.cancel",
    "wagtail.unpublish",
    "wagtail.unpublish.scheduled",
)
PLAIN_SAVES = ("wagtail.edit", "wagtail.rename")
DRAFT_SAVES = ("wagtail.edit", "wagtail.create", "wagtail.revert")
DRAFTING = (*PLAIN_SAVES, *DRAFT_SAVES, "wagtail.copy")


class ActKind(TextChoices):
    """What an act is about, to filter by."""

    DRAFTS = "drafts", _("Drafts")
    PUBLICATIONS = "publications", _("Publications")
    UPKEEP = "upkeep", _("Upkeep")
    QUESTIONS = "questions", _("Questions of readers")
    OTHER = "other", _("Other")


@dataclass(frozen=True)
class Event:
    """What Wagtail logged as a part of an act; ``entry`` is the id of the newest such entry."""

    action: str
    at: datetime
    user_id: object
    revision_id: int | None
    entry: int


@dataclass(frozen=True)
class Numbered:
    """A version, without what it says."""

    number: int
    at: datetime
    note: str
    user_id: object
    user_name: str
    revision_id: int | None


@dataclass(frozen=True)
class Save:
    """One saved draft, and the one before it; None where Wagtail no longer has it."""

    at: datetime
    revision_id: int | None
    previous_id: int | None


@dataclass(frozen=True)
class Beside:
    """An act that is not about the text: ``source`` is upkeep, flag or mark.

    ``what`` is a kind of act of upkeep or the state of a flag, ``name`` the new owner or the
    part asked about, ``number`` the version of the source that a translation is in line with.
    """

    source: str
    what: str
    remarks: tuple[str, ...]
    name: str = ""
    due_on: date | None = None
    number: int | None = None


@dataclass
class Act:
    """One act: who, when, and what the sources say of it."""

    at: datetime
    kind: str = ActKind.OTHER
    user_id: object = None
    #: The name as it was then, for people who have no account any more.
    user_name: str = ""
    change_set: uuid.UUID | None = None
    events: list[Event] = field(default_factory=list)
    versions: list[Numbered] = field(default_factory=list)
    #: The saved drafts, oldest first; several where saves in a row make one line.
    saves: tuple[Save, ...] = ()
    #: The number of the version that readers had after the act.
    number: int | None = None
    note: str = ""
    beside: Beside | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The names under which Wagtail logged it."""
        return tuple(dict.fromkeys(event.action for event in self.events))

    def event(self, *actions) -> Event | None:
        """The last event of one of these names."""
        return next((item for item in reversed(self.events) if item.action in actions), None)


@dataclass(frozen=True)
class History:
    """Everything that happened to an item, newest first."""

    acts: tuple[Act, ...]
    #: The drafts that wait for the day of their publication.
    scheduled: frozenset[int]


def history_of(item) -> History:
    """Return what happened to ``item``, in one query however much that was."""
    found = read(item)
    versions = [
        Numbered(row.entry, row.at, row.note, row.person, row.name, row.revision)
        for row in found["version"]
    ]
    acts = _logged(found["log"])
    _join_versions(acts, versions)
    _join_ledger(acts, found["ledger"])
    for act in acts:
        _settle(act, versions)
    acts = _bundled(sorted(acts, key=_order), [row.entry for row in found["revision"]])
    acts += [_beside(row) for source in ("upkeep", "flag", "mark") for row in found[source]]
    return History(
        tuple(sorted(acts, key=_order, reverse=True)),
        frozenset(row.entry for row in found["revision"] if row.what),
    )


def _order(act: Act):
    return act.at, act.events[-1].entry if act.events else 0


# -- Acts of Wagtail


def _logged(rows: list[Row]) -> list[Act]:
    """One act for each change set of Wagtail's log.

    Entries without one, for there was no log context, are one act when they follow each other
    on the same revision, as a renaming and the publication that brought it do.
    """
    acts: dict[object, Act] = {}
    last: Act | None = None
    for row in sorted(rows, key=lambda row: row.entry):
        event = Event(row.what, row.at, row.person, row.revision, row.entry)
        if row.change_set:
            act = acts.setdefault(row.change_set, Act(row.at, change_set=row.change_set))
        elif last is not None and _continues(last, event):
            act = last
        else:
            act = last = acts[row.more] = Act(row.at)
        act.events.append(event)
        act.at = max(act.at, row.at)
        act.user_id = act.user_id or row.person
    return list(acts.values())


def _continues(act: Act, event: Event) -> bool:
    before = act.events[-1]
    return (
        event.revision_id is not None
        and (event.revision_id, event.user_id) == (before.revision_id, before.user_id)
        and event.action not in act.actions
        and event.at - before.at <= SAME_MOMENT
    )


def _join_versions(acts: list[Act], versions: list[Numbered]) -> None:
    """Give each version to the publication that made it, or an act of its own.

    A version without its own publication comes from that of the rating scale, or from code that
    published without logging.
    """
    publications = [(act, event) for act in acts for event in act.events]
    publications = [pair for pair in publications if pair[1].action in PUBLISHING]
    for version in versions:
        near = [
            (abs(event.at - version.at), place)
            for place, (_act, event) in enumerate(publications)
            if version.revision_id in (None, event.revision_id)
            and abs(event.at - version.at) <= SAME_ACT
        ]
        if near:
            act, _event = publications.pop(min(near)[1])
        else:
            act = Act(version.at)
            acts.append(act)
        act.versions.append(version)


def _join_ledger(acts: list[Act], rows: list[Row]) -> None:
    """Add what only the ledger knows: the note of a scale, and changes that nothing else told."""
    by_change_set = {act.change_set: act for act in acts if act.change_set}
    for row in _apart(rows):
        act = by_change_set.get(row.change_set) or _nearest(acts, row)
        if act is None:
            act = Act(row.at, change_set=row.change_set)
            acts.append(act)
        act.user_id = act.user_id or row.person
        # Any other act finds there the note of the publication before it.
        if act.versions or act.event(*PUBLISHING):
            act.note = act.note or row.note


def _apart(rows: list[Row]) -> list[Row]:
    """One row of the ledger for each act; the same change set long after is another act."""
    latest: dict[tuple, Row] = {}
    found = []
    for row in rows:
        key = row.change_set, row.person
        known = latest.get(key)
        near = SAME_ACT if row.change_set else SAME_MOMENT
        if known is None or row.at - known.at > near:
            found.append(row)
            latest[key] = row
    return found


def _nearest(acts: list[Act], row: Row) -> Act | None:
    """The act without change set that a row of the ledger belongs to, by revision and time."""
    near = []
    for place, act in enumerate(acts):
        apart = abs(act.at - row.at)
        if act.change_set or apart > SAME_ACT:
            continue
        revisions = {item.revision_id for item in (*act.events, *act.versions)} - {None}
        known = row.change_set in {change_set_of(pk) for pk in revisions}
        if known or apart <= SAME_MOMENT:
            near.append((not known, apart, place))
    return acts[min(near)[2]] if near else None


def _settle(act: Act, versions: list[Numbered]) -> None:
    """Say what an act of Wagtail is about, by whom, and what readers had after it."""
    actions = set(act.actions)
    if act.versions or actions.intersection(PUBLIC):
        act.kind = ActKind.PUBLICATIONS
    elif actions.intersection(DRAFTING):
        act.kind = ActKind.DRAFTS
    for version in act.versions:
        act.user_id = act.user_id or version.user_id
        act.user_name = act.user_name or version.user_name
        act.note = version.note or act.note
    act.number = max((item.number for item in versions if item.at <= act.at), default=None)


# -- Drafts


def _bundled(acts: list[Act], revisions: list[int]) -> list[Act]:
    """Make one act of the drafts that one person saved in a row, up to a publication.

    ``acts`` and ``revisions`` come oldest first. Taking up an old draft begins a new row, and so
    does a draft of another person.
    """
    before = dict(zip(revisions, [None, *revisions], strict=False))
    found: list[Act] = []
    row: Act | None = None
    for act in acts:
        act.saves = tuple(
            Save(event.at, event.revision_id, before[event.revision_id])
            if event.revision_id in before
            else Save(event.at, None, None)
            for event in act.events
            if event.action in DRAFT_SAVES
        )
        plain = act.kind == ActKind.DRAFTS and set(act.actions) <= set(PLAIN_SAVES)
        if plain and row is not None and row.user_id == act.user_id:
            row.saves += act.saves
            row.events += act.events
            row.at = act.at
            continue
        found.append(act)
        if act.kind in (ActKind.DRAFTS, ActKind.PUBLICATIONS):
            row = act if plain else None
    return found


# -- Beside the text


def _beside(row: Row) -> Act:
    """An act of upkeep, an answer to a reader, or the last word on a translation."""
    kinds = {"upkeep": ActKind.UPKEEP, "flag": ActKind.QUESTIONS, "mark": ActKind.OTHER}
    is_upkeep = row.source == "upkeep"
    remarks = (row.note,) if is_upkeep else (row.note, row.more)
    beside = Beside(
        source=row.source,
        what=row.what,
        remarks=tuple(text for text in remarks if text),
        name=row.subject,
        due_on=date.fromisoformat(row.more[:10]) if is_upkeep else None,
        number=row.entry if row.source == "mark" else None,
    )
    return Act(row.at, kinds[row.source], row.person, row.name, beside=beside)
