"""Case 11: two nights begin at the same moment. One loads each delivery, and the other says so."""

import random

import pytest

from faults.bench import Bench
from faults.oracle import Oracle
from faults.runs import two_at_once
from faults.world import World


@pytest.mark.parametrize("seed", range(5))
def test_two_nights_load_each_delivery_once(empty: Bench, seed: int) -> None:
    """Fifty seeds and more by `make faults`."""
    draw = random.Random(f"two {seed}")
    world, oracle = World(draw), Oracle()
    puts = world.step()
    empty.put(puts)
    oracle.put(puts)
    two_at_once(empty, draw, gate=False)
    oracle.night(gate=False)
    empty.check_whole(oracle)
    empty.clean_night()
    empty.check(oracle, twins_may_swap=True)
