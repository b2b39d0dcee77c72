"""Few queries to open a long sheet and to save all of it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intranet.models import PracticalPage
from mentorship_cms.choices import EvaluationKind, Side
from mentorship_cms.models import Rating
from tests import factories, lifecycle
from tests.sheets.helpers import address, answers, browser_of, open_window, stored


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
    first, rest = content.competencies[:20], content.competencies[20:]
    data = answers(*first, level=content.levels[0], remark="Well")
    response, asked = queries(browser.post, place, data)
    assert response.status_code == 302
    assert len(asked) <= 12, asked
    # Some anew, some changed.
    data = answers(*first, level=content.levels[1], remark="Better", revision=1)
    data |= answers(*rest, level=content.levels[1])
    response, asked = queries(browser.post, place, data)
    assert response.status_code == 302
    assert len(asked) <= 12, asked
    side = Side.MENTEE if who == "mentee" else Side.MENTOR
    assert len(stored(evaluation, side)) == 45
    assert not Rating.history.filter(sheet__evaluation=evaluation).exists()
