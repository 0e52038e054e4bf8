"""A column that is missing, and one that is there instead: which may be the same one, and how the YAML would say so.

A file without its header would show a person's data as column names. So a name is proposed only where most of the
row is the header that the YAML knows, and where the name looks like one and is no value of the data.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, utils

from csae.code_sets import CodeSets
from csae.drift import known_by, looks_like_a_name
from csae.ledger import Signal
from csae.mapping import map_batch
from csae.readers import ExtractError, delimited, fixed_width, workbook
from csae.readers.tables import ROW_NUMBER, Batch, HeaderError
from csae.sources import LoadedSource
from csae.sources.columns import DATE_COLUMNS
from csae.sources.documents import PathInFile, SourceError, read_document
from csae.sources.edits import diff, quoted, rename
from csae.sources.formats import DelimitedFormat, FixedWidthFormat, WorkbookFormat
from csae.sources.model import Extract, Layout

NEAR = 75.0
"""How alike two names must be, of 100."""
HEADER_SHARE = 0.5
"""Of the columns that the YAML uses, so many must be there for a row to be taken for its header."""
SAMPLE_ROWS = 1000
KIND_ROWS = 5
KIND_SHARE = 0.9
"""Of at least so many values, so large a share must be of the kind that the missing column has."""
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True)
class Rename:
    old: str
    new: str
    evidence: str
    change: str | None
    """The change to the YAML as a diff, where it can be made without rewriting the file."""


def find(
    path: Path,
    file: str,
    name: str,
    layout: Layout,
    source: LoadedSource,
    missing: Sequence[str],
    before: Sequence[str],
    codes: CodeSets | None = None,
) -> list[Rename]:
    """For each column that is missing, the one that most likely took its place; each name once.

    `before` is the file's columns in the last accepted delivery.
    """
    extract = layout.extracts[name]
    sample, columns = _sample(path, file, extract)
    candidates = _candidates(sample, columns, extract, missing)
    place: PathInFile = ("layouts", source.spec.layouts.index(layout), "extracts", name)
    found: list[Rename] = []
    for old, new, evidence in _pairs(missing, candidates, sample, columns, before, extract, source, codes):
        found.append(Rename(old, new, evidence, yaml_change(source.path, place, extract, old, new)))
    return found


def explained(error: HeaderError, found: Sequence[Rename]) -> ExtractError:
    """The error with what was found; where it is every column, they were renamed and are not missing."""
    if not found:
        return error
    pairs = ", ".join(f"'{item.new}' may be '{item.old}' ({item.evidence})" for item in found)
    code = "column_renamed" if len(found) == len(error.columns) else error.reason_code
    head = error.sentence.partition(". Ask the force")[0]
    return ExtractError(
        code,
        f"{head}. {pairs}. If so, change the YAML as csae load show says, or add a layout from this day on; "
        "else ask the force for its usual columns.",
    )


def header_signals(error: HeaderError, name: str, found: Sequence[Rename]) -> list[Signal]:
    """One for each column of the YAML that does not fit."""
    renamed = {item.old: item for item in found}
    return [
        Signal("column_renamed", "error", _proposal(renamed[column]), name, column)
        if column in renamed
        else Signal(error.reason_code, "error", f"'{column}': {_WHAT[error.reason_code]}", name, column)
        for column in error.columns
    ]


def document_signals(
    name: str, layout: Layout, source: LoadedSource, columns: Sequence[str], unexpected: Sequence[str]
) -> Iterator[Signal]:
    """Of a document: a place that no record has, which may be chance, and a new one of nearly the same name.

    Nothing is rejected for it, since a document leaves out what is empty.
    """
    extract = layout.extracts[name]
    if not extract.is_nesting:
        return
    place: PathInFile = ("layouts", source.spec.layouts.index(layout), "extracts", name)
    candidates = [column for column in unexpected if looks_like_a_name(column)]
    for old in (column for column in extract.source_columns() if column not in columns):
        score, new = max(((_likeness_of_places(old, new), new) for new in candidates), default=(0.0, ""))
        if score >= NEAR:
            change = yaml_change(source.path, place, extract, old, new)
            found = Rename(old, new, f"the names are alike, {score:.0f} of 100", change)
            yield Signal("column_renamed", "warning", _proposal(found), name, old)


_WHAT = {
    "column_missing": "the file does not have this column. Ask the force for it, or add the new layout to the YAML.",
    "column_repeated": "the file has this column more than once. Ask the force for a file with each column once.",
}


def _proposal(item: Rename) -> str:
    head = f"'{item.old}' is missing, and '{item.new}' may be its new name: {item.evidence}."
    if item.change is None:
        return f"{head} If it is, write '{item.new}' in the YAML where '{item.old}' stands."
    return f"{head} If it is, change the YAML:\n{item.change}"


def _sample(path: Path, file: str, extract: Extract) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The first rows with every column of the file; nothing where it cannot be read, or is a document."""
    try:
        match extract.format:
            case DelimitedFormat() as form:
                frame, columns = next(iter(delimited.read(path, file, form, None)))
            case FixedWidthFormat() as form:
                frame, columns = next(iter(fixed_width.read(path, file, form, None)))
            case WorkbookFormat() as form:
                frame, columns = next(iter(workbook.read(path, file, form, None)))
            case _:
                return pl.DataFrame(), ()
    except ExtractError:
        return pl.DataFrame(), ()
    return frame.head(SAMPLE_ROWS), columns


def _candidates(sample: pl.DataFrame, columns: Sequence[str], extract: Extract, missing: Sequence[str]) -> list[str]:
    used = extract.source_columns()
    if len(used) - len(missing) < len(used) * HEADER_SHARE:
        return []
    known = {*used, *extract.ignored_columns}
    unexpected = [column for column in columns if column not in known and looks_like_a_name(column)]
    texts = [sample[column].str.strip_chars().str.to_lowercase() for column in columns if column in sample.columns]
    values = set(pl.concat(texts).drop_nulls().unique()) if texts else set()
    return [column for column in unexpected if column.lower() not in values]


def _pairs(
    missing: Sequence[str],
    candidates: Sequence[str],
    sample: pl.DataFrame,
    columns: Sequence[str],
    before: Sequence[str],
    extract: Extract,
    source: LoadedSource,
    codes: CodeSets | None,
) -> Iterator[tuple[str, str, str]]:
    """The most alike names first, then what stands in the same place, then what holds the same kind of values."""
    taken: set[str] = set()
    scored = sorted(
        ((_likeness(old, new), old, new) for old in missing for new in candidates), key=lambda item: -item[0]
    )
    for score, old, new in scored:
        if score >= NEAR and not {old, new} & taken:
            taken |= {old, new}
            yield old, new, f"the names are alike, {score:.0f} of 100"
    for old in (column for column in missing if column not in taken):
        free = [column for column in candidates if column not in taken]
        same_place = [new for new in free if _stands_where(old, new, columns, before)]
        same_kind = [new for new in free if _is_of_the_kind(old, new, missing, sample, extract, source, codes)]
        for fitting, evidence in (
            (same_place, "it stands in the same place as in the last accepted delivery"),
            (same_kind, "it holds the same kind of values"),
        ):
            if len(fitting) == 1:
                taken.add(fitting[0])
                yield old, fitting[0], evidence
                break


def _likeness(old: str, new: str) -> float:
    """Of letters and digits alone, so that `crime_no` and `CrimeNo` are one."""
    one, other = (utils.default_process(name).replace(" ", "").replace("_", "") for name in (old, new))
    return fuzz.ratio(one, other)


def _likeness_of_places(old: str, new: str) -> float:
    """Of one step that differs: the others must be the same, since most places begin alike."""
    one, other = old.split("/"), new.split("/")
    steps = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    return _likeness(*steps[0]) if len(one) == len(other) and len(steps) == 1 else 0.0


def _stands_where(old: str, new: str, columns: Sequence[str], before: Sequence[str]) -> bool:
    """All else being as it was."""
    if len(columns) != len(before) or old not in before or new not in columns:
        return False
    at = list(before).index(old)
    return columns[at] == new and all(
        columns[near] == before[near] for near in (at - 1, at + 1) if 0 <= near < len(before)
    )


def _is_of_the_kind(
    old: str,
    new: str,
    missing: Sequence[str],
    sample: pl.DataFrame,
    extract: Extract,
    source: LoadedSource,
    codes: CodeSets | None,
) -> bool:
    """Whether the YAML's functions, put to the new column, give days, or values that a map or code set has."""
    blank = [pl.lit(None, pl.String).alias(column) for column in missing if column != old]
    frame = sample.with_columns(pl.col(new).alias(old), *blank).with_columns(pl.col(ROW_NUMBER))
    mapped = map_batch(Batch(tuple(frame for _ in extract.records)), extract, source.spec)
    shares = []
    for kind, record in extract.records:
        for column in (name for name, item in record.columns.items() if old in item.origins):
            values = mapped[kind][column].drop_nulls()
            if column == "nationalities":
                values = values.str.json_decode(pl.List(pl.String())).explode()
            if column in DATE_COLUMNS:
                fitting = values.str.contains(_ISO_DATE).sum()
            else:
                counts = values.value_counts().iter_rows()
                fitting = sum(rows for text, rows in counts if known_by(text, column, extract, source.spec, codes))
            shares.append(fitting / len(values) if len(values) >= KIND_ROWS else 0)
    return bool(shares) and min(shares) >= KIND_SHARE


def yaml_change(path: Path, place: PathInFile, extract: Extract, old: str, new: str) -> str | None:
    """A diff that puts the new name in the old one's place; None where the file cannot be changed line by line."""
    try:
        document = read_document(path)
    except SourceError:
        return None
    before = path.read_text(encoding="utf-8")
    records = list(extract.placed())
    columns = [
        (*place, *where, "columns", name)
        for where, _, record in records
        for name, column in record.columns.items()
        if old in column.origins
    ]
    keys = [(*place, *where, "where", old) for where, _, _ in records]
    keys += [("examples", number, "given", old) for number in range(len(document.data.get("examples") or []))]
    after = rename(document, before, old, new, columns)
    if after is None:
        return None
    lines = after.splitlines()
    for key in (key for key in keys if key in document.lines):
        at = document.line(key) - 1
        lines[at] = _with_key(lines[at], old, new)
    return diff(before, "\n".join(lines) + "\n", path, context=0)


def _with_key(line: str, old: str, new: str) -> str:
    """The name before a key's colon, whether quoted or not."""
    for form in (f'"{old}"', f"'{old}'", old):
        match = re.search(rf"(?<![^\s{{,]){re.escape(form)}(?=\s*:)", line)
        if match:
            return line[: match.start()] + quoted(new) + line[match.end() :]
    return line
