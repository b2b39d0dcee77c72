"""The form of the sheet is the framework as published, with earlier ratings marked."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentorship_cms.choices import Answer, EvaluationKind, Side
from mentorship_cms.models import CompetencyFramework, Evaluation, Sheet
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations
from mentorship_cms.services.previous import earlier_of
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import Entry, save_entries
from tests import factories, lifecycle
from tests.sheets.helpers import address, answers, browser_of, stored, text_of

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
    assert len(captured) == 4


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
