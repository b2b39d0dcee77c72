"""Mentorships and evaluations in the Wagtail admin: scoped, read-only, without their text."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, path, reverse
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.models import ModelLogEntry, ReferenceIndex
from wagtail.permissions import policy_registry
from wagtail.users.models import UserProfile

from mentorship_cms.admin.records import ADDRESSES, EvaluationViewSet, MentorshipViewSet
from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import (
    Assignment,
    CompetencyFramework,
    Evaluation,
    Mentorship,
    Opening,
    Rating,
    Sheet,
)
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships
from mentorship_cms.services.evaluations import discard
from tests import lifecycle
from tests.factories import make_user

MODELS = {"evaluation": Evaluation, "mentorship": Mentorship}
VIEWSETS = [EvaluationViewSet, MentorshipViewSet]
#: What tests/lifecycle.py writes, and the people of the cast: nothing of it is for the admin.
TEXTS = [
    "Helping at breakfast",
    "Grows steadily",
    "More practice",
    "Practise with Luc",
    "by mentor",
    "by mentee",
    "Thank you",
]
NAMES = ["Mentee Person", "Mentor Person", "Deputy Person", "Manager Person"]


def let_in(*people):
    """Give the right to enter the Wagtail admin, and no other."""
    for person in people:
        person.user_permissions.add(Permission.objects.get(codename="access_admin"))


def signed_in(person):
    """A browser in which ``person`` is signed in."""
    browser = Client()
    browser.force_login(person)
    return browser


def in_english(person):
    """A browser of ``person``, who reads the admin in English."""
    UserProfile.objects.create(user=person, preferred_language="en")
    return signed_in(person)


def status(response):
    """The status of an answer; the site seeks what it does not find below a language as well."""
    path = response.request["PATH_INFO"]
    if response.status_code == 302 and response.url.split("?")[0] == f"/nl{path}":
        return 404
    return response.status_code


def url(model, view, *args):
    """The address of a view of the admin for a record."""
    return reverse(f"wagtailsnippets_mentorship_cms_{model}:{view}", args=args)


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship whose people may all enter the admin."""
    cast = lifecycle.cast(framework, coordinator)
    let_in(cast.mentee, cast.mentor, cast.deputy, cast.manager)
    return cast


@pytest.fixture
def others(framework, coordinator):
    """Another mentorship, whose people may all enter the admin."""
    others = lifecycle.cast(framework, coordinator, prefix="other-")
    let_in(others.mentee, others.mentor, others.deputy, others.manager)
    return others


@pytest.fixture
def evaluations(cast):
    """Evaluations of one mentorship, by state."""
    dropped = lifecycle.started(cast, kind=EvaluationKind.EXTRA)
    discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="A mistake")
    return {
        "closed": lifecycle.closed(cast, kind=EvaluationKind.START),
        "signed": lifecycle.signed(cast, kind=EvaluationKind.INTERIM),
        "shared": lifecycle.talked(cast, kind=EvaluationKind.FINAL),
        "draft": lifecycle.started(cast, kind=EvaluationKind.EXTRA),
        "discarded": dropped,
    }


# -- The addresses


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_there_are_five_addresses(viewset):
    assert {pattern.name for pattern in viewset().get_urlpatterns()} == set(ADDRESSES)
    model = viewset.model._meta.model_name
    for view in ("add", "edit", "delete", "usage", "copy", "revisions_view", "unpublish"):
        for args in ([], [1]):
            with pytest.raises(NoReverseMatch):
                url(model, view, *args)
    for view in ("choose", "choose_results", "chosen", "chosen_multiple", "create"):
        with pytest.raises(NoReverseMatch):
            reverse(f"wagtailsnippetchoosers_mentorship_cms_{model}:{view}")
    assert not [
        found
        for found in viewsets.viewsets
        if isinstance(found, ChooserViewSet) and found.model is viewset.model
    ]


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_every_address_with_a_key_is_not_found_by_a_stranger(rf, viewset, cast, others):
    lifecycle.closed(cast)
    record = viewset.model.objects.get() if viewset is EvaluationViewSet else cast.mentorship
    checked = 0
    for pattern in viewset().get_urlpatterns():
        if "pk" not in pattern.pattern.converters:
            continue
        for method in ("get", "post", "head", "options", "put", "delete"):
            request = getattr(rf, method)("/")
            request.user = others.mentor
            with pytest.raises(Exception) as refusal:
                pattern.callback(request, pk=record.pk)
            assert type(refusal.value).__name__ == "Http404"
            checked += 1
    assert checked == 18


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_an_address_that_wagtail_adds_tomorrow_does_not_exist(monkeypatch, viewset):
    from wagtail.snippets.views.snippets import SnippetViewSet

    before = SnippetViewSet.get_urlpatterns

    def tomorrow(self):
        return [*before(self), path("leak/<int:pk>/", print, name="leak")]

    monkeypatch.setattr(SnippetViewSet, "get_urlpatterns", tomorrow)
    assert "leak" in {pattern.name for pattern in tomorrow(viewset())}
    assert "leak" not in {pattern.name for pattern in viewset().get_urlpatterns()}
    # One that takes the name of an address that we want is guarded by its key all the same.
    monkeypatch.setattr(
        SnippetViewSet,
        "get_urlpatterns",
        lambda self: [path("leak/<int:pk>/", print, name="inspect")],
    )
    (pattern,) = viewset().get_urlpatterns()
    assert pattern.callback is not print


# -- Who sees which


def listed(browser, model):
    """The neutral names that the list shows."""
    response = browser.get(url(model, "list"))
    if status(response) == 302:
        return None
    return {str(record) for record in response.context["object_list"]}


@pytest.mark.parametrize("person", ["mentor", "deputy", "mentee", "manager", "coordinator"])
def test_evaluations_are_those_of_the_access_table(cast, others, evaluations, person):
    window = person == "deputy"
    if window:
        assert listed(signed_in(cast.deputy), "evaluation") is None
        mentorships.open_window(
            user=cast.mentor,
            public_id=cast.mentorship.public_id,
            starts_on=today(),
            ends_on=today(),
        )
    foreign = lifecycle.closed(others)
    seen = {
        "mentor": {"closed", "signed", "shared", "draft", "discarded"},
        "deputy": {"closed", "signed", "shared", "draft", "discarded"},
        "mentee": {"closed", "signed", "shared", "draft", "discarded"},
        "manager": {"closed", "signed", "shared"},
        "coordinator": {"closed", "signed", "shared", "draft", "discarded"},
    }[person]
    browser = signed_in(getattr(cast, person))
    expected = {str(evaluations[state]) for state in seen}
    if person == "coordinator":
        expected.add(str(foreign))
    assert listed(browser, "evaluation") == expected
    for state, evaluation in evaluations.items():
        for view in ("inspect", "history", "history_results"):
            answer = browser.get(url("evaluation", view, evaluation.pk))
            assert status(answer) == (200 if state in seen else 404), (state, view)
    answer = browser.get(url("evaluation", "inspect", foreign.pk))
    assert status(answer) == (200 if person == "coordinator" else 404)


def test_administrators_editors_and_strangers_see_no_evaluation(
    cast, others, evaluations, administrator, editor
):
    for person in (administrator, editor, others.mentor, others.mentee, others.manager):
        browser = signed_in(person)
        assert listed(browser, "evaluation") is None
        for evaluation in evaluations.values():
            for view in ("inspect", "history", "history_results"):
                assert status(browser.get(url("evaluation", view, evaluation.pk))) == 404


def test_a_right_given_to_a_user_opens_nothing(cast, evaluations):
    person = make_user("stranger")
    let_in(person)
    person.user_permissions.add(
        *Permission.objects.filter(content_type__model__in=["evaluation", "sheet", "rating"])
    )
    assert listed(signed_in(person), "evaluation") is None


def test_mentorships_are_for_coordinators_administrators_and_those_who_take_part(
    cast, others, coordinator, administrator, editor
):
    own, foreign = str(cast.mentorship), str(others.mentorship)
    for person in (cast.mentor, cast.deputy, cast.mentee, cast.manager):
        assert listed(signed_in(person), "mentorship") == {own}
    for person in (coordinator, administrator):
        assert listed(signed_in(person), "mentorship") == {own, foreign}
    assert listed(signed_in(editor), "mentorship") is None
    for view in ("inspect", "history", "history_results"):
        address = url("mentorship", view, others.mentorship.pk)
        for person in (cast.mentor, cast.mentee, editor):
            assert status(signed_in(person).get(address)) == 404
    assert not Opening.objects.exists()


def test_who_leaves_sees_nothing_any_more(cast, evaluations, coordinator):
    browser = signed_in(cast.manager)
    assert listed(browser, "evaluation")
    successor = make_user("successor")
    mentorships.assign(
        user=coordinator,
        public_id=cast.mentorship.public_id,
        role="line_manager",
        person=successor,
        reason="Another job",
    )
    assert listed(browser, "evaluation") is None
    address = url("evaluation", "inspect", evaluations["closed"].pk)
    assert status(browser.get(address)) == 404


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999999999"])
def test_a_key_of_nothing_is_not_found(cast, coordinator, key):
    for model in MODELS:
        address = url(model, "list") + f"inspect/{key}/"
        assert status(signed_in(coordinator).get(address)) == 404


# -- What they see


@pytest.mark.parametrize("person", ["mentor", "mentee", "manager", "coordinator"])
def test_nothing_of_the_text_and_no_name_is_shown(cast, evaluations, person):
    browser = signed_in(getattr(cast, person))
    shown = browser.get(url("evaluation", "list")).content.decode()
    for state, evaluation in evaluations.items():
        if person == "manager" and state in ("draft", "discarded"):
            continue
        page = browser.get(url("evaluation", "inspect", evaluation.pk)).content.decode()
        assert str(evaluation) in page
        shown += page
    own = getattr(cast, person).get_full_name()
    for words in (*TEXTS, "A mistake", *(name for name in NAMES if name != own)):
        assert words not in shown, words


def test_who_takes_part_finds_the_way_to_the_workspace(cast, evaluations):
    for person, leads in ((cast.mentor, True), (cast.manager, True), (cast.coordinator, False)):
        evaluation = evaluations["shared"]
        page = signed_in(person).get(url("evaluation", "inspect", evaluation.pk)).content.decode()
        address = reverse("mentorship_cms:evaluation", args=[evaluation.public_id])
        assert (f'href="{address}"' in page) == leads


def test_history_tells_who_did_what_when_and_nothing_else(cast, evaluations, coordinator):
    evaluation = evaluations["closed"]
    for view in ("history", "history_results"):
        page = signed_in(coordinator).get(url("evaluation", view, evaluation.pk))
        acts = [(row["act"], row["person_name"]) for row in page.context["object_list"]]
        assert acts == [
            ("sign", "Mentee Person"),
            ("sign", "Manager Person"),
            ("sign", "Mentor Person"),
            ("share", "Mentee Person"),
            ("share", "Mentor Person"),
            ("details", "Mentor Person"),
            ("start", "Mentor Person"),
        ]
        for words in TEXTS:
            assert words not in page.content.decode()
    page = signed_in(cast.mentor).get(url("evaluation", "history", evaluations["discarded"].pk))
    assert "A mistake" not in page.content.decode()


def test_history_of_a_mentorship_holds_no_reason(cast, coordinator):
    mentorships.assign(
        user=coordinator,
        public_id=cast.mentorship.public_id,
        role="line_manager",
        person=make_user("successor"),
        reason="Because of a quarrel",
    )
    page = signed_in(coordinator).get(url("mentorship", "history", cast.mentorship.pk))
    assert [row["act"] for row in page.context["object_list"]] == ["assign", "create"]
    assert "quarrel" not in page.content.decode()


def test_the_people_stand_on_the_page_of_a_mentorship_and_not_in_the_list(cast, coordinator):
    browser = signed_in(coordinator)
    shown = browser.get(url("mentorship", "list")).content.decode()
    page = browser.get(url("mentorship", "inspect", cast.mentorship.pk)).content.decode()
    for name in NAMES:
        assert name not in shown
        assert name in page


def test_the_mentee_sees_that_an_administrator_opened_the_mentorship(cast, administrator):
    browser = signed_in(administrator)
    for _twice in range(2):
        assert status(browser.get(url("mentorship", "inspect", cast.mentorship.pk))) == 200
    (opening,) = Opening.objects.all()
    assert (opening.person_name, opening.capacity) == ("admin", "")
    assert (opening.mentorship, opening.subject) == (cast.mentorship, cast.mentorship.public_id)
    signed_in(cast.mentee).get(url("mentorship", "inspect", cast.mentorship.pk))
    assert Opening.objects.count() == 1
    # The trace outlives the account.
    administrator.delete()
    opening.refresh_from_db()
    assert (opening.person, opening.person_name) == (None, "admin")


# -- What Wagtail would do besides


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("parameters", ["?export=csv", "?export=xlsx", "?q=breakfast"])
def test_a_list_neither_exports_nor_searches(cast, evaluations, coordinator, model, parameters):
    response = signed_in(coordinator).get(url(model, "list") + parameters)
    assert status(response) == 200
    assert response["Content-Type"].startswith("text/html")
    assert len(response.context["object_list"]) == MODELS[model].objects.count()


def test_filters_offer_no_people(cast, evaluations, coordinator):
    browser = signed_in(coordinator)
    filters = browser.get(url("evaluation", "list")).context["filters"].form.fields
    assert set(filters) == {"state", "kind"}
    filters = browser.get(url("mentorship", "list")).context["filters"].form.fields
    assert set(filters) == {"stage", "context"}
    address = url("evaluation", "list") + "?state=closed"
    assert set(browser.get(address).context["object_list"]) == {evaluations["closed"]}
    # What is no filter asks nothing.
    address = url("evaluation", "list") + "?conclusion__startswith=Z&ordering=conclusion"
    assert len(browser.get(address).context["object_list"]) == len(evaluations)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_bulk_actions_do_not_exist(cast, evaluations, administrator, model, method):
    before = MODELS[model].objects.count()
    for person in (administrator, cast.mentor, cast.coordinator):
        browser = signed_in(person)
        for wanted in ("all", str(MODELS[model].objects.first().pk)):
            address = reverse("wagtail_bulk_action", args=["mentorship_cms", model, "delete"])
            answer = getattr(browser, method)(f"{address}?id={wanted}")
            assert status(answer) == 404
    page = signed_in(cast.coordinator).get(url(model, "list")).content.decode()
    assert "bulk" not in page.split("<main")[1]
    assert MODELS[model].objects.count() == before


def test_nothing_else_of_the_admin_tells_of_a_record(cast, evaluations, administrator):
    evaluation = evaluations["closed"]
    assert not ModelLogEntry.objects.filter(content_type__model__in=MODELS).exists()
    browser = in_english(administrator)
    words = [str(evaluation), str(cast.mentorship), *TEXTS]
    for name in ("wagtailadmin_home", "wagtailadmin_reports:site_history"):
        page = browser.get(reverse(name)).content.decode()
        assert not [word for word in words if word in page]
    for person in (administrator, cast.mentor):
        ping = signed_in(person).post(
            reverse(
                "wagtailadmin_editing_sessions:ping",
                args=["mentorship_cms", "evaluation", evaluation.pk, 1],
            )
        )
        assert status(ping) == 404
    for address in ("/admin/pages/search/?q=breakfast", "/admin/snippets/"):
        page = browser.get(address).content.decode()
        assert not [word for word in words if word in page]
    # A framework in use is kept by its versions, and does not say by whom.
    where = "wagtailsnippets_mentorship_cms_competencyframework:"
    page = browser.get(reverse(where + "usage", args=[cast.mentorship.framework_id]))
    assert str(cast.mentorship) not in page.content.decode()
    assert "Care assistant, version 1" in page.content.decode()


@pytest.mark.parametrize("model", MODELS.values())
def test_records_are_no_usage_of_what_they_name(cast, model):
    """Wagtail asks of each by itself on the page that tells of the usage."""
    lifecycle.closed(cast)
    assert model not in ReferenceIndex.tracked_models
    kinds = ReferenceIndex.objects.values_list("content_type__model", flat=True)
    assert model._meta.model_name not in kinds


def test_a_framework_in_use_is_not_deleted(cast, administrator):
    framework = cast.mentorship.framework
    browser = in_english(administrator)
    where = "wagtailsnippets_mentorship_cms_competencyframework:"
    address = reverse(where + "delete", args=[framework.pk])
    page = browser.get(address)
    assert status(page) == 200 and 'value="Yes' not in page.content.decode()
    assert status(browser.post(address)) == 302
    framework.refresh_from_db()
    assert framework.mentorships.get() == cast.mentorship


@pytest.mark.parametrize("model", [Evaluation, Mentorship, Sheet, Rating])
def test_no_programme_reads_it(model):
    assert not hasattr(model, "api_fields")
    assert not hasattr(model, "search_fields")


def test_lists_of_users_are_told_of_nobody(cast):
    for model in MODELS.values():
        policy = policy_registry.get_by_type(model)
        assert not policy.users_with_any_permission(["view", "change"]).exists()
        for action in ("add", "change", "delete", "publish"):
            assert not policy.user_has_permission(cast.coordinator, action)
            assert not policy.user_has_permission_for_instance(
                cast.coordinator, action, cast.mentorship
            )
            assert not policy.instances_user_has_permission_for(cast.coordinator, action).exists()


def menu_of(person):
    """The entries of the plugin in the menu of the admin, for ``person``."""
    from wagtail.admin.menu import admin_menu

    class Request:
        user = get_user_model().objects.get(pk=person.pk)

    for item in admin_menu.menu_items_for_request(Request):
        if item.name == "mentoring":
            return {inner.url for inner in item.menu.menu_items_for_request(Request)}
    return set()


def test_the_menu_shows_what_there_is_to_see(cast, evaluations, others, administrator, editor):
    own = {url(model, "list") for model in MODELS}
    assert menu_of(cast.mentor) == own
    assert menu_of(cast.coordinator) == own
    assert menu_of(others.mentor) == {url("mentorship", "list")}
    assert menu_of(administrator) & own == {url("mentorship", "list")}
    assert menu_of(editor) & own == set()
    nobody = make_user("nobody")
    let_in(nobody)
    assert menu_of(nobody) == set()


def test_groups_are_offered_the_right_to_coordinate_and_none_to_a_record(db):
    offered = [
        permission.codename
        for viewset in VIEWSETS
        for permission in viewset().get_permissions_to_register()
    ]
    assert offered == ["coordinate_mentorship"]


# -- How quick


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("person", ["coordinator", "mentor"])
def test_a_list_needs_few_queries_however_long_it_is(cast, others, coordinator, model, person):
    lifecycle.shared(cast)
    browser = signed_in(getattr(cast, person))

    def queries():
        browser.get(url(model, "list"))
        with CaptureQueriesContext(connection) as captured:
            assert status(browser.get(url(model, "list"))) == 200
        return captured.captured_queries

    few = queries()
    framework = CompetencyFramework.objects.get(pk=cast.mentorship.framework_id)
    version = framework.versions.first()
    for _each in range(20):
        mentorship = Mentorship.objects.create(
            framework=framework, context="newcomer", starts_on=today()
        )
        Assignment.objects.create(
            mentorship=mentorship,
            role="mentor",
            person=cast.mentor,
            started_at=cast.mentorship.created_at,
        )
        Evaluation.objects.create(
            mentorship=mentorship, kind="interim", framework_version=version, talk_on=today()
        )
    many = queries()
    assert len(many) == len(few)
    about = [one["sql"] for one in many if "mentorship_cms_" in one["sql"]]
    assert len(about) <= 5, about
    assert not [sql for sql in about if "document" in sql]


# -- Accounts that a record names


def test_an_account_that_a_mentorship_names_is_not_deleted(cast, administrator):
    browser = signed_in(administrator)
    for person in (cast.mentee, cast.mentor, cast.deputy, cast.manager):
        address = reverse("wagtailusers_users:delete", args=[person.pk])
        page = browser.get(address)
        assert status(page) == 200
        assert 'type="submit" value="Yes' not in page.content.decode()
        assert status(browser.post(address)) == 302
    bulk = reverse("wagtail_bulk_action", args=["auth", "user", "delete"])
    ids = "&".join(f"id={person.pk}" for person in (cast.mentee, cast.mentor))
    assert status(browser.get(f"{bulk}?{ids}")) == 200
    assert status(browser.post(f"{bulk}?{ids}")) == 302
    assert get_user_model().objects.filter(username__in=["mentee", "mentor"]).count() == 2


def test_the_usage_of_an_account_tells_no_more_than_that_there_is_one(cast, administrator):
    lifecycle.closed(cast)
    browser = in_english(administrator)
    address = reverse("wagtailusers_users:usage", args=[cast.mentee.pk])
    for parameters in ("", "?describe_on_delete=1"):
        page = browser.get(address + parameters).content.decode()
        assert "(Private assignment)" in page
        for words in (*TEXTS, "Mentor Person", "Manager Person", str(cast.mentorship)):
            assert words not in page
    assert {
        reference.content_type.model for reference in ReferenceIndex.get_references_to(cast.mentee)
    } == {"assignment"}


def test_an_account_that_no_record_names_can_be_deleted(cast, administrator, reader):
    address = reverse("wagtailusers_users:delete", args=[reader.pk])
    assert status(signed_in(administrator).post(address)) == 302
    assert not get_user_model().objects.filter(pk=reader.pk).exists()
