"""What readers find unclear, as those who keep the text see and answer it."""

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.users.models import UserProfile

from mentorship_cms.choices import FlagState
from mentorship_cms.models import CompetencyFramework, Flag
from mentorship_cms.models.flags import LONGEST_ANSWER
from mentorship_cms.services import flags
from tests import factories
from tests.factories import make_user
from tests.flags.helpers import asked, remove, reword

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(framework):
    """The published version of the small framework."""
    return framework.versions.get()


@pytest.fixture
def parts(version):
    """Its competencies, as published."""
    return version.content.competencies


@pytest.fixture
def browser(editor):
    """A browser of an editor who reads English."""
    UserProfile.objects.create(user=editor, preferred_language="en")
    browser = Client()
    browser.force_login(editor)
    return browser


def questions_address(item, kind="framework"):
    return reverse("mentorship_cms_admin:questions", args=[kind, item.pk])


def question_address(flag):
    return reverse(
        "mentorship_cms_admin:question", args=[flag.kind, flag.subject.pk, flag.public_id]
    )


def edit_address(item):
    return reverse(item.snippet_viewset.get_url_name("edit"), args=[item.pk])


def list_address(model):
    return reverse(model.snippet_viewset.get_url_name("list"))


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return " ".join(soup(response).main.get_text(" ", strip=True).split())


def typed(flag, **fields):
    return {f"answer-{flag.public_id}-{name}": value for name, value in fields.items()}


def make_flag(framework, key, *, state=FlagState.OPEN, **fields):
    """A question as it is stored, of a reader of its own."""
    return Flag.objects.create(
        framework=framework,
        part_key=key,
        part_name="A1 Competency A1",
        version_number=1,
        sentence="Which help is meant?",
        created_at=framework.first_published_at,
        state=state,
        answered_at=None if state == FlagState.OPEN else framework.first_published_at,
        **fields,
    )


# -- The page


def test_what_waits_stands_with_who_asked_and_an_answer_goes_back(
    browser, reader, framework, version, parts
):
    flag = asked(reader, version, parts[0])
    shown = text(browser.get(questions_address(framework)))
    for words in ("A1 Competency A1", "Which help is meant?", "Rana Reader", parts[0].criterion):
        assert words in shown
    response = browser.post(
        question_address(flag), typed(flag, outcome="answered", text="Any help.")
    )
    assert response["Location"] == questions_address(framework)
    flag.refresh_from_db()
    assert (flag.state, flag.answer, flag.answered_by_name) == (
        "answered",
        "Any help.",
        "Edith Editor",
    )
    shown = text(browser.get(questions_address(framework)))
    assert "No question waits for an answer." in shown
    assert "Any help." in shown


def test_questions_about_a_role(browser, reader, role):
    version = role.versions.get()
    flag = asked(reader, version, version.content.responsibilities[0])
    assert "Does 1.1" in text(browser.get(questions_address(role, "role")))
    browser.post(question_address(flag), typed(flag, outcome="changed", text="Elsewhere."))
    flag.refresh_from_db()
    assert flag.state == FlagState.CHANGED


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Choose what became of the question."),
        ({"outcome": "answered", "text": ""}, "Write the answer."),
        ({"outcome": "closed", "text": " "}, "Say why nothing changes."),
        ({"outcome": "elsewhere", "text": "A text"}, "not one of the available choices"),
        ({"outcome": "closed", "text": "y" * (LONGEST_ANSWER + 1)}, "2000 is the most"),
    ],
)
def test_bad_input_comes_back_with_everything(
    browser, reader, framework, version, parts, fields, said
):
    flag, other = asked(reader, version, parts[0]), asked(reader, version, parts[1])
    response = browser.post(question_address(flag), typed(flag, **fields))
    shown = soup(response)
    assert said in text(response)
    field = shown.find("textarea", attrs={"name": f"answer-{flag.public_id}-text"})
    assert field.get_text().lstrip("\n") == fields.get("text", "")
    chosen = shown.find("input", attrs={"name": f"answer-{flag.public_id}-outcome", "checked": ""})
    assert (chosen["value"] if chosen else "") in ("", fields.get("outcome"))
    assert len(shown.find_all(class_="w-field--error")) == 1
    assert shown.find("textarea", attrs={"name": f"answer-{other.public_id}-text"}) is not None
    flag.refresh_from_db()
    assert flag.is_open


@pytest.mark.parametrize("fields", [{"outcome": "closed", "text": "It is the law."}, {}])
def test_the_slower_of_two_editors_sees_the_answer_and_keeps_the_words(
    browser, reader, administrator, framework, version, parts, fields
):
    flag = asked(reader, version, parts[0])
    flags.answer(user=administrator, flag=flag, outcome="answered", text="Any help.")
    response = browser.post(question_address(flag), typed(flag, **fields))
    shown = text(response)
    assert "Somebody answered this in the meantime." in soup(response).get_text()
    assert "Any help." in shown
    assert "admin" in shown
    assert fields.get("text", "") in shown
    flag.refresh_from_db()
    assert flag.answer == "Any help."


def test_a_question_of_another_item_has_no_address_here(browser, reader, home, version, parts):
    other = factories.published_framework(locale=home.locale, title="Other")
    flag = asked(reader, version, parts[0])
    address = reverse("mentorship_cms_admin:question", args=["framework", other.pk, flag.public_id])
    for response in (browser.get(address), browser.post(address, typed(flag, outcome="changed"))):
        # What is not found is sought below the language of the site as well.
        assert response.status_code == 404 or response["Location"] == f"/nl{address}"
    flag.refresh_from_db()
    assert flag.is_open


def test_the_address_of_a_question_leads_to_it(browser, reader, framework, version, parts):
    flag = asked(reader, version, parts[0])
    response = browser.get(question_address(flag))
    assert response.status_code == 302
    address, anchor = response["Location"].split("#")
    assert address == questions_address(framework)
    assert soup(browser.get(address)).find(id=anchor) is not None


def test_who_left_has_no_name(browser, reader, framework, version, parts):
    asked(reader, version, parts[0])
    reader.delete()
    shown = text(browser.get(questions_address(framework)))
    assert "Somebody who has left" in shown
    assert "Which help is meant?" in shown


def test_the_answered_stand_on_pages(browser, framework, parts):
    for index in range(25):
        make_flag(framework, parts[0].key, state=FlagState.ANSWERED, answer=f"Answer {index}.")
    first = text(browser.get(questions_address(framework)))
    second = text(browser.get(questions_address(framework), {"p": 2}))
    assert (first.count("Answer "), second.count("Answer ")) == (20, 5)


def test_a_text_cannot_break_the_page(browser, reader, framework, version, parts):
    asked(reader, version, parts[0], "<script>alert(1)</script>")
    for address in (questions_address(framework), edit_address(framework)):
        assert "<script>alert(1)" not in browser.get(address).content.decode()


# -- In the form and in the list


def panel_of(response):
    """The heading and the words of the panel, or None."""
    items = soup(response).find(class_="mentorship-questions")
    if items is None:
        return None
    panel = items.find_parent(class_="w-panel")
    heading = panel.find(class_="w-panel__heading").get_text(" ", strip=True)
    return heading, " ".join(panel.get_text(" ", strip=True).split())


def test_the_form_lists_what_waits(browser, reader, framework, version, parts):
    assert panel_of(browser.get(edit_address(framework))) is None
    first, second = asked(reader, version, parts[0]), asked(reader, version, parts[1], "Why?")
    response = browser.get(edit_address(framework))
    heading, said = panel_of(response)
    assert heading == "Not clear to readers (2)"
    assert "Which help is meant?" in said
    assert "A2 Competency A2" in said
    links = [link["href"] for link in soup(response).find_all("a", href=True)]
    assert f"{questions_address(framework)}#question-{second.public_id}-section" in links
    # A form in a form would end the editor's own.
    assert soup(response).find("form", id="w-editor-form").find("form") is None
    flags.answer(user=reader, flag=first, outcome="changed", text="Soon in other words.")
    heading, said = panel_of(browser.get(edit_address(framework)))
    assert heading == "Not clear to readers (1)"
    assert "Which help is meant?" not in said


def test_a_question_leads_to_its_part_in_the_form(browser, reader, framework, version, parts):
    asked(reader, version, parts[3])
    link = soup(browser.get(questions_address(framework))).find("a", string="Go to it in the form")
    address, anchor = link["href"].split("#")
    assert address == edit_address(framework)
    place = soup(browser.get(address)).find(id=anchor)
    assert place.find("input", value=parts[3].title)


def test_of_a_part_that_is_gone_the_words_are_shown(browser, reader, framework, version, parts):
    asked(reader, version, parts[0])
    remove(framework, parts[0].key)
    shown = soup(browser.get(questions_address(framework)))
    assert "It read as follows when it was asked:" in shown.get_text()
    assert parts[0].criterion in shown.get_text()
    assert shown.find("a", string="Go to it in the form") is None


def test_a_new_item_has_no_panel(browser):
    response = browser.get(reverse(CompetencyFramework.snippet_viewset.get_url_name("add")))
    assert panel_of(response) is None


def test_after_publication_the_form_says_that_the_words_have_changed(
    browser, reader, framework, version, parts
):
    asked(reader, version, parts[0])
    asked(reader, version, parts[1])
    reword(framework, parts[0].key, words="Helps with whatever is asked.")
    for address in (edit_address(framework), questions_address(framework)):
        said = soup(browser.get(address)).get_text(" ", strip=True)
        assert said.count("Version 2 changed this since it was asked on version 1.") == 1
    assert "whatever" in soup(browser.get(questions_address(framework))).find("ins").get_text()
    remove(framework, parts[1].key)
    _heading, said = panel_of(browser.get(edit_address(framework)))
    assert "Version 3 no longer has this." in said


def test_the_list_counts_what_waits_and_leads_there(browser, reader, framework, version, parts):
    def cell():
        row = soup(browser.get(list_address(CompetencyFramework))).find(
            "a", href=questions_address(framework)
        )
        return row.find(string=True).strip()

    assert cell() == "0"
    flag = asked(reader, version, parts[0])
    asked(reader, version, parts[1])
    assert cell() == "2"
    flags.answer(user=reader, flag=flag, outcome="changed", text="Soon in other words.")
    assert cell() == "1"


def test_five_or_fifty_questions_and_items_need_the_same_queries(browser, framework, parts, home):
    def add(number):
        for _index in range(number):
            person = make_user(f"reader-{Flag.objects.count()}")
            make_flag(framework, parts[0].key, reporter=person)
            make_flag(framework, parts[0].key, reporter=person, state=FlagState.ANSWERED)
            item = factories.framework(locale=home.locale, title=f"Draft {person}", areas=0)
            item.live = False
            item.save()

    def counts():
        found = []
        for address in (
            questions_address(framework),
            edit_address(framework),
            list_address(CompetencyFramework),
        ):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address).status_code == 200
            found.append(len(captured))
            if address == list_address(CompetencyFramework):
                # Wagtail itself asks a few things for each row.
                found[-1] = sum("mentorship_cms_flag" in query["sql"] for query in captured)
        return found

    add(5)
    few = counts()
    add(35)
    assert counts() == few
    assert few[0] <= 20
    assert few[2] == 1
