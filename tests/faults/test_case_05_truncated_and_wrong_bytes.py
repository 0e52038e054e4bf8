"""Case 5: a body that ends early, with its length announced and without, or that has wrong bytes of the right length.

Nothing of it is parsed. It is asked for again; where that does not help, the delivery stays as it is until tomorrow.
"""

import pytest

from csae.landing import MOST_TRIES
from faults.delivering import Delivering
from faults.store_proxy import Kind, StoreFault

BROKEN: tuple[Kind, ...] = ("cut", "cut_without_length", "reset_in_body", "wrong_bytes")


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_body_is_asked_for_again(deliveries: Delivering, kind: Kind) -> None:
    deliveries.crimes()
    fault = StoreFault(kind, "get", times=MOST_TRIES - 1, at=40)
    deliveries.bench.store.plan(fault)
    assert deliveries.bench.night()["01"]["loaded"] == 1
    assert fault.met == MOST_TRIES - 1
    deliveries.recovers()


@pytest.mark.parametrize("kind", BROKEN)
def test_a_body_that_stays_broken_leaves_no_row(deliveries: Delivering, kind: Kind) -> None:
    bench = deliveries.bench
    name = deliveries.crimes().name
    deliveries.crimes(source="03")
    deliveries.people()
    fault = StoreFault(kind, "get", times=MOST_TRIES, at=40)
    bench.store.plan(fault)
    outcome = bench.night()
    assert fault.met == MOST_TRIES
    assert f"{name}: " in outcome["01"]
    assert f"{MOST_TRIES} times in a row. Nothing of it was kept" in outcome["01"]
    assert [source for source, *_ in deliveries.states] == ["03"]
    assert not list((bench.folder / "home" / "spool").iterdir()), "the broken copies are gone"
    deliveries.recovers()


@pytest.mark.parametrize("at", [0, 1, 17, 45, 10_000])
def test_one_wrong_bit_anywhere_is_found(deliveries: Delivering, at: int) -> None:
    deliveries.crimes()
    fault = StoreFault("wrong_bytes", "get", at=at)
    deliveries.bench.store.plan(fault)
    assert deliveries.bench.night()["01"]["loaded"] == 1
    assert fault.met == 1
    deliveries.recovers()
