"""Packed files of a delivery as plain ones: `.gz`, and `.zip` archives whose members are files of their own.

What is unpacked holds people's names, so every file made here is removed with the `Unpacker`. The names of members
only match patterns: no file is ever written under them.
"""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from uuid import uuid4

from csae.landing import LandedFile, SpooledFile, write_block
from csae.limits import Limits, variable
from csae.plain_names import is_harmless
from csae.readers.signatures import GZIP_MARK, RAR_MARK, SEVEN_ZIP_MARK, ZIP_MARK
from csae.readers.tables import ExtractError
from csae.readers.zip_bytes import (
    DAMAGED,
    DirectoryTooLargeError,
    ZipBytes,
    is_encrypted,
    is_of_the_machine,
    is_plain_file,
)

_BLOCK_BYTES = 1 << 20
_PACKED_MARKS = (GZIP_MARK, ZIP_MARK, SEVEN_ZIP_MARK, RAR_MARK)


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
    name, limits = archive.landed.name, Limits.current()
    check_object(archive.landed, limits)
    with _refusing_damage(name), ZipBytes(archive.path, limits) as content:
        files = content.members
        repeated = next((item.filename for item in files if content.member(item.filename) is not item), None)
    if any(map(is_encrypted, files)):
        raise ExtractError(
            "archive_protected",
            f"{name}: the archive is protected by a password. Ask the force to send it without one.",
        )
    if len(files) > limits.members:
        raise _too_large(name, f"the archive holds {len(files):,} files, more than the", limits, "members")
    if not all(is_plain_file(item) and is_harmless(item.orig_filename) for item in files):
        raise ExtractError(
            "archive_member_refused",
            f"{name}: the archive holds a link, or a file whose name leads out of its folder. "
            "Ask the force for an archive of plain files.",
        )
    if repeated is not None:
        raise ExtractError(
            "delivery_ambiguous",
            f"{name}: the archive holds two files named {base_name(repeated)}. Ask the force which one counts.",
        )
    _check_size(name, sum(item.file_size for item in files), archive.path.stat().st_size, limits)
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
            check_object(part.delivered.landed, Limits.current())
            packed = part.delivered.path if part.member is None else self._extracted(part.delivered, part.member)
            path = self._gunzipped(part.name, packed) if part.name.lower().endswith(".gz") else packed
            _refuse_packed_again(part, path)
            self._files[part] = PlainFile(part.name, path, packed, part.delivered.landed.key)
        return self._files[part]

    def _extracted(self, archive: SpooledFile, member: str) -> Path:
        name, limits = archive.landed.name, Limits.current()
        with _refusing_damage(name), ZipBytes(archive.path, limits) as content:
            return self._copied(content.blocks(content.member(member)), name, archive.path.stat().st_size, limits)

    def _gunzipped(self, name: str, packed: Path) -> Path:
        with _refusing_damage(name), packed.open("rb") as raw, gzip.GzipFile(fileobj=raw) as stream:
            if packed.stat().st_size == 0:
                raise EOFError
            blocks = iter(lambda: stream.read(_BLOCK_BYTES), b"")
            return self._copied(blocks, name, packed.stat().st_size, Limits.current())

    def _copied(self, blocks: Iterable[bytes], name: str, packed_bytes: int, limits: Limits) -> Path:
        path = self._spool_dir / uuid4().hex
        self._made.append(path)
        self._spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        length = 0
        with path.open("wb") as plain:
            for block in blocks:
                length += len(block)
                _check_size(name, length, packed_bytes, limits)
                write_block(plain, block)
        return path


def _refuse_packed_again(part: Part, path: Path) -> None:
    """A `.gz` in a `.zip` is all the packing there may be."""
    was_unpacked = part.member is not None or part.name.lower().endswith(".gz")
    is_archive = part.name.lower().endswith((".gz", ".zip", ".7z", ".rar"))
    if was_unpacked and is_archive:
        with path.open("rb") as stream:
            head = stream.read(8)
        if head.startswith(_PACKED_MARKS):
            raise ExtractError(
                "archive_nested",
                f"{part.label}: what is in it is packed again. Ask the force for files that are packed once.",
            )


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    try:
        yield
    except DirectoryTooLargeError:
        raise _too_large(name, "its list of files is longer than that of the", Limits.current(), "members") from None
    except DAMAGED as error:
        if is_of_the_machine(error):
            raise
        raise ExtractError(
            "archive_unreadable",
            f"{name}: the file is not a whole {'.gz' if name.lower().endswith('.gz') else '.zip'}; it is cut short, "
            "damaged or packed in another way. Ask the force to send it again.",
        ) from None


def check_object(file: LandedFile, limits: Limits) -> None:
    """Of an object as it is listed, so that one too large need not be fetched. Raises `ExtractError`."""
    if file.size_bytes > limits.object_bytes:
        raise _too_large(file.name, f"it has {file.size_bytes:,} bytes, more than the", limits, "object_bytes")


def _check_size(name: str, unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise _too_large(name, "unpacked it has more bytes than the", limits, "unpacked_bytes")
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise _too_large(name, "unpacked it is larger by more than the", limits, "ratio", " times")


def _too_large(name: str, cause: str, limits: Limits, limit: str, unit: str = "") -> ExtractError:
    return ExtractError(
        "archive_too_large",
        f"{name}: {cause} {getattr(limits, limit):,}{unit} that may be ({variable(limit)}). "
        "Ask the force for its usual file.",
    )


def base_name(path: str) -> str:
    """Some programs part folders by a backslash."""
    return path.replace("\\", "/").rpartition("/")[2]
