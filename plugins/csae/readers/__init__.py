"""Readers: one file of a delivery becomes tables of text, in batches, with the row numbers a person would see.

A table has one column a source column and `ROW_NUMBER`. Several values in one cell (an element that repeats)
are parted by `VALUE_SEPARATOR`. Nothing is repaired: what does not read as the YAML says is an `ExtractError`.
"""

from collections.abc import Iterator
from pathlib import Path

from csae.readers import delimited, markup, workbook
from csae.readers.tables import Batch, ExtractError
from csae.sources.model import DelimitedFormat, Extract, MarkupFormat, RecordKind

__all__ = ["Batch", "ExtractError", "read_extract"]


def read_extract(path: Path, name: str, extract: Extract) -> Iterator[Batch]:
    """Read a spool file; `name` is the file's name as delivered, for messages. Raises `ExtractError`."""
    wanted = _wanted_columns(extract)
    if isinstance(extract.format, MarkupFormat):
        yield from markup.read(path, name, extract.format, _paths_below(extract), wanted)
        return
    if isinstance(extract.format, DelimitedFormat):
        batches = delimited.read(path, name, extract.format, wanted)
    else:
        batches = workbook.read(path, name, extract.format, wanted)
    for frame, unexpected in batches:
        yield Batch(dict.fromkeys(extract.records, frame), unexpected)


def _wanted_columns(extract: Extract) -> dict[str, bool]:
    """Every source column that the YAML names, and whether it must be there (it must, unless it is ignored)."""
    used = {
        source: True
        for record in extract.records.values()
        for column in record.columns.values()
        for source in column.from_
    }
    return {**dict.fromkeys(extract.ignored_columns, False), **used}


def _paths_below(extract: Extract) -> dict[RecordKind, tuple[str | None, tuple[str, ...]]]:
    """For each kind of record in XML: the element that repeats below the row, and the paths read in it."""
    return {
        kind: (record.each, tuple(dict.fromkeys(path for column in record.columns.values() for path in column.from_)))
        for kind, record in extract.records.items()
    }
