"""Fixtures shared by the tests: people, and small published items."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management import call_command
from django.utils import translation
from wagtail.models import Locale, Page, Site

from mentorship_cms.models import MentoringProjectPage
from mentorship_cms.services import setup
from tests import factories, lifecycle
from tests.factories import make_user


@pytest.fixture(autouse=True)
def _empty_cache():
    """No test reads a body that another test rendered."""
    cache.clear()


@pytest.fixture(autouse=True)
def _language_of_the_site():
    """No test speaks the language of a request that another test made."""
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Set a mentoring project up once; each test sees it and leaves it as it was."""
    with django_db_blocker.unblock():
        for language in ("nl", "fr", "en"):
            Locale.objects.get_or_create(language_code=language)
        Page.objects.filter(depth__gt=1).delete()
        Site.objects.all().delete()
        home = Page.objects.get(depth=1).add_child(
            instance=Page(
                title="Intranet", slug="intranet", locale=Locale.objects.get(language_code="nl")
            )
        )
        Site.objects.create(hostname="testserver", root_page=home, is_default_site=True)
        call_command(
            "mentorship_setup", parent=str(home.pk), language=["nl", "fr", "en"], verbosity=0
        )


@pytest.fixture
def in_english():
    """The interface in English, whose words the tests know."""
    with translation.override("en"):
        yield


@pytest.fixture
def english(db):
    """The English locale."""
    return Locale.objects.get(language_code="en")


@pytest.fixture
def home(db):
    """The Dutch home page, root of the default site."""
    return Page.objects.get(slug="intranet")


@pytest.fixture
def mentoring(db):
    """The Dutch project page, with the starter content in three languages."""
    return MentoringProjectPage.objects.get(locale__language_code="nl")


@pytest.fixture
def framework(home):
    """A small published framework."""
    return factories.published_framework(locale=home.locale)


@pytest.fixture
def role(home):
    """A small published role description."""
    return factories.published_role(locale=home.locale)


@pytest.fixture
def reader(db):
    """A member of the team: signed in, no rights in the admin."""
    return make_user("reader", first_name="Rana", last_name="Reader")


@pytest.fixture
def editor(mentoring):
    """An editor of the mentoring project."""
    return make_user("editor", setup.EDITORS, first_name="Edith", last_name="Editor")


@pytest.fixture
def coordinator(mentoring):
    """A coordinator of mentorships."""
    return make_user("coordinator", setup.COORDINATORS)


@pytest.fixture
def administrator(db):
    """The site's administrator."""
    return get_user_model().objects.create_superuser(
        username="admin", email="admin@example.org", password="admin"
    )


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)
