"""Who gets what in the workspace: every actor on every address by every method.

The addresses come from the URL configuration, so one that has no row here fails. The answers
are written down from the access table of the design, and are computed from nothing.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.db import transaction
from django.http import Http404
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone
from wagtail.models import Locale

from mentorship_cms import urls
from mentorship_cms.choices import EvaluationKind, Role
from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Assignment,
    DeputyWindow,
    Evaluation,
    Mentorship,
    Opening,
    Rating,
    Sheet,
    Signature,
    WorkspacePreference,
)
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships, setup
from mentorship_cms.services.publishing import publish
from tests import factories, lifecycle
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

METHODS = ["get", "head", "options", "post", "put", "delete"]

#: States of an evaluation, by the letter of their column. The actor's answer in each is one of:
#: o = the page, or a word about what was sent; d = sent on; m = not by this method;
#: "-" = not found. H = the mentor's sheet alone is shared; K = a correction being written.
STATES = {
    "D": "draft",
    "H": "half shared",
    "S": "shared",
    "G": "signed",
    "C": "closed",
    "X": "dropped",
    "K": "correction",
}
NOBODY = "-------"

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

#: One row for each address of an evaluation and each who has a part in it, as the columns
#: D H S G C X K: what GET gives, and what an empty POST gives.
EVALUATION = {
    "evaluation": {
        "mentor": ("ooooooo", "mmmmmmm"),
        "mentee": ("ooooo-o", "mmmmm-m"),
        "manager": ("--ooo--", "--mmm--"),
        "coordinator": ("ooooooo", "mmmmmmm"),
    },
    "evaluation_history": {
        "mentor": ("ooooooo", "mmmmmmm"),
        "mentee": ("ooooo-o", "mmmmm-m"),
        "manager": ("--ooo--", "--mmm--"),
        "coordinator": ("ooooooo", "mmmmmmm"),
    },
    "evaluation_details": {"mentor": ("ooodddo", "ooooooo")},
    "evaluation_discard": {"mentor": ("odddddo", "doooood")},
    "evaluation_version": {"mentor": ("odddddd", "ooooooo")},
    "evaluation_reveal": {"mentor": ("doddddd", "odooooo")},
    "talk": {
        "mentor": ("ddodddd", "ooooooo"),
        "mentee": ("ddodd-d", "ooooo-o"),
    },
    "talk_keep": {
        "mentor": ("mmmmmmm", "ooooooo"),
        "mentee": ("mmmmm-m", "ooooo-o"),
    },
    "sign": {
        "mentor": ("ddodd-d", "ooooo-o"),
        "mentee": ("dddod--", "ooooo--"),
        "manager": ("--dod--", "--ooo--"),
    },
    "signature_missing": {"mentor": ("dddoddd", "ooooooo")},
    "evaluation_correct": {"mentor": ("dddoodd", "ooooooo")},
    "sheet": {
        "mentor": ("ooodd-o", "mmmmm-m"),
        "mentee": ("ooodd--", "mmmmm--"),
    },
    "sheet_layout": {
        "mentor": ("ddddd-d", "ddddd-d"),
        "mentee": ("ddddd--", "ddddd--"),
    },
    "sheet_all": {
        "mentor": ("odddd-o", "odddd-o"),
        "mentee": ("ooddd--", "ooddd--"),
    },
    "sheet_area": {
        "mentor": ("odddd-o", "odddd-o"),
        "mentee": ("ooddd--", "ooddd--"),
    },
    "sheet_competency": {
        "mentor": ("odddd-o", "odddd-o"),
        "mentee": ("ooddd--", "ooddd--"),
    },
    "sheet_remark": {
        "mentor": ("odddd-o", "odddd-o"),
        "mentee": ("ooddd--", "ooddd--"),
    },
    "sheet_keep": {
        "mentor": ("mmmmm-m", "ooooo-o"),
        "mentee": ("mmmmm--", "ooooo--"),
    },
    "sheet_check": {
        "mentor": ("odddd-o", "ooooo-d"),
        "mentee": ("ooddd--", "ooooo--"),
    },
    "sheet_take_back": {
        "mentor": ("doodd-d", "ooooo-o"),
        "mentee": ("ddodd--", "ooooo--"),
    },
}
ALL_PARTICIPANTS = ("mentor", "deputy inside", "deputy outside", "mentee", "manager", "coordinator")
READERS = ("mentor", "deputy inside", "mentee", "manager")

#: One row for each address of a mentorship: who has it, and what GET and an empty POST give.
MENTORSHIP = {
    "mentorship": (ALL_PARTICIPANTS, "om"),
    "mentorship_frame": (("coordinator",), "oo"),
    "mentorship_people": (("coordinator",), "oo"),
    "mentorship_end": (("coordinator",), "oo"),
    "mentorship_windows": (("mentor", "coordinator"), "oo"),
    "mentorship_window_close": (("mentor", "coordinator"), "md"),
    "evaluation_add": (("mentor", "deputy inside"), "oo"),
    "progress": (READERS, "om"),
    "progress_competency": (READERS, "om"),
    "paper": (ALL_PARTICIPANTS, "om"),
    "record": (("mentee",), "om"),
    "record_file": (("mentee",), "om"),
}
SIGNED_IN = tuple(actor for actor in ACTORS if actor != "anonymous")

#: The other addresses.
WORKSPACE = {
    "home": (SIGNED_IN, "om"),
    "mentorships": (("coordinator",), "om"),
    "mentorship_add": (("coordinator",), "oo"),
}

ANSWERS = {"o": "ok", "d": "done", "m": "method", "-": "no"}
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

#: What is written in the sheets that are no more than drafts, or not revealed yet.
SECRETS = {
    "mentor": ["canary draft of mentor", "canary half of mentor"],
    "mentee": ["canary draft of mentee", "canary half of mentee"],
}
#: What was shared and agreed, as tests/lifecycle.py writes it.
TEXTS = ["Helping at breakfast", "by mentor", "by mentee", "Grows steadily", "More practice"]
TEXTS += ["Practise with Luc", "Thank you", "A wrong day"]
NAMES = ["Mentee Person", "Mentor Person", "Deputy Person", "Manager Person"]


# -- The world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One mentorship with an evaluation in each state, another one, and everybody of the table."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def build():
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
        user=cast.mentor, evaluation_id=states["C"].public_id, reason="A wrong day"
    )
    lifecycle.closed(others)
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


def arguments(world, pattern, *, evaluation=None):
    """What stands in the address of ``pattern``: of this mentorship, or of ``evaluation``."""
    content = world.states["D"].framework_version.content
    values = {
        "mentorship_id": world.cast.mentorship.public_id,
        "window_id": world.windows["own"].public_id,
        "key": content.competencies[0].key,
    }
    if evaluation is not None:
        values["evaluation_id"] = evaluation.public_id
    if pattern.name == "sheet_area":
        values["key"] = content.areas[0].key
    return {name: values[name] for name in pattern.pattern.converters}


def addresses(world, name=None):
    """Every address of the workspace: (pattern, column, address)."""
    for pattern in urls.urlpatterns:
        if name not in (None, pattern.name):
            continue
        columns = STATES if "evaluation_id" in pattern.pattern.converters else [""]
        for column in columns:
            given = arguments(world, pattern, evaluation=world.states.get(column))
            yield pattern, column, reverse(f"mentorship_cms:{pattern.name}", kwargs=given)


def expected(name, column, actor, method):
    """What the table says that ``actor`` gets."""
    if actor == "anonymous":
        return "login"
    got, posted = "-", "-"
    if name in EVALUATION:
        rows = EVALUATION[name]
        row = rows.get("mentor" if actor == "deputy inside" else actor, (NOBODY, NOBODY))
        got, posted = (answers["DHSGCXK".index(column)] for answers in row)
    else:
        people, answers = (MENTORSHIP | WORKSPACE)[name]
        if actor in people:
            got, posted = answers
    if got == "-":
        return "no"
    return {
        "get": ANSWERS[got],
        "head": ANSWERS[got],
        "options": "ok",
        "post": ANSWERS[posted],
    }.get(method, "method")


def answer(response):
    """Say in one word what the actor got."""
    if response.status_code == 405:
        return "method"
    if response.status_code == 404:
        return "no"
    if response.status_code == 302:
        return "login" if "/login/" in response["Location"] else "done"
    # A text that is not kept while it is typed is told so.
    return "ok" if response.status_code in (200, 409, 422) else response.status_code


def ask(user, address, method):
    """Ask the view at ``address`` as Django would, and undo what it writes."""
    request = getattr(RequestFactory(), method)(address)
    request.user = user
    request.session = {}
    match = resolve(address)
    with transaction.atomic():
        try:
            return answer(match.func(request, *match.args, **match.kwargs))
        except Http404:
            return "no"
        finally:
            transaction.set_rollback(True)


def as_actor(world, actor):
    """Bring the world to where ``actor`` is: outside the window there is none."""
    if actor == "deputy outside":
        DeputyWindow.objects.filter(pk=world.windows["own"].pk).update(closed_at=timezone.now())
    return world.users[actor]


def stored():
    """All that is recorded, as text."""
    histories = [model.history.model for model in RECORDS]
    return serializers.serialize(
        "json",
        (
            row
            for model in (*RECORDS, *histories, Opening, WorkspacePreference)
            for row in model.objects.order_by("pk")
        ),
    )


# -- The matrix


def test_every_address_has_a_row():
    assert [pattern.name for pattern in urls.urlpatterns if not pattern.name] == []
    assert {pattern.name for pattern in urls.urlpatterns} == set(
        EVALUATION | MENTORSHIP | WORKSPACE
    )
    assert not set(EVALUATION) & set(MENTORSHIP) & set(WORKSPACE)
    for pattern in urls.urlpatterns:
        assert ("evaluation_id" in pattern.pattern.converters) == (pattern.name in EVALUATION)
        assert ("mentorship_id" in pattern.pattern.converters) == (pattern.name in MENTORSHIP)
    for rows in EVALUATION.values():
        assert set(rows) <= set(PARTICIPANTS)
        assert {len(answers) for row in rows.values() for answers in row} == {len(STATES)}


@pytest.mark.parametrize("actor", ACTORS)
def test_matrix(world, actor, monkeypatch):
    user = as_actor(world, actor)
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    wrong, cells = [], 0
    before = stored() if actor in STRANGERS else ""
    for pattern, column, address in addresses(world):
        for method in METHODS:
            got = ask(user, address, method)
            wanted = expected(pattern.name, column, actor, method)
            cells += 1
            if got != wanted:
                wrong.append(f"{actor}: {method} {pattern.name} {column}: {got}, not {wanted}")
    assert not wrong, "\n".join(wrong)
    assert cells == len(METHODS) * (len(EVALUATION) * len(STATES) + len(MENTORSHIP | WORKSPACE))
    if actor in STRANGERS:
        assert stored() == before
