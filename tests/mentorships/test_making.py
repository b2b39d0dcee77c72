"""What the services promise: making, describing and ending a mentorship, starting evaluations."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from django.core.exceptions import ValidationError

from mentorship_cms.choices import Act, Context, Role, Stage
from mentorship_cms.models import Assignment, Mentorship
from mentorship_cms.permissions import NotVisible, mentorship_for, today
from mentorship_cms.services import mentorships, people
from mentorship_cms.services.errors import StaleError
from tests import factories, lifecycle
from tests.factories import make_user
from tests.mentorships.helpers import DIFFERENT, new_rows, rows_of


def frame(framework, **fields):
    """What a mentorship is about."""
    return {
        "framework": framework,
        "context": Context.NEWCOMER,
        "starts_on": today() - timedelta(days=10),
    } | fields


def crew(*names):
    """Four new people by role."""
    roles = (Role.MENTEE, Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER)
    return {role: make_user(name) for role, name in zip(roles, names, strict=True)}


# -- Making and describing


def test_making_a_mentorship_leaves_one_row_for_each_record(framework, coordinator):
    before = rows_of()
    mentorship = mentorships.create_mentorship(
        user=coordinator, people=crew("a", "b", "c", "d"), **frame(framework)
    )
    assert new_rows(before) == {"Mentorship": 1, "Assignment": 4}
    rows = [*mentorship.history.all(), *Assignment.history.all()]
    assert {row.act for row in rows} == {Act.CREATE}
    assert {row.history_user for row in rows} == {coordinator}
    assert {row.capacity for row in rows} == {Role.COORDINATOR}
    assert {row.person_name for row in rows} == {"coordinator"}
    assert len({row.change_set for row in rows}) == 1
    assert {row.history_type for row in rows} == {"+"}


def test_the_deputy_can_come_later(framework, coordinator):
    team = crew("a", "b", "c", "d")
    deputy = team.pop(Role.DEPUTY_MENTOR)
    mentorship = mentorships.create_mentorship(user=coordinator, people=team, **frame(framework))
    # Nobody loses a role, so nobody has to say why.
    mentorships.assign(
        user=coordinator, public_id=mentorship.public_id, role=Role.DEPUTY_MENTOR, person=deputy
    )
    assert mentorship_for(deputy, mentorship.public_id).roles == {Role.DEPUTY_MENTOR}


def test_the_same_mentorship_is_not_made_twice(framework, coordinator, home):
    team = crew("a", "b", "c", "d")

    def make(framework=framework, **people):
        return mentorships.create_mentorship(
            user=coordinator,
            people=team | {Role[role.upper()]: person for role, person in people.items()},
            **frame(framework),
        )

    first = make()
    before = rows_of()
    with pytest.raises(ValidationError) as refused:
        make(line_manager=make_user("e"))
    assert set(refused.value.message_dict) == {Role.MENTEE}
    assert "already has a mentorship" in str(refused.value)
    assert new_rows(before) == {}
    # Another mentor, another mentee or another framework is another mentorship.
    make(mentor=make_user("f"))
    make(mentee=make_user("g"))
    make(factories.published_framework(locale=home.locale, title="Other"))
    # Who mentored before the roles changed hands does not count, nor does what has ended.
    mentorships.assign(
        user=coordinator,
        public_id=first.public_id,
        role=Role.MENTOR,
        person=make_user("h"),
        reason="Left",
    )
    second = make()
    mentorships.end_mentorship(user=coordinator, public_id=second.public_id)
    assert make().pk != second.pk


def test_everything_that_is_wrong_is_said_at_once(framework, coordinator):
    team = crew("a", "b", "c", "d")
    team[Role.LINE_MANAGER] = team[Role.MENTOR]
    team[Role.MENTEE].is_active = False
    before = rows_of()
    with pytest.raises(ValidationError) as refused:
        mentorships.create_mentorship(
            user=coordinator,
            people=team,
            **frame(
                framework,
                context="holiday",
                goals="g" * 20_001,
                ends_on=today() - timedelta(days=11),
            ),
        )
    assert refused.value.message_dict == {
        "context": ["Value 'holiday' is not a valid choice."],
        "goals": ["This text has 20001 characters; 20000 is the most that fits."],
        "ends_on": ["The planned end comes before the start."],
        "mentee": ["This account is no longer active."],
        "line_manager": [DIFFERENT],
    }
    assert rows_of() == before
    assert not Mentorship.objects.exists()


@pytest.mark.parametrize(
    ("one", "other"),
    list(combinations((Role.MENTEE, Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER), 2)),
)
def test_four_different_people(framework, coordinator, one, other):
    team = crew("a", "b", "c", "d")
    team[other] = team[one]
    with pytest.raises(ValidationError) as refused:
        mentorships.create_mentorship(user=coordinator, people=team, **frame(framework))
    assert list(refused.value.message_dict.values()) == [[DIFFERENT]]
    assert set(refused.value.message_dict) <= {one, other}


def test_who_has_to_be_named(framework, coordinator):
    with pytest.raises(ValidationError) as refused:
        mentorships.create_mentorship(user=coordinator, people={}, **frame(framework))
    assert refused.value.message_dict == dict.fromkeys(
        ("mentee", "mentor", "line_manager"), ["Say who this is."]
    )


def test_a_framework_that_nobody_can_read_is_refused(home, framework, coordinator):
    draft = factories.framework(locale=home.locale, title="Draft")
    draft.live = False
    draft.save()
    framework.unpublish()
    for number, one in enumerate((draft, framework)):
        team = crew(*(f"{name}{number}" for name in "abcd"))
        with pytest.raises(ValidationError) as refused:
            mentorships.create_mentorship(user=coordinator, people=team, **frame(one))
        assert refused.value.message_dict == {
            "framework": ["This framework is not published yet, so nobody can be rated on it."]
        }


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
@pytest.mark.parametrize("name", ["starts_on", "ends_on"])
def test_a_year_that_was_mistyped(cast, name, day):
    with pytest.raises(ValidationError) as refused:
        mentorships.describe_mentorship(
            user=cast.coordinator, public_id=cast.mentorship.public_id, **{name: day}
        )
    assert refused.value.message_dict[name] == [
        "This is more than twenty years from now. Look at the year again."
    ]


@pytest.mark.parametrize("who", ["mentee", "mentor", "deputy", "manager", "administrator"])
def test_only_coordinators_write_mentorships(cast, administrator, framework, who):
    user = administrator if who == "administrator" else getattr(cast, who)
    public_id = cast.mentorship.public_id
    before = rows_of()
    acts = [
        lambda: mentorships.create_mentorship(user=user, people={}, **frame(framework)),
        lambda: mentorships.describe_mentorship(user=user, public_id=public_id, goals="Mine"),
        lambda: mentorships.assign(
            user=user, public_id=public_id, role=Role.MENTOR, person=user, reason="Mine"
        ),
        lambda: mentorships.end_mentorship(user=user, public_id=public_id),
    ]
    for act in acts:
        with pytest.raises(NotVisible):
            act()
    assert rows_of() == before


def test_describing_leaves_one_row_and_saving_the_same_none(cast):
    public_id = cast.mentorship.public_id
    before = rows_of()
    mentorships.describe_mentorship(
        user=cast.coordinator, public_id=public_id, goals="Learn to plan", stage=Stage.WELCOME
    )
    assert new_rows(before) == {"Mentorship": 1}
    row = cast.mentorship.history.first()
    assert (row.act, row.history_type, row.history_user) == (Act.DESCRIBE, "~", cast.coordinator)
    mentorships.describe_mentorship(
        user=cast.coordinator, public_id=public_id, goals="Learn to plan"
    )
    assert new_rows(before) == {"Mentorship": 1}


def test_describing_from_an_old_form_is_refused(cast):
    public_id = cast.mentorship.public_id
    opened = mentorships.revision_of(cast.mentorship)
    mentorships.describe_mentorship(user=cast.coordinator, public_id=public_id, goals="First")
    with pytest.raises(StaleError) as refused:
        mentorships.describe_mentorship(
            user=cast.coordinator, public_id=public_id, revision=opened, goals="Second"
        )
    assert refused.value.stored == {"goals": "First"}
    cast.mentorship.refresh_from_db()
    assert cast.mentorship.goals == "First"


# -- The end


def test_ending(cast):
    before = rows_of()
    mentorships.end_mentorship(
        user=cast.coordinator, public_id=cast.mentorship.public_id, reason="Reached the goals"
    )
    assert new_rows(before) == {"Mentorship": 1}
    row = cast.mentorship.history.first()
    assert (row.act, row.history_change_reason) == (Act.END, "Reached the goals")
    # Everybody goes on reading; nobody starts anything.
    for person in cast.by_role().values():
        assert mentorship_for(person, cast.mentorship.public_id)
    with pytest.raises(ValidationError, match="ended"):
        lifecycle.started(cast)
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    assert new_rows(before) == {"Mentorship": 1}


def test_an_evaluation_that_is_being_written_keeps_it_from_ending(cast):
    lifecycle.started(cast)
    with pytest.raises(ValidationError, match="still being written"):
        mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)


# -- Starting an evaluation


def test_two_evaluations_of_a_kind_at_once(cast):
    lifecycle.started(cast)
    before = rows_of()
    with pytest.raises(ValidationError) as refused:
        lifecycle.started(cast)
    assert refused.value.message_dict == {
        "kind": ["An evaluation of this kind is being written already."]
    }
    assert rows_of() == before


@pytest.mark.parametrize(
    ("talk_in", "message"),
    [
        (-500, "This is over a year before the mentorship started."),
        (800, "This is more than two years from now. Look at the year again."),
    ],
)
def test_a_talk_on_a_day_that_cannot_be(cast, talk_in, message):
    with pytest.raises(ValidationError) as refused:
        lifecycle.started(cast, talk_in=talk_in)
    assert refused.value.message_dict == {"talk_on": [message]}


# -- Finding people


def test_what_somebody_is_called(db):
    lea = make_user("lea.maes", first_name="Léa", last_name="Maes")
    for text in (
        "lea.maes",
        "LEA.MAES",
        "lea.maes@example.org",
        "Léa Maes",
        " Maes   Léa ",
        "Léa maes",
    ):
        assert people.people_called(text) == [lea]
    for text in ("Léa", "Maes", "L% Maes", "", "\x00", "léa.maes@", "x" * 1000):
        assert people.people_called(text) == []


def test_who_left_is_found_by_nobody(db):
    make_user("gone", first_name="Gone", last_name="Person", is_active=False)
    stays = make_user("stays", first_name="Gone", last_name="Person")
    assert people.people_called("Gone Person") == [stays]
