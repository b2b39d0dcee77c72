"""What is refused, and frozen content that was tampered with."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from mentorship_cms.models import ActionPoint, Evaluation, Rating, Sheet
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships, sheets
from mentorship_cms.services.content import is_intact
from mentorship_cms.services.errors import StaleError
from mentorship_cms.services.marks import mark
from tests import lifecycle
from tests.evaluations.helpers import details, refused, talk

# -- What is refused


def test_an_evaluation_is_started_once_of_a_kind_and_before_the_end(cast):
    lifecycle.started(cast)
    with pytest.raises(ValidationError) as error:
        lifecycle.started(cast)
    assert "written already" in str(error.value)
    for kind in ("correction", "nonsense"):
        with pytest.raises(ValidationError) as error:
            lifecycle.started(cast, kind=kind)
        assert refused(error, "kind")
    with pytest.raises(ValidationError):
        mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    evaluations.discard(
        user=cast.mentor, evaluation_id=Evaluation.objects.get().public_id, reason=""
    )
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    with pytest.raises(ValidationError) as error:
        lifecycle.started(cast)
    assert "has ended" in refused(error)


def test_details_that_cannot_be(cast):
    evaluation = lifecycle.started(cast)
    for field, wrong in (
        ("observed_on", today() + timedelta(days=1)),
        ("observed_on", cast.mentorship.starts_on - timedelta(days=367)),
        ("situation", "x" * (LONGEST_TEXT + 1)),
        ("situation", "\x00"),
    ):
        with pytest.raises(ValidationError) as error:
            details(cast, evaluation, **{field: wrong})
        assert refused(error, field)
    details(cast, evaluation, situation="At lunch")
    with pytest.raises(StaleError) as error:
        details(cast, evaluation, situation="At supper", revision=0)
    assert error.value.stored == {"situation": "At lunch"}


def test_entries_that_cannot_be(cast):
    evaluation = lifecycle.started(cast)
    good, second, *_rest = lifecycle.entries(evaluation.framework_version)
    entry = sheets.Entry
    unknown = str(uuid.uuid4())
    for wrong in (
        entry(unknown, "not_observed"),
        entry(second.key, "level", unknown),
        entry(second.key, "perhaps"),
        entry(second.key, None, remark="x" * (LONGEST_TEXT + 1)),
        entry(second.key, None, remark="\x00"),
        entry(sheets.GENERAL, None, remark="x" * 100_000),
    ):
        with pytest.raises(ValidationError) as error:
            sheets.save_entries(
                user=cast.mentor,
                evaluation_id=evaluation.public_id,
                language="nl",
                entries=[good, wrong],
            )
        assert set(error.value.message_dict) == {wrong.key}
        assert not Sheet.objects.exists() and not Rating.objects.exists()


def test_a_stale_entry_is_refused_with_what_is_stored(cast):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, only=1, remark="First")
    key = evaluation.framework_version.content.competencies[0].key

    def save(key, remark, revision):
        return sheets.save_entries(
            user=cast.mentor,
            evaluation_id=evaluation.public_id,
            language="nl",
            entries=[sheets.Entry(key, None, remark=remark, revision=revision)],
        )

    assert save(key, "Second", 1).revisions == {key: 2}
    assert save(sheets.GENERAL, "In general", 0).revisions == {"": 1}
    for name, stored in ((key, "Second"), (sheets.GENERAL, "In general")):
        with pytest.raises(StaleError) as error:
            save(name, "Third", 0)
        assert error.value.stored[name].remark == stored
        # The same text from another window is no loss.
        save(name, stored, 0)


def test_sharing_needs_ratings_and_a_day(cast):
    evaluation = lifecycle.started(cast)
    known = {"user": cast.mentor, "evaluation_id": evaluation.public_id}

    def why(field=None, **fields):
        with pytest.raises(ValidationError) as error:
            evaluations.share_sheet(**known, **fields)
        return refused(error, field)

    assert "empty" in why()
    key = evaluation.framework_version.content.competencies[0].key
    remark = sheets.Entry(key, None, remark="Only a remark")
    sheets.save_entries(**known, language="nl", entries=[remark])
    assert "No competency" in why(incomplete=True)
    rated = sheets.Entry(key, "not_observed", revision=1)
    sheets.save_entries(**known, language="nl", entries=[rated])
    assert "no rating" in why("incomplete")
    assert "which day" in why("observed_on", incomplete=True)
    details(cast, evaluation, observed_on=today())
    evaluations.share_sheet(**known, incomplete=True)
    assert "already" in why(incomplete=True)
    with pytest.raises(ValidationError) as error:
        sheets.save_entries(**known, language="nl", entries=[rated])
    assert "Take it back" in refused(error)


def test_action_points_that_cannot_be(cast):
    evaluation = lifecycle.shared(cast)
    point = evaluations.Point
    for wrong in (
        point(" ", "mentor"),
        point("Practise", "coordinator"),
        point("Practise", "mentor", public_id=uuid.uuid4()),
        point("Practise", "mentor", competency_keys=(str(uuid.uuid4()),)),
        point("x" * (LONGEST_TEXT + 1), "mentor"),
    ):
        with pytest.raises(ValidationError) as error:
            talk(cast.mentor, evaluation, points=[point("Read", "mentee"), wrong])
        assert refused(error, "points.1")
    assert not ActionPoint.objects.exists()


def test_a_stale_talk_is_refused_with_what_is_stored(cast):
    evaluation = lifecycle.talked(cast)
    row = evaluation.action_points.get()
    mine = evaluations.Point("Something else", "mentor", public_id=row.public_id)
    with pytest.raises(StaleError) as error:
        talk(cast.mentee, evaluation, conclusion="Mine", points=[mine], revision=0)
    stored = error.value.stored
    assert stored["conclusion"] == "Grows steadily"
    assert stored["points"][row.public_id].text == "Practise with Luc"
    with pytest.raises(StaleError):
        evaluations.keep_talk_text(
            user=cast.mentee,
            evaluation_id=evaluation.public_id,
            name="needs",
            text="Mine",
            seen=mark("Something that was there before"),
        )


def test_signing_needs_everything(cast):
    evaluation = lifecycle.shared(cast)
    known = {"evaluation_id": evaluation.public_id}

    def why(user=cast.mentor, **fields):
        with pytest.raises(ValidationError) as error:
            lifecycle.sign(evaluation, user, **fields)
        return str(error.value)

    assert "conclusion" in why()
    details(cast, evaluation, observed_on=None)
    talk(cast.mentor, evaluation, conclusion="Grows")
    assert "observed_on" in why()
    details(cast, evaluation, observed_on=today())
    for user, whose in ((cast.mentee, "mentee took"), (cast.mentor, "mentor's sheet")):
        evaluations.take_back_sheet(user=user, reason="A slip", **known)
        assert whose in why()
    for user in (cast.mentor, cast.mentee):
        evaluations.share_sheet(user=user, **known)
    assert "disagree" in why(disagrees=True)
    with pytest.raises(StaleError):
        evaluations.sign(user=cast.mentor, seen_digest="0" * 64, **known)
    lifecycle.sign(evaluation, cast.mentor)
    assert "cannot be done now" in why()
    lifecycle.sign(evaluation, cast.manager)
    assert "already" in why(cast.manager)
    for act in (
        lambda: lifecycle.write(evaluation, cast.mentor, remark="Changed"),
        lambda: details(cast, evaluation, situation="Changed"),
        lambda: talk(cast.mentor, evaluation, conclusion="Changed"),
        lambda: evaluations.take_back_sheet(user=cast.mentee, reason="Changed", **known),
        lambda: evaluations.discard(user=cast.mentor, reason="Changed", **known),
        lambda: evaluations.move_to_newest(user=cast.mentor, **known),
    ):
        with pytest.raises(ValidationError):
            act()
    assert is_intact(evaluation)


def test_what_is_settled_is_not_asked_again(cast):
    first = lifecycle.closed(cast)
    point = first.action_points.get()
    second = lifecycle.shared(cast)
    assert evaluations.open_points(second) == [point]
    for wrong in ({point.public_id: ("perhaps", "")}, {uuid.uuid4(): ("done", "")}):
        with pytest.raises(ValidationError):
            talk(cast.mentor, second, outcomes=wrong)
    talk(cast.mentor, second, conclusion="Grows", outcomes={point.public_id: ("done", "In May")})
    assert evaluations.open_points(second) == [point]
    lifecycle.sign(second, cast.mentor)
    third = lifecycle.started(cast)
    assert evaluations.open_points(third) == []
    # Its correction can say otherwise, and then the question comes back.
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=second.public_id, reason="Not done at all"
    )
    assert correction.outcomes.get().outcome == "done"
    assert evaluations.open_points(correction) == [point]
    evaluations.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    correction.refresh_from_db()
    outcomes = {point.public_id: ("not_done", "")}
    talk(cast.mentor, correction, conclusion="Grows", outcomes=outcomes)
    lifecycle.sign(correction, cast.mentor)
    assert evaluations.open_points(third) == [point]


# -- The frozen content


@pytest.mark.parametrize(
    "tamper",
    [
        lambda e: Rating.objects.filter(sheet__evaluation=e).update(remark="Else"),
        lambda e: Rating.objects.filter(sheet__evaluation=e).update(
            answer="not_observed", level=None
        ),
        lambda e: Rating.objects.filter(sheet__evaluation=e).delete(),
        lambda e: Sheet.objects.filter(evaluation=e).update(remark="Else"),
        lambda e: Sheet.objects.filter(evaluation=e).update(author_name="Else"),
        lambda e: ActionPoint.objects.filter(evaluation=e).update(text="Else"),
        lambda e: Evaluation.objects.filter(pk=e.pk).update(conclusion="Else"),
        lambda e: Evaluation.objects.filter(pk=e.pk).update(situation="Else"),
        lambda e: Evaluation.objects.filter(pk=e.pk).update(talk_on=today()),
    ],
)
def test_tampering_is_detected_and_not_signed(cast, tamper):
    evaluation = lifecycle.signed(cast)
    assert is_intact(evaluation)
    tamper(evaluation)
    evaluation.refresh_from_db()
    assert not is_intact(evaluation)
    with pytest.raises(ValidationError) as error:
        lifecycle.sign(evaluation, cast.manager)
    assert "not what the mentor signed" in refused(error)
