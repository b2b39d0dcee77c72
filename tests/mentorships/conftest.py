"""Fixtures of the tests of mentorships."""

import pytest
from django.utils import translation

from tests.factories import make_user


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def stranger(db):
    """Somebody with an account and no role in the mentorship."""
    return make_user("stranger", first_name="Sam", last_name="Stranger")
