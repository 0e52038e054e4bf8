"""Case 1: `kill -9` at every step boundary and at random bytes. The next night leaves what a faultless one would."""

import pytest

from faults.bench import Bench
from faults.delivering import Delivering
from faults.runs import run
from faults.worker import GATE_STEPS, STEPS


def test_killed_at_each_boundary_of_each_step_of_the_load(deliveries: Delivering) -> None:
    """Twenty-eight nights die, one after the other, over the same deliveries."""
    bench = deliveries.bench
    deliveries.crimes()
    deliveries.crimes(source="03", broken=True)
    deliveries.people()
    deliveries.crimes("DEF", source="03", day=1)
    deliveries.people("cd", day=1)
    deliveries.oracle.night(gate=False)
    for step in sorted(STEPS, key=lambda step: step != "reject"):  # before there is nothing to reject any more
        for when in ("before", "after"):
            assert bench.strike(step, when) is None, f"the night was not killed {when} {step}"
            bench.check_whole(deliveries.oracle)
    deliveries.recovers()
    assert [state for *_, state, _ in deliveries.states] == ["loaded", "rejected", "loaded"]
    assert max(attempt for *_, attempt in deliveries.states) > 5, "each attempt has a number of its own"


def test_killed_at_each_step_of_the_gate(deliveries: Delivering) -> None:
    bench = deliveries.bench
    deliveries.crimes()
    deliveries.crimes("A", day=1)
    deliveries.crimes(source="03")
    deliveries.people()
    deliveries.oracle.night(gate=True)
    for step in GATE_STEPS:
        assert bench.strike(step, "before", gate=True) is None, f"the night was not killed before {step}"
        assert {state for *_, state, _ in deliveries.states} == {"loaded"}, "the gate decides over all or over none"
    deliveries.recovers(gate=True)
    assert [state for *_, state, _ in deliveries.states] == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize("seed", range(1, 9))
def test_seeded_runs_end_as_without_their_fault(empty: Bench, seed: int) -> None:
    """Every kind of fault at random places: the first of those that `make faults` makes."""
    assert run(empty, seed, gate_share=0.0).seed == seed
