"""How a source declares a column today, and what its functions make of one value."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from csae.code_sets.lookup import Declared, Step
from csae.mapping import column_expression
from csae.sources.columns import Column
from csae.sources.model import Layout, Source

_BEFORE_MAP = ("split", "extract", "take", "join", "contains")


@dataclass(frozen=True)
class SourceToday:
    """A source and the layout that it delivers by on a day."""

    spec: Source
    layout: Layout

    def declares(self, column: str, value: str) -> list[Declared]:
        """One for each way in which an extract of the layout reads the column."""
        found = [
            _declared(self.spec, name, column, record.columns[column], value)
            for name, extract in self.layout.extracts.items()
            for _, record in extract.records
            if column in record.columns and record.columns[column].from_
        ]
        return list({repr(item): item for item in found}.values())


def source_on(source: Source, day: date) -> SourceToday:
    """By the last layout where all of them begin later."""
    return SourceToday(source, source.layout_on(day) or source.layouts[-1])


def _declared(source: Source, extract: str, name: str, column: Column, value: str) -> Declared:
    before = _values(source, name, column.model_copy(update={"map": None}), value)
    after = _values(source, name, column, value)
    return Declared(
        name,
        column.codes,
        after,
        source.codes.get(column.codes or "", {}),
        extract,
        tuple(_steps(column, value.strip(), before, after)),
    )


def _values(source: Source, name: str, column: Column, value: str) -> tuple[str, ...]:
    """As a night maps it, by the same expression."""
    frame = pl.DataFrame(
        {origin: [value if origin == column.from_[0] else None] for origin in column.from_},
        schema=dict.fromkeys(column.from_, pl.String),
    )
    made: str | None = frame.select(column_expression(column, name, source)).item()
    if made is None:
        return ()
    return tuple(json.loads(made)) if name == "nationalities" else (made,)


def _steps(column: Column, value: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Step]:
    if before != (value,):
        used = [name for name in _BEFORE_MAP if getattr(column, name) not in (None, "all")]
        yield Step(", ".join(used), value, " | ".join(before))
    if after != before:
        yield Step("map", " | ".join(before), " | ".join(after))
