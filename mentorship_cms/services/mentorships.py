"""Acts on a mentorship: make it, say who takes part, let the deputy take over, end it."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from ..choices import OPEN_STATES, Act, Layout, OpenedPart, Role
from ..models import Assignment, DeputyWindow, Mentorship, Opening, WorkspacePreference
from ..models.mentorships import ASSIGNED_ROLES
from ..permissions import Access, NotVisible, is_coordinator, relations_of, today
from ..records import acting, name_of
from .errors import StaleError
from .evaluations.common import check_text

#: Fields of a mentorship that a coordinator fills in.
FRAME_FIELDS = (
    "framework",
    "context",
    "stage",
    "goals",
    "training_organisation",
    "training_contact",
    "starts_on",
    "ends_on",
)
REQUIRED_ROLES = (Role.MENTEE, Role.MENTOR, Role.LINE_MANAGER)
#: What lies further from today is a slip of the pen, and what is counted from it overflows.
FURTHEST = timedelta(days=20 * 366)
LONGEST_WINDOW = timedelta(days=366)


def _locked(user, public_id) -> Access:
    """The access of ``user``, with the mentorship kept as it is until the transaction ends."""
    mentorship = Mentorship.objects.select_for_update().filter(public_id=public_id).first()
    if mentorship is None or not user.is_active:
        raise NotVisible
    return relations_of(user, mentorship)


def _coordinated(user, public_id) -> Access:
    access = _locked(user, public_id)
    if not access.is_coordinator:
        raise NotVisible
    return access


def _frame_problems(mentorship: Mentorship, frame: dict) -> dict[str, list]:
    """Why ``mentorship``, which has the values of ``frame``, cannot be kept: by field."""
    problems: dict[str, list] = {}
    framework = frame.get("framework")
    if framework is not None and not (framework.live and framework.versions.exists()):
        problems["framework"] = [
            _("This framework is not published yet, so nobody can be rated on it.")
        ]
    for name in ("starts_on", "ends_on"):
        day = frame.get(name)
        if day is not None and abs(day - today()) > FURTHEST:
            problems[name] = [_("This is more than twenty years from now. Look at the year again.")]
    try:
        check_text("goals", mentorship.goals)
    except ValidationError as error:
        error.update_error_dict(problems)
    try:
        mentorship.full_clean(exclude=set(problems))
    except ValidationError as error:
        # The only rule of more than one field is about the dates, of which the end came last.
        found = error.update_error_dict({})
        if NON_FIELD_ERRORS in found:
            found.setdefault("ends_on", []).extend(found.pop(NON_FIELD_ERRORS))
        problems |= found
    return problems


def _people_problems(people: dict, changed) -> dict[str, list]:
    """Why ``people``, by role, cannot take part together: told of the roles that changed."""
    problems: dict[str, list] = {}
    for role in REQUIRED_ROLES:
        if people.get(role) is None:
            problems[role] = [_("Say who this is.")]
    # Whoever stays comes first, so that the message stands by a role that was filled in.
    seen = {person.pk for role, person in people.items() if person and role not in changed}
    for role in ASSIGNED_ROLES:
        person = people.get(role)
        if role not in changed or person is None:
            continue
        if not person.is_active:
            problems[role] = [_("This account is no longer active.")]
        elif person.pk in seen:
            problems[role] = [
                _("Mentee, mentor, deputy and line manager are four different people.")
            ]
        seen.add(person.pk)
    return problems


def _runs_already(mentorship, people) -> bool:
    """Whether the mentee has the same mentor on the same framework, as after a double click."""
    # Two requests at once wait for each other at the row of the mentee's account.
    mentee = get_user_model()._base_manager.select_for_update().get(pk=people[Role.MENTEE].pk)
    current = Assignment.objects.filter(mentorship=OuterRef("pk"), ended_at__isnull=True)
    running = Mentorship.objects.filter(framework=mentorship.framework, ended_at__isnull=True)
    return running.filter(
        Exists(current.filter(role=Role.MENTEE, person=mentee)),
        Exists(current.filter(role=Role.MENTOR, person=people[Role.MENTOR])),
    ).exists()


@transaction.atomic
def create_mentorship(*, user, people: dict, **frame) -> Mentorship:
    """Make a mentorship with its people; ``people`` maps roles to users, the deputy optional.

    A mentee has one running mentorship with the same mentor on the same framework.
    Raises ``NotVisible`` for who is no coordinator, ``ValidationError`` by field and role for
    everything that is wrong.
    """
    if not is_coordinator(user):
        raise NotVisible
    frame = {name: frame[name] for name in FRAME_FIELDS if name in frame}
    mentorship = Mentorship(**frame)
    people = {role: people.get(role) for role in ASSIGNED_ROLES}
    problems = _frame_problems(mentorship, frame) | _people_problems(people, changed=people)
    if problems:
        raise ValidationError(problems)
    if _runs_already(mentorship, people):
        raise ValidationError(
            {
                Role.MENTEE: _(
                    "This mentee already has a mentorship with this mentor on this framework. "
                    "It goes on until it is ended."
                )
            }
        )
    with acting(Act.CREATE, user=user, capacity=Role.COORDINATOR):
        mentorship.save()
        for role, person in people.items():
            if person is not None:
                _assign(mentorship, role, person)
    return mentorship


def revision_of(mentorship: Mentorship) -> int:
    """A number that each change of the mentorship's frame makes greater."""
    rows = Mentorship.history.filter(id=mentorship.pk).order_by("-history_id")
    return rows.values_list("history_id", flat=True).first() or 0


def people_revision_of(mentorship: Mentorship) -> int:
    """A number that each change of the people of a mentorship makes greater."""
    rows = Assignment.history.filter(mentorship=mentorship.pk).order_by("-history_id")
    return rows.values_list("history_id", flat=True).first() or 0


@transaction.atomic
def describe_mentorship(*, user, public_id, revision: int | None = None, **frame) -> Mentorship:
    """Change context, stage, goals, dates or framework of a mentorship.

    Running evaluations keep their version of the framework. ``revision`` is the one that the
    form was opened with, from :func:`revision_of`. Raises ``NotVisible``, ``ValidationError``
    or ``StaleError``.
    """
    mentorship = _coordinated(user, public_id).mentorship
    changed = {
        name: frame[name]
        for name in FRAME_FIELDS
        if name in frame and getattr(mentorship, name) != frame[name]
    }
    if not changed:
        return mentorship
    stored = {name: getattr(mentorship, name) for name in changed}
    for name, value in changed.items():
        setattr(mentorship, name, value)
    if problems := _frame_problems(mentorship, changed):
        raise ValidationError(problems)
    if revision is not None and revision != revision_of(mentorship):
        raise StaleError(stored)
    with acting(Act.DESCRIBE, user=user, capacity=Role.COORDINATOR):
        mentorship.save()
    return mentorship


def assign(*, user, public_id, role: str, person, reason: str = "") -> None:
    """Give one ``role`` to ``person`` from now on: see :func:`change_people`."""
    change_people(user=user, public_id=public_id, people={role: person}, reason=reason)


@transaction.atomic
def change_people(
    *, user, public_id, people: dict, reason: str = "", revision: int | None = None
) -> None:
    """Give the roles of ``people`` to those persons from now on; who had one loses it at once.

    None takes a role away, which only a deputy's can be, and with it the deputy's windows. Who
    takes a role from somebody says why. ``revision`` is the one that the form was opened with,
    from :func:`people_revision_of`. Raises ``NotVisible``, ``ValidationError`` by role, or
    ``StaleError``.
    """
    access = _coordinated(user, public_id)
    if not set(people) <= set(ASSIGNED_ROLES) - {Role.MENTEE}:
        raise ValidationError(_("The mentee of a mentorship stays the same."))
    before = {role: access.person(role) for role in ASSIGNED_ROLES}
    changed = {role: person for role, person in people.items() if before[role] != person}
    if not changed:
        return
    problems = _people_problems(before | changed, changed)
    reason = check_text("reason", reason.strip())
    if not reason and any(before[role] for role in changed):
        problems["reason"] = [_("Say why somebody else takes part from now on.")]
    if problems:
        raise ValidationError(problems)
    if revision is not None and revision != people_revision_of(access.mentorship):
        raise StaleError({role: before[role] for role in changed})
    now = timezone.now()
    with acting(Act.ASSIGN, user=user, capacity=Role.COORDINATOR, reason=reason):
        for assignment in access.assignments:
            if assignment.role in changed:
                assignment.ended_at = now
                assignment.save()
        if Role.DEPUTY_MENTOR in changed:
            _close_windows(access, now)
        for role in ASSIGNED_ROLES:
            if changed.get(role) is not None:
                _assign(access.mentorship, role, changed[role])


def _close_windows(access, now):
    """Take the work back from the deputy, within an act that says why."""
    for window in access.windows:
        if window.ends_on >= today():
            window.closed_at = now
            window.save()


def _assign(mentorship, role, person):
    assignment = Assignment(
        mentorship=mentorship, role=role, person=person, started_at=timezone.now()
    )
    try:
        assignment.full_clean()
    except ValidationError as error:
        # One sentence by the field of the role, whichever rule says it.
        raise ValidationError({role: error.messages}) from None
    assignment.save()


@transaction.atomic
def end_mentorship(*, user, public_id, reason: str = "") -> None:
    """End a mentorship: nobody starts an evaluation any more; everybody goes on reading.

    The deputy's days end with it. Raises ``NotVisible``, or ``ValidationError`` while an evaluation
    is being written.
    """
    access = _coordinated(user, public_id)
    mentorship = access.mentorship
    if mentorship.ended_at is not None:
        return
    reason = check_text("reason", reason.strip())
    if mentorship.evaluations.filter(state__in=OPEN_STATES).exists():
        raise ValidationError(
            _("An evaluation is still being written: it is signed or dropped first.")
        )
    mentorship.ended_at = timezone.now()
    with acting(Act.END, user=user, capacity=Role.COORDINATOR, reason=reason):
        mentorship.save()
        _close_windows(access, mentorship.ended_at)


@transaction.atomic
def open_window(*, user, public_id, starts_on, ends_on, reason: str = "") -> DeputyWindow:
    """Let the deputy act for the mentor from ``starts_on`` to ``ends_on``, both included (C8).

    The mentor may, and the coordinator with a reason. Raises ``NotVisible`` or
    ``ValidationError``.
    """
    access = _locked(user, public_id)
    if not access.may_manage_windows:
        raise NotVisible
    if not access.may_open_window:
        raise ValidationError(
            _("This mentorship has ended.")
            if access.mentorship.ended_at
            else _("There is no deputy mentor who could take over.")
        )
    window = DeputyWindow(
        mentorship=access.mentorship,
        person=access.person(Role.DEPUTY_MENTOR),
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
    )
    problems = _window_problems(access, window)
    if problems:
        raise ValidationError(problems)
    with acting(Act.OPEN_WINDOW, user=user, capacity=_capacity(access), reason=window.reason):
        window.save()
    return window


def _window_problems(access, window) -> dict[str, list]:
    """Why the deputy cannot take over on these days: by field."""
    problems: dict[str, list] = {}
    if "\x00" in window.reason:
        problems["reason"] = [_("This text holds a character that cannot be kept.")]
    if Role.MENTOR not in access.roles and not window.reason:
        problems["reason"] = [_("Say why the mentor does not do this.")]
    if window.ends_on < today():
        problems["ends_on"] = [_("This day is over.")]
    for name in ("starts_on", "ends_on"):
        if abs(getattr(window, name) - today()) > LONGEST_WINDOW:
            problems[name] = [_("This is more than a year from now. Look at the year again.")]
    try:
        window.full_clean(exclude=set(problems))
    except ValidationError as error:
        found = error.update_error_dict({})
        # The only rule of more than one field: the last day comes before the first.
        if NON_FIELD_ERRORS in found:
            found.setdefault("ends_on", []).extend(found.pop(NON_FIELD_ERRORS))
        problems |= found
    if not problems and any(
        other.person_id == window.person_id
        and other.starts_on <= window.ends_on
        and window.starts_on <= other.ends_on
        for other in access.windows
    ):
        problems["starts_on"] = [_("The deputy already takes over on some of these days.")]
    return problems


@transaction.atomic
def close_window(*, user, public_id, window_id) -> None:
    """Take the work back from the deputy at once, if the last day is not over.

    Raises ``NotVisible``, also when the mentorship has no such window.
    """
    access = _locked(user, public_id)
    if not access.may_manage_windows:
        raise NotVisible
    window = access.mentorship.deputy_windows.filter(public_id=window_id).first()
    if window is None:
        raise NotVisible
    if window.closed_at is not None or window.ends_on < today():
        return
    window.closed_at = timezone.now()
    with acting(Act.CLOSE_WINDOW, user=user, capacity=_capacity(access)):
        window.save()


def _capacity(access):
    return Role.MENTOR if Role.MENTOR in access.roles else Role.COORDINATOR


def record_opening(access: Access, *, part: OpenedPart, subject=None) -> None:
    """Note that somebody opened a part of the record, for the mentee to see: once a day each.

    ``subject`` is the public id of an evaluation; without it, the mentorship is meant.

    What mentees open of their own is not noted. One query.
    """
    if access.is_mentee:
        return
    Opening.objects.bulk_create(
        [
            Opening(
                mentorship=access.mentorship,
                subject=subject or access.mentorship.public_id,
                part=part,
                person=access.user,
                person_name=name_of(access.user),
                capacity=access.capacity,
                opened_on=today(),
                opened_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


def remember_layout(*, user, layout: str) -> None:
    """Remember how much of a sheet ``user`` wants on one page."""
    WorkspacePreference.objects.update_or_create(person=user, defaults={"layout": layout})


def layout_of(user) -> str:
    """How much of a sheet ``user`` wants on one page."""
    chosen = WorkspacePreference.objects.filter(person=user).values_list("layout", flat=True)
    return chosen.first() or Layout.COMPETENCY
