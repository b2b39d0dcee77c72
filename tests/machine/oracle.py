"""Mentorships and evaluations as plain data: what each act may do, and what it leaves.

:class:`Oracle` says it from the order of acts and the table of rights alone: it asks nothing of
``permissions`` or ``services``.
"""

import copy
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Assignment,
    DeputyWindow,
    Evaluation,
    Mentorship,
    Rating,
    Sheet,
    Signature,
)
from mentorship_cms.models.evaluations import LONGEST_TEXT

#: Who can appear. The first five have a role in the beginning.
PEOPLE = (
    "mentor",
    "mentee",
    "manager",
    "deputy",
    "coordinator",
    "admin",
    "stranger",
    "mentor2",
    "manager2",
    "deputy2",
)
ROLES = {
    "mentor": "mentor",
    "mentee": "mentee",
    "manager": "line_manager",
    "deputy": "deputy_mentor",
}
#: The day on which everything begins, at noon.
FIRST_DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SIGNATURE_DAYS = 14
OPEN = ("draft", "shared")
REVEALED = ("shared", "signed", "closed")
FROZEN = ("signed", "closed")
RECORDS = (
    Mentorship,
    Assignment,
    DeputyWindow,
    Evaluation,
    Sheet,
    Rating,
    ActionPoint,
    ActionOutcome,
    Signature,
)


class Hidden(Exception):
    """There is nothing here for this person."""


class Refused(Exception):
    """This cannot be done, or not so."""


class Stale(Exception):
    """Somebody else saved in between."""


def must(condition):
    """Refuse unless ``condition`` holds."""
    if not condition:
        raise Refused


def may(condition):
    """Hide unless ``condition`` holds."""
    if not condition:
        raise Hidden


@dataclass
class OSheet:
    """One side's sheet. A rating is [answer, key of the level, remark, revision]."""

    version: int
    shared: bool = False
    recorded: bool = False
    general: str = ""
    revision: int = 0
    ratings: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)
    #: Who answers for it, and everybody who wrote in it: the name, and whether as deputy.
    author: tuple | None = None
    writers: list = field(default_factory=list)


@dataclass
class OEvaluation:
    """An evaluation; ``corrects`` is the place of another in the list."""

    kind: str
    version: int
    talk: int
    id: uuid.UUID | None = None
    state: str = "draft"
    fixed: bool = False
    announced: int | None = None
    observed: int | None = None
    situation: str = ""
    revision: int = 0
    conclusion: str = ""
    corrects: int | None = None
    sheets: dict = field(default_factory=dict)
    points: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)
    signatures: dict = field(default_factory=dict)
    signed_on: int | None = None


@dataclass
class OWindow:
    """Days on which the deputy acts."""

    person: str
    first: int
    last: int
    closed: bool = False
    id: uuid.UUID | None = None


@dataclass
class Oracle:
    """One mentorship, what day it is, and which versions of the framework there are."""

    people: dict
    versions: list
    day: int = 0
    id: uuid.UUID | None = None
    stage: str = "preparation"
    ended: bool = False
    windows: list = field(default_factory=list)
    evaluations: list = field(default_factory=list)
    texts: int = 0
    former: str = "stranger"
    #: Who mentors the same mentee on the same framework in other mentorships that run.
    elsewhere: list = field(default_factory=list)

    # Rights

    def in_window(self, who):
        return self.people.get("deputy") == who and any(
            one.person == who and not one.closed and one.first <= self.day <= one.last
            for one in self.windows
        )

    def mentors(self, who):
        return self.people["mentor"] == who or self.in_window(who)

    def knows(self, e, who):
        if self.mentors(who) or who in ("coordinator", self.people["mentee"]):
            return True
        return self.people["manager"] == who and e.state in REVEALED

    def side(self, e, who):
        return None if e.state == "discarded" else self.own(e, who)

    def own(self, e, who):
        """The side that is the person's own, also of what was dropped."""
        if self.mentors(who):
            return "mentor"
        if self.people["mentee"] == who and e.corrects is None:
            return "mentee"
        return None

    def reads(self, e, who):
        return e.state in REVEALED and (
            self.mentors(who) or who in (self.people["mentee"], self.people["manager"])
        )

    def sees_sheet(self, e, who, side):
        """Whether ``who`` reads the sheet: their own, or the other's once both are revealed."""
        if not self.knows(e, who):
            return False
        return self.own(e, who) == side or (self.reads(e, who) and e.sheets[side].shared)

    def capacity(self, who):
        for role, person in self.people.items():
            if person == who:
                return ROLES[role]
        return "coordinator" if who == "coordinator" else ""

    def rows(self, act, who, *rows, reason="", capacity=None):
        """The rows of history of an act, from pairs of a model and a kind of change."""
        capacity = self.capacity(who) if capacity is None else capacity
        return Counter(
            (model.__name__, change, act, capacity, who, reason or None) for model, change in rows
        )

    # Acts on evaluations: each returns the rows of history, and changes the oracle

    def start(self, who, kind, talk):
        may(self.mentors(who))
        must(not self.ended)
        must(kind in ("start", "interim", "final", "extra"))
        must(not any(e.kind == kind and e.state in OPEN for e in self.evaluations))
        self.evaluations.append(OEvaluation(kind, len(self.versions) - 1, talk))
        return self.rows("start", who, (Evaluation, "+"))

    def details(self, who, e, revision, talk, observed, situation):
        may(self.mentors(who))
        must(e.state in OPEN)
        must(len(situation) <= LONGEST_TEXT)
        must(observed is None or -466 <= observed <= self.day)
        announced = e.announced
        if talk != e.talk:
            over = talk < self.day and e.corrects is None
            must(not over or e.state == "shared" or e.talk < self.day)
            announced = self.waits_until(e) if over and e.state == "shared" else None
        if (talk, observed, situation) == (e.talk, e.observed, e.situation):
            return Counter()
        if revision != e.revision:
            raise Stale
        e.talk, e.observed, e.situation = talk, observed, situation
        e.announced = announced
        e.revision += 1
        return self.rows("details", who, (Evaluation, "~"))

    def waits_until(self, e):
        """The date of the talk as the mentee was told it."""
        return e.talk if e.announced is None else e.announced

    def save(self, who, e, entries, general, fault):
        may(self.knows(e, who) and self.own(e, who))
        must(e.state in OPEN)
        side = self.side(e, who)
        sheet = copy.deepcopy(e.sheets.get(side)) or OSheet(version=e.version)
        must(not sheet.shared)
        must(fault not in ("foreign", "level", "answer", "long"))
        keys, levels = self.versions[sheet.version]
        stale = fault == "stale"
        conflict = False
        before = copy.deepcopy((sheet.ratings, sheet.general))
        for slot, (answer, level, remark) in entries.items():
            key = keys[slot]
            rating = sheet.ratings.get(key)
            level = levels[level % len(levels)] if answer == "level" else ""
            if rating is None:
                if answer or remark:
                    sheet.ratings[key] = [answer or "", level, remark, 1]
                continue
            if answer is None:
                answer, level = rating[:2]
            if [answer, level, remark] != rating[:3]:
                conflict = conflict or stale
                sheet.ratings[key] = [answer, level, remark, rating[3] + 1]
        if general is not None and general != sheet.general:
            conflict = conflict or stale
            sheet.general = general
            sheet.revision += 1
        if conflict:
            raise Stale
        if side not in e.sheets or before != (sheet.ratings, sheet.general):
            sheet.author = (who, self.in_window(who))
            if sheet.author not in sheet.writers:
                sheet.writers.append(sheet.author)
        e.sheets[side] = sheet
        return Counter()

    def share(self, who, e, incomplete):
        may(self.knows(e, who) and self.own(e, who))
        must(e.state in OPEN)
        side = self.side(e, who)
        sheet = e.sheets.get(side)
        must(sheet and not sheet.shared)
        rated = [rating for rating in sheet.ratings.values() if rating[0]]
        must(rated)
        must(incomplete or len(rated) == len(self.versions[sheet.version][0]))
        must(side == "mentee" or e.observed is not None)
        rows = [(Sheet, "~" if sheet.recorded else "+")]
        for key, rating in sheet.ratings.items():
            said = tuple(rating[:3])
            if said != sheet.told.get(key, ("", "", "")):
                rows.append((Rating, "~" if key in sheet.told else "+"))
                sheet.told[key] = said
        sheet.shared = sheet.recorded = True
        sheet.author = (who, self.in_window(who))
        needed = ["mentor"] if e.corrects is not None else ["mentor", "mentee"]
        reveal = e.state == "draft" and all(
            one in e.sheets and e.sheets[one].shared for one in needed
        )
        if reveal or not e.fixed:
            rows.append((Evaluation, "~"))
        e.fixed = True
        e.state = "shared" if reveal else e.state
        return self.rows("share", who, *rows)

    def take_back(self, who, e, reason):
        may(self.knows(e, who) and self.own(e, who))
        must(e.state in OPEN)
        sheet = e.sheets.get(self.side(e, who))
        must(sheet and sheet.shared and reason)
        sheet.shared = False
        return self.rows("take_back", who, (Sheet, "~"), reason=reason)

    def reveal(self, who, e):
        may(self.mentors(who))
        must(e.state == "draft" and e.talk < self.day)
        must("mentor" in e.sheets and e.sheets["mentor"].shared)
        e.state = "shared"
        return self.rows("reveal", who, (Evaluation, "~"))

    def open_points(self, e):
        """What was agreed before, still stands, and is not settled."""
        place = self.evaluations.index(e)
        frozen = {i: x for i, x in enumerate(self.evaluations) if x.state in FROZEN and i != place}
        replaced = {x.corrects for x in frozen.values()} | {e.corrects}
        standing = {i: x for i, x in frozen.items() if i not in replaced}
        settled = {
            point
            for x in standing.values()
            for point, outcome in x.outcomes.items()
            if outcome in ("done", "dropped")
        }
        points = {}
        for x in standing.values():
            repeated = set()
            if x.corrects is not None:
                before = self.evaluations[x.corrects].points
                repeated = {text for point, text in before.items() if point in settled}
            for point, text in x.points.items():
                if point not in settled and text not in repeated:
                    points[point] = text
        return points

    def talk(self, who, e, conclusion, keep, text, outcome, fault):
        may(self.knows(e, who) and (self.mentors(who) or who == self.people["mentee"]))
        must(e.state == "shared")
        if fault == "stale":
            raise Stale
        must(fault is None)
        e.conclusion = conclusion
        e.revision += 1
        if not keep:
            e.points = {}
        if text:
            e.points[None] = text
        asked = self.open_points(e)
        e.outcomes = {next(iter(asked)): outcome} if outcome and asked else {}
        return Counter()

    def sign(self, who, e, seen, disagrees):
        may(self.knows(e, who))
        may(self.side(e, who) or self.reads(e, who))
        if self.mentors(who):
            must(e.state == "shared")
            role = "mentor"
        else:
            must(e.state == "signed")
            role = "manager" if who == self.people["manager"] else "mentee"
        must(role == "mentee" or not disagrees)
        must(role not in e.signatures)
        must(
            not any(
                person == who and verdict in ("signed", "seen")
                for verdict, person, *_rest in e.signatures.values()
            )
        )
        rows = [(Signature, "+")]
        if role == "mentor":
            theirs = e.sheets.get("mentee")
            must("mentor" in e.sheets and e.sheets["mentor"].shared)
            must(theirs is None or theirs.shared or self.waits_until(e) < self.day)
            must(e.observed is not None and e.conclusion)
        if not seen:
            raise Stale
        if role == "mentor":
            e.state, e.signed_on = "signed", self.day
            rows += [(Evaluation, "~")]
            rows += [(ActionPoint, "+")] * len(e.points)
            rows += [(ActionOutcome, "+")] * len(e.outcomes)
        verdict = "seen" if role == "mentee" else "signed"
        e.signatures[role] = (verdict, who, role == "mentor" and self.in_window(who), disagrees)
        return self.rows("sign", who, *rows, *self.close(e))

    def missing(self, who, e, role, verdict, reason):
        may(self.mentors(who))
        must(e.state == "signed")
        must(role in ("manager", "mentee") and verdict in ("refused", "absent") and reason)
        must(self.day >= e.signed_on + SIGNATURE_DAYS)
        must(role not in e.signatures)
        e.signatures[role] = (verdict, self.people[role], False, False)
        return self.rows("missing", who, (Signature, "+"), *self.close(e), reason=reason)

    def close(self, e):
        if len(e.signatures) < 3:
            return []
        e.state = "closed"
        return [(Evaluation, "~")]

    def correct(self, who, e, reason):
        may(self.mentors(who))
        must(e.state in FROZEN and reason)
        place = self.evaluations.index(e)
        must(not any(x.corrects == place and x.state != "discarded" for x in self.evaluations))
        old = copy.deepcopy(e.sheets["mentor"])
        ratings = {key: [*rating[:3], 1] for key, rating in old.ratings.items()}
        self.evaluations.append(
            OEvaluation(
                "correction",
                e.version,
                max(self.day, e.talk),
                observed=e.observed,
                situation=e.situation,
                conclusion=e.conclusion,
                corrects=place,
                sheets={
                    "mentor": OSheet(
                        old.version,
                        general=old.general,
                        ratings=ratings,
                        author=(who, self.in_window(who)),
                        writers=old.writers,
                    )
                },
                points=dict(e.points),
                outcomes=dict(e.outcomes),
            )
        )
        return self.rows("correct", who, (Evaluation, "+"), reason=reason)

    def discard(self, who, e, reason):
        may(self.mentors(who))
        must(e.state == "draft" and not any(sheet.shared for sheet in e.sheets.values()))
        e.state = "discarded"
        return self.rows("discard", who, (Evaluation, "~"), reason=reason)

    def move(self, who, e):
        may(self.mentors(who))
        must(e.state == "draft" and not e.fixed and e.corrects is None)
        newest = len(self.versions) - 1
        if e.version == newest:
            return Counter()
        e.version = newest
        keys, levels = self.versions[newest]
        for sheet in e.sheets.values():
            sheet.version = newest
            sheet.revision += 1
            for key, (answer, level, remark, revision) in list(sheet.ratings.items()):
                if key not in keys:
                    # The words go to the general remark, whose text the comparison takes over.
                    del sheet.ratings[key]
                elif level and level not in levels:
                    sheet.ratings[key] = ["", "", remark, revision + 1]
                else:
                    sheet.ratings[key] = [answer, level, remark, revision + 1]
        return self.rows("move", who, (Evaluation, "~"))

    # Acts on the mentorship

    def assign(self, who, role, person, reason):
        may(who == "coordinator")
        must(role in ("mentor", "manager", "deputy"))
        must(person or role == "deputy")
        if self.people.get(role) == person:
            return Counter()
        must(person is None or person not in self.people.values())
        must(reason or role not in self.people)
        rows = [(Assignment, "+")] * bool(person) + [(Assignment, "~")] * (role in self.people)
        if role == "deputy":
            rows += self.close_windows()
        self.former = self.people.get(role, self.former)
        if person:
            self.people[role] = person
        else:
            del self.people[role]
        return self.rows("assign", who, *rows, reason=reason, capacity="coordinator")

    def close_windows(self):
        """Take the work back from the deputy; the rows of history."""
        open_ones = [
            window
            for window in self.windows
            if "deputy" in self.people and not window.closed and window.last >= self.day
        ]
        for window in open_ones:
            window.closed = True
        return [(DeputyWindow, "~")] * len(open_ones)

    def open_window(self, who, first, last, reason):
        may(who in (self.people["mentor"], "coordinator"))
        must(not self.ended and "deputy" in self.people)
        must(who == self.people["mentor"] or reason)
        must(self.day <= last and first <= last)
        must(
            not any(
                one.person == self.people["deputy"]
                and not one.closed
                and one.first <= last
                and first <= one.last
                for one in self.windows
            )
        )
        self.windows.append(OWindow(self.people["deputy"], first, last))
        capacity = "mentor" if who == self.people["mentor"] else "coordinator"
        return self.rows("open_window", who, (DeputyWindow, "+"), reason=reason, capacity=capacity)

    def close_window(self, who, window):
        may(who in (self.people["mentor"], "coordinator"))
        may(window is not None)
        if window.closed or window.last < self.day:
            return Counter()
        window.closed = True
        capacity = "mentor" if who == self.people["mentor"] else "coordinator"
        return self.rows("close_window", who, (DeputyWindow, "~"), capacity=capacity)

    def end(self, who, reason):
        may(who == "coordinator")
        if self.ended:
            return Counter()
        must(not any(e.state in OPEN for e in self.evaluations))
        self.ended = True
        rows = [(Mentorship, "~"), *self.close_windows()]
        return self.rows("end", who, *rows, reason=reason, capacity="coordinator")

    def describe(self, who, stage):
        may(who == "coordinator")
        must(stage in ("welcome", "guidance", "conclusion"))
        if self.stage == stage:
            return Counter()
        self.stage = stage
        return self.rows("describe", who, (Mentorship, "~"), capacity="coordinator")

    def create(self, who, people):
        may(who == "coordinator")
        must({"mentor", "mentee", "manager"} <= set(people))
        must(len(set(people.values())) == len(people))
        # The mentee of all stages is the same, and so is the framework.
        mentors = {*self.elsewhere, *([] if self.ended else [self.people["mentor"]])}
        must(people["mentee"] != "mentee" or people["mentor"] not in mentors)
        if people["mentee"] == "mentee":
            self.elsewhere.append(people["mentor"])
        rows = [(Mentorship, "+"), *[(Assignment, "+")] * len(people)]
        return self.rows("create", who, *rows, capacity="coordinator")
