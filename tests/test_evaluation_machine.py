"""Random sequences of acts on evaluations by random people reach no state that is not legal."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine.oracle import PEOPLE
from tests.machine.rules import ANSWERS, ENOUGH, REASONS, SEQUENCES, WHICH, Machine, people, run
from tests.machine.world import new_world

FAULTS = ["foreign", "level", "answer", "long"]
ACTS = [
    "start",
    "details",
    "save",
    "share",
    "take_back",
    "reveal",
    "talk",
    "sign",
    "missing",
    "correct",
    "discard",
    "move",
]


class EvaluationMachine(Machine):
    """Every act on an evaluation, with what changes around it."""

    @precondition(Machine.can_run)
    @rule()
    def go_on(self):
        self.world.onwards()

    @rule(
        who=people("mentor"),
        kind=st.sampled_from(["interim", "interim", "start", "final", "correction", "nonsense"]),
        talk=st.sampled_from([-1, 3]),
    )
    def start(self, who, kind, talk):
        self.world.start(self.who(who), kind, self.now + talk)

    @precondition(Machine.can_run)
    @rule(
        who=people("mentor"),
        which=WHICH,
        talk=st.sampled_from([-1, 0, 3]),
        observed=st.sampled_from([0, 0, -1, None, 1, -467]),
        text=st.sampled_from(["At lunch", "", "x" * 20_001]),
        stale=st.sampled_from([False, False, False, True]),
    )
    def change_details(self, who, which, talk, observed, text, stale):
        observed = observed if observed in (None, -467) else self.now + observed
        e = self.chosen(which)
        self.world.details(self.who(who), e, self.now + talk, observed, text, stale=stale)

    @precondition(Machine.can_run)
    @rule(
        who=st.one_of(people("mentor"), people("mentee")),
        which=WHICH,
        one=ANSWERS,
        two=st.one_of(ANSWERS, st.none()),
        general=st.sampled_from([None, "In general", "In short"]),
        fault=st.sampled_from(
            [None] * 6 + ["stale", "stale", "foreign", "level", "answer", "long"]
        ),
    )
    def save(self, who, which, one, two, general, fault):
        entries = {0: one} | ({1: two} if two else {})
        self.world.save(self.who(who), self.chosen(which), entries, general, fault)

    @precondition(Machine.can_run)
    @rule(role=st.sampled_from(["mentor", "mentee"]), which=WHICH)
    def save_an_old_page(self, role, which):
        who, e = self.world.right(role), self.chosen(which)
        self.world.save(who, e, {0: ("level", 0, "In one window")})
        self.world.save(who, e, {0: ("level", 1, "In another")}, fault="stale")

    @precondition(Machine.can_run)
    @rule(
        who=st.one_of(people("mentor"), people("mentee")),
        which=WHICH,
        incomplete=st.booleans(),
    )
    def share(self, who, which, incomplete):
        self.world.share(self.who(who), self.chosen(which), incomplete)

    @precondition(Machine.can_run)
    @rule(who=st.one_of(people("mentor"), people("mentee")), which=WHICH, reason=REASONS)
    def take_back(self, who, which, reason):
        self.world.take_back(self.who(who), self.chosen(which), reason)

    @precondition(Machine.can_run)
    @rule(who=people("mentor"), which=WHICH, wait=st.sampled_from([0, 0, 8]))
    def reveal(self, who, which, wait):
        self.world.pass_days(wait)
        self.world.reveal(self.who(who), self.chosen(which))

    @precondition(Machine.can_run)
    @rule(
        who=st.one_of(people("mentor"), people("mentee")),
        which=WHICH,
        conclusion=st.sampled_from(["Grows", "Grows", ""]),
        keep=st.booleans(),
        agree=st.booleans(),
        outcome=st.sampled_from(["", "done", "partly"]),
        fault=st.sampled_from([None] * 5 + ["stale", "blank", "gone", "foreign", "owner"]),
    )
    def talk(self, who, which, conclusion, keep, agree, outcome, fault):
        e = self.chosen(which)
        self.world.talk(
            self.who(who), e, conclusion, keep=keep, agree=agree, outcome=outcome, fault=fault
        )

    @precondition(Machine.can_run)
    @rule(
        who=st.one_of(people("mentor"), people("mentee"), people("manager")),
        which=WHICH,
        seen=st.sampled_from([True, True, True, False]),
        disagrees=st.sampled_from([False, False, True]),
    )
    def sign(self, who, which, seen, disagrees):
        self.world.sign(self.who(who), self.chosen(which), seen=seen, disagrees=disagrees)

    @precondition(Machine.can_run)
    @rule(role=st.sampled_from(["mentor", "manager", "mentee"]), which=WHICH)
    def sign_an_old_page(self, role, which):
        self.world.sign(self.world.right(role), self.chosen(which), seen=False)

    @precondition(Machine.can_run)
    @rule(
        who=people("mentor"),
        which=WHICH,
        role=st.sampled_from(["manager", "mentee", "mentee", "mentor"]),
        verdict=st.sampled_from(["refused", "absent", "absent", "signed"]),
        reason=REASONS,
        wait=st.sampled_from([0, 14, 14]),
    )
    def record_missing(self, who, which, role, verdict, reason, wait):
        self.world.pass_days(wait)
        self.world.missing(self.who(who), self.chosen(which), role, verdict, reason)

    @precondition(Machine.can_run)
    @rule(
        which=WHICH,
        role=st.sampled_from(["manager", "mentee"]),
        wait=st.sampled_from([0, 13, 14]),
    )
    def nobody_signs(self, which, role, wait):
        e = self.chosen(which)
        self.world.pass_days(wait)
        self.world.missing(self.world.right("mentor"), e, role, "absent", "On leave")

    @precondition(Machine.can_run)
    @rule(who=people("mentor"), which=WHICH, reason=REASONS)
    def correct(self, who, which, reason):
        self.world.correct(self.who(who), self.chosen(which), reason)

    @precondition(Machine.can_run)
    @rule(who=people("mentor"), which=WHICH, reason=REASONS)
    def discard(self, who, which, reason):
        self.world.discard(self.who(who), self.chosen(which), reason)

    @precondition(Machine.can_run)
    @rule(
        who=people("mentor"),
        which=WHICH,
        version=st.sampled_from([None, "first", "reworded", "competency", "level"]),
    )
    def move(self, who, which, version):
        e = self.chosen(which)
        if version:
            self.world.publish(version)
        self.world.move(self.who(who), e)

    @rule(days=st.sampled_from([1, 4, 15]))
    def wait(self, days):
        self.world.pass_days(days)

    @rule(
        role=st.sampled_from(["mentor", "deputy"]),
        person=st.sampled_from(["mentor", "mentor2", "deputy", "deputy2"]),
    )
    def somebody_else(self, role, person):
        self.world.assign("coordinator", role, person, "Left")

    @rule(days=st.sampled_from([0, 5]))
    def deputy_takes_over(self, days):
        self.world.open_window(self.world.oracle.people["mentor"], self.now, self.now + days)

    @rule(who=st.one_of(people("mentor"), people("mentee"), st.sampled_from(PEOPLE)))
    def look(self, who):
        self.world.check_sight(self.who(who))


@pytest.fixture
def world(home, coordinator, administrator):
    """People, a small framework, and a mentorship in each state."""
    with new_world(
        locale=home.locale, coordinator=coordinator, administrator=administrator
    ) as world:
        yield world


def test_random_acts_on_evaluations(world):
    assert run(EvaluationMachine, world)
    if SEQUENCES < ENOUGH:
        return
    for act in ACTS:
        # Each act was done, kept from strangers, and refused.
        for answer in ("accepted", "Hidden", "Refused"):
            assert world.counts[act, answer], (act, answer)
    assert world.counts["save", "Stale"] and world.counts["sign", "Stale"]
