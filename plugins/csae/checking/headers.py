"""A file's columns against those that the YAML names: what is missing, new, renamed, or in another order."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from csae.readers import delimited, fixed_width, workbook
from csae.sources.documents import Document, PathInFile
from csae.sources.edits import diff, rename
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, WorkbookFormat
from csae.sources.model import Extract

_NEAR = 70.0
_HEADER_SHARE = 0.5


@dataclass(frozen=True)
class Rename:
    """A column that is missing and one that is new, whose names are alike."""

    old: str
    new: str
    score: int
    lines: tuple[int, ...]
    """Of the YAML, that name the old one."""
    diff: str | None
    """The change to the YAML, where it can be made without rewriting the file."""


@dataclass(frozen=True)
class HeaderCheck:
    extract: str
    file: str
    missing: tuple[str, ...]
    not_met: tuple[str, ...]
    """Places of a document that no record of the sample has, which may be chance."""
    unexpected: tuple[str, ...]
    unexpected_count: int
    """More than are named where the row is hardly a header: then its cells may be a person's."""
    out_of_order: tuple[str, ...]
    renames: tuple[Rename, ...]


def columns_of(path: Path, name: str, extract: Extract) -> tuple[str, ...]:
    """The columns of a file that lacks some of the YAML's; a document lacks none. Raises `ExtractError`."""
    match extract.format:
        case DelimitedFormat() as form:
            return next(iter(delimited.read(path, name, form, None)))[1]
        case FixedWidthFormat() as form:
            return next(iter(fixed_width.read(path, name, form, None)))[1]
        case WorkbookFormat() as form:
            return next(iter(workbook.read(path, name, form, None)))[1]
    return ()


def check_header(
    name: str, file: str, extract: Extract, place: PathInFile, columns: tuple[str, ...], document: Document
) -> HeaderCheck:
    """`place` is where the extract stands in the YAML."""
    used = extract.source_columns()
    absent = tuple(column for column in used if column not in columns)
    unexpected = tuple(column for column in columns if column not in (*used, *extract.ignored_columns))
    is_header = extract.is_nesting or len(used) - len(absent) >= len(used) * _HEADER_SHARE
    renames = tuple(_renames(extract, place, absent, unexpected, document)) if is_header else ()
    return HeaderCheck(
        extract=name,
        file=file,
        missing=() if extract.is_nesting else absent,
        not_met=absent if extract.is_nesting else (),
        unexpected=unexpected if is_header else (),
        unexpected_count=len(unexpected),
        out_of_order=() if extract.is_nesting else _out_of_order(used, columns),
        renames=renames,
    )


def _out_of_order(used: list[str], columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that stand before one that the YAML names earlier. Nothing depends on it: columns are known by name."""
    order = [used.index(column) for column in columns if column in used]
    return tuple(used[at] for place, at in enumerate(order) if any(later < at for later in order[place + 1 :]))


def _renames(
    extract: Extract,
    place: PathInFile,
    absent: tuple[str, ...],
    unexpected: tuple[str, ...],
    document: Document,
) -> Iterator[Rename]:
    """Each name in one pair at most, the most alike first."""
    pairs = [
        (score, old, new)
        for old in absent
        for new, score, _ in process.extract(
            old, unexpected, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_NEAR, limit=3
        )
    ]
    text = document.path.read_text(encoding="utf-8")
    taken: set[str] = set()
    for score, old, new in sorted(pairs, key=lambda pair: -pair[0]):
        if {old, new} & taken:
            continue
        taken |= {old, new}
        places = list(_places_of(extract, place, old))
        after = rename(document, text, old, new, places)
        lines = tuple(dict.fromkeys(document.line(one) for one in places))
        yield Rename(old, new, round(score), lines, diff(text, after, document.path, context=0) if after else None)


def _places_of(extract: Extract, place: PathInFile, column: str) -> Iterator[PathInFile]:
    for where, _, record in extract.placed():
        for name, one in record.columns.items():
            if column in one.from_:
                yield (*place, *where, "columns", name)
