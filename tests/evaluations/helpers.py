"""What the tests of acts on evaluations share."""

from collections import Counter
from datetime import timedelta

from mentorship_cms.models import ActionOutcome, ActionPoint, Evaluation, Rating, Sheet, Signature
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships

RECORDS = (Evaluation, Sheet, Rating, ActionPoint, ActionOutcome, Signature)


def told(found):
    """Rows of history as pairs of a model and a change, counted."""
    return Counter(f"{row.history_type}{name}" for name, row in found)


def assert_act(found, act, user, capacity, reason=""):
    """Hold the rows of one act against who did it, as what and why."""
    assert {row.act for _name, row in found} == {act}
    assert {row.history_user for _name, row in found} == {user}
    assert {row.person_name for _name, row in found} == {user.get_full_name()}
    assert {row.capacity for _name, row in found} == {capacity}
    assert {row.history_change_reason or "" for _name, row in found} == {reason}
    assert len({row.change_set for _name, row in found}) == 1


def take_over(cast, first=0, last=0):
    """Let the deputy take over."""
    return mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today() + timedelta(days=first),
        ends_on=today() + timedelta(days=last),
    )


def details(cast, evaluation, **changes):
    """Change dates or situation, as the mentor."""
    values = {
        "talk_on": evaluation.talk_on,
        "observed_on": evaluation.observed_on,
        "situation": evaluation.situation,
        "revision": evaluation.revision,
    }
    changed = evaluations.change_details(
        user=cast.mentor, evaluation_id=evaluation.public_id, **values | changes
    )
    evaluation.refresh_from_db()
    return changed


def talk(user, evaluation, **changes):
    """Save the talk."""
    values = {"conclusion": "", "needs": "", "points": [], "outcomes": {}}
    values["revision"] = evaluation.revision
    evaluations.save_talk(user=user, evaluation_id=evaluation.public_id, **values | changes)
    evaluation.refresh_from_db()


def refused(error, field=None):
    """The words of a refusal, by the field it stands with."""
    if field is None:
        return " ".join(error.value.messages)
    return " ".join(error.value.message_dict[field])
