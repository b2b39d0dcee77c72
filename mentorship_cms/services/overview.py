"""What the pages of mentorships show: who, when, and how far their evaluations are. Reads only.

Nothing here loads what somebody wrote in an evaluation, except action points for who may read.
"""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, QuerySet

from ..choices import EvaluationState, Role
from ..models import ActionPoint, Assignment, Evaluation, Mentorship, Opening
from ..models.mentorships import ASSIGNED_ROLES
from ..permissions import Access, today
from .evaluations import superseded, unsettled_points
from .people import people_like, tidy

#: What a list shows of an evaluation; texts stay in the database.
LISTED = (
    "public_id",
    "mentorship",
    "kind",
    "state",
    "corrects",
    "talk_on",
    "observed_on",
    "created_at",
    "signed_at",
)
#: How many openings of a record stand unfolded.
NEWEST_OPENINGS = 20
#: How many stand on the page at all; the mentee's record has every one.
MOST_OPENINGS = 100


# -- One mentorship


@dataclass(frozen=True)
class EvaluationRow:
    """An evaluation in a list; ``corrects`` is the one it corrects, where that is in the list.

    ``is_replaced`` says that a signed correction took its place, ``takes_part`` that there is
    more for the person than state and date.
    """

    evaluation: Evaluation
    corrects: Evaluation | None = None
    is_replaced: bool = False
    takes_part: bool = False


def evaluation_rows(access: Access) -> list[EvaluationRow]:
    """The evaluations of which the person may know, newest first, each before its corrections.

    One query.
    """
    evaluations = list(access.evaluations().only(*LISTED))
    by_id = {evaluation.pk: evaluation for evaluation in evaluations}
    corrections: dict[int | None, list[Evaluation]] = {}
    for evaluation in evaluations:
        target = evaluation.corrects_id if evaluation.corrects_id in by_id else None
        corrections.setdefault(target, []).append(evaluation)
    replaced = superseded(evaluations)

    def rows(target):
        for evaluation in corrections.get(target, ()):
            yield EvaluationRow(
                evaluation,
                corrects=by_id.get(target),
                is_replaced=evaluation.pk in replaced,
                takes_part=access.to(evaluation).takes_part,
            )
            yield from rows(evaluation.pk)

    return list(rows(None))


@dataclass(frozen=True)
class PointRow:
    """An action point that is still open, with the name of whoever has its role now."""

    point: ActionPoint
    person: object
    is_late: bool


def open_points_for(access: Access) -> list[PointRow]:
    """What was agreed and is still to be done, for who reads the record. One query."""
    if not access.may_read_record:
        return []
    points = (
        unsettled_points()
        .filter(evaluation__mentorship=access.mentorship.pk)
        .select_related("evaluation")
        .order_by(F("due_on").asc(nulls_last=True), "evaluation__signed_at", "position")
    )
    day = today()
    return [
        PointRow(point, access.person(point.owner), point.due_on is not None and point.due_on < day)
        for point in points
    ]


@dataclass(frozen=True)
class OpeningRow:
    """Somebody's opening of an evaluation, or of the record as a whole (None)."""

    opening: Opening
    evaluation: Evaluation | None


@dataclass(frozen=True)
class Openings:
    """Who opened the record: ``newest`` stand unfolded, and there may be ``more`` than these."""

    newest: list[OpeningRow]
    older: list[OpeningRow]
    more: bool = False


def openings_for(access: Access, rows: list[EvaluationRow]) -> Openings:
    """Who opened the mentee's record, newest first: for the mentee alone. One query."""
    if not access.is_mentee:
        return Openings([], [])
    subjects = {row.evaluation.public_id: row.evaluation for row in rows}
    found = [
        OpeningRow(opening, subjects.get(opening.subject))
        for opening in access.mentorship.openings.all()[: MOST_OPENINGS + 1]
    ]
    return Openings(
        found[:NEWEST_OPENINGS],
        found[NEWEST_OPENINGS:MOST_OPENINGS],
        more=len(found) > MOST_OPENINGS,
    )


def participants(access: Access) -> list[Assignment]:
    """Who takes part now, in the order of the roles."""
    return sorted(access.assignments, key=lambda item: ASSIGNED_ROLES.index(item.role))


# -- All mentorships


@dataclass(frozen=True)
class MentorshipRow:
    """A mentorship in the coordinator's list, with its people and its newest evaluation."""

    mentorship: Mentorship
    people: dict
    newest: Evaluation | None

    @property
    def mentee(self):
        return self.people.get(Role.MENTEE)

    @property
    def mentor(self):
        return self.people.get(Role.MENTOR)

    @property
    def line_manager(self):
        return self.people.get(Role.LINE_MANAGER)


def find_mentorships(*, text: str = "", state: str = "") -> QuerySet[Mentorship]:
    """All mentorships, those that run first.

    ``state`` is "running", "ended" or "" for both; each word of ``text`` occurs in the names or
    addresses of one of those who take part.
    """
    mentorships = Mentorship.objects.select_related("framework__locale").order_by(
        F("ended_at").desc(nulls_first=True), "-starts_on", "pk"
    )
    if state:
        mentorships = mentorships.filter(ended_at__isnull=state == "running")
    if tidy(text):
        people = Assignment.objects.filter(
            mentorship=OuterRef("pk"), ended_at__isnull=True, person__in=people_like(text)
        )
        mentorships = mentorships.filter(Exists(people))
    return mentorships


def mentorship_rows(mentorships) -> list[MentorshipRow]:
    """The rows of a page of mentorships. Two queries."""
    mentorships = list(mentorships)
    keys = [mentorship.pk for mentorship in mentorships]
    people: dict[int, dict] = {key: {} for key in keys}
    for item in Assignment.objects.filter(
        mentorship__in=keys, ended_at__isnull=True
    ).select_related("person"):
        people[item.mentorship_id][item.role] = item.person
    evaluations = Evaluation.objects.filter(mentorship__in=keys).exclude(
        state=EvaluationState.DISCARDED
    )
    # The newest comes last, and stays.
    newest = {
        evaluation.mentorship_id: evaluation
        for evaluation in evaluations.only(*LISTED).order_by("created_at", "pk")
    }
    return [
        MentorshipRow(mentorship, people[mentorship.pk], newest.get(mentorship.pk))
        for mentorship in mentorships
    ]
