"""What the tests of the readers share. A cell that stands for a person's data begins with `Zqx` in all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import strategies as st

from csae.readers import ExtractError, read_extract
from csae.readers.tables import ROW_NUMBER
from csae.sources.columns import RecordKind
from csae.sources.model import Extract

PERSONAL = "Zqx"
_MARKS = (b'"', b"\n", b"\r", b"\0", b"|", b"<", b"&", b"\xff", b"]]>", b"-1", b"99999999")
Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    numbers: list[int]
    unexpected: tuple[str, ...]


def crimes(form: dict[str, Any], columns: Sequence[str], ignored: Sequence[str] = ()) -> Extract:
    """An extract of crimes that needs these columns."""
    record = {"columns": {"crime_ref": {"from": list(columns)}}}
    return Extract.model_validate({"files": "*", "format": form, "crime": record, "ignored_columns": list(ignored)})


def table(path: Path, extract: Extract, kind: RecordKind = "crime") -> Table:
    """The whole file, in the order of the YAML's columns."""
    rows: list[Row] = []
    numbers: list[int] = []
    unexpected: tuple[str, ...] = ()
    for batch in read_extract(path, path.name, extract):
        at = [one for one, _ in extract.records].index(kind)
        frame, unexpected = batch.frames[at], batch.unexpected_columns
        numbers += frame[ROW_NUMBER].to_list()
        columns = [name for column in extract.records[at][1].columns.values() for name in column.from_]
        rows += frame.select(columns).rows()
    return Table(rows, numbers, unexpected)


def drafted(batches: Iterable[tuple[pl.DataFrame, tuple[str, ...]]]) -> dict[str, list[str | None]]:
    """What a reader gives that is not told any columns: all of them, by name."""
    whole = pl.concat([frame for frame, _ in batches]).drop(ROW_NUMBER)
    return whole.to_dict(as_series=False)


def refusal(path: Path, extract: Extract) -> ExtractError:
    """Why the file is refused, in words that hold none of its cells and keep no other error that does."""
    with pytest.raises(ExtractError) as caught:
        table(path, extract)
    error = caught.value
    assert error.sentence.startswith(f"{path.name}: ")
    assert PERSONAL.lower() not in f"{error!r} {error}".lower()
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    return error


def outcome(path: Path, extract: Extract) -> str:
    """`read`, or the reason code of the refusal; anything else fails the test."""
    try:
        table(path, extract)
    except ExtractError as error:
        return "shows a cell" if PERSONAL in str(error) else error.reason_code
    return "read"


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content cut short, or with up to eight bytes changed, added or taken out."""
    if draw(st.booleans()):
        return content[: draw(st.integers(0, len(content)))]
    result = bytearray(content)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(result) - 1)))
        new = draw(st.binary(max_size=3) | st.sampled_from(_MARKS))
        result[at : at + draw(st.integers(0, 3))] = new
    return bytes(result)
