"""Mentorships and evaluations as plain data, and a machine that compares the services with them.

:class:`Oracle` says what each act may do, from the order of acts and the table of rights alone:
it asks nothing of ``permissions`` or ``services``. :class:`Machine` lets hypothesis choose acts
and people, and after each act compares the answer, the records and the rows of history.
"""

import copy
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Assignment,
    DeputyWindow,
    Evaluation,
    FrameworkVersion,
    Mentorship,
    Rating,
    Sheet,
    Signature,
)
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.permissions import NotVisible, relations_of
from mentorship_cms.services import evaluations, mentorships, publishing, sheets
from mentorship_cms.services.content import digest_of, is_intact
from mentorship_cms.services.errors import StaleError
from tests import factories
from tests.conftest import make_user

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
#: Their tables, and those of their history, which take simple-history long to name.
TABLES = {model: model._meta.db_table for model in RECORDS}
HISTORY = [model.history.model._meta.db_table for model in RECORDS]


# -- The oracle


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


@dataclass
class OEvaluation:
    """An evaluation; ``corrects`` is the place of another in the list."""

    kind: str
    version: int
    talk: int
    id: uuid.UUID | None = None
    state: str = "draft"
    fixed: bool = False
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

    # Rights

    def in_window(self, who):
        return self.people.get("deputy") == who and any(
            one.person == who and not one.closed and one.first <= self.day <= one.last
            for one in self.windows
        )

    def mentors(self, who):
        return self.people["mentor"] == who or self.in_window(who)

    def knows(self, e, who):
        if self.mentors(who) or who == "coordinator":
            return True
        if self.people["mentee"] == who:
            return e.state != "discarded"
        return self.people["manager"] == who and e.state in REVEALED

    def side(self, e, who):
        if e.state == "discarded":
            return None
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
        return self.side(e, who) == side or (self.reads(e, who) and e.sheets[side].shared)

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
        if (talk, observed, situation) == (e.talk, e.observed, e.situation):
            return Counter()
        if revision != e.revision:
            raise Stale
        e.talk, e.observed, e.situation = talk, observed, situation
        e.revision += 1
        return self.rows("details", who, (Evaluation, "~"))

    def save(self, who, e, entries, general, fault):
        may(self.knows(e, who) and self.side(e, who))
        must(e.state in OPEN)
        side = self.side(e, who)
        sheet = copy.deepcopy(e.sheets.get(side)) or OSheet(version=e.version)
        must(not sheet.shared)
        must(fault not in ("foreign", "level", "answer", "long"))
        keys, levels = self.versions[sheet.version]
        stale = fault == "stale"
        conflict = False
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
        e.sheets[side] = sheet
        return Counter()

    def share(self, who, e, incomplete):
        may(self.knows(e, who) and self.side(e, who))
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
        may(self.knows(e, who) and self.side(e, who))
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
        rows = [(Signature, "+")]
        if role == "mentor":
            theirs = e.sheets.get("mentee")
            must("mentor" in e.sheets and e.sheets["mentor"].shared)
            must(theirs is None or theirs.shared or e.talk < self.day)
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
                sheets={"mentor": OSheet(old.version, general=old.general, ratings=ratings)},
                points=dict(e.points),
                outcomes=dict(e.outcomes),
            )
        )
        return self.rows("correct", who, (Evaluation, "+"), reason=reason)

    def discard(self, who, e, reason):
        may(self.mentors(who))
        must(e.state == "draft" and not e.fixed)
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
            for window in self.windows:
                if "deputy" in self.people and not window.closed and window.last >= self.day:
                    rows.append((DeputyWindow, "~"))
                    window.closed = True
        self.former = self.people.get(role, self.former)
        if person:
            self.people[role] = person
        else:
            del self.people[role]
        return self.rows("assign", who, *rows, reason=reason, capacity="coordinator")

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
        return self.rows("end", who, (Mentorship, "~"), reason=reason, capacity="coordinator")

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
        rows = [(Mentorship, "+"), *[(Assignment, "+")] * len(people)]
        return self.rows("create", who, *rows, capacity="coordinator")


# -- The world in which the services run


def day(offset):
    """The date that is ``offset`` days after the first."""
    return None if offset is None else FIRST_DAY.date() + timedelta(days=offset)


def offset_of(value: date | None):
    """How many days ``value`` comes after the first."""
    return None if value is None else (value - FIRST_DAY.date()).days


@contextmanager
def clock():
    """Let it be any time; yield a function that says how many days have passed."""
    state = {"day": 0, "tick": 0}

    def now():
        state["tick"] += 1
        return FIRST_DAY + timedelta(days=state["day"], microseconds=state["tick"])

    with mock.patch.object(timezone, "now", now):
        yield lambda passed: state.update(day=passed)


class World:
    """People, a small framework, and a mentorship in each state, made once through the acts."""

    STAGES = (
        "nothing",
        "started",
        "drafts",
        "one shared",
        "shared",
        "handed over",
        "taken over",
        "signed",
        "closed",
        "twice",
    )

    def __init__(self, *, locale, coordinator, administrator, set_day):
        self.set_day = set_day
        self.users = {"coordinator": coordinator, "admin": administrator}
        for name in PEOPLE:
            if name not in self.users:
                self.users[name] = make_user(name, first_name=name.title(), last_name="Person")
        self.names = {user.pk: name for name, user in self.users.items()}
        self.framework = factories.published_framework(locale=locale, areas=1)
        self.contents = self.make_contents(self.framework.versions.get().content)
        self.versions = [self.framework.versions.get()]
        self.past = self.last_rows()
        self.counts = Counter()
        self.starts = {}
        for stage in self.STAGES:
            self.begin(stage)
            self.starts[stage] = self.oracle

    def make_contents(self, first):
        """What the framework says at first, and in versions that may follow."""
        area = first.areas[0]
        one, two = area.competencies
        other = replace(one, key=str(uuid.UUID(int=1)), code="A3", title="Another")
        with_areas = lambda *found: replace(  # noqa: E731
            first, areas=(replace(area, competencies=found),)
        )
        level = replace(first.levels[1], key=str(uuid.UUID(int=2)), label="On one's own")
        return {
            "first": first,
            "reworded": with_areas(replace(one, criterion="In other words."), two),
            "competency": with_areas(one, other),
            "level": replace(first, levels=(first.levels[0], level)),
        }

    def begin(self, stage):
        """Make a mentorship and lead it to ``stage``."""
        self.oracle = Oracle(
            people={name: name for name in ("mentor", "mentee", "manager", "deputy")},
            versions=[self.keys_of(version) for version in self.versions],
        )
        self.set_day(0)
        self.records = self.dump()
        self.frozen = {}
        mentorship = mentorships.create_mentorship(
            user=self.users["coordinator"],
            framework=self.framework,
            context="newcomer",
            starts_on=day(-100),
            people={ROLES[role]: self.users[name] for role, name in self.oracle.people.items()},
        )
        self.oracle.id = mentorship.public_id
        self.past, self.records = self.last_rows(), self.dump()
        steps = {
            "started": 1,
            "drafts": 4,
            "one shared": 5,
            "shared": 6,
            "handed over": 7,
            "taken over": 4,
            "signed": 8,
            "closed": 10,
            "twice": 21,
        }
        for _ in range(steps.get(stage, 0)):
            self.onwards()
        if stage == "handed over":
            self.assign("coordinator", "mentor", "mentor2", "Left")
        elif stage == "taken over":
            self.open_window("mentor", self.oracle.day, self.oracle.day + 3, "Ill")

    def resume(self, stage):
        """Go on from a stage made before; the caller keeps the database as it was then."""
        self.oracle = copy.deepcopy(self.starts[stage])
        self.set_day(self.oracle.day)
        self.versions = self.versions[:1]
        self.past, self.records, self.frozen = self.last_rows(), self.dump(), {}

    @staticmethod
    def keys_of(version):
        content = version.content
        return (
            [competency.key for competency in content.competencies],
            [level.key for level in content.levels],
        )

    def publish(self, name):
        """Publish another version of the framework, past the admin, which takes longer."""
        content = self.contents[name]
        version = FrameworkVersion.objects.create(
            framework=self.framework,
            number=len(self.versions) + 1,
            language=self.versions[0].language,
            document=content.as_document(),
            digest=content.digest(),
            published_at=timezone.now(),
        )
        publishing._freeze_rows(version, content)
        self.versions.append(version)
        self.oracle.versions.append(self.keys_of(version))

    def pass_days(self, days):
        """Let time go by."""
        self.oracle.day += days
        self.set_day(self.oracle.day)

    # What is in the database

    def dump(self):
        """Every row of the records."""
        found = {}
        with connection.cursor() as cursor:
            for model in RECORDS:
                cursor.execute(f"SELECT * FROM {TABLES[model]} ORDER BY id")
                found[model] = cursor.fetchall()
        return found

    def last_rows(self):
        """The id of the last row in each table of history."""
        query = " UNION ALL ".join(
            f"SELECT {place}, COALESCE(MAX(history_id), 0) FROM {table}"
            for place, table in enumerate(HISTORY)
        )
        with connection.cursor() as cursor:
            cursor.execute(query)
            return dict(cursor.fetchall())

    def new_rows(self):
        """The rows of history that were added since the last time."""
        query = " UNION ALL ".join(
            f"SELECT {place}, history_id, history_type, act, capacity, history_user_id, "
            "history_change_reason, change_set, person_name FROM "
            f"{table} WHERE history_id > {self.past[place]}"
            for place, table in enumerate(HISTORY)
        )
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        for place, number, *_rest in rows:
            self.past[place] = max(self.past[place], number)
        return rows

    # One act

    def do(self, act, who, *arguments, call):
        """Let the oracle say what happens, let it happen, and compare."""
        oracle = self.oracle
        expected, found, made = None, None, None
        try:
            rows = getattr(oracle, act)(who, *arguments)
        except (Hidden, Refused, Stale) as error:
            expected, rows = type(error), Counter()
        try:
            made = call(self.users[who])
        except NotVisible:
            found = Hidden
        except ValidationError:
            found = Refused
        except StaleError:
            found = Stale
        told = (act, who, arguments)
        assert found is expected, f"{told}: {found} instead of {expected}"
        self.counts[act, expected.__name__ if expected else "accepted"] += 1
        written = self.new_rows()
        assert (
            Counter(
                (RECORDS[place].__name__, *row[:3], self.names[row[3]], row[4] or None)
                for place, _number, *row in written
            )
            == rows
        ), told
        assert len({row[7] for row in written}) <= 1 and all(row[7] for row in written), told
        user = self.users[who]
        names = {row[8] for row in written}
        assert names <= {user.get_full_name() or user.username}, told
        before, self.records = self.records, self.dump()
        if expected:
            assert self.records == before, f"{told} was refused, and left something"
        else:
            self.adopt(act, made)
            self.compare(told)
        return made

    def adopt(self, act, made):
        """Take over the ids that the database gave."""
        oracle = self.oracle
        if act in ("start", "correct"):
            e = oracle.evaluations[-1]
            e.id = made.public_id
            if act == "correct":
                ids = dict(made.action_points.values_list("text", "public_id"))
                e.points = {ids[text]: text for text in e.points.values()}
        if act == "open_window":
            oracle.windows[-1].id = made.public_id
        if act == "talk":
            e = next(e for e in oracle.evaluations if e.id == made.public_id)
            if None in e.points:
                text = e.points.pop(None)
                e.points[made.action_points.get(text=text).public_id] = text
        if act == "move":
            for e in oracle.evaluations:
                for side, sheet in e.sheets.items():
                    remark = Sheet.objects.get(evaluation__public_id=e.id, side=side).remark
                    assert remark.startswith(sheet.general)
                    sheet.general = remark

    def compare(self, told):
        """Hold the records of the mentorship against the oracle."""
        oracle = self.oracle
        stored = {
            row[0]: row[1:]
            for row in Evaluation.objects.filter(mentorship__public_id=oracle.id).values_list(
                "public_id",
                "kind",
                "state",
                "framework_version__number",
                "talk_on",
                "observed_on",
                "situation",
                "conclusion",
                "revision",
                "version_fixed_at",
                "pk",
            )
        }
        assert set(stored) == {e.id for e in oracle.evaluations}, told
        by_pk = {stored[e.id][9]: e for e in oracle.evaluations}
        for e in oracle.evaluations:
            *rest, fixed, _pk = stored[e.id]
            days = (day(e.talk), day(e.observed))
            assert rest == [
                *(e.kind, e.state, e.version + 1, *days),
                *(e.situation, e.conclusion, e.revision),
            ], told
            assert (fixed is not None) == e.fixed, told
        sheets = {}
        for pk, evaluation, side, shared_at, remark, revision in Sheet.objects.filter(
            evaluation__in=by_pk
        ).values_list("pk", "evaluation", "side", "shared_at", "remark", "revision"):
            sheet = by_pk[evaluation].sheets[side]
            said = (shared_at is not None, remark, revision)
            assert said == (sheet.shared, sheet.general, sheet.revision), told
            sheets[pk] = (sheet, {})
        assert len(sheets) == sum(len(e.sheets) for e in oracle.evaluations), told
        for pk, key, version, *said, level, remark, revision in Rating.objects.filter(
            sheet__in=sheets
        ).values_list(
            "sheet",
            "competency__key",
            "competency__version__number",
            "answer",
            "level__key",
            "remark",
            "revision",
        ):
            sheet, ratings = sheets[pk]
            assert version == sheet.version + 1, told
            ratings[str(key)] = [*said, str(level or ""), remark, revision]
        assert all(ratings == sheet.ratings for sheet, ratings in sheets.values()), told
        signatures = {}
        for evaluation, role, *said, person in Signature.objects.filter(
            evaluation__in=by_pk
        ).values_list("evaluation", "role", "verdict", "as_deputy", "disagrees", "person"):
            said.insert(1, self.names[person])
            role = {"line_manager": "manager"}.get(role, role)
            assert signatures.setdefault((evaluation, role), tuple(said)) == tuple(said), told
        assert signatures == {
            (pk, role): said for pk, e in by_pk.items() for role, said in e.signatures.items()
        }, told
        self.compare_frozen(by_pk, told)

    def compare_frozen(self, by_pk, told):
        """What was signed never changes, to the letter."""
        for pk, e in by_pk.items():
            if e.state not in FROZEN:
                continue
            sheets = {row[0] for row in self.rows_of(Sheet, "evaluation_id", {pk})}
            content = [
                self.rows_of(Sheet, "evaluation_id", {pk}),
                self.rows_of(Rating, "sheet_id", sheets),
                self.rows_of(ActionPoint, "evaluation_id", {pk}),
                self.rows_of(ActionOutcome, "evaluation_id", {pk}),
            ]
            assert self.frozen.setdefault(pk, content) == content, told

    def rows_of(self, model, column, values):
        place = [field.column for field in model._meta.concrete_fields].index(column)
        return [row for row in self.records[model] if row[place] in values]

    def check_sight(self, who):
        """Whether ``who`` reads exactly the sheets that they may, and knows what they may."""
        oracle = self.oracle
        found = Mentorship.objects.get(public_id=oracle.id)
        access = relations_of(self.users[who], found)
        by_id = {e.id: e for e in oracle.evaluations}
        for evaluation in found.evaluations.prefetch_related("sheets"):
            e = by_id[evaluation.public_id]
            one = access.to(evaluation)
            assert one.sees_state == oracle.knows(e, who), (who, e)
            assert one.may_read == oracle.reads(e, who), (who, e)
            for sheet in evaluation.sheets.all():
                sees = one.sees_state and one.sees_sheet(sheet)
                assert sees == oracle.sees_sheet(e, who, sheet.side), (who, sheet.side, e)

    def check_intact(self):
        """What was signed still has the digest that was signed."""
        frozen = [e.id for e in self.oracle.evaluations if e.state in FROZEN]
        for evaluation in Evaluation.objects.filter(public_id__in=frozen[-1:]):
            assert is_intact(evaluation)

    # The acts, with arguments in the terms of the oracle

    def right(self, role):
        """Who has ``role`` now, or stands in for it."""
        if role == "mentor":
            deputy = self.oracle.people.get("deputy")
            return deputy if self.oracle.in_window(deputy) else self.oracle.people["mentor"]
        return self.oracle.people.get(role, role)

    def start(self, who, kind, talk):
        return self.do(
            "start",
            who,
            kind,
            talk,
            call=lambda user: evaluations.start_evaluation(
                user=user, mentorship_id=self.oracle.id, kind=kind, talk_on=day(talk)
            ),
        )

    def details(self, who, e, talk, observed, situation, *, stale=False):
        revision = e.revision - stale
        return self.do(
            "details",
            who,
            e,
            revision,
            talk,
            observed,
            situation,
            call=lambda user: evaluations.change_details(
                user=user,
                evaluation_id=e.id,
                revision=revision,
                talk_on=day(talk),
                observed_on=day(observed),
                situation=situation,
            ),
        )

    def save(self, who, e, entries, general=None, fault=None):
        sheet = e.sheets.get(self.oracle.side(e, who)) or OSheet(version=e.version)
        keys, levels = self.oracle.versions[sheet.version]
        rows = []
        for slot, (answer, level, remark) in entries.items():
            rating = sheet.ratings.get(keys[slot])
            rows.append(
                sheets.Entry(
                    key=keys[slot],
                    answer=answer,
                    level_key=levels[level % len(levels)] if answer == "level" else "",
                    remark=remark,
                    revision=(rating[3] if rating else 0) - (fault == "stale"),
                )
            )
        if general is not None:
            revision = sheet.revision - (fault == "stale")
            rows.append(sheets.Entry("", None, remark=general, revision=revision))
        wrong = {
            "foreign": sheets.Entry(str(uuid.UUID(int=9)), "not_observed"),
            "level": sheets.Entry(keys[0], "level", str(uuid.UUID(int=9))),
            "answer": sheets.Entry(keys[0], "perhaps"),
            "long": sheets.Entry(keys[0], "not_observed", remark="x" * (LONGEST_TEXT + 1)),
        }
        if fault in wrong:
            rows = [row for row in rows if row.key != wrong[fault].key] + [wrong[fault]]
        return self.do(
            "save",
            who,
            e,
            entries,
            general,
            fault,
            call=lambda user: sheets.save_entries(
                user=user, evaluation_id=e.id, language="nl", entries=rows
            ),
        )

    def share(self, who, e, incomplete=False):
        return self.do(
            "share",
            who,
            e,
            incomplete,
            call=lambda user: evaluations.share_sheet(
                user=user, evaluation_id=e.id, incomplete=incomplete
            ),
        )

    def take_back(self, who, e, reason):
        return self.do(
            "take_back",
            who,
            e,
            reason,
            call=lambda user: evaluations.take_back_sheet(
                user=user, evaluation_id=e.id, reason=reason
            ),
        )

    def reveal(self, who, e):
        return self.do(
            "reveal",
            who,
            e,
            call=lambda user: evaluations.reveal_without_mentee(user=user, evaluation_id=e.id),
        )

    def talk(self, who, e, conclusion, *, keep=True, agree=False, outcome="", fault=None):
        asked = self.oracle.open_points(e)
        revision = e.revision - (fault == "stale")
        self.oracle.texts += 1
        text = f"Point {self.oracle.texts}" if agree else ""
        points = [
            evaluations.Point(text=old, owner="mentee", public_id=public_id)
            for public_id, old in e.points.items()
            if keep
        ]
        if text:
            points.append(evaluations.Point(text=text, owner="mentor"))
        if fault == "blank":
            points.append(evaluations.Point(text=" ", owner="mentor"))
        if fault == "gone":
            points.append(evaluations.Point(text="x", owner="mentor", public_id=uuid.UUID(int=9)))
        if fault == "foreign":
            key = str(uuid.UUID(int=9))
            points.append(evaluations.Point(text="x", owner="mentor", competency_keys=(key,)))
        if fault == "owner":
            points.append(evaluations.Point(text="x", owner="coordinator"))
        return self.do(
            "talk",
            who,
            e,
            conclusion,
            keep,
            text,
            outcome,
            fault,
            call=lambda user: evaluations.save_talk(
                user=user,
                evaluation_id=e.id,
                revision=revision,
                conclusion=conclusion,
                needs="",
                points=points,
                outcomes={next(iter(asked)): (outcome, "")} if outcome and asked else {},
            ),
        )

    def sign(self, who, e, *, seen=True, disagrees=False):
        digest = digest_of(Evaluation.objects.get(public_id=e.id)) if seen else "0" * 64
        return self.do(
            "sign",
            who,
            e,
            seen,
            disagrees,
            call=lambda user: evaluations.sign(
                user=user, evaluation_id=e.id, seen_digest=digest, disagrees=disagrees
            ),
        )

    def missing(self, who, e, role, verdict, reason):
        return self.do(
            "missing",
            who,
            e,
            role,
            verdict,
            reason,
            call=lambda user: evaluations.record_missing(
                user=user,
                evaluation_id=e.id,
                role=ROLES.get(role, role),
                verdict=verdict,
                reason=reason,
            ),
        )

    def correct(self, who, e, reason):
        return self.do(
            "correct",
            who,
            e,
            reason,
            call=lambda user: evaluations.start_correction(
                user=user, evaluation_id=e.id, reason=reason
            ),
        )

    def discard(self, who, e, reason):
        return self.do(
            "discard",
            who,
            e,
            reason,
            call=lambda user: evaluations.discard(user=user, evaluation_id=e.id, reason=reason),
        )

    def move(self, who, e):
        return self.do(
            "move",
            who,
            e,
            call=lambda user: evaluations.move_to_newest(user=user, evaluation_id=e.id),
        )

    def assign(self, who, role, person, reason=""):
        return self.do(
            "assign",
            who,
            role,
            person,
            reason,
            call=lambda user: mentorships.assign(
                user=user,
                public_id=self.oracle.id,
                role=ROLES.get(role, role),
                person=self.users[person] if person else None,
                reason=reason,
            ),
        )

    def open_window(self, who, first, last, reason=""):
        return self.do(
            "open_window",
            who,
            first,
            last,
            reason,
            call=lambda user: mentorships.open_window(
                user=user,
                public_id=self.oracle.id,
                starts_on=day(first),
                ends_on=day(last),
                reason=reason,
            ),
        )

    def close_window(self, who, window):
        return self.do(
            "close_window",
            who,
            window,
            call=lambda user: mentorships.close_window(
                user=user,
                public_id=self.oracle.id,
                window_id=window.id if window else uuid.UUID(int=9),
            ),
        )

    def end(self, who, reason=""):
        return self.do(
            "end",
            who,
            reason,
            call=lambda user: mentorships.end_mentorship(
                user=user, public_id=self.oracle.id, reason=reason
            ),
        )

    def describe(self, who, stage):
        return self.do(
            "describe",
            who,
            stage,
            call=lambda user: mentorships.describe_mentorship(
                user=user, public_id=self.oracle.id, stage=stage
            ),
        )

    def create(self, who, people):
        return self.do(
            "create",
            who,
            people,
            call=lambda user: mentorships.create_mentorship(
                user=user,
                framework=self.framework,
                context="newcomer",
                starts_on=day(0),
                people={ROLES[role]: self.users[name] for role, name in people.items()},
            ),
        )

    def onwards(self):
        """Do what comes next in the order of acts."""
        oracle = self.oracle
        e = oracle.evaluations[-1] if oracle.evaluations else None
        mentor, mentee = self.right("mentor"), self.right("mentee")
        full = {0: ("level", 0, "Well done"), 1: ("level", 1, "")}
        if e is None or e.state == "discarded" or (e.state == "closed" and e.corrects is not None):
            kind = "final" if any(x.kind == "interim" for x in oracle.evaluations) else "interim"
            return self.start(mentor, kind, oracle.day + 7)
        if e.state == "closed":
            return self.correct(mentor, e, "Wrong day")
        if e.state == "signed":
            return self.sign(self.right("mentee" if "manager" in e.signatures else "manager"), e)
        for who, side in ((mentor, "mentor"), (mentee, "mentee")):
            if side not in e.sheets and e.state == "draft" and e.corrects is None:
                return self.save(who, e, full, "Altogether")
            if side == "mentor" and e.observed is None:
                return self.details(who, e, e.talk, oracle.day, "At breakfast")
        for who, side in ((mentor, "mentor"), (mentee, "mentee")):
            if side in e.sheets and not e.sheets[side].shared:
                return self.share(who, e, True)
        if not e.conclusion:
            return self.talk(mentor, e, "Grows", agree=True, outcome="done")
        return self.sign(mentor, e)


@contextmanager
def new_world(**people):
    """A world of which the services see the days that it lets pass."""
    with clock() as set_day:
        yield World(set_day=set_day, **people)


# -- The machine


def people(role):
    """Mostly whoever has ``role``, and sometimes anybody."""
    return st.sampled_from([f"={role}"] * 16 + ["former"] * 4 + list(PEOPLE))


#: Which evaluation, counted from the newest.
WHICH = st.sampled_from([0, 0, 0, 0, 1, 2])
REASONS = st.sampled_from(["Because", "Because", "Because", ""])
ANSWERS = st.sampled_from(
    [
        ("level", 0, "Well done"),
        ("level", 1, ""),
        ("not_observed", 0, ""),
        ("not_applicable", 0, "No such work"),
        ("", 0, "Only a remark"),
        ("", 0, ""),
        (None, 0, "While typing"),
    ]
)


class Machine(RuleBasedStateMachine):
    """Random acts by random people, from a mentorship in any state."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    # More often from where a rule depends on the day.
    @initialize(stage=st.sampled_from([*World.STAGES, *["one shared", "signed"] * 2]))
    def begin(self, stage):
        self.world.resume(stage)

    @property
    def now(self):
        """How many days have passed."""
        return self.world.oracle.day

    def can_run(self):
        """Whether there is an evaluation, or may be one."""
        return bool(self.world.oracle.evaluations) or not self.world.oracle.ended

    def teardown(self):
        """Look at everything once more, and leave the database as it was."""
        try:
            self.world.check_intact()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)
            self.world.counts["sequences", "run"] += 1

    def who(self, name):
        """Who a name stands for: "=role" is whoever has it, "former" whoever had one last."""
        if name == "former":
            return self.world.oracle.former
        return self.world.right(name[1:]) if name.startswith("=") else name

    def chosen(self, which):
        """One of the evaluations; begins one when there is none."""
        found = self.world.oracle.evaluations
        if not found:
            self.world.start(self.world.right("mentor"), "interim", self.world.oracle.day + 3)
        return found[-1 - which % len(found)] if found else None


def run(machine, world, sequences, steps=8):
    """Run ``sequences`` random sequences; return how many were run to their end."""
    before = world.counts["sequences", "run"]
    run_state_machine_as_test(
        lambda: machine(world),
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[phase for phase in Phase if phase is not Phase.explain],
        ),
    )
    return world.counts["sequences", "run"] - before
