"""What an act keeps as it is until its transaction ends."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from mentorship_cms.models import Evaluation, Mentorship
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.content import digest_of
from tests import lifecycle


@pytest.fixture
def locked(monkeypatch):
    """The rows that are locked, as pairs of the model asked and the relations named."""
    found = []
    real = QuerySet.select_for_update

    def noted(self, *args, of=(), **kwargs):
        found.append((self.model, tuple(of)))
        return real(self, *args, of=of, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", noted)
    return found


def test_two_presses_of_a_button_make_one_mentorship(cast, locked, framework):
    """Both wait at the mentee's account, before they look for what runs."""
    with pytest.raises(ValidationError, match="already has a mentorship"):
        mentorships.create_mentorship(
            user=cast.coordinator,
            framework=framework,
            context=cast.mentorship.context,
            starts_on=cast.mentorship.starts_on,
            people=cast.by_role(),
        )
    assert locked == [(type(cast.mentee), ())]


def test_a_signature_and_a_change_of_people_wait_for_each_other(cast, locked, reader):
    """Both lock the row of the mentorship, before they ask who has which role."""
    evaluation = lifecycle.talked(cast)
    locked.clear()
    evaluations.sign(
        user=cast.mentor, evaluation_id=evaluation.public_id, seen_digest=digest_of(evaluation)
    )
    assert locked == [(Evaluation, ("self", "mentorship"))]
    locked.clear()
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role="mentor",
        person=reader,
        reason="Left",
    )
    assert locked == [(Mentorship, ())]
