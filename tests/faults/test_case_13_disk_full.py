"""Case 13: no room for the spool file, or in the database. A clean failure, nothing visible, and on with it later."""

import pytest

from faults.delivering import Delivering


@pytest.mark.parametrize("length", [1, 60, 200])
def test_a_full_spool_folder_keeps_nothing_and_says_so(deliveries: Delivering, length: int) -> None:
    """By a limit on the length of files, which the system enforces as it does a full disk."""
    bench = deliveries.bench
    deliveries.crimes(fill=10)
    deliveries.crimes(source="03", fill=10)
    deliveries.people()
    outcome = bench.night(bench.order(largest_file=length))
    for source in ("01", "03"):
        assert "The spool folder cannot be written to (File too large); make room" in outcome[source]
    assert deliveries.states == []
    assert not list((bench.folder / "home" / "spool").iterdir())
    deliveries.recovers()
    assert [state for *_, state, _ in deliveries.states] == ["loaded", "loaded"]


def test_no_room_to_unpack_is_the_machines_fault_and_not_the_files(deliveries: Delivering) -> None:
    """The packed file fits, and what is in it does not: the delivery must not be rejected for that."""
    bench = deliveries.bench
    deliveries.crimes("AB", source="03")
    people = deliveries.people([f"{n}" for n in range(2)] + [f"x{n}" for n in range(400)])
    outcome = bench.night(bench.order(largest_file=len(people.content) + 100))
    assert "The spool folder cannot be written to" in outcome["03"]
    assert [(state, attempt) for *_, state, attempt in deliveries.states] == [("received", 1)]
    assert not list((bench.folder / "home" / "spool").iterdir())
    deliveries.recovers()


def test_a_full_disk_of_the_database_keeps_nothing_and_stops_no_other_source(deliveries: Delivering) -> None:
    """No file of the server may grow beyond 17 MiB: one segment of its log fits, and 150,000 rows do not."""
    bench = deliveries.bench
    deliveries.crimes(fill=150_000)
    deliveries.crimes(source="03")
    deliveries.people()
    with bench.database_files_no_larger_than(17 << 20):
        outcome = bench.night()
    assert "the warehouse broke off while this was loaded (SQLSTATE" in outcome["01"]
    assert outcome["03"]["loaded"] == 1
    assert {source: state for source, _, _, state, _ in deliveries.states} == {"01": "received", "03": "loaded"}
    deliveries.recovers()
    assert {state for *_, state, _ in deliveries.states} == {"loaded"}
