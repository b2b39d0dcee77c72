"""The pages of the workspace, as each of the people of the demonstration finds them."""

import json
import re
from collections import Counter, deque
from urllib.parse import parse_qsl, urldefrag, urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.urls import resolve
from django.utils import translation
from playwright.sync_api import expect

from mentorship_cms import urls
from tests.browser.addresses import WORKSPACE
from tests.browser.conftest import manage
from tests.browser.scripts import (
    READ_OVERFLOW,
    READ_PAGE,
    RUN_AXE,
    THIN_OUT,
    UNFOLD_ALL,
    UNFOLD_SOME,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

#: Who walks, and in which language.
WALKS = {
    "mentor": "nl",
    "deputy": "nl",
    "mentee": "nl",
    "trainee": "fr",
    "manager": "nl",
    "coordinator": "nl",
}
#: Pages that one person looks at, and those of one sort: each evaluation is in another state.
MOST_PAGES, MOST_OF_A_SORT = 150, 1
MOST_EVALUATIONS = 8
WIDTHS = (390, 320)
#: Addresses that answer with no page of their own: they keep, act, or give a file.
NO_PAGE = {
    "mentorship_window_close",
    "record_file",
    "sheet_keep",
    "sheet_layout",
    "talk_keep",
}
IDENTITY = re.compile(r"[0-9a-f]{8}-[-0-9a-f]{27}")

#: Evaluations in states that the demonstration has none of, made by the services.
STAGE = """
import json
from datetime import timedelta
from django.contrib.auth import get_user_model
from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import CompetencyFramework, Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from tests import lifecycle

users = {user.get_username(): user for user in get_user_model().objects.all()}
roles = {"mentee": "editor", "mentor": "mentor", "deputy_mentor": "deputy",
         "line_manager": "manager"}
framework = CompetencyFramework.objects.get(locale__language_code="nl")
people = {role: users[name] for role, name in roles.items()}
made = mentorships.create_mentorship(
    user=users["coordinator"], framework=framework, context="newcomer", people=people,
    starts_on=today() - timedelta(days=100))
cast = lifecycle.Cast(
    mentorship=made, mentee=people["mentee"], mentor=people["mentor"],
    deputy=people["deputy_mentor"], manager=people["line_manager"],
    coordinator=users["coordinator"])
mentorships.open_window(
    user=cast.mentor, public_id=made.public_id, starts_on=today(),
    ends_on=today() + timedelta(days=3))
signed = lifecycle.signed(cast, kind=EvaluationKind.FINAL, talk_in=3)
waiting = lifecycle.started(cast, kind=EvaluationKind.EXTRA, talk_in=-2)
evaluations.change_details(
    user=cast.mentor, evaluation_id=waiting.public_id, revision=0, talk_on=waiting.talk_on,
    observed_on=today(), situation="Helping at breakfast")
lifecycle.write(waiting, cast.mentor, remark="Said in Dutch")
evaluations.share_sheet(user=cast.mentor, evaluation_id=waiting.public_id)
talk = lifecycle.shared(cast, kind=EvaluationKind.START, talk_in=4)
talked = lifecycle.talked(cast, kind=EvaluationKind.INTERIM, talk_in=5)
behind = lifecycle.started(cast, kind=EvaluationKind.FINAL, talk_in=6)
Evaluation.objects.filter(pk=behind.pk).update(
    framework_version=framework.versions.get(number=1))
found = {"signed": signed, "waiting": waiting, "talk": talk, "talked": talked, "behind": behind}
found = {name: str(evaluation.public_id) for name, evaluation in found.items()}
found["area"] = str(framework.versions.get(number=1).content.areas[0].key)
print(json.dumps(found | {"mentorship": str(made.public_id)}))
"""

#: Pages that no link of the demonstration leads to: who opens which.
STAGED = {
    "reveal": ("mentor", "evaluations/{waiting}/reveal/"),
    "shared sheet": ("mentor", "evaluations/{waiting}/sheet/"),
    "take back": ("mentor", "evaluations/{waiting}/sheet/take-back/"),
    "talk": ("mentor", "evaluations/{talk}/talk/"),
    "talk written down": ("mentor", "evaluations/{talked}/talk/"),
    "mentor signs": ("mentor", "evaluations/{talked}/sign/"),
    "mentee signs": ("editor", "evaluations/{signed}/sign/"),
    "manager signs": ("manager", "evaluations/{signed}/sign/"),
    "missing": ("mentor", "evaluations/{signed}/missing/"),
    "version": ("mentor", "evaluations/{behind}/version/"),
    "area": ("mentor", "evaluations/{behind}/sheet/area/{area}/"),
    "all": ("mentor", "evaluations/{behind}/sheet/all/"),
    "window": ("mentor", "{mentorship}/deputy/"),
}


def sort_of(address):
    """What addresses of one sort have in common: who and what it is about does not matter."""
    parts = urlsplit(address)
    names = "&".join(sorted(name for name, _ in parse_qsl(parts.query)))
    return IDENTITY.sub("*", parts.path) + (f"?{names}" if names else "")


def most_of(sort):
    return MOST_EVALUATIONS if sort.endswith("/evaluations/*/") else MOST_OF_A_SORT


# -- Every page


@pytest.fixture(scope="module")
def walked_by(new_context, session_of, intranet):
    """Return a function that walks for somebody: what pages say, and what goes wrong there."""
    walks = {}

    def find(username):
        if username not in walks:
            context = new_context(storage_state=session_of(username))
            home = f"{intranet}{WORKSPACE.replace('/nl/', f'/{WALKS[username]}/')}"
            walks[username] = walk(context, intranet, home)
            context.close()
        return walks[username]

    return find


def walk(context, intranet, home):
    """Follow the links of the workspace from its home page."""
    page = context.new_page()
    found, counts = {home}, Counter()
    waiting, pages = deque(found), {}
    while waiting and len(pages) < MOST_PAGES:
        url = waiting.popleft()
        page.set_viewport_size({"width": WIDTHS[0], "height": 844})
        facts = {"status": page.goto(url).status, **page.evaluate(READ_PAGE), "overflow": []}
        page.evaluate(UNFOLD_ALL)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            facts["overflow"] += page.evaluate(READ_OVERFLOW)
        pages[url.removeprefix(intranet)] = facts | {"problems": context.watch.take()}
        for link in facts["links"]:
            target = urldefrag(link).url
            is_page = target.startswith(home) and not target.endswith(".json")
            if is_page and target not in found:
                found.add(target)
                sort = sort_of(target)
                counts[sort] += 1
                if counts[sort] <= most_of(sort):
                    waiting.append(target)
    return pages


@pytest.mark.parametrize("username", WALKS)
def test_every_page_of_the_workspace_is_sound(walked_by, username):
    """Each answers, says its language and what it is, and fits on a small screen."""
    pages, wrong, titles = walked_by(username), {}, {}
    for address, facts in pages.items():
        found = {
            "status": facts["status"] != 200 and facts["status"],
            "language": facts["language"] != WALKS[username] and facts["language"],
            "headings": (len(facts["headings"]) != 1 or not all(facts["headings"]))
            and facts["headings"],
            "no title": not facts["title"],
            "ids": [name for name, times in Counter(facts["ids"]).items() if times > 1],
            "overflow": facts["overflow"],
            "problems": facts["problems"],
        }
        if found := {name: finding for name, finding in found.items() if finding}:
            wrong[address] = found
        path = urlsplit(address).path
        mentorship = re.match(rf"/\w+/mentorships/({IDENTITY.pattern})/", path)
        about = mentorship[1] if mentorship else ""
        titles.setdefault((about, facts["title"]), set()).add(path)
    assert not wrong
    assert not {title: found for title, found in titles.items() if len(found) > 1}


# -- One page of every sort


@pytest.fixture(scope="module")
def staged(intranet, demonstration_folder, walked_by):
    """The addresses of ``STAGED``, by what they are."""
    said = manage(demonstration_folder, "shell", "--verbosity", "0", "--command", STAGE)
    names = json.loads(said.splitlines()[-1])
    return {
        name: (username, WORKSPACE + address.format(**names))
        for name, (username, address) in STAGED.items()
    }


@pytest.fixture(scope="module")
def looked_at_by(new_context, session_of):
    """Return a function that gives somebody's page, on which scripts of the tests are allowed."""
    pages = {}

    def find(username):
        if username not in pages:
            context = new_context(storage_state=session_of(username), bypass_csp=True)
            pages[username] = context.new_page()
        return pages[username]

    return find


def look_at(page, address):
    """What axe finds, wide and narrow; between light and dark only colours differ."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1280, "height": 900})
    response = page.goto(address)
    if response.status != 200:
        return [f"status {response.status}"]
    page.evaluate(UNFOLD_SOME)
    if "/sheet/all/" not in address:
        page.evaluate(THIN_OUT)
    page.evaluate(AXE_SCRIPT)
    found = [f"wide: {text}" for text in page.evaluate(RUN_AXE)]
    page.set_viewport_size({"width": 390, "height": 844})
    found += [f"narrow: {text}" for text in page.evaluate(RUN_AXE)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"dark: {text}" for text in page.evaluate(RUN_AXE, ["cat.color"])]
    page.evaluate(UNFOLD_ALL)
    return found + page.evaluate(READ_OVERFLOW)


def test_one_page_of_every_sort_is_accessible(walked_by, looked_at_by):
    addresses = {}
    for username in WALKS:
        for address in walked_by(username):
            addresses.setdefault(sort_of(address).partition("?")[0][3:], (username, address))
    found = {one: look_at(looked_at_by(one[0]), one[1]) for one in addresses.values()}
    assert not {one: findings for one, findings in found.items() if findings}


def test_no_page_of_the_workspace_is_left_out(walked_by, staged):
    """What links lead to and what is staged above are, together, all pages that there are."""
    paths = {urlsplit(address).path for username in WALKS for address in walked_by(username)}
    paths |= {urlsplit(address).path for _username, address in staged.values()}
    seen = set()
    for path in paths:
        with translation.override(path.split("/")[1]):
            seen.add(resolve(path).url_name)
    assert {pattern.name for pattern in urls.urlpatterns} - seen == NO_PAGE


@pytest.mark.parametrize("name", STAGED)
def test_page_of_an_act_is_accessible_and_fits(staged, looked_at_by, name):
    username, address = staged[name]
    page = looked_at_by(username)
    assert not look_at(page, address)
    assert page.url.endswith(address)


def test_page_with_mistakes_is_accessible(staged, looked_at_by):
    """Messages stand by the fields, and the list of them has the focus."""
    username, address = staged["talk"]
    page = looked_at_by(username)
    page.goto(address)
    page.locator("[name=point-0-text]").fill("Samen oefenen")
    page.locator(".mentorship-actions button[type=submit]:not([name])").click()
    errors = page.locator("[data-mentorship-errors]")
    expect(errors).to_be_focused()
    page.evaluate(AXE_SCRIPT)
    assert not page.evaluate(RUN_AXE)
    errors.locator("a").first.click()
    expect(page.locator("[name=point-0-owner]")).to_be_focused()
    expect(page.locator("[name=point-0-text]")).to_have_value("Samen oefenen")


# -- Without JavaScript


def test_rating_is_saved_without_javascript(staged, new_page, session_of):
    username, address = staged["all"]
    page = new_page(java_script_enabled=False, storage_state=session_of(username))
    page.goto(address)
    question = page.locator("fieldset.mentorship-rate").nth(4)
    question.locator("input[type=radio]").nth(2).check()
    question.locator("summary:has(+ textarea)").click()
    question.locator("textarea").fill("Zonder scripts")
    page.locator("button[name=back]").click()
    expect(page.locator(".mentorship-told")).to_be_visible()
    page.goto(address)
    expect(question.locator("input[type=radio]").nth(2)).to_be_checked()
    expect(question.locator("textarea")).to_have_value("Zonder scripts")
    expect(page.locator("fieldset.mentorship-rate input:checked")).to_have_count(1)
