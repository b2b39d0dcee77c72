"""Who gets what in the workspace: every actor on every address by every method.

The addresses come from the URL configuration, so one that has no row here fails. The answers
are written down from the access table of the design, and are computed from nothing.
"""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import serializers
from django.db import transaction
from django.http import Http404
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from mentorship_cms import urls
from mentorship_cms.choices import Role
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
from mentorship_cms.services import mentorships, setup
from tests import factories
from tests.matrix.world import (
    ACTORS,
    PARTICIPANTS,
    STATES,
    STRANGERS,
    UNSHARED,
    as_actor,
    build,
)

pytestmark = pytest.mark.django_db

METHODS = ["get", "head", "options", "post", "put", "delete"]

#: What an actor gets in each state, in the order of their letters: o = the page, or a word about
#: what was sent; d = sent on; m = not by this method; "-" = not found.
NOBODY = "-------"

#: One row for each address of an evaluation and each who has a part in it, as the columns
#: D H S G C X K: what GET gives, and what an empty POST gives.
EVALUATION = {
    "evaluation": {
        "mentor": ("ooooooo", "mmmmmmm"),
        "mentee": ("ooooooo", "mmmmmmm"),
        "manager": ("--ooo--", "--mmm--"),
        "coordinator": ("ooooooo", "mmmmmmm"),
    },
    "evaluation_history": {
        "mentor": ("ooooooo", "mmmmmmm"),
        "mentee": ("ooooooo", "mmmmmmm"),
        "manager": ("--ooo--", "--mmm--"),
        "coordinator": ("ooooooo", "mmmmmmm"),
    },
    "evaluation_details": {"mentor": ("ooodddo", "ooooooo")},
    "evaluation_discard": {"mentor": ("odddddo", "doooood")},
    "evaluation_version": {"mentor": ("odddddd", "ooooooo")},
    "evaluation_reveal": {"mentor": ("doddddd", "odooooo")},
    "talk": {
        "mentor": ("ddodddd", "ooooooo"),
        "mentee": ("ddodddd", "ooooooo"),
    },
    "talk_keep": {
        "mentor": ("mmmmmmm", "ooooooo"),
        "mentee": ("mmmmmmm", "ooooooo"),
    },
    "sign": {
        "mentor": ("ddodd-d", "ooooo-o"),
        "mentee": ("dddod--", "ooooo--"),
        "manager": ("--dod--", "--ooo--"),
    },
    "signature_missing": {"mentor": ("dddoddd", "ooooooo")},
    "evaluation_correct": {"mentor": ("dddoodd", "ooooooo")},
    "sheet": {
        "mentor": ("ooodddo", "mmmmmmm"),
        "mentee": ("oooddd-", "mmmmmm-"),
    },
    "sheet_layout": {
        "mentor": ("ddddddd", "ddddddd"),
        "mentee": ("dddddd-", "dddddd-"),
    },
    "sheet_all": {
        "mentor": ("odddddo", "odddddo"),
        "mentee": ("oodddd-", "oodddd-"),
    },
    "sheet_area": {
        "mentor": ("odddddo", "odddddo"),
        "mentee": ("oodddd-", "oodddd-"),
    },
    "sheet_competency": {
        "mentor": ("odddddo", "odddddo"),
        "mentee": ("oodddd-", "oodddd-"),
    },
    "sheet_remark": {
        "mentor": ("odddddo", "odddddo"),
        "mentee": ("oodddd-", "oodddd-"),
    },
    "sheet_keep": {
        "mentor": ("mmmmmmm", "ooooooo"),
        "mentee": ("mmmmmm-", "oooooo-"),
    },
    "sheet_check": {
        "mentor": ("odddddo", "ooooood"),
        "mentee": ("oodddd-", "oooooo-"),
    },
    "sheet_take_back": {
        "mentor": ("doodddd", "ooooooo"),
        "mentee": ("ddoddd-", "oooooo-"),
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
    "paper": (READERS, "om"),
    "record": (("mentee",), "om"),
    "record_file": (("mentee",), "om"),
}
SIGNED_IN = tuple(actor for actor in ACTORS if actor != "anonymous")
IN_A_MENTORSHIP = tuple(
    actor
    for actor in SIGNED_IN
    if actor not in ("reader", "editor", "administrator", "coordinator")
)

#: The other addresses.
WORKSPACE = {
    "home": (SIGNED_IN, "om"),
    "mentorships": (("coordinator",), "om"),
    "mentorship_add": (("coordinator",), "oo"),
    "questions": (SIGNED_IN, "om"),
    # No page shows the framework: whoever takes part in a mentorship on it, and nobody else.
    "unclear": (IN_A_MENTORSHIP, "oo"),
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
TEXTS += ["Practise with Luc", "Thank you"]
NAMES = ["Mentee Person", "Mentor Person", "Deputy Person", "Manager Person"]


# -- The world


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One mentorship with an evaluation in each state, another one, and everybody of the table."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def arguments(world, pattern, *, evaluation=None):
    """What stands in the address of ``pattern``: of this mentorship, or of ``evaluation``."""
    content = world.states["D"].framework_version.content
    values = {
        "mentorship_id": world.cast.mentorship.public_id,
        "window_id": world.windows["own"].public_id,
        "key": content.competencies[0].key,
        "kind": "framework",
        "version": world.states["D"].framework_version_id,
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
    # A text that cannot be kept while it is typed is told so.
    return "ok" if response.status_code in (200, 400, 409, 422) else response.status_code


def ask(user, address, method, view):
    """Ask the view at ``address`` as Django would."""
    request = getattr(RequestFactory(), method)(address)
    request.user = user
    request.session = {}
    # Sent from the page itself: what is forged gets nowhere (tests/sheets/test_keeping.py).
    request._dont_enforce_csrf_checks = True
    try:
        return answer(view.func(request, *view.args, **view.kwargs))
    except Http404:
        return "no"


def ask_and_undo(*asked):
    """Ask, and undo what was written."""
    with transaction.atomic():
        try:
            return ask(*asked)
        finally:
            transaction.set_rollback(True)


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
    # What the pages say is for other tests; this one is about who gets one.
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    wrong = []
    before = stored() if actor in STRANGERS else ""
    for pattern, column, address in addresses(world):
        view = resolve(address)
        # Strangers try the rarer methods on a draft and on a closed evaluation: it takes long.
        short = actor in STRANGERS and column not in ("", "D", "C")
        for method in ("get", "post") if short else METHODS:
            # What a stranger would write stays, to be seen below.
            undo = method == "post" and actor in PARTICIPANTS
            got = (ask_and_undo if undo else ask)(user, address, method, view)
            wanted = expected(pattern.name, column, actor, method)
            if got != wanted:
                wrong.append(f"{actor}: {method} {pattern.name} {column}: {got}, not {wanted}")
    assert not wrong, "\n".join(wrong)
    if actor in STRANGERS:
        assert stored() == before


def test_nothing_is_found_at_an_id_of_nothing(world):
    for pattern in urls.urlpatterns:
        if not pattern.pattern.converters:
            continue
        given = dict.fromkeys(pattern.pattern.converters, uuid.uuid4())
        if pattern.name == "unclear":
            given |= {"version": world.states["D"].framework_version_id, "kind": "framework"}
        address = reverse(f"mentorship_cms:{pattern.name}", kwargs=given)
        for actor in ("mentor", "coordinator", "mentee"):
            for method in METHODS:
                got = ask(world.users[actor], address, method, resolve(address))
                assert got == "no", (actor, method, pattern.name)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_forged_form_gets_nowhere_at_any_address(world, method):
    """The workspace makes Django's check itself, so each address is asked, whoever is signed in."""
    before = stored()
    for actor in ("mentor", "mentee", "coordinator"):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(world.users[actor])
        for pattern in urls.urlpatterns:
            known = {
                "mentorship_id": world.cast.mentorship.public_id,
                "evaluation_id": world.states["D"].public_id,
                "window_id": world.windows["own"].public_id,
                "key": world.states["D"].framework_version.content.areas[0].key,
                "version": world.states["D"].framework_version_id,
                "kind": "framework",
            }
            given = {name: known[name] for name in pattern.pattern.converters}
            if pattern.name == "sheet_competency":
                content = world.states["D"].framework_version.content
                given["key"] = content.competencies[0].key
            address = reverse(f"mentorship_cms:{pattern.name}", kwargs=given)
            response = getattr(browser, method)(address)
            assert response.status_code == 403, (actor, pattern.name)
    assert stored() == before


# -- What the pages say


def browser_of(world, actor):
    """A browser in which ``actor`` is signed in."""
    browser = Client()
    if actor != "anonymous":
        browser.force_login(world.users[actor])
    return browser


def everything(world, actor):
    """All that ``actor`` is sent from any address: bodies, headers, where redirects lead."""
    as_actor(world, actor)
    browser = browser_of(world, actor)
    for _pattern, column, address in addresses(world):
        # What a stranger gets is the same page of the host; a few of them will do.
        if actor in STRANGERS and column not in ("", "D", "C"):
            continue
        response = browser.get(address)
        headers = "\n".join(f"{name}: {value}" for name, value in response.items())
        yield address, f"{headers}\n\n{response.content.decode()}"


def hidden_from(actor):
    """What is nowhere in anything that ``actor`` is sent."""
    both = SECRETS["mentor"] + SECRETS["mentee"]
    if actor in ("mentor", "deputy inside"):
        return SECRETS["mentee"]
    if actor == "mentee":
        return [*SECRETS["mentor"], UNSHARED]
    if actor == "manager":
        return [*both, UNSHARED]
    if actor in ("deputy outside", "coordinator"):
        return [*both, *TEXTS, UNSHARED]
    return [*both, *TEXTS, UNSHARED, *NAMES]


def shown_to(actor):
    """What is somewhere in all that ``actor`` is sent: proof that the search finds things."""
    if actor in ("mentor", "deputy inside"):
        return [*SECRETS["mentor"], *TEXTS, UNSHARED, *NAMES]
    if actor == "mentee":
        return [*SECRETS["mentee"], *TEXTS, *NAMES]
    if actor == "manager":
        return TEXTS
    if actor in ("deputy outside", "coordinator"):
        return NAMES
    return []


@pytest.mark.parametrize("actor", ACTORS)
def test_words_and_names(world, actor):
    missing = set(shown_to(actor))
    for address, sent in everything(world, actor):
        found = [words for words in hidden_from(actor) if words in sent]
        assert not found, (actor, address, found)
        missing -= {words for words in missing if words in sent}
    assert not missing, (actor, missing)


def test_no_answer_is_kept_by_a_cache_or_found_by_a_search_engine(world):
    for actor in ("anonymous", "reader", "mentor", "mentee", "manager", "coordinator"):
        browser = browser_of(world, actor)
        for _pattern, column, address in addresses(world):
            if column in ("", "S"):
                response = browser.get(address)
                if response.status_code != 404:
                    assert "no-store" in response.headers["Cache-Control"], address
                    assert "noindex" in response.headers["X-Robots-Tag"], address


# -- Ids of something else


def url(name, *args):
    """The address of a page of the workspace."""
    return reverse(f"mentorship_cms:{name}", args=args)


def test_a_key_of_another_framework_is_not_found(world):
    other = factories.published_framework(locale=world.framework.locale, title="Other")
    content = other.versions.get().content
    evaluation, mentorship = world.states["D"].public_id, world.cast.mentorship.public_id
    for address in (
        url("sheet_competency", evaluation, content.competencies[0].key),
        url("sheet_area", evaluation, content.areas[0].key),
        url("progress_competency", mentorship, content.competencies[0].key),
    ):
        for method in ("get", "post"):
            got = ask(world.users["mentor"], address, method, resolve(address))
            assert got == ("method" if "progress" in address and method == "post" else "no")


def test_a_window_of_another_mentorship_is_not_closed(world):
    address = url(
        "mentorship_window_close",
        world.cast.mentorship.public_id,
        world.windows["other"].public_id,
    )
    for actor in ("mentor", "coordinator"):
        ask(world.users[actor], address, "post", resolve(address))
    assert DeputyWindow.objects.get(pk=world.windows["other"].pk).closed_at is None
    assert DeputyWindow.objects.get(pk=world.windows["own"].pk).closed_at is None


# -- Who loses a right loses it at once


@pytest.fixture
def mentor_page(world):
    """The sheet that the mentor writes."""
    return url("sheet", world.states["D"].public_id)


def test_another_mentor(world, mentor_page):
    browser = browser_of(world, "mentor")
    assert answer(browser.get(mentor_page)) == "ok"
    mentorships.assign(
        user=world.users["coordinator"],
        public_id=world.cast.mentorship.public_id,
        role=Role.MENTOR,
        person=world.users["reader"],
        reason="A change",
    )
    assert answer(browser.get(mentor_page)) == "no"
    assert answer(browser.post(mentor_page)) == "no"
    assert answer(browser_of(world, "reader").get(mentor_page)) == "ok"


def test_another_line_manager(world):
    browser = browser_of(world, "manager")
    address = url("evaluation", world.states["G"].public_id)
    assert answer(browser.get(address)) == "ok"
    mentorships.assign(
        user=world.users["coordinator"],
        public_id=world.cast.mentorship.public_id,
        role=Role.LINE_MANAGER,
        person=world.users["reader"],
        reason="A change",
    )
    for page in (address, url("sign", world.states["G"].public_id)):
        assert answer(browser.get(page)) == "no"
        assert answer(browser.post(page)) == "no"


def test_the_deputy_hands_back(world, mentor_page):
    browser = browser_of(world, "deputy inside")
    assert answer(browser.get(mentor_page)) == "ok"
    mentorships.close_window(
        user=world.cast.mentor,
        public_id=world.cast.mentorship.public_id,
        window_id=world.windows["own"].public_id,
    )
    assert answer(browser.get(mentor_page)) == "no"


@pytest.mark.parametrize(("first", "last"), [(1, 5), (-5, -1)])
def test_the_deputy_before_and_after_the_window(world, mentor_page, first, last):
    browser = browser_of(world, "deputy inside")
    assert answer(browser.get(mentor_page)) == "ok"
    DeputyWindow.objects.filter(pk=world.windows["own"].pk).update(
        starts_on=today() + timedelta(days=first), ends_on=today() + timedelta(days=last)
    )
    assert answer(browser.get(mentor_page)) == "no"


def test_an_account_that_is_closed(world, mentor_page):
    browser = browser_of(world, "mentor")
    assert answer(browser.get(mentor_page)) == "ok"
    type(world.cast.mentor).objects.filter(pk=world.cast.mentor.pk).update(is_active=False)
    assert answer(browser.get(mentor_page)) == "login"
    # Also where the host's way of signing in would let it through.
    user = type(world.cast.mentor).objects.get(pk=world.cast.mentor.pk)
    assert ask(user, mentor_page, "get", resolve(mentor_page)) == "no"


def test_a_coordinator_who_leaves_the_group(world):
    browser = browser_of(world, "coordinator")
    pages = [url("mentorships"), url("mentorship_people", world.cast.mentorship.public_id)]
    assert [answer(browser.get(page)) for page in pages] == ["ok", "ok"]
    Group.objects.get(name=setup.COORDINATORS).user_set.remove(world.users["coordinator"])
    assert [answer(browser.get(page)) for page in pages] == ["no", "no"]
