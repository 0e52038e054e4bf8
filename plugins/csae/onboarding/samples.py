"""Sample files as they would be delivered: unpacked from .gz and .zip, with the pattern that their names follow."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from csae import unpacking
from csae.landing import LandedFile, SpooledFile, SpoolError
from csae.plain_names import is_harmless, shown
from csae.readers import ExtractError
from csae.readers.signatures import GZIP_MARK, ZIP_MARK
from csae.unpacking import Part, Unpacker

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
    """Every file in the samples; what is packed is unpacked below `scratch`, within the limits of a night.

    Raises `SampleError`.
    """
    return [sample for number, path in enumerate(paths) for sample in _unpacked(path, scratch / str(number))]


def _unpacked(path: Path, scratch: Path) -> Iterator[Sample]:
    if not path.is_file():
        raise SampleError(f"{path}: there is no such file; give the sample files of one delivery, or of several.")
    if not is_harmless(path.name):
        raise SampleError(f"{shown(path.name)}: a name with such characters no force's file has; give it another.")
    if path.stat().st_size == 0:
        raise SampleError(f"{path.name}: the file is empty; a draft needs some rows.")
    if path.stat().st_size > MOST_BYTES:
        raise SampleError(
            f"{path.name}: is larger than {MOST_BYTES >> 20} MiB; a sample of some thousand rows will do."
        )
    with path.open("rb") as stream:
        mark = stream.read(4)
    is_gzip = mark.startswith(GZIP_MARK)
    name = f"{path.name}.gz" if is_gzip and not path.name.lower().endswith(".gz") else path.name
    file = SpooledFile(LandedFile(name, "", date.min, name, "", path.stat().st_size), path, "")
    unpacker = Unpacker(scratch)  # what it makes goes with `scratch`
    try:
        parts = unpacking.members(file) if mark.startswith(ZIP_MARK) else [Part(file)]
        if any(part.member in _WORKBOOK_MEMBERS for part in parts):
            yield Sample(path.name, path)
        elif mark.startswith(ZIP_MARK):
            for part in parts:
                yield Sample(part.name, unpacker.plain(part).path, path.name)
        else:
            yield Sample(path.name, unpacker.plain(parts[0]).path)
    except (ExtractError, SpoolError) as error:
        raise SampleError(shown(str(error))) from None


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
