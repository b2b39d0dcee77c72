"""Who may open which page of an evaluation, in which state."""

import pytest

from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import DeputyWindow
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations as acts
from tests import lifecycle
from tests.evaluation_pages.helpers import address, deputise, text_of

ACTS = {
    "evaluation_details": "may_edit_details",
    "evaluation_discard": "may_discard",
    "evaluation_version": "may_move",
    "evaluation_reveal": "may_reveal",
    "talk": "may_talk",
    "sign": "signing_role",
    "signature_missing": "may_record_missing",
    "evaluation_correct": "may_correct",
}


@pytest.fixture
def states(framework, coordinator):
    """An evaluation in each state, each of a mentorship of its own, by the name of the state."""
    found = {}
    for name in ("draft", "shared", "signed", "closed", "discarded"):
        people = lifecycle.cast(framework, coordinator, prefix=f"{name}-")
        if name == "discarded":
            evaluation = lifecycle.started(people)
            lifecycle.write(evaluation, people.mentor, remark=f"by {people.mentor.username}")
            acts.discard(
                user=people.mentor, evaluation_id=evaluation.public_id, reason="Why discarded"
            )
        elif name == "draft":
            evaluation = lifecycle.started(people)
            lifecycle.write(evaluation, people.mentor, remark=f"by {people.mentor.username}")
            lifecycle.write(evaluation, people.mentee, remark=f"by {people.mentee.username}")
        else:
            evaluation = getattr(lifecycle, "talked" if name == "shared" else name)(people)
        evaluation.refresh_from_db()
        found[name] = (people, evaluation)
    return found


#: For each state, what mentor, deputy, mentee, line manager and coordinator get of the hub:
#: the "whole", the "frame" (state and dates), or nothing.
HUB = {
    "draft": {"mentor": "own", "deputy": None, "mentee": "own", "manager": None},
    "shared": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "signed": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "closed": {"mentor": "whole", "deputy": None, "mentee": "whole", "manager": "whole"},
    "discarded": {"mentor": "frame", "deputy": None, "mentee": "frame", "manager": None},
}


def test_each_role_reads_what_it_may_in_each_state(states, visit, reader, administrator):
    for state, roles in HUB.items():
        people, evaluation = states[state]
        canaries = {f"by {people.mentor.username}", f"by {people.mentee.username}"}
        talk = {"Grows steadily", "More practice", "Practise with Luc", "Helping at breakfast"}
        for role, seen in roles.items():
            user = getattr(people, role)
            page = text_of(visit(user, evaluation, status=200 if seen else 404))
            for text in canaries | talk:
                assert (text in page) is (seen == "whole"), (state, role, text)
        frame = visit(people.coordinator, evaluation).content.decode()
        for text in canaries | talk | {"With help", "Competency A1", people.mentor.last_name}:
            assert text not in frame, (state, "coordinator", text)
        for stranger in (reader, administrator):
            visit(stranger, evaluation, status=404)


def test_the_deputy_acts_in_the_window_only(states, visit):
    for state, (people, evaluation) in states.items():
        visit(people.deputy, evaluation, status=404)
        deputise(people)
        page = text_of(visit(people.deputy, evaluation))
        assert ("by " + people.mentee.username in page) is (state in ("shared", "signed", "closed"))
        DeputyWindow.objects.update(closed_at=evaluation.created_at)
        visit(people.deputy, evaluation, status=404)


def test_pages_of_acts_are_for_those_who_take_part(states, client, reader):
    takes_part = {
        "mentor": set(ACTS),
        "mentee": {"talk", "sign"},
        "manager": {"sign"},
        "coordinator": set(),
    }
    for state, (people, evaluation) in states.items():
        for role, allowed in takes_part.items():
            client.force_login(getattr(people, role))
            for name in ACTS:
                hidden = name not in allowed or HUB[state].get(role, "frame") is None
                if state == "discarded" and name == "sign":
                    hidden = True
                # Too long a reason, so that nothing is done.
                for method, data in (("get", {}), ("post", {"reason": "x" * 20_001})):
                    answer = getattr(client, method)(address(evaluation, name), data)
                    assert (answer.status_code == 404) is hidden, (state, role, name, method)
            keep = client.post(address(evaluation, "talk_keep"), {"name": "needs", "text": "x"})
            may_keep = role in ("mentor", "mentee") and HUB[state][role] is not None
            assert (keep.status_code == 404) is not may_keep, (state, role)
        client.force_login(reader)
        for name in (*ACTS, "evaluation_history", "talk_keep"):
            assert client.get(address(evaluation, name)).status_code == 404
            assert client.post(address(evaluation, name)).status_code == 404


def test_a_page_whose_time_is_over_leads_to_the_evaluation(states, client):
    people, evaluation = states["closed"]
    client.force_login(people.mentor)
    for name in ACTS:
        response = client.get(address(evaluation, name))
        if name == "evaluation_correct":
            assert response.status_code == 200
        else:
            assert response.status_code == 302, name
            assert response.url == address(evaluation)


def test_a_late_post_tells_why_and_keeps_what_was_typed(states, client):
    people, evaluation = states["closed"]
    client.force_login(people.mentor)
    typed = {
        "evaluation_details": {"situation": "Typed late", "talk_on": str(today())},
        "evaluation_discard": {"reason": "Typed late"},
        "talk": {"conclusion": "Typed late", "rows": "0"},
        "sign": {"remark": "Typed late"},
        "signature_missing": {"reason": "Typed late", "role": "mentee", "verdict": "absent"},
    }
    for name, data in typed.items():
        response = client.post(address(evaluation, name), data)
        assert response.status_code == 200, name
        if name != "signature_missing":
            assert "This cannot be done now" in text_of(response), name
        assert "Typed late" in response.content.decode(), name
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED


def test_pages_are_never_kept_and_anonymous_visitors_sign_in(states, client):
    people, evaluation = states["shared"]
    for name in (*ACTS, "evaluation", "evaluation_history"):
        response = client.get(address(evaluation, name))
        assert response.status_code == 302 and "/login/" in response.url, name
        assert response["Cache-Control"] == "no-store, private"
    client.force_login(people.mentor)
    for name in ("evaluation", "talk", "sign", "evaluation_history", "evaluation_details"):
        response = client.get(address(evaluation, name))
        assert response.status_code == 200
        assert response["Cache-Control"] == "no-store, private"
        assert "noindex" in response["X-Robots-Tag"]
    assert client.get(address(evaluation, "talk_keep")).status_code == 405
