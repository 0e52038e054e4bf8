"""The cells of one sheet on standard output, those of some rows in each line; `workbook` runs this as a program apart.

On some damaged workbooks calamine ends the whole process (a cell far out asks for more memory than there is), and what
it then prints can quote cells. Here that costs one workbook, and its words go nowhere.
"""

import re
import resource
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

SHEET_MISSING, PROTECTED, SHEET_AMBIGUOUS, OUT_OF_MEMORY, ROW_TOO_LONG = 3, 4, 5, 6, 7
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")

PARTING, NEWLINE = "\x1f", "\x1e"
"""Between cells, and for a line end in one: control characters, which XML forbids and other text has no use for."""
_LOST = "\ufffd"
_RESERVED = str.maketrans({PARTING: _LOST, NEWLINE: _LOST})

_CELLS_AT_ONCE = 1 << 12
"""Made text of: of more, a processor has to fetch each from far away."""
_AT_ONCE = 1 << 18
"""Characters in a line of the output, at least: of few short rows, it takes longer to make a table than to read it."""

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


def texts(cells: Sequence[Cell]) -> Sequence[str]:
    """The cells of a column, most of which hold one type of value."""
    types = set(map(type, cells))
    if len(types) == 1:
        return list(map(_TEXT[types.pop()], cells))
    return [_TEXT[type(cell)](cell) for cell in cells]


def lines(rows: Iterable[Sequence[Cell]], longest: int) -> Iterator[str]:
    """How many rows, and then their cells, column after column. The rows are as wide as each other.

    Raises `RowTooLongError` for a row of more characters than `longest`, after those before it.
    """
    left = iter(rows)
    parts: list[list[str]] = []
    height, characters = 0, 0
    for first in left:
        some = [first, *islice(left, _CELLS_AT_ONCE // max(1, len(first)))]
        columns = [texts(cells) for cells in zip(*some, strict=True)]
        parts.append(list(map(_part, columns)))
        length = sum(map(len, parts[-1]))
        if length > longest:
            lengths = (sum(map(len, row)) for row in zip(*columns, strict=True))
            whole = next((at for at, length in enumerate(lengths) if length > longest), None)
            if whole is not None:
                parts[-1:] = [[_part(cells[:whole]) for cells in columns]] if whole else []
                if parts:
                    yield _line(height + whole, parts)
                raise RowTooLongError
        height, characters = height + len(some), characters + length
        if characters > _AT_ONCE:
            yield _line(height, parts)
            parts, height, characters = [], 0, 0
    if parts:
        yield _line(height, parts)


def _part(cells: Sequence[str]) -> str:
    """The cells that follow each other in a column."""
    part = PARTING.join(cells)
    if NEWLINE in part or part.count(PARTING) >= len(cells):
        part = PARTING.join(cell.translate(_RESERVED) for cell in cells)
    return part.replace("\n", NEWLINE)


def _line(rows: int, parts: Iterable[Iterable[str]]) -> str:
    """Of parts of columns, which stand row block after row block."""
    return PARTING.join(chain([str(rows)], *zip(*parts, strict=True)))


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
            for line in lines(book.get_sheet_by_name(names[0]).iter_rows(), int(row_characters)):
                sys.stdout.buffer.write(line.encode() + b"\n")
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
