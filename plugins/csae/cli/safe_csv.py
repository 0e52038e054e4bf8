"""CSV that people open in a spreadsheet: no cell of it may run as a formula, whatever a force wrote."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

_RUNS = re.compile(r"[\s\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""What spreadsheets take for the beginning of a formula, the full-width forms included, blanks before it or not."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def defused(cell: object) -> object:
    """The cell with an apostrophe before it where it would run; a number stays one, even as text."""
    if isinstance(cell, str) and _RUNS.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def write_rows(
    stream: TextIO, columns: Sequence[str], rows: Iterable[Iterable[object]], line_end: str = "\r\n"
) -> None:
    """A header and a line a row."""
    writer = csv.writer(stream, lineterminator=line_end)
    writer.writerows(_defused([columns]))
    writer.writerows(_defused(rows))


def _defused(rows: Iterable[Iterable[object]]) -> Iterator[list[object]]:
    for row in rows:
        yield [defused(cell) for cell in row]
