"""Who takes part in a mentorship, and who takes over from whom."""

import pytest
from django.core.exceptions import ValidationError

from mentorship_cms.choices import Act, Role
from mentorship_cms.models import Assignment, DeputyWindow
from mentorship_cms.permissions import NotVisible, mentorship_for, today
from mentorship_cms.services import mentorships
from mentorship_cms.services.errors import StaleError
from tests.factories import make_user
from tests.mentorships.helpers import DIFFERENT, WEEK, new_rows, rows_of


def test_replacing_somebody_takes_their_rights_at_once(cast, stranger):
    public_id = cast.mentorship.public_id
    before = rows_of()
    mentorships.assign(
        user=cast.coordinator,
        public_id=public_id,
        role=Role.MENTOR,
        person=stranger,
        reason="Long leave",
    )
    assert new_rows(before) == {"Assignment": 2}
    rows = Assignment.history.filter(act=Act.ASSIGN)
    assert sorted(row.history_type for row in rows) == ["+", "~"]
    assert {(row.history_change_reason, row.capacity) for row in rows} == {
        ("Long leave", Role.COORDINATOR)
    }
    with pytest.raises(NotVisible):
        mentorship_for(cast.mentor, public_id)
    assert mentorship_for(stranger, public_id).acts_as_mentor


def test_who_takes_a_role_from_somebody_says_why(cast, stranger):
    with pytest.raises(ValidationError) as refused:
        mentorships.assign(
            user=cast.coordinator,
            public_id=cast.mentorship.public_id,
            role=Role.MENTOR,
            person=stranger,
            reason="  ",
        )
    assert refused.value.message_dict == {
        "reason": ["Say why somebody else takes part from now on."]
    }


def test_the_deputy_becomes_mentor_in_one_act(cast, stranger):
    before = rows_of()
    mentorships.change_people(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        people={Role.MENTOR: cast.deputy, Role.DEPUTY_MENTOR: stranger},
        reason="The mentor left",
    )
    assert new_rows(before) == {"Assignment": 4}
    assert len(set(Assignment.history.filter(act=Act.ASSIGN).values_list("change_set"))) == 1
    access = mentorship_for(cast.deputy, cast.mentorship.public_id)
    assert access.person(Role.MENTOR) == cast.deputy
    assert access.person(Role.DEPUTY_MENTOR) == stranger


def test_the_message_stands_by_the_role_that_was_filled_in(cast):
    with pytest.raises(ValidationError) as refused:
        mentorships.change_people(
            user=cast.coordinator,
            public_id=cast.mentorship.public_id,
            people={Role.MENTOR: cast.manager},
            reason="Short of people",
        )
    assert refused.value.message_dict == {"mentor": [DIFFERENT]}
    assert mentorship_for(cast.mentor, cast.mentorship.public_id)


def test_the_mentee_stays_and_the_others_are_needed(cast, stranger):
    for role, person in ((Role.MENTEE, stranger), (Role.COORDINATOR, stranger)):
        with pytest.raises(ValidationError, match="stays the same"):
            mentorships.assign(
                user=cast.coordinator,
                public_id=cast.mentorship.public_id,
                role=role,
                person=person,
                reason="Why not",
            )
    with pytest.raises(ValidationError) as refused:
        mentorships.assign(
            user=cast.coordinator,
            public_id=cast.mentorship.public_id,
            role=Role.LINE_MANAGER,
            person=None,
            reason="Why not",
        )
    assert refused.value.message_dict == {"line_manager": ["Say who this is."]}


def test_taking_the_deputy_away_closes_the_windows_that_are_not_over(cast):
    public_id = cast.mentorship.public_id
    running = mentorships.open_window(
        user=cast.mentor, public_id=public_id, starts_on=today(), ends_on=today() + WEEK
    )
    over = DeputyWindow.objects.create(
        mentorship=cast.mentorship,
        person=cast.deputy,
        starts_on=today() - 3 * WEEK,
        ends_on=today() - 2 * WEEK,
    )
    before = rows_of()
    mentorships.assign(
        user=cast.coordinator,
        public_id=public_id,
        role=Role.DEPUTY_MENTOR,
        person=None,
        reason="Left the organisation",
    )
    assert new_rows(before) == {"Assignment": 1, "DeputyWindow": 1}
    running.refresh_from_db()
    over.refresh_from_db()
    assert running.closed_at is not None
    assert over.closed_at is None


def test_replacing_from_an_old_form_is_refused(cast, stranger):
    opened = mentorships.people_revision_of(cast.mentorship)
    arguments = {"user": cast.coordinator, "public_id": cast.mentorship.public_id, "reason": "New"}
    mentorships.change_people(people={Role.MENTOR: stranger}, revision=opened, **arguments)
    other = make_user("other")
    with pytest.raises(StaleError):
        mentorships.change_people(people={Role.MENTOR: other}, revision=opened, **arguments)
    assert mentorship_for(stranger, cast.mentorship.public_id).acts_as_mentor


def test_a_row_that_came_in_between_gives_a_message(cast, stranger, monkeypatch):
    """Where a host writes past the services, the constraint speaks by the field all the same."""
    monkeypatch.setattr(mentorships, "_people_problems", lambda *args: {})
    with pytest.raises(ValidationError) as refused:
        mentorships.change_people(
            user=cast.coordinator,
            public_id=cast.mentorship.public_id,
            people={Role.MENTOR: cast.manager},
            reason="Race",
        )
    assert refused.value.message_dict == {"mentor": [DIFFERENT]}
