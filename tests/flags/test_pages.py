"""The form, "My questions", and the links on published pages and on the sheet."""

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.models import ReferenceIndex

from mentorship_cms.models import CompetencyFramework, Flag, RolePage
from mentorship_cms.models.flags import LONGEST_SENTENCE
from mentorship_cms.services import flags
from mentorship_cms.services.errors import StaleError
from mentorship_cms.templatetags import mentorship_flags
from tests import factories, lifecycle
from tests.factories import make_user
from tests.flags.helpers import address_of, asked, reword

pytestmark = pytest.mark.django_db


@pytest.fixture
def role_page(mentoring, role):
    """A page that shows the small role description."""
    page = RolePage(title="Mentor", slug="mentor-2", role_description=role, locale=mentoring.locale)
    return mentoring.add_child(instance=page)


def questions_address():
    return reverse("mentorship_cms:questions")


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    """What a reader reads, in one line."""
    return " ".join(soup(response).main.get_text(" ", strip=True).split())


# -- The form


def fields_of(response):
    """What the form would send as it stands."""
    form = soup(response).find("form", class_="mentorship-form")
    sent = {item["name"]: item.get("value", "") for item in form.find_all("input")}
    return sent | {item["name"]: item.get_text().lstrip("\n") for item in form("textarea")}


def test_the_form_shows_the_words_and_leads_back_to_them(browser, page, version, part, in_english):
    address = address_of(version, part)
    with translation.override("en"):
        response = browser.get(address)
    said = text(response)
    assert f"{part.code} {part.title}" in said.replace("  ", " ")
    assert part.criterion in said
    assert "sees your name" in said
    sent = browser.post(address, fields_of(response) | {"sentence": "Which help?"})
    assert sent.status_code == 302
    back = urlsplit(sent["Location"])
    assert (back.path, back.fragment) == (page.url, part.anchor)
    shown = soup(browser.get(sent["Location"]))
    note = shown.find(class_="mentorship-asked")
    assert note.find("a", href=f"{page.url}#{part.anchor}") is not None
    assert note.find("a", href=lambda href: href.endswith("/mentorships/unclear/")) is not None
    assert Flag.objects.get().sentence == "Which help?"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/nl/mentorships/?page=2#row", "/nl/mentorships/"),
        ("https://elsewhere.example/", None),
        ("//elsewhere.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_after_asking_one_goes_back_but_never_elsewhere(browser, page, version, part, given, path):
    response = browser.get(address_of(version, part), {"next": given})
    shown = str(soup(response).main)
    assert "elsewhere" not in shown
    assert "javascript:" not in shown
    sent = browser.post(
        address_of(version, part), fields_of(response) | {"sentence": "x", "next": given}
    )
    back = urlsplit(sent["Location"])
    assert (back.netloc, back.path) == ("", path or page.url)
    if path:
        assert (back.query, back.fragment) == (f"page=2&asked={part.anchor}", "row")


def test_what_the_address_claims_was_asked_is_shown_as_no_text(client, page):
    for claim in ("<b>x", "competency-xyz", "group-12345678", 'competency-12345678"'):
        response = client.get(page.url, {"asked": claim})
        assert soup(response).find(class_="mentorship-asked") is None


def test_bad_input_comes_back_with_everything(browser, page, version, part, in_english):
    long = "y" * (LONGEST_SENTENCE + 1)
    for sentence, said in (("", "Say what is not clear."), (long, "500 is the most")):
        response = browser.post(
            address_of(version, part), {"sentence": sentence, "next": "/nl/mentorships/"}
        )
        assert said in text(response)
        assert soup(response).find(class_="mentorship-errors") is not None
        kept = fields_of(response)
        assert (kept["sentence"], kept["next"]) == (sentence, "/nl/mentorships/")
    assert not Flag.objects.exists()


def test_an_open_question_comes_back_to_be_changed(browser, reader, page, version, part):
    flag = asked(reader, version, part)
    sent = fields_of(browser.get(address_of(version, part)))
    assert sent["sentence"] == "Which help is meant?"
    browser.post(address_of(version, part), sent | {"sentence": "Whose help?"})
    flag.refresh_from_db()
    assert flag.sentence == "Whose help?"
    assert Flag.objects.count() == 1


def test_another_window_shows_both_texts(browser, reader, page, version, part):
    sent = fields_of(browser.get(address_of(version, part)))
    asked(reader, version, part)
    response = browser.post(address_of(version, part), sent | {"sentence": "Whose help?"})
    assert "Which help is meant?" in text(response)
    again = fields_of(response)
    assert again["sentence"] == "Whose help?"
    assert browser.post(address_of(version, part), again).status_code == 302
    assert Flag.objects.get().sentence == "Whose help?"


def test_an_answer_in_the_very_moment_loses_no_words(
    browser, reader, page, version, part, monkeypatch
):
    asked(reader, version, part)
    # Between saying that it was asked elsewhere and showing so, somebody answers.
    monkeypatch.setattr(flags, "ask", lambda **_fields: _stale())
    monkeypatch.setattr(flags, "open_flag", lambda *_about: None)
    response = browser.post(address_of(version, part), {"sentence": "Whose help?"})
    again = fields_of(response)
    assert (again["sentence"], again["changes"]) == ("Whose help?", "")


def _stale():
    raise StaleError({"sentence": "Which help is meant?"})


def test_an_answer_in_the_meantime_loses_no_words(browser, reader, editor, page, version, part):
    flag = asked(reader, version, part)
    sent = fields_of(browser.get(address_of(version, part)))
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    response = browser.post(address_of(version, part), sent | {"sentence": "Whose help?"})
    again = fields_of(response)
    assert again["sentence"] == "Whose help?"
    assert browser.post(address_of(version, part), again).status_code == 302
    assert set(Flag.objects.values_list("sentence", "state")) == {
        ("Which help is meant?", "answered"),
        ("Whose help?", "open"),
    }


def test_signed_out_while_writing_the_words_wait(browser, reader, page, version, part):
    sent = fields_of(browser.get(address_of(version, part), {"next": "/nl/mentorships/"}))
    browser.logout()
    response = browser.post(address_of(version, part), sent | {"sentence": "Which help?"})
    assert "/login/" in response["Location"]
    browser.force_login(reader)
    back = fields_of(browser.get(address_of(version, part)))
    assert (back["sentence"], back["next"]) == ("Which help?", "/nl/mentorships/")
    browser.post(address_of(version, part), back)
    assert Flag.objects.get().sentence == "Which help?"
    assert fields_of(browser.get(address_of(version, part)))["next"] == ""


# -- My questions


def test_ones_own_questions_and_nobody_elses(browser, reader, editor, framework, page, version):
    first, second, *_others = version.content.competencies
    mine = asked(reader, version, first, "Which help is meant?")
    asked(editor, version, second, "A question of somebody else")
    flags.answer(user=editor, flag=mine, outcome="answered", text="Any <b>help</b>.")
    response = browser.get(questions_address())
    said = text(response)
    assert "Which help is meant?" in said
    assert "Any <b>help</b>." in said
    assert "Edith Editor" in said
    assert "somebody else" not in said
    assert soup(response).find("a", href=f"{page.url}#{first.anchor}") is not None
    assert response.headers["Cache-Control"] == "no-store, private"


def test_opening_the_page_marks_answers_as_read_and_looking_at_headers_does_not(
    browser, reader, editor, page, version, part
):
    flag = asked(reader, version, part)
    browser.get(questions_address())
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    home = reverse("mentorship_cms:home")
    to_read = f'href="{questions_address()}"'
    for _time in range(2):
        assert flags.tally_of(reader) == flags.Tally(asked=1, to_read=1)
        assert soup(browser.get(home)).find(id="mentorship-questions") is not None
        browser.head(questions_address())
        browser.get(questions_address(), headers={"Sec-Purpose": "prefetch"})
    browser.get(questions_address())
    assert flags.tally_of(reader) == flags.Tally(asked=1, to_read=0)
    assert soup(browser.get(home)).find(id="mentorship-questions") is None
    assert to_read in browser.get(home).content.decode()


def test_a_tab_of_its_own_can_be_closed_after_asking(browser, page, version, part):
    with translation.override("en"):
        base = mentorship_flags.unclear_base("framework", version)
        link = BeautifulSoup(mentorship_flags.unclear_aside(part, base), "html.parser").a
    form = soup(browser.get(link["href"])).select_one("form.mentorship-work")
    data = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    response = browser.post(form["action"], data | {"sentence": "Which?"}, follow=True)
    assert "You can close this tab" in text(response)
    # From a page that readers read there is no other tab to go on with.
    assert "close this tab" not in text(browser.get(f"{questions_address()}?asked={part.anchor}"))


def test_who_never_asked_sees_nothing_of_it_at_home(browser):
    response = browser.get(reverse("mentorship_cms:home"))
    assert questions_address() not in response.content.decode()
    assert soup(browser.get(questions_address())).find(class_="mentorship-empty") is not None


def test_a_changed_text_is_shown_with_the_words_that_changed(
    browser, reader, editor, framework, page, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="changed", text="Soon in other words.")
    assert soup(browser.get(questions_address())).find("ins") is None
    reword(framework, part.key, words="Helps with whatever is asked.")
    shown = soup(browser.get(questions_address()))
    assert "whatever is asked" in shown.find("ins").get_text()


def test_nothing_is_told_of_a_text_that_was_taken_offline(
    browser, reader, editor, framework, page, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="changed", text="Soon in other words.")
    reword(framework, part.key, words="Helps with whatever is asked.")
    CompetencyFramework.objects.get(pk=framework.pk).unpublish()
    response = browser.get(questions_address())
    assert "whatever is asked" not in text(response)
    assert "Which help is meant?" in text(response)


def test_my_questions_need_no_queries_more_for_more_of_them(browser, reader, editor, home):
    def ask_many(number):
        for index in range(number):
            count = Flag.objects.count()
            item = factories.published_framework(
                locale=home.locale, title=f"Framework {count}", rating_scale=scale
            )
            version = item.versions.get()
            flag = asked(reader, version, version.content.competencies[0])
            if index % 2:
                flags.answer(user=editor, flag=flag, outcome="changed", text="Soon in other words.")

    def count():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(questions_address()).status_code == 200
        return len(captured)

    scale = factories.published_scale(locale=home.locale)
    ask_many(5)
    browser.get(questions_address())
    few = count()
    ask_many(20)
    assert count() <= few + 1  # marks answers as read
    assert few <= 16


# -- On the published pages and on the sheet


def links(response):
    return soup(response).find_all("a", class_="mentorship-unclear")


def test_every_competency_of_the_current_version_has_its_link(client, page, version):
    response = client.get(page.url)
    found = {link["href"]: link.get_text(" ", strip=True) for link in links(response)}
    assert set(found) == {address_of(version, part) for part in version.content.competencies}
    for part in version.content.competencies:
        assert part.title in found[address_of(version, part)]


def test_every_responsibility_of_the_current_version_has_its_link(client, role_page, role):
    version = role.versions.get()
    found = {link["href"] for link in links(client.get(role_page.url))}
    assert found == {address_of(version, part, "role") for part in version.content.responsibilities}


def test_earlier_versions_and_previews_have_no_link(client, page, framework, part, rf):
    reword(framework, part.key, words="Other words.")
    assert links(client.get(page.url + "versions/1/")) == []
    found = {link["href"] for link in links(client.get(page.url))}
    assert address_of(framework.versions.get(number=2), part) in found
    page.draft_content = framework.content()
    request = rf.get(page.url)
    request.user = make_user("viewer")
    assert b"mentorship-unclear" not in page.index_route(request).render().content


def test_the_links_are_the_same_for_everybody(client, browser, page):
    cache.clear()
    mine = [str(link) for link in links(browser.get(page.url))]
    assert mine
    assert [str(link) for link in links(client.get(page.url))] == mine


def test_the_sheet_leads_to_the_form_in_a_window_of_its_own(framework, version, part, coordinator):
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.started(cast)
    browser = Client()
    browser.force_login(cast.mentor)
    for name, key in (("sheet_competency", [part.key]), ("sheet_all", [])):
        response = browser.get(reverse(f"mentorship_cms:{name}", args=[evaluation.public_id, *key]))
        link = links(response)[0]
        assert link["target"] == "_blank"
        assert "noreferrer" in link["rel"]
        assert str(evaluation.public_id) not in link["href"]
        shown = browser.get(link["href"])
        sent = browser.post(
            urlsplit(link["href"]).path, fields_of(shown) | {"sentence": f"Asked on {name}"}
        )
        assert urlsplit(sent["Location"]).path == questions_address()
    flag = Flag.objects.get()
    assert str(evaluation.public_id) not in str(vars(flag))


def test_roles_and_frameworks_with_questions_are_used_by_nothing_more(reader, version, part):
    flag = asked(reader, version, part)
    assert not ReferenceIndex.model_is_indexable(Flag)
    assert not ReferenceIndex.get_references_to(flag.subject).filter(
        base_content_type__model="flag"
    )
