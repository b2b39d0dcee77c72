"""Who gets what: every actor on every address that the plugin adds, read and written.

The addresses come from the URL configuration itself, so one that has no row here fails.
"""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import get_resolver, reverse
from wagtail.models import PageViewRestriction
from wagtail.snippets.models import get_snippet_models

from mentorship_cms.admin.registers import SUBJECTS
from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import (
    CompetencyFramework,
    FrameworkPage,
    FrameworkVersion,
    MentoringProjectPage,
    Rating,
    RatingScale,
    RoleDescription,
    RolePage,
    RoleVersion,
    VersionCompetency,
    VersionLevel,
)
from mentorship_cms.services.publishing import publish
from tests import lifecycle
from tests.factories import make_user
from tests.matrix import arrange, consequences, flags, records, translations, upkeep
from tests.matrix.rows import (
    ACT,
    ACTORS,
    EDITORS,
    INSIDERS,
    NO_METHOD,
    NO_METHOD_FOR_INSIDERS,
    NOBODY,
    STRANGERS,
)

MODELS = {
    model._meta.model_name: model for model in (CompetencyFramework, RatingScale, RoleDescription)
}

#: One row for each view of a snippet: what GET and what POST give.
ADMIN = {
    "list": (EDITORS, NO_METHOD),
    "list_results": (EDITORS, NO_METHOD),
    "add": (EDITORS, EDITORS),
    "edit": (EDITORS, EDITORS),
    "delete": (EDITORS, NOBODY),  # everything in this test is in use
    "usage": (EDITORS, NO_METHOD),
    "history": (EDITORS, NO_METHOD),
    "history_results": (EDITORS, NO_METHOD),
    "copy": (EDITORS, NO_METHOD),  # its form posts to "add"
    "unpublish": (EDITORS, ACT),
    "preview_on_add": (EDITORS, EDITORS),
    "preview_on_edit": (EDITORS, EDITORS),
    "revisions_view": (EDITORS, NO_METHOD),
    "revisions_revert": (EDITORS, EDITORS),
    "revisions_compare": (EDITORS, NO_METHOD),
    "revisions_unschedule": (EDITORS, ACT),
    "lock": (NO_METHOD, ACT),
    "unlock": (NO_METHOD, ACT),
    "workflow_action": (NOBODY, NOBODY),
    "collect_workflow_action_data": (NOBODY, NOBODY),
    "confirm_workflow_cancellation": (INSIDERS, INSIDERS),
    "workflow_preview": (NOBODY, NO_METHOD_FOR_INSIDERS),
    "workflow_history": (EDITORS, NO_METHOD),
    "workflow_history_detail": (NOBODY, NO_METHOD),
    "choose": (INSIDERS, NO_METHOD_FOR_INSIDERS),
    "choose_results": (INSIDERS, NO_METHOD_FOR_INSIDERS),
    "chosen": (INSIDERS, NO_METHOD_FOR_INSIDERS),
    "chosen_multiple": (INSIDERS, NO_METHOD_FOR_INSIDERS),
}

#: One row for each of the plugin's own pages about an item.
ITEM_PAGES = {
    name: row
    for subject in (upkeep, flags, consequences, translations, arrange)
    for name, row in subject.ROWS.items()
}

EVERYBODY = dict.fromkeys(ACTORS, "ok")
NOT_FOUND = dict.fromkeys(ACTORS, "no")

#: One row for each address of the pages, by the name of its route: arguments and answer.
ROUTES = {
    "index_route": ({}, EVERYBODY),
    "versions": ({}, EVERYBODY),
    "version": ({"number": 1}, EVERYBODY),
    "changes": ({"old": 1, "new": 2}, EVERYBODY),
    "feed": ({}, EVERYBODY),
}
#: The same for the project page.
PROJECT_ROUTES = {"index_route": EVERYBODY, "changes": EVERYBODY, "feed": EVERYBODY}


def admin_patterns():
    """Every pattern of the plugin in the URL configuration: (full name, its parameters)."""

    def walk(patterns, prefix, namespaces):
        for pattern in patterns:
            address = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                inner = [*namespaces, pattern.namespace] if pattern.namespace else namespaces
                yield from walk(pattern.url_patterns, address, inner)
            elif "mentorship" in address and namespaces != ["mentorship_cms"]:
                # The workspace has a matrix of its own: tests/test_workspace_access.py.
                names = set(pattern.pattern.converters) | set(pattern.pattern.regex.groupindex)
                yield ":".join([*namespaces, pattern.name or ""]), names

    return list(walk(get_resolver().url_patterns, "", []))


@pytest.fixture
def people(reader, coordinator, editor, administrator):
    """A signed-in client for each actor."""
    plain = make_user("plain")
    plain.user_permissions.add(Permission.objects.get(codename="access_admin"))
    users = {
        "reader": reader,
        "plain_admin": plain,
        "coordinator": coordinator,
        "editor": editor,
        "administrator": administrator,
    }
    clients = {"anonymous": Client()}
    for name, user in users.items():
        clients[name] = Client()
        clients[name].force_login(user)
    return clients


def answer(response):
    """Say in one word what the actor got."""
    if response.status_code == 405:
        return "method"
    if response.status_code == 404:
        return "no"
    if response.status_code == 302:
        path = urlsplit(response["Location"]).path
        # What is not found is sought below the language of the site as well.
        if path.removeprefix("/nl") == response.request["PATH_INFO"]:
            return "no"
        if path == reverse("wagtailadmin_login"):
            return "login"
        return "no" if path == reverse("wagtailadmin_home") else "done"
    return "ok" if response.status_code == 200 else response.status_code


def address_of(name, parameters, item):
    """The address of an admin view for ``item``."""
    revision = item.latest_revision_id
    values = {
        "pk": item.pk,
        "revision_id": revision,
        "revision_id_a": revision,
        "revision_id_b": revision,
        "action_name": "approve",
        "task_state_id": 1,
        "workflow_state_id": 1,
        "task_id": 1,
    }
    return reverse(name, kwargs={parameter: values[parameter] for parameter in parameters})


def test_every_admin_address_has_a_row():
    snippets, registers, kept, pages = set(), set(), {}, set()
    for name, _parameters in admin_patterns():
        if name.startswith("mentorship_cms_admin:"):
            pages.add(name.split(":")[1])
            continue
        model = name.split(":")[0].removeprefix("wagtailsnippets_mentorship_cms_")
        if "_modeladmin_" in name:
            registers.add(name.split("_modeladmin_")[1])
        elif model in records.ADDRESSES:
            kept.setdefault(model, set()).add(name.split(":")[-1])
        else:
            snippets.add(name.split(":")[-1])
    assert snippets == set(ADMIN)
    # Those of records and registers: tests/test_record_access.py.
    assert registers == {"index", "inspect"}
    assert kept == records.ADDRESSES
    assert pages == set(ITEM_PAGES)


@pytest.mark.parametrize("name", ITEM_PAGES)
def test_pages_about_an_item(people, mentoring, name):
    row = ITEM_PAGES[name]
    found = {
        "framework": CompetencyFramework.objects.filter(locale=mentoring.locale).first(),
        "role": RoleDescription.objects.filter(locale=mentoring.locale).first(),
        "scale": RatingScale.objects.filter(locale=mentoring.locale).first(),
        "page": mentoring,
    }
    for kind in row.kinds or [None]:
        item = found.get(kind)
        values = {"kind": kind, "pk": item.pk} if item else {}
        address = reverse(f"mentorship_cms_admin:{name}", kwargs=values | row.arguments(item))
        for method, expected in (("get", row.get), ("post", row.post)):
            got = {actor: answer(getattr(who, method)(address)) for actor, who in people.items()}
            assert got == expected, (method, address)
    for kind in {*found} - {*row.kinds} if row.kinds else ():
        values = {"kind": kind, "pk": found[kind].pk} | row.arguments(found[kind])
        address = reverse(f"mentorship_cms_admin:{name}", kwargs=values)
        assert {answer(who.get(address)) for who in people.values()} <= {"no", "login"}, address


@pytest.mark.parametrize("view", ADMIN)
@pytest.mark.parametrize("model", MODELS)
def test_admin(people, mentoring, model, view):
    item = MODELS[model].objects.filter(locale=mentoring.locale).first()
    found = [
        (name, parameters)
        for name, parameters in admin_patterns()
        if name.endswith(f"_mentorship_cms_{model}:{view}")
    ]
    assert len(found) == 1
    address = address_of(*found[0], item)
    for method, expected in zip(("get", "post"), ADMIN[view], strict=True):
        got = {actor: answer(getattr(client, method)(address)) for actor, client in people.items()}
        assert got == expected, (method, address)


def test_an_editor_meets_no_evaluation(people, mentoring, coordinator):
    framework = CompetencyFramework.objects.get(locale=mentoring.locale)
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    ratings = Rating.objects.filter(sheet__evaluation=evaluation)
    words = {str(evaluation.public_id), str(cast.mentorship.public_id), "Mentee Person"}
    words |= {evaluation.situation, evaluation.conclusion, evaluation.needs}
    words |= {*ratings.values_list("remark", flat=True)}
    words |= {*evaluation.action_points.values_list("text", flat=True)}
    words -= {""}
    assert len(words) >= 8
    # A draft without a competency that was rated.
    draft = framework.get_latest_revision_as_object()
    area = draft.areas.all()[0]
    area.competencies.remove(area.competencies.all()[0])
    draft.areas.add(area)
    draft.save_revision()
    addresses = [
        address_of(name, parameters, framework)
        for name, parameters in admin_patterns()
        if "_mentorship_cms_competencyframework:" in name
        and "workflow" not in name
        and ADMIN[name.split(":")[-1]][0]["editor"] == "ok"
    ]
    for name, row in ITEM_PAGES.items():
        values = {"kind": "framework", "pk": framework.pk} if "framework" in row.kinds else {}
        if not row.kinds or values:
            values |= row.arguments(framework)
            addresses.append(reverse(f"mentorship_cms_admin:{name}", kwargs=values))
    for model in SUBJECTS:
        name = f"mentorship_cms_historical{model._meta.model_name}_modeladmin_index"
        addresses.append(reverse(name))
    addresses += [
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_pages:search") + "?q=Mentee",
    ]
    assert len(addresses) > 25
    for address in addresses:
        page = people["editor"].get(address, follow=True).content.decode()
        assert not [text for text in words if text in page], address


@pytest.mark.parametrize("model", MODELS)
def test_no_stranger_changes_anything(people, mentoring, model):
    item = MODELS[model].objects.filter(locale=mentoring.locale).first()
    before = MODELS[model].objects.filter(pk=item.pk).values().get()
    for name, parameters in admin_patterns():
        if f"_mentorship_cms_{model}:" not in name:
            continue
        for actor in STRANGERS:
            people[actor].post(
                address_of(name, parameters, item), {"title": "Taken over", "action-publish": "1"}
            )
    bulk = reverse("wagtail_bulk_action", args=["mentorship_cms", model, "delete"])
    for actor in STRANGERS:
        people[actor].post(f"{bulk}?id={item.pk}")
    assert MODELS[model].objects.filter(pk=item.pk).values().get() == before


def test_versions_have_no_admin_address_at_all():
    names = {name.split(":")[0] for name, _parameters in admin_patterns()}
    for model in (FrameworkVersion, RoleVersion, VersionCompetency, VersionLevel):
        assert model not in get_snippet_models()
        assert not any(model._meta.model_name in name for name in names)


@pytest.mark.parametrize("page_model", [RolePage, FrameworkPage])
def test_every_route_of_a_page_has_a_row(page_model):
    assert {route.name for route in page_model.get_subpage_urls()} == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("page_model", [RolePage, FrameworkPage])
def test_pages(people, mentoring, page_model, route):
    page = page_model.objects.child_of(mentoring).first()
    subject = getattr(page, page.subject_field)
    subject.title += " 2"
    publish(snippet=subject)
    arguments, expected = ROUTES[route]
    address = page.url + page.reverse_subpage(route, kwargs=arguments)
    assert {name: answer(client.get(address)) for name, client in people.items()} == expected
    # A page says the same to a POST, and writes nothing.
    posted = {name: answer(client.post(address)) for name, client in people.items()}
    assert posted == expected
    assert subject.versions.count() == 2


@pytest.mark.parametrize("route", ["versions", "version", "changes"])
@pytest.mark.parametrize("page_model", [RolePage, FrameworkPage])
def test_what_is_taken_offline_is_found_by_nobody(people, mentoring, page_model, route):
    page = page_model.objects.child_of(mentoring).first()
    subject = getattr(page, page.subject_field)
    subject.title += " 2"
    publish(snippet=subject)
    subject.unpublish()
    address = page.url + page.reverse_subpage(route, kwargs=ROUTES[route][0])
    assert {name: answer(client.get(address)) for name, client in people.items()} == NOT_FOUND
    words = subject.content().children[0].title
    assert words not in people["reader"].get(page.url).content.decode()


def test_every_route_of_the_project_page_has_a_row():
    assert {route.name for route in MentoringProjectPage.get_subpage_urls()} == set(PROJECT_ROUTES)


@pytest.mark.parametrize("route", PROJECT_ROUTES)
def test_the_project_page(people, mentoring, route):
    address = mentoring.url + mentoring.reverse_subpage(route)
    for method in ("get", "post"):
        got = {name: answer(getattr(client, method)(address)) for name, client in people.items()}
        assert got == PROJECT_ROUTES[route]


@pytest.mark.parametrize("page_model", [MentoringProjectPage, RolePage, FrameworkPage])
def test_a_privacy_rule_of_the_host_covers_every_address_of_a_page(people, mentoring, page_model):
    page = page_model.objects.descendant_of(mentoring, inclusive=True).first()
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    addresses = [page.url, page.url + "feed/"]
    if page_model is MentoringProjectPage:
        addresses.append(page.url + "changes/")
    else:
        addresses += [page.url + "versions/", page.url + "versions/1/"]
    for address in addresses:
        assert people["anonymous"].get(address).status_code == 302
        assert people["reader"].get(address).status_code == 200


def test_a_page_with_a_privacy_rule_of_its_own_has_no_card(people, mentoring):
    page = mentoring.framework_cards[0]
    address = mentoring.url
    assert page.url in people["reader"].get(address).content.decode()
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    assert f'href="{page.url}"' not in people["anonymous"].get(address).content.decode()
