"""The acts on an evaluation, in order, and what each leaves behind."""

import pytest

from mentorship_cms.choices import EvaluationState
from mentorship_cms.services.content import is_intact
from tests import lifecycle


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship with its people."""
    return lifecycle.cast(framework, coordinator)


def test_the_whole_path(cast):
    evaluation = lifecycle.closed(cast)
    assert evaluation.state == EvaluationState.CLOSED
    assert is_intact(evaluation)
    print([(h.act, h.history_type, h.person_name, h.capacity) for h in evaluation.history.all()])
    from mentorship_cms.models import Rating, Sheet, ActionPoint, Signature

    for m in (Sheet, Rating, ActionPoint, Signature):
        print(
            m.__name__,
            [
                (h.act, h.history_type, h.person_name, h.capacity, h.history_user)
                for h in m.history.all()
            ],
        )
