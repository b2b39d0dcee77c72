"""A role is kept current: a question, a draft, its consequences, the publication, a step back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import WORKSPACE, roles_of
from tests.browser.test_editor import NOTE_WHEN_READY, type_and_autosave

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROLES = "/admin/snippets/mentorship_cms/roledescription/"
QUESTION = "Geldt dit ook voor een stage van twee weken?"
ANSWER = "Ja, hoe kort de stage ook is."
NOTE = "Voor wie maar kort blijft"
[MENTEE] = [address for address, role in roles_of("nl").items() if role["role"] == "mentee"]


def open_role(editor):
    """Open the form of the mentee's role in Dutch; return the number in its address."""
    editor.goto(f"{ROLES}?locale=nl")
    editor.locator("main a[href*='/edit/']").get_by_text("Mentee", exact=True).click()
    editor.wait_for_url(re.compile(rf"{ROLES}edit/\d+/"))
    editor.wait_for_function("window.watchesEdits")
    return re.search(r"/edit/(\d+)/", editor.url)[1]


def publish(editor):
    """Press "Publish" in the form; what that does is shown first."""
    editor.locator("footer [data-w-dropdown-target=toggle]").first.click()
    editor.locator("footer button[name=action-publish]").click()
    editor.wait_for_url("**/publish/")


def confirm_publication(editor):
    editor.locator("form[data-publish] button[type=submit]").click()
    editor.wait_for_url(f"**{ROLES}**")
    expect(editor.locator(".messages .success")).to_be_visible()


def version_read(reader):
    """The number of the version that readers see now."""
    reader.goto(MENTEE)
    return int(re.search(r"\d+", reader.locator(".mentorship-version").first.inner_text())[0])


def test_role_is_kept_current(page_of):
    reader, editor = page_of("reader"), page_of("editor")
    editor.add_init_script(NOTE_WHEN_READY)
    number = version_read(reader)

    # A reader asks.
    text = reader.locator(".mentorship-responsibility__explanation").first
    old = text.inner_text()
    reader.locator(".mentorship-responsibility a.mentorship-unclear").first.click()
    reader.locator("[name=sentence]").fill(QUESTION)
    reader.locator("main form button[type=submit]").click()
    expect(reader.locator(".mentorship-told")).to_be_visible()
    assert reader.url.split("?")[0].split("#")[0].endswith(MENTEE)

    # The editor finds the question on the form, and makes a draft, seen on the page by nobody else.
    key = open_role(editor)
    expect(editor.locator(".mentorship-questions").first).to_contain_text(QUESTION)
    new = f"Ook wie maar twee weken blijft. {old}"
    type_and_autosave(editor, "groups-0-responsibilities-0-explanation", new)
    editor.locator("[data-side-panel-toggle=preview]").click()
    frame = editor.frame_locator("#w-preview-iframe")
    expect(frame.locator(".mentorship-responsibility__explanation").first).to_have_text(new)
    reader.goto(MENTEE)
    expect(text).to_have_text(old)

    # What publishing does, and the publication with a note.
    publish(editor)
    expect(editor.locator(".mentorship-change ins").first).to_contain_text("twee weken")
    expect(editor.locator(f"main a[href$='{MENTEE}']")).to_be_visible()
    editor.locator("[name=note]").fill(NOTE)
    confirm_publication(editor)
    assert version_read(reader) == number + 1
    expect(text).to_have_text(new)
    expect(reader.locator("#changes")).to_contain_text(NOTE)
    reader.goto(f"{MENTEE}changes/{number}-{number + 1}/")
    expect(reader.locator(".mentorship-change")).to_have_count(1)
    expect(reader.locator(".mentorship-change ins").first).to_contain_text("twee weken")

    # The editor answers; the reader hears back.
    editor.goto(f"/admin/mentorship/role/{key}/questions/")
    form = editor.locator("main form:has([name$=outcome])").first
    form.locator("[name$=outcome][value=changed]").check()
    form.locator("textarea").fill(ANSWER)
    form.locator("button[type=submit]").click()
    expect(editor.locator(".messages .success")).to_be_visible()
    reader.goto(WORKSPACE)
    reader.locator(f"main a[href='{WORKSPACE}unclear/']").first.click()
    answered = reader.locator("article").filter(has_text=QUESTION)
    expect(answered).to_contain_text(ANSWER)
    expect(answered.locator("ins").first).to_contain_text("twee weken")

    # Back to the words before, from the one history there is.
    editor.goto(f"{ROLES}history/{key}/")
    lines = editor.locator("tr:has(.mentorship-act)")
    line = lines.filter(has_text=re.compile(rf"[Vv]ersie {number}\b")).last
    line.locator("[data-controller=w-dropdown] button").click()
    editor.locator("a[href*='/revert/']:visible").first.click()
    editor.wait_for_function("window.watchesEdits")
    field = editor.locator("[name='groups-0-responsibilities-0-explanation']")
    expect(field).to_have_value(old)
    publish(editor)
    expect(editor.locator(".mentorship-change del").first).to_contain_text("twee weken")
    confirm_publication(editor)
    assert version_read(reader) == number + 2
    expect(text).to_have_text(old)

    # Confirmed as it stands: no version, but readers see who checked it.
    editor.goto(f"/admin/mentorship/role/{key}/upkeep/")
    editor.locator("button[name=act][value=confirm]").click()
    expect(editor.locator(".messages .success")).to_be_visible()
    assert version_read(reader) == number + 2
    expect(reader.locator(".mentorship-version--next")).to_contain_text("Joke Vermeiren")

    # The history tells it, the latest first.
    editor.goto(f"{ROLES}history/{key}/")
    told = " / ".join(lines.locator(".mentorship-act__what").all_inner_texts())
    assert re.match(
        rf"Nagekeken.* / Versie {number + 2} .* na een vraag.* / Versie {number + 1} .*", told
    ), told
