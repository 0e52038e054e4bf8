"""What a YAML says, in plain words."""

from collections.abc import Iterator

from csae.sources.columns import Column
from csae.sources.formats import (
    DelimitedFormat,
    FixedWidthFormat,
    Format,
    JsonFormat,
    MarkupFormat,
    WorkbookFormat,
)
from csae.sources.model import Layout, Source

_DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "blanks"}


def format_words(form: Format) -> str:
    match form:
        case DelimitedFormat():
            parted = _DELIMITERS.get(form.delimiter, f"'{form.delimiter}'")
            header = "without a header" if form.header else f"header in row {form.header_row}"
            return _joined(f"text parted by {parted}", form.encoding, header, "a trailer" if form.trailer else "")
        case FixedWidthFormat():
            return _joined("fixed width", form.encoding, "a trailer" if form.trailer else "")
        case WorkbookFormat():
            return _joined(f"workbook, sheet {form.sheet}", f"header in row {form.header_row}")
        case MarkupFormat():
            return _joined(f"XML, a record each {form.row}", f"counted by {form.row_count}" if form.row_count else "")
        case JsonFormat():
            rows = "a record a line" if form.type == "ndjson" else f"records in {form.row or 'the document itself'}"
            return _joined(form.type.upper(), form.encoding, rows)


def formats(layout: Layout) -> str:
    """The types of a layout's files, each once."""
    return ", ".join(dict.fromkeys(extract.format.type for extract in layout.extracts.values()))


def column_words(column: Column, source: Source) -> str:
    """Where it comes from and what is done with it, in the order of the functions."""
    return _joined(_origin(column), *_functions(column, source), "required" if column.required else "")


def _origin(column: Column) -> str:
    if column.filled:
        return " or ".join(f"'{value}' where {source} is filled" for source, value in column.filled.items())
    return " and ".join(column.from_) if column.from_ else f"always '{column.value}'"


def _functions(column: Column, source: Source) -> Iterator[str]:
    if column.extract:
        yield f"the part that matches {column.extract}"
    if column.split:
        yield f"parted at {' or '.join(repr(mark) for mark in column.split)}"
    if column.take != "all":
        yield f"part {column.take}" if isinstance(column.take, int) else f"the {column.take} part"
    if column.join is not None:
        yield f"joined by {column.join!r}"
    if column.contains is not None:
        yield f"true when one of its values is {column.contains}"
    known = source.value_map(column)
    if known:
        name = f"map {column.map}: " if isinstance(column.map, str) else ""
        yield name + ", ".join(f"{value or 'blank'} → {to or 'none'}" for value, to in known.items())
    if column.date:
        yield f"a date as {' or '.join(column.date)}"
    if column.codes:
        own = len(source.codes.get(column.codes, {}))
        yield f"codes of {column.codes}" + (f" and {own} of its own" if own else "")


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
