"""The people and the states of the access matrices of mentorships and evaluations."""

from datetime import timedelta
from types import SimpleNamespace

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from wagtail.models import Locale

from mentorship_cms.choices import EvaluationKind, Role
from mentorship_cms.models import DeputyWindow
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships, setup
from mentorship_cms.services.publishing import publish
from tests import factories, lifecycle
from tests.factories import make_user

#: States of an evaluation, by the letter of their column. H = the mentor's sheet alone is shared;
#: K = a correction being written.
STATES = {
    "D": "draft",
    "H": "half shared",
    "S": "shared",
    "G": "signed",
    "C": "closed",
    "X": "dropped",
    "K": "correction",
}
#: People who have no part in the mentorship, or none any more. Not found, wherever they knock.
STRANGERS = [
    "reader",
    "editor",
    "administrator",
    "other mentor",
    "other mentee",
    "other manager",
    "other deputy",
    "former mentor",
    "former manager",
    "former deputy",
]
#: The deputy acts for the mentor within the window, and takes part in no evaluation outside it.
PARTICIPANTS = ["mentor", "deputy inside", "deputy outside", "mentee", "manager", "coordinator"]
ACTORS = ["anonymous", *STRANGERS, *PARTICIPANTS]

#: Why a correction is being written, which nobody reads before it is shared.
UNSHARED = "A wrong day"


def build():
    """Make all of it: one mentorship in every state, another one, and everybody of the tables."""
    framework = factories.published_framework(locale=Locale.objects.get(language_code="nl"))
    coordinator = make_user("coordinator", setup.COORDINATORS)
    former = lifecycle.cast(framework, coordinator, prefix="former-")
    cast = lifecycle.cast(framework, coordinator)
    # Whoever left had the role in this very mentorship.
    for role, leaver in (
        (Role.MENTOR, former.mentor),
        (Role.LINE_MANAGER, former.manager),
        (Role.DEPUTY_MENTOR, former.deputy),
    ):
        current = cast.by_role()[role]
        for person in (leaver, current):
            mentorships.assign(
                user=coordinator,
                public_id=cast.mentorship.public_id,
                role=role,
                person=person,
                reason="A change",
            )
    others = lifecycle.cast(framework, coordinator, prefix="other-")
    windows = {
        name: mentorships.open_window(
            user=one.mentor,
            public_id=one.mentorship.public_id,
            starts_on=today(),
            ends_on=today() + timedelta(days=7),
        )
        for name, one in (("own", cast), ("other", others))
    }

    states = {}
    states["C"] = lifecycle.closed(cast, kind=EvaluationKind.START)
    states["G"] = lifecycle.signed(cast, kind=EvaluationKind.START)
    states["S"] = lifecycle.talked(cast, kind=EvaluationKind.START)
    dropped = lifecycle.started(cast, kind=EvaluationKind.EXTRA)
    evaluations.discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="A mistake")
    states["X"] = dropped
    states["D"] = lifecycle.started(cast, kind=EvaluationKind.EXTRA)
    states["H"] = lifecycle.started(cast, kind=EvaluationKind.INTERIM, talk_in=-1)
    for letter, name in (("D", "draft"), ("H", "half")):
        for side, person in (("mentor", cast.mentor), ("mentee", cast.mentee)):
            lifecycle.write(states[letter], person, remark=f"canary {name} of {side}", only=1)
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=states["H"].public_id,
        revision=0,
        talk_on=states["H"].talk_on,
        observed_on=today(),
        situation="",
    )
    evaluations.share_sheet(user=cast.mentor, evaluation_id=states["H"].public_id, incomplete=True)
    states["K"] = evaluations.start_correction(
        user=cast.mentor, evaluation_id=states["C"].public_id, reason=UNSHARED
    )
    lifecycle.shared(others)
    # A newer version, to which the draft could move.
    framework.title += " 2"
    publish(snippet=framework)

    users = {
        "anonymous": AnonymousUser(),
        "reader": make_user("reader"),
        "editor": make_user("editor", setup.EDITORS),
        "administrator": make_user("admin", is_superuser=True, is_staff=True),
        "other mentor": others.mentor,
        "other mentee": others.mentee,
        "other manager": others.manager,
        "other deputy": others.deputy,
        "former mentor": former.mentor,
        "former manager": former.manager,
        "former deputy": former.deputy,
        "mentor": cast.mentor,
        "deputy inside": cast.deputy,
        "deputy outside": cast.deputy,
        "mentee": cast.mentee,
        "manager": cast.manager,
        "coordinator": coordinator,
    }
    for evaluation in states.values():
        evaluation.refresh_from_db()
    return SimpleNamespace(
        cast=cast, others=others, windows=windows, states=states, users=users, framework=framework
    )


def as_actor(world, actor):
    """Bring the world to where ``actor`` is: outside the window there is none."""
    if actor == "deputy outside":
        DeputyWindow.objects.filter(pk=world.windows["own"].pk).update(closed_at=timezone.now())
    return world.users[actor]
