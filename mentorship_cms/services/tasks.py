"""What is due for a person, and the mentorships they take part in. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.urls import reverse

from ..choices import FROZEN_STATES, EvaluationState, Role, Side
from ..models import ActionPoint, Evaluation, Mentorship, Sheet, Signature
from ..permissions import Access, EvaluationAccess, all_relations_of, today
from .evaluations import missing_from, unsettled_points

#: Action points are shown from so many days before their date.
NOTICE_DAYS = 14


class TaskKind(models.TextChoices):
    """What there is to do."""

    WRITE = "write"
    REVEAL = "reveal"
    PREPARE = "prepare"
    TALK = "talk"
    SIGN = "sign"
    MISSING = "missing"
    POINT = "point"


#: The page on which each is done.
PAGES = {
    TaskKind.WRITE: "sheet",
    TaskKind.REVEAL: "evaluation_reveal",
    TaskKind.PREPARE: "evaluation",
    TaskKind.TALK: "talk",
    TaskKind.SIGN: "sign",
    TaskKind.MISSING: "signature_missing",
    TaskKind.POINT: "evaluation",
}
#: What becomes possible on its date, or is past helping after it: never late.
NEVER_LATE = (TaskKind.REVEAL, TaskKind.PREPARE, TaskKind.MISSING)


@dataclass(frozen=True)
class Task:
    """Something that waits for one person, with the page on which it is done.

    ``capacity`` is the role in which they do it; ``point`` is set for an action point alone.
    """

    kind: TaskKind
    access: Access
    evaluation: Evaluation
    due_on: date
    capacity: str
    point: ActionPoint | None = None

    @property
    def mentorship(self) -> Mentorship:
        return self.access.mentorship

    @property
    def mentee(self):
        """The person whose path it is."""
        return self.access.person(Role.MENTEE)

    @property
    def is_own(self) -> bool:
        """Whether the person is the mentee."""
        return self.capacity == Role.MENTEE

    @property
    def address(self) -> str:
        """The page on which it is done."""
        address = reverse(f"mentorship_cms:{PAGES[self.kind]}", args=[self.evaluation.public_id])
        return f"{address}#action-points" if self.point else address

    @property
    def is_overdue(self) -> bool:
        """Whether the day has passed on which it was due."""
        return self.kind not in NEVER_LATE and self.due_on < today()

    @property
    def is_due_today(self) -> bool:
        return self.kind not in NEVER_LATE and self.due_on == today()

    @property
    def as_deputy(self) -> bool:
        """Whether the person does it in the mentor's place."""
        return self.capacity == Role.DEPUTY_MENTOR and self.point is None


@dataclass(frozen=True)
class Place:
    """A mentorship in which a person has a role, with the last evaluation open to them."""

    access: Access
    last: Evaluation | None

    @property
    def mentorship(self) -> Mentorship:
        return self.access.mentorship

    @property
    def mentee(self):
        """The person whose path it is."""
        return self.access.person(Role.MENTEE)

    @property
    def mentor(self):
        return self.access.person(Role.MENTOR)

    @property
    def role(self) -> Role:
        """The role that the person has."""
        return Role(self.access.capacity)


@dataclass(frozen=True)
class Desk:
    """What a person finds when they come in: tasks, the most pressing first, and mentorships."""

    tasks: list[Task]
    places: list[Place]

    @property
    def running(self) -> list[Place]:
        return [place for place in self.places if place.mentorship.ended_at is None]

    @property
    def ended(self) -> list[Place]:
        return [place for place in self.places if place.mentorship.ended_at is not None]


def desk_of(user) -> Desk:
    """The tasks and mentorships of ``user``: five queries at most, however many there are.

    Late tasks come first, then by date.
    """
    relations = {access.mentorship.pk: access for access in all_relations_of(user)}
    found = [
        relations[evaluation.mentorship_id].to(evaluation)
        for evaluation in _evaluations_in(relations)
    ]
    last = {}
    for item in found:
        if item.takes_part:
            last.setdefault(item.access.mentorship.pk, item.evaluation)
    open_ids = [item.evaluation.pk for item in found if item.evaluation.is_open]
    signed_ids = [item.evaluation.pk for item in found if item.state == EvaluationState.SIGNED]
    sheets = _by_evaluation(
        Sheet.objects.filter(evaluation__in=open_ids).only("evaluation", "side", "shared_at")
    )
    signatures = _by_evaluation(
        Signature.objects.filter(evaluation__in=signed_ids).only(
            "evaluation", "role", "person", "verdict"
        )
    )
    tasks = [
        *(
            task
            for item in found
            for task in _of_evaluation(
                item,
                {sheet.side: sheet for sheet in sheets[item.evaluation.pk]},
                signatures[item.evaluation.pk],
            )
        ),
        *_points(found),
    ]
    tasks.sort(key=lambda task: (not task.is_overdue, task.due_on))
    return Desk(tasks, [Place(access, last.get(pk)) for pk, access in relations.items()])


def _evaluations_in(relations):
    """The evaluations of these mentorships, the newest first, without their long texts."""
    return (
        Evaluation.objects.filter(mentorship__in=relations)
        .exclude(state=EvaluationState.DISCARDED)
        .defer("situation", "conclusion", "needs", "correction_reason")
        .annotate(
            is_concluded=ExpressionWrapper(~Q(conclusion=""), output_field=models.BooleanField())
        )
    )


def _by_evaluation(rows):
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.evaluation_id].append(row)
    return grouped


def _of_evaluation(item: EvaluationAccess, sheets: dict, signatures: list[Signature]):
    """The tasks that one evaluation gives its reader."""
    evaluation = item.evaluation

    def task(kind, due_on=evaluation.talk_on):
        return Task(kind, item.access, evaluation, due_on, item.access.capacity)

    own = sheets.get(item.own_side)
    is_shared = own is not None and own.is_shared
    if item.state == EvaluationState.DRAFT:
        if item.may_write_sheet and not is_shared:
            yield task(TaskKind.WRITE)
        elif item.may_reveal:
            yield task(TaskKind.REVEAL)
    elif item.state == EvaluationState.SHARED:
        # Taken back, or not shared in time: it can still be, until the mentor signs.
        if own is not None and not is_shared:
            yield task(TaskKind.WRITE)
        elif item.signing_role == Role.MENTOR:
            yield task(TaskKind.SIGN if evaluation.is_concluded else TaskKind.TALK)
        elif item.own_side == Side.MENTEE:
            yield task(TaskKind.PREPARE)
    elif item.state == EvaluationState.SIGNED:
        if item.role_to_sign(signatures):
            yield task(TaskKind.SIGN, missing_from(evaluation))
        elif item.may_record_missing and missing_from(evaluation) <= today():
            yield task(TaskKind.MISSING, missing_from(evaluation))


def _points(found: list[EvaluationAccess]):
    """The action points that their reader promised and that are due soon."""
    evaluations = {
        item.evaluation.pk: item
        for item in found
        if item.state in FROZEN_STATES and item.may_read and item.access.mentorship.ended_at is None
    }
    points = unsettled_points().filter(
        evaluation__in=evaluations, due_on__lte=today() + timedelta(days=NOTICE_DAYS)
    )
    for point in points:
        item = evaluations[point.evaluation_id]
        if point.owner in item.access.roles:
            yield Task(
                TaskKind.POINT, item.access, item.evaluation, point.due_on, point.owner, point
            )
