"""What one file may cost before it is refused: in bytes, rows, columns, depth, time and memory.

A file that goes beyond one is refused by itself, with the limit's name and value in the message; other files, and
other sources, are read as ever. The figures leave room for far more than any force sends.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

_PREFIX = "CSAE_LIMIT_"
_MOST_DIGITS = 18


class LimitSettingError(ValueError):
    """An environment variable that sets a limit is no whole number above nought."""


@dataclass(frozen=True)
class Limits:
    """Each may be set in the environment: `rows` by `CSAE_LIMIT_ROWS`."""

    object_bytes: int = 16 << 30
    """Of a file as delivered."""
    unpacked_bytes: int = 16 << 30
    """Of one file once unpacked, and of all members of an archive or a workbook; of the bytes that come out."""
    ratio: int = 300
    """Unpacked bytes to packed ones."""
    ratio_from_bytes: int = 64 << 20
    """A small file of the same line over and over is no bomb, however well it packs."""
    members: int = 1_000
    """Files in an archive or a workbook."""
    document_bytes: int = 512 << 20
    """Of a JSON document, which is held whole."""
    nesting: int = 64
    """Objects, lists or elements within one another."""
    rows: int = 50_000_000
    columns: int = 2_000
    """Of a table; of a document, the different places in its records."""
    record_characters: int = 4 << 20
    """Of a line, of a row with all lines that its quotes hold together, of a record of a document."""
    cell_characters: int = 131_072
    seconds: int = 900
    """Of reading one file, without what is done with its rows."""
    memory_bytes: int = 2 << 30
    """Of a process that reads a workbook or a large document by itself."""

    @classmethod
    def current(cls, environ: Mapping[str, str] = os.environ) -> "Limits":
        """As the environment sets them. Raises `LimitSettingError`."""
        given: dict[str, int] = {}
        for field in fields(cls):
            text = environ.get(variable(field.name), "").strip()
            if text:
                given[field.name] = _whole_number(variable(field.name), text)
        return cls(**given)


def variable(name: str) -> str:
    """The environment variable of a limit."""
    return f"{_PREFIX}{name.upper()}"


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) > 0):
        raise LimitSettingError(f"{name} must be a whole number above 0, such as 1000; correct it or take it away.")
    return int(text)
