"""Case 7: the same bytes come again, under another name or for another day, however late. Nothing is loaded again.

COPY INTO knows a file for 64 days and Snowpipe for 14; this ledger knows it for ever.
"""

import random
from datetime import timedelta

import pytest

from faults.bench import Bench
from faults.delivering import Delivering
from faults.oracle import Oracle
from faults.world import FIRST_DAY, World


@pytest.mark.parametrize("days", [1, 65, 400])
def test_the_same_bytes_for_a_later_day_are_a_duplicate(deliveries: Delivering, days: int) -> None:
    deliveries.crimes()
    deliveries.night()
    deliveries.crimes(day=FIRST_DAY + timedelta(days=days))
    assert deliveries.night()["01"]["unchanged"] == 2
    assert [state for *_, state, _ in deliveries.states] == ["loaded", "duplicate"]
    assert deliveries.bench.rows("select duplicate_of, crimes_read from ops.load where load_id = 2") == [(1, None)]


def test_the_same_bytes_under_another_name_are_no_delivery(deliveries: Delivering) -> None:
    file = deliveries.crimes()
    deliveries.night()
    again = deliveries.crimes()
    assert again.name != file.name
    assert deliveries.night()["01"] == {"unchanged": 1}
    assert len(deliveries.states) == 1


def test_bytes_that_were_rejected_for_one_day_and_came_for_another_are_loaded_once(deliveries: Delivering) -> None:
    """Both wait for the YAML to be mended; then only one of them may count."""
    bench = deliveries.bench
    spec = bench.folder / "forces" / "01_force.yml"
    good = spec.read_text()
    spec.write_text(good.replace("Title", "Heading"))
    try:
        deliveries.crimes()
        deliveries.crimes(day=1)
        assert bench.clean_night()["01"] == {"rejected": 2}
    finally:
        spec.write_text(good)
    assert bench.clean_night()["01"] == {"loaded": 1, "unchanged": 1}
    deliveries.oracle.night(gate=False)
    bench.check(deliveries.oracle)
    assert [(state, attempt) for *_, state, attempt in deliveries.states] == [("loaded", 2), ("duplicate", 1)]


@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_repeats_and_corrections_ends_as_the_model_says(empty: Bench, seed: int) -> None:
    world, oracle = World(random.Random(f"history {seed}")), Oracle()
    for _ in range(4):
        puts = world.step()
        empty.put(puts)
        oracle.put(puts)
        empty.clean_night()
        oracle.night(gate=False)
        empty.check(oracle)
