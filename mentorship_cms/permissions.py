"""Who may see and do what: rights come from dated relations to a mentorship (design: access).

Groups only open doors. Nothing here writes, and nothing here knows about requests: views turn
:class:`NotVisible` into 404, the same answer as for what does not exist.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from wagtail.permissions import policy_registry

from .choices import (
    FROZEN_STATES,
    OPEN_STATES,
    REVEALED_STATES,
    EvaluationState,
    Role,
    Side,
)
from .models import (
    Assignment,
    CompetencyFramework,
    DeputyWindow,
    Evaluation,
    Mentorship,
    ProjectPageMixin,
)
from .models.evaluations import SIGNING_ROLES

COORDINATE = "coordinate_mentorship"


class NotVisible(Exception):
    """There is nothing here for this person: it does not exist, or is not theirs to know of."""


def today():
    """The day it is where the intranet is."""
    return timezone.localdate()


def is_coordinator(user) -> bool:
    """Whether ``user`` was given the right to coordinate mentorships.

    Being a superuser is not enough: an administrator is no coordinator.
    """
    if not user.is_active:
        return False
    return _rights_to_coordinate(user).exists()


@dataclass(frozen=True)
class Doors:
    """Which records there are for somebody: all of them, or those of their own mentorships."""

    coordinates: bool = False
    takes_part: bool = False
    #: Whether there is an evaluation of their mentorships of which they may know.
    sees_evaluations: bool = False


def doors_of(user) -> Doors:
    """What ``user`` coordinates, takes part in, and so may know of. One query."""
    if not user.is_active:
        return Doors()
    person = get_user_model()._base_manager.filter(pk=user.pk)
    found = person.values_list(
        Exists(_rights_to_coordinate(user)),
        Exists(Assignment.objects.filter(person=user, ended_at__isnull=True)),
        Exists(_evaluations_of(user)),
    ).first()
    return Doors(*found) if found else Doors()


def _rights_to_coordinate(person):
    return Permission.objects.filter(
        content_type__app_label="mentorship_cms", codename=COORDINATE
    ).filter(Q(user=person) | Q(group__user=person))


def coordinators() -> QuerySet:
    """The active people who were given the right to coordinate mentorships."""
    people = get_user_model()._default_manager.filter(is_active=True)
    return people.filter(Exists(_rights_to_coordinate(OuterRef("pk")))).order_by("pk")


# -- Texts: frameworks, roles, scales and project pages, by the rights that Wagtail gives


def _policy(model):
    return policy_registry.get_by_type(model)


def may_add(user, model) -> bool:
    """Whether ``user`` may make items of this sort."""
    return _policy(model).user_has_permission(user, "add")


def may_change(user, item) -> bool:
    """Whether ``user`` edits ``item`` in the Wagtail admin."""
    if isinstance(item, ProjectPageMixin):
        return item.permissions_for_user(user).can_edit()
    return _policy(type(item)).user_has_permission_for_instance(user, "change", item)


def may_publish(user, item) -> bool:
    """Whether ``user`` publishes such snippets: a right of its own, beside changing them."""
    return _policy(type(item)).user_has_permission(user, "publish")


def may_change_some(user, model) -> bool:
    """Whether ``user`` has the right to change items of this sort at all."""
    return _policy(model).user_has_permission(user, "change")


def changeable_by(user, model) -> QuerySet:
    """The items of this sort that ``user`` may change."""
    return _policy(model).instances_user_has_permission_for(user, "change")


def editors_of(item) -> QuerySet:
    """The active people who may change ``item``, and so may answer for it."""
    people = _policy(type(item)).users_with_permission_for_instance("change", item)
    return people.filter(is_active=True)


# -- Relations


@dataclass(frozen=True)
class Access:
    """What ``user`` is to ``mentorship`` today; ``assignments`` are those of ``_current()``."""

    user: object
    mentorship: Mentorship
    assignments: tuple[Assignment, ...] = ()

    @cached_property
    def windows(self) -> tuple[DeputyWindow, ...]:
        """The deputy's windows that were not handed back, whatever their days. One query."""
        if self.person(Role.DEPUTY_MENTOR) is None:
            return ()
        return tuple(self.mentorship.deputy_windows.filter(closed_at__isnull=True))

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that the person has in this mentorship now."""
        return frozenset(item.role for item in self.assignments if item.person_id == self.user.pk)

    @cached_property
    def is_coordinator(self) -> bool:
        """Whether the person coordinates mentorships; asked last, as it costs a query."""
        return is_coordinator(self.user)

    def person(self, role: str):
        """Who has ``role`` now, or None."""
        return next((item.person for item in self.assignments if item.role == role), None)

    @property
    def deputy_acts(self) -> bool:
        """Whether the deputy's window is open, whoever asks."""
        return any(item.role == Role.DEPUTY_MENTOR and item.takes_over for item in self.assignments)

    @property
    def is_mentee(self) -> bool:
        return Role.MENTEE in self.roles

    @property
    def is_line_manager(self) -> bool:
        return Role.LINE_MANAGER in self.roles

    @property
    def as_deputy(self) -> bool:
        """Whether the person acts for the mentor today, as deputy."""
        return Role.DEPUTY_MENTOR in self.roles and self.deputy_acts

    @property
    def acts_as_mentor(self) -> bool:
        """Whether the person may do what the mentor does."""
        return Role.MENTOR in self.roles or self.as_deputy

    @property
    def capacity(self) -> str:
        """The capacity in which the person acts, for the history."""
        for role in (Role.MENTOR, Role.MENTEE, Role.LINE_MANAGER, Role.DEPUTY_MENTOR):
            if role in self.roles:
                return role
        return Role.COORDINATOR if self.is_coordinator else ""

    @property
    def may_start(self) -> bool:
        """Whether the person may start an evaluation."""
        return self.acts_as_mentor and self.mentorship.ended_at is None

    @property
    def may_manage_windows(self) -> bool:
        """Whether the deputy's days are for the person to see: the mentor, or the coordinator."""
        return Role.MENTOR in self.roles or self.is_coordinator

    @property
    def may_open_window(self) -> bool:
        """Whether the person may let the deputy take over: while there is one, and no end yet."""
        return (
            self.may_manage_windows
            and self.mentorship.ended_at is None
            and self.person(Role.DEPUTY_MENTOR) is not None
        )

    @property
    def may_read_record(self) -> bool:
        """Whether the person reads evaluations: progress, history, what was agreed."""
        return self.acts_as_mentor or self.is_mentee or self.is_line_manager

    def evaluations(self) -> QuerySet[Evaluation]:
        """The evaluations of this mentorship of which the person may know that they exist."""
        evaluations = self.mentorship.evaluations.all()
        if self.acts_as_mentor or self.is_mentee or self.is_coordinator:
            return evaluations
        if self.is_line_manager:
            return evaluations.filter(state__in=REVEALED_STATES)
        return evaluations.none()

    def to(self, evaluation: Evaluation) -> "EvaluationAccess":
        """What the person may do with ``evaluation``, one of this mentorship's."""
        return EvaluationAccess(self, evaluation)


@dataclass(frozen=True)
class EvaluationAccess:
    """What a person may see of an evaluation, and do with it, as it is now."""

    access: Access
    evaluation: Evaluation

    @property
    def user(self):
        return self.access.user

    @property
    def state(self) -> str:
        return self.evaluation.state

    @property
    def sees_state(self) -> bool:
        """Whether the person may know that it exists, its kind, state and dates."""
        return (
            self.access.acts_as_mentor
            or self.access.is_mentee
            or (self.access.is_line_manager and self.state in REVEALED_STATES)
            or self.access.is_coordinator
        )

    @property
    def takes_part(self) -> bool:
        """Whether there is more for the person here than kind, state and dates."""
        return self.own_side is not None or self.may_read

    @property
    def may_read(self) -> bool:
        """Whether the person reads what was shared: situation, shared sheets, talk, signatures."""
        if self.state not in REVEALED_STATES:
            return False
        return self.access.may_read_record

    @property
    def own_side(self) -> str | None:
        """The side whose sheet is the person's own; None for those who write none."""
        return None if self.state == EvaluationState.DISCARDED else self.side

    @property
    def side(self) -> str | None:
        """The side whose sheet is the person's own, also once the evaluation was dropped."""
        if self.access.acts_as_mentor:
            return Side.MENTOR
        # A correction sets right what the mentor wrote; the mentee answers with the signature.
        if self.access.is_mentee and not self.evaluation.is_correction:
            return Side.MENTEE
        return None

    @property
    def may_write_sheet(self) -> bool:
        """Whether the person has a sheet here that is not frozen yet; it may be shared."""
        return self.own_side is not None and self.state in OPEN_STATES

    def sees_sheet(self, sheet) -> bool:
        """Whether the person reads ``sheet``: their own always, the other's when revealed."""
        if sheet.side == self.side:
            return True
        return self.may_read and sheet.is_shared

    @property
    def may_edit_details(self) -> bool:
        """Whether the person may change dates and situation."""
        return self.access.acts_as_mentor and self.state in OPEN_STATES

    @property
    def may_discard(self) -> bool:
        """Whether the person may drop the evaluation: while no sheet in it is shared.

        What was taken back is shared no more. One query, where something was shared before.
        """
        return (
            self.access.acts_as_mentor
            and self.state == EvaluationState.DRAFT
            and (
                self.evaluation.version_fixed_at is None
                or not self.evaluation.sheets.filter(shared_at__isnull=False).exists()
            )
        )

    @property
    def may_move(self) -> bool:
        """Whether the person may move it to a newer version: before the first sheet is shared."""
        return (
            self.access.acts_as_mentor
            and self.state == EvaluationState.DRAFT
            and self.evaluation.version_fixed_at is None
            and not self.evaluation.is_correction
        )

    @property
    def may_reveal(self) -> bool:
        """Whether the person may go on without the mentee's sheet: after the date of the talk."""
        return (
            self.access.acts_as_mentor
            and self.state == EvaluationState.DRAFT
            and self.evaluation.talk_on < today()
        )

    @property
    def may_talk(self) -> bool:
        """Whether the person may write down what was agreed."""
        return self.state == EvaluationState.SHARED and (
            self.access.acts_as_mentor or self.access.is_mentee
        )

    @property
    def signing_role(self) -> str | None:
        """The role in which the person could sign now, signatures given so far aside."""
        if self.access.acts_as_mentor:
            return Role.MENTOR if self.state == EvaluationState.SHARED else None
        if self.state != EvaluationState.SIGNED:
            return None
        if self.access.is_line_manager:
            return Role.LINE_MANAGER
        return Role.MENTEE if self.access.is_mentee else None

    def signed_as(self, signatures) -> str | None:
        """The role in which the person has given one of ``signatures``, or None."""
        return next(
            (
                signature.role
                for signature in signatures
                if signature.person_id == self.user.pk and not signature.is_missing
            ),
            None,
        )

    def role_to_sign(self, signatures) -> str | None:
        """The role in which the person signs next, after ``signatures``; nobody signs twice."""
        role = self.signing_role
        if role not in unsigned_roles(signatures) or self.signed_as(signatures):
            return None
        return role

    @property
    def may_record_missing(self) -> bool:
        """Whether the person may record that a signature is missing, the days aside."""
        return self.access.acts_as_mentor and self.state == EvaluationState.SIGNED

    @property
    def may_correct(self) -> bool:
        """Whether the person may begin a correction, earlier corrections aside."""
        return self.access.acts_as_mentor and self.state in FROZEN_STATES

    @property
    def may_read_history(self) -> bool:
        """Whether the person sees who did what when."""
        return self.sees_state


# -- Finding


def _takes_over(person) -> Exists:
    """Whether the work of a row's mentorship is handed over to ``person`` today."""
    day = today()
    return Exists(
        DeputyWindow.objects.filter(
            mentorship=OuterRef("mentorship"),
            person=person,
            closed_at__isnull=True,
            starts_on__lte=day,
            ends_on__gte=day,
        )
    )


def _current() -> QuerySet[Assignment]:
    """Who has which role now, and whether they would take over as deputy today."""
    current = Assignment.objects.filter(ended_at__isnull=True).select_related("person")
    return current.annotate(takes_over=_takes_over(OuterRef("person")))


def relations_of(user, mentorship: Mentorship) -> Access:
    """Return what ``user`` is to ``mentorship``. One query."""
    return Access(user, mentorship, tuple(_current().filter(mentorship=mentorship)))


def all_relations_of(user) -> list[Access]:
    """What ``user`` is to each mentorship in which they have a role now. One query."""
    if not user.is_active:
        return []
    people = defaultdict(list)
    own = Assignment.objects.filter(person=user, ended_at__isnull=True).values("mentorship")
    for item in (
        _current()
        .filter(mentorship__in=own)
        .select_related("mentorship__framework__locale")
        .order_by("-mentorship__starts_on", "mentorship_id")
    ):
        people[item.mentorship_id].append(item)
    return [Access(user, items[0].mentorship, tuple(items)) for items in people.values()]


def mentorship_for(user, public_id: uuid.UUID) -> Access:
    """Return the access of ``user`` to the mentorship of that id; raise ``NotVisible``."""
    mentorship = Mentorship.objects.filter(public_id=public_id).select_related("framework").first()
    if mentorship is None or not user.is_active:
        raise NotVisible
    access = relations_of(user, mentorship)
    if not access.roles and not access.is_coordinator:
        raise NotVisible
    return access


def evaluation_for(user, public_id: uuid.UUID, *, lock: bool = False) -> EvaluationAccess:
    """Return the access of ``user`` to the evaluation of that id; raise ``NotVisible``.

    With ``lock`` the evaluation stays as it is until the transaction ends, and so do the people of
    its mentorship, which decide who may act: for acts.
    """
    evaluations = Evaluation.objects.filter(public_id=public_id)
    if lock:
        # Two acts on it do not cross each other, nor does one cross a change of the people.
        evaluations = evaluations.select_for_update(of=("self", "mentorship"))
    evaluation = evaluations.select_related(
        "mentorship", "mentorship__framework", "framework_version"
    ).first()
    if evaluation is None or not user.is_active:
        raise NotVisible
    found = relations_of(user, evaluation.mentorship).to(evaluation)
    if not found.sees_state:
        raise NotVisible
    return found


def _current_as(user, role) -> Exists:
    return Exists(
        Assignment.objects.filter(
            mentorship=OuterRef("mentorship"), person=user, role=role, ended_at__isnull=True
        )
    )


def mentorships_of(user) -> QuerySet[Mentorship]:
    """The mentorships in which ``user`` has a role now."""
    return Mentorship.objects.filter(
        Exists(
            Assignment.objects.filter(mentorship=OuterRef("pk"), person=user, ended_at__isnull=True)
        )
    )


def may_ask_about(user, subject, opens: Callable) -> bool:
    """Whether ``user`` may say that something in a framework or role is not clear.

    Whoever reads a page that shows it, or takes part in a mentorship on the framework in any
    language. ``opens`` tells whether a page is open to them, which a request decides.
    """
    if not user.is_active:
        return False
    if subject.live and any(opens(page) for page in subject.pages()):
        return True
    if not isinstance(subject, CompetencyFramework):
        return False
    same = {"framework__translation_key": subject.translation_key}
    return mentorships_of(user).filter(**same).exists()


def evaluations_visible_to(user) -> QuerySet[Evaluation]:
    """The evaluations of which ``user`` may know that they exist, over all mentorships."""
    if not user.is_active:
        return Evaluation.objects.none()
    return Evaluation.objects.all() if is_coordinator(user) else _evaluations_of(user)


def _evaluations_of(user) -> QuerySet[Evaluation]:
    """Those of the mentorships in which ``user`` has a role now."""
    # First the few mentorships of the person, so that the others are never looked at.
    own = Assignment.objects.filter(person=user, ended_at__isnull=True).values("mentorship")
    return Evaluation.objects.filter(mentorship__in=own).filter(
        Q(_current_as(user, Role.MENTOR))
        | Q(_current_as(user, Role.DEPUTY_MENTOR)) & Q(_takes_over(user))
        | Q(_current_as(user, Role.MENTEE))
        | Q(_current_as(user, Role.LINE_MANAGER)) & Q(state__in=REVEALED_STATES)
    )


def unsigned_roles(signatures) -> list[str]:
    """The roles that have not signed yet, in the order in which they do."""
    signed = {signature.role for signature in signatures}
    return [role for role in SIGNING_ROLES if role not in signed]
