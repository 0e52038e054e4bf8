"""The rows of one sheet as JSON on standard output, some in each line: `workbook` runs this as a program of its own.

On some damaged workbooks calamine ends the whole process (a cell far out asks for more memory than there is), and what
it then prints can quote cells. Here that costs one workbook, and its words go nowhere.
"""

import json
import re
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

SHEET_MISSING, PROTECTED, SHEET_AMBIGUOUS, OUT_OF_MEMORY, ROW_TOO_LONG = 3, 4, 5, 6, 7
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")

_AT_ONCE = 1 << 16
"""Characters in a line of the output: of one short row each, a line takes longer than the row."""

Cell = int | float | str | bool | time | date | datetime | timedelta


class RowTooLongError(Exception):
    """A row has more characters than it may have."""


def _moment(cell: datetime) -> str:
    return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")


def _number(cell: float) -> str:
    return str(int(cell)) if cell.is_integer() else str(cell)


_TEXT: dict[type, Callable[[Any], str]] = {
    str: str.strip,
    float: _number,
    date: date.isoformat,
    datetime: _moment,
    time: time.isoformat,
    bool: {True: "true", False: "false"}.__getitem__,
    int: str,
    timedelta: str,
}
"""By the type of a cell, of which a large workbook has millions."""


def cell_text(cell: Cell) -> str:
    """A cell as text: a date as yyyy-mm-dd, a whole number without its decimal point."""
    return _TEXT[type(cell)](cell)


def texts(rows: Iterable[Sequence[Cell]], longest: int) -> Iterator[list[list[str]]]:
    """Rows of text, some at a time. Raises `RowTooLongError` for one of more characters than `longest`."""
    some: list[list[str]] = []
    characters = 0
    for row in rows:
        cells = [_TEXT[type(cell)](cell) for cell in row]
        length = sum(map(len, cells))
        if length > longest:
            yield some
            raise RowTooLongError
        some.append(cells)
        characters += length + len(cells)
        if characters > _AT_ONCE:
            yield some
            some, characters = [], 0
    yield some


def matching(pattern: str, names: list[str]) -> list[str]:
    """The names that the pattern fits; `*` stands for any text, and no other character for anything else."""
    parts = ".*".join(map(re.escape, pattern.split("*")))
    return [name for name in names if re.fullmatch(parts, name, re.DOTALL)]


def confine(memory_bytes: int, seconds: int) -> None:
    """Give this process an end: beyond what it has now, so much memory, and so much time of a processor."""
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    most = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, sheet: str, memory_bytes: str, seconds: str, row_characters: str) -> int:
    confine(int(memory_bytes), int(seconds))
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = matching(sheet, book.sheet_names)
            if len(names) != 1:
                return SHEET_AMBIGUOUS if names else SHEET_MISSING
            for rows in texts(book.get_sheet_by_name(names[0]).iter_rows(), int(row_characters)):
                print(json.dumps(rows))
    except RowTooLongError:
        return ROW_TOO_LONG
    except PasswordError:
        return PROTECTED
    except CalamineError:
        return PROTECTED if _is_encrypted(path) else 1
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _is_encrypted(path: str) -> bool:
    """calamine knows a password by the file's extension only, and a spool file has none."""
    content = Path(path).read_bytes()
    return content.startswith(_OLE_MARK) and _ENCRYPTED_MARK in content


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
