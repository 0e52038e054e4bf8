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
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, Batch, ExtractError
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, MarkupFormat, WorkbookFormat
from csae.sources.model import Extract

__all__ = ["Batch", "ExtractError", "read_extract"]


def read_extract(path: Path, name: str, extract: Extract) -> Iterator[Batch]:
    """Read a spool file; `name` is the file's name as delivered, for messages. Raises `ExtractError`."""
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
            rows = _where(frame, record.where)
            if kind == "involvement" and len(extract.involvement) > 1:
                rows, people = _numbered(rows, people)
            frames.append(rows)
        yield Batch(tuple(frames), columns, unexpected, frame.height)


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
        pairs = zip(extract.records, batch.frames, strict=True)
        yield replace(batch, frames=tuple(_where(frame, record.where) for (_, record), frame in pairs))


def _where(frame: pl.DataFrame, wanted: dict[str, list[str]]) -> pl.DataFrame:
    for column, values in wanted.items():
        frame = frame.filter(pl.col(column).str.strip_chars().is_in(values))
    return frame


def _numbered(rows: pl.DataFrame, before: int) -> tuple[pl.DataFrame, int]:
    """Several people stand in one row: each has a number of its own, and the row's as that of the crime."""
    numbers = pl.Series(ROW_NUMBER, range(before + 1, before + 1 + rows.height), dtype=pl.Int64())
    return rows.rename({ROW_NUMBER: CRIME_ROW_NUMBER}).with_columns(numbers), before + rows.height
