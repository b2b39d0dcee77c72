"""Mentorships and evaluations in the admin: every actor, in every state, at every address.

The people and the states are those of the workspace (tests/matrix/world.py); the answers are
written down in tests/matrix/records.py, and are computed from nothing.
"""

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import reverse
from wagtail.permissions import policy_registry

from mentorship_cms.admin.policies import kept_doors
from mentorship_cms.admin.registers import SUBJECTS
from mentorship_cms.models import Evaluation, Mentorship
from mentorship_cms.models.kinds import RECORDS
from tests import lifecycle
from tests.matrix import records
from tests.matrix.world import ACTORS, as_actor, build
from tests.test_access import answer

pytestmark = pytest.mark.django_db

MODELS = {"evaluation": Evaluation, "mentorship": Mentorship}
METHODS = ["get", "head", "post", "put", "delete"]
#: The states in which the methods that write are tried; GET is tried in all.
WRITTEN = ("", "D", "C")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The world of the workspace, in which everybody but the team may enter the admin."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        door = Permission.objects.get(codename="access_admin")
        for actor in records.ENTERING:
            world.users[actor].user_permissions.add(door)
        # So that each kind of record has rows of history.
        third = lifecycle.cast(world.framework, world.users["coordinator"], prefix="third-")
        lifecycle.with_history(third)
        yield world
        transaction.set_rollback(True)


def browser_of(world, actor):
    """A browser in which ``actor`` is signed in."""
    browser = Client()
    user = as_actor(world, actor)
    if actor != "anonymous":
        browser.force_login(user)
    return browser


def address(model, view, key=None):
    """The address of a view of the admin."""
    name = f"wagtailsnippets_mentorship_cms_{model}:{view}"
    return reverse(name, args=[] if key is None else [key])


def key_of(world, model, column):
    return world.states[column].pk if model == "evaluation" else world.cast.mentorship.pk


def names_of(world, model, found):
    """What the tables call the records that were found."""
    if model == "mentorship":
        known = {world.cast.mentorship.pk: "own", world.others.mentorship.pk: "other"}
    else:
        known = {one.pk: column for column, one in world.states.items()}
        other = Evaluation.objects.filter(mentorship=world.others.mentorship)
        known |= dict.fromkeys(other.values_list("pk", flat=True), "other")
    return {known.get(one.pk, "further") for one in found}


def allowed(method, said):
    """What a method gets where GET gets ``said``: none but GET and HEAD is known."""
    return "method" if said == "ok" and method not in ("get", "head") else said


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("model", MODELS)
def test_one_record(world, monkeypatch, model, actor):
    browser = browser_of(world, actor)
    # What the pages say is for other tests; this one is about who gets one.
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    wrong = []
    for column in records.state_columns(model):
        said = records.one(model, actor, column)
        for view in records.ONE:
            place = address(model, view, key_of(world, model, column))
            for method in METHODS if column in WRITTEN else ("get",):
                got = answer(getattr(browser, method)(place))
                if got != allowed(method, said):
                    wrong.append(f"{method} {view} {column}: {got}, not {allowed(method, said)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("model", MODELS)
def test_lists(world, monkeypatch, model, actor):
    browser = browser_of(world, actor)
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    expected = records.listed(model, actor)
    refused = "no" if actor in records.ENTERING else "login"
    for view in records.LISTS:
        for method in METHODS:
            response = getattr(browser, method)(address(model, view))
            said = "ok" if expected else refused
            assert answer(response) == allowed(method, said), (method, view)
            if expected and method == "get":
                assert names_of(world, model, response.context_data["object_list"]) == expected


@pytest.mark.parametrize("actor", ACTORS)
def test_what_the_menu_is_told_is_what_there_is(world, actor):
    user = as_actor(world, actor)
    if actor == "anonymous":
        return
    user = type(user).objects.get(pk=user.pk)
    for model, of in MODELS.items():
        policy = policy_registry.get_by_type(of)
        there_is = policy.visible_to(user).exists()
        assert policy.user_has_permission(user, "view") == there_is
        assert there_is == (records.listed(model, actor) is not None)
        for action in ("add", "change", "delete", "publish"):
            assert not policy.user_has_permission(user, action)
    assert kept_doors(user).coordinates == (actor == "coordinator")


@pytest.mark.parametrize("actor", ACTORS)
def test_registers(world, monkeypatch, actor):
    browser = browser_of(world, actor)
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    wrong = []
    for model in (*SUBJECTS, *RECORDS):
        said = records.register(actor, records=model in RECORDS)
        views = {"index": [], "inspect": [model.history.first().pk]}
        for view, arguments in views.items():
            name = f"mentorship_cms_historical{model._meta.model_name}_modeladmin_{view}"
            place = reverse(name, args=arguments)
            for query in ("", "?export=csv") if view == "index" else ("",):
                got = answer(browser.get(place + query))
                if got != said:
                    wrong.append(f"{model.__name__} {view}{query}: {got}, not {said}")
            if answer(browser.post(place)) not in ("no", "login", "method"):
                wrong.append(f"{model.__name__} {view}: takes a POST")
    assert not wrong, "\n".join(wrong)
