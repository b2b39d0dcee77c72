"""How many queries the pages need: few more than a bare page of the site, whatever it holds."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from intranet.models import PracticalPage
from mentorship_cms.models import FrameworkPage, FrameworkVersion, RolePage, RoleVersion
from mentorship_cms.services.publishing import publish
from tests import factories

#: How many queries a page of the plugin may need beyond those of a bare page.
MORE = 3
PEOPLE = ["signed out", "signed in"]
VIEWS = ["first", "warm"]
PAGES = ["project", "role", "framework"]


@pytest.fixture
def browsers(reader):
    """A browser of somebody signed out, and one of a reader who is signed in."""
    browsers = {person: Client() for person in PEOPLE}
    browsers["signed in"].force_login(reader)
    return browsers


@pytest.fixture
def bare(home):
    """Bare pages of the intranet, by depth: a text, shown through the same base template."""

    def page(title):
        section = {"heading": "Section", "anchor": "section", "text": "<p>A text.</p>"}
        return PracticalPage(title=title, locale=home.locale, body=[("section", section)])

    upper = home.add_child(instance=page("Bare"))
    lower = upper.add_child(instance=page("Bare beneath"))
    return {page.depth: page for page in (upper, lower)}


@pytest.fixture
def pages(mentoring):
    """The pages to count, by name."""
    return {
        "project": mentoring,
        "role": RolePage.objects.child_of(mentoring).order_by("path").first(),
        "framework": FrameworkPage.objects.child_of(mentoring).get(),
    }


def queries(browser, page):
    """The queries of one view of a page."""
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(page.get_url())
    assert response.status_code == 200
    return [query["sql"] for query in captured]


def counts(browser, page, bare):
    """The number of queries of a first view, a warm one, and one of the bare page.

    A first view finds no rendered body; what Wagtail and Django keep themselves is there.
    """
    browser.get(page.get_url())
    cache.clear()
    browser.get(bare.get_url())
    return {
        "first": len(queries(browser, page)),
        "warm": len(queries(browser, page)),
        "bare": len(queries(browser, bare)),
    }


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_needs_few_queries_more_than_a_bare_one(browsers, pages, bare, name, person, view):
    page = pages[name]
    found = counts(browsers[person], page, bare[page.depth])
    assert found[view] <= found["bare"] + MORE


@pytest.mark.parametrize("name", ["role", "framework"])
def test_a_warm_view_needs_fewer_queries_than_a_first_one(browsers, pages, bare, name):
    page = pages[name]
    found = counts(browsers["signed out"], page, bare[page.depth])
    assert found["warm"] < found["first"]


def test_frameworks_versions_and_pages_need_no_queries_more(browsers, pages, bare, mentoring):
    def all_counts():
        return {
            (name, person): counts(browsers[person], page, bare[page.depth])
            for name, page in pages.items()
            for person in PEOPLE
        }

    # Whoever has a second version also shows what changed; from there on it is flat.
    publish_edits(pages, 1)
    before = all_counts()
    scale = factories.published_scale(locale=mentoring.locale)
    for number in range(10):
        framework = factories.published_framework(
            locale=mentoring.locale, rating_scale=scale, title=f"Framework {number}"
        )
        mentoring.add_child(
            instance=FrameworkPage(
                title=framework.title, locale=mentoring.locale, framework=framework
            )
        )
    publish_edits(pages, 20)
    assert all_counts() == before
    response = browsers["signed out"].get(mentoring.get_url())
    assert "Framework 9" in response.content.decode()


def publish_edits(pages, times):
    """Edit and publish the role and the framework of the pages, so often."""
    role, framework = pages["role"].role_description, pages["framework"].framework
    numbers = [
        RoleVersion.objects.filter(role_description=role),
        FrameworkVersion.objects.filter(framework=framework),
    ]
    before = [versions.count() for versions in numbers]
    for number in range(times):
        role = role.get_latest_revision_as_object()
        role.summary = f"Summary {before[0] + number}."
        publish(snippet=role)
        framework = framework.get_latest_revision_as_object()
        area = framework.areas.all()[0]
        competency = area.competencies.all()[0]
        competency.criterion = f"Criterion {before[1] + number}."
        area.competencies.add(competency)
        framework.areas.add(area)
        publish(snippet=framework)
    assert [versions.count() for versions in numbers] == [count + times for count in before]


@pytest.mark.parametrize("person", PEOPLE)
def test_other_pages_ask_the_plugin_nothing(browsers, bare, home, mentoring, person):
    for page in bare.values():
        asked = queries(browsers[person], page)
        assert asked
        assert not [sql for sql in asked if "mentorship_cms" in sql]
