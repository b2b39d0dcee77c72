"""What was published, for people who follow it: the feeds and the list of latest changes."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from wagtail.models import Page, PageViewRestriction, Site

from intranet.models import PracticalPage
from mentorship_cms.models import (
    CompetencyFramework,
    FrameworkPage,
    FrameworkVersion,
    MentoringProjectPage,
    RoleDescription,
    RolePage,
    RoleVersion,
    changes,
)
from mentorship_cms.models.page_mixins import FEED_VERSIONS
from mentorship_cms.models.project_page import LATEST_CHANGES
from mentorship_cms.services.publishing import publish
from tests import factories
from tests.factories import make_user

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: The most queries of a feed, those of the site included, and how many more than a bare page the
#: list of changes may need.
MOST_QUERIES, MORE_QUERIES = 12, 7


@pytest.fixture
def edith(db):
    """Somebody who publishes."""
    return make_user("edith", first_name="Edith", last_name="Editor")


@pytest.fixture
def project(home):
    """A project page with nothing beneath."""
    page = MentoringProjectPage(title="Mentoring here", slug="here", locale=home.locale)
    home.add_child(instance=page)
    return page


@pytest.fixture
def role_page(project, role):
    """The page of a small role."""
    return project.add_child(
        instance=RolePage(title="Guide", slug="guide", role_description=role, locale=project.locale)
    )


@pytest.fixture
def framework_page(project, framework):
    """The page of a small framework."""
    return project.add_child(
        instance=FrameworkPage(
            title="Care", slug="care", framework=framework, locale=project.locale
        )
    )


def edit_role(role, summary, **options):
    """Publish the role with another summary."""
    role = RoleDescription.objects.get(pk=role.pk)
    role.summary = summary
    publish(snippet=role, **options)


def edit_framework(framework, title, **options):
    """Publish the framework with another title for its first competency."""
    framework = CompetencyFramework.objects.get(pk=framework.pk)
    area = framework.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.title = title
    area.competencies.add(competency)
    framework.areas.add(area)
    publish(snippet=framework, **options)


def read(client, address, **headers):
    """The feed at an address, which is held to the rules of RFC 4287."""
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    (own,) = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == f"http://{Site.objects.get().hostname}{address}"
    assert [len(feed.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    for part in (feed, *entries(feed)):
        assert [len(part.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", value(part, "id"))
        assert value(part, "title")
        assert moment(value(part, "updated"))
    for entry in entries(feed):
        (link,) = entry.findall(f"{ATOM}link")
        assert link.get("rel") == "alternate"
        assert urlsplit(link.get("href")).netloc == Site.objects.get().hostname
        assert entry.find(f"{ATOM}summary").get("type") == "html"
        if entry.find(f"{ATOM}author") is not None:
            assert entry.find(f"{ATOM}author/{ATOM}name").text
    ids = [value(part, "id") for part in (feed, *entries(feed))]
    assert len(ids) == len(set(ids))
    published = [moment(value(entry, "updated")) for entry in entries(feed)]
    assert published == sorted(published, reverse=True)
    if published:
        assert moment(value(feed, "updated")) == published[0]
    return feed


def moment(text):
    """A date of RFC 3339, with its zone."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    return datetime.fromisoformat(text)


def entries(feed):
    return feed.findall(f"{ATOM}entry")


def value(part, name):
    return part.find(ATOM + name).text


def titles(feed):
    return [value(entry, "title") for entry in entries(feed)]


def told(title, number):
    """The title of an entry, in the language of the pages of these tests."""
    with translation.override("nl"):
        words = translation.gettext("%(title)s: version %(number)s")
    return words % {"title": title, "number": number}


def summary(entry):
    """The words of an entry."""
    return BeautifulSoup(value(entry, "summary"), "html.parser").get_text(" ", strip=True)


def path_of(entry):
    return urlsplit(entry.find(f"{ATOM}link").get("href")).path


def add_versions(pages, count):
    """Write so many more versions of what each page shows, straight into the table."""
    begin = timezone.now()
    for page in pages:
        first = page.public_versions.first()
        first.refresh_from_db()
        model = page.version_model
        model.objects.bulk_create(
            model(
                **{model.subject_field: getattr(page, model.subject_field)},
                number=first.number + place,
                language=first.language,
                document=first.document | {"title": f"Title {place}"},
                digest=f"{place:064}",
                note=f"Note {place}",
                published_at=begin + timedelta(seconds=place),
                published_by_name="Edith Editor",
            )
            for place in range(1, count + 1)
        )


# -- What a feed tells


@pytest.mark.parametrize("page_fixture", ["role_page", "framework_page"])
def test_the_feed_of_a_page_tells_of_its_versions(client, request, edith, page_fixture):
    page = request.getfixturevalue(page_fixture)
    edit = edit_role if page_fixture == "role_page" else edit_framework
    edit(getattr(page, page.subject_field), "In other words", user=edith, note="Clearer")
    feed = read(client, page.url + "feed/")
    assert titles(feed) == [told(page.title, 2), told(page.title, 1)]
    newest, first = entries(feed)
    assert newest.find(f"{ATOM}author/{ATOM}name").text == "Edith Editor"
    assert path_of(newest) == f"{page.url}changes/1-2/"
    assert path_of(first) == f"{page.url}versions/1/"
    for entry in (newest, first):
        assert client.get(path_of(entry)).status_code == 200
    assert summary(newest).startswith("Clearer 1 ")
    assert summary(first).startswith("First version")
    assert value(newest, "updated") == page.public_versions.first().published_at.isoformat()


def test_the_feed_of_the_project_tells_of_everything_beneath(
    client, project, role_page, framework_page
):
    edit_framework(framework_page.framework, "In other words", note="Clearer")
    edit_role(role_page.role_description, "In other words")
    feed = read(client, project.url + "feed/")
    assert titles(feed)[:2] == [told("Guide", 2), told("Care", 2)]
    assert sorted(titles(feed)[2:]) == [told("Care", 1), told("Guide", 1)]
    for entry in entries(feed):
        assert client.get(path_of(entry)).status_code == 200


def test_an_entry_says_its_words_in_the_language_of_the_page(client, mentoring):
    page = RolePage.objects.child_of(mentoring).first()
    edit_role(page.role_description, "In andere woorden")
    with translation.override("en"):
        feed = read(client, page.url + "feed/")
    assert feed.get(XML_LANG) == "nl"
    with translation.override("nl"):
        assert translation.gettext("First version") in summary(entries(feed)[-1])
        expected = translation.ngettext(
            "%(count)d general text reworded", "%(count)d general texts reworded", 1
        )
    assert summary(entries(feed)[0]) == expected % {"count": 1}


def test_what_is_typed_is_text_in_a_feed_and_what_xml_cannot_hold_is_left_out(client, role_page):
    Page.objects.filter(pk=role_page.pk).update(title="Guide & <b>friend</b>")
    edit_role(role_page.role_description, "New", note="<img src=x> & \x0b\x1f\ufffeplain")
    feed = read(client, role_page.url + "feed/")
    assert titles(feed)[0] == told("Guide & <b>friend</b>", 2)
    assert summary(entries(feed)[0]).startswith("<img src=x> & plain")


def test_a_publication_without_a_person_has_the_project_as_its_author(client, role_page):
    feed = read(client, role_page.url + "feed/")
    assert not entries(feed)[0].findall(f"{ATOM}author")
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Guide"


def test_an_entry_keeps_its_id_on_another_host_name_and_in_another_feed(
    client, project, role_page, framework_page, settings
):
    before = {address: read(client, address) for address in feeds_of(project, role_page)}
    Site.objects.update(hostname="other.example.org")
    Site.clear_site_root_paths_cache()
    settings.ALLOWED_HOSTS = ["*"]
    client.defaults["HTTP_HOST"] = client.defaults["SERVER_NAME"] = "other.example.org"
    for address, feed in before.items():
        after = read(client, address)
        assert value(after, "id") == value(feed, "id")
        assert ids_by_title(after) == ids_by_title(feed)
    assert ids_by_title(before[role_page.url + "feed/"]).items() <= (
        ids_by_title(before[project.url + "feed/"]).items()
    )
    assert len({value(feed, "id") for feed in before.values()}) == len(before)


def feeds_of(*pages):
    return [page.url + "feed/" for page in pages]


def ids_by_title(feed):
    return {value(entry, "title"): value(entry, "id") for entry in entries(feed)}


def test_a_feed_tells_of_the_newest_versions_alone(client, project, role_page):
    add_versions([role_page], 70)
    assert len(entries(read(client, role_page.url + "feed/"))) == FEED_VERSIONS
    assert titles(read(client, project.url + "feed/")) == [
        told("Guide", number) for number in range(71, 71 - LATEST_CHANGES, -1)
    ]


# -- What it does not tell


@pytest.mark.parametrize("hidden", ["private", "unpublished page", "offline"])
def test_what_has_no_card_is_in_no_list_of_changes(
    client, project, role_page, framework_page, hidden
):
    if hidden == "private":
        PageViewRestriction.objects.create(
            page=framework_page, restriction_type=PageViewRestriction.LOGIN
        )
    elif hidden == "unpublished page":
        framework_page.unpublish()
    else:
        framework_page.framework.unpublish()
    assert titles(read(client, project.url + "feed/")) == [told("Guide", 1)]
    shown = client.get(project.url + "changes/").content.decode()
    assert "Guide" in shown
    assert framework_page.url not in shown


def test_the_feed_of_a_private_page_follows_its_rule(client, project, role_page, reader):
    PageViewRestriction.objects.create(page=project, restriction_type=PageViewRestriction.LOGIN)
    addresses = [*feeds_of(project, role_page), project.url + "changes/"]
    for address in addresses:
        response = client.get(address, headers={"If-None-Match": "*"})
        assert response.status_code == 302
        assert "ETag" not in response
    client.force_login(reader)
    assert len(entries(read(client, addresses[0]))) == 1


def test_what_two_pages_show_is_told_once(client, project, role_page):
    second = RolePage(
        title="Again",
        slug="again",
        role_description=role_page.role_description,
        locale=project.locale,
    )
    project.add_child(instance=second)
    assert titles(read(client, project.url + "feed/")) == [told("Guide", 1)]


def test_a_feed_without_entries_is_a_feed(client, project, role_page):
    role_page.role_description.unpublish()
    for address in feeds_of(project, role_page):
        assert not entries(read(client, address))
        assert client.get(address).content == client.get(address).content


def test_a_page_without_changes_says_so(client, project, in_english):
    response = client.get(project.url + "changes/")
    with translation.override("nl"):
        assert translation.gettext("Nothing has been published yet.") in response.content.decode()


# -- Following


def test_who_has_the_newest_feed_gets_nothing_new(client, project, role_page):
    for address in feeds_of(project, role_page):
        first = client.get(address)
        for headers in (
            {"If-None-Match": first["ETag"]},
            {"If-Modified-Since": first["Last-Modified"]},
        ):
            again = client.get(address, headers=headers)
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
    tags = [client.get(address)["ETag"] for address in feeds_of(project, role_page)]
    edit_role(role_page.role_description, "In other words")
    for address, tag in zip(feeds_of(project, role_page), tags, strict=True):
        assert titles(read(client, address, **{"If-None-Match": tag}))[0] == told("Guide", 2)


def test_a_page_with_another_title_is_a_new_feed(client, project, role_page):
    tags = [client.get(address)["ETag"] for address in feeds_of(project, role_page)]
    Page.objects.filter(pk=role_page.pk).update(title="Companion")
    assert not {*tags} & {client.get(address)["ETag"] for address in feeds_of(project, role_page)}


def test_nothing_is_compared_for_who_has_the_feed(client, project, role_page, monkeypatch):
    edit_role(role_page.role_description, "In other words")
    tag = client.get(project.url + "feed/")["ETag"]
    cache.clear()
    monkeypatch.setattr(changes, "compare", None)
    response = client.get(project.url + "feed/", headers={"If-None-Match": tag})
    assert response.status_code == 304


def test_what_changed_is_counted_once(client, project, role_page, monkeypatch):
    edit_role(role_page.role_description, "In other words")
    first = client.get(project.url + "feed/").content
    listed = client.get(project.url + "changes/").content
    monkeypatch.setattr(changes, "compare", None)
    assert client.get(project.url + "feed/").content == first
    assert client.get(project.url + "changes/").content == listed
    assert client.get(role_page.url + "feed/").status_code == 200


def test_counts_can_be_left_out_of_the_cache(client, project, role_page, settings):
    settings.MENTORSHIP_CMS_BODY_CACHE_SECONDS = 0
    edit_role(role_page.role_description, "In other words")
    assert client.get(project.url + "feed/").status_code == 200
    assert not [key for key in cache._cache if "mentorship_cms.counts" in key]


def test_a_feed_answers_head_without_a_body(client, project, role_page):
    for address in feeds_of(project, role_page):
        response = client.head(address)
        assert (response.status_code, response.content) == (200, b"")
        assert response["ETag"] == client.get(address)["ETag"]


# -- The way there


def test_every_page_leads_to_its_feed(client, project, role_page, framework_page):
    edit_role(role_page.role_description, "In other words")
    for page, paths in (
        (project, ["", "changes/"]),
        (role_page, ["", "versions/", "versions/1/", "changes/1-2/"]),
        (framework_page, ["", "versions/"]),
    ):
        for path in paths:
            shown = BeautifulSoup(client.get(page.url + path).content, "html.parser")
            (link,) = shown.select('link[type="application/atom+xml"]')
            assert link["href"] == page.url + "feed/"
            assert page.title in link["title"]
    for address in (role_page.url, role_page.url + "versions/", project.url + "changes/"):
        shown = BeautifulSoup(client.get(address).content, "html.parser")
        assert shown.select('a[type="application/atom+xml"]')
    shown = BeautifulSoup(client.get(project.url).content, "html.parser")
    assert shown.select(f'a[href="{project.url}changes/"]')


def test_the_list_of_changes_names_what_when_and_by_whom(client, project, role_page, edith):
    edit_role(role_page.role_description, "In other words", user=edith, note="Clearer")
    shown = BeautifulSoup(client.get(project.url + "changes/").content, "html.parser")
    newest, first = shown.select(".mentorship-versions__item")
    assert newest.select_one("a")["href"] == role_page.url
    for words in ("Guide", "Clearer", "Edith Editor"):
        assert words in newest.get_text()
    assert newest.select(".mentorship-counts li")
    assert newest.select(f'a[href="{role_page.url}changes/1-2/"]')
    assert "First version" not in newest.get_text()
    assert not first.select('a[href*="changes"]')


@pytest.mark.parametrize("slug", ["feed", "changes"])
def test_a_page_beneath_with_the_slug_of_a_list_keeps_its_address(client, project, role, slug):
    page = RolePage(title="Own page", slug=slug, role_description=role, locale=project.locale)
    project.add_child(instance=page)
    shown = BeautifulSoup(client.get(f"{project.url}{slug}/").content, "html.parser")
    assert shown.find("h1").get_text(strip=True) == "Own page"
    assert client.get(f"{project.url}{slug}/versions/").status_code == 200


@pytest.mark.parametrize("path", ["feed/2/", "changes/1-2/", "versions/", "nothing/"])
def test_an_address_of_nothing_is_not_found(client, project, role_page, path):
    assert client.get(project.url + path).status_code == 404


# -- Queries


@pytest.mark.parametrize("person", ["signed out", "signed in"])
def test_five_versions_or_five_hundred_need_as_few_queries(
    client, home, project, role_page, framework_page, reader, person
):
    if person == "signed in":
        client.force_login(reader)
    listed = project.url + "changes/"
    addresses = [*feeds_of(project, role_page, framework_page), listed]
    section = {"heading": "Section", "anchor": "section", "text": "<p>A text.</p>"}
    page = PracticalPage(title="Bare", locale=home.locale, body=[("section", section)])
    bare = home.add_child(instance=page).url

    def counts():
        found = {}
        for address in (bare, *addresses):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                # What the plugin keeps is forgotten, but not what Wagtail keeps of the site.
                cache.delete_many([key for key in kept() if "mentorship" in key])
                assert client.get(address).status_code == 200
            found[address] = len(queries)
        return found

    def kept():
        return [key.split(":", 2)[2] for key in cache._cache]

    add_versions([role_page, framework_page], 4)
    few = counts()
    assert max(few[address] for address in addresses if address != listed) <= MOST_QUERIES
    assert few[listed] <= few[bare] + MORE_QUERIES
    for number in range(5):
        role = factories.published_role(locale=project.locale, title=f"Role {number}")
        project.add_child(
            instance=RolePage(title=role.title, role_description=role, locale=project.locale)
        )
    add_versions([role_page, framework_page], 495)
    assert RoleVersion.objects.filter(role_description=role_page.role_description).count() == 500
    assert FrameworkVersion.objects.filter(framework=framework_page.framework).count() == 500
    assert counts() == few
