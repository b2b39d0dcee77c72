"""What the tests of mentorships share: addresses, form fields, rows of history."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mentorship_cms.models import Assignment, DeputyWindow, Evaluation, Mentorship
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships

DIFFERENT = "Mentee, mentor, deputy and line manager are four different people."

WEEK = timedelta(days=7)


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


def window(cast, user=None, start=0, end=7, **fields):
    """Let the deputy take over, by days from today."""
    return mentorships.open_window(
        user=user or cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today() + timedelta(days=start),
        ends_on=today() + timedelta(days=end),
        **fields,
    )


def queries(client, where):
    """How many queries a page needs, the second time."""
    client.get(where)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(where).status_code == 200
    return len(captured)
