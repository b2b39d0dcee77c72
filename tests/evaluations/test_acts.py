"""The acts on an evaluation, in order, and the rows of history that each leaves behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from mentorship_cms import conf
from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import Evaluation, Rating
from mentorship_cms.permissions import NotVisible, evaluation_for, today
from mentorship_cms.services import evaluations, sheets
from mentorship_cms.services.content import digest_of, is_intact
from tests import lifecycle
from tests.evaluations.helpers import assert_act, details, refused, talk, told


def later(monkeypatch, days):
    """Let it be some days later."""
    moment = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_the_whole_path_leaves_one_row_for_each_changed_record(cast, rows):
    evaluation = lifecycle.started(cast)
    known = {"evaluation_id": evaluation.public_id}
    found = rows()
    assert told(found) == {"+Evaluation": 1}
    assert_act(found, "start", cast.mentor, "mentor")

    lifecycle.write(evaluation, cast.mentor, remark="Well done")
    lifecycle.write(evaluation, cast.mentee)
    assert rows() == []

    details(cast, evaluation, observed_on=today())
    found = rows()
    assert told(found) == {"~Evaluation": 1}
    assert_act(found, "details", cast.mentor, "mentor")
    details(cast, evaluation)
    assert rows() == []

    evaluations.share_sheet(user=cast.mentor, **known)
    found = rows()
    assert told(found) == {"+Sheet": 1, "+Rating": 4, "~Evaluation": 1}
    assert_act(found, "share", cast.mentor, "mentor")
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.DRAFT and evaluation.version_fixed_at

    evaluations.share_sheet(user=cast.mentee, **known)
    found = rows()
    assert told(found) == {"+Sheet": 1, "+Rating": 4, "~Evaluation": 1}
    assert_act(found, "share", cast.mentee, "mentee")

    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.SHARED and evaluation.shared_at
    lifecycle.talked(cast, evaluation)
    assert rows() == []

    lifecycle.sign(evaluation, cast.mentor)
    found = rows()
    assert told(found) == {"~Evaluation": 1, "+Signature": 1, "+ActionPoint": 1}
    assert_act(found, "sign", cast.mentor, "mentor")
    assert evaluation.state == EvaluationState.SIGNED and is_intact(evaluation)

    lifecycle.sign(evaluation, cast.manager, remark="Agreed")
    found = rows()
    assert told(found) == {"+Signature": 1}
    assert_act(found, "sign", cast.manager, "line_manager")

    lifecycle.sign(evaluation, cast.mentee, disagrees=True, remark="Not so")
    found = rows()
    assert told(found) == {"+Signature": 1, "~Evaluation": 1}
    assert_act(found, "sign", cast.mentee, "mentee")
    assert evaluation.state == EvaluationState.CLOSED and evaluation.closed_at
    verdicts = evaluation.signatures.values_list("role", "verdict", "disagrees", "name")
    assert list(verdicts) == [
        ("mentor", "signed", False, "Mentor Person"),
        ("line_manager", "signed", False, "Manager Person"),
        ("mentee", "seen", True, "Mentee Person"),
    ]


def test_taking_back_and_sharing_again_records_only_what_changed(cast, rows):
    evaluation = lifecycle.shared(cast)
    known = {"evaluation_id": evaluation.public_id}
    with pytest.raises(ValidationError) as error:
        evaluations.take_back_sheet(user=cast.mentor, reason=" ", **known)
    assert refused(error, "reason")
    rows()
    evaluations.take_back_sheet(user=cast.mentor, reason="A slip", **known)
    found = rows()
    assert told(found) == {"~Sheet": 1}
    assert_act(found, "take_back", cast.mentor, "mentor", "A slip")
    rating = sheets.ratings_of(sheets.sheet_of(evaluation, "mentor"))
    key = next(iter(rating))
    sheets.save_entries(
        user=cast.mentor,
        language="nl",
        entries=[sheets.Entry(key, "not_observed", remark="", revision=rating[key].revision)],
        **known,
    )
    assert rows() == []
    evaluations.share_sheet(user=cast.mentor, **known)
    found = rows()
    assert told(found) == {"~Sheet": 1, "~Rating": 1}
    assert_act(found, "share", cast.mentor, "mentor")


def test_dropping_keeps_what_was_written(cast, rows):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor)
    rows()
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="By mistake")
    found = rows()
    assert told(found) == {"~Evaluation": 1}
    assert_act(found, "discard", cast.mentor, "mentor", "By mistake")
    assert Rating.objects.filter(sheet__evaluation=evaluation).count() == 4
    with pytest.raises(NotVisible):
        evaluation_for(cast.manager, evaluation.public_id)
    # The mentee knew of it, and knows what became of it.
    access = evaluation_for(cast.mentee, evaluation.public_id)
    assert not (access.takes_part or access.may_write_sheet or access.may_read)
    assert lifecycle.started(cast).kind == evaluation.kind


def test_going_on_without_the_mentee_only_after_the_day_of_the_talk(cast, rows, monkeypatch):
    evaluation = lifecycle.started(cast, talk_in=2)
    known = {"user": cast.mentor, "evaluation_id": evaluation.public_id}
    details(cast, evaluation, observed_on=today())
    lifecycle.write(evaluation, cast.mentor)
    lifecycle.write(evaluation, cast.mentee)
    later(monkeypatch, 2)
    with pytest.raises(ValidationError):
        evaluations.reveal_without_mentee(**known)
    later(monkeypatch, 1)
    with pytest.raises(ValidationError) as error:
        evaluations.reveal_without_mentee(**known)
    assert refused(error)
    evaluations.share_sheet(**known)
    rows()
    evaluations.reveal_without_mentee(**known)
    found = rows()
    assert told(found) == {"~Evaluation": 1}
    assert_act(found, "reveal", cast.mentor, "mentor")
    # The mentee's draft stays the mentee's.
    theirs = sheets.sheet_of(evaluation, "mentee")
    assert not evaluation_for(cast.mentor, evaluation.public_id).sees_sheet(theirs)
    assert evaluation_for(cast.mentee, evaluation.public_id).sees_sheet(theirs)
    talk(cast.mentee, Evaluation.objects.get(pk=evaluation.pk), conclusion="Grows")
    lifecycle.sign(evaluation, cast.mentor)
    assert evaluation.state == EvaluationState.SIGNED


def test_a_missing_signature_is_recorded_after_the_days_and_not_before(cast, rows, monkeypatch):
    evaluation = lifecycle.signed(cast)
    lifecycle.sign(evaluation, cast.manager)
    values = {
        "user": cast.mentor,
        "evaluation_id": evaluation.public_id,
        "role": "mentee",
        "verdict": "absent",
        "reason": "On leave",
    }
    later(monkeypatch, conf.get("SIGNATURE_DAYS") - 1)
    with pytest.raises(ValidationError) as error:
        evaluations.record_missing(**values)
    assert refused(error)
    later(monkeypatch, 1)
    for field, wrong in (("role", "mentor"), ("verdict", "signed"), ("reason", " ")):
        with pytest.raises(ValidationError) as error:
            evaluations.record_missing(**values | {field: wrong})
        assert refused(error, field)
    with pytest.raises(ValidationError):
        evaluations.record_missing(**values | {"role": "line_manager"})
    rows()
    signature = evaluations.record_missing(**values)
    found = rows()
    assert told(found) == {"+Signature": 1, "~Evaluation": 1}
    assert_act(found, "missing", cast.mentor, "mentor", "On leave")
    assert signature.name == "Mentee Person" and signature.recorded_by_name == "Mentor Person"
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED


def test_a_correction_copies_and_takes_the_place(cast, rows):
    old = lifecycle.closed(cast)
    values = {"user": cast.mentor, "evaluation_id": old.public_id}
    with pytest.raises(ValidationError) as error:
        evaluations.start_correction(reason=" ", **values)
    assert refused(error, "reason")
    before = digest_of(old)
    rows()
    new = evaluations.start_correction(reason="Wrong day", **values)
    found = rows()
    assert told(found) == {"+Evaluation": 1}
    assert_act(found, "correct", cast.mentor, "mentor", "Wrong day")
    assert (new.corrects, new.correction_reason, new.conclusion) == (
        old,
        "Wrong day",
        "Grows steadily",
    )
    copies, originals = (
        {key: (one.answer, one.level_id, one.remark) for key, one in ratings.items()}
        for ratings in (sheets.ratings_of(sheets.sheet_of(item, "mentor")) for item in (new, old))
    )
    assert copies == originals and len(copies) == 4
    assert new.action_points.get().text == old.action_points.get().text
    with pytest.raises(ValidationError):
        evaluations.start_correction(reason="Again", **values)
    with pytest.raises(NotVisible):
        lifecycle.write(new, cast.mentee)
    # Nothing waits for the mentee: the mentor's sheet alone is shared.
    assert evaluations.superseded([old, new]) == set()
    evaluations.share_sheet(user=cast.mentor, evaluation_id=new.public_id)
    lifecycle.sign(new, cast.mentor)
    assert evaluations.superseded([old, new]) == {old.pk}
    assert digest_of(old) == before and is_intact(old)


def test_what_was_taken_back_stands_in_the_way_of_no_drop(cast):
    evaluation = lifecycle.started(cast)
    known = {"evaluation_id": evaluation.public_id}
    for user in (cast.mentee, cast.mentor):
        lifecycle.write(evaluation, user)
    details(cast, evaluation, observed_on=today())
    for user in (cast.mentee, cast.mentor):
        evaluations.share_sheet(user=user, **known)
        with pytest.raises(ValidationError):
            evaluations.discard(user=cast.mentor, reason="", **known)
        evaluations.take_back_sheet(user=user, reason="Wrong evaluation", **known)
        access = evaluation_for(cast.mentor, evaluation.public_id)
        # The version stays fixed all the same.
        assert access.may_discard and not access.may_move
    evaluations.discard(user=cast.mentor, reason="Started twice", **known)
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.DISCARDED


def test_a_dropped_correction_can_be_begun_again(cast):
    old = lifecycle.closed(cast)
    values = {"user": cast.mentor, "evaluation_id": old.public_id, "reason": "Wrong day"}
    first = evaluations.start_correction(**values)
    evaluations.discard(user=cast.mentor, evaluation_id=first.public_id, reason="")
    assert evaluations.start_correction(**values) != first
