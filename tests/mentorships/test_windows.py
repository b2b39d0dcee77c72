"""The deputy's days, in the services and on their page."""

import pytest
from django.core.exceptions import ValidationError

from mentorship_cms.choices import Act, Role
from mentorship_cms.models import DeputyWindow
from mentorship_cms.permissions import NotVisible, evaluation_for, mentorship_for, today
from mentorship_cms.services import mentorships
from tests import lifecycle
from tests.mentorships.helpers import WEEK, address, browser, errors_of, new_rows, rows_of, window

# -- In the services


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


def test_the_deputys_days_end_with_the_mentorship(cast):
    evaluation = lifecycle.closed(cast)
    running, later = window(cast, end=3), window(cast, start=10, end=300)
    back = window(cast, start=5, end=8)
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=back.public_id
    )
    before = rows_of()
    mentorships.end_mentorship(
        user=cast.coordinator, public_id=cast.mentorship.public_id, reason="Goals reached"
    )
    assert new_rows(before) == {"Mentorship": 1, "DeputyWindow": 2}
    for one in (running, later):
        row = one.history.first()
        assert (row.act, row.history_change_reason) == (Act.END, "Goals reached")
        assert row.change_set == cast.mentorship.history.first().change_set
    assert not DeputyWindow.objects.filter(closed_at__isnull=True).exists()
    with pytest.raises(NotVisible):
        evaluation_for(cast.deputy, evaluation.public_id)


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


# -- On their page


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
