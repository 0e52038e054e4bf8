"""Sample files as they would be delivered: unpacked from .gz and .zip, with the pattern that their names follow."""

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_GZIP_MARK = b"\x1f\x8b"
_ZIP_MARK = b"PK\x03\x04"
_WORKBOOK_MEMBERS = ("[Content_Types].xml", "mimetype")
"""A workbook is a .zip too; these members tell it apart."""
MOST_BYTES = 256 << 20
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
MONTH = rf"(?<![^\W\d_])(?:{_MONTHS})(?![^\W\d_])(?:[-_. ]?\d{{2,4}}(?!\d))?"
"""A month by its name, with the year that follows it; not the start of a word, such as Mayors."""
_CHANGING = re.compile(
    rf"\d{{1,4}}(?:[-_. ](?:\d{{1,2}}|{_MONTHS})(?![a-z])){{1,2}}(?:[-_. ]\d{{2,4}})?(?!\d)"  # a day with its marks
    rf"|\d{{0,2}}(?:{_MONTHS})\d{{2,4}}"
    rf"|{MONTH}"
    r"|\d{8}T?\d{0,6}Z?"
    r"|\d{3,}",
    re.IGNORECASE,
)


class SampleError(Exception):
    """A sample cannot be used; the message names the file, the cause and the way out."""


@dataclass(frozen=True)
class Sample:
    """One file of a delivery, unpacked."""

    name: str
    """As the force named it, `.gz` included."""
    path: Path
    archive: str | None = None
    """The .zip that it came in."""


def unpack(paths: Sequence[Path], scratch: Path) -> list[Sample]:
    """Every file in the samples; what is packed is unpacked below `scratch`. Raises `SampleError`."""
    return [sample for number, path in enumerate(paths) for sample in _unpacked(path, scratch / str(number))]


def _unpacked(path: Path, scratch: Path) -> Iterator[Sample]:
    if not path.is_file():
        raise SampleError(f"{path}: there is no such file; give the sample files of one delivery, or of several.")
    if path.stat().st_size == 0:
        raise SampleError(f"{path.name}: the file is empty; a draft needs some rows.")
    if path.stat().st_size > MOST_BYTES:
        raise SampleError(
            f"{path.name}: is larger than {MOST_BYTES >> 20} MiB; a sample of some thousand rows will do."
        )
    with path.open("rb") as stream:
        mark = stream.read(4)
    scratch.mkdir(parents=True)
    try:
        if mark.startswith(_GZIP_MARK):
            target = scratch / "unpacked"
            with gzip.open(path) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain)
            yield Sample(path.name, target)
        elif mark == _ZIP_MARK and not _is_workbook(path):
            with zipfile.ZipFile(path) as archive:
                for number, member in enumerate(item for item in archive.infolist() if not item.is_dir()):
                    target = scratch / f"member-{number}"
                    with archive.open(member) as packed, target.open("wb") as plain:
                        shutil.copyfileobj(packed, plain)
                    yield Sample(Path(member.filename).name, target, path.name)
        else:
            yield Sample(path.name, path)
    except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile):
        raise SampleError(f"{path.name}: cannot be unpacked; it is damaged or protected. Ask for it again.") from None


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return any(name in archive.namelist() for name in _WORKBOOK_MEMBERS)


def file_pattern(name: str) -> str:
    """The name with `*` for dates and running numbers: `GMP_CRIME_20260901.csv` is `GMP_CRIME_*.csv`."""
    stem, dot, ending = name.partition(".") if "." in name else (name, "", "")
    if re.search(r"\d", ending):  # dots within a date
        stem, dot, ending = name.rpartition(".")
        ending = re.sub(r"\d{3,}", "*", ending)  # a mainframe's last part is its date: D20261123
    starred = _CHANGING.sub("*", stem)
    return re.sub(r"\*(?:[-_. T]?\*)+", "*", starred) + dot + ending


def common_pattern(patterns: Sequence[str]) -> str:
    """One pattern for files of one kind whose names differ in more than dates."""
    distinct = list(dict.fromkeys(patterns))
    if len(distinct) == 1:
        return distinct[0]
    shortest = min(map(len, distinct))
    start = next((at for at in range(shortest) if len({text[at] for text in distinct}) > 1), shortest)
    end = next((at for at in range(shortest - start) if len({text[-1 - at] for text in distinct}) > 1), 0)
    return re.sub(r"\*+", "*", f"{distinct[0][:start]}*{distinct[0][len(distinct[0]) - end :]}")
