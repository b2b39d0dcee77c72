"""Who may do which act on an evaluation."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from mentorship_cms.permissions import NotVisible, today
from mentorship_cms.services import evaluations, mentorships, sheets
from mentorship_cms.services.marks import mark
from tests import lifecycle
from tests.evaluations.helpers import RECORDS, assert_act, details, take_over, talk


@pytest.fixture
def people(cast, administrator, reader):
    """Everybody by name: those of the mentorship, and a stranger of each kind."""
    other = lifecycle.cast(cast.mentorship.framework, cast.coordinator, prefix="other-")
    lifecycle.started(other)
    return {
        "mentor": cast.mentor,
        "deputy": cast.deputy,
        "mentee": cast.mentee,
        "manager": cast.manager,
        "coordinator": cast.coordinator,
        "admin": administrator,
        "reader": reader,
        "other mentor": other.mentor,
        "other mentee": other.mentee,
        "other manager": other.manager,
    }


#: Each act, in a state in which the mentor could do it, and who else may.
ACTS = {
    "start": (None, ["mentor"], lambda user, e: evaluations.start_evaluation(
        user=user, mentorship_id=e.public_id, kind="extra", talk_on=today())),
    "details": ("started", ["mentor"], lambda user, e: evaluations.change_details(
        user=user, evaluation_id=e.public_id, revision=0, talk_on=e.talk_on,
        observed_on=today(), situation="")),
    "save": ("started", ["mentor", "mentee"], lambda user, e: lifecycle.write(e, user)),
    "move": ("started", ["mentor"], lambda user, e: evaluations.move_to_newest(
        user=user, evaluation_id=e.public_id)),
    "discard": ("started", ["mentor"], lambda user, e: evaluations.discard(
        user=user, evaluation_id=e.public_id, reason="")),
    "take back": ("shared", ["mentor", "mentee"], lambda user, e: evaluations.take_back_sheet(
        user=user, evaluation_id=e.public_id, reason="A slip")),
    "talk": ("shared", ["mentor", "mentee"], lambda user, e: talk(user, e, conclusion="Grows")),
    "talk text": ("shared", ["mentor", "mentee"], lambda user, e: evaluations.keep_talk_text(
        user=user, evaluation_id=e.public_id, name="needs", text="Rest", seen=mark(e.needs))),
    "sign": ("talked", ["mentor"], lambda user, e: lifecycle.sign(e, user)),
    "countersign": ("signed", ["manager", "mentee"], lambda user, e: lifecycle.sign(e, user)),
    "correct": ("signed", ["mentor"], lambda user, e: evaluations.start_correction(
        user=user, evaluation_id=e.public_id, reason="Wrong")),
}  # fmt: skip


#: Who takes part without a right to the act is told why; the rest learns nothing.
TOLD_WHY = {("sign", "mentee"), ("sign", "manager"), ("countersign", "mentor")}


@pytest.mark.parametrize("act", ACTS)
def test_who_may(cast, people, act):
    state, allowed, do = ACTS[act]
    subject = getattr(lifecycle, state)(cast) if state else cast.mentorship
    for name, user in people.items():
        before = {model: list(model.objects.values()) for model in RECORDS}
        if name in allowed:
            with transaction.atomic():
                do(user, subject)
                transaction.set_rollback(True)
            subject.refresh_from_db()
            continue
        with pytest.raises(ValidationError if (act, name) in TOLD_WHY else NotVisible):
            do(user, subject)
        assert {model: list(model.objects.values()) for model in RECORDS} == before


def test_the_deputy_acts_in_the_window_and_as_deputy(cast, rows):
    evaluation = lifecycle.talked(cast)
    with pytest.raises(NotVisible):
        lifecycle.sign(evaluation, cast.deputy)
    take_over(cast, first=1, last=3)
    with pytest.raises(NotVisible):
        lifecycle.sign(evaluation, cast.deputy)
    window = take_over(cast)
    rows()
    signature = lifecycle.sign(evaluation, cast.deputy)
    assert_act(rows(), "sign", cast.deputy, "deputy_mentor")
    assert signature.role == "mentor" and signature.as_deputy
    assert signature.name == "Deputy Person"
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=window.public_id
    )
    with pytest.raises(NotVisible):
        evaluations.start_correction(
            user=cast.deputy, evaluation_id=evaluation.public_id, reason="Wrong"
        )


def test_a_sheet_that_the_deputy_shares_says_so(cast):
    take_over(cast)
    evaluation = lifecycle.started(cast)
    details(cast, evaluation, observed_on=today())
    lifecycle.write(evaluation, cast.deputy)
    evaluations.share_sheet(user=cast.deputy, evaluation_id=evaluation.public_id)
    sheet = sheets.sheet_of(evaluation, "mentor")
    assert sheet.author == cast.deputy and sheet.as_deputy
    assert sheet.author_name == "Deputy Person"


def test_a_former_mentor_has_no_right_left(cast, reader):
    evaluation = lifecycle.talked(cast)
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role="mentor",
        person=reader,
        reason="Left",
    )
    with pytest.raises(NotVisible):
        lifecycle.sign(evaluation, cast.mentor)
    assert lifecycle.sign(evaluation, reader).name == "Rana Reader"


def test_an_account_that_is_no_longer_active_has_no_right(cast):
    evaluation = lifecycle.talked(cast)
    cast.mentor.is_active = False
    cast.mentor.save()
    with pytest.raises(NotVisible):
        lifecycle.sign(evaluation, cast.mentor)


def test_what_does_not_exist_answers_like_what_is_hidden(cast):
    with pytest.raises(NotVisible):
        evaluations.share_sheet(user=cast.mentor, evaluation_id=uuid.uuid4())
    with pytest.raises(NotVisible):
        evaluations.start_evaluation(
            user=cast.mentor, mentorship_id=uuid.uuid4(), kind="start", talk_on=today()
        )
