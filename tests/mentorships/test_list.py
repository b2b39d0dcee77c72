"""The coordinator's list of mentorships."""

from mentorship_cms.choices import EvaluationState, Role
from mentorship_cms.services import evaluations, mentorships, overview
from tests import lifecycle
from tests.mentorships.helpers import address, browser, queries


def add_mentorships(framework, coordinator, count, *, prefix="m"):
    """So many mentorships, each with an evaluation."""
    found = []
    for number in range(count):
        one = lifecycle.cast(framework, coordinator, prefix=f"{prefix}{number}")
        lifecycle.started(one)
        found.append(one)
    return found


def test_the_list_needs_as_many_queries_for_5_as_for_30(framework, coordinator):
    client = browser(coordinator)
    where = address("mentorships")
    add_mentorships(framework, coordinator, 5)
    before = queries(client, where)
    search = queries(client, where + "?q=Person&state=running")
    add_mentorships(framework, coordinator, 25, prefix="n")
    assert queries(client, where) == before
    assert queries(client, where + "?q=Person&state=running") == search
    assert len(client.get(where).context["rows"]) == 30


def test_running_first_then_filters_and_search(framework, coordinator):
    first, second, third = add_mentorships(framework, coordinator, 3)
    evaluations.discard(
        user=first.mentor,
        evaluation_id=first.mentorship.evaluations.get().public_id,
        reason="By mistake",
    )
    mentorships.end_mentorship(user=coordinator, public_id=first.mentorship.public_id)
    client = browser(coordinator)

    def found(**fields):
        response = client.get(address("mentorships"), fields)
        assert response.status_code == 200
        return [row.mentorship for row in response.context["rows"]]

    assert found() == [second.mentorship, third.mentorship, first.mentorship]
    assert found(state="running") == [second.mentorship, third.mentorship]
    assert found(state="ended") == [first.mentorship]
    assert found(q="m1Person") == [second.mentorship]
    assert found(q="m1person manager") == [second.mentorship]
    assert found(q="m1deputy@example.org") == [second.mentorship]
    assert found(q="m1Person m2Person") == [], "both words in the names of one person"
    assert found(q="m1Person", state="ended") == []
    assert found(q="coordinator") == []
    assert len(found(q="%")) == 0
    # What cannot be understood hides nothing and breaks nothing.
    for bad in ({"state": "asleep"}, {"q": "a\x00b"}, {"q": "x" * 101}, {"page": "last one"}):
        assert len(found(**bad)) == 3
    text = client.get(address("mentorships"), {"state": "ended"}).content.decode()
    assert "1 mentorship" in text
    rows = overview.mentorship_rows([first.mentorship, second.mentorship])
    assert [row.newest and row.newest.state for row in rows] == [None, EvaluationState.DRAFT]


def test_the_list_says_nothing_that_was_written(cast):
    lifecycle.closed(cast)
    text = browser(cast.coordinator).get(address("mentorships")).content.decode()
    assert "Interim evaluation: closed, talk on" in text
    for words in ("Practise with Luc", "Grows steadily", "by mentor", "Helping at breakfast"):
        assert words not in text


def test_who_had_a_role_is_not_found_any_more(cast, stranger):
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role=Role.MENTOR,
        person=stranger,
        reason="Left",
    )
    assert list(overview.find_mentorships(text="Stranger")) == [cast.mentorship]
    assert not overview.find_mentorships(text="Mentor Person").exists()


def test_pages_keep_what_was_searched(framework, coordinator, monkeypatch):
    monkeypatch.setattr("mentorship_cms.views.mentorships.PAGE_SIZE", 2)
    add_mentorships(framework, coordinator, 3)
    client = browser(coordinator)
    text = client.get(address("mentorships"), {"q": "Person"}).content.decode()
    assert 'href="?q=Person&amp;page=2"' in text
    assert "Page 1 of 2" in text
    assert len(client.get(address("mentorships"), {"page": 2}).context["rows"]) == 1
