"""Readers: one file of a delivery becomes tables of text, in batches, with the row numbers a person would see.

A table has one column a source column and `ROW_NUMBER`. Several values in one cell (an element that repeats)
are parted by `VALUE_SEPARATOR`. Nothing is repaired: what does not read as the YAML says is an `ExtractError`.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from csae.readers import delimited, documents, fixed_width, markup, workbook
from csae.readers.nested import RecordPlaces
from csae.readers.signatures import refuse_another_kind
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, Batch, ExtractError
from csae.readers.watching import watched
from csae.sources.columns import RecordKind
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, MarkupFormat, WorkbookFormat
from csae.sources.model import Extract, Record

__all__ = ["Batch", "ExtractError", "read_extract"]


def read_extract(path: Path, name: str, extract: Extract) -> Iterator[Batch]:
    """Read a spool file; `name` is the file's name as delivered, for messages.

    Raises `ExtractError`, and `ReaderStoppedError` when something outside stopped it.
    """
    refuse_another_kind(path, name, extract.format)
    yield from watched(_batches(path, name, extract), name, extract)


def _batches(path: Path, name: str, extract: Extract) -> Iterator[Batch]:
    wanted = {**dict.fromkeys(extract.ignored_columns, False), **dict.fromkeys(extract.source_columns(), True)}
    match extract.format:
        case MarkupFormat() as form:
            yield from _accepted(markup.read(path, name, form, _places(extract), wanted), extract)
            return
        case DelimitedFormat() as form:
            batches = delimited.read(path, name, form, wanted)
        case FixedWidthFormat() as form:
            batches = fixed_width.read(path, name, form, wanted, [record.where for _, record in extract.records])
        case WorkbookFormat() as form:
            batches = workbook.read(path, name, form, wanted)
        case form:
            yield from _accepted(documents.read(path, name, form, _places(extract), wanted), extract)
            return
    people = 0
    for frame, columns in batches:
        unexpected = tuple(column for column in columns if column and column not in wanted)
        frames = []
        for kind, record in extract.records:
            rows = frame.filter(_fits(record.where))
            if kind == "involvement" and len(extract.involvement) > 1:
                rows, people = _numbered(rows, people)
            frames.append(rows)
        yield Batch(tuple(frames), columns, unexpected, frame.height, _rows_left(frame, extract.records, extract))


def _places(extract: Extract) -> list[RecordPlaces]:
    several = len(extract.involvement) > 1
    return [
        RecordPlaces(
            record.each,
            tuple(record.source_columns),
            has_own_numbers=kind == "involvement" and (several or record.each is not None),
        )
        for kind, record in extract.records
    ]


def _accepted(batches: Iterator[Batch], extract: Extract) -> Iterator[Batch]:
    for batch in batches:
        pairs = list(zip(extract.records, batch.frames, strict=True))
        frames = tuple(frame.filter(_fits(record.where)) for (_, record), frame in pairs)
        by_place = {record.each: frame for (_, record), frame in pairs}
        left = sum(
            _rows_left(frame, [item for item in extract.records if item[1].each == each], extract)
            for each, frame in by_place.items()
        )
        yield replace(batch, frames=frames, rows_left=left)


def _fits(wanted: dict[str, list[str]]) -> pl.Expr:
    """Whether a row has one of the values in each of the columns."""
    conditions = [
        pl.col(column).str.strip_chars().is_in(values).fill_null(value=False) for column, values in wanted.items()
    ]
    return pl.all_horizontal(pl.lit(value=True), *conditions)


def _rows_left(frame: pl.DataFrame, records: list[tuple[RecordKind, Record]], extract: Extract) -> int:
    """Rows that are nobody's: a kind of row that the YAML does not know must not vanish unseen."""
    ignored = [_fits({column: values}) for column, values in extract.ignored_rows.items() if column in frame.columns]
    return frame.filter(~pl.any_horizontal(*(_fits(record.where) for _, record in records), *ignored)).height


def _numbered(rows: pl.DataFrame, before: int) -> tuple[pl.DataFrame, int]:
    """Several people stand in one row: each has a number of its own, and the row's as that of the crime."""
    numbers = pl.Series(ROW_NUMBER, range(before + 1, before + 1 + rows.height), dtype=pl.Int64())
    return rows.rename({ROW_NUMBER: CRIME_ROW_NUMBER}).with_columns(numbers), before + rows.height
