"""What editors do in Wagtail's admin, and what readers see of it at that moment."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import LANGUAGES, framework_of, plugin_pages

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FRAMEWORKS = "/admin/snippets/mentorship_cms/competencyframework/"
#: The form watches for edits a moment after it is drawn; what is typed before is not noticed.
NOTE_WHEN_READY = """
    addEventListener("w-unsaved:watch-edits", () => { window.watchesEdits = true; });
"""
READ_FINDINGS = """() => {
    const results = document.querySelector("wagtail-userbar")?.shadowRoot
        ?.querySelector("[data-content-checker-count]");
    return results?.textContent.trim() || null;
}"""


@pytest.fixture(scope="module")
def signed_in(new_context):
    """The cookies of the editor, who signs in as any colleague does."""
    context = new_context()
    page = context.new_page()
    page.goto("/nl/login/?next=/admin/")
    page.locator("[name=username]").fill("editor")
    page.locator("[name=password]").fill("editor-demo")
    page.locator("main button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def editor(new_page, signed_in):
    """A page of the editor."""
    page = new_page(storage_state=signed_in)
    page.add_init_script(NOTE_WHEN_READY)
    return page


def open_framework(editor):
    """Open the form of the Dutch framework, and wait until it notices edits."""
    editor.goto(FRAMEWORKS)
    editor.get_by_role("link", name="Referentiekader zorgkundige", exact=True).click()
    editor.wait_for_url(re.compile(rf"{FRAMEWORKS}edit/\d+/$"))
    editor.wait_for_function("window.watchesEdits")


def type_and_autosave(editor, name, text):
    """Change one field of the form and wait until Wagtail has kept it."""
    with editor.expect_response(
        lambda response: response.request.method == "POST" and "/edit/" in response.url
    ) as info:
        editor.locator(f"[name='{name}']").fill(text)
    assert info.value.json()["success"]
    expect(editor.locator(".w-autosave-indicator__state--saved")).to_be_visible()


def latest_version(reader):
    """The number of the version that readers of the Dutch framework see."""
    reader.goto(f"{framework_of('nl')}versions/")
    name = reader.locator(".mentorship-versions__item").first.locator("a").first.inner_text()
    return int(re.search(r"\d+", name)[0])


def test_draft_stays_private_until_it_is_published_as_a_new_version(editor, page):
    address, reader = framework_of("nl"), page
    number = latest_version(reader)
    open_framework(editor)
    field = "areas-0-competencies-0-criterion"
    old = editor.locator(f"[name='{field}']").input_value()
    new = f"Stelt zich voor en zegt waarvoor zij komt; zo staat het in versie {number + 1}."
    note = f"Criterium van A1 korter gemaakt in versie {number + 1}"

    # A draft, kept first by Wagtail and then by the editor.
    type_and_autosave(editor, field, new)
    editor.locator("footer button.action-save:not([name])").first.click()
    expect(editor.locator(".messages .success")).to_be_visible()
    reader.goto(address)
    criterion = reader.locator(".mentorship-competency__criterion").first
    expect(criterion).to_have_text(old)

    # The preview shows it on the real page, beside the form and in a tab of its own.
    editor.wait_for_function("window.watchesEdits")
    editor.locator("[data-side-panel-toggle=preview]").click()
    frame = editor.frame_locator("#w-preview-iframe")
    expect(frame.locator(".mentorship-competency__criterion").first).to_have_text(new)
    expect(frame.locator(".mentorship-hero .mentorship-note")).to_be_visible()
    with editor.context.expect_page() as info:
        editor.locator("[data-w-preview-target=newTab]").click()
    preview = info.value
    expect(preview.locator(".mentorship-competency__criterion").first).to_have_text(new)
    preview.close()
    reader.reload()
    expect(criterion).to_have_text(old)

    # Published, with a note for readers.
    type_and_autosave(editor, "change_note", note)
    editor.locator("footer [data-w-dropdown-target=toggle]").first.click()
    editor.locator("footer button[name=action-publish]").click()

    # First what that does is shown, and readers still see the old words.
    editor.wait_for_url("**/publish/")
    expect(editor.locator(".mentorship-change ins")).not_to_be_empty()
    expect(editor.locator("[name=note]")).to_have_value(note)
    reader.reload()
    expect(criterion).to_have_text(old)
    editor.locator("form[data-publish] button[type=submit]").click()
    editor.wait_for_url(f"**{FRAMEWORKS}")
    expect(editor.locator(".messages .success")).to_be_visible()

    reader.reload()
    expect(criterion).to_have_text(new)
    expect(reader.locator(".mentorship-version").first).to_contain_text(str(number + 1))
    expect(reader.locator(".mentorship-version").first).to_contain_text("Joke Vermeiren")
    expect(reader.locator("#changes")).to_contain_text(note)
    expect(reader.locator("#changes del").first).not_to_be_empty()
    expect(reader.locator("#versions .mentorship-versions__item").first).to_contain_text(note)
    assert latest_version(reader) == number + 1
    reader.goto(f"{address}versions/{number}/")
    expect(criterion).to_have_text(old)
    reader.goto(f"{address}changes/{number}-{number + 1}/")
    expect(reader.locator(".mentorship-change")).to_have_count(1)

    # The form lists the version, and its note is free for the next one.
    open_framework(editor)
    expect(editor.locator("ol.mentorship-versions li").first).to_contain_text(note)
    expect(editor.locator("[name=change_note]")).to_have_value("")


def test_framework_that_is_used_cannot_be_deleted(editor, page):
    open_framework(editor)
    editor.goto(editor.url.replace("/edit/", "/delete/"))
    main = editor.locator("main")
    expect(main.locator(f"a[href*='{FRAMEWORKS}usage/']")).to_be_visible()
    expect(main.locator("form button[type=submit], form input[type=submit]")).to_have_count(0)
    page.goto(framework_of("nl"))
    expect(page.locator(".mentorship-competency").first).to_be_visible()


def test_wagtails_own_checker_finds_nothing_on_the_pages(editor):
    """Editors see the findings of this checker as a red number on the page itself."""
    found = {}
    for language in LANGUAGES:
        for address in plugin_pages(language):
            editor.goto(address)
            editor.wait_for_function(READ_FINDINGS)
            number = editor.evaluate(READ_FINDINGS)
            if number != "0":
                found[address] = number
    assert not found
