"""The list of tasks, checking, sharing and taking back."""

import re

from mentorship_cms.choices import EvaluationState, Layout, Side
from mentorship_cms.models import Sheet
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations
from mentorship_cms.services.mentorships import layout_of
from tests import lifecycle
from tests.sheets.helpers import (
    address,
    addresses,
    answers,
    browser_of,
    open_window,
    reach,
    stored,
    text_of,
)

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
    assert "What is missing stays without a rating" in html
    assert "With help" in html
    html = text_of(mentor.post(place))
    assert "<title>Error:" in html
    assert 'href="#incomplete"' in html
    assert "This is not shared yet" in html and "This is not saved yet" not in html
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
