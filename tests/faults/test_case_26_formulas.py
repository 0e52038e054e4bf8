"""Case 26: nothing that we write runs as a formula in a spreadsheet, whatever a force wrote into a cell."""

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest

from csae import report_files
from csae.cli import safe_csv
from csae.force_report import ForceReport, Table

FORMULAS = (
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "＋1", "－1+1", "＠SUM(A1)"),
    *('=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "{=1+1}", "https://x.example", "mailto:x@example"),
)
HARMLESS = ("theft", "-1", "+44", "-0.5", "1e5", "-1E+5", "", "a=b", "'=1")


@pytest.fixture
def report() -> ForceReport:
    rows = tuple((text, number) for number, text in enumerate((*FORMULAS, *HARMLESS)))
    table = Table("Reasons", "Why", ("Text", "Rows"), rows)
    return ForceReport("=1+1", date(2026, 9, 1), "report", (table,))


def test_a_workbook_has_texts_and_numbers_only(report: ForceReport, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    report_files.write(report, path, "xlsx")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode("utf-8", "replace") for name in book.namelist()}
    sheets = [text for name, text in parts.items() if "worksheets/" in name]
    assert sheets
    assert not any(re.search(r"<f[ >]|<hyperlink|t=\"str\"", text) for text in sheets)
    assert not any("externalLink" in name or "hyperlink" in text for name, text in parts.items() if ".rels" in name)


def test_a_page_shows_them_as_text(report: ForceReport, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    report_files.write(report, path, "html")
    page = path.read_text()
    assert "<script" not in page
    assert '=HYPERLINK("' not in page, "quotes are escaped"


def test_csv_cells_that_would_run_get_an_apostrophe() -> None:
    stream = io.StringIO()
    safe_csv.write_rows(stream, ["=Text", "Number"], [(text, -1) for text in (*FORMULAS, *HARMLESS)])
    header, *found = list(csv.reader(io.StringIO(stream.getvalue(), newline="")))
    assert header == ["'=Text", "Number"]
    texts = [text for text, number in found]
    harmless = ("{=1+1}", "https://x.example", "mailto:x@example", *HARMLESS)
    assert texts == [text if text in harmless else f"'{text}" for text in (*FORMULAS, *HARMLESS)]
    assert {number for _, number in found} == {"-1"}
