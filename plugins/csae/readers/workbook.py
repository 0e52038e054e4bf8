"""Workbooks (.xlsx, .xls, .ods): a header below a title, one sheet of several, real dates and numbers."""

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import polars as pl

from csae.limits import Limits
from csae.readers import apart, sheet_rows
from csae.readers.signatures import DOCTYPE, ZIP_MARK, document_type_refused
from csae.readers.tables import (
    BATCH_ROWS,
    ExtractError,
    Row,
    beyond,
    check_header,
    frames,
    header_again,
    without_trailer,
)
from csae.readers.zip_bytes import DAMAGED, DirectoryTooLargeError, ZipBytes, is_of_the_machine
from csae.sources.formats import WorkbookFormat

_PICTURES = ("xl/media/", "Pictures/", "Thumbnails/")
"""Parts that no reader of cells opens; a drawing among them may well have a document type."""


def read(
    path: Path, name: str, form: WorkbookFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, the file's columns)`; without `wanted`, every column is in the table.

    Raises `ExtractError` and `ReaderStoppedError`.
    """
    limits = Limits.current()
    _check_parts(path, name, limits)
    with closing(_numbered_rows(path, name, form, limits)) as rows:
        header = _header(rows, name, form)
        columns = check_header(name, form.header_row, header, wanted)
        filled = _filled(rows, name, header)
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


def _filled(rows: Iterator[tuple[int, list[str]]], name: str, header: list[str]) -> Iterator[Row]:
    """Rows with something in them, each as wide as the header's cells or wider by blanks."""
    for number, row in rows:
        if row == header:
            raise header_again(name, number)
        if any(row):
            yield number, row, "\t".join(row).strip()


def _check_parts(path: Path, name: str, limits: Limits) -> None:
    """A workbook that is an archive, before any parser sees it: what comes out of it ends, and declares no DOCTYPE."""
    with path.open("rb") as stream:
        if stream.read(len(ZIP_MARK)) != ZIP_MARK:
            return
    unpacked, packed = 0, path.stat().st_size
    try:
        with ZipBytes(path, limits) as content:
            if len(content.members) > limits.members:
                raise beyond(name, f"the workbook has {len(content.members):,} parts, more than the", limits, "members")
            for item in content.members:
                tail = b""
                is_searched = not item.filename.startswith(_PICTURES)
                for block in content.blocks(item):
                    unpacked += len(block)
                    if unpacked > limits.unpacked_bytes:
                        raise beyond(name, "unpacked it has more bytes than the", limits, "unpacked_bytes")
                    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
                        raise beyond(name, "unpacked it is larger by more times than the", limits, "ratio")
                    if is_searched:
                        text = tail + block.replace(b"\0", b"")
                        if DOCTYPE in text:
                            raise document_type_refused(name)
                        tail = text[-len(DOCTYPE) :]
    except DirectoryTooLargeError:
        raise beyond(name, "the workbook has a longer list of parts than the", limits, "members") from None
    except DAMAGED as error:
        if is_of_the_machine(error):
            raise
        raise _unreadable(name) from None


def _numbered_rows(path: Path, name: str, form: WorkbookFormat, limits: Limits) -> Generator[tuple[int, list[str]]]:
    """Raises `ExtractError` and `ReaderStoppedError`."""
    given = (limits.memory_bytes, limits.seconds, limits.record_characters)
    program = ["-P", sheet_rows.__file__, str(path), form.sheet, *map(str, given)]
    try:
        with closing(apart.lines(program, name, "the workbook", limits)) as lines:
            yield from enumerate(chain.from_iterable(map(json.loads, lines)), start=1)
    except apart.EndedError as error:
        raise _ended(error.code, name, form, limits) from None


def _ended(code: int, name: str, form: WorkbookFormat, limits: Limits) -> ExtractError:
    match code:
        case sheet_rows.SHEET_MISSING:
            return ExtractError(
                "sheet_missing",
                f"{name}: there is no sheet '{form.sheet}', which the YAML names. Ask the force for its usual "
                "workbook, or correct 'sheet'.",
            )
        case sheet_rows.SHEET_AMBIGUOUS:
            return ExtractError(
                "sheet_ambiguous",
                f"{name}: several sheets have a name like '{form.sheet}', which the YAML gives. Ask the force for its "
                "usual workbook, or name the one sheet in 'sheet'.",
            )
        case sheet_rows.PROTECTED:
            return ExtractError(
                "file_protected",
                f"{name}: the workbook is protected by a password. Ask the force to send it without one.",
            )
        case sheet_rows.ROW_TOO_LONG:
            return beyond(name, "a row has more characters than the", limits, "record_characters")
    return _unreadable(name)


def _unreadable(name: str) -> ExtractError:
    return ExtractError(
        "file_unreadable",
        f"{name}: this is not a whole workbook; it is cut short, damaged or of another format. "
        "Ask the force to send it again.",
    )
