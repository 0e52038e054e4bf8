"""What readers share: the batch they give, the error they raise, and the check of a header."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

BATCH_ROWS = 50_000
VALUE_SEPARATOR = "\x1f"
# Names that no column of a file can have: a header is stripped of this character, and XML forbids it.
ROW_NUMBER = "\x1frow_number"
CRIME_ROW_NUMBER = "\x1fcrime_row_number"


@dataclass(frozen=True)
class Batch:
    """Up to `BATCH_ROWS` rows of one file, a table for each record that the extract's YAML describes."""

    frames: tuple[pl.DataFrame, ...]
    """In the order of `Extract.records`."""
    columns: tuple[str, ...] = ()
    """The file's columns as they stand in it; in XML and JSON the places that were met so far."""
    unexpected_columns: tuple[str, ...] = ()
    """Those of them that the YAML neither uses nor ignores."""


class ExtractError(Exception):
    """A file cannot be read as its YAML says: a stable reason code, and one sentence with the way out."""

    def __init__(self, reason_code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason_code = reason_code
        self.sentence = sentence


class ReaderStoppedError(Exception):
    """Reading was stopped from outside, which says nothing about the file: the next run reads it again."""


def check_header(name: str, row: int, header: Sequence[str], wanted: dict[str, bool] | None) -> tuple[str, ...]:
    """The file's columns, cleaned, in its order. Raises `ExtractError` for missing or repeated ones.

    Without `wanted` nothing is missing, and columns without a name or with another's get one by their place.

    A file without its header would show a person's data as column names, so unknown names are counted here and
    shown only when nothing that the YAML names is missing; and of each its first line only, since a quotation mark
    left open in a header takes in the rows below.
    """
    columns = tuple(map(clean_header, header))
    if wanted is None:
        return tuple(
            column if column and columns.index(column) == at else f"{column or 'column'} {at + 1}"
            for at, column in enumerate(columns)
        )
    missing = [column for column, needed in wanted.items() if needed and column not in columns]
    if missing:
        unexpected = [column for column in columns if column and column not in wanted]
        raise ExtractError(
            "columns_missing",
            f"{name}: the header in row {row} lacks {listed(missing)}"
            + (f" and has {len(unexpected)} that the YAML does not name" if unexpected else "")
            + ". Ask the force for its usual columns, or add the new layout to the YAML.",
        )
    repeated = sorted({column for column in columns if column in wanted and columns.count(column) > 1})
    if repeated:
        raise ExtractError(
            "columns_repeated",
            f"{name}: the header in row {row} has {listed(repeated)} more than once, so its values are ambiguous. "
            "Ask the force for a file with each column once.",
        )
    first_lines = (clean_header(text.strip().split("\n")[0]) for text in header)
    return tuple(
        column if column in wanted else first for column, first in zip(columns, first_lines, strict=True)
    )


def clean_header(text: str) -> str:
    """One line, single blanks, composed letters: as a person reads it and the YAML writes it."""
    return unicodedata.normalize("NFC", " ".join(text.replace("\ufeff", "").split()))


def column_positions(columns: Sequence[str], wanted: dict[str, bool] | None) -> dict[str, int]:
    return {column: columns.index(column) for column in (columns if wanted is None else wanted) if column in columns}


def text_frame(columns: dict[str, Sequence[str | None]], row_numbers: Sequence[int]) -> pl.DataFrame:
    """Text columns, and `ROW_NUMBER` as whole numbers."""
    return pl.DataFrame(
        {**columns, ROW_NUMBER: row_numbers},
        schema={**{name: pl.String() for name in columns}, ROW_NUMBER: pl.Int64()},
    )


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
