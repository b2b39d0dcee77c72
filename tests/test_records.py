"""The mentee's own record, on a page and as a file, and the blank form on paper."""

import json
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import CompetencyFramework
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import save_entries
from tests import lifecycle
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("in_english")

OWN = ["record", "record_file"]


def answer(cast, user, name):
    client = Client()
    client.force_login(user)
    return client.get(reverse(f"mentorship_cms:{name}", args=[cast.mentorship.public_id]))


def text(cast, name, user=None):
    response = answer(cast, user or cast.mentee, name)
    assert response.status_code == 200
    return response.content.decode()


def details(cast, evaluation, **fields):
    """Say when and where the mentee was seen."""
    evaluation.refresh_from_db()
    return evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=evaluation.revision,
        **{"talk_on": evaluation.talk_on, "observed_on": today(), "situation": ""} | fields,
    )


# -- Who


@pytest.mark.parametrize("name", OWN)
def test_the_record_is_for_the_mentee_alone(cast, reader, administrator, name):
    lifecycle.closed(cast)
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )
    assert answer(cast, cast.mentee, name).status_code == 200
    people = (cast.mentor, cast.deputy, cast.manager, cast.coordinator, reader, administrator)
    for user in people:
        assert answer(cast, user, name).status_code == 404


def test_the_form_is_for_those_who_read_the_record(cast, reader):
    for user in (cast.mentor, cast.mentee, cast.manager):
        assert answer(cast, user, "paper").status_code == 200
    for user in (cast.deputy, cast.coordinator, reader):
        assert answer(cast, user, "paper").status_code == 404


@pytest.mark.parametrize("name", [*OWN, "paper"])
def test_answers_are_never_kept(cast, name):
    response = answer(cast, cast.mentee, name)
    assert response["Cache-Control"] == "no-store, private"
    assert "noindex" in response["X-Robots-Tag"]


# -- What


@pytest.mark.parametrize("name", OWN)
def test_a_record_without_evaluations_is_a_record(cast, name):
    assert "Mentor Person" in text(cast, name)


@pytest.mark.parametrize("name", OWN)
def test_the_whole_record_is_there(cast, name):
    evaluation = lifecycle.closed(cast)
    answer(cast, cast.manager, "progress")
    found = text(cast, name)
    for said in (
        "by mentor",
        "by mentee",
        "Shows A1 in a real situation.",
        "A1: with help",
        "Alone",
        "Helping at breakfast",
        "Grows steadily",
        "More practice",
        "Practise with Luc",
        "Thank you",
        "Manager Person",
        str(evaluation.public_id),
    ):
        assert said in found, said


@pytest.mark.parametrize("name", OWN)
def test_own_drafts_are_there_and_those_of_the_mentor_are_not(cast, name):
    evaluation = lifecycle.started(cast)
    details(cast, evaluation, situation="canary situation")
    lifecycle.write(evaluation, cast.mentor, remark="canary sheet")
    lifecycle.write(evaluation, cast.mentee, level=1, remark="my own draft")
    found = text(cast, name)
    assert "my own draft" in found
    assert "canary" not in found
    # Not even when the mentor has shared: the mentee still writes.
    evaluations.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    assert "canary" not in text(cast, name)
    evaluations.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    assert text(cast, name).count("canary") > 4
    evaluations.take_back_sheet(
        user=cast.mentor, evaluation_id=evaluation.public_id, reason="Too soon"
    )
    assert "canary sheet" not in text(cast, name)


@pytest.mark.parametrize("name", OWN)
def test_a_correction_that_is_being_written_tells_nothing(cast, name):
    old = lifecycle.closed(cast)
    new = evaluations.start_correction(
        user=cast.mentor, evaluation_id=old.public_id, reason="canary reason"
    )
    details(cast, new, situation="canary situation")
    entry = lifecycle.entries(new.framework_version, level=1, remark="canary remark", only=1)[0]
    save_entries(
        user=cast.mentor,
        evaluation_id=new.public_id,
        language="nl",
        entries=[replace(entry, revision=1)],
    )
    found = text(cast, name)
    assert str(new.public_id) in found
    assert "canary" not in found
    evaluations.share_sheet(user=cast.mentor, evaluation_id=new.public_id)
    lifecycle.sign(new, cast.mentor)
    found = text(cast, name)
    assert "canary reason" in found and "canary remark" in found
    assert "by mentor" in found  # What was signed stays.


@pytest.mark.parametrize("name", OWN)
def test_of_what_was_dropped_the_mentees_own_words_stay(cast, name):
    evaluation = lifecycle.started(cast)
    details(cast, evaluation, situation="canary situation")
    lifecycle.write(evaluation, cast.mentee, remark="My own words")
    lifecycle.write(evaluation, cast.mentor, remark="canary of the mentor")
    evaluations.discard(
        user=cast.mentor, evaluation_id=evaluation.public_id, reason="canary reason"
    )
    found = text(cast, name)
    assert "My own words" in found and "canary" not in found
    if name == "record":
        assert "Dropped: you see your own sheet only." in found
    else:
        (told,) = json.loads(found)["evaluations"]
        assert told["state"] == "discarded" and "situation" not in told
        assert [sheet["side"] for sheet in told["sheets"]] == ["mentee"]


@pytest.mark.parametrize("name", OWN)
def test_the_words_are_those_of_the_version(cast, name):
    lifecycle.closed(cast)
    framework = cast.mentorship.framework.get_latest_revision_as_object()
    area = framework.areas.all()[0]
    item = area.competencies.all()[0]
    item.criterion = "Something else."
    area.competencies.add(item)
    framework.areas.add(area)
    publish(snippet=framework)
    found = text(cast, name)
    assert "Shows A1 in a real situation." in found
    assert "Something else." not in found


def test_the_page_escapes_what_was_written(cast):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee, remark="<script>alert('x')</script>")
    found = text(cast, "record")
    assert "<script>alert" not in found
    assert "&lt;script&gt;alert" in found
    assert " style=" not in found.split("<main")[1].split("</main")[0]


def test_the_file_says_what_it_is_and_nothing_of_whose(cast):
    lifecycle.closed(cast)
    response = answer(cast, cast.mentee, "record_file")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="mentoring-record.json"'
    document = json.loads(response.content)
    assert (document["format"], document["version"]) == ("mentorship-record", 1)
    (evaluation,) = document["evaluations"]
    assert [sheet["side"] for sheet in evaluation["sheets"]] == ["mentor", "mentee"]
    rating = evaluation["sheets"][0]["ratings"][0]
    assert rating["competency"]["criterion"] == "Shows A1 in a real situation."
    assert (rating["level"]["number"], rating["level"]["label"]) == (1, "With help")
    assert rating["level"]["descriptor"] == "A1: with help"
    assert [item["role"] for item in evaluation["signatures"]] == [
        "mentor",
        "line_manager",
        "mentee",
    ]
    assert evaluation["framework"]["number"] == 1


@pytest.mark.parametrize("name", OWN)
def test_queries_are_flat(cast, name):
    def counted():
        text(cast, name)
        with CaptureQueriesContext(connection) as captured:
            text(cast, name)
        return len(captured)

    lifecycle.closed(cast)
    lifecycle.closed(cast)
    before = counted()
    for _number in range(4):
        lifecycle.closed(cast)
    assert counted() == before


# -- Paper


def test_there_is_no_form_of_a_framework_that_is_offline(cast):
    CompetencyFramework.objects.get(pk=cast.mentorship.framework_id).unpublish()
    form = text(cast, "paper", cast.mentor)
    assert "The framework is offline" in form and 'class="mentorship-paper"' not in form
    assert answer(cast, make_user("stranger"), "paper").status_code == 404


def test_the_form_is_that_of_the_newest_version_and_names_nobody(cast):
    framework = cast.mentorship.framework.get_latest_revision_as_object()
    area = framework.areas.all()[0]
    item = area.competencies.all()[0]
    item.criterion = "Newest criterion."
    area.competencies.add(item)
    framework.areas.add(area)
    publish(snippet=framework)
    lifecycle.started(cast, kind=EvaluationKind.START)
    form = text(cast, "paper", cast.mentor).split('class="mentorship-paper"')[1]
    form = form.split("</article>")[0]
    assert "Newest criterion." in form
    assert "version 2" in form
    assert form.count('"mentorship-paper__box"') == 4 * (2 + 2)
    for person in (cast.mentee, cast.mentor, cast.manager):
        assert person.get_full_name() not in form
    for competency in cast.mentorship.framework.versions.latest("number").content.competencies:
        assert competency.title in form
