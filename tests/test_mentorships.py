"""Mentorships: who takes part, the deputy's days, and the pages on which that is said."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from mentorship_cms.choices import (
    Act,
    Context,
    EvaluationKind,
    EvaluationState,
    Outcome,
    Role,
    Stage,
)
from mentorship_cms.models import (
    ActionOutcome,
    Assignment,
    DeputyWindow,
    Evaluation,
    FrameworkPage,
    Mentorship,
    Opening,
)
from mentorship_cms.permissions import NotVisible, mentorship_for, today
from mentorship_cms.services import evaluations, mentorships, overview, people
from mentorship_cms.services.errors import StaleError
from mentorship_cms.views import kept
from tests import factories, lifecycle
from tests.conftest import make_user

DIFFERENT = "Mentee, mentor, deputy and line manager are four different people."
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)


@pytest.fixture
def stranger(db):
    """Somebody with an account and no role in the mentorship."""
    return make_user("stranger", first_name="Sam", last_name="Stranger")


def browser(user):
    """A browser in which ``user`` is signed in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def address(name, *args):
    """The address of a page of the workspace, in English."""
    return reverse(f"mentorship_cms:{name}", args=args)


def errors_of(response):
    """The messages of the form by the field, "" for those of none."""
    assert response.status_code == 200
    return {
        "" if name == "__all__" else name: list(messages)
        for name, messages in response.context["form"].errors.items()
    }


def rows_of(*models):
    """How many rows of history there are, by model."""
    models = models or (Mentorship, Assignment, DeputyWindow, Evaluation)
    return {model.__name__: model.history.count() for model in models}


def new_rows(before):
    """How many rows of history were written since ``before``, by model."""
    now = rows_of()
    return {name: now[name] - count for name, count in before.items() if now[name] != count}


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


# -- Services: making and describing


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


# -- Services: people


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


# -- Services: the end


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


# -- Services: the deputy's days


def window(cast, user=None, start=0, end=7, **fields):
    """Let the deputy take over, by days from today."""
    return mentorships.open_window(
        user=user or cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today() + timedelta(days=start),
        ends_on=today() + timedelta(days=end),
        **fields,
    )


def test_the_mentor_lets_the_deputy_take_over_and_takes_the_work_back(cast):
    before = rows_of()
    opened = window(cast, reason="Leave")
    row = opened.history.get()
    assert (row.act, row.history_user, row.capacity, row.history_change_reason) == (
        Act.OPEN_WINDOW,
        cast.mentor,
        Role.MENTOR,
        "Leave",
    )
    assert mentorship_for(cast.deputy, cast.mentorship.public_id).as_deputy
    for _time in range(2):
        mentorships.close_window(
            user=cast.mentor, public_id=cast.mentorship.public_id, window_id=opened.public_id
        )
    assert new_rows(before) == {"DeputyWindow": 2}
    assert opened.history.first().act == Act.CLOSE_WINDOW
    assert not mentorship_for(cast.deputy, cast.mentorship.public_id).as_deputy


def test_the_coordinator_says_why_the_mentor_does_not(cast):
    with pytest.raises(ValidationError) as refused:
        window(cast, cast.coordinator)
    assert refused.value.message_dict == {"reason": ["Say why the mentor does not do this."]}
    opened = window(cast, cast.coordinator, reason="The mentor is ill")
    assert opened.history.get().capacity == Role.COORDINATOR


def test_a_coordinator_with_another_role_acts_as_coordinator(cast, coordinator):
    mentorships.assign(
        user=coordinator,
        public_id=cast.mentorship.public_id,
        role=Role.LINE_MANAGER,
        person=coordinator,
        reason="Moved",
    )
    assert window(cast, coordinator, reason="Ill").history.get().capacity == Role.COORDINATOR


@pytest.mark.parametrize(
    ("start", "end", "messages"),
    [
        (-2, -1, {"ends_on": ["This day is over."]}),
        (3, 2, {"ends_on": ["The last day comes before the first."]}),
        (7, 9, {"starts_on": ["The deputy already takes over on some of these days."]}),
        (-9, 30, {"starts_on": ["The deputy already takes over on some of these days."]}),
        (9, 400, {"ends_on": ["This is more than a year from now. Look at the year again."]}),
    ],
)
def test_days_that_cannot_be(cast, start, end, messages):
    window(cast, start=0, end=7)
    with pytest.raises(ValidationError) as refused:
        window(cast, start=start, end=end)
    assert refused.value.message_dict == messages


def test_a_window_that_was_handed_back_is_free_again(cast):
    opened = window(cast)
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=opened.public_id
    )
    assert window(cast).pk != opened.pk


def test_a_window_that_is_over_is_not_handed_back(cast):
    over = DeputyWindow.objects.create(
        mentorship=cast.mentorship,
        person=cast.deputy,
        starts_on=today() - 3 * WEEK,
        ends_on=today() - 2 * WEEK,
    )
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=over.public_id
    )
    over.refresh_from_db()
    assert over.closed_at is None


@pytest.mark.parametrize("who", ["mentee", "deputy", "manager", "stranger"])
def test_windows_are_for_mentor_and_coordinator(cast, stranger, who):
    user = stranger if who == "stranger" else getattr(cast, who)
    opened = window(cast)
    with pytest.raises(NotVisible):
        window(cast, user, start=20, end=21, reason="Mine")
    with pytest.raises(NotVisible):
        mentorships.close_window(
            user=user, public_id=cast.mentorship.public_id, window_id=opened.public_id
        )


def test_the_window_of_another_mentorship(cast, framework, coordinator):
    other = lifecycle.cast(framework, coordinator, prefix="other")
    foreign = window(other)
    with pytest.raises(NotVisible):
        mentorships.close_window(
            user=cast.mentor, public_id=cast.mentorship.public_id, window_id=foreign.public_id
        )
    foreign.refresh_from_db()
    assert foreign.closed_at is None


def test_without_a_deputy_or_after_the_end_nobody_takes_over(cast):
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role=Role.DEPUTY_MENTOR,
        person=None,
        reason="Left",
    )
    with pytest.raises(ValidationError, match="no deputy"):
        window(cast)
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    with pytest.raises(ValidationError, match="ended"):
        window(cast)


# -- Services: starting an evaluation


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


# -- Pages: who gets what

#: One row for each page, with who gets it; everybody else gets 404, by GET and by POST.
EVERYBODY = {"mentee", "mentor", "deputy", "manager", "coordinator"}
PAGES = {
    "mentorship": EVERYBODY,
    "mentorship_frame": {"coordinator"},
    "mentorship_people": {"coordinator"},
    "mentorship_end": {"coordinator"},
    "mentorship_windows": {"mentor", "coordinator"},
    "evaluation_add": {"mentor"},
    "mentorships": {"coordinator"},
    "mentorship_add": {"coordinator"},
}
BARE = ("mentorships", "mentorship_add")
READ_ONLY = ("mentorship", "mentorships")


@pytest.mark.parametrize("name", PAGES)
def test_who_gets_a_page(cast, stranger, administrator, editor, name):
    actors = {
        "stranger": stranger,
        "administrator": administrator,
        "editor": editor,
        **{who: getattr(cast, who) for who in EVERYBODY},
    }
    where = address(name, *([] if name in BARE else [cast.mentorship.public_id]))
    before = rows_of()
    for who, user in actors.items():
        client = browser(user)
        expected = 200 if who in PAGES[name] else 404
        assert client.get(where).status_code == expected, who
        posted = client.post(where).status_code
        if name == "mentorship_end" and expected == 200:
            assert posted == 302, who
        else:
            assert posted == (405 if name in READ_ONLY and expected == 200 else expected), who
    if name != "mentorship_end":
        assert rows_of() == before
    for method in ("get", "post"):
        anonymous = getattr(Client(), method)(where)
        assert anonymous.status_code == 302
        assert "login" in anonymous["Location"]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in BARE])
def test_a_mentorship_that_does_not_exist(cast, name):
    where = address(name, "00000000-0000-4000-8000-000000000000")
    for user in (cast.mentor, cast.coordinator):
        assert browser(user).get(where).status_code == 404
        assert browser(user).post(where).status_code == 404


def test_who_may_hand_back(cast, stranger):
    opened = window(cast)
    where = address("mentorship_window_close", cast.mentorship.public_id, opened.public_id)
    for user in (stranger, cast.mentee, cast.deputy, cast.manager):
        assert browser(user).get(where).status_code == 404
        assert browser(user).post(where).status_code == 404
    assert browser(cast.mentor).get(where).status_code == 405
    assert browser(cast.mentor).post(where).status_code == 302
    opened.refresh_from_db()
    assert opened.closed_at is not None
    missing = address(
        "mentorship_window_close",
        cast.mentorship.public_id,
        "00000000-0000-4000-8000-000000000000",
    )
    assert browser(cast.mentor).post(missing).status_code == 404


def test_a_deputy_starts_an_evaluation_in_the_window_alone(cast):
    where = address("evaluation_add", cast.mentorship.public_id)
    fields = {"kind": "interim", "talk_on": today().isoformat()}
    client = browser(cast.deputy)
    assert client.get(where).status_code == 404
    assert client.post(where, fields).status_code == 404
    window(cast)
    assert client.get(where).status_code == 200
    assert client.post(where, fields).status_code == 302
    assert Evaluation.objects.get().history.get().capacity == Role.DEPUTY_MENTOR


# -- The page of a mentorship


def shown(user, cast, **fields):
    """What the page of the mentorship says to ``user``, and its context."""
    response = browser(user).get(address("mentorship", cast.mentorship.public_id), fields)
    assert response.status_code == 200
    return response.content.decode(), response.context


def test_the_frame(cast, mentoring, framework):
    mentoring.add_child(
        instance=FrameworkPage(title="Care", locale=mentoring.locale, framework=framework)
    )
    mentorships.describe_mentorship(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        goals="Plan\n\nand <b>care</b>",
        training_organisation="School X",
        training_contact="Ann of X",
        ends_on=today() + timedelta(days=50),
    )
    page = FrameworkPage.objects.get(title="Care")
    for user in (*cast.by_role().values(), cast.coordinator):
        text, _context = shown(user, cast)
        for person in cast.by_role().values():
            assert person.get_full_name() in text
        assert "Helping a newcomer integrate" in text
        assert "School X" in text and "Ann of X" in text
        assert "and &lt;b&gt;care&lt;/b&gt;" in text
        assert f'<a href="{page.url}" lang="nl">Care assistant</a>' in text


def test_what_each_knows_of_the_evaluations(cast):
    closed = lifecycle.closed(cast, kind=EvaluationKind.START)
    draft = lifecycle.started(cast, kind=EvaluationKind.INTERIM)
    dropped = lifecycle.started(cast, kind=EvaluationKind.EXTRA)
    evaluations.discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="By mistake")
    known = {
        "mentor": {closed, draft, dropped},
        "coordinator": {closed, draft, dropped},
        "mentee": {closed, draft},
        "manager": {closed},
        "deputy": set(),
    }
    for who, expected in known.items():
        text, context = shown(getattr(cast, who), cast)
        assert {row.evaluation for row in context["rows"]} == expected, who
        for evaluation in (closed, draft, dropped):
            link = address("evaluation", evaluation.public_id)
            assert (f'href="{link}"' in text) == (evaluation in expected), who
    assert "on which you take over" in shown(cast.deputy, cast)[0]
    window(cast)
    assert {row.evaluation for row in shown(cast.deputy, cast)[1]["rows"]} == known["mentor"]


def test_a_coordinator_reads_nothing_that_was_written(cast):
    lifecycle.closed(cast)
    text, context = shown(cast.coordinator, cast)
    for words in (
        "Practise with Luc",
        "Grows steadily",
        "More practice",
        "by mentor",
        "Helping at",
    ):
        assert words not in text
    assert not context["points"]
    assert "Observed on" not in text
    assert "Observed on" in shown(cast.manager, cast)[0]


def test_a_correction_stands_beside_what_it_corrects(cast):
    first = lifecycle.closed(cast, kind=EvaluationKind.START)
    second = lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=first.public_id, reason="Wrong level"
    )
    text, context = shown(cast.mentor, cast)
    assert [row.evaluation for row in context["rows"]] == [second, first, correction]
    assert context["rows"][2].corrects == first
    assert "Corrects the evaluation above" in text
    assert "has taken its place" not in text
    evaluations.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    lifecycle.sign(correction, cast.mentor)
    text, context = shown(cast.mentor, cast)
    assert [row.is_replaced for row in context["rows"]] == [False, True, False]
    assert "has taken its place" in text


def test_open_action_points(cast):
    first = lifecycle.talked(cast, kind=EvaluationKind.START)
    readers = (cast.mentor, cast.mentee, cast.manager)
    for user in readers:
        assert "Practise with Luc" not in shown(user, cast)[0], "agreed, but not signed"
    lifecycle.sign(first, cast.mentor)
    for user in readers:
        text, context = shown(user, cast)
        assert "Practise with Luc" in text
        assert "Mentee Person, mentee" in text
        assert not context["points"][0].is_late
    for user in (cast.deputy, cast.coordinator):
        assert "Practise with Luc" not in shown(user, cast)[0]
    point = first.action_points.get()
    point.due_on = today() - timedelta(days=1)
    point.save()
    assert "Late" in shown(cast.mentor, cast)[0]
    second = lifecycle.signed(cast, kind=EvaluationKind.INTERIM)
    ActionOutcome.objects.create(evaluation=second, action_point=point, outcome=Outcome.DONE)
    points = [row.point.evaluation for row in shown(cast.mentor, cast)[1]["points"]]
    assert points == [second]


def test_buttons_by_right(cast):
    links = {
        name: address(name, cast.mentorship.public_id)
        for name in (
            "evaluation_add",
            "progress",
            "record",
            "paper",
            "mentorship_windows",
            "mentorship_people",
            "mentorship_frame",
            "mentorship_end",
        )
    }
    coordinating = {"mentorship_windows", "mentorship_people", "mentorship_frame"}
    expected = {
        "mentor": {"evaluation_add", "progress", "paper", "mentorship_windows"},
        "mentee": {"progress", "record", "paper"},
        "manager": {"progress", "paper"},
        "deputy": set(),
        "coordinator": {*coordinating, "mentorship_end"},
    }
    for who, names in expected.items():
        text, _context = shown(getattr(cast, who), cast)
        assert {name for name, link in links.items() if f'"{link}"' in text} == names, who
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    assert links["evaluation_add"] not in shown(cast.mentor, cast)[0]
    assert links["mentorship_end"] not in shown(cast.coordinator, cast)[0]


def test_who_opened_my_record_is_for_the_mentee(cast):
    evaluation = lifecycle.closed(cast)
    for days in range(25):
        Opening.objects.create(
            mentorship=cast.mentorship,
            subject=evaluation.public_id if days else cast.mentorship.public_id,
            person=cast.manager,
            person_name="Manager Person",
            capacity=Role.LINE_MANAGER,
            opened_on=today() - timedelta(days=days),
            opened_at=timezone.now() - timedelta(days=days),
        )
    text, context = shown(cast.mentee, cast)
    assert "Who opened my record" in text
    assert len(context["openings"]) == 20
    assert len(context["older_openings"]) == 5
    assert "5 earlier times" in text
    assert "Progress over all evaluations" in text
    for user in (cast.mentor, cast.manager, cast.deputy, cast.coordinator):
        text, context = shown(user, cast)
        assert "Who opened my record" not in text
        assert not context["openings"]


def test_looking_at_the_frame_is_no_opening_of_the_record(cast):
    lifecycle.closed(cast)
    before = Opening.objects.count()
    for user in (cast.mentor, cast.manager, cast.coordinator, cast.mentee):
        shown(user, cast)
    assert Opening.objects.count() == before


def queries(client, where):
    """How many queries a page needs, the second time."""
    client.get(where)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(where).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["mentor", "mentee", "manager", "coordinator"])
def test_more_evaluations_need_no_more_queries(cast, who):
    client = browser(getattr(cast, who))
    where = address("mentorship", cast.mentorship.public_id)
    first = lifecycle.closed(cast, kind=EvaluationKind.START)
    evaluations.start_correction(
        user=cast.mentor, evaluation_id=first.public_id, reason="Wrong level"
    )
    before = queries(client, where)
    for _number in range(3):
        lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    assert queries(client, where) == before


# -- Starting an evaluation


def test_the_form_proposes_a_kind_and_a_day(cast, framework):
    client = browser(cast.mentor)
    where = address("evaluation_add", cast.mentorship.public_id)
    response = client.get(where)
    text = response.content.decode()
    assert response.context["form"]["kind"].value() == "start"
    assert text.count(" checked") == 1
    assert f'value="{(today() + WEEK).isoformat()}"' in text
    assert "Version 1, " in text
    assert "correction" not in [
        value for value, _label in response.context["form"].fields["kind"].choices
    ]
    dropped = lifecycle.started(cast, kind=EvaluationKind.START)
    evaluations.discard(user=cast.mentor, evaluation_id=dropped.public_id, reason="By mistake")
    assert client.get(where).context["form"]["kind"].value() == "start"
    running = lifecycle.started(cast, kind=EvaluationKind.START)
    response = client.get(where)
    assert response.context["form"]["kind"].value() == "interim"
    assert f'href="{address("evaluation", running.public_id)}"' in response.content.decode()


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_starting(cast, language):
    before = rows_of()
    with translation.override(language):
        where = address("evaluation_add", cast.mentorship.public_id)
    response = browser(cast.mentor).post(where, {"kind": "start", "talk_on": "2026-12-24"})
    evaluation = Evaluation.objects.get()
    assert response["Location"].endswith(f"/evaluations/{evaluation.public_id}/?done=started")
    assert (evaluation.kind, evaluation.talk_on) == ("start", date(2026, 12, 24))
    assert new_rows(before) == {"Evaluation": 1}


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        (
            {},
            {
                "kind": ["Choose a kind of evaluation."],
                "talk_on": ["Say on which day the talk is."],
            },
        ),
        ({"kind": "correction"}, {"kind": ["Choose a kind of evaluation."]}),
        ({"kind": "party"}, {"kind": ["Choose a kind of evaluation."]}),
        ({"talk_on": "soon"}, {"talk_on": ["This is not a date. Write it as 31/12/2026."]}),
        ({"talk_on": "2026-02-30"}, {"talk_on": ["This is not a date. Write it as 31/12/2026."]}),
        (
            {"talk_on": "9999-12-31"},
            {"talk_on": ["This is more than two years from now. Look at the year again."]},
        ),
        (
            {"talk_on": "0001-01-01"},
            {"talk_on": ["This is over a year before the mentorship started."]},
        ),
        ({"kind": "interim"}, {"kind": ["An evaluation of this kind is being written already."]}),
    ],
)
def test_starting_with_bad_input(cast, fields, messages):
    lifecycle.started(cast, kind=EvaluationKind.INTERIM)
    valid = {"kind": "start", "talk_on": today().isoformat()} if fields else {}
    response = browser(cast.mentor).post(
        address("evaluation_add", cast.mentorship.public_id), valid | fields
    )
    assert errors_of(response) == messages
    assert response.context["error_list"] == [
        (message, "id_kind_0" if name == "kind" else f"id_{name}")
        for name, said in messages.items()
        for message in said
    ]
    assert Evaluation.objects.count() == 1
    if fields.get("talk_on"):
        assert f'value="{fields["talk_on"]}"' in response.content.decode()


def test_day_first_where_the_browser_has_no_date_picker(cast):
    response = browser(cast.mentor).post(
        address("evaluation_add", cast.mentorship.public_id),
        {"kind": "start", "talk_on": "05/04/2027"},
    )
    assert response.status_code == 302
    assert Evaluation.objects.get().talk_on == date(2027, 4, 5)


def test_an_ended_mentorship_says_so(cast):
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    client = browser(cast.mentor)
    where = address("evaluation_add", cast.mentorship.public_id)
    text = client.get(where).content.decode()
    assert "This mentorship ended on" in text
    assert "<form class=" not in text.split("mentorship-workspace")[-1]
    response = client.post(where, {"kind": "start", "talk_on": today().isoformat()})
    assert errors_of(response) == {"": ["This mentorship has ended."]}


# -- The deputy's days


def test_the_page_of_the_deputys_days(cast):
    client = browser(cast.mentor)
    where = address("mentorship_windows", cast.mentorship.public_id)
    assert "has not taken over so far" in client.get(where).content.decode()
    fields = {
        "starts_on": today().isoformat(),
        "ends_on": (today() + WEEK).isoformat(),
        "reason": "Leave",
    }
    response = client.post(where, fields, follow=True)
    text = response.content.decode()
    assert "The deputy takes over on these days." in text
    assert "the deputy acts now" in text and "Leave" in text
    opened = DeputyWindow.objects.get()
    close = address("mentorship_window_close", cast.mentorship.public_id, opened.public_id)
    assert f'action="{close}"' in text
    response = client.post(close, follow=True)
    text = response.content.decode()
    assert "The mentor has the work back." in text
    assert "handed back on" in text
    assert f'action="{close}"' not in text


def test_the_coordinators_reason_is_asked_by_the_field(cast):
    where = address("mentorship_windows", cast.mentorship.public_id)
    fields = {"starts_on": today().isoformat(), "ends_on": today().isoformat()}
    response = browser(cast.coordinator).post(where, fields)
    assert errors_of(response) == {"reason": ["Say why the mentor does not do this."]}
    assert response.context["error_list"][0][1] == "id_reason"
    assert f'value="{today().isoformat()}"' in response.content.decode()
    response = browser(cast.mentor).post(where, fields | {"reason": "r" * 256})
    assert set(errors_of(response)) == {"reason"}
    response = browser(cast.mentor).post(where, {})
    assert errors_of(response) == {
        "starts_on": ["Say from which day the deputy takes over."],
        "ends_on": ["Say until which day the deputy takes over."],
    }


# -- The coordinator's list


def add_mentorships(framework, coordinator, count, *, prefix="m"):
    """So many mentorships, each with an evaluation."""
    found = []
    for number in range(count):
        one = lifecycle.cast(framework, coordinator, prefix=f"{prefix}{number}")
        lifecycle.started(one)
        found.append(one)
    return found


def test_the_list_needs_as_many_queries_for_5_as_for_30(framework, coordinator):
    client = browser(coordinator)
    where = address("mentorships")
    add_mentorships(framework, coordinator, 5)
    before = queries(client, where)
    search = queries(client, where + "?q=Person&state=running")
    add_mentorships(framework, coordinator, 25, prefix="n")
    assert queries(client, where) == before
    assert queries(client, where + "?q=Person&state=running") == search
    assert len(client.get(where).context["rows"]) == 30


def test_running_first_then_filters_and_search(framework, coordinator):
    first, second, third = add_mentorships(framework, coordinator, 3)
    evaluations.discard(
        user=first.mentor,
        evaluation_id=first.mentorship.evaluations.get().public_id,
        reason="By mistake",
    )
    mentorships.end_mentorship(user=coordinator, public_id=first.mentorship.public_id)
    client = browser(coordinator)

    def found(**fields):
        response = client.get(address("mentorships"), fields)
        assert response.status_code == 200
        return [row.mentorship for row in response.context["rows"]]

    assert found() == [second.mentorship, third.mentorship, first.mentorship]
    assert found(state="running") == [second.mentorship, third.mentorship]
    assert found(state="ended") == [first.mentorship]
    assert found(q="m1Person") == [second.mentorship]
    assert found(q="m1person manager") == [second.mentorship]
    assert found(q="m1deputy@example.org") == [second.mentorship]
    assert found(q="m1Person m2Person") == [], "both words in the names of one person"
    assert found(q="m1Person", state="ended") == []
    assert found(q="coordinator") == []
    assert len(found(q="%")) == 0
    # What cannot be understood hides nothing and breaks nothing.
    for bad in ({"state": "asleep"}, {"q": "a\x00b"}, {"q": "x" * 101}, {"page": "last one"}):
        assert len(found(**bad)) == 3
    text = client.get(address("mentorships"), {"state": "ended"}).content.decode()
    assert "1 mentorship" in text
    rows = overview.mentorship_rows([first.mentorship, second.mentorship])
    assert [row.newest and row.newest.state for row in rows] == [None, EvaluationState.DRAFT]


def test_the_list_says_nothing_that_was_written(cast):
    lifecycle.closed(cast)
    text = browser(cast.coordinator).get(address("mentorships")).content.decode()
    assert "interim: closed, talk on" in text
    for words in ("Practise with Luc", "Grows steadily", "by mentor", "Helping at breakfast"):
        assert words not in text


def test_who_had_a_role_is_not_found_any_more(cast, stranger):
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role=Role.MENTOR,
        person=stranger,
        reason="Left",
    )
    assert list(overview.find_mentorships(text="Stranger")) == [cast.mentorship]
    assert not overview.find_mentorships(text="Mentor Person").exists()


def test_pages_keep_what_was_searched(framework, coordinator, monkeypatch):
    monkeypatch.setattr("mentorship_cms.views.mentorships.PAGE_SIZE", 2)
    add_mentorships(framework, coordinator, 3)
    client = browser(coordinator)
    text = client.get(address("mentorships"), {"q": "Person"}).content.decode()
    assert 'href="?q=Person&amp;page=2"' in text
    assert "Page 1 of 2" in text
    assert len(client.get(address("mentorships"), {"page": 2}).context["rows"]) == 1


# -- Making a mentorship


def typed(published, **fields):
    """A filled-in form."""
    return {
        "mentee": "new.mentee",
        "mentor": "Max Maker",
        "deputy_mentor": "",
        "line_manager": "new.manager@example.org",
        "framework": published.pk,
        "context": "placement",
        "stage": "preparation",
        "goals": "First line\r\nsecond line",
        "starts_on": "2026-11-02",
        "ends_on": "",
        "training_organisation": "School X",
        "training_contact": "",
    } | fields


@pytest.fixture
def newcomers(db):
    """The people of :func:`typed`."""
    return {
        Role.MENTEE: make_user("new.mentee"),
        Role.MENTOR: make_user("new.mentor", first_name="Max", last_name="Maker"),
        Role.LINE_MANAGER: make_user("new.manager"),
    }


def test_making(framework, coordinator, newcomers):
    before = rows_of()
    response = browser(coordinator).post(address("mentorship_add"), typed(framework), follow=True)
    mentorship = Mentorship.objects.get()
    assert response.redirect_chain[-1][0].endswith(f"/{mentorship.public_id}/?done=created")
    assert "The mentorship is made." in response.content.decode()
    assert {item.role: item.person for item in mentorship.assignments.all()} == newcomers
    assert mentorship.goals == "First line\nsecond line"
    assert mentorship.starts_on == date(2026, 11, 2)
    assert new_rows(before) == {"Mentorship": 1, "Assignment": 3}


def test_several_of_one_name_are_offered_to_choose_from(framework, coordinator, newcomers):
    twin = make_user("max.two", first_name="Max", last_name="Maker")
    client = browser(coordinator)
    response = client.post(address("mentorship_add"), typed(framework))
    assert errors_of(response) == {"mentor": ["Several people are called so. Choose who is meant."]}
    text = response.content.decode()
    assert response.context["error_list"] == [
        ("Several people are called so. Choose who is meant.", "id_mentor_person_0")
    ]
    assert f'name="mentor-person" value="{twin.pk}" id="id_mentor_person_1"' in text
    assert "Max Maker, max.two@example.org" in text
    # Everything that was typed is there.
    for words in ('value="Max Maker"', 'value="new.mentee"', "second line", 'value="2026-11-02"'):
        assert words in text
    # Somebody who is not called so cannot be slipped in.
    stranger = make_user("slipped")
    response = client.post(
        address("mentorship_add"), typed(framework, **{"mentor-person": stranger.pk})
    )
    assert set(errors_of(response)) == {"mentor"}
    # The choice stays while something else is wrong, and then holds.
    chosen = typed(framework, **{"mentor-person": twin.pk}, starts_on="")
    response = client.post(address("mentorship_add"), chosen)
    assert set(errors_of(response)) == {"starts_on"}
    assert f'value="{twin.pk}" id="id_mentor_person_1" checked' in response.content.decode()
    client.post(address("mentorship_add"), typed(framework, **{"mentor-person": twin.pk}))
    assert mentorship_for(twin, Mentorship.objects.get().public_id).roles == {Role.MENTOR}


def test_too_many_of_one_name(framework, coordinator, newcomers):
    for number in range(people.MOST_MATCHES):
        make_user(f"max{number}", first_name="Max", last_name="Maker")
    response = browser(coordinator).post(address("mentorship_add"), typed(framework))
    assert errors_of(response) == {
        "mentor": ["Too many people are called so. Use a user name or an e-mail address."]
    }


def test_every_message_by_its_field(framework, coordinator, newcomers):
    client = browser(coordinator)
    assert errors_of(client.post(address("mentorship_add"), {})) == {
        "mentee": ["Say who this is."],
        "mentor": ["Say who this is."],
        "line_manager": ["Say who this is."],
        "framework": ["Choose a framework."],
        "context": ["Choose what the mentorship answers to."],
        "stage": ["Choose a stage."],
        "starts_on": ["Say on which day the mentorship starts."],
    }
    response = client.post(
        address("mentorship_add"),
        typed(
            framework,
            mentee="No <Body>",
            framework=999_999,
            context="holiday",
            stage="late",
            starts_on="yesterday",
            training_organisation="x" * 256,
        ),
    )
    assert errors_of(response) == {
        "mentee": ["Nobody is called so: No <Body>."],
        "framework": ["Choose one of the published frameworks."],
        "context": ["Choose what the mentorship answers to."],
        "stage": ["Choose a stage."],
        "starts_on": ["This is not a date. Write it as 31/12/2026."],
        "training_organisation": ["Ensure this value has at most 255 characters (it has 256)."],
    }
    assert "No &lt;Body&gt;" in response.content.decode()
    assert "<Body>" not in response.content.decode()
    response = client.post(
        address("mentorship_add"),
        typed(
            framework,
            line_manager="new.mentor",
            ends_on="2026-11-01",
            goals="g" * 100_000,
        ),
    )
    assert errors_of(response) == {
        "line_manager": [DIFFERENT],
        "ends_on": ["The planned end comes before the start."],
        "goals": ["This text has 100000 characters; 20000 is the most that fits."],
    }
    assert [field for _message, field in response.context["error_list"]] == [
        "id_line_manager",
        "id_goals",
        "id_ends_on",
    ]
    assert "g" * 100_000 in response.content.decode()
    assert not Mentorship.objects.exists()


def test_only_published_frameworks_are_offered(home, framework, coordinator):
    draft = factories.framework(locale=home.locale, title="Draft only")
    draft.live = False
    draft.save()
    offline = factories.published_framework(
        locale=home.locale, title="Offline", rating_scale=framework.rating_scale
    )
    offline.unpublish()
    text = browser(coordinator).get(address("mentorship_add")).content.decode()
    assert "Care assistant (" in text
    assert "Draft only" not in text
    assert "Offline" not in text


def test_no_page_lists_the_people_of_the_intranet(cast, stranger):
    for name in ("mentorship_add", "mentorship_people"):
        arguments = [] if name == "mentorship_add" else [cast.mentorship.public_id]
        text = browser(cast.coordinator).get(address(name, *arguments)).content.decode()
        assert "Stranger" not in text


def test_what_was_typed_comes_back_after_signing_in(framework, coordinator, newcomers):
    client = browser(coordinator)
    where = address("mentorship_add")
    form = client.get(where)
    token = form.context["writer_token"]
    assert f'name="writer" value="{token}"' in form.content.decode()
    client.session.flush()
    anonymous = Client()
    anonymous.post(where, typed(framework, writer=token, starts_on="not a day"))
    anonymous.force_login(coordinator)
    response = anonymous.get(where)
    text = response.content.decode()
    assert "What you had typed is back" in text
    for words in ('value="Max Maker"', "second line", 'value="not a day"', "School X"):
        assert words in text
    assert response.context["error_list"] == []
    assert anonymous.post(where, typed(framework)).status_code == 302
    assert kept.SESSION_KEY not in anonymous.session


# -- Changing a mentorship


def form_fields(response):
    """What a browser would send of the form as it is."""
    form = response.context["form"]
    fields = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else value for name, value in fields.items()} | {
        "revision": response.context["revision"]
    }


def test_changing_the_frame(cast, framework):
    client = browser(cast.coordinator)
    where = address("mentorship_frame", cast.mentorship.public_id)
    fields = form_fields(client.get(where))
    before = rows_of()
    response = client.post(where, fields | {"stage": "guidance", "goals": "Care"}, follow=True)
    assert "Saved." in response.content.decode()
    assert new_rows(before) == {"Mentorship": 1}
    cast.mentorship.refresh_from_db()
    assert (cast.mentorship.stage, cast.mentorship.goals) == (Stage.GUIDANCE, "Care")
    # Nothing changed, so nothing is recorded.
    client.post(where, form_fields(client.get(where)))
    assert new_rows(before) == {"Mentorship": 1}
    # A framework that went offline stays the mentorship's own.
    framework.unpublish()
    fields = form_fields(client.get(where)) | {"goals": "Plan"}
    assert client.post(where, fields).status_code == 302


def test_two_coordinators_at_once_lose_nothing(cast):
    client = browser(cast.coordinator)
    where = address("mentorship_frame", cast.mentorship.public_id)
    fields = form_fields(client.get(where))
    assert client.post(where, fields | {"goals": "Of the first"}).status_code == 302
    response = client.post(where, fields | {"goals": "Of the second"})
    assert errors_of(response) == {"": [str(StaleError.message)]}
    text = response.content.decode()
    assert "Of the first" in text and "Of the second" in text
    cast.mentorship.refresh_from_db()
    assert cast.mentorship.goals == "Of the first"
    again = fields | {"goals": "Of both", "revision": response.context["revision"]}
    assert client.post(where, again).status_code == 302
    cast.mentorship.refresh_from_db()
    assert cast.mentorship.goals == "Of both"
    # A bad form in between does not make an old form new.
    old = client.post(where, fields | {"goals": "Late", "starts_on": ""})
    assert old.context["revision"] == fields["revision"]
    for nonsense in ("", "x", "-1", "9" * 400, "٣"):
        response = client.post(where, fields | {"goals": "Late", "revision": nonsense})
        assert errors_of(response) == {"": [str(StaleError.message)]}


def test_changing_who_takes_part(cast, stranger):
    client = browser(cast.coordinator)
    where = address("mentorship_people", cast.mentorship.public_id)
    response = client.get(where)
    for person in cast.by_role().values():
        assert person.get_full_name() in response.content.decode()
    revision = {"revision": response.context["revision"]}
    before = rows_of()
    response = client.post(where, revision)
    assert errors_of(response) == {"": ["Name who takes part from now on."]}
    # Who has the role already is no change.
    assert client.post(where, {"mentor": "mentor", **revision}).status_code == 302
    assert rows_of() == before
    response = client.post(where, {"mentor": "stranger", **revision})
    assert errors_of(response) == {"reason": ["Say why somebody else takes part from now on."]}
    assert 'value="stranger"' in response.content.decode()
    response = client.post(where, {"mentor": "manager", "reason": "Why not", **revision})
    assert errors_of(response) == {"mentor": [DIFFERENT]}
    response = client.post(
        where, {"mentor": "Sam Stranger", "reason": "Leave", **revision}, follow=True
    )
    assert "This is who takes part from now on." in response.content.decode()
    assert new_rows(before) == {"Assignment": 2}
    assert mentorship_for(stranger, cast.mentorship.public_id).acts_as_mentor
    response = client.post(where, {"mentor": "mentor", "reason": "Late", **revision})
    assert errors_of(response) == {"": [str(StaleError.message)]}
    assert "Sam Stranger" in response.content.decode()


def test_taking_the_deputy_away(cast):
    client = browser(cast.coordinator)
    where = address("mentorship_people", cast.mentorship.public_id)
    fields = {"reason": "Left", "revision": client.get(where).context["revision"]}
    both = {"no_deputy": "on", "deputy_mentor": "coordinator"}
    response = client.post(where, fields | both)
    assert errors_of(response) == {
        "no_deputy": ["Name a new deputy mentor, or say that there is none: not both."]
    }
    assert client.post(where, fields | {"no_deputy": "on"}).status_code == 302
    assert mentorship_for(cast.mentor, cast.mentorship.public_id).person(Role.DEPUTY_MENTOR) is None
    assert "no_deputy" not in client.get(where).content.decode()


def test_ending_by_the_page(cast):
    client = browser(cast.coordinator)
    where = address("mentorship_end", cast.mentorship.public_id)
    evaluation = lifecycle.started(cast)
    response = client.post(where, {"reason": "Goals reached"})
    assert errors_of(response) == {
        "": ["An evaluation is still being written: it is signed or dropped first."]
    }
    assert "Goals reached" in response.content.decode()
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="No need")
    response = client.post(where, {"reason": "Goals reached"}, follow=True)
    assert "The mentorship has ended." in response.content.decode()
    assert "This mentorship ended on" in client.get(where).content.decode()


# -- The shell of every page


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_kept_or_indexed(cast, name):
    user = cast.mentor if "coordinator" not in PAGES[name] else cast.coordinator
    where = address(name, *([] if name in BARE else [cast.mentorship.public_id]))
    response = browser(user).get(where)
    assert response["Cache-Control"] == "no-store, private"
    text = response.content.decode()
    assert "style=" not in text.split('class="mentorship-workspace"')[1].split("</main>")[0]


@pytest.mark.parametrize("name", [name for name in PAGES if name not in READ_ONLY])
def test_every_form_says_who_writes(cast, name):
    user = cast.mentor if "coordinator" not in PAGES[name] else cast.coordinator
    where = address(name, *([] if name in BARE else [cast.mentorship.public_id]))
    text = browser(user).get(where).content.decode()
    assert 'name="writer"' in text
    assert "csrfmiddlewaretoken" in text
