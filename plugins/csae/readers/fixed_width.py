"""Fixed width: each field from its first to its last character."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from csae.readers.tables import ExtractError
from csae.sources.formats import FixedWidthFormat


def read(
    path: Path, name: str, form: FixedWidthFormat, wanted: dict[str, bool] | None
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    """Batches of `(table, fields)`. Raises `ExtractError`."""
    raise NotImplementedError
