"""The file formats: each writes one force's delivery of a night, batch by batch, knowing nothing of any force."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from csae.synthetic.layouts import Column, Delimited, Markup, Workbook
from csae.synthetic.rendering import Batch, Cell, column

Batches = Iterable[Batch]
MOST_SHEET_ROWS = 1_048_576
ROWS_ABOVE_DATA = 3


def write_delimited(form: Delimited, folder: Path, day: date, source: Batches) -> None:
    with ExitStack() as stack:
        files = [
            stack.enter_context((folder / table.name.format(day=day)).open("w", encoding=form.encoding, newline=""))
            for table in form.tables
        ]
        for table, file in zip(form.tables, files, strict=True):
            file.write(form.separator.join(entry.header for entry in table.columns) + form.line_end)
        for batch in source:
            for table, file in zip(form.tables, files, strict=True):
                columns = [
                    _quoted([str(cell) for cell in column(batch, entry.field, of=table.of)], form.separator)
                    for entry in table.columns
                ]
                lines = map(form.separator.join, zip(*columns, strict=True))
                file.writelines(line + form.line_end for line in lines)


def _quoted(cells: list[str], separator: str) -> list[str]:
    """Put the cells that need it in quotes, as CSV does."""
    special = {separator, '"', "\r", "\n"}
    if special.isdisjoint("".join(cells)):
        return cells
    return [cell if special.isdisjoint(cell) else '"' + cell.replace('"', '""') + '"' for cell in cells]


def write_markup(form: Markup, folder: Path, day: date, source: Batches, occurrences: int) -> None:
    path = folder / form.name.format(day=day)
    with path.open("w", encoding=form.encoding, newline="") as file:
        file.write(form.opening.format(day=day, occurrences=occurrences))
        for batch in source:
            file.writelines(_elements(form, batch))
        file.write(form.closing)


def _elements(form: Markup, batch: Batch) -> Iterator[str]:
    people = _filled(form, form.person, batch, "people")
    on_crime: list[list[str]] = [[] for _ in batch.records]
    for owner, person in zip(batch.owners.tolist(), people, strict=True):
        on_crime[owner].append(person)
    crimes = _filled(form, form.crime.replace("{people}", "\0"), batch, "crimes")
    for crime, nested in zip(crimes, on_crime, strict=True):
        yield crime.replace("\0", "".join(nested))


def _filled(form: Markup, template: str, batch: Batch, of: str) -> list[str]:
    """The template filled in for each of the batch's crimes or people."""
    parts = re.split(r"\{(\w+)\}", template)
    names = parts[1::2]
    columns = []
    for name in names:
        if name in form.pieces:
            leading, inner = form.pieces[name]
            present = column(batch, leading, of=of)
            filled = _filled(form, inner, batch, of)
            columns.append([text if cell else "" for cell, text in zip(present, filled, strict=True)])
        else:
            columns.append(_escaped([str(cell) for cell in column(batch, name, of=of)]))
    pattern = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return [pattern % cells for cells in zip(*columns, strict=True)]


def _escaped(cells: list[str]) -> list[str]:
    if set('&<>"').isdisjoint("".join(cells)):
        return cells
    marks = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
    return [cell.translate(marks) for cell in cells]


def write_workbook(form: Workbook, folder: Path, day: date, source: Batches) -> None:
    """One row in memory at a time. The dates inside the file are the delivery's, so that its bytes repeat."""
    path = folder / form.name.format(day=day)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": datetime.combine(day, time(23, 5), tzinfo=UTC)})
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(form.sheet)
        sheet.write_string(0, 0, form.title.format(day=day))
        for place, entry in enumerate(form.columns):
            sheet.write_string(ROWS_ABOVE_DATA - 1, place, entry.header)
        row = ROWS_ABOVE_DATA
        writes = [_cell_writer(entry, place, sheet, as_date) for place, entry in enumerate(form.columns)]
        for batch in source:
            columns = [column(batch, entry.field, of="people") for entry in form.columns]
            for cells in zip(*columns, strict=True):
                for write, cell in zip(writes, cells, strict=True):
                    if cell != "":
                        write(row, cell)
                row += 1
        notes = book.add_worksheet("Notes")
        for place, line in enumerate(form.notes):
            notes.write_string(place, 0, line)


def _cell_writer(entry: Column, place: int, sheet: Any, as_date: Any) -> Callable[[int, Cell], None]:
    """How the column's cells are written: as real dates and numbers, or as text where they cannot be."""

    def write(row: int, cell: Cell) -> None:
        if isinstance(cell, int):
            sheet.write_number(row, place, cell, as_date)
        elif entry.kind == "number" and cell.isdecimal():
            sheet.write_number(row, place, int(cell))
        else:
            sheet.write_string(row, place, cell)

    return write
