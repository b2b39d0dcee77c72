"""What readers do: with the keyboard, from a link, by searching, on paper, in another language."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import framework_of, project_of, roles_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

#: More presses of the Tab key than this, and the focus goes round in circles.
MOST_STOPS = 400

READ_FOCUS = """() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0
        || style.boxShadow !== "none";
    return {
        name: `${element.localName}.${element.className} ${element.textContent.trim()}`,
        link: element.localName === "a",
        marked: seen && style.outlineColor !== "rgba(0, 0, 0, 0)",
        inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth,
    };
}"""


def background_of(locator):
    return locator.evaluate("element => getComputedStyle(element).backgroundColor")


def assert_led_to(page, competency):
    """The browser has gone to the competency, which stands out and shows all it holds."""
    expect(competency).to_be_in_viewport()
    assert competency.evaluate("element => element.matches(':target')")
    other = page.locator(".mentorship-competency:not(:target)").first
    assert background_of(competency) != background_of(other)
    folded = competency.locator("details")
    if folded.count():
        expect(folded).to_have_attribute("open", "")


def test_first_stop_of_the_keyboard_skips_to_the_content(page):
    page.goto(framework_of("nl"))
    page.keyboard.press("Tab")
    skip = page.locator("a:focus")
    assert skip.get_attribute("href") == "#main"
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main a:focus")).to_have_count(1)


def test_keyboard_reaches_every_link_of_the_framework_and_shows_where_it_is(new_page):
    page = new_page(reduced_motion="reduce")
    page.goto(framework_of("en"))
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(READ_FOCUS)
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) < MOST_STOPS
    assert not [stop["name"] for stop in stops if not stop["marked"]]
    assert not [stop["name"] for stop in stops if not stop["inside"]]
    links = page.locator("a[href]:visible")
    assert sum(stop["link"] for stop in stops) == links.count()


def test_what_is_folded_opens_with_the_keyboard(page):
    page.goto(framework_of("fr"))
    folded = page.locator(".mentorship-competency details").first
    words = folded.locator("dd").first
    expect(words).to_be_hidden()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(words).to_be_visible()
    page.keyboard.press("Enter")
    expect(words).to_be_hidden()


def test_all_level_descriptors_open_at_once(page):
    page.goto(framework_of("nl"))
    button = page.locator("[data-mentorship-open-all]")
    folded = page.locator(".mentorship-competency details")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert all(folded.evaluate_all("all => all.map(details => details.open)"))
    button.click()
    assert not any(folded.evaluate_all("all => all.map(details => details.open)"))


def test_link_to_a_competency_leads_to_it_and_marks_it(page):
    page.goto(framework_of("nl"))
    anchor = page.locator(".mentorship-competency").last.get_attribute("id")
    page.goto(f"{framework_of('nl')}#{anchor}")
    assert_led_to(page, page.locator(f"[id='{anchor}']"))


def test_link_opened_afresh_leads_to_the_competency_too(page, new_page):
    page.goto(framework_of("fr"))
    anchor = page.locator(".mentorship-competency").last.get_attribute("id")
    fresh = new_page(viewport={"width": 390, "height": 844})
    fresh.goto(f"{framework_of('fr')}#{anchor}")
    assert_led_to(fresh, fresh.locator(f"[id='{anchor}']"))


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_search_for_a_competency_leads_to_its_place(page, language):
    page.goto(framework_of(language))
    competency = page.locator(".mentorship-competency").nth(20)
    title = competency.locator("h3 span").last.inner_text()
    anchor = competency.get_attribute("id")
    page.goto(f"/{language}/")
    page.locator("header input[type=search]").fill(title)
    page.keyboard.press("Enter")
    page.locator(f"main a[href$='#{anchor}']").click()
    expect(page).to_have_url(re.compile(f"{re.escape(framework_of(language))}#{anchor}$"))
    expect(page.locator(f"[id='{anchor}'] h3")).to_contain_text(title)
    assert_led_to(page, page.locator(f"[id='{anchor}']"))


def test_search_for_a_responsibility_leads_to_its_place(page):
    [mentor] = [url for url, role in roles_of("nl").items() if role["role"] == "mentor"]
    page.goto(mentor)
    item = page.locator(".mentorship-responsibility").nth(5)
    # Without the link to ask about it.
    text = item.locator(".mentorship-responsibility__text").evaluate(
        "element => element.firstChild.textContent.trim()"
    )
    anchor = item.get_attribute("id")
    page.goto("/nl/")
    page.locator("header input[type=search]").fill(text)
    page.keyboard.press("Enter")
    page.locator(f"main a[href='{mentor}#{anchor}']").click()
    expect(page.locator(f"[id='{anchor}']")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_paper_shows_what_is_folded_and_no_navigation(new_page, scripts):
    page = new_page(java_script_enabled=scripts)
    page.goto(framework_of("nl"))
    words = page.locator(".mentorship-competency dd")
    assert words.count() >= 20
    assert not words.first.is_visible()
    page.emulate_media(media="print")
    heights = words.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) > 0
    expect(page.locator(".mentorship-print-foot")).to_be_visible()
    for hidden in (
        ".site-nav",
        ".languages",
        ".search-box",
        "[data-mentorship-contents]",
        ".mentorship-toolbar",
        ".mentorship-anchor",
    ):
        assert not page.locator(hidden).first.is_visible(), hidden
    page.goto(project_of("nl"))
    answers = page.locator(".mentorship-question__answer")
    heights = answers.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) > 0
    expect(page.locator(".mentorship-contents")).to_be_hidden()


def test_paper_of_a_long_page_can_be_made(page):
    page.goto(framework_of("nl"))
    folded = page.locator(".mentorship-competency details[open]")
    assert page.pdf().startswith(b"%PDF")
    # What was unfolded for the paper is folded again.
    expect(folded).to_have_count(0)


def test_language_switch_leads_to_the_same_page(page):
    page.goto(project_of("nl"))
    page.locator(".languages a[hreflang=fr]").click()
    expect(page).to_have_url(re.compile(r"/fr/tutorat/$"))
    assert page.locator("html").get_attribute("lang") == "fr"
    page.goto(framework_of("fr"))
    page.locator(".languages a[hreflang=en]").click()
    expect(page).to_have_url(re.compile(f"{re.escape(framework_of('en'))}$"))
    page.locator(".languages a[hreflang=nl]").click()
    expect(page).to_have_url(re.compile(f"{re.escape(framework_of('nl'))}$"))


def test_phone_has_a_menu(new_page):
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(project_of("nl"))
    menu, link = page.locator(".menu-button"), page.locator(".site-nav a").last
    expect(link).to_be_hidden()
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(link).to_be_visible()
    fold = page.locator(".mentorship-contents__fold")
    fold.locator("summary").click()
    fold.locator("a").last.click()
    expect(page).to_have_url(re.compile(r"#section-"))
    expect(fold).not_to_have_attribute("open", "")
