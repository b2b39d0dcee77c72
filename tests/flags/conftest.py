"""Fixtures of the tests of questions."""

import pytest
from django.test import Client

from mentorship_cms.models import FrameworkPage


@pytest.fixture
def page(mentoring, framework):
    """A page that shows the small framework."""
    page = FrameworkPage(title="Zorg", slug="zorg", framework=framework, locale=mentoring.locale)
    return mentoring.add_child(instance=page)


@pytest.fixture
def version(framework):
    """The published version of the small framework."""
    return framework.versions.get()


@pytest.fixture
def part(version):
    """Its first competency, as published."""
    return version.content.competencies[0]


@pytest.fixture
def browser(reader):
    """A browser of a reader of the team who is signed in."""
    browser = Client()
    browser.force_login(reader)
    return browser
