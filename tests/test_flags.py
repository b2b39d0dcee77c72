"""Readers say what is not clear to them, and hear back."""

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from wagtail.models import PageViewRestriction, ReferenceIndex
from wagtail.users.models import UserProfile

from mentorship_cms.choices import FlagState
from mentorship_cms.models import (
    CompetencyFramework,
    Flag,
    FrameworkPage,
    FrameworkVersion,
    RolePage,
)
from mentorship_cms.models.flags import LONGEST_ANSWER, LONGEST_SENTENCE
from mentorship_cms.permissions import NotVisible
from mentorship_cms.services import flags
from mentorship_cms.services.errors import StaleError
from mentorship_cms.services.publishing import publish
from tests import factories, lifecycle
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(mentoring, framework):
    """A page that shows the small framework."""
    page = FrameworkPage(title="Zorg", slug="zorg", framework=framework, locale=mentoring.locale)
    return mentoring.add_child(instance=page)


@pytest.fixture
def role_page(mentoring, role):
    """A page that shows the small role description."""
    page = RolePage(title="Mentor", slug="mentor-2", role_description=role, locale=mentoring.locale)
    return mentoring.add_child(instance=page)


@pytest.fixture
def version(framework):
    """The published version of the small framework."""
    return framework.versions.get()


@pytest.fixture
def part(version):
    """Its first competency, as published."""
    return version.content.competencies[0]


@pytest.fixture
def browser(reader):
    """A browser of a reader of the team who is signed in."""
    browser = Client()
    browser.force_login(reader)
    return browser


def address_of(version, part, kind="framework"):
    return reverse("mentorship_cms:unclear", args=[kind, version.pk, part.key])


def questions_address():
    return reverse("mentorship_cms:questions")


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    """What a reader reads, in one line."""
    return " ".join(soup(response).main.get_text(" ", strip=True).split())


def asked(user, version, part, sentence="Which help is meant?", **fields):
    return flags.ask(user=user, version=version, part_key=part.key, sentence=sentence, **fields)


def reword(item, key, *, words):
    """Publish ``item`` with other words for the part of that key."""
    item = type(item).objects.get(pk=item.pk)
    sections = "areas" if isinstance(item, CompetencyFramework) else "groups"
    parts = "competencies" if isinstance(item, CompetencyFramework) else "responsibilities"
    field = "criterion" if isinstance(item, CompetencyFramework) else "explanation"
    for section in getattr(item, sections).all():
        for part in getattr(section, parts).all():
            if str(part.key) == key:
                setattr(part, field, words)
                getattr(section, parts).add(part)
                getattr(item, sections).add(section)
    publish(snippet=item, note="Clearer")


def remove(framework, key):
    """Publish ``framework`` without the competency of that key."""
    framework = CompetencyFramework.objects.get(pk=framework.pk)
    for area in framework.areas.all():
        kept = [one for one in area.competencies.all() if str(one.key) != key]
        area.competencies = kept
        framework.areas.add(area)
    publish(snippet=framework)


# -- Asking


def test_a_question_keeps_who_asked_what_about_which_words(reader, version, part):
    flag = asked(reader, version, part, "  Which help\r\nis meant? ")
    flag.refresh_from_db()
    assert (flag.reporter, flag.framework, flag.role_description) == (
        reader,
        version.framework,
        None,
    )
    assert (str(flag.part_key), flag.part_name) == (part.key, "A1 Competency A1")
    assert (flag.version_number, flag.state) == (1, FlagState.OPEN)
    assert flag.sentence == "Which help\nis meant?"


def test_a_question_about_a_responsibility(reader, role):
    version = role.versions.get()
    item = version.content.responsibilities[1]
    flag = asked(reader, version, item)
    assert (flag.subject, flag.part_name) == (role, "Does 1.2")


@pytest.mark.parametrize("sentence", ["", " \n ", "x" * (LONGEST_SENTENCE + 1)])
def test_a_question_says_something_and_is_short(reader, version, part, sentence):
    with pytest.raises(ValidationError) as caught:
        asked(reader, version, part, sentence)
    assert set(caught.value.message_dict) == {"sentence"}
    assert not Flag.objects.exists()
    asked(reader, version, part, "x" * LONGEST_SENTENCE)


def test_a_part_of_another_framework_has_no_question(reader, version, home):
    other = factories.published_framework(locale=home.locale, title="Other").versions.get()
    with pytest.raises(NotVisible):
        asked(reader, version, other.content.competencies[0])


def test_the_same_person_words_it_anew_instead_of_twice(reader, version, part):
    flag = asked(reader, version, part)
    again = asked(reader, version, part, "Whose help is meant?", changes=flag.public_id)
    assert again.pk == flag.pk
    assert Flag.objects.get().sentence == "Whose help is meant?"


def test_a_second_window_is_told_of_the_first(reader, version, part):
    asked(reader, version, part)
    with pytest.raises(StaleError) as caught:
        asked(reader, version, part, "Something else")
    assert caught.value.stored == {"sentence": "Which help is meant?"}
    assert Flag.objects.get().sentence == "Which help is meant?"
    # The same words sent twice are one question.
    asked(reader, version, part)
    assert Flag.objects.count() == 1


def test_what_was_answered_meanwhile_is_not_worded_anew(reader, editor, version, part):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    with pytest.raises(ValidationError):
        asked(reader, version, part, "Whose?", changes=flag.public_id)
    flag.refresh_from_db()
    assert flag.sentence == "Which help is meant?"
    assert asked(reader, version, part, "Whose?").pk != flag.pk


def test_two_people_ask_about_the_same(reader, editor, version, part):
    asked(reader, version, part)
    asked(editor, version, part)
    assert Flag.objects.count() == 2


def test_the_database_keeps_one_open_question_of_a_person_about_a_part(reader, version, part):
    flag = asked(reader, version, part)
    flag.pk, flag.public_id = None, part.key
    with pytest.raises(IntegrityError), transaction.atomic():
        flag.save(force_insert=True)


def test_a_part_of_the_same_key_in_another_language_has_its_own_question(
    reader, framework, version, part, english
):
    translated = framework.copy_for_translation(english)
    translated.save()
    publish(snippet=translated)
    other = FrameworkVersion.objects.get(framework=translated)
    assert other.content.competencies[0].key == part.key
    asked(reader, version, part)
    assert asked(reader, other, part).framework == translated


def test_at_most_so_many_wait_for_one_person(reader, editor, home, monkeypatch):
    monkeypatch.setattr(flags, "MOST_OPEN", 3)
    version = factories.published_framework(locale=home.locale).versions.get()
    first, *others = version.content.competencies
    waiting = [asked(reader, version, part) for part in (first, *others[:2])]
    with pytest.raises(ValidationError):
        asked(reader, version, others[2])
    # One that waits can still be worded anew, and an answer makes room.
    asked(reader, version, first, "Whose?", changes=waiting[0].public_id)
    flags.answer(user=editor, flag=waiting[1], outcome="closed", text="It is a word of the law.")
    asked(reader, version, others[2])


# -- Answering


@pytest.mark.parametrize(
    ("outcome", "words", "wrong"),
    [
        ("answered", "", {"text"}),
        ("closed", " ", {"text"}),
        ("", "A text", {"outcome"}),
        ("open", "A text", {"outcome"}),
        ("gone", "", {"outcome"}),
        ("changed", "x" * (LONGEST_ANSWER + 1), {"text"}),
    ],
)
def test_an_answer_says_what_became_of_it(reader, editor, version, part, outcome, words, wrong):
    flag = asked(reader, version, part)
    with pytest.raises(ValidationError) as caught:
        flags.answer(user=editor, flag=flag, outcome=outcome, text=words)
    assert set(caught.value.message_dict) == wrong
    flag.refresh_from_db()
    assert flag.is_open


@pytest.mark.parametrize(
    ("outcome", "words"), [("answered", "Any help."), ("changed", ""), ("closed", "The law.")]
)
def test_an_answer_is_kept_with_who_and_when(reader, editor, version, part, outcome, words):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome=outcome, text=words)
    flag.refresh_from_db()
    assert (flag.state, flag.answer, flag.answered_by) == (outcome, words, editor)
    assert flag.answered_by_name == "Edith Editor"
    assert flag.answered_at is not None
    assert flag.read_at is None


def test_the_second_of_two_editors_learns_what_the_first_answered(
    reader, editor, administrator, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    with pytest.raises(flags.AlreadyAnsweredError) as caught:
        flags.answer(user=administrator, flag=flag, outcome="closed", text="No.")
    assert (caught.value.flag.answer, caught.value.flag.answered_by) == ("Any help.", editor)
    flag.refresh_from_db()
    assert flag.answer == "Any help."


def test_a_question_about_what_is_gone_is_still_answered(reader, editor, framework, version, part):
    flag = asked(reader, version, part)
    remove(framework, part.key)
    (question,) = flags.questions_of([flag])
    assert (question.part, question.asked.key, question.name) == (None, part.key, flag.part_name)
    assert question.has_changed
    flags.answer(user=editor, flag=flag, outcome="closed", text="It is gone.")


def test_who_leaves_leaves_the_question_without_a_name(reader, editor, version, part):
    flag = asked(reader, version, part)
    reader.delete()
    flag.refresh_from_db()
    assert flag.reporter is None
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    flag.refresh_from_db()
    assert "Rana" not in str(vars(flag))


@pytest.mark.parametrize("kind", ["framework", "role"])
def test_only_other_words_count_as_a_change_since(reader, framework, role, kind):
    item = framework if kind == "framework" else role
    version = item.versions.get()
    first, second = [*flags.parts_of(version.content).values()][:2]
    mine = [asked(reader, version, first), asked(reader, version, second)]
    assert [question.has_changed for question in flags.questions_of(mine)] == [False, False]
    reword(item, first.key, words="In other words.")
    found = flags.questions_of(mine)
    assert [question.has_changed for question in found] == [True, False]
    assert [question.current for question in found] == [2, 2]
    assert [change.new for change in found[0].texts] == ["In other words."]


# -- Mails


@pytest.fixture
def owner(editor, monkeypatch):
    """The editor answers for everything."""
    monkeypatch.setattr(flags, "owner_of", lambda item: editor)
    return editor


def test_owner_and_reader_are_mailed_without_a_word_of_it(
    reader, owner, version, part, django_capture_on_commit_callbacks
):
    UserProfile.objects.create(user=owner, preferred_language="en")
    UserProfile.objects.create(user=reader, preferred_language="fr")
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(reader, version, part)
    with django_capture_on_commit_callbacks(execute=True):
        asked(reader, version, part, "Whose?", changes=flag.public_id)
    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert f"/admin/mentorship/framework/{version.framework_id}/questions/" in sent.body
    assert "a reader finds something not clear" in sent.body
    with django_capture_on_commit_callbacks(execute=True):
        flags.answer(user=owner, flag=flag, outcome="answered", text="Any help.")
    answered = mail.outbox[1]
    assert answered.to == [reader.email]
    assert "/fr/mentorships/unclear/" in answered.body
    for message in mail.outbox:
        said = message.subject + message.body
        for word in ("Rana", "Edith", "help", "Competency", "Whose", version.framework.title):
            assert word not in said


def test_nobody_is_mailed_about_their_own_doing(
    owner, version, part, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(owner, version, part)
        flags.answer(user=owner, flag=flag, outcome="closed", text="Never mind.")
    assert mail.outbox == []
    flag.refresh_from_db()
    assert flag.read_at is not None


def test_a_site_that_sends_no_mail(
    reader, owner, version, part, settings, django_capture_on_commit_callbacks
):
    settings.MENTORSHIP_CMS_SEND_MAIL = False
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(reader, version, part)
        flags.answer(user=owner, flag=flag, outcome="changed")
    assert mail.outbox == []


# -- Who may


def status(browser, address):
    got = [browser.get(address).status_code, browser.post(address).status_code]
    assert got[0] == got[1]
    return got[0]


def test_whoever_reads_the_page_may_ask(browser, page, version, part):
    assert status(browser, address_of(version, part)) == 200


def test_nobody_asks_about_what_no_page_shows(browser, version, part):
    assert status(browser, address_of(version, part)) == 404


def test_nobody_asks_where_the_page_is_offline(browser, page, version, part):
    page.unpublish()
    assert status(browser, address_of(version, part)) == 404


def test_nobody_asks_about_a_text_that_was_taken_offline(browser, page, framework, version, part):
    framework.unpublish()
    assert status(browser, address_of(version, part)) == 404


def test_a_privacy_rule_of_the_page_or_above_it_holds_here_too(
    browser, reader, mentoring, page, version, part
):
    group = Group.objects.create(name="Night team")
    rule = PageViewRestriction.objects.create(page=mentoring, restriction_type="groups")
    rule.groups.add(group)
    assert status(browser, address_of(version, part)) == 404
    reader.groups.add(group)
    assert status(browser, address_of(version, part)) == 200


def test_a_page_behind_a_password_opens_with_it(browser, page, version, part):
    rule = PageViewRestriction.objects.create(
        page=page, restriction_type="password", password="sesame"
    )
    assert status(browser, address_of(version, part)) == 404
    unlock = reverse("wagtailcore_authenticate_with_password", args=[rule.pk, page.pk])
    browser.post(unlock, {"password": "sesame", "return_url": page.url})
    assert status(browser, address_of(version, part)) == 200


def test_whoever_takes_part_asks_about_a_framework_without_a_page(
    framework, version, part, coordinator, english
):
    cast = lifecycle.cast(framework, coordinator)
    stranger = lifecycle.cast(
        factories.published_framework(locale=framework.locale, title="Other"),
        coordinator,
        prefix="other-",
    )
    translated = framework.copy_for_translation(english)
    translated.save()
    publish(snippet=translated)
    for person in (cast.mentor, cast.mentee, cast.deputy, cast.manager):
        browser = Client()
        browser.force_login(person)
        assert status(browser, address_of(version, part)) == 200
        assert status(browser, address_of(translated.versions.get(), part)) == 200
    for person in (stranger.mentor, coordinator):
        browser = Client()
        browser.force_login(person)
        assert status(browser, address_of(version, part)) == 404


def test_addresses_of_nothing(browser, page, version, part, role):
    for kind, pk, key in (
        ("framework", version.pk + 1000, part.key),
        ("framework", 10**30, part.key),
        ("role", version.pk + 1000, part.key),
        ("scale", version.pk, part.key),
        ("framework", version.pk, version.content.areas[0].key),
        ("framework", version.pk, role.versions.get().content.responsibilities[0].key),
    ):
        address = reverse("mentorship_cms:unclear", args=[kind, pk, key])
        assert status(browser, address) == 404, (kind, pk, key)


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


def test_who_never_asked_sees_nothing_of_it_at_home(browser):
    response = browser.get(reverse("mentorship_cms:home"))
    assert questions_address() not in response.content.decode()
    assert soup(browser.get(questions_address())).find(class_="mentorship-empty") is not None


def test_a_changed_text_is_shown_with_the_words_that_changed(
    browser, reader, editor, framework, page, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="changed")
    assert soup(browser.get(questions_address())).find("ins") is None
    reword(framework, part.key, words="Helps with whatever is asked.")
    shown = soup(browser.get(questions_address()))
    assert "whatever is asked" in shown.find("ins").get_text()


def test_nothing_is_told_of_a_text_that_was_taken_offline(
    browser, reader, editor, framework, page, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="changed")
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
                flags.answer(user=editor, flag=flag, outcome="changed")

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
