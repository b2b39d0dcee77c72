"""The acts on an evaluation, in order: who may, what is refused, and what each leaves behind."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from wagtail.models import Locale
from wagtail.users.models import UserProfile

from mentorship_cms import conf
from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Evaluation,
    Rating,
    Sheet,
    Signature,
)
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.permissions import NotVisible, evaluation_for, today
from mentorship_cms.services import evaluations, mentorships, sheets
from mentorship_cms.services.content import digest_of, is_intact
from mentorship_cms.services.errors import StaleError
from mentorship_cms.services.publishing import publish
from tests import lifecycle

RECORDS = (Evaluation, Sheet, Rating, ActionPoint, ActionOutcome, Signature)
#: A word in every text that somebody types, which no mail may hold.
CANARY = "Canary"


@pytest.fixture(autouse=True)
def _source_language():
    """Messages as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)


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


@pytest.fixture
def rows():
    """Return a function that tells which rows of history were added since it was last called."""
    seen = {model: set() for model in RECORDS}

    def new():
        found = []
        for model in RECORDS:
            for row in model.history.order_by("history_id"):
                if row.pk not in seen[model]:
                    seen[model].add(row.pk)
                    found.append((model.__name__, row))
        return found

    return new


def told(found):
    """Rows of history as pairs of a model and a change, counted."""
    return Counter(f"{row.history_type}{name}" for name, row in found)


def assert_act(found, act, user, capacity, reason=""):
    """Hold the rows of one act against who did it, as what and why."""
    assert {row.act for _name, row in found} == {act}
    assert {row.history_user for _name, row in found} == {user}
    assert {row.person_name for _name, row in found} == {user.get_full_name()}
    assert {row.capacity for _name, row in found} == {capacity}
    assert {row.history_change_reason or "" for _name, row in found} == {reason}
    assert len({row.change_set for _name, row in found}) == 1


def later(monkeypatch, days):
    """Let it be some days later."""
    moment = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def take_over(cast, first=0, last=0):
    """Let the deputy take over."""
    return mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today() + timedelta(days=first),
        ends_on=today() + timedelta(days=last),
    )


def details(cast, evaluation, **changes):
    """Change dates or situation, as the mentor."""
    values = {
        "talk_on": evaluation.talk_on,
        "observed_on": evaluation.observed_on,
        "situation": evaluation.situation,
        "revision": evaluation.revision,
    }
    changed = evaluations.change_details(
        user=cast.mentor, evaluation_id=evaluation.public_id, **values | changes
    )
    evaluation.refresh_from_db()
    return changed


def talk(user, evaluation, **changes):
    """Save the talk."""
    values = {"conclusion": "", "needs": "", "points": [], "outcomes": {}}
    values["revision"] = evaluation.revision
    evaluations.save_talk(user=user, evaluation_id=evaluation.public_id, **values | changes)
    evaluation.refresh_from_db()


def refused(error, field=None):
    """The words of a refusal, by the field it stands with."""
    if field is None:
        return " ".join(error.value.messages)
    return " ".join(error.value.message_dict[field])


# -- The order of acts


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
    for user in (cast.mentee, cast.manager):
        with pytest.raises(NotVisible):
            evaluation_for(user, evaluation.public_id)
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


def test_a_dropped_correction_can_be_begun_again(cast):
    old = lifecycle.closed(cast)
    values = {"user": cast.mentor, "evaluation_id": old.public_id, "reason": "Wrong day"}
    first = evaluations.start_correction(**values)
    evaluations.discard(user=cast.mentor, evaluation_id=first.public_id, reason="")
    assert evaluations.start_correction(**values) != first


# -- Who may

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
        user=user, evaluation_id=e.public_id, name="needs", text="Rest", revision=e.revision)),
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
            revision=0,
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


# -- The framework moves on


def republish(framework, *, drop="", add="", level=""):
    """Publish the framework without a competency, with another one, or with another last level."""
    area = framework.areas.first()
    if drop:
        area.competencies = [one for one in area.competencies.all() if one.code != drop]
        framework.areas = [area, *list(framework.areas.all())[1:]]
    if add:
        framework.title = add
    publish(snippet=framework)
    if level:
        scale = framework.rating_scale
        scale.levels = [scale.levels.first(), type(scale.levels.first())(label=level, sort_order=9)]
        publish(snippet=scale)


def test_moving_to_a_newer_version_loses_no_text(cast, rows):
    framework = cast.mentorship.framework
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, level=1, remark="Seen")
    lifecycle.write(evaluation, cast.mentee, level=0)
    known = {"user": cast.mentor, "evaluation_id": evaluation.public_id}
    rows()
    evaluations.move_to_newest(**known)
    assert rows() == []
    republish(framework, drop="A1", level="On one's own")
    evaluations.move_to_newest(**known)
    found = rows()
    assert told(found) == {"~Evaluation": 1}
    assert_act(found, "move", cast.mentor, "mentor")
    evaluation.refresh_from_db()
    newest = framework.versions.order_by("-number").first()
    assert evaluation.framework_version == newest
    mine, theirs = (sheets.sheet_of(evaluation, side) for side in ("mentor", "mentee"))
    assert {mine.framework_version, theirs.framework_version} == {newest}
    assert "A1" in mine.remark and "Alone" in mine.remark and "Seen" in mine.remark
    assert "A1" in theirs.remark and "With help" in theirs.remark
    ratings = sheets.ratings_of(mine).values()
    # The level that is gone is asked again; the remark stayed.
    assert {(one.answer, one.level, one.remark) for one in ratings} == {("", None, "Seen")}
    assert {one.answer for one in sheets.ratings_of(theirs).values()} == {"level"}
    assert {one.competency.version for one in ratings} == {newest}


def test_no_move_once_a_sheet_is_shared(cast):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee)
    evaluations.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    republish(cast.mentorship.framework, add="Another title")
    with pytest.raises(ValidationError):
        evaluations.move_to_newest(user=cast.mentor, evaluation_id=evaluation.public_id)
    assert evaluation.framework_version.number == 1


@pytest.fixture
def french(framework):
    """The framework and its scale in French, with the same keys, published."""
    locale = Locale.objects.get(language_code="fr")
    scale = framework.rating_scale.copy_for_translation(locale)
    publish(snippet=scale)
    translated = framework.copy_for_translation(locale)
    translated.title = "Aide-soignant"
    translated.rating_scale = scale
    publish(snippet=translated)
    return translated


def test_a_sheet_is_in_the_language_of_its_author(cast, french):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, language="nl")
    lifecycle.write(evaluation, cast.mentee, language="fr")
    own = sheets.sheet_of(evaluation, "mentee")
    assert own.language == "fr" and own.framework_version == french.versions.get()
    assert sheets.sheet_of(evaluation, "mentor").framework_version == evaluation.framework_version
    # Both sides meet by key.
    assert set(sheets.ratings_of(own)) == set(
        sheets.ratings_of(sheets.sheet_of(evaluation, "mentor"))
    )
    # A translation that lags behind does not take part in a move.
    republish(cast.mentorship.framework, drop="A1")
    evaluations.move_to_newest(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    assert sheets.sheet_of(evaluation, "mentee").framework_version == evaluation.framework_version


def test_a_translation_with_other_keys_is_not_used(cast, french):
    republish(french, drop="A1")
    evaluation = lifecycle.started(cast)
    version = sheets.version_for_language(evaluation, "fr")
    assert version == evaluation.framework_version


# -- Mails


@pytest.fixture
def outbox(settings, django_capture_on_commit_callbacks):
    """Return a function that does something and returns the mails that it sends."""
    settings.MENTORSHIP_CMS_BASE_URL = "https://intranet.example.org"

    def after(act):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return list(mail.outbox)

    return after


def recipients(mails):
    """Who gets the mails, by user name; each alone."""
    assert all(len(one.to) == 1 and not one.cc and not one.bcc for one in mails)
    return sorted(one.to[0].removesuffix("@example.org") for one in mails)


def test_who_is_told(cast, outbox, monkeypatch):
    mails = outbox(lambda: lifecycle.started(cast))
    assert recipients(mails) == ["mentee"]
    evaluation = Evaluation.objects.get()
    known = {"evaluation_id": evaluation.public_id}
    assert outbox(lambda: details(cast, evaluation, observed_on=today())) == []
    assert outbox(lambda: lifecycle.write(evaluation, cast.mentor, remark=CANARY)) == []
    assert outbox(lambda: lifecycle.write(evaluation, cast.mentee, remark=CANARY)) == []

    def share(user):
        return lambda: evaluations.share_sheet(user=user, **known)

    seen = mails + outbox(share(cast.mentor))
    assert recipients(seen[-1:]) == ["mentee"]
    mails = outbox(share(cast.mentee))
    assert recipients(mails) == ["manager", "mentor"]
    seen += mails
    evaluation.refresh_from_db()
    assert outbox(lambda: talk(cast.mentee, evaluation, conclusion=CANARY)) == []
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.mentor, remark=CANARY))
    assert recipients(mails) == ["manager", "mentee"]
    seen += mails
    assert outbox(lambda: lifecycle.sign(evaluation, cast.manager)) == []
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.mentee, disagrees=True))
    assert recipients(mails) == ["manager", "mentor"]
    seen += mails
    assert len(seen) == 8
    for one in seen:
        words = (one.subject + one.body).lower()
        address = "https://intranet.example.org/nl/mentorships/"
        assert address in one.body and str(evaluation.public_id) in one.body
        for personal in (CANARY, "Person", "interim", "disagree"):
            assert personal.lower() not in words, personal


def test_a_signature_as_deputy_is_told_to_the_mentor_as_well(cast, outbox):
    evaluation = lifecycle.talked(cast)
    take_over(cast)
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.deputy))
    assert recipients(mails) == ["manager", "mentee", "mentor"]


def test_mails_are_in_the_language_of_who_gets_them(cast, outbox):
    UserProfile.objects.create(user=cast.mentee, preferred_language="fr")
    (one,) = outbox(lambda: lifecycle.started(cast))
    assert "/fr/mentorships/" in one.body


def test_nobody_is_told_of_what_did_not_happen(cast, outbox, settings):
    def undone():
        with transaction.atomic():
            lifecycle.started(cast)
            transaction.set_rollback(True)

    assert outbox(undone) == []
    cast.mentee.email = ""
    cast.mentee.save()
    assert outbox(lambda: lifecycle.started(cast)) == []
    settings.MENTORSHIP_CMS_SEND_MAIL = False
    assert outbox(lambda: lifecycle.shared(cast, Evaluation.objects.get())) == []


def test_a_mail_server_that_is_down_undoes_nothing(cast, settings, outbox):
    settings.EMAIL_BACKEND = "tests.test_evaluations.Down"
    outbox(lambda: lifecycle.started(cast))
    assert Evaluation.objects.get().state == EvaluationState.DRAFT


class Down:
    """A mail server that is down."""

    def __init__(self, **options):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError
