"""Workbooks: .xlsx a row at a time, .xls and .ods whole in memory."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]
from odf.element import Element  # type: ignore[import-untyped]
from odf.namespaces import nsdict  # type: ignore[import-untyped]
from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]
from odf.table import Table as SheetTable  # type: ignore[import-untyped]
from odf.table import TableCell, TableRow
from odf.text import P  # type: ignore[import-untyped]

from csae.synthetic.fields import EXCEL_EPOCH, Cell, column
from csae.synthetic.layouts import Column, Table, Workbook
from csae.synthetic.rendering import Batch
from csae.synthetic.writers.files import write_zip

ROWS_ABOVE_DATA = 3
"""At most: a title, a blank row and the header."""
_MOST_ROWS_OF = {".xls": 65_536}
MOST_ROWS = 1_048_576


def most_rows(form: Workbook) -> int:
    """How many rows a sheet of such a workbook holds."""
    return _MOST_ROWS_OF.get(Path(form.name).suffix, MOST_ROWS)


class Sheet(Protocol):
    def write(self, row: int, place: int, cell: Cell | None, kind: str) -> None: ...


class Book(Protocol):
    def sheet(self, name: str) -> Sheet: ...


def write_workbook(form: Workbook, folder: Path, day: date, source: Iterable[Batch]) -> dict[str, int]:
    """The dates inside the file are the delivery's, so that its bytes repeat."""
    path = folder / form.name.format(day=day)
    with _BOOKS[path.suffix](path, day) as book:
        sheets = [book.sheet(table.name.format(day=day)) for table in form.sheets]
        rows = [len(table.above) + 1 for table in form.sheets]
        for table, sheet in zip(form.sheets, sheets, strict=True):
            _write_head(table, sheet, day)
        for batch in source:
            for at, (table, sheet) in enumerate(zip(form.sheets, sheets, strict=True)):
                rows[at] = _write_rows(table, sheet, rows[at], batch.only(table.of))
        for at, (table, sheet) in enumerate(zip(form.sheets, sheets, strict=True)):
            count = rows[at] - len(table.above) - 1
            for below, line in enumerate(table.below):
                sheet.write(rows[at] + below, 0, line.format(day=day, rows=count), "text")
        if form.notes:
            notes = book.sheet("Notes")
            for place, line in enumerate(form.notes):
                notes.write(place, 0, line, "text")
    return {path.name: sum(rows)}


def _write_head(table: Table, sheet: Sheet, day: date) -> None:
    for row, line in enumerate(table.above):
        if line:
            sheet.write(row, 0, line.format(day=day), "text")
    for place, entry in enumerate(table.columns):
        sheet.write(len(table.above), place, entry.header, "text")


def _write_rows(table: Table, sheet: Sheet, row: int, batch: Batch) -> int:
    columns = [column(batch, entry.field, of=table.of) for entry in table.columns]
    for cells in zip(*columns, strict=True):
        for place, (entry, cell) in enumerate(zip(table.columns, cells, strict=True)):
            if cell != "":
                _write_cell(sheet, row, place, entry, cell)
        row += 1
    return row


def _write_cell(sheet: Sheet, row: int, place: int, entry: Column, cell: Cell) -> None:
    """As a real date or number, or as text where it cannot be."""
    if isinstance(cell, int):
        sheet.write(row, place, cell, "date")
    elif entry.kind == "number" and cell.isdecimal():
        sheet.write(row, place, int(cell), "number")
    else:
        sheet.write(row, place, cell, "text")


@contextmanager
def _xlsx(path: Path, day: date) -> Iterator[Book]:
    """One row in memory at a time."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": datetime.combine(day, time(23, 5), tzinfo=UTC)})
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        yield _XlsxBook(book, as_date)


class _XlsxBook:
    def __init__(self, book: Any, as_date: Any) -> None:
        self._book, self._as_date = book, as_date

    def sheet(self, name: str) -> Sheet:
        return _XlsxSheet(self._book.add_worksheet(name), self._as_date)


class _XlsxSheet:
    def __init__(self, sheet: Any, as_date: Any) -> None:
        self._sheet, self._as_date = sheet, as_date

    def write(self, row: int, place: int, cell: Cell | None, kind: str) -> None:
        if kind == "text":
            self._sheet.write_string(row, place, cell)
        else:
            self._sheet.write_number(row, place, cell, self._as_date if kind == "date" else None)


@contextmanager
def _xls(path: Path, _day: date) -> Iterator[Book]:
    book = xlwt.Workbook()
    yield _XlsBook(book)
    book.save(str(path))


class _XlsBook:
    def __init__(self, book: Any) -> None:
        self._book, self._as_date = book, xlwt.easyxf(num_format_str="DD/MM/YYYY")

    def sheet(self, name: str) -> Sheet:
        return _XlsSheet(self._book.add_sheet(name), self._as_date)


class _XlsSheet:
    def __init__(self, sheet: Any, as_date: Any) -> None:
        self._sheet, self._as_date = sheet, as_date

    def write(self, row: int, place: int, cell: Cell | None, kind: str) -> None:
        if kind == "date":
            self._sheet.write(row, place, cell, self._as_date)
        else:
            self._sheet.write(row, place, cell)


@contextmanager
def _ods(path: Path, day: date) -> Iterator[Book]:
    """Packed again, since odfpy notes the time of writing; and it declares the namespaces met since the program's
    start, so that all of them are met here."""
    Element.namespaces.clear()
    Element.namespaces.update(nsdict)
    document = OpenDocumentSpreadsheet()
    yield _OdsBook(document)
    packed = io.BytesIO()
    document.write(packed)
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    write_zip(path, day, members, stored="mimetype")


class _OdsBook:
    def __init__(self, document: OpenDocumentSpreadsheet) -> None:
        self._document = document

    def sheet(self, name: str) -> Sheet:
        table = SheetTable(name=name)
        self._document.spreadsheet.addElement(table)
        return _OdsSheet(table)


class _OdsSheet:
    def __init__(self, table: Any) -> None:
        self._table = table
        self._row: Any = None
        self._rows, self._cells = 0, 0

    def write(self, row: int, place: int, cell: Cell | None, kind: str) -> None:
        while self._rows <= row:
            self._row = TableRow()
            self._table.addElement(self._row)
            self._rows, self._cells = self._rows + 1, 0
        while self._cells < place:
            self._row.addElement(TableCell())
            self._cells += 1
        self._row.addElement(_ods_cell(cell, kind))
        self._cells += 1


def _ods_cell(cell: Cell | None, kind: str) -> Any:
    match kind:
        case "date":
            text = date.fromordinal(int(cell or 0) + EXCEL_EPOCH).isoformat()
            made = TableCell(valuetype="date", datevalue=text)
        case "number":
            text = str(cell)
            made = TableCell(valuetype="float", value=text)
        case _:
            text = str(cell)
            made = TableCell(valuetype="string")
    made.addElement(P(text=text))
    return made


_BOOKS = {".xlsx": _xlsx, ".xls": _xls, ".ods": _ods}
