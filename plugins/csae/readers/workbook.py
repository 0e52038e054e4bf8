"""Workbooks (.xlsx, .xls, .ods): a header below a title, one sheet of several, real dates and numbers."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound

from csae.readers.tables import BATCH_ROWS, ExtractError, check_header, text_frame
from csae.sources.model import WorkbookFormat

Cell = int | float | str | bool | time | date | datetime | timedelta


def read(
    path: Path, name: str, form: WorkbookFormat, wanted: dict[str, bool]
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, columns that the YAML does not name)`. Raises `ExtractError`."""
    rows = _numbered_rows(path, name, form)
    header = next((row for number, row in rows if number == form.header_row), [])
    if not any(header):
        raise ExtractError(
            "file_empty",
            f"{name}: sheet '{form.sheet}' has nothing in row {form.header_row}, where the YAML puts its header. "
            "Ask the force to send it again, or correct 'header_row'.",
        )
    unexpected = check_header(name, form.header_row, header, wanted)
    positions = {column: header.index(column) for column in wanted if column in header}
    batch: list[list[str]] = []
    numbers: list[int] = []
    for number, row in rows:
        if not any(row):
            continue
        batch.append(row)
        numbers.append(number)
        if len(batch) == BATCH_ROWS:
            yield _frame(batch, numbers, positions), unexpected
            batch, numbers = [], []
    yield _frame(batch, numbers, positions), unexpected


def cell_text(cell: Cell) -> str:
    """A cell as text: a date as yyyy-mm-dd, a whole number without its decimal point."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _numbered_rows(path: Path, name: str, form: WorkbookFormat) -> Iterator[tuple[int, list[str]]]:
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheet = book.get_sheet_by_name(form.sheet)
            for number, row in enumerate(sheet.iter_rows(), start=1):
                yield number, [cell_text(cell) for cell in row]
    except WorksheetNotFound:
        raise ExtractError(
            "sheet_missing",
            f"{name}: there is no sheet '{form.sheet}', which the YAML names. Ask the force for its usual workbook, "
            "or correct 'sheet'.",
        ) from None
    except PasswordError:
        raise ExtractError(
            "file_protected", f"{name}: the workbook is protected by a password. Ask the force to send it without one."
        ) from None
    except CalamineError:
        raise ExtractError(
            "file_unreadable",
            f"{name}: this is not a whole workbook; it is cut short, damaged or of another format. "
            "Ask the force to send it again.",
        ) from None


def _frame(rows: list[list[str]], numbers: list[int], positions: dict[str, int]) -> pl.DataFrame:
    return text_frame({column: [row[at] for row in rows] for column, at in positions.items()}, numbers)
