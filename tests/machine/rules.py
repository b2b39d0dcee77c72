"""The machine that lets hypothesis choose acts and people, and what tests choose from."""

import os

from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from tests.machine.oracle import PEOPLE
from tests.machine.world import World

#: How many random sequences of acts each machine runs.
SEQUENCES = int(os.environ.get("MENTORSHIP_SEQUENCES") or 300)
#: So many, as in one of the runs of .ci/run, meet every act with every answer.
ENOUGH = 1000


def people(role):
    """Mostly whoever has ``role``, and sometimes anybody."""
    return st.sampled_from([f"={role}"] * 16 + ["former"] * 4 + list(PEOPLE))


#: Which evaluation, counted from the newest.
WHICH = st.sampled_from([0, 0, 0, 0, 1, 2])
REASONS = st.sampled_from(["Because", "Because", "Because", ""])
ANSWERS = st.sampled_from(
    [
        ("level", 0, "Well done"),
        ("level", 1, ""),
        ("not_observed", 0, ""),
        ("not_applicable", 0, "No such work"),
        ("", 0, "Only a remark"),
        ("", 0, ""),
        (None, 0, "While typing"),
    ]
)


class Machine(RuleBasedStateMachine):
    """Random acts by random people, from a mentorship in any state."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    # More often from where a rule depends on the day.
    @initialize(stage=st.sampled_from([*World.STAGES, *["one shared", "signed"] * 2]))
    def begin(self, stage):
        self.world.resume(stage)

    @property
    def now(self):
        """How many days have passed."""
        return self.world.oracle.day

    def can_run(self):
        """Whether there is an evaluation, or may be one."""
        return bool(self.world.oracle.evaluations) or not self.world.oracle.ended

    def teardown(self):
        """Look at everything once more, and leave the database as it was."""
        try:
            self.world.check_intact()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)
            self.world.counts["sequences", "run"] += 1

    def who(self, name):
        """Who a name stands for: "=role" is whoever has it, "former" whoever had one last."""
        if name == "former":
            return self.world.oracle.former
        return self.world.right(name[1:]) if name.startswith("=") else name

    def chosen(self, which):
        """One of the evaluations; begins one when there is none."""
        found = self.world.oracle.evaluations
        if not found:
            self.world.start(self.world.right("mentor"), "interim", self.world.oracle.day + 3)
        return found[-1 - which % len(found)] if found else None


def run(machine, world, steps=8):
    """Run random sequences; return whether as many as asked for were run to their end."""
    before = world.counts["sequences", "run"]
    run_state_machine_as_test(
        lambda: machine(world),
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[phase for phase in Phase if phase is not Phase.explain],
        ),
    )
    return world.counts["sequences", "run"] - before >= SEQUENCES
