"""Case 3: PostgreSQL ends at once, as by `pg_ctl -m immediate`, amid a COPY and amid a commit: one copy, no more."""

from typing import Literal

import pytest

from faults.database_proxy import DatabaseFault
from faults.delivering import Delivering


def test_restarted_amid_a_copy(deliveries: Delivering) -> None:
    bench = deliveries.bench
    deliveries.crimes(fill=20_000)
    fault = DatabaseFault(bench.crash_and_recover, at_byte=700_000)
    bench.database.plan(fault)
    outcome = bench.night()
    assert fault.met == 1
    assert isinstance(outcome["01"], str), "the source's step failed"
    assert deliveries.states == [("01", "2026-09-01", 0, "received", 1)]
    deliveries.recovers()
    assert deliveries.states == [("01", "2026-09-01", 0, "loaded", 2)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("cuts", ["the connection", "the server"])
def test_a_commit_whose_answer_never_came_is_looked_up(
    deliveries: Delivering, when: Literal["before", "after"], cuts: str
) -> None:
    """Whether the server had it, only the ledger knows; the next night asks it and does what is left to do."""
    bench = deliveries.bench
    deliveries.crimes()
    action = bench.crash_and_recover if cuts == "the server" else _nothing
    fault = DatabaseFault(action, at_commit=1, beyond=b"set state = 'loaded'", when=when)
    bench.database.plan(fault)
    outcome = bench.night()
    assert fault.met == 1
    assert isinstance(outcome["01"], str), "the source's step failed"
    assert deliveries.states[0][3:] == (("loaded", 1) if when == "after" else ("received", 1))
    deliveries.recovers()
    assert deliveries.states[0][3:] == (("loaded", 1) if when == "after" else ("loaded", 2))


def _nothing() -> None:
    """The proxy ends the connection by itself."""
