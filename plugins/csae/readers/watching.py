"""Every batch of every reader passes here: limits that hold for all of them, and the marks that spreadsheets leave.

A spreadsheet program on the way cuts rows off at the end of its sheet and cells at their greatest length, makes
1.23E+11 of a long reference, writes no date as the nought of January 1900 and a date as a number of days; and a
program that took UTF-8 for Windows-1252 garbles accented letters. What loses records refuses the file; what may be
chance is counted by rule and column, without the values.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from csae.limits import Limits
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, Batch, Damage, ExtractError, beyond
from csae.sources.columns import DATE_COLUMNS, REFERENCE_COLUMNS
from csae.sources.dates import EXCEL
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, WorkbookFormat
from csae.sources.model import Extract

SHEET_ROWS = (65_536, 1_048_576)
"""Rows of a sheet, its header included: of .xls and of .xlsx."""
CELL_LENGTHS = (255, 32_767)
"""Characters that a cell is cut at: by drivers that read sheets as tables, and by Excel."""
_SCIENTIFIC = r"^[1-9](?:\.\d+)?E\+\d{2,3}$"
_NOUGHT = r"^(?:1900-01-00|0?0/0?1/1900|0?1/0?0/1900|0?0[-. ]Jan(?:uary)?[-. ]1900)(?:[ T]0?0:00(?::00)?)?$"
_SERIAL = r"^[1-6]\d{4}(?:\.\d+)?$"
_NOT_IN_CP1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_AFTER_LEAD = "".join(map(chr, range(0x80, 0xC0))) + bytes(set(range(0x80, 0xA0)).difference(_NOT_IN_CP1252)).decode(
    "cp1252"
)
_GARBLED = f"[\u00c2-\u00c5][{_AFTER_LEAD}]|\u00e2\u20ac[{_AFTER_LEAD}]|\ufffd"
"""Two letters of Windows-1252 where UTF-8 has one, such as \u00c3\u00ab for \u00eb; and the sign of a letter lost."""


@dataclass(frozen=True)
class _Mark:
    """The rows whose cells in a column bear the mark of a rule."""

    rule: str
    found: pl.DataFrame


@dataclass(frozen=True)
class _Columns:
    """The force's columns by what the dataset makes of them."""

    references: frozenset[str]
    dates: frozenset[str]


def watched(batches: Iterator[Batch], name: str, extract: Extract) -> Iterator[Batch]:
    """The batches, each with the damage in it. Raises `ExtractError`."""
    limits, columns = Limits.current(), _columns(extract)
    rows, seconds = 0, 0.0
    while True:
        began = time.monotonic()
        batch = next(batches, None)
        if batch is None:
            break
        rows += batch.rows
        if rows > limits.rows:
            raise beyond(name, "the file has more rows than the", limits, "rows")
        found = tuple(_damage(batch, extract, columns, name, limits))
        seconds += time.monotonic() - began
        if seconds > limits.seconds:
            raise beyond(name, "reading the file takes more seconds than the", limits, "seconds")
        yield replace(batch, damage=found)
    _refuse_cut_rows(name, rows, extract)


def _columns(extract: Extract) -> _Columns:
    references: set[str] = set()
    dates: set[str] = set()
    for _, record in extract.records:
        for canonical, column in record.columns.items():
            if canonical in REFERENCE_COLUMNS:
                references |= set(column.origins)
            if canonical in DATE_COLUMNS and EXCEL not in map(str.lower, column.date or ()):
                dates |= set(column.origins)
    return _Columns(frozenset(references), frozenset(dates))


def _refuse_cut_rows(name: str, rows: int, extract: Extract) -> None:
    """A table that fills a sheet to its last row is one that went on, unless a trailer counted it."""
    form = extract.format
    if not isinstance(form, DelimitedFormat | WorkbookFormat) or (form.trailer and form.trailer.row_count):
        return
    above = form.header_row if not isinstance(form, DelimitedFormat) or form.header is None else form.header_row - 1
    for most in SHEET_ROWS:
        if rows + above == most or rows in (most, most - 1):
            raise ExtractError(
                "rows_cut_by_spreadsheet",
                f"{name}: its {rows:,} rows fill a spreadsheet of {most:,} rows to the last one, so what came after "
                "was probably cut off. Ask the force for an export that no spreadsheet has opened, or for two files.",
            )


def _cells(batch: Batch, extract: Extract) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each of the force's columns with the numbers of its rows. A row of a table that gives several records counts
    once; in a document each record has cells of its own."""
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    used = {column for _, record in extract.records for column in record.source_columns}
    for place, ((_, record), frame) in enumerate(zip(extract.records, batch.frames, strict=True)):
        row = CRIME_ROW_NUMBER if CRIME_ROW_NUMBER in frame.columns else ROW_NUMBER
        for column in frame.columns:
            is_here = column in record.source_columns or (place == 0 and column not in used)
            if is_here and frame.height and column not in (ROW_NUMBER, CRIME_ROW_NUMBER):
                parts[column].append(frame.select(pl.col(row).alias(ROW_NUMBER), pl.col(column)))
    for column, frames in parts.items():
        cells = pl.concat(frames)
        is_table = isinstance(extract.format, DelimitedFormat | FixedWidthFormat | WorkbookFormat)
        yield column, cells.unique(ROW_NUMBER, maintain_order=True) if is_table and len(frames) > 1 else cells


def _damage(batch: Batch, extract: Extract, columns: _Columns, name: str, limits: Limits) -> Iterator[Damage]:
    for column, frame in _cells(batch, extract):
        cells = frame[column]
        lengths = cells.str.len_chars()
        longest = lengths.max()
        if isinstance(longest, int) and longest > limits.cell_characters:
            raise beyond(name, f"a value of '{column}' has more characters than the", limits, "cell_characters")
        marks: list[_Mark] = []
        if longest in CELL_LENGTHS:
            marks.append(_Mark("cell_cut_by_spreadsheet", frame.filter(lengths == longest)))
        has_accents = cells.str.len_bytes() != lengths
        if has_accents.any():
            marks.append(_Mark("text_garbled", frame.filter(has_accents).filter(pl.col(column).str.contains(_GARBLED))))
        if column in columns.references:
            marks.append(_Mark("reference_damaged", frame.filter(cells.str.contains(_SCIENTIFIC))))
        if column in columns.dates:
            marks.append(_Mark("date_is_nought", frame.filter(cells.str.contains(_NOUGHT))))
            marks.append(_Mark("date_is_serial", frame.filter(cells.str.contains(_SERIAL))))
        for mark in marks:
            if not mark.found.height:
                continue
            first = int(mark.found.select(pl.col(ROW_NUMBER).min()).item())
            if mark.rule == "reference_damaged":
                raise _damaged_reference(name, column, mark.found.height, first)
            yield Damage(mark.rule, column, mark.found.height, first)


def _damaged_reference(name: str, column: str, rows: int, first: int) -> ExtractError:
    return ExtractError(
        "reference_damaged",
        f"{name}: a spreadsheet has made numbers such as 1.23E+11 of the references in '{column}', in {rows:,} rows "
        f"from row {first} on; different crimes now have the same one. Ask the force for an export that no "
        "spreadsheet has opened.",
    )
