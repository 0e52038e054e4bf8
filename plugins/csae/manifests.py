"""A delivery's manifest: every file that it names is there, whole, and has as many records as it says."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from csae.choosing import Choice
from csae.landing import Delivery
from csae.readers import read_extract
from csae.readers.tables import ExtractError
from csae.sources.columns import Column
from csae.sources.model import Extract, Layout, Manifest, Record
from csae.unpacking import PlainFile, Unpacker, base_name

_LONGEST_COUNT = 12
"""In digits. What is longer is no number of rows, and is not shown."""


@dataclass(frozen=True)
class Line:
    """What the manifest says of one file."""

    rows: str | None
    """None where the manifest has no such column."""
    checksums: dict[str, str]
    """By algorithm."""


@dataclass(frozen=True)
class Listing:
    name: str
    lines: dict[str, Line]
    """By the name of the file, without folders."""

    def check_bytes(self, file: PlainFile) -> None:
        """Raises `ExtractError` when a checksum is not that of the bytes as delivered."""
        for algorithm, said in self.lines[file.name].checksums.items():
            if said != _checksum(file.packed, algorithm):
                raise ExtractError(
                    "manifest_checksum_wrong",
                    f"{file.name}: its {algorithm.upper()} is not the one in the manifest {self.name}, so it was cut "
                    "short or changed on its way. Ask the force to send the delivery again.",
                )

    def check_rows(self, file: str, rows: int) -> None:
        """Raises `ExtractError` when the file has not as many records as the manifest says."""
        said = self.lines[file].rows
        count = int(said) if said and said.isdecimal() and len(said) <= _LONGEST_COUNT else None
        if said is not None and count != rows:
            shown = "no number" if count is None else f"{count:,}"
            raise ExtractError(
                "manifest_row_count_wrong",
                f"{file}: it has {rows:,} records, and the manifest {self.name} says {shown}. "
                "Ask the force to send the delivery again"
                + ("; if its manifests never say it there, correct 'rows' in the YAML." if count is None else "."),
            )


@dataclass(frozen=True)
class Look:
    """What the names in a delivery's manifest come to."""

    listing: Listing | None = None
    awaited: tuple[str, ...] = ()
    """Files that it names and that may still come."""
    fault: ExtractError | None = None


def look(layout: Layout, choice: Choice, delivery: Delivery, unpacker: Unpacker) -> Look:
    """Compare the files with the manifest, if there is one. An archive is whole: nothing of it may still come."""
    manifest = layout.manifest
    if choice.fault or manifest is None or manifest.files not in choice.by_pattern:
        return Look()
    (part,) = choice.by_pattern[manifest.files]
    try:
        listing = read(manifest, unpacker.plain(part))
    except ExtractError as error:
        return Look(fault=error)
    present = choice.names | {file.name for file in delivery.files}
    missing = sorted(listing.lines.keys() - present)
    named = listing.lines.keys() | {part.name}
    unnamed = sorted(found.name for parts in choice.by_pattern.values() for found in parts if found.name not in named)
    if unnamed:
        return Look(fault=_unnamed(unnamed, part.name))
    if missing and part.member is not None:
        return Look(fault=_missing(missing, part.name))
    return Look(listing, tuple(missing))


def read(manifest: Manifest, file: PlainFile) -> Listing:
    """Raises `ExtractError`."""
    columns = [name for name in (manifest.file, manifest.rows, manifest.sha256, manifest.md5) if name]
    record = Record.model_construct(columns={name: Column.model_validate(name) for name in columns})
    extract = Extract.model_construct(files=manifest.files, format=manifest.format, crime=record)
    lines: dict[str, Line] = {}
    for batch in read_extract(file.path, file.name, extract):
        for row in batch.frames[0].iter_rows(named=True):
            said = {column: (row[column] or "").strip() for column in columns}
            line = Line(
                said[manifest.rows] if manifest.rows else None,
                {algorithm: said[column].lower() for algorithm, column in _checksum_columns(manifest).items()},
            )
            name = base_name(said[manifest.file])
            if not name or name in lines:
                raise ExtractError(
                    "manifest_unreadable",
                    f"{file.name}: the manifest {'names a file twice' if name else 'has a row without a file'}. "
                    "Ask the force for a manifest that names each file once.",
                )
            lines[name] = line
    return Listing(file.name, lines)


def _checksum_columns(manifest: Manifest) -> dict[str, str]:
    columns = {"sha256": manifest.sha256, "md5": manifest.md5}
    return {algorithm: column for algorithm, column in columns.items() if column}


def _checksum(path: Path, algorithm: str) -> str:
    """MD5 only tells whether a file is whole."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _unnamed(files: Iterable[str], manifest: str) -> ExtractError:
    return ExtractError(
        "manifest_file_unnamed",
        f"{', '.join(files)}: the manifest {manifest} does not name it. Ask the force for the manifest that goes with "
        "the delivery, or add the file to 'ignored_files'.",
    )


def _missing(files: Iterable[str], manifest: str) -> ExtractError:
    return ExtractError(
        "manifest_file_missing",
        f"{', '.join(files)}: the manifest {manifest} names it, and it is not there. "
        "Ask the force to send the whole delivery again.",
    )
