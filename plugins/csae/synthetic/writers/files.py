"""Text files, packed ones and archives, whose bytes are the same whenever they are written."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any, TextIO, cast

from csae.synthetic.layouts import Archive


@contextmanager
def text_file(path: Path, encoding: str) -> Iterator[TextIO]:
    """A file to write text to; one whose name ends in `.gz` is packed, without the time that gzip would note."""
    with path.open("wb") as raw:
        if path.suffix == ".gz":
            with (
                gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
                _text(packed, encoding) as file,
            ):
                yield file
        else:
            with _text(raw, encoding) as file:
                yield file


def _text(stream: IO[bytes] | gzip.GzipFile, encoding: str) -> TextIO:
    return io.TextIOWrapper(cast("IO[bytes]", stream), encoding=encoding, newline="")


def pack(archive: Archive, folder: Path, day: date, loose: Path, rows: Mapping[str, int]) -> None:
    """The files below `loose`, and a manifest of them, in one `.zip`."""
    contents = {name: (loose / name).read_bytes() for name in rows}
    facts: list[dict[str, Any]] = [
        {"file": name, "rows": rows[name], "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    ]
    listed = [{header: fact[key] for header, key in archive.columns.items()} for fact in facts]
    manifest = archive.manifest.format(day=day)
    text = _as_json(listed, day) if manifest.endswith(".json") else _as_lines(listed, archive.separator)
    write_zip(folder / archive.name.format(day=day), day, {**contents, manifest: text.encode()})


def _as_json(listed: list[dict[str, Any]], day: date) -> str:
    return json.dumps({"created": day.isoformat(), "files": listed}, indent=1) + "\n"


def _as_lines(listed: list[dict[str, Any]], separator: str) -> str:
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, listed[0], delimiter=separator)
    writer.writeheader()
    writer.writerows(listed)
    return lines.getvalue()


def write_zip(path: Path, day: date, members: Mapping[str, bytes], *, stored: str = "") -> None:
    """Members dated the delivery's day; the one named `stored` is not compressed."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, (day.year, day.month, day.day, 23, 5, 0))
            member.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
