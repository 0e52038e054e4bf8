"""The rows of one sheet as JSON on standard output, a line each: `workbook` runs this as a program of its own.

On some damaged workbooks calamine ends the whole process (a cell far out asks for more memory than there is), and what
it then prints can quote cells. Here that costs one workbook, and its words go nowhere.
"""

import json
import re
import resource
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

SHEET_MISSING, PROTECTED, SHEET_AMBIGUOUS, OUT_OF_MEMORY, ROW_TOO_LONG = 3, 4, 5, 6, 7
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")

Cell = int | float | str | bool | time | date | datetime | timedelta


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
    longest = int(row_characters)
    try:
        with CalamineWorkbook.from_path(path) as book:
            names = matching(sheet, book.sheet_names)
            if len(names) != 1:
                return SHEET_AMBIGUOUS if names else SHEET_MISSING
            for row in book.get_sheet_by_name(names[0]).iter_rows():
                cells = [cell_text(cell) for cell in row]
                if sum(map(len, cells)) > longest:
                    return ROW_TOO_LONG
                print(json.dumps(cells))
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
