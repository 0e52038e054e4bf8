"""Workbooks (.xlsx, .xls, .ods): a header below a title, one sheet of several, real dates and numbers."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl

from csae.readers import sheet_rows
from csae.readers.tables import (
    BATCH_ROWS,
    ExtractError,
    ReaderStoppedError,
    check_header,
    frames,
    without_trailer,
)
from csae.sources.formats import WorkbookFormat

_STOPS = {-signal.SIGHUP, -signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM}


def read(
    path: Path, name: str, form: WorkbookFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, the file's columns)`; without `wanted`, every column is in the table.

    Raises `ExtractError` and `ReaderStoppedError`.
    """
    with closing(_numbered_rows(path, name, form)) as rows:
        columns = check_header(name, form.header_row, _header(rows, name, form), wanted)
        filled = ((number, row, "\t".join(row).strip()) for number, row in rows if any(row))
        data = without_trailer(filled, name, form.trailer, header_rows=1, lines_above=form.header_row)
        yield from frames(data, columns, wanted, BATCH_ROWS)


def _header(rows: Iterator[tuple[int, list[str]]], name: str, form: WorkbookFormat) -> list[str]:
    header = next((row for number, row in rows if number == form.header_row), [])
    if not any(header):
        raise ExtractError(
            "file_empty",
            f"{name}: sheet '{form.sheet}' has nothing in row {form.header_row}, where the YAML puts its header. "
            "Ask the force to send it again, or correct 'header_row'.",
        )
    return header


def _numbered_rows(path: Path, name: str, form: WorkbookFormat) -> Generator[tuple[int, list[str]]]:
    """Raises `ExtractError` and `ReaderStoppedError`."""
    with subprocess.Popen(
        [sys.executable, "-P", sheet_rows.__file__, str(path), form.sheet],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is this process's to act on
    ) as reading:
        try:
            for number, line in enumerate(reading.stdout or (), start=1):
                if not line.endswith(b"\n"):
                    break
                yield number, json.loads(line)
        except BaseException:
            reading.kill()
            raise
    if reading.returncode in _STOPS:
        raise ReaderStoppedError(f"{name}: reading the workbook was stopped from outside; run again.")
    if reading.returncode == sheet_rows.SHEET_MISSING:
        raise ExtractError(
            "sheet_missing",
            f"{name}: there is no sheet '{form.sheet}', which the YAML names. Ask the force for its usual workbook, "
            "or correct 'sheet'.",
        )
    if reading.returncode == sheet_rows.SHEET_AMBIGUOUS:
        raise ExtractError(
            "sheet_ambiguous",
            f"{name}: several sheets have a name like '{form.sheet}', which the YAML gives. Ask the force for its "
            "usual workbook, or name the one sheet in 'sheet'.",
        )
    if reading.returncode == sheet_rows.PROTECTED:
        raise ExtractError(
            "file_protected", f"{name}: the workbook is protected by a password. Ask the force to send it without one."
        )
    if reading.returncode != 0:
        raise ExtractError(
            "file_unreadable",
            f"{name}: this is not a whole workbook; it is cut short, damaged or of another format. "
            "Ask the force to send it again.",
        )
