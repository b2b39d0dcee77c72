"""Who has a sheet, and what of it nobody else sees."""

import uuid

import pytest
from django.test import Client

from mentorship_cms.models import Sheet
from mentorship_cms.services import evaluations
from tests import lifecycle
from tests.sheets.helpers import address, addresses, browser_of, open_window, reach, text_of

PARTS = ["sheet_area", "sheet_competency"]


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


def test_the_sheet_of_a_dropped_evaluation_leads_to_where_that_is_said(cast, evaluation):
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Twice")
    for user in (cast.mentor, cast.mentee):
        browser = browser_of(user)
        for name, place in addresses(evaluation).items():
            if name != "sheet_keep":
                assert browser.get(place)["Location"] == address("evaluation", evaluation), name
            browser.post(place)
    assert not Sheet.objects.exists()


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
