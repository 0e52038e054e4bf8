"""Case 4: the store answers 500, 503 SlowDown, nothing, or resets. Few times: nobody notices. For long: amber."""

import pytest

from faults.delivering import Delivering
from faults.store_proxy import Kind, Operation, StoreFault


@pytest.mark.parametrize("operation", ["list", "get"])
@pytest.mark.parametrize("kind", ["status_500", "status_503", "reset"])
def test_a_passing_error_is_not_noticed(deliveries: Delivering, kind: Kind, operation: Operation) -> None:
    deliveries.crimes()
    fault = StoreFault(kind, operation, first=2 if operation == "list" else 1, times=1)
    deliveries.bench.store.plan(fault)
    assert deliveries.bench.night()["01"]["loaded"] == 1
    assert fault.met == 1
    deliveries.recovers()


def test_a_silent_store_is_asked_again(deliveries: Delivering) -> None:
    deliveries.crimes()
    fault = StoreFault("stall", "get", seconds=1.0)
    deliveries.bench.store.plan(fault)
    assert deliveries.bench.night(deliveries.bench.order(read_timeout=0.4))["01"]["loaded"] == 1
    assert fault.met == 1
    deliveries.recovers()


def test_a_store_that_stays_away_stops_one_source_and_no_other(deliveries: Delivering) -> None:
    """Five tries, with pauses that grow and are random; then the source is red, and the others are loaded."""
    bench = deliveries.bench
    deliveries.crimes()
    deliveries.crimes(source="03")
    deliveries.people()
    fault = StoreFault("status_503", "get", times=5)
    bench.store.plan(fault)
    outcome = bench.night()
    assert fault.met == 5
    assert "refused GetObject (SlowDown)" in outcome["01"]
    assert outcome["03"]["loaded"] == 1
    assert [source for source, *_ in deliveries.states] == ["03"]
    shown = bench.rows("select source, state from ops.night_source order by source")
    assert shown[:2] == [("01", "failed"), ("03", "loaded")]
    deliveries.recovers()
