"""How many queries the pages of editors need, whatever else the person is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import CompetencyFramework, FrameworkPage, Upkeep
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships, setup, upkeep
from mentorship_cms.services.publishing import publish
from tests import lifecycle

#: The most queries of a page, Wagtail's own among them.
MOST = 20
#: What an editor may be beside that, as tests/lifecycle.py names the people of a mentorship.
ROLES = ["none", "mentee", "mentor", "deputy", "manager", "coordinator"]


@pytest.fixture
def framework(mentoring):
    """The framework of the starter content, in three languages, with a few versions."""
    framework = CompetencyFramework.objects.get(locale=mentoring.locale)
    assert FrameworkPage.objects.filter(framework=framework).exists()
    for number in range(3):
        draft = framework.get_latest_revision_as_object()
        draft.introduction = f"Introduction {number}"
        publish(snippet=draft, note=f"Note {number}")
        framework.refresh_from_db()
    return framework


@pytest.fixture
def browser(framework, editor, coordinator, request):
    """The browser of an editor with something to check, who has a role in a mentorship."""
    upkeep.hand_over(item=framework, user=editor, owner=editor, remark="Mine")
    Upkeep.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    role = request.getfixturevalue("role")
    cast = lifecycle.cast(framework, coordinator, people={role: editor})
    if role == "coordinator":
        editor.groups.add(Group.objects.get(name=setup.COORDINATORS))
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )
    lifecycle.closed(cast, kind=EvaluationKind.START)
    browser = Client()
    browser.force_login(editor)
    return browser


def pages(framework):
    """The addresses that are measured, by name."""
    register = "mentorship_cms_historical{}_modeladmin_index"
    return {
        "dashboard": reverse("wagtailadmin_home"),
        "report": reverse("mentorship_cms_admin:upkeep_report"),
        "history": reverse(framework.snippet_viewset.get_url_name("history"), args=[framework.pk]),
        "translations": reverse(
            "mentorship_cms_admin:translations", args=["framework", framework.pk]
        ),
        "questions": reverse("mentorship_cms_admin:questions", args=["framework", framework.pk]),
        "register of frameworks": reverse(register.format("competencyframework")),
        "register of competencies": reverse(register.format("competency")),
    }


@pytest.mark.parametrize("role", ROLES)
def test_an_editor_who_has_a_role_in_a_mentorship_needs_no_query_more(browser, framework, role):
    found = {}
    for name, address in pages(framework).items():
        assert browser.get(address).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        found[name] = len(captured)
    assert max(found.values()) <= MOST, found
