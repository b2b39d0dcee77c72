"""The lines of the history: what each act was, in words, with where its links lead."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from wagtail.models import ModelLogEntry
from wagtail.users.utils import get_deleted_user_display_name

from ..choices import FlagState, UpkeepActKind
from ..differences import Difference, compare
from ..models import RatingScale
from ..records import name_of
from ..services.item_history import PUBLIC, PUBLISHING, Act, Beside, History


@dataclass
class Line:
    """One act, as the history shows it. ``pk`` is its place on the page."""

    pk: int
    act: Act
    at: datetime
    user: object
    user_name: str
    phrases: list[str]
    #: What somebody wrote with it: a note, a remark, a question and its answer.
    remarks: list[str]
    difference: Difference | None = None
    #: (address, words) of what readers see of it, and of Wagtail's pages about the draft.
    reading: list[tuple[str, str]] = field(default_factory=list)
    editing: list[tuple[str, str]] = field(default_factory=list)
    #: The drafts that a line holds together, newest first: (time, address of the preview).
    saves: list[tuple[datetime, str]] = field(default_factory=list)
    status: str = ""


class Lines:
    """Makes the lines of one page of the history of ``item``, in a fixed number of queries.

    ``people`` are the accounts by id. ``url_for(name, *args)`` gives the address of one of
    Wagtail's views of the item; None for what the person may not do.
    """

    def __init__(self, item, history: History, people: dict, url_for: Callable[..., str | None]):
        self.item = item
        self.scheduled = history.scheduled
        self.people = people
        self.url_for = url_for

    def of(self, acts: list[Act]) -> list[Line]:
        """The lines of ``acts``, in their order."""
        entries = ModelLogEntry.objects.in_bulk(
            {event.entry for act in acts for event in act.events}
        )
        contents = self._contents(acts)
        page = next(iter(self.item.pages()), None) if contents and self.item.live else None
        lines = []
        for place, act in enumerate(acts):
            user = self.people.get(act.user_id)
            line = Line(
                place,
                act,
                act.at,
                user,
                _name(user, act),
                list(self._phrases(act, entries)),
                [text for text in self._remarks(act, entries) if text],
                status=self._status(act),
            )
            numbers = [version.number for version in act.versions]
            if numbers and numbers[-1] - 1 in contents and numbers[-1] in contents:
                line.difference = compare(contents[numbers[-1] - 1], contents[numbers[-1]])
            line.reading = list(self._reading(act, page))
            line.editing = list(self._editing(act))
            if len(act.saves) > 1:
                line.saves = [
                    (save.at, self._preview(save.revision_id)) for save in reversed(act.saves)
                ]
            lines.append(line)
        return lines

    def _contents(self, acts) -> dict:
        """The contents of the versions of these acts, and of those before, by number."""
        numbers = {version.number for act in acts for version in act.versions}
        numbers |= {number - 1 for number in numbers}
        if not numbers:
            return {}
        rows = self.item.versions.filter(number__in=numbers)
        content_class = rows.model.content_class
        return {
            number: content_class.from_document(document)
            for number, document in rows.values_list("number", "document")
        }

    # What happened

    def _phrases(self, act, entries):
        if act.beside:
            yield _beside_phrase(act.beside, isinstance(self.item, RatingScale))
            return
        publishing = act.event(*PUBLISHING)
        for version in act.versions:
            yield _version_phrase(version, publishing)
        if publishing and not act.versions:
            yield self._same_text_phrase(act)
        if act.event("wagtail.edit") and not act.event(*PUBLIC):
            yield ngettext("Draft saved", "%(count)d drafts saved", len(act.saves)) % {
                "count": len(act.saves)
            }
        for event in act.events:
            if event.action in (*PUBLISHING, "wagtail.edit"):
                continue
            if event.action == "wagtail.rename" and len(act.events) > 1:
                continue
            if event.entry in entries:
                yield _logged_phrase(entries[event.entry])
        if not act.events and not act.versions:
            yield gettext("Changed outside the editor")

    def _same_text_phrase(self, act):
        if isinstance(self.item, RatingScale):
            return gettext("Published")
        if act.number is None:
            return gettext("Published")
        return gettext("Published again; the text is that of version %(number)s") % {
            "number": act.number
        }

    def _remarks(self, act, entries):
        if act.beside:
            return act.beside.remarks
        comments = [entries[event.entry].comment for event in act.events if event.entry in entries]
        return [act.note, *comments]

    def _status(self, act) -> str:
        published = act.event(*PUBLISHING)
        if published and published.revision_id == self.item.live_revision_id:
            return gettext("Live version")
        latest = act.saves[-1].revision_id if act.saves else None
        is_latest = latest is not None and latest == self.item.latest_revision_id
        if is_latest and not published and self.item.has_unpublished_changes:
            return gettext("Current draft")
        return ""

    # Where it leads

    def _reading(self, act, page):
        """Where readers see what was published, and what changed in it."""
        if page is None or not page.url:
            return
        for version in act.versions:
            yield (
                f"{page.url}versions/{version.number}/",
                gettext("Version %(number)s, as readers see it") % {"number": version.number},
            )
            if version.number > 1:
                yield (
                    f"{page.url}changes/{version.number - 1}-{version.number}/",
                    gettext("What changed since version %(number)s")
                    % {"number": version.number - 1},
                )

    def _editing(self, act):
        """Wagtail's own pages about the draft that was saved or published."""
        revision_id = previous_id = None
        if act.saves:
            revision_id, previous_id = act.saves[-1].revision_id, act.saves[0].previous_id
        elif published := act.event(*PUBLISHING, "wagtail.publish.schedule"):
            revision_id = published.revision_id
        if revision_id is None:
            return
        latest = revision_id == self.item.latest_revision_id
        links = [
            ("revisions_view", [revision_id], gettext("Preview")),
            ("edit", [], gettext("Edit"))
            if latest
            else ("revisions_revert", [revision_id], gettext("Review this draft")),
        ]
        if previous_id:
            compared = "revisions_compare", [previous_id, revision_id]
            links.append((*compared, gettext("Compare with the draft before")))
        if not latest:
            compared = "revisions_compare", [revision_id, "latest"]
            links.append((*compared, gettext("Compare with the current draft")))
        if revision_id in self.scheduled:
            unschedule = gettext("Cancel the scheduled publication")
            links.append(("revisions_unschedule", [revision_id], unschedule))
        for name, args, words in links:
            if address := self.url_for(name, *args):
                yield address, words

    def _preview(self, revision_id):
        return self.url_for("revisions_view", revision_id) or "" if revision_id else ""


def address_maker(item, url_names: dict[str, str]) -> Callable[..., str | None]:
    """Return ``url_for`` for :class:`Lines` with the addresses of Wagtail's views, by name."""

    def url_for(name, *args):
        """The address of one of the views; None for one that was not given."""
        return reverse(url_names[name], args=[item.pk, *args]) if url_names.get(name) else None

    return url_for


def _name(user, act) -> str:
    if user is not None:
        return name_of(user)
    if act.user_name:
        return act.user_name
    return get_deleted_user_display_name(act.user_id) if act.user_id else gettext("System")


def _version_phrase(version, publishing) -> str:
    words = {"number": version.number}
    if publishing is None and version.revision_id is None:
        return gettext("Version %(number)s, by a publication of the rating scale") % words
    if publishing and publishing.action == "wagtail.publish.scheduled":
        return gettext("Version %(number)s published, as was scheduled") % words
    return gettext("Version %(number)s published") % words


def _date(value) -> str:
    moment = parse_datetime(value) if isinstance(value, str) else value
    return date_format(localtime(moment), "DATETIME_FORMAT")


def _logged_phrase(entry) -> str:
    """An entry of Wagtail's log in words; Wagtail's own where they say enough."""
    revision = entry.data.get("revision") or {}
    if entry.action == "wagtail.revert" and revision.get("created"):
        return gettext("Back to the draft of %(date)s") % {"date": _date(revision["created"])}
    if entry.action == "wagtail.publish.schedule" and revision.get("go_live_at"):
        return gettext("Publication scheduled for %(date)s") % {
            "date": _date(revision["go_live_at"])
        }
    if entry.action == "wagtail.schedule.cancel":
        return gettext("Scheduled publication cancelled")
    return capfirst(str(entry.message))


def _beside_phrase(beside: Beside, is_scale: bool) -> str:
    if beside.source == "mark":
        if is_scale:
            # Its publications have no number that anybody knows.
            return gettext("Said to be in line with the source")
        return gettext("Said to be in line with version %(number)s of the source") % {
            "number": beside.number
        }
    if beside.source == "upkeep":
        return upkeep_phrase(beside.what, beside.due_on, beside.name)
    return _answer_phrase(beside)


def upkeep_phrase(kind: str, due_on: date, owner: str) -> str:
    """An act of upkeep in words; ``owner`` is the new one, if it was handed over."""
    words = {"date": date_format(due_on, "DATE_FORMAT"), "owner": owner}
    if kind == UpkeepActKind.CONFIRMED:
        return gettext("Confirmed as still correct; next check by %(date)s") % words
    if kind == UpkeepActKind.POSTPONED:
        return gettext("Check postponed until %(date)s") % words
    if kind == UpkeepActKind.PLANNED:
        return gettext("Interval changed; next check by %(date)s") % words
    if kind == UpkeepActKind.DELEGATED and owner:
        return gettext("Handed over to %(owner)s") % words
    return capfirst(str(dict(UpkeepActKind.choices).get(kind, kind)))


def _answer_phrase(beside: Beside) -> str:
    words = {"name": beside.name}
    if beside.what == FlagState.CHANGED:
        return gettext("Text of “%(name)s” changed after a question") % words
    if beside.what == FlagState.CLOSED:
        return gettext("Question about “%(name)s” closed without change") % words
    return gettext("Question about “%(name)s” answered") % words
