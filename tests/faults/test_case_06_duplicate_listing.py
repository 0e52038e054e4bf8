"""Case 6: entries of a listing come twice, notifications repeat, a listing lags behind. The ledger makes it one."""

from faults.delivering import Delivering
from faults.store_proxy import StoreFault


def test_entries_that_are_listed_twice_are_one_delivery(deliveries: Delivering) -> None:
    deliveries.crimes(source="03")
    deliveries.people()
    fault = StoreFault("list_twice", "list", times=9)
    deliveries.bench.store.plan(fault)
    assert deliveries.bench.night()["03"]["loaded"] == 1
    assert fault.met == 4, "the night's own listing and one a source"
    deliveries.recovers()


def test_a_night_that_is_started_five_times_loads_once(deliveries: Delivering) -> None:
    deliveries.crimes()
    assert deliveries.night()["01"]["loaded"] == 1
    for _ in range(4):
        assert deliveries.night()["01"] == {"unchanged": 1}
    assert deliveries.states == [("01", "2026-09-01", 0, "loaded", 1)]


def test_a_listing_that_lags_behind_only_puts_a_delivery_off(deliveries: Delivering) -> None:
    deliveries.crimes("AB")
    deliveries.night()
    deliveries.crimes("CD", day=1)
    fault = StoreFault("list_nothing", "list", times=9)
    deliveries.bench.store.plan(fault)
    assert "loaded" not in deliveries.bench.night()["01"]
    assert fault.met
    assert [day for _, day, *_ in deliveries.states] == ["2026-09-01"]
    deliveries.recovers()
    assert [day for _, day, *_ in deliveries.states] == ["2026-09-01", "2026-09-02"]
