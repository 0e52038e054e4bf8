"""JSON: one document or a record a line, people nested in crimes."""

from collections.abc import Iterator
from pathlib import Path

from csae.readers.tables import Batch, ExtractError
from csae.sources.formats import JsonFormat


Places = list[tuple[str | None, tuple[str, ...]]]


def read(path: Path, name: str, form: JsonFormat, places: Places, wanted: dict[str, bool]) -> Iterator[Batch]:
    """Batches with a table for each record. Raises `ExtractError`."""
    raise NotImplementedError
