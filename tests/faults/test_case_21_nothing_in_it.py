"""Case 21: nothing in a file is never read as no offences, unless the force's YAML says that it may have none."""

from faults.bench import Bench
from faults.hostile_files import (
    ARCHIVE,
    CSV,
    DOCUMENT,
    LINES,
    NIL,
    PACKED,
    WORKBOOK,
    XML,
    Hostile,
    gzipped,
    reasons,
    row,
    table,
    workbook,
    xml,
    zipped,
)

HEADER_ALONE = b"Crime,Recorded,Title\n"
MARK = b"\xef\xbb\xbf"


def test_nothing_is_refused_unless_it_may_be(empty: Bench) -> None:
    hostile = Hostile(empty)
    sent = {
        "no byte": (CSV, "crimes.csv", b""),
        "a mark alone": (CSV, "crimes.csv", MARK),
        "line ends alone": (CSV, "crimes.csv", b"\n\n\n"),
        "a header alone": (CSV, "crimes.csv", HEADER_ALONE),
        "a marked header alone": (CSV, "crimes.csv", MARK + HEADER_ALONE),
        "the header twice": (CSV, "crimes.csv", HEADER_ALONE + table()),
        "two exports joined": (CSV, "crimes.csv", table(row(1)) + table(row(2))),
        "no byte, packed": (PACKED, "crimes.csv.gz", gzipped(b"")),
        "an archive of nothing": (ARCHIVE, "night.zip", zipped({"readme": b""})),
        "an empty member": (ARCHIVE, "night.zip", zipped({"crimes.csv": b""})),
        "no record": (XML, "crimes.xml", xml(crimes=0).encode()),
        "no line": (LINES, "crimes.ndjson", b""),
        "an empty list": (DOCUMENT, "crimes.json", b"[]"),
        "a sheet with its header": (WORKBOOK, "crimes.xlsx", workbook([""])),
        "a sheet with its header twice": (WORKBOOK, "crimes.xlsx", workbook(["Crime", "Recorded", "Title"])),
        "a header where none need be": (NIL, "crimes.csv", HEADER_ALONE),
        "no byte even there": (NIL, "crimes.csv", b""),
    }
    found = hostile.refused(sent)
    assert reasons(found) == {
        "no byte": "file_empty",
        "a mark alone": "file_empty",
        "line ends alone": "file_empty",
        "a header alone": "no_records",
        "a marked header alone": "no_records",
        "the header twice": "header_repeated",
        "two exports joined": "header_repeated",
        "no byte, packed": "file_empty",
        "an archive of nothing": "file_unexpected",
        "an empty member": "file_empty",
        "no record": "no_records",
        "no line": "no_records",
        "an empty list": "no_records",
        "a sheet with its header": "no_records",
        "a sheet with its header twice": "header_repeated",
        "a header where none need be": None,
        "no byte even there": "file_empty",
    }
    assert found["a header where none need be"].crimes == 0
