"""An evaluation from its start to its correction, and how it is written, in the browser alone.

The people are of the demonstration; their mentorship is made here, so that nothing of it is there
when the tests begin.
"""

import re
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.addresses import WORKSPACE
from tests.browser.conftest import sign_in
from tests.browser.scripts import READ_OVERFLOW
from tests.browser.test_editor import NOTE_WHEN_READY, open_framework, type_and_autosave

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

INTRANET_TIME = ZoneInfo("Europe/Brussels")
PHONE = {"width": 390, "height": 844}
#: Ratings of a walk, and interactions that each may take.
RATINGS, MOST_INTERACTIONS = 12, 2
#: More presses of the Tab key than this, and the focus does not get there.
MOST_STOPS = 300

#: Days until the talk of each evaluation.
TALK_IN = {"interim": 7, "start": 8, "extra": 9, "final": 10}

MENTOR_REMARK = "Legde rustig uit wat er ging gebeuren."
MENTEE_REMARK = "Je me sens plus à l’aise avec les résidents que je connais."
SITUATION = "Ochtendzorg op de tweede verdieping."
CONCLUSION = "Werkt vlot met vertrouwde bewoners."
NEEDS = "Oefenen met nieuwe bewoners."
POINT = "Twee intakes samen voorbereiden."
OBJECTION = "Ik wilde ook iets zeggen over de avonddienst."
REASON = "Bij A1 het verkeerde niveau aangeduid."


def day(days):
    """A day from today, as a form takes it."""
    return (datetime.now(INTRANET_TIME).date() + timedelta(days=days)).isoformat()


def save(page):
    """Press the main button of the form, and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(".mentorship-actions button[type=submit]:not([name])").click()


def in_french(address):
    return address.replace("/nl/", "/fr/", 1)


def identity_of(evaluation):
    """What the address of an evaluation ends with."""
    return evaluation.rstrip("/").rsplit("/", 1)[1]


# -- What a mentorship begins with


@pytest.fixture(scope="module")
def mentorship(new_context, session_of):
    """The address of a new mentorship, for which the coordinator names the people."""
    context = new_context(storage_state=session_of("coordinator"))
    page = context.new_page()
    page.goto(WORKSPACE)
    page.locator(f"a[href='{WORKSPACE}add/']").click()
    for role, name in {
        "mentee": "Nadia Bouzid",
        "mentor": "Fatima El Amrani",
        "line_manager": "Ingrid Vandamme",
    }.items():
        page.locator(f"[name={role}]").fill(name)
    page.locator("[name=framework]").select_option(label="Referentiekader zorgkundige (Nederlands)")
    page.locator("[name=context]").select_option("newcomer")
    page.locator("[name=starts_on]").fill(day(-30))
    # Who does not want to wait presses again, and yet makes one.
    sent = []
    context.route(
        f"**{WORKSPACE}add/",
        lambda route: sent.append(route) if route.request.method == "POST" else route.continue_(),
    )
    page.locator(".mentorship-actions button[type=submit]:not([name])").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 300); }"
    )
    page.wait_for_timeout(1000)
    [first] = sent
    with page.expect_navigation():
        first.continue_()
    for name in ("Nadia Bouzid", "Fatima El Amrani", "Ingrid Vandamme"):
        expect(page.locator("main").get_by_text(name).first).to_be_visible()
    address = page.url.split("?")[0]
    assert not context.watch.take()
    context.close()
    return address


def start(mentor, mentorship, kind):
    """Let the mentor start an evaluation; return its address."""
    mentor.goto(mentorship)
    mentor.locator("main a[href$='/evaluations/add/']").first.click()
    mentor.locator(f"[name=kind][value={kind}]").check()
    mentor.locator("[name=talk_on]").fill(day(TALK_IN[kind]))
    save(mentor)
    expect(mentor.locator(".mentorship-told")).to_be_visible()
    return re.match(rf".*{WORKSPACE}evaluations/[-\w]+/", mentor.url)[0]


def open_sheet(page, evaluation, layout):
    """Open one's own sheet, with so much of it on one page."""
    page.goto(f"{evaluation}sheet/")
    chosen = page.locator(f"button[name=layout][value={layout}]")
    page.locator("details:has(button[name=layout]) summary").click()
    with page.expect_navigation():
        chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")


def rate(question, value, remark=""):
    """Answer one question: ``value`` is the place of a level, or another answer."""
    radios = question.locator("input[type=radio]")
    radio = (
        radios.nth(value)
        if isinstance(value, int)
        else radios.and_(question.locator(f"[value={value}]"))
    )
    radio.check()
    if remark:
        question.locator("summary:has(+ textarea)").click()
        question.locator("textarea").fill(remark)


def share(page, evaluation):
    """Check the answers and share the sheet; what is not rated stays so."""
    page.goto(f"{evaluation}sheet/check/")
    save(page)
    expect(page.locator("[data-mentorship-errors]")).to_be_visible()
    page.locator("[name=incomplete]").check()
    save(page)
    expect(page.locator(".mentorship-told")).to_be_visible()


def sign(page, evaluation, **fields):
    """Read the evaluation and sign it, through the button that the page offers."""
    page.goto(evaluation)
    page.locator(".mentorship-panel--due a[href$='/sign/']").click()
    for name, text in fields.items():
        field = page.locator(f"form [name={name}]")
        field.check() if text is True else field.fill(text)
    save(page)
    expect(page.locator(".mentorship-told")).to_be_visible()


def assert_hidden(page, addresses, text):
    """None of the pages holds the text, not even out of sight."""
    for address in addresses:
        assert page.goto(address).status == 200
        assert text not in page.content(), address


def level_in_progress(page, mentorship, key):
    """What progress says of the last evaluation of a competency."""
    page.goto(f"{mentorship}progress/")
    row = page.locator("tr").filter(has=page.locator(f"a[href*='/progress/{key}/']"))
    return row.locator("td").last.inner_text()


# -- The whole path


def test_evaluation_from_its_start_to_its_correction(page_of, mentorship):
    mentor, mentee = page_of("mentor"), page_of("reader", locale="fr-BE")
    manager = page_of("manager")
    evaluation = start(mentor, mentorship, "interim")
    identity = identity_of(evaluation)

    # The mentor's sheet, an area a page.
    mentor.goto(f"{evaluation}details/")
    mentor.locator("[name=observed_on]").fill(day(0))
    mentor.locator("[name=situation]").fill(SITUATION)
    save(mentor)
    open_sheet(mentor, evaluation, "area")
    mentor.locator(".mentorship-actions a.mentorship-button").first.click()
    questions = mentor.locator("fieldset.mentorship-rate")
    rate(questions.nth(0), 1, remark=MENTOR_REMARK)
    rate(questions.nth(1), 0)
    rate(questions.nth(2), "not_observed")
    answer = questions.first.locator("input:checked")
    key = answer.get_attribute("name").removeprefix("answer-")
    level = answer.get_attribute("value")
    area = mentor.url
    save(mentor)
    assert mentor.url != area
    # The mentee's, in French.
    mentee.goto(in_french(WORKSPACE))
    mentee.locator(f"a.mentorship-tasks__link[href*='{identity}']").first.click()
    open_sheet(mentee, in_french(evaluation), "area")
    mentee.locator(".mentorship-actions a.mentorship-button").first.click()
    rate(mentee.locator("fieldset.mentorship-rate").first, 2, remark=MENTEE_REMARK)
    save(mentee)

    # Nobody reads the other's until both are shared.
    pages = ["", "history/"]
    of_all = [mentorship, f"{mentorship}progress/", *(evaluation + page for page in pages)]
    own = [f"{evaluation}sheet/", f"{evaluation}sheet/check/"]
    assert_hidden(mentor, [*of_all, *own], MENTEE_REMARK)
    assert_hidden(mentee, map(in_french, [*of_all, *own]), MENTOR_REMARK)
    share(mentor, evaluation)
    assert_hidden(mentor, of_all, MENTEE_REMARK)
    assert_hidden(mentee, map(in_french, [*of_all, *own]), MENTOR_REMARK)
    assert_hidden(manager, of_all[:2], MENTOR_REMARK)
    assert manager.request.get(evaluation).status == 404
    share(mentee, in_french(evaluation))
    for page in (mentor, mentee, manager):
        page.goto(in_french(evaluation) if page is mentee else evaluation)
        expect(page.get_by_text(MENTOR_REMARK).first).to_be_visible()
        expect(page.get_by_text(MENTEE_REMARK).first).to_be_visible()
    view = mentor.locator("article.mentorship-view").first
    expect(view.locator(".mentorship-given__number")).to_have_text(["2", "3"])

    # The talk.
    mentor.locator(".mentorship-panel--due a[href$='/talk/']").click()
    mentor.locator("[name=conclusion]").fill(CONCLUSION)
    mentor.locator("[name=needs]").fill(NEEDS)
    mentor.locator("[name=point-0-text]").fill(POINT)
    mentor.locator("[name=point-0-owner]").select_option("mentee")
    mentor.locator("[name=point-0-due_on]").fill(day(30))
    mentor.locator("#point-0 summary").click()
    mentor.locator(f"[name=point-0-competencies][value='{key}']").check()
    save(mentor)
    expect(mentor.locator(".mentorship-told")).to_be_visible()

    # Three signatures; the mentee does not agree.
    sign(mentor, evaluation)
    sign(manager, evaluation)
    sign(mentee, in_french(evaluation), remark=OBJECTION, disagrees=True)
    mentor.goto(evaluation)
    main = mentor.locator("main")
    for text in (SITUATION, CONCLUSION, NEEDS, POINT, OBJECTION, "Niet akkoord"):
        expect(main.get_by_text(text).first).to_be_visible()
    signatures = mentor.locator("#signatures .mentorship-panel")
    expect(signatures).to_have_count(3)
    expect(mentor.locator("#signatures .mentorship-panel--quiet")).to_have_count(0)
    expect(mentor.locator(".mentorship-panel--due")).to_have_count(0)
    assert level_in_progress(mentor, mentorship, key).startswith("2")

    # An editor words the level otherwise.
    editor = page_of("editor")
    editor.add_init_script(NOTE_WHEN_READY)
    open_framework(editor)
    field = f"areas-0-competencies-0-descriptors-level-{level}"
    editor.locator(f"details:has([name='{field}']) summary").click()
    old = editor.locator(f"[name='{field}']").input_value()
    first, rest = old.split(" ", 1)
    type_and_autosave(editor, field, f"Anders {rest}")
    editor.locator("footer [data-w-dropdown-target=toggle]").first.click()
    editor.locator("footer button[name=action-publish]").click()
    editor.locator("form[data-publish] button[type=submit]").click()
    expect(editor.locator(".messages .success")).to_be_visible()

    # What was signed says what it said, and what became of the words since.
    mentor.goto(evaluation)
    expect(view.locator(".mentorship-given__number")).to_have_text(["2", "3"])
    # The first of the words are the mentor's; the mentee's are in French.
    words = view.locator("details").filter(has_text="versie").first
    words.locator("summary").click()
    expect(words.get_by_text(old)).to_be_visible()
    changed = view.locator("details").filter(has_text="Sindsdien gewijzigd").first
    changed.locator("summary").click()
    expect(changed.locator("del")).to_contain_text(first)
    expect(changed.locator("ins")).to_contain_text("Anders")
    untouched = mentor.locator("article.mentorship-view").nth(1)
    expect(untouched.get_by_text("Sindsdien gewijzigd")).to_have_count(0)
    expect(mentor.locator("#signatures")).to_contain_text("Ongewijzigd")

    # The mentor corrects the level.
    mentor.locator("main a[href$='/correct/']").click()
    mentor.locator("[name=reason]").fill(REASON)
    save(mentor)
    correction = re.match(rf".*{WORKSPACE}evaluations/[-\w]+/", mentor.url)[0]
    assert correction != evaluation
    open_sheet(mentor, correction, "competency")
    mentor.goto(f"{correction}sheet/competency/{key}/")
    corrected = mentor.locator("fieldset.mentorship-rate")
    expect(corrected.locator("input:checked")).to_have_attribute("value", level)
    rate(corrected, 2)
    save(mentor)
    assert level_in_progress(mentor, mentorship, key).startswith("2")
    share(mentor, correction)
    sign(mentor, correction)
    for address, other in ((evaluation, correction), (correction, evaluation)):
        mentor.goto(address)
        path = other[other.index(WORKSPACE) :]
        expect(mentor.locator(f".mentorship-note a[href='{path}']")).to_be_visible()
        expect(mentor.locator(".mentorship-note").get_by_text(REASON)).to_be_visible()
    assert level_in_progress(mentor, mentorship, key).startswith("3")


# -- Twelve ratings, by thumb and by keyboard


def go_on(page, act):
    """Do ``act``, which leads to another question."""
    address = page.url
    with page.expect_navigation():
        act()
    assert page.url != address
    assert "/sheet/competency/" in page.url


def assert_fits(page):
    assert not page.evaluate(READ_OVERFLOW)


def test_mentor_records_twelve_ratings_with_the_thumb_and_shares_them(page_of, mentorship):
    desk = page_of("mentor")
    evaluation = start(desk, mentorship, "start")
    open_sheet(desk, evaluation, "competency")
    identity = identity_of(evaluation)
    page = page_of("mentor", viewport=PHONE, has_touch=True, is_mobile=True)
    taps = 0

    def tap(locator):
        # Playwright scrolls to the place, and refuses it when something else lies on top.
        nonlocal taps
        locator.tap()
        taps += 1

    page.goto(WORKSPACE)
    assert_fits(page)
    with page.expect_navigation():
        tap(page.locator(f"a.mentorship-tasks__link[href*='{identity}']").first)
    if not page.url.endswith("/sheet/"):
        with page.expect_navigation():
            tap(page.locator(".mentorship-panel--due a.mentorship-button").first)
    assert_fits(page)
    with page.expect_navigation():
        tap(page.locator(".mentorship-actions a.mentorship-button").first)
    expect(page.locator("fieldset.mentorship-rate input:checked")).to_have_count(0)
    taps = 0
    for number in range(RATINGS):
        option = page.locator(".mentorship-rate__options .mentorship-option").nth(number % 4)
        tap(option)
        expect(option.locator("input")).to_be_checked()
        assert_fits(page)
        button = page.locator(".mentorship-actions button[type=submit]:not([name])")
        go_on(page, lambda button=button: tap(button))
    assert taps <= MOST_INTERACTIONS * RATINGS

    with page.expect_navigation():
        tap(page.locator(".mentorship-hero__up a"))
    expect(page.locator("main")).to_contain_text(f"{RATINGS} van ")
    with page.expect_navigation():
        tap(page.locator("main a[href$='/sheet/check/']"))
    assert_fits(page)
    with page.expect_navigation():
        tap(page.locator("#observed-on"))
    page.locator("[name=observed_on]").fill(day(0))
    assert_fits(page)
    with page.expect_navigation():
        tap(page.locator(".mentorship-actions button[type=submit]"))
    page.goto(f"{evaluation}sheet/check/")
    tap(page.locator("label:has([name=incomplete])"))
    with page.expect_navigation():
        tap(page.locator("#share button[type=submit]"))
    assert page.url.startswith(evaluation)
    expect(page.locator(".mentorship-told")).to_be_visible()
    assert_fits(page)


def test_mentor_records_twelve_ratings_with_the_keyboard_and_shares_them(page_of, mentorship):
    page = page_of("mentor", viewport=PHONE)
    evaluation = start(page, mentorship, "extra")
    presses = 0

    def press(key):
        nonlocal presses
        page.keyboard.press(key)
        presses += 1

    def reach(locator):
        """Go to something with the Tab key, and to its first place on the page if several."""
        for _ in range(MOST_STOPS):
            if locator.evaluate("element => element === document.activeElement"):
                return
            press("Tab")
        raise AssertionError(f"not reached: {locator}")

    def enter(locator):
        reach(locator)
        with page.expect_navigation():
            press("Enter")

    open_sheet(page, evaluation, "competency")
    enter(page.locator(".mentorship-actions a.mentorship-button").first)
    presses = 0
    for number in range(RATINGS):
        radios = page.locator("fieldset.mentorship-rate input[type=radio]")
        # On a page that was just opened, and after each answer.
        expect(radios.first).to_be_focused()
        press("ArrowDown" if number % 2 else "Space")
        expect(radios.nth(number % 2)).to_be_checked()
        go_on(page, lambda: press("Enter"))
    assert presses <= MOST_INTERACTIONS * RATINGS

    page.goto(f"{evaluation}details/")
    page.locator("[name=observed_on]").fill(day(0))
    enter(page.locator(".mentorship-actions button[type=submit]"))
    page.goto(f"{evaluation}sheet/check/")
    expect(page.locator("main .mentorship-given__number")).to_have_count(RATINGS)
    reach(page.locator("[name=incomplete]"))
    press("Space")
    enter(page.locator("#share button[type=submit]"))
    assert page.url.startswith(evaluation)
    expect(page.locator(".mentorship-told")).to_be_visible()


# -- Nothing typed is lost


@pytest.fixture(scope="module")
def draft(new_context, session_of, mentorship):
    """The address of an evaluation on which nothing is shared."""
    context = new_context(storage_state=session_of("mentor"))
    page = context.new_page()
    address = start(page, mentorship, "final")
    open_sheet(page, address, "competency")
    context.close()
    return address


def open_question(page, evaluation, number):
    """Open one question of one's own sheet."""
    page.goto(f"{evaluation}sheet/")
    page.locator("a[href*='/sheet/competency/'].mentorship-tasks__link").nth(number).click()
    page.wait_for_url(re.compile("/sheet/competency/"))
    return page.locator("fieldset.mentorship-rate")


def test_text_is_kept_while_it_is_typed(page_of, draft):
    page = page_of("mentor")
    question = open_question(page, draft, 0)
    question.locator("summary:has(+ textarea)").click()
    question.locator("textarea").press_sequentially("Vroeg eerst hoe de nacht was.")
    expect(question.locator(".mentorship-saved")).to_have_text(re.compile(r"^Bewaard om \d"))
    page.reload()
    expect(question.locator("textarea")).to_have_value("Vroeg eerst hoe de nacht was.")
    expect(question.locator("textarea")).to_be_visible()
    # It does not stand in the way of saving the page.
    question.locator("textarea").press("Control+End")
    question.locator("textarea").press_sequentially(" Luisterde.")
    rate(question, 1)
    save(page)
    open_question(page, draft, 0)
    expect(question.locator("textarea")).to_have_value("Vroeg eerst hoe de nacht was. Luisterde.")
    expect(question.locator("input[type=radio]").nth(1)).to_be_checked()


def test_saving_waits_for_what_is_on_its_way(page_of, draft):
    page = page_of("mentor")
    question = open_question(page, draft, 3)
    held = []
    page.route("**/sheet/keep/", lambda route: held.append(route))
    question.locator("summary:has(+ textarea)").click()
    # Who unfolds the remark writes at once.
    expect(question.locator("textarea")).to_be_focused()
    page.keyboard.type("Haalt hulp.")
    with page.expect_request("**/sheet/keep/"):
        pass
    page.keyboard.type(" Blijft erbij.")
    rate(question, 2)
    address = page.url
    page.locator(".mentorship-actions button[type=submit]:not([name])").click()
    page.wait_for_timeout(500)
    assert page.url == address
    with page.expect_navigation():
        held.pop(0).continue_()
    assert page.url.split("#")[0] != address.split("#")[0]
    open_question(page, draft, 3)
    expect(question.locator("textarea")).to_have_value("Haalt hulp. Blijft erbij.")
    expect(question.locator("input[type=radio]").nth(2)).to_be_checked()


def test_choices_are_kept_without_saving(page_of, draft):
    page = page_of("mentor")
    question = open_question(page, draft, 4)
    rate(question, 1)
    expect(question.locator(".mentorship-saved")).to_have_text(re.compile(r"^Bewaard om \d"))
    page.locator(".mentorship-hero__up a").click()
    page.wait_for_url(re.compile("/sheet/$"))
    open_question(page, draft, 4)
    expect(question.locator("input[type=radio]").nth(1)).to_be_checked()
    # The page in another language waits for what was chosen just before.
    rate(question, 2)
    page.locator("a[hreflang=fr], a[lang=fr]").first.click()
    page.wait_for_url(re.compile("/fr/"))
    expect(question.locator("input[type=radio]").nth(2)).to_be_checked()
    save(page)
    expect(page.locator("[data-mentorship-errors]")).to_have_count(0)


def test_form_survives_signing_in_again_in_another_window(page_of, draft):
    page = page_of("mentor")
    question = open_question(page, draft, 5)
    address = page.url.split("#")[0]
    page.route("**/sheet/keep/", lambda route: route.abort())
    rate(question, 3, remark="Getypt in het eerste venster.")
    other = page.context.new_page()
    page.context.clear_cookies(name="sessionid")
    other.goto("/nl/login/")
    sign_in(other, "mentor")
    save(page)
    assert page.url.split("#")[0] == address
    expect(question.locator("textarea")).to_have_value("Getypt in het eerste venster.")
    expect(question.locator("input[type=radio]").nth(3)).to_be_checked()
    save(page)
    page.unroute_all()
    open_question(page, draft, 5)
    expect(question.locator("textarea")).to_have_value("Getypt in het eerste venster.")
    other.close()
    page.context.watch.take()


def test_two_browsers_on_one_question_lose_neither_text(page_of, draft):
    # Without scripts nothing is kept while typing: both write on what they opened.
    one, other = (page_of("mentor", java_script_enabled=False) for _ in range(2))
    for page in (one, other):
        open_question(page, draft, 1)
    question = one.locator("fieldset.mentorship-rate")
    rate(question, 0, remark="Van de eerste computer.")
    save(one)
    question = other.locator("fieldset.mentorship-rate")
    rate(question, 2, remark="Van de tweede computer.")
    save(other)
    expect(other.locator("[data-mentorship-errors]")).to_contain_text("elders gewijzigd")
    note = question.locator(".mentorship-note--warning")
    expect(note).to_contain_text("Wat nu bewaard is")
    expect(note).to_contain_text("Van de eerste computer.")
    expect(note.locator(".mentorship-given__number")).to_have_text("1")
    expect(question.locator("textarea")).to_have_value("Van de tweede computer.")
    expect(question.locator("input[type=radio]").nth(2)).to_be_checked()
    # Whoever has read both decides.
    save(other)
    open_question(one, draft, 1)
    question = one.locator("fieldset.mentorship-rate")
    expect(question.locator("textarea")).to_have_value("Van de tweede computer.")


def test_text_comes_back_after_the_session_has_ended(page_of, draft):
    page = page_of("mentor")
    question = open_question(page, draft, 2)
    address = page.url.split("#")[0]
    rate(question, 3, remark="Getypt toen de sessie voorbij was.")
    page.context.clear_cookies(name="sessionid")
    save(page)
    assert "/nl/login/" in page.url
    sign_in(page, "mentor")
    assert page.url.split("#")[0] == address
    expect(page.locator(".mentorship-note")).to_have_text(
        "Je was afgemeld. Wat je getypt had, is terug; bewaar het."
    )
    expect(question.locator("textarea")).to_have_value("Getypt toen de sessie voorbij was.")
    expect(question.locator("input[type=radio]").nth(3)).to_be_checked()
    save(page)
    open_question(page, draft, 2)
    expect(page.locator(".mentorship-note")).to_have_count(0)
    expect(question.locator("textarea")).to_have_value("Getypt toen de sessie voorbij was.")


def test_page_of_others_is_the_page_of_what_does_not_exist(page_of, draft):
    # The demonstration says why there is no such page: that must be the same too.
    page = page_of("editor")
    seen = []
    for evaluation in (identity_of(draft), str(UUID(int=0))):
        with page.expect_console_message():
            assert page.goto(f"{WORKSPACE}evaluations/{evaluation}/").status == 404
        seen.append(page.locator("body").inner_text().replace(evaluation, ""))
    assert seen[0] == seen[1]
    assert all("404" in problem for problem in page.context.watch.take())
