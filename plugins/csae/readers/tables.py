"""What readers share: the batch they give, the error they raise, and the check of a header."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from csae.limits import Limits, variable
from csae.sources.formats import Trailer

BATCH_ROWS = 50_000
VALUE_SEPARATOR = "\x1f"
# Names that no column of a file can have: a header is stripped of this character, and XML forbids it.
ROW_NUMBER = "\x1frow_number"
CRIME_ROW_NUMBER = "\x1fcrime_row_number"
Row = tuple[int, Sequence[str], str]
"""Its number, its fields, and its text as it stands in the file where a trailer may have to be looked for in it."""
_LONGEST_COUNT = 9
"""In digits. What is longer is no number of rows, and might be somebody's."""


@dataclass(frozen=True)
class Damage:
    """What a program on the way did to the values of one column, by the rule that knows its mark."""

    rule: str
    column: str
    rows: int
    first_row: int


@dataclass(frozen=True)
class Batch:
    """Up to `BATCH_ROWS` rows of one file, a table for each record that the extract's YAML describes."""

    frames: tuple[pl.DataFrame, ...]
    """In the order of `Extract.records`."""
    columns: tuple[str, ...] = ()
    """The file's columns as they stand in it; in XML and JSON the places that were met so far."""
    unexpected_columns: tuple[str, ...] = ()
    """Those of them that the YAML neither uses nor ignores."""
    rows: int = 0
    """Of the file, whatever records they hold."""
    rows_left: int = 0
    """Those that no record takes by its `where` and nobody ignored by name."""
    damage: tuple[Damage, ...] = ()


class ExtractError(Exception):
    """A file cannot be read as its YAML says: a stable reason code, and one sentence with the way out."""

    def __init__(self, reason_code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason_code = reason_code
        self.sentence = sentence


class HeaderError(ExtractError):
    """A header lacks columns that the YAML uses, or has one of them twice."""

    def __init__(self, reason_code: str, sentence: str, columns: Sequence[str]) -> None:
        super().__init__(reason_code, sentence)
        self.columns = tuple(columns)
        """Those that it is about, as the YAML names them."""


def beyond(file: str, cause: str, limits: Limits, limit: str, remedy: str = "") -> ExtractError:
    """A file goes beyond a limit, which is named with its value; `cause` ends before the value."""
    return ExtractError(
        "limit_exceeded",
        f"{file}: {cause} {getattr(limits, limit):,} that may be ({variable(limit)}). "
        f"{remedy or 'Ask the force for its usual file.'}",
    )


class ReaderStoppedError(Exception):
    """Reading was stopped from outside, which says nothing about the file: the next run reads it again."""


def check_header(name: str, row: int, header: Sequence[str], wanted: dict[str, bool] | None) -> tuple[str, ...]:
    """The file's columns, cleaned, in its order. Raises `ExtractError` for missing or repeated ones.

    Without `wanted` nothing is missing, and columns without a name or with another's get one by their place.

    A file without its header would show a person's data as column names, so unknown names are counted here and
    shown only when nothing that the YAML names is missing; and of each its first line only, since a quotation mark
    left open in a header takes in the rows below.
    """
    limits = Limits.current()
    if len(header) > limits.columns:
        raise beyond(name, f"the header in row {row} has {len(header):,} columns, more than the", limits, "columns")
    columns = tuple(map(clean_header, header))
    if wanted is None:
        return _each_named(columns)
    as_in_yaml = {clean_header(column): column for column in wanted}
    columns = tuple(as_in_yaml.get(column, column) for column in columns)
    missing = [column for column, needed in wanted.items() if needed and column not in columns]
    if missing:
        unexpected = [column for column in columns if column and column not in wanted]
        raise HeaderError(
            "column_missing",
            f"{name}: the header in row {row} lacks {listed(missing)}"
            + (f" and has {len(unexpected)} that the YAML does not name" if unexpected else "")
            + ". Ask the force for its usual columns, or add the new layout to the YAML.",
            missing,
        )
    repeated = sorted({column for column in columns if wanted.get(column) and columns.count(column) > 1})
    if repeated:
        raise HeaderError(
            "column_repeated",
            f"{name}: the header in row {row} has {listed(repeated)} more than once, so its values are ambiguous. "
            "Ask the force for a file with each column once.",
            repeated,
        )
    first_lines = (clean_header(text.strip().split("\n")[0]) for text in header)
    return tuple(column if column in wanted else first for column, first in zip(columns, first_lines, strict=True))


def _each_named(columns: Sequence[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for at, column in enumerate(columns, start=1):
        name = column or f"column {at}"
        while name in names:
            name = f"{name} {at}"
        names[name] = None
    return tuple(names)


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


def frames(
    rows: Iterator[Row], columns: tuple[str, ...], wanted: dict[str, bool] | None, at_once: int
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, columns)`; a file without rows gives one without rows."""
    positions = column_positions(columns, wanted)
    while True:
        frame = _frame(islice(rows, at_once), positions)
        yield frame, columns
        if frame.height < at_once:
            return


def _frame(rows: Iterable[Row], positions: dict[str, int]) -> pl.DataFrame:
    numbers: list[int] = []
    batch: list[Sequence[str]] = []
    for number, row, _ in rows:
        numbers.append(number)
        batch.append(row)
    fields: list[tuple[str, ...]] = list(zip(*batch, strict=True))
    columns = {column: fields[at] if fields else () for column, at in positions.items()}
    return text_frame(dict(columns), numbers)


def header_again(name: str, row: int) -> ExtractError:
    return ExtractError(
        "header_repeated",
        f"{name}: row {row} is the header again, so two exports were joined in one file. "
        "Ask the force for one export, or for each in a file of its own.",
    )


def wrong_shape(name: str, row: int, fields: int, width: int) -> ExtractError:
    return ExtractError(
        "row_shape_wrong",
        f"{name}: row {row} has {fields} fields where the header has {width}; "
        "the file is cut short or its quotes are broken. Ask the force to send it again.",
    )


def cell_too_long(name: str, row: int, limits: Limits) -> ExtractError:
    remedy = "A quotation mark may have been left open. Ask the force to send the file again."
    return beyond(name, f"row {row} has a field with more characters than the", limits, "cell_characters", remedy)


def without_trailer(
    rows: Iterator[Row], name: str, trailer: Trailer | None, header_rows: int, lines_above: int
) -> Iterator[Row]:
    """The rows of data, of those that are not blank: the last ones are held back, and must count what came before.

    `header_rows` is how many rows the file has for a header, `lines_above` all that stand above the data. Raises
    `ExtractError`.
    """
    if trailer is None:
        return rows
    return _held_back(rows, name, trailer, header_rows, lines_above)


def _held_back(rows: Iterator[Row], name: str, trailer: Trailer, header_rows: int, lines_above: int) -> Iterator[Row]:
    held: deque[Row] = deque()
    records = 0
    for row in rows:
        held.append(row)
        if len(held) > trailer.rows:
            records += 1
            yield held.popleft()
    check_trailer(name, trailer, [text for _, _, text in held], records, header_rows, lines_above)


def check_trailer(
    name: str, trailer: Trailer, texts: Sequence[str], records: int, header_rows: int, lines_above: int
) -> None:
    """That the rows of these texts end a file with so many records above them. Raises `ExtractError`."""
    above = {"records": 0, "rows": header_rows, "lines": lines_above}[trailer.counts]
    found = records if trailer.counts == "records" else above + records + trailer.rows
    text = "\n".join(line.rstrip("\r\n") for line in texts)
    match = re.search(trailer.row_count, text, re.MULTILINE) if trailer.row_count else None
    said = count_in(match[1]) if match else None
    if len(texts) < trailer.rows or (trailer.row_count and said is None):
        expected = "a row count where 'row_count' looks for it" if trailer.row_count else "as many rows as its trailer"
        raise ExtractError(
            "trailer_missing",
            f"{name}: the file does not end in {expected}, so it is probably cut short. Ask the force to send it "
            "again; if its files end otherwise, correct 'trailer' in the YAML.",
        )
    if said is not None and said != found:
        parts = {"records": "", "rows": ", with header and trailer", "lines": ", with all that is no record"}
        raise ExtractError(
            "row_count_wrong",
            f"{name}: the trailer says {said} {trailer.counts} and the file has {found}{parts[trailer.counts]}. "
            "Ask the force to send it again; if its trailers count otherwise, correct 'counts' in the YAML.",
        )


def count_in(text: str | None) -> int | None:
    """The whole number that a text says, such as 12, 0012 or 1,234; None when it says none."""
    digits = re.sub(r"[,\s]", "", text or "")
    return int(digits) if re.fullmatch(rf"[0-9]{{1,{_LONGEST_COUNT}}}", digits) else None


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
