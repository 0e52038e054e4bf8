"""Case 19: quotes that are not closed, or closed rows later, never make rows vanish without a word."""

from faults.bench import Bench
from faults.hostile_files import COUNTED, CSV, Hostile, reasons, row, table


def test_quotes_swallow_no_row(empty: Bench) -> None:
    hostile = Hostile(empty)
    swallowed = table(row(1, '"theft'), row(2), row(3, 'theft"'), row(4))
    note = table(row(1, '"said ""no"",\nthen left\nat 10"'), row(2))
    sent = {
        "open to the end": (CSV, "crimes.csv", table(row(1, '"theft'), row(2))),
        "closed two rows later": (CSV, "crimes.csv", swallowed),
        "text behind the quote": (CSV, "crimes.csv", table(row(1, '"theft"s'), row(2))),
        "a quote within a word": (CSV, "crimes.csv", table(row(1, 'th"eft'), row(2))),
        "an end of COPY": (CSV, "crimes.csv", table("\\.,2026-08-01,x", row(2, "\\."), row(3))),
        "a note of several lines": (CSV, "crimes.csv", note),
        "cut within quotes": (CSV, "crimes.csv", note[:70]),
        "a row less than counted": (COUNTED, "crimes.csv", table(row(1), row(2), "rows: 3")),
        "as counted": (COUNTED, "crimes.csv", table(row(1), row(2), row(3), "rows: 3")),
        "without its count": (COUNTED, "crimes.csv", table(row(1), row(2), row(3))),
    }
    found = hostile.refused(sent)
    assert reasons(found) == {
        "open to the end": "row_unreadable",
        "closed two rows later": "row_unreadable",
        "text behind the quote": "row_unreadable",
        "a quote within a word": None,
        "an end of COPY": None,
        "a note of several lines": None,
        "cut within quotes": "file_cut_short",
        "a row less than counted": "row_count_wrong",
        "as counted": None,
        "without its count": "trailer_missing",
    }
    assert {title: load.crimes for title, load in found.items() if load.reason_code is None} == {
        "a quote within a word": 2,
        "an end of COPY": 3,
        "a note of several lines": 2,
        "as counted": 3,
    }
    assert "a quotation mark left open in row 2 takes in the rows below it" in str(
        found["closed two rows later"].reason
    )
