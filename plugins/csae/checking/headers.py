"""A file's columns against those that the YAML names: what is missing, new, renamed, or in another order."""

from dataclasses import dataclass
from pathlib import Path

from csae import renames
from csae.code_sets import CodeSets
from csae.drift import looks_like_a_name, unknown_to_all
from csae.readers import delimited, fixed_width, workbook
from csae.renames import Rename
from csae.sources import LoadedSource
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, WorkbookFormat
from csae.sources.model import Extract, Layout


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
    """For programs only: most layouts have some, and the night compares with the last accepted delivery instead."""
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
    path: Path,
    file: str,
    name: str,
    columns: tuple[str, ...],
    unexpected: tuple[str, ...] | None,
    layout: Layout,
    source: LoadedSource,
    codes: CodeSets,
) -> HeaderCheck:
    """`unexpected` is what the reader found so, or None where it refused the file."""
    extract = layout.extracts[name]
    used = extract.source_columns()
    absent = tuple(column for column in used if column not in columns)
    found = columns if unexpected is None else unexpected
    beside = [other for other in layout.extracts.values() if other.files == extract.files]
    unknown = [column for column in unknown_to_all(found, extract, beside) if column]
    is_header = extract.is_nesting or len(used) - len(absent) >= len(used) * renames.HEADER_SHARE
    return HeaderCheck(
        extract=name,
        file=file,
        missing=() if extract.is_nesting else absent,
        not_met=absent if extract.is_nesting else (),
        unexpected=tuple(filter(looks_like_a_name, unknown)) if is_header else (),
        unexpected_count=len(unknown),
        out_of_order=() if extract.is_nesting else _out_of_order(used, columns),
        renames=tuple(renames.find(path, file, name, layout, source, absent, (), codes)) if absent else (),
    )


def _out_of_order(used: list[str], columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that stand before one that the YAML names earlier. Nothing depends on it: columns are known by name."""
    order = [used.index(column) for column in columns if column in used]
    return tuple(used[at] for place, at in enumerate(order) if any(later < at for later in order[place + 1 :]))
