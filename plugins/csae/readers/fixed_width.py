"""Fixed width: each field from its first to its last character, and no character that nobody named."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from csae.readers.tables import BATCH_ROWS, ExtractError, Row, frames, without_trailer
from csae.readers.text_bytes import checked_lines, open_text
from csae.sources.formats import FixedWidthFormat


def read(
    path: Path,
    name: str,
    form: FixedWidthFormat,
    wanted: dict[str, bool] | None,
    kinds: Sequence[dict[str, list[str]]] = ({},),
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, fields)`; without `wanted`, every field is in the table. Raises `ExtractError`.

    Among the fields are the spans outside of all of them that held text so far, such as `characters 15-20`, and only
    those fields of the YAML that a record uses: to name a field and not to use it is to ignore it. `kinds` are the
    `where` of the records: a line of another kind is laid out in its own way, so neither its length nor its text is
    held against these fields.
    """
    for _ in checked_lines(path, name, form.encoding, ends_with_newline=form.ends_with_newline):
        pass
    spans = {field: span for field, span in form.spans.items() if wanted is None or wanted.get(field)}
    gaps = _gaps(form)
    met: dict[str, None] = {}
    with open_text(path, form.encoding) as stream:
        above = form.lines_above
        rows = without_trailer(_numbered_lines(stream, form), name, form.trailer, header_rows=above, lines_above=above)
        other = _of_another_kind(form.spans, kinds)
        whole = _not_cut_short(rows, name, max((end for _, end in spans.values()), default=0), other)
        fields = _fields(whole, list(spans.values()), gaps, met, other)
        for frame, columns in frames(fields, tuple(spans), None, BATCH_ROWS):
            yield frame, (*columns, *met)


def _numbered_lines(stream: Iterator[str], form: FixedWidthFormat) -> Iterator[Row]:
    for number, line in enumerate(islice(stream, form.lines_above, None), start=form.lines_above + 1):
        if line.strip():
            yield number, (), line.rstrip("\r\n")


def _of_another_kind(spans: dict[str, tuple[int, int]], kinds: Sequence[dict[str, list[str]]]) -> Callable[[str], bool]:
    """Whether a line says that it is none of the records. One that says nothing may have lost its end: it is theirs."""
    wheres = [[(slice(*spans[field]), values) for field, values in where.items()] for where in kinds]

    def says_so(line: str) -> bool:
        return all(
            any((said := line[span].strip()) and said not in values for span, values in where) for where in wheres
        )

    return says_so


def _not_cut_short(rows: Iterator[Row], name: str, width: int, other: Callable[[str], bool]) -> Iterator[Row]:
    """Refuse a line that ends before the last field, unless the file keeps no blanks at the end of any line.

    Some editors and exports take the blanks at the end of every line away, and then a short line has only lost blanks.
    A file with one line that does end in a blank was not treated so: there a short line has lost text, or was broken
    in two, and neither it nor what follows can be trusted to stand in its place.
    """
    short: int | None = None
    padded: int | None = None
    for number, fields, line in rows:
        if short is None and len(line) < width and not other(line):
            short = number
        if padded is None and line.endswith(" "):
            padded = number
        if short is not None and padded is not None:
            raise ExtractError(
                "row_shape_wrong",
                f"{name}: row {short} ends before character {width}, where the last field ends, and row {padded} shows "
                "that the file fills its lines with blanks; so the row is cut short or broken in two. "
                "Ask the force to send it again.",
            )
        yield number, fields, line


def _fields(
    rows: Iterator[Row],
    spans: list[tuple[int, int]],
    gaps: dict[str, slice],
    met: dict[str, None],
    other: Callable[[str], bool],
) -> Iterator[Row]:
    """The text of each field, without the blanks around it; gaps with text go into `met`."""
    slices = [slice(*span) for span in spans]
    for number, _, line in rows:
        with_text = [gap for gap, span in gaps.items() if gap not in met and line[span].strip()]
        if with_text and not other(line):
            met.update(dict.fromkeys(with_text))
        yield number, [line[span].strip() for span in slices], ""


def _gaps(form: FixedWidthFormat) -> dict[str, slice]:
    """The spans that are in no field, by a name that can be ignored like a column's."""
    gaps: dict[str, slice] = {}
    reached = 0
    for start, end in sorted(form.spans.values()):
        if start > reached:
            gaps[f"characters {reached + 1}-{start}"] = slice(reached, start)
        reached = max(reached, end)
    return {**gaps, f"characters from {reached + 1}": slice(reached, None)}
