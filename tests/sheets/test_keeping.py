"""What goes wrong while writing, and what is kept all the same."""

import re
import sys
import uuid

import pytest
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter

from mentorship_cms.models import Sheet
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.services import evaluations
from mentorship_cms.views import kept
from tests.evaluation_pages.helpers import republish
from tests.sheets.helpers import address, answers, browser_of, reach, stored, text_of

# -- What goes wrong


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": str(uuid.uuid4())}, "not in the rating scale"),
        ({"answer": "best"}, "not in the rating scale"),
        ({"remark": "x" * 100_000}, f"{LONGEST_TEXT} is the most"),
        ({"remark": "a\x00b"}, "a character that cannot be kept"),
    ],
)
def test_bad_input_gets_a_message_by_the_field_and_stays(
    mentor, evaluation, content, change, message
):
    one = content.competencies[0]
    data = answers(one, level=content.levels[0], remark="typed text")
    data |= {f"{name}-{one.key}": value for name, value in change.items()}
    html = text_of(mentor.post(address("sheet_competency", evaluation, one.key), data))
    assert html.count(message) == 2
    assert f'href="#answer-{one.key}"' in html
    assert f'id="answer-{one.key}"' in html
    assert "<title>Error:" in html
    assert data[f"remark-{one.key}"].replace("\x00", "\x00") in html
    assert stored(evaluation) == {}


def test_a_competency_of_another_framework_is_refused_and_nothing_is_saved(
    mentor, evaluation, content
):
    one = content.competencies[0]
    foreign = str(uuid.uuid4())
    data = answers(one, level=content.levels[0], remark="typed text")
    data |= {f"answer-{foreign}": content.levels[0].key, f"revision-{foreign}": "0"}
    html = text_of(mentor.post(address("sheet_all", evaluation), data))
    assert "not in the framework of this evaluation" in html
    assert "typed text" in html
    assert f'value="{content.levels[0].key}" id="answer-{one.key}" checked' in html
    assert stored(evaluation) == {}


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000, "1e3"])
def test_a_revision_that_never_was_overwrites_nothing(mentor, evaluation, content, revision):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    mentor.post(place, answers(one, level=content.levels[0]))
    html = text_of(mentor.post(place, answers(one, level=content.levels[1], revision=revision)))
    assert "was changed elsewhere" in html
    assert stored(evaluation)["A1"][0] == "With help"


def test_a_stale_form_is_refused_with_both_texts(mentor, evaluation, content):
    one, two = content.competencies[:2]
    first, second = content.levels
    place = address("sheet_area", evaluation, content.areas[0].key)
    mentor.post(place, answers(one, level=first, remark="the first text"))
    data = answers(one, level=second, remark="the second text") | answers(two, level=second)
    html = text_of(mentor.post(place, data))
    assert "<title>Error:" in html
    assert "the first text" in html
    assert "the second text</textarea>" in html
    assert re.search(r'mentorship-note--warning.*?<span[^>]*label"[^>]*>With help<', html, re.S)
    assert f'value="{second.key}" checked' in html
    assert stored(evaluation) == {"A1": ("With help", "the first text")}
    # The page holds the new revision: saving again overwrites knowingly.
    revision = re.search(rf'name="revision-{one.key}" value="(\d+)"', html)[1]
    data[f"revision-{one.key}"] = revision
    assert mentor.post(place, data).status_code == 302
    assert stored(evaluation) == {"A1": ("Alone", "the second text"), "A2": ("Alone", "")}


def test_a_stale_general_remark_is_refused_with_both_texts(mentor, evaluation):
    place = address("sheet_remark", evaluation)
    mentor.post(place, {"remark-general": "the first text", "revision-general": "0"})
    data = {"remark-general": "the second text", "revision-general": "0"}
    html = text_of(mentor.post(place, data))
    assert "the first text" in html
    assert "the second text</textarea>" in html
    assert Sheet.objects.get().remark == "the first text"
    data["revision-general"] = re.search(r'name="revision-general" value="(\d+)"', html)[1]
    assert mentor.post(place, data).status_code == 302
    assert Sheet.objects.get().remark == "the second text"


def test_the_same_save_twice_is_no_conflict(mentor, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    for _time in range(2):
        assert mentor.post(place, answers(one, level=content.levels[0])).status_code == 302


@pytest.mark.parametrize("state", ["shared", "signed"])
def test_what_is_typed_on_a_sheet_that_was_closed_meanwhile_is_shown_again(
    cast, mentor, evaluation, content, state
):
    reach(cast, evaluation, state)
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    data = answers(one, level=content.levels[1], remark="typed too late", revision=1)
    html = text_of(mentor.post(place, data))
    assert "typed too late" in html
    assert 'role="alert"' in html
    assert stored(evaluation)["A1"] == ("With help", "by mentor")


# -- Keeping


def test_a_text_is_kept_while_it_is_typed_and_the_answer_left_alone(mentor, evaluation, content):
    one = content.competencies[0]
    mentor.post(
        address("sheet_competency", evaluation, one.key), answers(one, level=content.levels[0])
    )
    place = address("sheet_keep", evaluation)
    reply = mentor.post(place, {"name": one.key, "text": "Half a sen", "revision": "1"})
    assert reply.status_code == 200
    said = reply.json()
    assert said["revision"] == 2
    assert re.fullmatch(r"\d\d?:\d\d( [ap]\.m\.)?", said["saved"])
    assert stored(evaluation) == {"A1": ("With help", "Half a sen")}
    # Then the form, with the revision that came back.
    response = mentor.post(
        address("sheet_competency", evaluation, one.key),
        answers(one, level=content.levels[1], remark="Half a sentence", revision=2),
    )
    assert response.status_code == 302
    assert stored(evaluation) == {"A1": ("Alone", "Half a sentence")}


def test_an_answer_is_kept_as_it_is_chosen(mentor, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_keep", evaluation)
    data = {"name": one.key, "text": "", "revision": "0", "answer": content.levels[1].key}
    assert mentor.post(place, data).json()["revision"] == 1
    assert stored(evaluation) == {"A1": ("Alone", "")}
    # The form that follows says the same, with the revision it was opened with.
    form = address("sheet_competency", evaluation, one.key)
    assert mentor.post(form, answers(one, level=content.levels[1])).status_code == 302
    for revision, answer in ((1, "not_observed"), (2, "")):
        data |= {"answer": answer, "revision": revision}
        assert mentor.post(place, data).json()["revision"] == revision + 1
        assert stored(evaluation) == {"A1": (answer, "")}
    for answer in (str(uuid.uuid4()), "best"):
        reply = mentor.post(place, data | {"answer": answer})
        assert reply.status_code == 422 and "not in the rating scale" in reply.json()["message"]


def test_the_general_remark_is_kept_too(mentor, evaluation):
    place = address("sheet_keep", evaluation)
    reply = mentor.post(place, {"name": "general", "text": "In all", "revision": "0"})
    assert reply.json()["revision"] == 1
    assert Sheet.objects.get().remark == "In all"


def test_keeping_overwrites_nothing_and_says_why_it_cannot(mentor, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_keep", evaluation)
    mentor.post(place, {"name": one.key, "text": "first", "revision": "0"})
    reply = mentor.post(place, {"name": one.key, "text": "second", "revision": "0"})
    assert reply.status_code == 409
    assert "changed elsewhere" in reply.json()["message"]
    for name, text in (
        (one.key, "x" * (LONGEST_TEXT + 1)),
        (str(uuid.uuid4()), "text"),
        ("nonsense", "text"),
        (one.key, "a\x00"),
    ):
        reply = mentor.post(place, {"name": name, "text": text, "revision": "1"})
        assert reply.status_code == 422
        assert reply.json()["message"]
    assert stored(evaluation) == {"A1": ("", "first")}
    assert mentor.get(place).status_code == 405


def test_a_text_sent_after_the_session_ended_comes_back_to_its_writer(cast, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    browser = browser_of(cast.mentor)
    token = re.search(r'name="writer" value="([^"]+)"', text_of(browser.get(place)))[1]
    browser.logout()
    data = answers(one, level=content.levels[1], remark="typed before") | {"writer": token}
    response = browser.post(place, data)
    assert response.status_code == 302
    assert f"next={place}" in response.url
    assert stored(evaluation) == {}
    # Keeping while typing does not push out what waits.
    keep = address("sheet_keep", evaluation)
    browser.post(keep, {"name": one.key, "text": "other", "revision": "0"})
    response = browser.post(response.url, {"username": "mentor", "password": "mentor"})
    assert response.url == place
    html = text_of(browser.get(place))
    assert "What you had typed is back" in html
    assert "typed before</textarea>" in html
    assert f'value="{content.levels[1].key}" checked' in html
    assert stored(evaluation) == {}
    assert browser.post(place, data).status_code == 302
    assert stored(evaluation) == {"A1": ("Alone", "typed before")}
    assert "is back" not in text_of(browser.get(place))


def test_a_text_that_waits_is_not_shown_to_somebody_else(cast, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    browser = browser_of(cast.mentor)
    token = re.search(r'name="writer" value="([^"]+)"', text_of(browser.get(place)))[1]
    browser.logout()
    login = browser.post(
        place, answers(one, level=content.levels[1], remark="canary") | {"writer": token}
    ).url
    browser.post(login, {"username": "mentee", "password": "mentee"})
    html = text_of(browser.get(place))
    assert "canary" not in html
    assert " checked" not in html


# -- Signing in again elsewhere


def strict(user):
    """A browser that is asked for the token against forged forms, as real ones are."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return browser


def fields_of(html):
    """The hidden fields that say who sends a form."""
    return {
        name: re.search(rf'name="{name}" value="([^"]+)"', html)[1]
        for name in ("csrfmiddlewaretoken", "writer")
    }


def test_a_form_from_before_signing_in_again_saves_nothing_and_loses_nothing(
    cast, evaluation, content
):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    browser = strict(cast.mentor)
    opened = fields_of(text_of(browser.get(place)))
    # In another window: signed out and in again, which gives every form another token.
    login = {"username": "mentor", "password": "mentor"}
    browser.logout()
    fresh = fields_of_login(browser)
    browser.post(reverse("login"), login | fresh)
    data = answers(one, level=content.levels[1], remark="typed before") | opened
    response = browser.post(place, data)
    assert response.status_code == 302 and response.url == place
    assert stored(evaluation) == {}
    html = text_of(browser.get(place))
    assert "What you had typed is back" in html and "typed before</textarea>" in html
    assert f'value="{content.levels[1].key}" checked' in html
    assert browser.post(place, data | fields_of(html)).status_code == 302
    assert stored(evaluation) == {"A1": ("Alone", "typed before")}


def fields_of_login(browser):
    """The token of the page where one signs in."""
    html = text_of(browser.get(reverse("login")))
    return {
        "csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]
    }


@pytest.mark.parametrize("writer", [None, "forged", "mentee"])
def test_a_forged_form_does_nothing_and_leaves_nothing(cast, evaluation, content, writer):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    data = answers(one, level=content.levels[1], remark="canary")
    if writer == "mentee":
        data |= {"writer": kept.writer_token(cast.mentee)}
    elif writer:
        data |= {"writer": writer}
    browser = strict(cast.mentor)
    for address_of_form in (place, address("sheet_keep", evaluation)):
        assert browser.post(address_of_form, data).status_code == 403
    assert stored(evaluation) == {}
    assert kept.SESSION_KEY not in browser.session
    assert "canary" not in text_of(browser.get(place))


def test_signing_in_drops_what_somebody_else_left(cast, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    browser = Client()
    token = kept.writer_token(cast.mentor)
    browser.post(place, answers(one, level=content.levels[1], remark="canary") | {"writer": token})
    assert kept.SESSION_KEY in browser.session
    browser.force_login(cast.mentee)
    assert kept.SESSION_KEY not in browser.session


def test_two_pages_wait_side_by_side(cast, evaluation, content):
    browser = Client()
    token = kept.writer_token(cast.mentor)
    places = {}
    for number, one in enumerate(content.competencies[:2]):
        places[number] = address("sheet_competency", evaluation, one.key)
        remark = f"typed on page {number}"
        browser.post(places[number], answers(one, remark=remark) | {"writer": token})
    browser.force_login(cast.mentor)
    for number, place in places.items():
        assert f"typed on page {number}</textarea>" in text_of(browser.get(place))


def test_words_whose_page_is_closed_by_now_are_shown_once(cast, evaluation, content):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    browser = Client()
    token = kept.writer_token(cast.mentor)
    data = answers(one, remark="typed too <late>") | {"writer": token}
    browser.post(place, data)
    reach(cast, evaluation, "signed")
    browser.force_login(cast.mentor)
    html = text_of(browser.get(place, follow=True))
    assert "could not be put back" in html and "typed too &lt;late&gt;" in html
    assert "typed too" not in text_of(browser.get(address("evaluation", evaluation)))


@pytest.mark.parametrize("layout", ["sheet_competency", "sheet_area", "sheet_all"])
def test_words_on_a_competency_that_is_gone_meanwhile_are_shown(
    cast, framework, mentor, evaluation, content, layout
):
    one, other = content.areas[0].competencies[:2]
    key = {"sheet_competency": [one.key], "sheet_area": [content.areas[0].key]}.get(layout, [])
    place = address(layout, evaluation, *key)
    republish(framework, remove=True)
    evaluations.move_to_newest(user=cast.mentor, evaluation_id=evaluation.public_id)
    data = answers(one, remark="about what is gone")
    if layout != "sheet_competency":
        data |= answers(other, level=content.levels[0], remark="about what stays")
    response = mentor.post(place, data, follow=True)
    html = text_of(response)
    assert "about what is gone" in html and 'role="alert"' in html
    if layout != "sheet_competency":
        assert "about what stays</textarea>" in html


def test_a_report_of_an_error_holds_nothing_of_what_was_typed(
    cast, evaluation, content, monkeypatch
):
    reports = []

    def crash(**fields):
        raise RuntimeError("the database is gone")

    def report(sender, request, **kwargs):
        # What Django mails to those who run the site.
        reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
        reports.append(reporter.get_traceback_text() + reporter.get_traceback_html())

    monkeypatch.setattr("mentorship_cms.views.sheet_forms.save_entries", crash)
    browser = browser_of(cast.mentor)
    browser.raise_request_exception = False
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    got_request_exception.connect(report)
    try:
        assert browser.post(place, answers(one, remark="canary")).status_code == 500
    finally:
        got_request_exception.disconnect(report)
    (text,) = reports
    assert "the database is gone" in text and f"remark-{one.key}" in text
    assert "canary" not in text
