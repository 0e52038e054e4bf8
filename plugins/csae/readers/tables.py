"""What readers share: the batch they give, the error they raise, and the check of a header."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from csae.sources.model import RecordKind

BATCH_ROWS = 50_000
VALUE_SEPARATOR = "\x1f"
# Names that no column of a file can have: a header is stripped of this character, and XML forbids it.
ROW_NUMBER = "\x1frow_number"
CRIME_ROW_NUMBER = "\x1fcrime_row_number"


@dataclass(frozen=True)
class Batch:
    """Up to `BATCH_ROWS` rows of one file, a table for each kind of record in it."""

    frames: dict[RecordKind, pl.DataFrame]
    unexpected_columns: tuple[str, ...] = ()
    """Columns or elements that the YAML neither uses nor ignores."""


class ExtractError(Exception):
    """A file cannot be read as its YAML says: a stable reason code, and one sentence with the way out."""

    def __init__(self, reason_code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason_code = reason_code
        self.sentence = sentence


class ReaderStoppedError(Exception):
    """Reading was stopped from outside, which says nothing about the file: the next run reads it again."""


def check_header(name: str, row: int, header: Sequence[str], wanted: dict[str, bool]) -> tuple[str, ...]:
    """Columns of the file that the YAML does not name. Raises `ExtractError` for missing or repeated columns.

    A file without its header would show a person's data as column names, so unknown names are counted here and
    shown only when nothing that the YAML names is missing; and of each its first line only, since a quotation mark
    left open in a header takes in the rows below.
    """
    missing = [column for column, needed in wanted.items() if needed and column not in header]
    unexpected = tuple(column.splitlines()[0] for column in header if column and column not in wanted)
    if missing:
        raise ExtractError(
            "columns_missing",
            f"{name}: the header in row {row} lacks {_listed(missing)}"
            + (f" and has {len(unexpected)} that the YAML does not name" if unexpected else "")
            + ". Ask the force for its usual columns, or add the new layout to the YAML.",
        )
    repeated = sorted({column for column in header if column in wanted and header.count(column) > 1})
    if repeated:
        raise ExtractError(
            "columns_repeated",
            f"{name}: the header in row {row} has {_listed(repeated)} more than once, so its values are ambiguous. "
            "Ask the force for a file with each column once.",
        )
    return unexpected


def text_frame(columns: dict[str, Sequence[str | None]], row_numbers: Sequence[int]) -> pl.DataFrame:
    """Text columns, and `ROW_NUMBER` as whole numbers."""
    return pl.DataFrame(
        {**columns, ROW_NUMBER: row_numbers},
        schema={**{name: pl.String() for name in columns}, ROW_NUMBER: pl.Int64()},
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
