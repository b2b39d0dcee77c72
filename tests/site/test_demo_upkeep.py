"""How the demonstration's texts are kept current: something of each sort, and nothing twice."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from mentorship_cms.models import (
    CompetencyFramework,
    Flag,
    RoleDescription,
    Upkeep,
    UpkeepAct,
)
from mentorship_cms.services.translation_overview import behind
from mentorship_cms.services.upkeep import owner_of

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file to which it writes a new size of a picture to be closed by itself.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning"),
]


def load():
    with override_settings(DEBUG=True):
        call_command("load_demo", stdout=StringIO())


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup, django_db_blocker):
    """Load the demonstration for all tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def test_most_texts_were_checked_and_something_waits():
    waits = [row.item for row in Upkeep.objects.filter(confirmed_at=None)]
    assert {item.role for item in waits} == {"mentee", "management"}
    assert len(waits) == 6
    assert set(UpkeepAct.objects.values_list("kind", flat=True)) == {
        "confirmed",
        "postponed",
        "delegated",
    }


def test_the_editor_answers_for_what_lies_beneath_the_project_page():
    editor = get_user_model().objects.get(username="editor")
    assert {owner_of(role) for role in RoleDescription.objects.all()} == {editor}


def test_one_question_waits_and_one_was_answered():
    assert set(Flag.objects.values_list("state", flat=True)) == {"open", "answered"}
    assert {flag.reporter.username for flag in Flag.objects.all()} == {"reader", "mentor"}


def test_one_translation_is_behind():
    framework = CompetencyFramework.objects.get(locale__language_code="nl")
    assert [locale.language_code for locale, _number in behind(framework)] == ["en"]


def test_loading_again_changes_nothing_and_mails_nobody():
    models = (Upkeep, UpkeepAct, Flag)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    load()
    assert [list(model.objects.order_by("pk").values()) for model in models] == before
    assert not mail.outbox
