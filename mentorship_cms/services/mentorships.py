"""Acts on a mentorship: make it, say who takes part, let the deputy take over, end it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..choices import OPEN_STATES, Act, Layout, Role
from ..models import Assignment, DeputyWindow, Mentorship, Opening, WorkspacePreference
from ..models.mentorships import ASSIGNED_ROLES
from ..permissions import Access, NotVisible, is_coordinator, relations_of, today
from ..records import acting, name_of

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


def _check_frame(fields: dict) -> None:
    framework = fields.get("framework")
    if framework is not None and not framework.versions.exists():
        raise ValidationError(
            {"framework": _("This framework is not published yet, so nobody can be rated on it.")}
        )


@transaction.atomic
def create_mentorship(*, user, people: dict, **frame) -> Mentorship:
    """Make a mentorship with its people; ``people`` maps roles to users, the deputy optional.

    Raises ``NotVisible`` for who is no coordinator, ``ValidationError`` for bad input.
    """
    if not is_coordinator(user):
        raise NotVisible
    missing = [role for role in REQUIRED_ROLES if not people.get(role)]
    if missing:
        raise ValidationError({role: _("Say who this is.") for role in missing})
    _check_frame(frame)
    mentorship = Mentorship(**{name: frame[name] for name in FRAME_FIELDS if name in frame})
    mentorship.full_clean()
    with acting(Act.CREATE, user=user, capacity=Role.COORDINATOR):
        mentorship.save()
        for role in ASSIGNED_ROLES:
            if people.get(role):
                _assign(mentorship, role, people[role])
    return mentorship


@transaction.atomic
def describe_mentorship(*, user, public_id, **frame) -> Mentorship:
    """Change context, stage, goals, dates or framework of a mentorship.

    Running evaluations keep their version of the framework. Raises ``NotVisible`` or
    ``ValidationError``.
    """
    mentorship = _coordinated(user, public_id).mentorship
    if mentorship.framework != frame.get("framework", mentorship.framework):
        _check_frame(frame)
    changed = [
        name for name in FRAME_FIELDS if name in frame and getattr(mentorship, name) != frame[name]
    ]
    for name in changed:
        setattr(mentorship, name, frame[name])
    mentorship.full_clean()
    if changed:
        with acting(Act.DESCRIBE, user=user, capacity=Role.COORDINATOR):
            mentorship.save()
    return mentorship


@transaction.atomic
def assign(*, user, public_id, role: str, person, reason: str = "") -> None:
    """Give ``role`` to ``person`` from now on; whoever had it loses it at once.

    ``person`` None takes the role away, which only a deputy's can be. Raises ``NotVisible`` or
    ``ValidationError``.
    """
    access = _coordinated(user, public_id)
    if role not in ASSIGNED_ROLES or role == Role.MENTEE:
        raise ValidationError(_("The mentee of a mentorship stays the same."))
    if person is None and role in REQUIRED_ROLES:
        raise ValidationError({role: _("Say who this is.")})
    if access.person(role) == person:
        return
    with acting(Act.ASSIGN, user=user, capacity=Role.COORDINATOR, reason=reason):
        for assignment in access.assignments:
            if assignment.role == role:
                assignment.ended_at = timezone.now()
                assignment.save()
        if role == Role.DEPUTY_MENTOR:
            for window in access.windows:
                window.closed_at = timezone.now()
                window.save()
        if person is not None:
            _assign(access.mentorship, role, person)


def _assign(mentorship, role, person):
    if not person.is_active:
        raise ValidationError({role: _("This account is no longer active.")})
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

    Raises ``NotVisible``, or ``ValidationError`` while an evaluation is being written.
    """
    mentorship = _coordinated(user, public_id).mentorship
    if mentorship.ended_at is not None:
        return
    if mentorship.evaluations.filter(state__in=OPEN_STATES).exists():
        raise ValidationError(
            _("An evaluation is still being written: it is signed or dropped first.")
        )
    mentorship.ended_at = timezone.now()
    with acting(Act.END, user=user, capacity=Role.COORDINATOR, reason=reason):
        mentorship.save()


@transaction.atomic
def open_window(*, user, public_id, starts_on, ends_on, reason: str = "") -> DeputyWindow:
    """Let the deputy act for the mentor from ``starts_on`` to ``ends_on``, both included (C8).

    The mentor may, and the coordinator with a reason. Raises ``NotVisible`` or
    ``ValidationError``.
    """
    access = _locked(user, public_id)
    if not access.may_open_window:
        raise NotVisible
    if Role.MENTOR not in access.roles and not reason.strip():
        raise ValidationError({"reason": _("Say why the mentor does not do this.")})
    if ends_on < today():
        raise ValidationError({"ends_on": _("This day is over.")})
    window = DeputyWindow(
        mentorship=access.mentorship,
        person=access.person(Role.DEPUTY_MENTOR),
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason.strip(),
    )
    window.full_clean()
    if any(
        other.person_id == window.person_id
        and other.starts_on <= ends_on
        and starts_on <= other.ends_on
        for other in access.windows
    ):
        raise ValidationError(_("The deputy already takes over on some of these days."))
    with acting(Act.OPEN_WINDOW, user=user, capacity=_capacity(access), reason=window.reason):
        window.save()
    return window


@transaction.atomic
def close_window(*, user, public_id, window_id) -> None:
    """Take the work back from the deputy at once. Raises ``NotVisible``."""
    access = _locked(user, public_id)
    if Role.MENTOR not in access.roles and not access.is_coordinator:
        raise NotVisible
    window = next((one for one in access.windows if one.public_id == window_id), None)
    if window is None:
        return
    window.closed_at = timezone.now()
    with acting(Act.CLOSE_WINDOW, user=user, capacity=_capacity(access)):
        window.save()


def _capacity(access):
    return access.capacity if access.roles else Role.COORDINATOR


def record_opening(access: Access, *, subject, capacity: str | None = None) -> None:
    """Note that somebody opened ``subject``, for the mentee to see: once a day and person.

    What mentees open of their own is not noted. One query.
    """
    if access.is_mentee:
        return
    Opening.objects.bulk_create(
        [
            Opening(
                mentorship=access.mentorship,
                subject=subject,
                person=access.user,
                person_name=name_of(access.user),
                capacity=access.capacity if capacity is None else capacity,
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
