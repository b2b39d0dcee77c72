"""One's own sheet: who has one, the form in its layouts, keeping, stale saves, sharing."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from intranet.models import PracticalPage
from mentorship_cms.choices import Answer, EvaluationKind, EvaluationState, Layout, Side
from mentorship_cms.models import CompetencyFramework, Evaluation, Rating, Sheet
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.mentorships import layout_of
from mentorship_cms.services.previous import earlier_of
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import Entry, save_entries
from tests import factories, lifecycle

PAGES = ["sheet", "sheet_all", "sheet_remark", "sheet_check", "sheet_take_back"]
PARTS = ["sheet_area", "sheet_competency"]


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)


@pytest.fixture
def evaluation(cast):
    """An evaluation of which nothing is written."""
    return lifecycle.started(cast)


@pytest.fixture
def content(evaluation):
    """What the evaluation is on: areas A and B with two competencies each, two levels."""
    return evaluation.framework_version.content


@pytest.fixture
def mentor(cast):
    """The mentor's browser."""
    return browser_of(cast.mentor)


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def address(name, evaluation, *args, language="en"):
    with translation.override(language):
        return reverse(f"mentorship_cms:{name}", args=[evaluation.public_id, *args])


def addresses(evaluation):
    """Every address of a sheet."""
    content = evaluation.framework_version.content
    keys = {"sheet_area": content.areas[0].key, "sheet_competency": content.competencies[0].key}
    names = [*PAGES, "sheet_layout", "sheet_keep"]
    return {name: address(name, evaluation) for name in names} | {
        name: address(name, evaluation, key) for name, key in keys.items()
    }


def answers(*competencies, level=None, value="", remark="", revision=0):
    """What a browser sends for some competencies."""
    data = {}
    for competency in competencies:
        data[f"answer-{competency.key}"] = level.key if level else value
        data[f"remark-{competency.key}"] = remark
        data[f"revision-{competency.key}"] = revision
    return data


def text_of(response, status=200):
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def stored(evaluation, side=Side.MENTOR):
    """What the sheet of one side says, by the code of the competency."""
    ratings = Rating.objects.filter(sheet__evaluation=evaluation, sheet__side=side)
    return {
        rating.competency.code: (
            rating.level.label if rating.level else rating.answer,
            rating.remark,
        )
        for rating in ratings.select_related("competency", "level")
    }


# -- Who has a sheet


def reach(cast, evaluation, state):
    """Bring the evaluation to a state."""
    if state != "draft":
        lifecycle.shared(cast, evaluation)
    if state == "signed":
        lifecycle.signed(cast, evaluation)


@pytest.mark.parametrize("state", ["draft", "shared", "signed"])
def test_only_who_writes_a_sheet_has_its_pages(cast, evaluation, reader, administrator, state):
    reach(cast, evaluation, state)
    strangers = [cast.deputy, cast.manager, cast.coordinator, reader, administrator]
    for user in strangers:
        browser = browser_of(user)
        for name, place in addresses(evaluation).items():
            assert browser.get(place).status_code == 404, (user, name)
            assert browser.post(place).status_code == 404, (user, name)
    open_window(cast)
    for user in (cast.mentor, cast.mentee, cast.deputy):
        browser = browser_of(user)
        for name, place in addresses(evaluation).items():
            assert browser.get(place).status_code != 404, (user, name)
            if name != "sheet_keep":
                assert browser.post(place).status_code != 404, (user, name)


def test_a_dropped_evaluation_has_no_sheet(cast, evaluation):
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Twice")
    for user in (cast.mentor, cast.mentee):
        browser = browser_of(user)
        for name, place in addresses(evaluation).items():
            assert browser.get(place).status_code == 404, (user, name)
            assert browser.post(place).status_code == 404, (user, name)


def open_window(cast):
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )


def test_a_correction_has_no_sheet_of_the_mentee(cast):
    old = lifecycle.closed(cast)
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=old.public_id, reason="Wrong level"
    )
    browser = browser_of(cast.mentee)
    for place in addresses(correction).values():
        assert browser.get(place).status_code == 404
        assert browser.post(place).status_code == 404


def test_parts_that_the_version_does_not_have_are_not_there(mentor, evaluation):
    for name in PARTS:
        place = address(name, evaluation, uuid.uuid4())
        assert mentor.get(place).status_code == 404
        assert mentor.post(place).status_code == 404
    assert not Sheet.objects.exists()


def test_whoever_is_signed_out_is_asked_to_sign_in(evaluation):
    for place in addresses(evaluation).values():
        for method in ("get", "post"):
            response = getattr(Client(), method)(place)
            assert response.status_code == 302
            assert "/login/" in response.url


def test_pages_are_never_kept_by_a_browser_or_a_proxy(mentor, evaluation):
    for name, place in addresses(evaluation).items():
        response = mentor.get(place)
        assert response.headers["Cache-Control"] == "no-store, private", name
        assert "noindex" in response.headers["X-Robots-Tag"]


def test_nobody_sees_the_other_side_in_a_draft(cast, evaluation, mentor):
    lifecycle.write(evaluation, cast.mentee, level=1, remark="canary of the mentee")
    lifecycle.write(evaluation, cast.mentor, level=0, remark="canary of the mentor")
    mentee = browser_of(cast.mentee)
    for place in addresses(evaluation).values():
        assert "canary of the mentee" not in mentor.get(place).content.decode()
        assert "canary of the mentor" not in mentee.get(place).content.decode()
    assert "canary of the mentor" in text_of(mentor.get(address("sheet_all", evaluation)))


# -- The form


def test_the_form_is_the_framework_as_published(mentor, evaluation, content):
    one = content.competencies[0]
    html = text_of(mentor.get(address("sheet_competency", evaluation, one.key)))
    for words in (one.title, one.criterion, "A1: with help", "A1: alone", "Know", "1 of 4"):
        assert words in html
    assert html.count('type="radio"') == 4
    assert " checked" not in html
    assert "No answer yet" not in html
    assert not re.search(r"\sstyle=|\son[a-z]+=", html)


def test_the_criterion_stays_that_of_the_version_of_the_sheet(mentor, evaluation, content):
    framework = evaluation.framework_version.framework.get_latest_revision_as_object()
    area = framework.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.criterion = "Quite another criterion."
    area.competencies.add(competency)
    framework.areas.add(area)
    publish(snippet=framework)
    html = text_of(mentor.get(address("sheet_all", evaluation)))
    assert "Quite another criterion." not in html
    assert content.competencies[0].criterion in html


def test_a_level_without_descriptor_shows_its_description(home, coordinator):
    scale = factories.scale(locale=home.locale)
    level = scale.levels.all()[0]
    level.description = "Somebody stands beside."
    scale.levels.add(level)
    publish(snippet=scale)
    framework = factories.framework(locale=home.locale, rating_scale=scale, areas=1)
    competency = framework.areas.all()[0].competencies.all()[0]
    competency.descriptors = {}
    framework.areas.all()[0].competencies.add(competency)
    publish(snippet=framework)
    evaluation = lifecycle.started(people := lifecycle.cast(framework, coordinator))
    first, second = evaluation.framework_version.content.competencies
    browser = browser_of(people.mentor)
    html = text_of(browser.get(address("sheet_competency", evaluation, first.key)))
    assert "Somebody stands beside." in html
    html = text_of(browser.get(address("sheet_competency", evaluation, second.key)))
    assert "Somebody stands beside." not in html


def test_answers_are_saved_and_shown_again(mentor, evaluation, content):
    place = address("sheet_competency", evaluation, content.competencies[0].key)
    mentor.post(place, answers(content.competencies[0], level=content.levels[1], remark="Very <b>"))
    assert stored(evaluation) == {"A1": ("Alone", "Very <b>")}
    html = text_of(mentor.get(place))
    assert f'value="{content.levels[1].key}" checked' in html
    assert "Very &lt;b&gt;</textarea>" in html
    assert re.search(r'class="mentorship-rate__remark[^>]* open', html)
    assert 'value="1">' in html
    assert "No answer yet" in html


@pytest.mark.parametrize("value", [Answer.NOT_OBSERVED, Answer.NOT_APPLICABLE])
def test_there_may_be_no_level_and_no_answer_any_more(mentor, evaluation, content, value):
    one = content.competencies[0]
    place = address("sheet_competency", evaluation, one.key)
    mentor.post(place, answers(one, value=value.value))
    assert stored(evaluation) == {"A1": (value, "")}
    mentor.post(place, answers(one, value="", revision=1))
    assert stored(evaluation) == {"A1": ("", "")}


def test_saving_leads_to_the_next_without_an_answer_round_and_then_to_the_check(
    mentor, evaluation, content
):
    level = content.levels[0]
    keys = [competency.key for competency in content.competencies]

    def after(place, revision=0):
        one = content.competencies[place]
        response = mentor.post(
            address("sheet_competency", evaluation, one.key),
            answers(one, level=level, revision=revision),
        )
        assert response.status_code == 302
        return response.url

    def competency(place):
        return address("sheet_competency", evaluation, keys[place]) + "#question"

    assert after(2) == competency(3)
    assert after(0) == competency(1)
    assert after(3) == competency(1)
    assert after(1) == address("sheet_check", evaluation)
    assert after(1, revision=1) == address("sheet_check", evaluation)


def test_saving_without_an_answer_goes_on_all_the_same(mentor, evaluation, content):
    one = content.competencies[0]
    response = mentor.post(address("sheet_competency", evaluation, one.key), answers(one))
    assert response.url.startswith(
        address("sheet_competency", evaluation, content.competencies[1].key)
    )
    assert stored(evaluation) == {}


def test_an_area_leads_to_the_next_area_with_something_missing(mentor, evaluation, content):
    first, second = content.areas
    level = content.levels[0]
    place = address("sheet_area", evaluation, first.key)
    response = mentor.post(place, answers(first.competencies[0], level=level))
    assert response.url == address("sheet_area", evaluation, second.key) + "#question"
    place = address("sheet_area", evaluation, second.key)
    response = mentor.post(place, answers(*second.competencies, level=level))
    assert response.url == address("sheet_area", evaluation, first.key) + "#question"
    html = text_of(mentor.get(address("sheet_area", evaluation, first.key)))
    # One comes to the first question without an answer.
    assert re.search(rf'id="question"[^>]*>\s*<legend[^>]*{first.competencies[1].anchor}', html)


def test_saving_can_lead_back_to_the_list(mentor, evaluation, content):
    one = content.competencies[1]
    response = mentor.post(
        address("sheet_competency", evaluation, one.key),
        answers(one, level=content.levels[0]) | {"back": "1"},
    )
    assert response.url == address("sheet", evaluation) + f"?done=saved#{one.anchor}"
    html = text_of(mentor.get(response.url))
    assert "Saved." in html
    assert f'id="{one.anchor}"' in html


def test_everything_on_one_page_saves_everything(mentor, evaluation, content):
    data = answers(*content.competencies, level=content.levels[0], remark="One\r\ntwo ")
    data |= {"remark-general": "In all", "revision-general": "0"}
    response = mentor.post(address("sheet_all", evaluation), data)
    assert response.url == address("sheet_check", evaluation)
    assert stored(evaluation) == dict.fromkeys(["A1", "A2", "B1", "B2"], ("With help", "One\ntwo"))
    assert Sheet.objects.get().remark == "In all"


def test_the_general_remark_has_a_page(mentor, evaluation):
    place = address("sheet_remark", evaluation)
    response = mentor.post(
        place, {"remark-general": "In all", "revision-general": "0", "back": "1"}
    )
    assert response.url == address("sheet", evaluation) + "?done=saved#general-remark"
    assert ">In all</textarea>" in text_of(mentor.get(place)).replace(">\n", ">")


# -- Earlier ratings


def test_the_last_rating_is_marked_beside_its_option(cast, mentor):
    lifecycle.closed(cast, kind=EvaluationKind.START, mentor_level=0, mentee_level=1)
    now = lifecycle.started(cast, kind=EvaluationKind.INTERIM)
    one = now.framework_version.content.competencies[0]

    def marked(user):
        html = text_of(browser_of(user).get(address("sheet_competency", now, one.key)))
        options = re.findall(r"<label.*?</label>", html)
        return [option for option in options if "Last time:" in option], html

    [option], html = marked(cast.mentor)
    assert "With help" in option
    assert "Mentor Person" in option
    assert f"{today():%Y}" in option
    assert "by mentor" in html
    assert "by mentee" not in html
    assert " checked" not in html
    [option], html = marked(cast.mentee)
    assert "Alone" in option
    assert "Mentee Person" in option
    assert "by mentor" not in html


def test_earlier_ratings_are_the_last_ones_that_count(cast):
    first = lifecycle.closed(cast, kind=EvaluationKind.START, mentor_level=0)
    Evaluation.objects.filter(pk=first.pk).update(observed_on=today() - timedelta(days=30))
    lifecycle.closed(cast, kind=EvaluationKind.INTERIM, mentor_level=1)
    now = lifecycle.started(cast, kind=EvaluationKind.FINAL)
    key = now.framework_version.content.competencies[0].key

    def label(evaluation):
        earlier = earlier_of(evaluation, Side.MENTOR, [key])
        assert set(earlier) <= {key}
        return earlier[key].rating.level_label if key in earlier else None

    assert label(now) == "Alone"
    assert len(earlier_of(now, Side.MENTOR)[key].remarks) == 2
    # A correction looks at what came before what it corrects, and takes its place once signed.
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=first.public_id, reason="Wrong level"
    )
    assert label(correction) is None
    save_entries(
        user=cast.mentor,
        evaluation_id=correction.public_id,
        language="en",
        entries=[Entry(key=key, answer="not_observed", remark="corrected", revision=1)],
    )
    evaluations.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    lifecycle.sign(correction, cast.mentor)
    assert label(now) == "Alone"
    remarks = [previous.remark for previous in earlier_of(now, Side.MENTOR)[key].remarks]
    assert remarks == ["by mentor", "corrected"]
    with CaptureQueriesContext(connection) as captured:
        earlier_of(now, Side.MENTOR)
    assert len(captured) == 1


def test_not_observed_is_marked_apart_and_a_lost_level_is_told(cast, evaluation, mentor):
    one, two = evaluation.framework_version.content.competencies[:2]
    lifecycle.write(evaluation, cast.mentor)
    save_entries(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        language="en",
        entries=[Entry(key=one.key, answer=Answer.NOT_OBSERVED, revision=1)],
    )
    lifecycle.write(evaluation, cast.mentee)
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today() - timedelta(days=3),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        evaluations.share_sheet(user=user, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    evaluations.save_talk(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=evaluation.revision,
        conclusion="Fine",
        needs="",
        points=[],
        outcomes={},
    )
    lifecycle.sign(evaluation, cast.mentor)
    scale = evaluation.framework_version.framework.rating_scale.get_latest_revision_as_object()
    scale.levels.remove(scale.levels.all()[0])
    publish(snippet=scale)
    publish(snippet=evaluation.framework_version.framework)
    now = lifecycle.started(cast, kind=EvaluationKind.FINAL)
    html = text_of(mentor.get(address("sheet_competency", now, one.key)))
    [option] = [one for one in re.findall(r"<label.*?</label>", html) if "Last time:" in one]
    assert "Not observed" in option
    html = text_of(mentor.get(address("sheet_competency", now, two.key)))
    assert "Last time: “With help”, a level that is no longer in the scale" in html


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


# -- The task list


def test_the_list_tells_how_far_everything_is(cast, mentor, evaluation, content):
    one, two = content.competencies[:2]
    html = text_of(mentor.get(address("sheet", evaluation)))
    assert html.count("Not started") == 5
    assert "0 of 4 rated" in html
    mentor.post(
        address("sheet_area", evaluation, content.areas[0].key),
        answers(one, level=content.levels[0]) | answers(two, remark="Look again"),
    )
    html = text_of(mentor.get(address("sheet", evaluation)))
    states = re.findall(r'tasks__state">([^<]+)<', html)
    assert states == ["Not started", "Done", "Begun", "Not started", "Not started", "Optional"]
    assert "1 of 4 rated" in html
    assert f'href="{address("sheet_competency", evaluation, two.key)}#question">Continue' in html
    # The mentee has no row on where the work was seen.
    html = text_of(browser_of(cast.mentee).get(address("sheet", evaluation)))
    assert "When and where you saw it" not in html


def test_the_layout_is_remembered(cast, mentor, evaluation, content):
    place = address("sheet", evaluation)
    area = content.areas[0]
    assert address("sheet_competency", evaluation, content.competencies[0].key) in text_of(
        mentor.get(place)
    )
    for layout, link in (
        (Layout.AREA, address("sheet_area", evaluation, area.key)),
        (Layout.ALL, address("sheet_all", evaluation) + f"#{area.anchor}"),
    ):
        response = mentor.post(address("sheet_layout", evaluation), {"layout": layout})
        assert response.url == place
        assert layout_of(cast.mentor) == layout
        html = text_of(mentor.get(place))
        assert f'href="{link}"' in html
        assert html.count("0 of 2 rated") == 2
        assert f'value="{layout}" aria-pressed="true"' in html
    mentor.post(address("sheet_layout", evaluation), {"layout": "nonsense"})
    assert layout_of(cast.mentor) == Layout.ALL
    assert layout_of(cast.mentee) == Layout.COMPETENCY


def test_links_within_the_page_of_everything_lead_somewhere(mentor, evaluation, content):
    html = text_of(mentor.get(address("sheet_all", evaluation)))
    for part in (*content.areas, *content.competencies):
        assert html.count(f'id="{part.anchor}"') == 1
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))


# -- Checking, sharing, taking back


def test_the_check_lists_what_is_missing_and_sharing_asks_about_it(
    cast, mentor, evaluation, content
):
    place = address("sheet_check", evaluation)
    one = content.competencies[0]
    mentor.post(
        address("sheet_competency", evaluation, one.key), answers(one, level=content.levels[0])
    )
    html = text_of(mentor.get(place))
    missing = html.split("Your answers")[0]
    for competency in content.competencies[1:]:
        assert address("sheet_competency", evaluation, competency.key) in missing
    assert address("sheet_competency", evaluation, one.key) not in missing
    assert address("evaluation_details", evaluation) in missing
    assert "The others stay without a rating" in html
    assert "With help" in html
    html = text_of(mentor.post(place))
    assert "<title>Error:" in html
    assert 'href="#incomplete"' in html
    html = text_of(mentor.post(place, {"incomplete": "1"}))
    assert 'href="#observed-on"' in html
    assert 'value="1" checked' in html
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    response = mentor.post(place, {"incomplete": "1"})
    assert response.url == address("evaluation", evaluation) + "?done=shared"
    assert Sheet.objects.get().is_shared


def test_the_check_says_who_will_read_it(cast, evaluation):
    mentor, mentee = browser_of(cast.mentor), browser_of(cast.mentee)
    place = address("sheet_check", evaluation)
    assert "The mentee and the line manager read your sheet" in text_of(mentor.get(place))
    assert "The mentor and the line manager read your sheet" in text_of(mentee.get(place))
    lifecycle.write(evaluation, cast.mentee)
    evaluations.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    assert "The other sheet is shared already" in text_of(mentor.get(place))


def test_a_shared_sheet_is_read_and_can_be_taken_back(cast, mentor, evaluation, content):
    lifecycle.shared(cast, evaluation)
    html = text_of(mentor.get(address("sheet", evaluation)))
    assert "by mentor" in html
    assert "With help" in html
    assert 'type="radio"' not in html
    take_back = address("sheet_take_back", evaluation)
    assert take_back in html
    for name in ("sheet_all", "sheet_remark", "sheet_check"):
        assert mentor.get(address(name, evaluation)).url == address("sheet", evaluation)
    html = text_of(mentor.post(take_back, {"reason": " "}))
    assert 'href="#reason"' in html
    html = text_of(mentor.post(take_back, {"reason": "y" * (LONGEST_TEXT + 1)}))
    assert "y" * LONGEST_TEXT in html
    response = mentor.post(take_back, {"reason": "Wrong level for A1"})
    assert response.url == address("sheet", evaluation) + "?done=taken_back"
    assert "It is a draft again" in text_of(mentor.get(response.url))
    assert not Sheet.objects.get(side=Side.MENTOR).is_shared
    assert mentor.get(take_back).url == address("sheet", evaluation)


def test_a_signed_evaluation_is_read_elsewhere(cast, mentor, evaluation):
    reach(cast, evaluation, "signed")
    for name, place in addresses(evaluation).items():
        if name != "sheet_keep":
            assert mentor.get(place).url == address("evaluation", evaluation), name
    for name in ("sheet_check", "sheet_take_back"):
        html = text_of(mentor.post(address(name, evaluation), {"reason": "No"}))
        assert 'role="alert"' in html
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.SIGNED


def test_the_deputy_writes_the_mentors_sheet_as_deputy(cast, evaluation, content):
    open_window(cast)
    deputy = browser_of(cast.deputy)
    lifecycle.write(evaluation, cast.mentor, only=1, remark="by the mentor")
    html = text_of(deputy.get(address("sheet_all", evaluation)))
    assert "as deputy" in html
    assert "by the mentor" in html
    two = content.competencies[1]
    deputy.post(
        address("sheet_competency", evaluation, two.key), answers(two, level=content.levels[1])
    )
    assert set(stored(evaluation)) == {"A1", "A2"}
    assert Sheet.objects.get().as_deputy
    assert deputy.post(address("sheet_keep", evaluation), {"name": "general"}).status_code == 200


# -- Languages


def test_the_mentee_rates_in_their_own_language_and_the_page_says_which(
    coordinator, mentoring, home
):
    framework = CompetencyFramework.objects.get(locale__language_code="nl")
    people = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.started(people)
    french = CompetencyFramework.objects.get(
        locale__language_code="fr", translation_key=framework.translation_key
    )
    words = french.versions.order_by("-number").first().content.competencies[0]
    browser = browser_of(people.mentee)
    html = text_of(browser.get(address("sheet_competency", evaluation, words.key, language="fr")))
    assert words.criterion.split("’")[0] in html
    level = evaluation.framework_version.content.levels[0]
    browser.post(
        address("sheet_competency", evaluation, words.key, language="fr"),
        answers(words, level=level, remark="Très bien"),
    )
    assert Sheet.objects.get().framework_version.language == "fr"
    # The sheet stays in the language in which it was begun, and says so on another page.
    html = text_of(browser.get(address("sheet_competency", evaluation, words.key)))
    assert words.criterion.split("’")[0] in html
    assert 'class="mentorship-rate__criterion" lang="fr"' in html


# -- Speed


@pytest.fixture
def long_evaluation(home, coordinator):
    """An evaluation on 45 competencies, with two signed ones before it."""
    framework = factories.published_framework(locale=home.locale, areas=9, competencies=5)
    people = lifecycle.cast(framework, coordinator)
    lifecycle.closed(people, kind=EvaluationKind.START)
    lifecycle.closed(people, kind=EvaluationKind.INTERIM)
    return people, lifecycle.started(people, kind=EvaluationKind.FINAL)


def queries(function, *args):
    with CaptureQueriesContext(connection) as captured:
        response = function(*args)
    return response, [query["sql"] for query in captured]


@pytest.mark.parametrize("who", ["mentor", "mentee", "deputy"])
def test_opening_a_sheet_needs_few_queries_more_than_a_bare_page(home, long_evaluation, who):
    people, evaluation = long_evaluation
    open_window(people)
    user = getattr(people, who)
    lifecycle.write(evaluation, user, remark="so far")
    bare = home.add_child(instance=PracticalPage(title="Bare", locale=home.locale))
    browser = browser_of(user)
    for name in ("sheet", "sheet_all", "sheet_check"):
        browser.get(address(name, evaluation))
    browser.get(bare.get_url())
    _response, few = queries(browser.get, bare.get_url())
    for name in ("sheet", "sheet_all", "sheet_check"):
        response, asked = queries(browser.get, address(name, evaluation))
        assert response.status_code == 200
        assert len(asked) <= len(few) + 6, (name, asked)


@pytest.mark.parametrize("who", ["mentor", "mentee", "deputy"])
def test_saving_everything_at_once_needs_few_queries(long_evaluation, who):
    people, evaluation = long_evaluation
    open_window(people)
    content = evaluation.framework_version.content
    browser = browser_of(getattr(people, who))
    place = address("sheet_all", evaluation)
    browser.get(place)
    most = 12 + (who == "deputy")
    first, rest = content.competencies[:20], content.competencies[20:]
    data = answers(*first, level=content.levels[0], remark="Well")
    response, asked = queries(browser.post, place, data)
    assert response.status_code == 302
    assert len(asked) <= most, asked
    # Some anew, some changed.
    data = answers(*first, level=content.levels[1], remark="Better", revision=1)
    data |= answers(*rest, level=content.levels[1])
    response, asked = queries(browser.post, place, data)
    assert response.status_code == 302
    assert len(asked) <= most, asked
    side = Side.MENTEE if who == "mentee" else Side.MENTOR
    assert len(stored(evaluation, side)) == 45
    assert not Rating.history.filter(sheet__evaluation=evaluation).exists()
