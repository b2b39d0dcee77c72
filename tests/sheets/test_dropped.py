"""What is sent to a sheet after the evaluation was dropped is not lost, and not kept either."""

import json

import pytest

from mentorship_cms.models import Rating, Sheet
from mentorship_cms.services import evaluations
from tests import lifecycle
from tests.sheets.helpers import address, addresses, answers, browser_of, text_of


@pytest.fixture
def dropped(cast):
    """An evaluation of which the mentee had saved something before it was dropped."""
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee, remark="Saved before", only=1)
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Why")
    return evaluation


@pytest.mark.parametrize("who", ["mentee", "mentor"])
@pytest.mark.parametrize("name", ["sheet_competency", "sheet_area", "sheet_all"])
def test_what_was_typed_is_shown_once_more(cast, dropped, who, name):
    content = dropped.framework_version.content
    data = answers(content.competencies[0], level=content.levels[0], remark="Typed <i>late</i>")
    before = list(Rating.objects.values_list())
    browser = browser_of(getattr(cast, who))
    page = text_of(browser.post(addresses(dropped)[name], data))
    assert "This evaluation was dropped: nothing is written in it any more." in page
    assert "Typed &lt;i&gt;late&lt;/i&gt;" in page and "Why" not in page
    assert list(Rating.objects.values_list()) == before and Sheet.objects.count() == 1


def test_the_general_remark_is_shown_too(cast, dropped):
    page = text_of(
        browser_of(cast.mentee).post(
            address("sheet_remark", dropped),
            {"remark-general": "In general", "revision-general": "0"},
        )
    )
    assert "In general" in page and "This evaluation was dropped" in page


def test_a_text_that_is_kept_while_typing_is_refused_in_words(cast, dropped):
    key = dropped.framework_version.content.competencies[0].key
    response = browser_of(cast.mentee).post(
        address("sheet_keep", dropped), {"name": key, "text": "Typed", "revision": "1"}
    )
    assert response.status_code == 422
    assert "was dropped" in json.loads(response.content)["message"]


def test_the_mentee_reads_that_it_was_dropped_and_nothing_else_changes(cast, dropped):
    browser = browser_of(cast.mentee)
    page = text_of(browser.get(address("evaluation", dropped)))
    assert "Dropped: no sheet is shared." in page and "stays in your record" in page
    for name in ("sheet_check", "sheet_take_back"):
        page = text_of(browser.post(addresses(dropped)[name], {"reason": "Typed"}))
        assert "the evaluation is “dropped”" in page


@pytest.mark.parametrize("who", ["manager", "deputy", "coordinator"])
def test_who_writes_no_sheet_learns_nothing(cast, dropped, who):
    content = dropped.framework_version.content
    data = answers(content.competencies[0], remark="Typed")
    browser = browser_of(getattr(cast, who))
    for name in ("sheet_competency", "sheet_area", "sheet_all"):
        assert browser.post(addresses(dropped)[name], data).status_code == 404
