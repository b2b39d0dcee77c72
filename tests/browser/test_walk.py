"""A walk along every public page, and a close look at one page of every sort."""

import re
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.addresses import (
    LANGUAGES,
    framework_of,
    plugin_pages,
    project_of,
    roles_of,
    starter,
)
from tests.browser.scripts import (
    FOLD_ALL,
    READ_OVERFLOW,
    READ_PAGE,
    RUN_AXE,
    TEXT_SPACING,
    THIN_OUT,
    UNFOLD_ALL,
    UNFOLD_SOME,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

#: More pages than this, and something makes addresses without end.
MOST_PAGES = 400
NOT_FOLLOWED = ("/admin/", "/django-admin/", "/documents/", "/media/", "/static/")

#: The host's own pages, one of every sort.
HOST_PAGES = [
    "/nl/",
    "/nl/nieuws/",
    "/fr/actualites/vaccin-grippe/",
    "/nl/collegas/",
    "/en/colleagues/fatima-el-amrani/",
    "/fr/pratique/",
    "/nl/search/?query=mentor",
    "/en/login/",
]
PLUGIN_PAGES = [address for language in LANGUAGES for address in plugin_pages(language)]

WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}


# -- Every page


@pytest.fixture(scope="module")
def walked(new_context, intranet):
    """Every page that can be reached from the home pages: what it says and what went wrong."""
    context = new_context()
    page = context.new_page()
    found = {f"{intranet}/{language}/" for language in LANGUAGES}
    waiting, pages = deque(sorted(found)), {}
    while waiting:
        url = waiting.popleft()
        response = page.goto(url)
        address = url.removeprefix(intranet)
        pages[address] = {
            "status": response.status,
            **page.evaluate(READ_PAGE),
            "problems": context.watch.take(),
        }
        for link in pages[address]["links"]:
            target = followed(link, intranet)
            if target and target not in found:
                found.add(target)
                waiting.append(target)
        assert len(found) <= MOST_PAGES, f"no end in sight: {sorted(found)[-10:]}"
    context.close()
    return pages


def followed(link, intranet):
    """The address to walk to, or None: of signing in once, whatever page it comes back to."""
    url = urldefrag(link).url
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != intranet or parts.path.startswith(NOT_FOLLOWED):
        return None
    if re.fullmatch(r"/\w\w/login/", parts.path):
        return urljoin(url, parts.path)
    if re.match(r"/\w\w/mentorships/unclear/.", parts.path):
        # One form for each competency, all of which ask to sign in first.
        return None
    if parts.path.endswith("/feed/"):
        # No page; tests/test_feeds.py reads them.
        return None
    return url


def wrong(walked, check):
    """What ``check`` finds on each page, for the pages where it finds something."""
    found = {address: check(address, facts) for address, facts in walked.items()}
    return {address: finding for address, finding in found.items() if finding}


def test_the_walk_reaches_every_page_of_the_plugin(walked):
    assert set(PLUGIN_PAGES) <= set(walked)
    for language in LANGUAGES:
        framework = framework_of(language)
        for kind in ("knowledge", "know_how", "attitude"):
            assert f"{framework}?kind={kind}" in walked
    assert {urlsplit(address).path[:4] for address in walked} == {"/nl/", "/fr/", "/en/"}


def test_every_page_answers(walked):
    assert not wrong(walked, lambda address, facts: facts["status"] != 200 and facts["status"])


def test_nothing_goes_wrong_on_any_page(walked):
    """No error or warning on the console, no failed request, no request to another host."""
    assert not wrong(walked, lambda address, facts: facts["problems"])


def test_every_page_names_its_language(walked):
    def check(address, facts):
        return facts["language"] != address[1:3] and facts["language"]

    assert not wrong(walked, check)


def test_every_page_has_a_title_of_its_own(walked):
    assert not wrong(walked, lambda address, facts: not facts["title"])
    titles = {}
    for address, facts in walked.items():
        titles.setdefault((address[:4], facts["title"]), set()).add(urlsplit(address).path)
    assert not [item for item in titles.items() if len(item[1]) > 1]


def test_every_page_has_one_main_heading(walked):
    def check(address, facts):
        found = facts["headings"]
        return None if len(found) == 1 and found[0] else f"headings: {found}"

    assert not wrong(walked, check)


def test_every_picture_says_what_it_shows(walked):
    assert not wrong(walked, lambda address, facts: facts["pictures"])


def test_ids_are_unique_and_links_within_pages_lead_somewhere(walked, intranet):
    def doubles(address, facts):
        return {name for name in facts["ids"] if facts["ids"].count(name) > 1}

    def dead(address, facts):
        found = []
        for link in facts["links"]:
            url, fragment = urldefrag(link)
            target = walked.get(url.removeprefix(intranet))
            if fragment and target and fragment not in target["ids"]:
                found.append(link)
        return found

    assert not wrong(walked, doubles)
    assert not wrong(walked, dead)


# -- One page of every sort


@pytest.fixture(scope="module")
def looked_at(new_context):
    """A page on which styles and scripts of the tests are allowed."""
    context = new_context(bypass_csp=True)
    return context.new_page()


@pytest.mark.parametrize("address", PLUGIN_PAGES + HOST_PAGES)
def test_page_is_accessible_and_fits(looked_at, address):
    """Axe finds nothing, wide and narrow, light and dark; and nothing ever scrolls sideways."""
    page = looked_at
    assert page.goto(address).status == 200
    found = overflow_of(page)
    page.evaluate(UNFOLD_SOME)
    # What differs from one language to the next shows in a few of each sort.
    is_original = address.startswith("/nl/") or address in HOST_PAGES
    if not is_original:
        page.evaluate(THIN_OUT)
    page.evaluate(AXE_SCRIPT)
    for name, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{name}: {text}" for text in page.evaluate(RUN_AXE)]
        if is_original:
            # Between light and dark only colours differ, and those in no language.
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            found += [f"{name} dark: {text}" for text in page.evaluate(RUN_AXE, ["cat.color"])]
    assert not found


def overflow_of(page):
    """What sticks out of a page with everything unfolded; folds it again."""
    found = []
    page.evaluate(UNFOLD_ALL)
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        found += page.evaluate(READ_OVERFLOW)
    page.set_viewport_size({"width": 390, "height": 800})
    spacing = page.add_style_tag(content=TEXT_SPACING)
    found += [f"with text spacing: {text}" for text in page.evaluate(READ_OVERFLOW)]
    spacing.evaluate("element => element.remove()")
    page.evaluate(FOLD_ALL)
    return found


# -- Without JavaScript


@pytest.fixture(scope="module")
def plain(new_context):
    """A page in a browser that runs no scripts."""
    return new_context(java_script_enabled=False).new_page()


def words(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_project_page_is_complete_without_javascript(plain, language):
    plain.goto(project_of(language))
    shown = words(plain.locator("main").inner_text())
    for block in starter(language, "project")["body"]:
        assert words(block["value"].get("heading", "")) in shown
    for address in (*roles_of(language), framework_of(language)):
        assert plain.locator(f"main a[href='{address}']").first.is_visible()
    question = plain.locator(".mentorship-question").first
    assert not question.locator(".mentorship-question__answer").is_visible()
    question.locator("summary").click()
    assert question.locator(".mentorship-question__answer").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_role_pages_are_complete_without_javascript(plain, language):
    for address, role in roles_of(language).items():
        plain.goto(address)
        shown = words(plain.locator("main").inner_text())
        for group in role["groups"]:
            assert words(group["title"]) in shown
            for responsibility in group["responsibilities"]:
                assert words(responsibility["text"]) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_framework_page_is_complete_and_filtered_without_javascript(plain, language):
    plain.goto(framework_of(language))
    competencies = plain.locator(".mentorship-competency")
    shown = words(plain.locator("main").inner_text())
    for area in starter(language, "framework")["framework"]["areas"]:
        assert words(area["title"]) in shown
        for competency in area["competencies"]:
            assert words(competency["criterion"]) in shown
    filters = plain.locator(".mentorship-filter a")
    counts = [int(text) for text in filters.locator(".mentorship-filter__count").all_inner_texts()]
    assert counts[0] == sum(counts[1:]) == competencies.count()
    for number, count in enumerate(counts):
        filters.nth(number).click()
        # The count is right when the page has come in whole.
        expect(competencies).to_have_count(count)
        expect(filters.nth(number)).to_have_attribute("aria-current", "true")
    folded = competencies.locator("details").first
    folded.locator("summary").click()
    assert folded.locator("dd").first.is_visible()
