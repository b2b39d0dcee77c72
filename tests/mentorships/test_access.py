"""Who gets which page of the workspace, and what every page of it has in common."""

import pytest
from django.test import Client

from mentorship_cms.choices import Role
from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import today
from tests.mentorships.helpers import address, browser, rows_of, window

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
