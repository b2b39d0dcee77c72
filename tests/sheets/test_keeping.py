"""What goes wrong while writing, and what is kept all the same."""

import re
import uuid

import pytest

from mentorship_cms.models import Sheet
from mentorship_cms.models.evaluations import LONGEST_TEXT
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
