"""Where a table begins and ends: its header below titles, and the rows at its end that count it."""

import re
from collections.abc import Callable, Sequence

_COUNT_WORDS = (
    "trailer|trl|tlr|end of|eof|end|total|count|rows|records|footer|number of|diwedd|cyfanswm|cofnodion|nifer|rhesi"
)
_SAYS_COUNT = re.compile(rf"\b(?:{_COUNT_WORDS})\b", re.IGNORECASE)
_VALUE = re.compile(r"\d[\d/:. -]*|\d{4}-\d\d-\d\d.*|.*\d{4,}.*")
_MOST_TRAILER_ROWS = 5
_HEADER_SEARCHED = 40


def header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the header: the first row that is as wide as the table and holds names, none twice."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:_HEADER_SEARCHED]]
    widest = max(filled, default=0)
    if widest < 2:
        return None
    for at, count in enumerate(filled):
        if count >= max(2, widest * 0.6) and looks_like_header(rows[at]) and at + 1 < len(rows):
            return at
    return None


def looks_like_header(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    values = sum(bool(_VALUE.fullmatch(cell)) for cell in cells)
    return len(set(cells)) >= len(cells) - 1 and values <= len(cells) * 0.1 and any(c.isalpha() for c in "".join(cells))


def trailer_of(
    rows: list[list[str]], as_in_file: Callable[[list[str]], str], *, above: int = 1, width: int | None = None
) -> tuple[dict[str, object], list[list[str]]]:
    """`{"trailer": …}` as the YAML says it, or nothing, and the rows of data without it.

    Such a row is of another width than the data, or has next to nothing in it, and says a number or a word of an end.
    """
    cut = len(rows)
    while cut > 1 and len(rows) - cut < _MOST_TRAILER_ROWS and _is_trailer(rows[cut - 1], rows[0], width):
        cut -= 1
    if cut == len(rows):
        return {}, rows
    data, below = rows[:cut], rows[cut:]
    counts = {"records": len(data), "rows": len(data) + len(below) + above}
    trailer: dict[str, object] = {"rows": len(below)}
    for counting, number in counts.items():
        for row in below:
            pattern = _count_pattern(as_in_file(row), number)
            if pattern:
                trailer["row_count"] = pattern
                if counting == "rows":
                    trailer["counts"] = counting
                return {"trailer": trailer}, data
    return {"trailer": trailer}, data


def _is_trailer(row: list[str], first: list[str], width: int | None) -> bool:
    filled = [cell for cell in row if cell.strip()]
    text = " ".join(filled)
    tells = bool(_SAYS_COUNT.search(text)) or text.strip().isdigit()
    if width is not None and len(row) != width:
        return True
    usual = sum(bool(cell.strip()) for cell in first)
    return tells and len(filled) <= max(3, usual // 3) and len(filled) < usual


def _count_pattern(line: str, count: int) -> str | None:
    """A regular expression for the count in this line, made of the word before it."""
    for number in re.finditer(r"\d[\d,]*", line):
        if number[0].replace(",", "") != str(count) and number[0].lstrip("0") != str(count):
            continue
        before = re.search(r"([A-Za-z\u00c0-\u017f]+)([^A-Za-z\d\u00c0-\u017f]*)$", line[: number.start()])
        if before:
            return f"{re.escape(before[1])}{_any_marks(before[2])}" + r"(\d+)"
        return r"(\d+)" if not line[: number.start()].strip() else None
    return None


def _any_marks(marks: str) -> str:
    return r"\W*" if marks else ""
