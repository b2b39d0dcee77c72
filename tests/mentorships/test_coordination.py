"""The coordinator's forms: making a mentorship, changing and ending it."""

from datetime import date

import pytest
from django.test import Client

from mentorship_cms.choices import Role, Stage
from mentorship_cms.models import Mentorship
from mentorship_cms.permissions import mentorship_for
from mentorship_cms.services import evaluations, people
from mentorship_cms.services.errors import StaleError
from mentorship_cms.views import kept
from tests import factories, lifecycle
from tests.factories import make_user
from tests.mentorships.helpers import DIFFERENT, address, browser, errors_of, new_rows, rows_of

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


def test_a_part_of_a_name_offers_who_may_be_meant(framework, coordinator, newcomers):
    client = browser(coordinator)
    mentor = newcomers[Role.MENTOR]
    gone = make_user("gone", first_name="Mia", last_name="Makersson")
    gone.is_active = False
    gone.save()
    data = typed(framework, mentor="make")
    response = client.post(address("mentorship_add"), data)
    assert errors_of(response) == {"mentor": ["Nobody is called exactly so. Choose who is meant."]}
    text = response.content.decode()
    assert f'name="mentor-person" value="{mentor.pk}"' in text
    assert f'value="{gone.pk}"' not in text
    # One letter is no name to look for.
    response = client.post(address("mentorship_add"), data | {"mentor": "m"})
    assert "Nobody is called so: m." in errors_of(response)["mentor"]
    chosen = data | {"mentor-person": str(mentor.pk)}
    assert client.post(address("mentorship_add"), chosen).status_code == 302


def test_the_same_message_twice_names_its_field(framework, coordinator, newcomers):
    data = typed(framework, mentor="", line_manager="")
    text = browser(coordinator).post(address("mentorship_add"), data).content.decode()
    assert "Mentor: Say who this is." in text and "Line manager: Say who this is." in text


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
