"""Random changes of the people around evaluations: rights end and begin with the next act."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine.oracle import PEOPLE
from tests.machine.rules import ENOUGH, REASONS, SEQUENCES, WHICH, Machine, people, run
from tests.machine.world import new_world

ACTS = ["create", "describe", "assign", "end", "open_window", "close_window"]
ANYBODY = st.sampled_from([*PEOPLE, "former", "former", "=mentor", "=mentee", "=manager"])


class MentorshipMachine(Machine):
    """Every act on a mentorship, and evaluations that go on in the meantime."""

    @precondition(Machine.can_run)
    @rule()
    def go_on(self):
        self.world.onwards()

    @rule(
        who=people("coordinator"),
        role=st.sampled_from(["mentor", "mentor", "manager", "deputy", "deputy", "mentee"]),
        person=st.sampled_from([*PEOPLE, None]),
        reason=REASONS,
    )
    def assign(self, who, role, person, reason):
        self.world.assign(self.who(who), role, person, reason)

    @rule(
        who=st.one_of(people("coordinator"), people("mentor")),
        first=st.sampled_from([-1, 0, 0, 2]),
        days=st.sampled_from([-1, 0, 3, 3]),
        reason=REASONS,
    )
    def open_window(self, who, first, days, reason):
        self.world.open_window(self.who(who), self.now + first, self.now + first + days, reason)

    @rule(
        who=st.one_of(people("coordinator"), people("mentor")),
        which=st.sampled_from([0, 0, 1, None]),
    )
    def close_window(self, who, which):
        oracle = self.world.oracle
        if which is not None and not oracle.windows and not oracle.ended:
            self.world.open_window("coordinator", self.now, self.now + 3, "Ill")
        windows = oracle.windows
        known = windows[-1 - which % len(windows)] if which is not None and windows else None
        self.world.close_window(self.who(who), known)

    @rule(who=people("coordinator"), reason=REASONS)
    def end(self, who, reason):
        self.world.end(self.who(who), reason)

    @rule(
        who=people("coordinator"),
        stage=st.sampled_from(["welcome", "guidance", "conclusion", "nonsense"]),
    )
    def describe(self, who, stage):
        self.world.describe(self.who(who), stage)

    @rule(
        who=people("coordinator"),
        mentor=st.sampled_from(["mentor", "mentee", "stranger"]),
        left_out=st.sampled_from([None, None, "manager", "deputy"]),
    )
    def create(self, who, mentor, left_out):
        found = {"mentor": mentor, "mentee": "mentee", "manager": "manager", "deputy": "deputy"}
        found.pop(left_out, None)
        self.world.create(self.who(who), found)

    @rule(days=st.sampled_from([1, 4, 15]))
    def wait(self, days):
        self.world.pass_days(days)

    # What anybody tries on an evaluation

    @rule(who=ANYBODY)
    def start(self, who):
        self.world.start(self.who(who), "extra", self.now + 3)

    @precondition(Machine.can_run)
    @rule(who=ANYBODY, which=WHICH, remark=st.sampled_from(["", "Seen at lunch"]))
    def save(self, who, which, remark):
        entries = {0: ("level", 1, remark), 1: ("not_observed", 0, "")}
        self.world.save(self.who(who), self.chosen(which), entries)

    @precondition(Machine.can_run)
    @rule(who=ANYBODY, which=WHICH)
    def share(self, who, which):
        self.world.share(self.who(who), self.chosen(which))

    @precondition(Machine.can_run)
    @rule(who=ANYBODY, which=WHICH)
    def sign(self, who, which):
        self.world.sign(self.who(who), self.chosen(which))

    @precondition(Machine.can_run)
    @rule(who=ANYBODY, which=WHICH)
    def correct(self, who, which):
        self.world.correct(self.who(who), self.chosen(which), "Wrong person")

    @rule(who=ANYBODY)
    def look(self, who):
        self.world.check_sight(self.who(who))


@pytest.fixture
def world(home, coordinator, administrator):
    """People, a small framework, and a mentorship in each state."""
    with new_world(
        locale=home.locale, coordinator=coordinator, administrator=administrator
    ) as world:
        yield world


def test_random_changes_of_people(world):
    assert run(MentorshipMachine, world)
    if SEQUENCES < ENOUGH:
        return
    for act in ACTS:
        # Each act was done, kept from strangers, and refused where it can be.
        for answer in ("accepted", "Hidden", "Refused"):
            assert world.counts[act, answer] or (act, answer) == ("close_window", "Refused"), act
