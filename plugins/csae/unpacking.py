"""Packed files of a delivery as plain ones: `.gz`, and `.zip` archives whose members are files of their own.

What is unpacked holds people's names, so every file made here is removed with the `Unpacker`. The names of members
only match patterns: no file is ever written under them.
"""

import errno
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO
from uuid import uuid4

from csae.landing import SpooledFile, write_block
from csae.readers.tables import ExtractError

MOST_BYTES = 1 << 34
"""Of one unpacked file, and of all members of an archive."""
MOST_RATIO = 300
RATIO_FROM_BYTES = 1 << 26
"""A small file of the same line over and over is no bomb, however well it packs."""
MOST_MEMBERS = 1_000
_BLOCK_BYTES = 1 << 20
_IS_ENCRYPTED = 0x1
_DAMAGED = (
    OSError,  # without a number from gzip, and EINVAL for a place before the file's beginning; others are the machine's
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    IndexError,
    KeyError,
    OverflowError,
)


@dataclass(frozen=True)
class Part:
    """A file of a delivery: an object of its own, or a member of an archive that is one."""

    delivered: SpooledFile
    member: str | None = None

    @property
    def name(self) -> str:
        """As delivered, `.gz` included, without the folders of an archive."""
        return self.delivered.landed.name if self.member is None else base_name(self.member)

    @property
    def label(self) -> str:
        return self.name if self.member is None else f"{self.name} in {self.delivered.landed.name}"


@dataclass(frozen=True)
class PlainFile:
    """A part that can be read."""

    name: str
    path: Path
    packed: Path
    """Its bytes as delivered: what the checksum of a manifest is of."""
    object_key: str
    """Of the object that it came in."""


def members(archive: SpooledFile) -> list[Part]:
    """The files in a `.zip`. Raises `ExtractError` for one that is damaged, protected or larger than can be meant."""
    name = archive.landed.name
    with _refusing_damage(name), zipfile.ZipFile(archive.path) as content:
        files = [item for item in content.infolist() if not item.is_dir()]
    if any(item.flag_bits & _IS_ENCRYPTED for item in files):
        raise ExtractError(
            "archive_protected",
            f"{name}: the archive is protected by a password. Ask the force to send it without one.",
        )
    if len(files) > MOST_MEMBERS:
        raise ExtractError(
            "archive_too_large",
            f"{name}: the archive holds {len(files):,} files, more than the {MOST_MEMBERS:,} that it may. "
            "Ask the force for its usual archive.",
        )
    repeated = next((item.filename for item in files if content.NameToInfo[item.filename] is not item), None)
    if repeated is not None:
        raise ExtractError(
            "delivery_ambiguous",
            f"{name}: the archive holds two files named {base_name(repeated)}. Ask the force which one counts.",
        )
    _check_size(name, sum(item.file_size for item in files), archive.path.stat().st_size)
    return [Part(archive, item.filename) for item in files]


class Unpacker:
    """Makes plain files of parts, each once, and removes them at the end."""

    def __init__(self, spool_dir: Path) -> None:
        self._spool_dir = spool_dir
        self._files: dict[Part, PlainFile] = {}
        self._made: list[Path] = []

    def __enter__(self) -> "Unpacker":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for path in self._made:
            path.unlink(missing_ok=True)

    def plain(self, part: Part) -> PlainFile:
        """Raises `ExtractError` and `SpoolError`."""
        if part not in self._files:
            packed = part.delivered.path if part.member is None else self._extracted(part.delivered, part.member)
            path = self._gunzipped(part.name, packed) if part.name.lower().endswith(".gz") else packed
            self._files[part] = PlainFile(part.name, path, packed, part.delivered.landed.key)
        return self._files[part]

    def _extracted(self, archive: SpooledFile, member: str) -> Path:
        with (
            _refusing_damage(archive.landed.name),
            zipfile.ZipFile(archive.path) as content,
            content.open(member) as stream,
        ):
            return self._copied(stream, archive.landed.name, archive.path.stat().st_size)

    def _gunzipped(self, name: str, packed: Path) -> Path:
        with _refusing_damage(name), packed.open("rb") as raw, gzip.GzipFile(fileobj=raw) as stream:
            if packed.stat().st_size == 0:
                raise EOFError
            return self._copied(stream, name, packed.stat().st_size)

    def _copied(self, stream: IO[bytes] | gzip.GzipFile, name: str, packed_bytes: int) -> Path:
        path = self._spool_dir / uuid4().hex
        self._made.append(path)
        self._spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        length = 0
        with path.open("wb") as plain:
            while block := stream.read(_BLOCK_BYTES):
                length += len(block)
                _check_size(name, length, packed_bytes)
                write_block(plain, block)
        return path


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ExtractError(
            "archive_unreadable",
            f"{name}: the file is not a whole {'.gz' if name.lower().endswith('.gz') else '.zip'}; it is cut short, "
            "damaged or packed in another way. Ask the force to send it again.",
        ) from None


def _check_size(name: str, unpacked: int, packed: int) -> None:
    if unpacked > MOST_BYTES:
        limit = f"more than {MOST_BYTES >> 30} GiB"
    elif unpacked > RATIO_FROM_BYTES and unpacked > packed * MOST_RATIO:
        limit = f"more than {MOST_RATIO} times its packed size"
    else:
        return
    raise ExtractError(
        "archive_too_large",
        f"{name}: unpacked it is {limit}, which no extract is. Ask the force for its usual file.",
    )


def base_name(path: str) -> str:
    """Some programs part folders by a backslash."""
    return path.replace("\\", "/").rpartition("/")[2]
