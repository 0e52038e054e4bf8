"""Case 25: what a spreadsheet does to a table on the way is known by rule, and what loses records is refused."""

import pytest

from csae.readers import watching
from faults.bench import Bench
from faults.hostile_files import CANARY, COUNTED, CSV, WORKBOOK, Hostile, reasons, row, table, workbook


def rows(number: int) -> bytes:
    return table(*(f"{at},2026-08-01,t" for at in range(number)))


def test_damage_by_rule(empty: Bench) -> None:
    hostile = Hostile(empty)
    full = rows(65_535)
    sent = {
        "all rows of an old sheet": (CSV, "crimes.csv", full),
        "all rows without a header": (CSV, "crimes.csv", rows(65_536)),
        "a row less": (CSV, "crimes.csv", rows(65_534)),
        "a row more": (CSV, "crimes.csv", rows(65_537)),
        "all rows, and counted": (COUNTED, "crimes.csv", full + b"rows: 65535\n"),
        "references in scientific form": (CSV, "crimes.csv", table("1.23E+11,2026-08-01,x", "06/1/26,2026-08-01,x")),
        "a number written so": (WORKBOOK, "crimes.xlsx", workbook(["1.2E+12", "2026-08-01", "x"])),
        "cells cut at 255": (CSV, "crimes.csv", table(row(1, "x" * 255), row(2, "y" * 255), row(3, "z"))),
        "a cell cut at 32,767": (WORKBOOK, "crimes.xlsx", workbook([f"{CANARY}1", "2026-08-01", "x" * 32_767])),
        "a long cell that is whole": (CSV, "crimes.csv", table(row(1, "x" * 256), row(2, "y" * 254))),
        "a page called a workbook": (WORKBOOK, "crimes.xls", b"<html><table><tr><td>Crime</td></tr></table></html>"),
        "a table called a workbook": (WORKBOOK, "crimes.xlsx", table()),
        "a workbook called a table": (CSV, "crimes.csv", workbook()),
        "a PDF called a table": (CSV, "crimes.csv", b"%PDF-1.7\n" + table()),
    }
    found = hostile.refused(sent)
    assert reasons(found) == {
        "all rows of an old sheet": "rows_cut_by_spreadsheet",
        "all rows without a header": "rows_cut_by_spreadsheet",
        "a row less": None,
        "a row more": None,
        "all rows, and counted": None,
        "references in scientific form": "reference_damaged",
        "a number written so": "reference_damaged",
        "cells cut at 255": None,
        "a cell cut at 32,767": None,
        "a long cell that is whole": None,
        "a page called a workbook": "file_unreadable",
        "a table called a workbook": "file_unreadable",
        "a workbook called a table": "file_unreadable",
        "a PDF called a table": "file_unreadable",
    }
    cut = hostile.notices(CSV, "2026-09-06")
    assert "has 2 values in 'Title', first in row 2, of just the length" in cut["cell_cut_by_spreadsheet"]
    assert "cell_cut_by_spreadsheet" in hostile.notices(WORKBOOK, "2026-09-02")
    assert "cell_cut_by_spreadsheet" not in hostile.notices(CSV, "2026-09-07")
    assert "the file is a workbook or an archive" in str(found["a workbook called a table"].reason)


@pytest.mark.parametrize("number", [1_048_575, 1_048_576])
def test_the_last_row_of_a_new_sheet_is_known_too(number: int) -> None:
    """A million rows would take long to load; the rule is a comparison of counts."""
    assert number + 1 in watching.SHEET_ROWS or number in watching.SHEET_ROWS
