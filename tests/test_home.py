"""My mentorships: what is due for whom, and which mentorships they find."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from intranet.models import PracticalPage
from mentorship_cms.choices import EvaluationKind, Outcome, Role, Verdict
from mentorship_cms.models import ActionPoint, Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.tasks import TaskKind, desk_of
from tests import lifecycle
from tests.factories import make_user

#: Queries that the page may need beyond those of a bare page (issue 3).
MOST_QUERIES = 8


def tasks_of(user):
    """What is due for somebody, in order."""
    return desk_of(user).tasks


def kinds(user):
    return [task.kind for task in tasks_of(user)]


def everybody(cast):
    """What is due for each, by name."""
    return {name: kinds(getattr(cast, name)) for name in ("mentor", "mentee", "manager", "deputy")}


def due(mentor=(), mentee=(), manager=(), deputy=()):
    return {
        "mentor": list(mentor),
        "mentee": list(mentee),
        "manager": list(manager),
        "deputy": list(deputy),
    }


def put_back(evaluation, **days):
    """Let dates of an evaluation lie so many days earlier."""
    moved = {
        name: getattr(evaluation, name) - timedelta(days=count) for name, count in days.items()
    }
    Evaluation.objects.filter(pk=evaluation.pk).update(**moved)


def open_window(cast, *, starts_in=0):
    day = today() + timedelta(days=starts_in)
    return mentorships.open_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, starts_on=day, ends_on=day
    )


def share(evaluation, user):
    lifecycle.write(evaluation, user)
    evaluations.share_sheet(user=user, evaluation_id=evaluation.public_id)


# -- What is due


def test_nothing_is_due_without_evaluations(cast):
    assert everybody(cast) == due()


def test_both_write_their_own_sheet(cast):
    evaluation = lifecycle.started(cast, talk_in=7)
    assert everybody(cast) == due(mentor=[TaskKind.WRITE], mentee=[TaskKind.WRITE])
    (task,) = tasks_of(cast.mentor)
    assert task.due_on == evaluation.talk_on
    assert task.mentee == cast.mentee
    assert task.address == reverse("mentorship_cms:sheet", args=[evaluation.public_id])
    assert (task.is_overdue, task.is_due_today, task.as_deputy) == (False, False, False)


def test_who_shared_waits_for_the_other(cast):
    share(lifecycle.started(cast), cast.mentee)
    assert everybody(cast) == due(mentor=[TaskKind.WRITE])


def test_after_the_date_the_mentor_may_go_on(cast):
    evaluation = lifecycle.started(cast, talk_in=0)
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    share(evaluation, cast.mentor)
    assert everybody(cast) == due(mentee=[TaskKind.WRITE])
    assert tasks_of(cast.mentee)[0].is_due_today
    put_back(evaluation, talk_on=1)
    assert everybody(cast) == due(mentor=[TaskKind.REVEAL], mentee=[TaskKind.WRITE])
    assert tasks_of(cast.mentee)[0].is_overdue
    # Going on is a possibility, and never late.
    assert not tasks_of(cast.mentor)[0].is_overdue


def test_a_dropped_evaluation_gives_no_task(cast):
    evaluation = lifecycle.started(cast)
    evaluations.discard(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Twice")
    assert everybody(cast) == due()
    assert desk_of(cast.mentor).places[0].last is None


def test_the_talk_follows_when_both_have_shared(cast):
    evaluation = lifecycle.shared(cast)
    assert everybody(cast) == due(mentor=[TaskKind.TALK], mentee=[TaskKind.PREPARE])
    lifecycle.talked(cast, evaluation)
    assert everybody(cast) == due(mentor=[TaskKind.SIGN], mentee=[TaskKind.PREPARE])


def test_a_sheet_that_was_taken_back_waits_again(cast):
    evaluation = lifecycle.shared(cast)
    for user in (cast.mentor, cast.mentee):
        evaluations.take_back_sheet(
            user=user, evaluation_id=evaluation.public_id, reason="A mistake"
        )
    assert everybody(cast) == due(mentor=[TaskKind.WRITE], mentee=[TaskKind.WRITE])


def test_line_manager_and_mentee_sign_after_the_mentor(cast):
    evaluation = lifecycle.signed(cast)
    assert everybody(cast) == due(mentee=[TaskKind.SIGN], manager=[TaskKind.SIGN])
    assert tasks_of(cast.manager)[0].due_on == today() + timedelta(days=14)
    lifecycle.sign(evaluation, cast.manager)
    assert everybody(cast) == due(mentee=[TaskKind.SIGN])


def test_a_missing_signature_can_be_recorded_in_time(cast):
    evaluation = lifecycle.signed(cast)
    put_back(evaluation, signed_at=13)
    assert kinds(cast.mentor) == []
    put_back(evaluation, signed_at=15)
    assert everybody(cast) == due(
        mentor=[TaskKind.MISSING], mentee=[TaskKind.SIGN], manager=[TaskKind.SIGN]
    )
    assert tasks_of(cast.manager)[0].is_overdue
    for role in (Role.LINE_MANAGER, Role.MENTEE):
        evaluations.record_missing(
            user=cast.mentor,
            evaluation_id=evaluation.public_id,
            role=role,
            verdict=Verdict.ABSENT,
            reason="On leave",
        )
    assert everybody(cast) == due()


def test_a_correction_is_the_mentors_to_write(cast):
    evaluation = lifecycle.closed(cast)
    evaluations.start_correction(
        user=cast.mentor, evaluation_id=evaluation.public_id, reason="Wrong day"
    )
    assert everybody(cast) == due(mentor=[TaskKind.WRITE])
    # The mentee does not learn of it before it is shared.
    assert desk_of(cast.mentee).places[0].last == evaluation


def test_late_things_come_first(cast):
    late = lifecycle.started(cast, kind=EvaluationKind.INTERIM, talk_in=0)
    soon = lifecycle.started(cast, kind=EvaluationKind.EXTRA, talk_in=1)
    later = lifecycle.started(cast, kind=EvaluationKind.FINAL, talk_in=5)
    put_back(late, talk_on=3)
    assert [task.evaluation for task in tasks_of(cast.mentee)] == [late, soon, later]
    # What can be done since long ago is not late, and comes after what is.
    put_back(lifecycle.signed(cast, kind=EvaluationKind.START), signed_at=40)
    tasks = tasks_of(cast.mentor)
    assert [task.kind for task in tasks[:2]] == [TaskKind.WRITE, TaskKind.MISSING]


# -- Action points


def set_due(day):
    ActionPoint.objects.update(due_on=day)


def test_an_action_point_is_shown_to_its_owner_when_it_is_near(cast):
    evaluation = lifecycle.closed(cast)
    set_due(today() + timedelta(days=15))
    assert everybody(cast) == due()
    set_due(None)
    assert everybody(cast) == due()
    set_due(today() + timedelta(days=14))
    assert everybody(cast) == due(mentee=[TaskKind.POINT])
    set_due(today() - timedelta(days=1))
    (task,) = tasks_of(cast.mentee)
    assert task.is_overdue
    assert task.point.text == "Practise with Luc"
    page = reverse("mentorship_cms:evaluation", args=[evaluation.public_id])
    assert task.address == f"{page}#action-points"


def test_an_action_point_of_an_unsigned_talk_is_not_due(cast):
    lifecycle.talked(cast)
    set_due(today())
    assert TaskKind.POINT not in kinds(cast.mentee)


@pytest.mark.parametrize(
    ("outcome", "is_due"), [(Outcome.DONE, False), (Outcome.DROPPED, False), (Outcome.PARTLY, True)]
)
def test_a_settled_action_point_is_not_due(cast, outcome, is_due):
    lifecycle.closed(cast)
    set_due(today())
    later = lifecycle.shared(cast, kind=EvaluationKind.FINAL)
    evaluations.save_talk(
        user=cast.mentor,
        evaluation_id=later.public_id,
        revision=later.revision,
        conclusion="Ready",
        needs="",
        points=[],
        outcomes={ActionPoint.objects.get().public_id: (outcome, "")},
    )
    assert TaskKind.POINT in kinds(cast.mentee)
    lifecycle.sign(later, cast.mentor)
    assert (TaskKind.POINT in kinds(cast.mentee)) == is_due


def test_a_signed_correction_takes_the_place_of_what_was_agreed(cast):
    old = lifecycle.closed(cast)
    new = evaluations.start_correction(
        user=cast.mentor, evaluation_id=old.public_id, reason="Wrong day"
    )
    set_due(today())
    assert [task.evaluation for task in tasks_of(cast.mentee)] == [old]
    evaluations.share_sheet(user=cast.mentor, evaluation_id=new.public_id)
    lifecycle.sign(new, cast.mentor)
    points = [task.evaluation for task in tasks_of(cast.mentee) if task.point]
    assert points == [new]


def test_an_ended_mentorship_asks_for_no_action_points(cast):
    lifecycle.closed(cast)
    set_due(today())
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    desk = desk_of(cast.mentee)
    assert desk.tasks == []
    assert (len(desk.running), len(desk.ended)) == (0, 1)


# -- The deputy


def test_the_deputy_acts_inside_the_window_alone(cast):
    lifecycle.started(cast)
    window = open_window(cast, starts_in=1)
    assert kinds(cast.deputy) == []
    assert desk_of(cast.deputy).places[0].last is None
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=window.public_id
    )
    window = open_window(cast)
    (task,) = tasks_of(cast.deputy)
    assert (task.kind, task.as_deputy) == (TaskKind.WRITE, True)
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=window.public_id
    )
    assert kinds(cast.deputy) == []


def test_an_action_point_of_the_mentor_is_not_the_deputys(cast):
    lifecycle.closed(cast)
    ActionPoint.objects.update(due_on=today(), owner=Role.MENTOR)
    open_window(cast)
    assert everybody(cast) == due(mentor=[TaskKind.POINT])


def test_whoever_loses_the_role_finds_nothing(cast):
    lifecycle.started(cast)
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role=Role.MENTOR,
        person=make_user("successor"),
        reason="Another ward",
    )
    assert desk_of(cast.mentor) == desk_of(make_user("stranger"))
    assert kinds(cast.mentor) == []


def test_who_is_no_longer_active_finds_nothing(cast):
    lifecycle.started(cast)
    cast.mentee.is_active = False
    assert desk_of(cast.mentee).places == []


def test_the_last_evaluation_is_the_newest_that_the_reader_may_open(cast):
    first = lifecycle.closed(cast)
    second = lifecycle.started(cast, kind=EvaluationKind.FINAL)
    last = {
        name: desk_of(getattr(cast, name)).places[0].last
        for name in ("mentor", "mentee", "manager", "deputy")
    }
    assert last == {"mentor": second, "mentee": second, "manager": first, "deputy": None}


# -- The page


def address_of_home(language):
    with translation.override(language):
        return reverse("mentorship_cms:home")


def page(client, user):
    client.force_login(user)
    response = client.get(address_of_home("en"))
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_asks_to_sign_in(client, db):
    response = client.get(address_of_home("nl"))
    assert response.status_code == 302
    assert "no-store" in response.headers["Cache-Control"]


def test_the_page_leads_from_a_task_to_its_form(client, cast):
    evaluation = lifecycle.started(cast, talk_in=0)
    put_back(evaluation, talk_on=2)
    html = page(client, cast.mentor)
    assert f"/en/mentorships/evaluations/{evaluation.public_id}/sheet/" in html
    assert "Write your sheet on Mentee Person" in html
    assert "Late" in html
    assert f"/en/mentorships/{cast.mentorship.public_id}/progress/" in html
    assert "Write your own sheet" in page(client, cast.mentee)
    assert "Nothing waits for you today." in page(client, cast.manager)
    # A deputy without a window reads of the mentorship, and of nothing in it.
    html = page(client, cast.deputy)
    assert f"/en/mentorships/{cast.mentorship.public_id}/" in html
    assert "/progress/" not in html
    assert str(evaluation.public_id) not in html


def test_every_sort_of_task_has_words_of_its_own(client, cast):
    share(lifecycle.started(cast, kind=EvaluationKind.FINAL), cast.mentee)
    lifecycle.shared(cast)
    evaluation = lifecycle.signed(cast, kind=EvaluationKind.START)
    put_back(evaluation, signed_at=20)
    ActionPoint.objects.update(due_on=today())
    html = page(client, cast.mentor)
    assert "Hold the talk with Mentee Person and write down the conclusion" in html
    assert "Record who did not sign the evaluation of Mentee Person" in html
    html = page(client, cast.mentee)
    assert "Read both sheets before the talk" in html
    assert "Sign for having seen your evaluation" in html
    assert "Practise with Luc" in html
    assert "Sign the evaluation of Mentee Person" in page(client, cast.manager)
    open_window(cast)
    assert "as deputy" in page(client, cast.deputy)


def test_what_was_agreed_is_shown_as_text(client, cast):
    lifecycle.closed(cast)
    ActionPoint.objects.update(due_on=today(), text="<script>alert(1)</script>")
    html = page(client, cast.mentee)
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_ended_mentorships_stand_apart(client, cast):
    lifecycle.closed(cast)
    mentorships.end_mentorship(user=cast.coordinator, public_id=cast.mentorship.public_id)
    html = page(client, cast.mentor)
    assert "1 mentorship that has ended" in html


def test_strangers_get_friendly_words(client, cast, reader, administrator):
    for user in (reader, administrator):
        html = page(client, user)
        assert "You take part in no mentorship at the moment." in html
        assert "/mentorships/add/" not in html
        assert str(cast.mentorship.public_id) not in html


def test_coordinators_find_all_mentorships(client, cast):
    html = page(client, cast.coordinator)
    assert "/en/mentorships/all/" in html
    assert "/en/mentorships/add/" in html
    assert str(cast.mentorship.public_id) not in html


def test_the_window_is_named_after_the_page(client, cast):
    assert "<title>My mentorships –" in page(client, cast.mentor)


def test_the_site_leads_here_when_signed_in(client, cast, home):
    address = address_of_home("nl")
    bare = home.add_child(instance=PracticalPage(title="Bare", locale=home.locale))
    assert f'href="{address}"' not in client.get(bare.get_url()).content.decode()
    client.force_login(cast.mentee)
    assert f'href="{address}"' in client.get(bare.get_url()).content.decode()


# -- Queries


def count(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_page_needs_few_queries_however_much_there_is(client, cast, framework, home):
    bare = home.add_child(instance=PracticalPage(title="Bare", locale=home.locale))
    address = address_of_home("nl")
    lifecycle.closed(cast)
    lifecycle.signed(cast, kind=EvaluationKind.EXTRA)
    lifecycle.started(cast)
    ActionPoint.objects.update(due_on=today())
    open_window(cast)
    few = {}
    for user in (cast.mentor, cast.mentee, cast.manager, cast.deputy, cast.coordinator):
        client.force_login(user)
        few[user] = count(client, address)
        assert few[user] <= count(client, bare.get_url()) + MOST_QUERIES
    for number in range(3):
        other = lifecycle.cast(framework, cast.coordinator, prefix=f"other{number}")
        for role, person in (
            (Role.MENTOR, cast.mentor),
            (Role.LINE_MANAGER, cast.manager),
            (Role.DEPUTY_MENTOR, cast.deputy),
        ):
            mentorships.assign(
                user=cast.coordinator,
                public_id=other.mentorship.public_id,
                role=role,
                person=person,
                reason="Another ward",
            )
        other.mentor, other.manager, other.deputy = cast.mentor, cast.manager, cast.deputy
        lifecycle.closed(other)
        lifecycle.signed(other, kind=EvaluationKind.EXTRA)
        lifecycle.started(other)
        ActionPoint.objects.update(due_on=today())
    for user, queries in few.items():
        client.force_login(user)
        assert count(client, address) == queries
    assert len(tasks_of(cast.mentor)) == 4
    assert len(tasks_of(cast.manager)) == 4
