"""Case 10: an object is overwritten between the listing and the reading, or amid it. No mixture is ever loaded."""

import pytest

from faults.delivering import Delivering
from faults.store_proxy import StoreFault


@pytest.mark.parametrize("at", [0, 200])
def test_an_object_that_changes_under_the_reader_is_read_again_as_new(deliveries: Delivering, at: int) -> None:
    """At 0 it changes after the listing and before the first byte; at 200 amid the body."""
    bench = deliveries.bench
    name = "crimes_today.csv"
    deliveries.crimes([f"old-{n}" for n in range(40)], name=name)

    def overwrite() -> None:
        deliveries.crimes([f"new-{n}" for n in range(40)], name=name)

    bench.store.plan(StoreFault("call", "get", at=at, action=overwrite))
    outcome = bench.night()
    crimes = [serial for *_, serial in bench.crimes()]
    if at == 0:
        assert outcome["01"]["waiting"] == 1
        assert crimes == []
        deliveries.recovers()
        assert all(serial.startswith("new-") for *_, serial in bench.crimes())
    else:
        assert outcome["01"]["loaded"] == 1
        assert len(crimes) == 40
        assert all(serial.startswith("old-") for serial in crimes), "the whole of what was listed"
        bench.clean_night()
        states = [(correction, state) for _, _, correction, state, _ in deliveries.states]
        assert states == [(0, "loaded"), (1, "loaded")], "what came in its place is a correction"


def test_a_night_alters_and_deletes_nothing_in_landing(deliveries: Delivering) -> None:
    """Every request of a night went through the proxy: none of them writes."""
    bench = deliveries.bench
    deliveries.crimes()
    deliveries.crimes(source="03", broken=True)
    deliveries.people()
    bench.store.plan()
    bench.night()
    assert bench.store.seen["get", "GET"] == 3
    assert bench.store.written == []
    deliveries.recovers()
