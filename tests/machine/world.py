"""The world in which the services run: each act is done by them and by the oracle, and compared."""

import copy
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from unittest import mock

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Evaluation,
    FrameworkVersion,
    Mentorship,
    Rating,
    Sheet,
    Signature,
)
from mentorship_cms.permissions import NotVisible, relations_of
from mentorship_cms.services import mentorships, publishing
from mentorship_cms.services.content import is_intact
from mentorship_cms.services.errors import StaleError
from tests import factories
from tests.factories import make_user
from tests.machine.acts import Acts, day
from tests.machine.oracle import (
    FIRST_DAY,
    FROZEN,
    PEOPLE,
    RECORDS,
    ROLES,
    Hidden,
    Oracle,
    Refused,
    Stale,
)

#: Their tables, and those of their history, which take simple-history long to name.
TABLES = {model: model._meta.db_table for model in RECORDS}
HISTORY = [model.history.model._meta.db_table for model in RECORDS]


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


class World(Acts):
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
        for one in self.starts.values():
            one.elsewhere = [
                other.people["mentor"] for other in self.starts.values() if other is not one
            ]

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
        # One of a kind runs at a time: the other stages have ended for the moment.
        others = Mentorship.objects.filter(ended_at__isnull=True)
        others = list(others.values_list("pk", flat=True))
        Mentorship.objects.filter(pk__in=others).update(ended_at=timezone.now())
        mentorship = mentorships.create_mentorship(
            user=self.users["coordinator"],
            framework=self.framework,
            context="newcomer",
            starts_on=day(-100),
            people={ROLES[role]: self.users[name] for role, name in self.oracle.people.items()},
        )
        Mentorship.objects.filter(pk__in=others).update(ended_at=None)
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
                "announced_on",
                "observed_on",
                "situation",
                "conclusion",
                "revision",
                "version_fixed_at",
                "pk",
            )
        }
        assert set(stored) == {e.id for e in oracle.evaluations}, told
        by_pk = {stored[e.id][-1]: e for e in oracle.evaluations}
        for e in oracle.evaluations:
            *rest, fixed, _pk = stored[e.id]
            days = (day(e.talk), day(e.announced), day(e.observed))
            assert rest == [
                *(e.kind, e.state, e.version + 1, *days),
                *(e.situation, e.conclusion, e.revision),
            ], told
            assert (fixed is not None) == e.fixed, told
        sheets = {}
        for stored in Sheet.objects.filter(evaluation__in=by_pk):
            sheet = by_pk[stored.evaluation_id].sheets[stored.side]
            said = (stored.is_shared, stored.remark, stored.revision)
            assert said == (sheet.shared, sheet.general, sheet.revision), told
            assert (self.names[stored.author_id], stored.as_deputy) == sheet.author, told
            writers = [(self.names[int(one.person)], one.as_deputy) for one in stored.writers]
            assert writers == sheet.writers, told
            sheets[stored.pk] = (sheet, {})
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


@contextmanager
def new_world(**people):
    """A world of which the services see the days that it lets pass."""
    with clock() as set_day:
        yield World(set_day=set_day, **people)
