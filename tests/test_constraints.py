"""The database holds the rules of one row by itself: here nothing goes through the services."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import (
    ActionOutcome,
    ActionPoint,
    Assignment,
    DeputyWindow,
    Evaluation,
    FrameworkVersion,
    Mentorship,
    Opening,
    Rating,
    Sheet,
    Signature,
    WorkspacePreference,
)
from mentorship_cms.models.versions import ImmutableError
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships
from mentorship_cms.services.content import is_intact
from tests import lifecycle

MODELS = (
    Mentorship,
    Assignment,
    DeputyWindow,
    Opening,
    Evaluation,
    Sheet,
    Rating,
    ActionPoint,
    ActionOutcome,
    Signature,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(cast):
    """An evaluation that everybody has signed."""
    return lifecycle.closed(cast)


@pytest.fixture
def window(cast):
    """Days on which the deputy takes over."""
    return mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )


def refuses(name, action):
    """Whether the database refuses ``action`` for the constraint of that name."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        action()
    if connection.vendor == "postgresql":
        assert name in str(error.value)


def copy(row, **changes):
    """A new row, like ``row`` but for ``changes``, written past the services."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    if "public_id" in values:
        values["public_id"] = uuid.uuid4()
    return type(row).objects.bulk_create([type(row)(**values | changes)])


def update(row, **changes):
    """Change a row past the model."""
    type(row)._base_manager.filter(pk=row.pk).update(**changes)


def test_mentorship_ends_after_it_starts(cast):
    first = cast.mentorship.starts_on
    refuses(
        "mentorship_cms_mentorship_dates",
        lambda: update(cast.mentorship, ends_on=first - timedelta(days=1)),
    )
    update(cast.mentorship, ends_on=first)


def test_one_person_a_role_and_one_role_a_person(cast, reader):
    mentor = Assignment.objects.get(mentorship=cast.mentorship, role="mentor")
    refuses("mentorship_cms_assignment_role", lambda: copy(mentor, person_id=reader.pk))
    refuses("mentorship_cms_assignment_person", lambda: update(mentor, person=cast.manager))
    deputy = Assignment.objects.get(mentorship=cast.mentorship, role="deputy_mentor")
    refuses("mentorship_cms_assignment_person", lambda: update(deputy, person=cast.mentee))
    # Whoever had the role before does not count.
    update(mentor, ended_at=timezone.now())
    copy(mentor, person_id=reader.pk)


def test_an_assignment_ends_after_it_begins(cast):
    mentor = Assignment.objects.get(mentorship=cast.mentorship, role="mentor")
    before = mentor.started_at - timedelta(seconds=1)
    refuses("mentorship_cms_assignment_dates", lambda: update(mentor, ended_at=before))


def test_a_window_ends_after_it_begins(window):
    refuses(
        "mentorship_cms_deputywindow_dates",
        lambda: update(window, ends_on=window.starts_on - timedelta(days=1)),
    )


def test_an_opening_is_noted_once_a_day(cast, closed):
    access = mentorships.relations_of(cast.mentor, cast.mentorship)
    for _time in range(2):
        mentorships.record_opening(access, part="evaluation", subject=closed.public_id)
    opening = Opening.objects.get()
    refuses("mentorship_cms_opening_day", lambda: copy(opening))


def test_one_open_evaluation_of_a_kind(cast):
    evaluation = lifecycle.started(cast)
    refuses("mentorship_cms_evaluation_open", lambda: copy(evaluation))
    refuses("mentorship_cms_evaluation_open", lambda: copy(evaluation, state="shared"))
    copy(evaluation, kind="extra")
    copy(evaluation, state="discarded")


def test_one_correction_that_says_why(closed):
    wrong = {"state": "draft", "signed_at": None, "closed_at": None, "digest": ""}
    correction = {"kind": "correction", "corrects_id": closed.pk, "correction_reason": "Wrong day"}
    name = "mentorship_cms_evaluation_correction"
    refuses(name, lambda: copy(closed, **wrong, **correction | {"correction_reason": ""}))
    refuses(name, lambda: copy(closed, **wrong, **correction | {"corrects_id": None}))
    refuses(name, lambda: copy(closed, **wrong, **correction | {"kind": "extra"}))
    copy(closed, **wrong, **correction)
    refuses("mentorship_cms_evaluation_corrects", lambda: copy(closed, **wrong, **correction))
    copy(closed, **wrong | {"state": "discarded"}, **correction)


@pytest.mark.parametrize("changes", [{"digest": ""}, {"signed_at": None}, {"state": "shared"}])
def test_signed_goes_with_date_and_digest(cast, changes):
    evaluation = lifecycle.signed(cast)
    refuses("mentorship_cms_evaluation_signed", lambda: update(evaluation, **changes))


def test_an_open_evaluation_has_no_digest(cast):
    evaluation = lifecycle.started(cast)
    for changes in ({"digest": "x"}, {"signed_at": timezone.now()}, {"state": "signed"}):
        refuses("mentorship_cms_evaluation_signed", lambda: update(evaluation, **changes))  # noqa: B023


def test_closed_goes_with_a_date(cast):
    evaluation = lifecycle.signed(cast)
    name = "mentorship_cms_evaluation_closed"
    refuses(name, lambda: update(evaluation, state=EvaluationState.CLOSED))
    refuses(name, lambda: update(evaluation, closed_at=timezone.now()))


def test_one_sheet_a_side(closed):
    sheet = closed.sheets.first()
    refuses("mentorship_cms_sheet_side", lambda: copy(sheet))


def test_one_rating_a_competency(closed):
    rating = closed.sheets.first().ratings.first()
    refuses("mentorship_cms_rating_competency", lambda: copy(rating))


def test_a_level_or_the_reason_why_there_is_none(closed):
    rating = closed.sheets.first().ratings.first()
    for changes in ({"level": None}, {"answer": "not_observed"}, {"answer": ""}):
        refuses("mentorship_cms_rating_level", lambda: update(rating, **changes))  # noqa: B023
    update(rating, level=None, answer="not_applicable")


def test_an_action_point_says_something(closed):
    point = closed.action_points.get()
    refuses("mentorship_cms_actionpoint_text", lambda: update(point, text=""))


def test_one_outcome_of_a_point(cast, closed):
    later = lifecycle.started(cast)
    point = closed.action_points.get()
    outcome = ActionOutcome.objects.create(evaluation=later, action_point=point, outcome="done")
    refuses("mentorship_cms_actionoutcome_point", lambda: copy(outcome))


def test_one_signature_a_role(closed):
    for signature in closed.signatures.all():
        refuses("mentorship_cms_signature_role", lambda: copy(signature))  # noqa: B023


def test_nobody_signs_in_two_roles(closed):
    name = "mentorship_cms_signature_person"
    mentor = closed.signatures.get(role="mentor")
    manager = closed.signatures.get(role="line_manager")
    refuses(name, lambda: update(manager, person=mentor.person))
    # That the same person did not sign in another role can be said.
    update(manager, person=mentor.person, verdict="absent", remark="On leave")
    # Of several accounts that are gone nobody knows whether they were one.
    update(mentor, person=None)
    update(closed.signatures.get(role="mentee"), person=None)


def test_only_a_mentee_who_has_seen_it_disagrees(closed):
    name = "mentorship_cms_signature_disagrees"
    mentee = closed.signatures.get(role="mentee")
    manager = closed.signatures.get(role="line_manager")
    refuses(name, lambda: update(manager, disagrees=True))
    refuses(name, lambda: update(mentee, disagrees=True, verdict="absent"))
    update(mentee, disagrees=True)


def test_only_the_mentor_has_a_deputy(closed):
    manager = closed.signatures.get(role="line_manager")
    refuses("mentorship_cms_signature_deputy", lambda: update(manager, as_deputy=True))
    update(closed.signatures.get(role="mentor"), as_deputy=True)


def test_a_missing_signature_says_why_and_is_not_the_mentors(closed):
    name = "mentorship_cms_signature_missing"
    manager = closed.signatures.get(role="line_manager")
    mentor = closed.signatures.get(role="mentor")
    refuses(name, lambda: update(manager, verdict="absent"))
    refuses(name, lambda: update(mentor, verdict="refused", remark="Ill"))
    update(manager, verdict="absent", remark="On leave")


def test_each_constraint_was_tried():
    """The tests above name every constraint of the records."""
    words = Path(__file__).read_text(encoding="utf-8")
    for model in MODELS:
        for constraint in model._meta.constraints:
            assert f'"{constraint.name}"' in words, constraint.name


@pytest.mark.parametrize("model", [Signature, Opening])
def test_rows_that_are_written_once(cast, closed, model):
    access = mentorships.relations_of(cast.mentor, cast.mentorship)
    mentorships.record_opening(access, part="evaluation", subject=closed.public_id)
    row = model.objects.first()
    for change in (
        row.save,
        row.delete,
        lambda: model.objects.all().delete(),
        lambda: model.objects.filter(pk=row.pk).update(person=None),
        lambda: model.objects.bulk_update([row], ["person"]),
    ):
        with pytest.raises(ImmutableError):
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        # A row made anew under the same id does not overwrite it.
        model(**{field.attname: getattr(row, field.attname) for field in row._meta.fields}).save()
    assert model._base_manager.get(pk=row.pk).person_id == row.person_id


def test_what_a_record_names_stays(cast, closed):
    sheet = closed.sheets.first()
    for row in (
        cast.mentor,
        cast.deputy,
        cast.mentee,
        cast.manager,
        cast.mentorship,
        cast.mentorship.framework,
        closed,
        sheet,
    ):
        with pytest.raises(ProtectedError):
            row.delete()
    for row in (
        closed.framework_version,
        closed.framework_version.levels.first(),
        closed.framework_version.competencies.first(),
    ):
        with pytest.raises(ImmutableError):
            row.delete()
        # Past the model, the database keeps it all the same.
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")
            connection.check_constraints()
    assert FrameworkVersion.objects.exists() and is_intact(closed)


def test_a_coordinators_account_goes_and_the_names_stay(closed, coordinator):
    coordinator.delete()
    row = Mentorship.history.first()
    assert row.history_user is None and row.person_name == "coordinator"


def test_a_preference_goes_with_the_account(reader):
    mentorships.remember_layout(user=reader, layout="area")
    reader.delete()
    assert not WorkspacePreference.objects.exists()
