"""A workbook is read as it looks in a spreadsheet program, or refused whole with a reason."""

import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt
from extracts import Table, crimes, damaged, drafted, outcome, refusal, table
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdsTable
from odf.table import TableCell, TableRow
from odf.text import P

from csae.readers import sheet_rows, workbook
from csae.readers.tables import ROW_NUMBER, ExtractError, ReaderStoppedError
from csae.sources.formats import WorkbookFormat

Cells = Sequence[Sequence[object]]
Part = Callable[[str, bytes], bytes]
Writer = Callable[[Path, Cells], None]
PEOPLE: Cells = [["Ref", "Name"], ["1", "ZqxAnn"], ["2", "ZqxBob"]]
SHEET = "xl/worksheets/sheet1.xml"


def sheet(**changes: Any) -> dict[str, Any]:
    return {"type": "workbook", "sheet": "CSAE", **changes}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Without an extension, as spool files are."""
    return tmp_path / "people"


def write(path: Path, cells: Cells, name: str = "CSAE", other_sheets: Sequence[str] = ()) -> None:
    """Days become real Excel dates; None leaves a cell out."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False})
    book.set_properties({"created": datetime(2026, 9, 1)})
    for title in (*other_sheets, name):
        worksheet = book.add_worksheet(title)
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if value is not None:
                worksheet.write(row, column, value)
    book.close()


def read(path: Path, cells: Cells, **form: Any) -> Table:
    write(path, cells)
    return table(path, crimes(sheet(**form), ["Ref", "Name"]))


def refused(path: Path, **form: Any) -> ExtractError:
    return refusal(path, crimes(sheet(**form), ["Ref", "Name"]))


def with_parts(path: Path, change: Part) -> None:
    """The workbook's own XML files, changed; the archive around them stays whole."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, change(name, content))


# What is read


def test_rows_by_the_names_in_the_header(path: Path) -> None:
    assert read(path, [["Name", "Ref"], ["Ann", "1"], ["Bob", "2"]]).rows == [("1", "Ann"), ("2", "Bob")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (date(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1, 23, 30), "2026-09-01 23:30:00"),
        ("30/02/2026", "30/02/2026"),
        (5, "5"),
        (5.0, "5"),
        (0.5, "0.5"),
        (123456789012, "123456789012"),
        (True, "true"),
        ("  Ann ", "Ann"),
        ("two\nlines", "two\nlines"),
        ("=1+1", "=1+1"),
    ],
    ids=str,
)
def test_cells_as_text(path: Path, cell: object, text: str) -> None:
    assert read(path, [["Ref", "Name"], ["1", cell]]).rows == [("1", text)]


def test_a_float_that_is_whole_is_written_so() -> None:
    assert sheet_rows.cell_text(16.0) == "16"


def test_the_header_may_stand_below_a_title(path: Path) -> None:
    content = [["CSAE crimes"], [], ["Ref", "Name"], ["1", "Ann"]]
    assert read(path, content, header_row=3) == Table([("1", "Ann")], [4], ())


def test_rows_are_numbered_as_a_spreadsheet_does(path: Path) -> None:
    assert read(path, [[], [], ["Ref", "Name"], ["1", "a"], [], ["", ""], ["2", "b"]], header_row=3).numbers == [4, 7]


def test_columns_may_begin_further_right(path: Path) -> None:
    assert read(path, [[None, None, "Ref", "Name"], [None, None, "1", "a"]]).rows == [("1", "a")]


def test_cells_that_are_not_there_are_blank(path: Path) -> None:
    assert read(path, [["Ref", "Name"], ["1"], [None, "b"]]).rows == [("1", ""), ("", "b")]


def test_the_sheet_that_the_yaml_names(path: Path) -> None:
    write(path, PEOPLE, other_sheets=["Notes", "Codes"])
    assert table(path, crimes(sheet(), ["Ref"])).rows == [("1",), ("2",)]


def test_a_header_alone_is_no_records(path: Path) -> None:
    assert read(path, [["Ref", "Name"]]) == Table([], [], ())


def test_columns_that_the_yaml_does_not_name_are_signalled(path: Path) -> None:
    assert read(path, [["Ref", "Name", "Shoe\nsize"], ["1", "a", 9]]).unexpected == ("Shoe",)


def test_batches_go_on_counting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "BATCH_ROWS", 2)
    rows = [[str(number), "a"] for number in range(5)]
    assert read(path, [["Ref", "Name"], *rows]).numbers == [2, 3, 4, 5, 6]


def handed_over(cells: Sequence[Sequence[sheet_rows.Cell]], longest: int = 100) -> Iterator[tuple[str, ...]]:
    """The rows as the process apart gives them and as this one takes them."""
    for line in sheet_rows.lines(cells, longest):
        yield from workbook._table(line.encode() + b"\n", 1).drop(ROW_NUMBER).iter_rows()


@pytest.mark.parametrize("cells_at_once", [0, 20, 1 << 16])
@pytest.mark.parametrize("at_once", [0, 60, 1 << 16])
def test_rows_are_the_same_however_many_are_handed_over_at_once(
    monkeypatch: pytest.MonkeyPatch, cells_at_once: int, at_once: int
) -> None:
    monkeypatch.setattr(sheet_rows, "_CELLS_AT_ONCE", cells_at_once)
    monkeypatch.setattr(sheet_rows, "_AT_ONCE", at_once)
    cells: list[list[sheet_rows.Cell]] = [[float(number), f" {number} ", True] for number in range(50)]
    assert list(handed_over(cells)) == [(str(number), str(number), "true") for number in range(50)]


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(st.text(), min_size=width, max_size=width))))
def test_any_text_is_handed_over_as_it_stands_but_for_characters_that_no_text_has(cells: list[list[str]]) -> None:
    lost = str.maketrans({sheet_rows.PARTING: "\ufffd", sheet_rows.NEWLINE: "\ufffd"})
    assert list(handed_over(cells, 10_000)) == [tuple(cell.strip().translate(lost) for cell in row) for row in cells]


@pytest.mark.parametrize("character", ["\x1e", "\x1f"])
def test_a_character_that_parts_cells_on_the_way_parts_none_when_it_stands_in_one(path: Path, character: str) -> None:
    found = read(path, [["Ref", "Name"], ["1", f"An{character}n\n"], ["2", "two\nlines"]])
    assert found.rows == [("1", "An\ufffdn"), ("2", "two\nlines")]


@pytest.mark.parametrize("cells_at_once", [0, 1, 1 << 16])
def test_a_row_that_is_too_long_comes_after_those_before_it(
    monkeypatch: pytest.MonkeyPatch, cells_at_once: int
) -> None:
    monkeypatch.setattr(sheet_rows, "_CELLS_AT_ONCE", cells_at_once)
    rows = handed_over([["a"], ["b" * 8], ["c" * 9], ["d"]], 8)
    assert [next(rows), next(rows)] == [("a",), ("b" * 8,)]
    with pytest.raises(sheet_rows.RowTooLongError):
        next(rows)


def write_xls(path: Path, cells: Cells, name: str = "CSAE") -> None:
    book = xlwt.Workbook()
    worksheet = book.add_sheet(name)
    formats = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm"}
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            shown = formats.get(type(value), "general")
            worksheet.write(row, column, value, xlwt.easyxf(num_format_str=shown))
    book.save(str(path))


def write_ods(path: Path, cells: Cells, name: str = "CSAE") -> None:
    book = OpenDocumentSpreadsheet()
    worksheet = OdsTable(name=name)
    for values in cells:
        row = TableRow()
        for value in values:
            row.addElement(ods_cell(value))
        worksheet.addElement(row)
    book.spreadsheet.addElement(worksheet)
    book.write(str(path))


def ods_cell(value: object) -> TableCell:
    match value:
        case bool():
            return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
        case int() | float():
            return TableCell(valuetype="float", value=value)
        case date():
            return TableCell(valuetype="date", datevalue=value.isoformat())
    cell = TableCell(valuetype="string")
    cell.addElement(P(text=value))
    return cell


@pytest.mark.parametrize("writer", [write, write_xls, write_ods], ids=["xlsx", "xls", "ods"])
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (date(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1, 23, 30), "2026-09-01 23:30:00"),
        ("01/09/2026", "01/09/2026"),
        ("00123", "00123"),
        ("5", "5"),
        (123, "123"),
        (1.0, "1"),
        (0.5, "0.5"),
        (True, "true"),
        ("Siân", "Siân"),
    ],
    ids=str,
)
def test_cells_are_the_same_text_in_every_kind_of_workbook(path: Path, writer: Writer, cell: object, text: str) -> None:
    writer(path, [["Extract of September", ""], ["Ref", "Name"], ["1", cell]])
    assert table(path, crimes(sheet(header_row=2), ["Ref", "Name"])) == Table([("1", text)], [3], ())


@pytest.mark.parametrize("name", ["CSAE", "CSAE 2026-09", "CSAE (a.b)"])
def test_a_sheet_by_what_stays_the_same_in_its_name(path: Path, name: str) -> None:
    write(path, PEOPLE, name, other_sheets=["Notes", "Old CSAE"])
    assert table(path, crimes(sheet(sheet="CSAE*"), ["Ref"])).rows == [("1",), ("2",)]


def test_several_extracts_on_the_sheets_of_one_workbook(path: Path) -> None:
    book = xlsxwriter.Workbook(str(path))
    for name, cells in {"Crimes": [["Ref"], ["1"]], "People": [["Title"], ["Id", "Ref"], ["7", "1"]]}.items():
        worksheet = book.add_worksheet(f"{name} 2026")
        for row, values in enumerate(cells):
            worksheet.write_row(row, 0, values)
    book.close()
    assert table(path, crimes(sheet(sheet="Crimes *"), ["Ref"])) == Table([("1",)], [2], ())
    people = crimes(sheet(sheet="People *", header_row=2), ["Ref", "Id"])
    assert table(path, people) == Table([("1", "7")], [3], ())


COUNT = {"trailer": {"row_count": r"^Records\s(\d+)$"}}


@pytest.mark.parametrize("last", [["Records", 2], [None, "Records 2"], ["Records", "2"]])
def test_a_trailer_whose_count_agrees(path: Path, last: Sequence[object]) -> None:
    assert read(path, [*PEOPLE, [], last, []], **COUNT).numbers == [2, 3]


def test_a_trailer_that_counts_rows_counts_the_header_and_itself(path: Path) -> None:
    trailer = {"rows": 2, "row_count": r"^(\d+)$", "counts": "rows"}
    assert read(path, [["Title"], *PEOPLE, [5], ["End"]], header_row=2, trailer=trailer).numbers == [3, 4]


def test_a_trailer_that_counts_lines_counts_the_title_too(path: Path) -> None:
    trailer = {"row_count": r"^(\d+)$", "counts": "lines"}
    assert read(path, [["Title"], [], *PEOPLE, [6]], header_row=3, trailer=trailer).numbers == [4, 5]


def test_without_wanted_columns_every_one_is_in_the_table(path: Path) -> None:
    write(path, [["Ref", "Shoe\nsize", None, "Ref"], ["1", 9, None, "x"]])
    form = WorkbookFormat.model_validate(sheet())
    assert drafted(workbook.read(path, "x", form, None)) == {
        "Ref": ["1"],
        "Shoe size": ["9"],
        "column 3": [""],
        "Ref 4": ["x"],
    }


# What is refused


@pytest.mark.parametrize(
    ("cells", "form", "reason", "words"),
    [
        pytest.param([], {}, "file_empty", "sheet 'CSAE' has nothing in row 1", id="empty sheet"),
        pytest.param(PEOPLE, {"header_row": 9}, "file_empty", "has nothing in row 9", id="no header row"),
        pytest.param(PEOPLE, {"sheet": "Data"}, "sheet_missing", "there is no sheet 'Data'", id="no such sheet"),
        pytest.param([["Ref", "Nam"], ["1", "ZqxA"]], {}, "column_missing", "lacks 'Name'", id="column renamed"),
        pytest.param([["1", "ZqxA"], ["2", "ZqxB"]], {}, "column_missing", "has 2 that the YAML", id="no header"),
        pytest.param(
            [*PEOPLE, ["Records 3"]], COUNT, "row_count_wrong", "says 3 records and the file has 2", id="count"
        ),
        pytest.param(PEOPLE, COUNT, "trailer_missing", "probably cut short", id="no trailer"),
        pytest.param(
            PEOPLE, {"sheet": "CS?E"}, "sheet_missing", "there is no sheet 'CS?E'", id="a star alone is a pattern"
        ),
        pytest.param([["Ref", "Name", "Name"]], {}, "column_repeated", "'Name' more than once", id="column twice"),
    ],
)
def test_refused(path: Path, cells: Cells, form: dict[str, Any], reason: str, words: str) -> None:
    write(path, cells)
    error = refused(path, **form)
    assert error.reason_code == reason
    assert words in error.sentence


def test_a_pattern_that_several_sheets_fit_is_refused(path: Path) -> None:
    write(path, PEOPLE, "CSAE 2026", other_sheets=["CSAE 2025"])
    error = refused(path, sheet="CSAE*")
    assert error.reason_code == "sheet_ambiguous"
    assert "several sheets have a name like 'CSAE*'" in error.sentence


@pytest.mark.parametrize("writer", [write_xls, write_ods], ids=["xls", "ods"])
@settings(max_examples=60)
@given(data=st.data())
def test_any_damage_of_other_workbooks_is_read_or_refused(path: Path, writer: Writer, data: st.DataObject) -> None:
    writer(path, PEOPLE)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    assert outcome(path, crimes(sheet(), ["Ref", "Name"])) in OUTCOMES


@pytest.mark.parametrize(
    "content",
    [b"", b"Ref,Name\n1,ZqxA\n", b"PK", b"PK\3\4ZqxA", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"<table/>"],
    ids=["empty", "text", "two bytes", "broken zip", "broken xls", "web page"],
)
def test_what_is_no_workbook_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refused(path).reason_code == "file_unreadable"


def test_a_password_is_named_as_the_reason(path: Path) -> None:
    path.write_bytes(encrypted_workbook())
    assert str(refused(path)) == (
        "people: the workbook is protected by a password. Ask the force to send it without one."
    )


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])
def test_a_workbook_that_is_cut_short_is_refused(path: Path, share: float) -> None:
    write(path, PEOPLE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refused(path).reason_code == "file_unreadable"


@pytest.mark.parametrize("cell", ["XFD1048576", "A4294967295", "A99999999999", "ZZZZZZZZZZ1", "A0", "A-1", "x"])
def test_a_cell_in_an_impossible_place_costs_no_more_than_its_workbook(path: Path, cell: str) -> None:
    write(path, PEOPLE)
    with_parts(path, lambda name, part: part.replace(b'r="B3"', f'r="{cell}"'.encode()) if name == SHEET else part)
    error = refused(path)
    assert error.reason_code in {"file_unreadable", "limit_exceeded"}
    assert error.reason_code == "file_unreadable" or "CSAE_LIMIT_MEMORY_BYTES" in error.sentence


def test_being_stopped_from_outside_is_not_the_file_s_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = path.with_name("program.py")
    program.write_text("import os, signal\nprint('[1', end='', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(sheet_rows, "__file__", str(program))
    write(path, PEOPLE)
    with pytest.raises(ReaderStoppedError, match="people: reading the workbook was stopped from outside; run again"):
        table(path, crimes(sheet(), ["Ref", "Name"]))


def test_an_entity_is_not_unfolded(path: Path) -> None:
    bomb = b'<!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst'
    write(path, PEOPLE)
    with_parts(path, lambda _, part: part.replace(b"<sst", bomb).replace(b"ZqxAnn", b"Zqx&b;"))
    assert outcome(path, crimes(sheet(), ["Ref", "Name"])) == "document_type_refused"


# Whatever the file holds


def workbook_bytes(directory: Path) -> bytes:
    write(directory / "good", PEOPLE)
    return (directory / "good").read_bytes()


@settings(max_examples=100)
@given(data=st.data())
def test_any_damaged_archive_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    path.write_bytes(data.draw(damaged(workbook_bytes(path.parent))))
    assert outcome(path, crimes(sheet(), ["Ref", "Name"])) in OUTCOMES


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
@settings(max_examples=50)
@given(data=st.data())
def test_any_damage_inside_is_read_or_refused(path: Path, part: str, data: st.DataObject) -> None:
    write(path, PEOPLE)
    with_parts(path, lambda name, content: data.draw(damaged(content)) if name == part else content)
    assert outcome(path, crimes(sheet(), ["Ref", "Name"])) in OUTCOMES


OUTCOMES = {"read", "file_unreadable", "sheet_missing", "file_empty", "column_missing", "column_repeated"}


def encrypted_workbook() -> bytes:
    """The smallest OLE file with the stream in which Excel keeps an encrypted workbook."""
    free, end, own, none = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    mark = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    header = struct.pack("<8s16x5H6x9I", mark, 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    sectors = struct.pack("<109I", 0, *[free] * 108) + struct.pack("<128I", own, end, *[free] * 126)

    def entry(name: str, kind: int, child: int) -> bytes:
        text = f"{name}\0".encode("utf-16-le")
        return struct.pack("<64sHBB3I36xIQ", text, len(text), kind, 1, none, none, child, end, 0)

    return header + sectors + entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, none) + bytes(256)
