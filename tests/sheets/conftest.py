"""Fixtures of the tests of the sheet."""

import pytest

from tests import lifecycle
from tests.sheets.helpers import browser_of


@pytest.fixture
def evaluation(cast):
    """An evaluation of which nothing is written."""
    return lifecycle.started(cast)


@pytest.fixture
def content(evaluation):
    """What the evaluation is on: areas A and B with two competencies each, two levels."""
    return evaluation.framework_version.content


@pytest.fixture
def mentor(cast):
    """The mentor's browser."""
    return browser_of(cast.mentor)
