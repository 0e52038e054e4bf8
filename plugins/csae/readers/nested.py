"""What the readers of documents share: records by their place, and the places that the YAML does not know."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import polars as pl

from csae.limits import Limits, variable
from csae.readers.tables import CRIME_ROW_NUMBER, Batch, ExtractError, text_frame

Item = TypeVar("Item")


@dataclass(frozen=True)
class RecordPlaces:
    """Where a record's values stand in each row of a document."""

    each: str | None
    """The place that repeats below the row; None where the row is the record."""
    columns: tuple[str, ...]
    has_own_numbers: bool
    """People nested in a row, or several in one, share one numbering and know the row that they stand in."""


class RecordRows(Generic[Item]):
    """The records of a document, collected column by column until they make a batch.

    A record's number is its place among its kind in the file, from 1.
    """

    def __init__(
        self,
        records: Sequence[RecordPlaces],
        find: Callable[[Item, str], Iterable[Item]],
        text: Callable[[Item, str], str | None],
    ) -> None:
        """`find` gives the items at a place below one, `text` the values there, parted by `VALUE_SEPARATOR`."""
        self._find, self._text = find, text
        self._rows, self._people, self._rows_taken = 0, 0, 0
        self._collected = [_Collected(record) for record in records]

    @property
    def height(self) -> int:
        return max(len(collected.numbers) for collected in self._collected)

    def add(self, row: Item) -> None:
        self._rows += 1
        for collected in self._collected:
            each, own_numbers = collected.record.each, collected.record.has_own_numbers
            for item in self._find(row, each) if each else (row,):
                self._people += own_numbers
                collected.numbers.append(self._people if own_numbers else self._rows)
                collected.parents.append(self._rows)
                for place, values in collected.columns.items():
                    values.append(self._text(item, place))

    def take(self) -> tuple[tuple[pl.DataFrame, ...], int]:
        """A table for each record, and how many rows they are from; none of them is given again."""
        frames = tuple(collected.frame() for collected in self._collected)
        self._collected = [_Collected(collected.record) for collected in self._collected]
        rows, self._rows_taken = self._rows - self._rows_taken, self._rows
        return frames, rows


class _Collected:
    def __init__(self, record: RecordPlaces) -> None:
        self.record = record
        self.columns: dict[str, list[str | None]] = {place: [] for place in record.columns}
        self.numbers: list[int] = []
        self.parents: list[int] = []

    def frame(self) -> pl.DataFrame:
        return record_frame(self.record, dict(self.columns), self.numbers, self.parents)


def record_frame(
    record: RecordPlaces, columns: dict[str, Sequence[str | None]], numbers: Sequence[int], parents: Sequence[int]
) -> pl.DataFrame:
    """The table of a record; `parents` are the rows that each stands in, which only those with own numbers need."""
    frame = text_frame(columns, numbers)
    if not record.has_own_numbers:
        return frame
    return frame.with_columns(pl.Series(CRIME_ROW_NUMBER, parents, dtype=pl.Int64()))


def check_places(name: str, met: Collection[str], limits: Limits) -> None:
    """Raises `ExtractError` for more places than a layout can have: there, names stand for values."""
    if len(met) > limits.columns:
        raise too_many_places(name, limits)


def too_many_places(name: str, limits: Limits) -> ExtractError:
    return ExtractError(
        "places_too_many",
        f"{name}: there are more than {limits.columns:,} different places in its records "
        f"({variable('columns')}), so their names hold values. Ask the force for the same names in every record.",
    )


class _Taken(Protocol):
    def take(self) -> tuple[tuple[pl.DataFrame, ...], int]: ...


def batch(name: str, rows: _Taken, met: Iterable[str], wanted: Iterable[str]) -> Batch:
    """What was collected, with the places met so far. Raises `ExtractError` as `check_places` does."""
    places, known = tuple(met), set(wanted)
    check_places(name, places, Limits.current())
    parts = [place.split("/") for place in known]
    known.update("/".join(part[:depth]) for part in parts for depth in range(1, len(part)))
    frames, count = rows.take()
    return Batch(frames, places, tuple(place for place in places if place not in known), count)
