"""Fixtures of the tests of acts on evaluations."""

import pytest
from django.utils import translation

from tests.evaluations.helpers import RECORDS


@pytest.fixture(autouse=True)
def _source_language():
    """Messages as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def rows():
    """Return a function that tells which rows of history were added since it was last called."""
    seen = {model: set() for model in RECORDS}

    def new():
        found = []
        for model in RECORDS:
            for row in model.history.order_by("history_id"):
                if row.pk not in seen[model]:
                    seen[model].add(row.pk)
                    found.append((model.__name__, row))
        return found

    return new
