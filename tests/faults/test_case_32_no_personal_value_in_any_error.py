"""Case 32: errors of every kind, and no personal value in anything that is written.

Every personal field of every delivery holds a marker. What is searched is all that the machine wrote: the database's
own files, its log, the output and tracebacks of every night. Only the object store's files may hold it.
"""

import gzip

import pytest

from faults.database_proxy import DatabaseFault
from faults.delivering import Delivering
from faults.store_proxy import StoreFault
from faults.worker import Strike
from faults.world import CANARY, Crime, File, crimes_csv

ROWS = crimes_csv([Crime("A"), Crime("B"), Crime("C")])
MARK = CANARY.encode()
BROKEN = {
    "an open quotation mark": ROWS.replace(MARK, b'"' + MARK, 1),
    "a field too many": ROWS + MARK + b"," + MARK + b"," + MARK + b"," + MARK + b"\n",
    "a NUL": ROWS.replace(b",A", b"," + MARK + b"\0"),
    "another encoding": ROWS.replace(b",A", b"," + MARK + b"\xe9"),
    "another header": ROWS.replace(b"Title", b"Subject"),
    "a header alone": ROWS.partition(b"\n")[0] + b"\n",
    "no header": ROWS.partition(b"\n")[2],
    "a very long line": ROWS + MARK * 200_000 + b"\n",
    "nothing": b"",
}


def test_no_error_of_any_kind_quotes_a_person(deliveries: Delivering) -> None:
    bench = deliveries.bench
    for day, content in enumerate(BROKEN.values()):
        deliveries.put(File(f"crimes_{day}.csv", "crimes", (), (), True, content), "01", day)
        packed = gzip.compress(content, mtime=0)[: None if day % 2 else -9]
        deliveries.crimes("AB", source="03", day=day)
        deliveries.put(File(f"people_{day}.csv.gz", "people", (), (), True, packed), "03", day)
        deliveries.put(File(f"bundle_{day}.zip", "bundle", (), (), True, content), "04", day)
    outcome = bench.clean_night()
    assert outcome["01"]["rejected"] == len(BROKEN)
    assert outcome["03"]["rejected"] == len(BROKEN)
    assert outcome["04"]["rejected"] == len(BROKEN)
    codes = {code for (code,) in bench.rows("select reason_code from ops.load where source = '01'")}
    assert len(codes) >= 5, codes
    bench.check_no_leak()
    assert bench.files_with_a_marker() == []


@pytest.mark.parametrize(
    "fault", ["the database is cut", "the database crashes", "the body is wrong", "disk full", "killed"]
)
def test_no_fault_of_the_machine_quotes_a_person(deliveries: Delivering, fault: str) -> None:
    bench = deliveries.bench
    deliveries.crimes(source="03", fill=2_000)
    deliveries.people()
    order = bench.order()
    match fault:
        case "the database is cut":
            bench.database.plan(DatabaseFault(lambda: None, at_byte=60_000))
        case "the database crashes":
            bench.database.plan(DatabaseFault(bench.crash_and_recover, at_byte=60_000))
        case "the body is wrong":
            bench.store.plan(StoreFault("wrong_bytes", "get", times=9, at=50))
        case "disk full":
            order = bench.order(largest_file=100)
        case "killed":
            order = order.struck_at(Strike("copy", "after"))
    outcome = bench.night(order)
    assert outcome is None or isinstance(outcome["03"], str), "the night failed"
    bench.check_no_leak()
    left = bench.files_with_a_marker()
    assert all("/home/spool/" in path for path in left), left
    assert bool(left) is (fault == "killed"), "what a killed night leaves in the spool folder, the next ones remove"
    deliveries.recovers()
