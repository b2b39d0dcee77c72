"""Two mentorships with a year of evaluations, told in fixtures/mentorships.json.

Everything is made by the plugin's services, each act by the person who does it, with the clock
at the moment when they do, so that history, signatures and versions tell one story. In between
the framework was edited: evaluations before that are on its first version.

A text of levels such as ``"21-x."`` holds one sign for each competency of an area, by its code:
the number of a level, ``-`` not observed, ``x`` not applicable, ``.`` nothing yet.
"""

from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial
from unittest import mock

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from intranet.demo_content import read_fixture
from mentorship_cms.choices import Answer, OpenedPart, Role, Side
from mentorship_cms.models import Assignment, CompetencyFramework
from mentorship_cms.permissions import evaluation_for
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.content import digest_of
from mentorship_cms.services.sheets import GENERAL, Entry, save_entries, version_for_language
from mentorship_cms.starter import key_of

#: Days ago on which the mentoring project was set up, and on which the framework was edited.
SETUP_AGE, EDIT_AGE = 400, 120
COORDINATOR = "coordinator"
#: How long after each other two acts on one evaluation happen at least.
PAUSE = timedelta(minutes=9)
ANSWERS = {"-": Answer.NOT_OBSERVED, "x": Answer.NOT_APPLICABLE}


# The clock


@contextmanager
def at(when):
    """Let everything inside happen at ``when``."""
    with mock.patch("django.utils.timezone.now", return_value=when):
        yield


def day(days):
    """The working day, so many days ago, or the last one before it; below 0 it is to come."""
    found = timezone.localdate() - timedelta(days=days)
    return found - timedelta(days=max(0, found.weekday() - 4))


def moment(days, clock):
    """A time of the working day, so many days ago."""
    return timezone.make_aware(datetime.combine(day(days), time.fromisoformat(clock)))


# The story


def load_mentorships(edit_framework):
    """Make the mentorships that are missing; ``edit_framework`` is called at its moment."""
    users = {user.get_username(): user for user in get_user_model().objects.all()}
    acts = [(moment(EDIT_AGE, "14:30"), edit_framework)]
    for record in read_fixture("mentorships")["mentorships"]:
        mentee = users[record["people"]["mentee"]]
        if not Assignment.objects.filter(person=mentee, role=Role.MENTEE).exists():
            acts += Story(record, users).acts()
    acts.sort(key=lambda act: act[0])
    with override_settings(MENTORSHIP_CMS_SEND_MAIL=False), transaction.atomic():
        for when, act in acts:
            with at(when):
                act()


class Story:
    """One mentorship as it is told."""

    def __init__(self, record, users):
        self.record = record
        self.users = users
        self.people = {role: users[name] for role, name in record["people"].items()}
        self.mentorship = None
        self.chapters = {}
        self.points = {}

    def acts(self):
        """Everything that happened, each with its moment."""
        record = self.record
        # The clock is elsewhere when something happens: days are counted from today.
        frame = dict(record["frame"])
        days = {"starts_on": day(frame.pop("starts")), "ends_on": day(frame.pop("ends"))}
        acts = [(moment(record["created"], "10:15"), partial(self.create, **frame, **days))]
        for stage in record["stages"]:
            acts.append((moment(stage["day"], "08:20"), partial(self.describe, stage["stage"])))
        for window in record["windows"]:
            days = {"starts_on": day(window["starts"]), "ends_on": day(window["ends"])}
            act = partial(self.open_window, window["by"], reason=window["reason"], **days)
            acts.append((moment(window["opened"], "16:40"), act))
        for told in record["evaluations"]:
            self.chapters[told["key"]] = chapter = Chapter(self, told)
            acts += chapter.acts()
        return acts

    def create(self, **frame):
        """The coordinator makes the mentorship."""
        framework = CompetencyFramework.objects.get(
            translation_key=key_of("framework.care"),
            locale__language_code=self.record["language"],
        )
        self.mentorship = mentorships.create_mentorship(
            user=self.users[COORDINATOR],
            people=self.people,
            framework=framework,
            **frame,
        )

    def describe(self, stage):
        """The coordinator says that the mentorship has come to another stage."""
        mentorships.describe_mentorship(
            user=self.users[COORDINATOR], public_id=self.mentorship.public_id, stage=stage
        )

    def open_window(self, username, **window):
        """Somebody lets the deputy take over."""
        mentorships.open_window(
            user=self.users[username], public_id=self.mentorship.public_id, **window
        )


class Chapter:
    """One evaluation as it is told."""

    def __init__(self, story, told):
        self.story, self.told = story, told
        self.evaluation = None
        is_deputy = told.get("by") == "deputy"
        self.mentor = story.people[Role.DEPUTY_MENTOR if is_deputy else Role.MENTOR]
        self.authors = {Side.MENTOR: self.mentor, Side.MENTEE: story.people[Role.MENTEE]}
        self.days = {name: day(told[name]) for name in ("talk", "observed") if name in told}
        self.due = [day(point["due"]) for point in told.get("points", ())]

    def acts(self):
        """Everything that happened, each with its moment, none before what comes before it."""
        told = self.told
        if "corrects" in told:
            planned = [
                (told["started"], "09:10", self.correct),
                (told["started"], "09:40", self.change),
            ]
        else:
            planned = [
                (told["started"], "09:10", self.start),
                (told["observed"], "17:05", self.describe),
            ]
        for side, clock in ((Side.MENTOR, "10:20"), (Side.MENTEE, "11:20")):
            planned += self.plan_sheet(side, clock)
        if "conclusion" in told:
            planned.append((told["talk"], "14:00", self.talk))
        for place, signature in enumerate(told.get("signatures", ())):
            clock = f"{15 + place}:10"
            planned.append((signature["day"], clock, partial(self.sign, signature)))
        if "missing" in told:
            missing = dict(told["missing"])
            planned.append((missing.pop("day"), "13:45", partial(self.record_missing, **missing)))
        acts, when = [], None
        for days, clock, act in sorted(planned, key=lambda one: (-one[0], one[1])):
            # Nobody does everything at the same minute of the hour.
            planned_for = moment(days, clock) + timedelta(minutes=days * 13 % 43)
            when = max(planned_for, when + PAUSE) if when else planned_for
            acts.append((when, act))
        return acts

    def plan_sheet(self, side, clock):
        """When a sheet is written, and shared if it is."""
        sheet = self.told.get(side)
        if sheet is None:
            return []
        planned, author = [], self.authors[side]
        if "ratings" in sheet:
            days = sheet["shared"] if "shared" in sheet else sheet["saved"]
            planned.append((days, clock, partial(self.write, author, sheet)))
        if "shared" in sheet:
            planned.append((sheet["shared"], f"{clock[:3]}55", partial(self.share, author)))
        return planned

    # The acts

    def start(self):
        """The mentor starts the evaluation."""
        self.evaluation = evaluations.start_evaluation(
            user=self.mentor,
            mentorship_id=self.story.mentorship.public_id,
            kind=self.told["kind"],
            talk_on=self.days["talk"],
        )

    def correct(self):
        """The mentor begins a correction of an earlier evaluation."""
        self.evaluation = evaluations.start_correction(
            user=self.mentor,
            evaluation_id=self.story.chapters[self.told["corrects"]].evaluation.public_id,
            reason=self.told["reason"],
        )

    def change(self):
        """The mentor sets some ratings of the copied sheet right."""
        codes = self.codes(self.evaluation.framework_version)
        entries = [
            self.entry(codes[code], self.evaluation.framework_version, sign, remark, revision=1)
            for code, (sign, remark) in self.told["changes"].items()
        ]
        self.save(self.mentor, entries, self.story.record["language"])

    def describe(self):
        """The mentor writes down what was watched, and when."""
        evaluations.change_details(
            user=self.mentor,
            evaluation_id=self.evaluation.public_id,
            revision=0,
            talk_on=self.days["talk"],
            observed_on=self.days["observed"],
            situation=self.told["situation"],
        )

    def write(self, user, sheet):
        """Somebody fills in their sheet, in their own language."""
        language = sheet.get("language", self.story.record["language"])
        version = version_for_language(self.evaluation, language)
        codes, remarks = self.codes(version), sheet.get("remarks", {})
        entries = [
            self.entry(codes[f"{area}{number}"], version, sign, remarks.get(f"{area}{number}", ""))
            for area, signs in sheet["ratings"].items()
            for number, sign in enumerate(signs, start=1)
            if sign != "."
        ]
        if "remark" in sheet:
            entries.append(Entry(key=GENERAL, answer=None, remark=sheet["remark"]))
        self.save(user, entries, language)

    def save(self, user, entries, language):
        """Save entries of a sheet."""
        save_entries(
            user=user,
            evaluation_id=self.evaluation.public_id,
            language=language,
            entries=entries,
        )

    @staticmethod
    def codes(version):
        """The keys of the competencies of a version by their codes."""
        return {competency.code: competency.key for competency in version.content.competencies}

    @staticmethod
    def entry(key, version, sign, remark, revision=0):
        """What a form says of one competency when ``sign`` was chosen."""
        if sign in ANSWERS:
            return Entry(key=key, answer=ANSWERS[sign], remark=remark, revision=revision)
        level = version.content.levels[int(sign) - 1]
        return Entry(
            key=key,
            answer=Answer.LEVEL,
            level_key=level.key,
            remark=remark,
            revision=revision,
        )

    def share(self, user):
        """Somebody shares their sheet."""
        evaluations.share_sheet(
            user=user,
            evaluation_id=self.evaluation.public_id,
            incomplete=self.told.get("incomplete", False),
        )

    def talk(self):
        """Mentor and mentee write down what they agreed, and what became of it since."""
        self.evaluation.refresh_from_db()
        codes = self.codes(self.evaluation.framework_version)
        asked = {point.text: point for point in evaluations.open_points(self.evaluation)}
        evaluations.save_talk(
            user=self.mentor,
            evaluation_id=self.evaluation.public_id,
            revision=self.evaluation.revision,
            conclusion=self.told["conclusion"],
            needs=self.told["needs"],
            points=[
                evaluations.Point(
                    text=point["text"],
                    owner=point["owner"],
                    due_on=due_on,
                    competency_keys=tuple(codes[code] for code in point["competencies"]),
                )
                for point, due_on in zip(self.told["points"], self.due, strict=True)
            ],
            outcomes={
                asked[self.story.points[key]].public_id: tuple(outcome)
                for key, outcome in self.told.get("outcomes", {}).items()
            },
        )
        self.story.points |= {point["key"]: point["text"] for point in self.told["points"]}

    def sign(self, signature):
        """Somebody opens the evaluation and signs it."""
        user = self.story.users[signature["by"]]
        access = evaluation_for(user, self.evaluation.public_id).access
        mentorships.record_opening(
            access, part=OpenedPart.EVALUATION, subject=self.evaluation.public_id
        )
        self.evaluation.refresh_from_db()
        evaluations.sign(
            user=user,
            evaluation_id=self.evaluation.public_id,
            seen_digest=digest_of(self.evaluation),
            remark=signature.get("remark", ""),
            disagrees=signature.get("disagrees", False),
        )

    def record_missing(self, **missing):
        """The mentor records that a signature is missing."""
        evaluations.record_missing(
            user=self.mentor, evaluation_id=self.evaluation.public_id, **missing
        )
