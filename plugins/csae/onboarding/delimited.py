"""Delimited text: the delimiter is what parts most lines into equally many fields, quotes kept in mind."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from csae.onboarding.samples import Sample
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.trailers import looks_like_header, trailer_of
from csae.readers.tables import clean_header

_STAND_IN = "\x1f"
"""For a delimiter of several characters, which the csv module does not take."""
_KNOWN = (
    *("\t", "|", ";", ",", "^", "~", "¬", "\x1f", "§"),
    *("||", "~|~", "|~|", "::", "^|^", "~~", "<|>", "@@", "##", "$$"),
)
_RUN = re.compile(r"[^\w\s\"'()/.:+-]{1,5}")
_NAMES = {"\t": "tab"}
_TRIED_CHARACTERS = 200_000
_LEAST_ROWS = 2


@dataclass(frozen=True)
class _Parsed:
    delimiter: str
    quote: str | None
    rows: list[list[str]]
    width: int
    share: float
    """Of the rows that have this width."""


def sniff_delimited(sample: Sample, text: str, encoding: str, about_encoding: str) -> Sniffed | None:
    """None when no delimiter parts the lines evenly."""
    parsed = _best(text)
    if parsed is None:
        return None
    rows = parsed.rows
    top = next(at for at, row in enumerate(rows) if len(row) == parsed.width)
    has_header = looks_like_header(rows[top])
    header = [clean_header(cell) for cell in rows[top]] if has_header else []
    data = [row for row in rows[top + has_header :] if any(row)]
    trailer, data = trailer_of(data, parsed.delimiter.join, above=1 if has_header else 0, width=parsed.width)
    form: dict[str, object] = {
        "type": "delimited",
        "delimiter": _NAMES.get(parsed.delimiter, parsed.delimiter),
        "encoding": encoding,
    }
    if parsed.quote != '"':
        form["quote"] = parsed.quote or "none"
    if top:
        form["header_row"] = top + 1
    if not has_header:
        header = [f"Column {at + 1}" for at in range(parsed.width)]
        form["header"] = header
    form.update(trailer)
    if not text.endswith(("\n", "\r")):
        form["ends_with_newline"] = False
    names = [
        name if name and header.index(name) == at else f"{name or 'column'} {at + 1}" for at, name in enumerate(header)
    ]
    data = [row for row in data if len(row) == parsed.width]
    columns = {name: [row[at].strip() for row in data] for at, name in enumerate(names)}
    found = (
        f"delimited by {_spoken(parsed.delimiter)}, {about_encoding}",
        f"header in row {top + 1}" if has_header else "no header: the columns were given names by their place",
        *(
            ("rows below the data" + (" say how many there are" if "row_count" in str(trailer) else ""),)
            if trailer
            else ()
        ),
        f"{len(data):,} rows",
    )
    asks = () if has_header else ("the file has no header; put the names of its columns into 'header'.",)
    return Sniffed(sample, form, (Block(columns),), found, asks)


def _spoken(delimiter: str) -> str:
    return {"\t": "tabs", "\x1f": "the unit separator"}.get(delimiter, f"'{delimiter}'")


def _best(text: str) -> _Parsed | None:
    head = text[:_TRIED_CHARACTERS]
    is_cut = len(head) < len(text)
    runs = Counter(_RUN.findall(head))
    own = [run for run, times in runs.most_common(12) if times >= _LEAST_ROWS]
    tried = [
        parsed
        for delimiter in dict.fromkeys((*_KNOWN, *own))
        if delimiter in head
        and (parsed := _parse(head, delimiter, _quotes(head, delimiter), is_cut=is_cut)) is not None
    ]
    if not tried:
        return None
    # Even lines first, then more fields; of '|' and '||' the longer parts into no empty columns.
    best = max(tried, key=lambda parsed: (round(parsed.share, 1) * _fields(parsed), len(parsed.delimiter)))
    return _parse(text, best.delimiter, [best.quote]) if is_cut else best


def _fields(parsed: _Parsed) -> int:
    """Columns that have anything in them, so that `||` is not taken for two delimiters."""
    sample = [row for row in parsed.rows[:200] if len(row) == parsed.width]
    return sum(any(row[at].strip() for row in sample) for at in range(parsed.width))


def _parse(text: str, delimiter: str, quotes: Sequence[str | None], *, is_cut: bool = False) -> _Parsed | None:
    for tried in quotes:
        rows = _rows(text, delimiter, tried, is_cut=is_cut)
        widths = Counter(len(row) for row in rows or () if any(row))
        if rows is None or not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width >= 2 and times >= _LEAST_ROWS and times >= sum(widths.values()) * 0.5:
            return _Parsed(delimiter, tried, rows, width, times / sum(widths.values()))
    return None


def _quotes(text: str, delimiter: str) -> list[str | None]:
    """The single quote only where fields stand between two of it: it is in surnames."""
    edge = re.escape(delimiter)
    single = len(re.findall(rf"(?:{edge}|\n)'[^'\n]*'(?={edge}|\r|\n)", text[:_TRIED_CHARACTERS]))
    double = len(re.findall(rf'(?:{edge}|\n)"', text[:_TRIED_CHARACTERS]))
    return ["'", None] if single > 5 and not double else ['"', None]


def _rows(text: str, delimiter: str, quote: str | None, *, is_cut: bool) -> list[list[str]] | None:
    stand_in = delimiter
    if len(delimiter) > 1:
        stand_in = _STAND_IN
        text = text.replace(delimiter, stand_in)
    lines = iter(re.findall(r"[^\n]*\n|[^\n]+", text))
    reader = (
        csv.reader(lines, delimiter=stand_in, quoting=csv.QUOTE_NONE)
        if quote is None
        else csv.reader(lines, delimiter=stand_in, quotechar=quote, strict=True)
    )
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error:
        return rows if is_cut and next(lines, None) is None else None  # cut within quotes: no fault of the delimiter's
    return rows
