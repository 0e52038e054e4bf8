"""The verdict on a YAML and a sample: every fault at once, each with what to do about it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from csae import progress
from csae.checking import values
from csae.checking.headers import HeaderCheck, check_header, columns_of
from csae.checking.rehearsal import Rehearsal, rehearse
from csae.choosing import Choice, choose, is_ignored
from csae.code_sets import CodeSets
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.mapping import map_batch
from csae.readers import ExtractError, read_extract
from csae.readers.tables import listed
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.examples import faults
from csae.sources.expectations import Waiver
from csae.sources.model import TO_FILL_IN, Extract, Layout, Source
from csae.unpacking import Unpacker

SOON_DAYS = 30
LEVELS = ("error", "warning", "note")
VERDICTS = {"ready": 0, "ready with warnings": 1, "not ready": 3}


@dataclass(frozen=True)
class Problem:
    """`error` keeps a source from being taken on, `warning` should be looked at, `note` is good to know."""

    level: str
    message: str


@dataclass(frozen=True)
class SampleFile:
    file: str
    extract: str | None
    records: int | None
    """None where it could not be read."""


@dataclass(frozen=True)
class WaiverLine:
    rule: str
    reason: str
    owner: str
    expires: str
    days_left: int


@dataclass(frozen=True)
class Report:
    source: str
    name: str
    status: str
    yaml: str
    delivery_on: str
    layout_valid_from: str | None
    files: tuple[SampleFile, ...] = ()
    headers: tuple[HeaderCheck, ...] = ()
    records: dict[RecordKind, int] = field(default_factory=dict)
    gate: Rehearsal | None = None
    unmapped: tuple[values.UnmappedValue, ...] = ()
    unknown: tuple[values.UnmappedValue, ...] = ()
    completeness: tuple[values.Completeness, ...] = ()
    self_defined: values.SelfDefined | None = None
    examples: int = 0
    example_faults: tuple[str, ...] = ()
    waivers: tuple[WaiverLine, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> str:
        levels = {problem.level for problem in self.problems}
        return "not ready" if "error" in levels else "ready with warnings" if "warning" in levels else "ready"

    @property
    def exit_code(self) -> int:
        return VERDICTS[self.verdict]


@dataclass
class _Reading:
    """What reading the sample came to."""

    profile: values.Profile = field(default_factory=values.Profile)
    records: dict[tuple[str, str], int] = field(default_factory=dict)
    """By extract and file."""
    headers: list[HeaderCheck] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def check(loaded: LoadedSource, sample: Sequence[Path], on: date, codes: CodeSets, expectations_dir: Path) -> Report:
    """Without a sample, of the YAML alone: its examples and waivers. Raises `StackError` and `GateError`."""
    spec, layout = loaded.spec, loaded.spec.layout_on(on)
    report = Report(
        source=spec.source,
        name=spec.name,
        status=spec.status,
        yaml=str(loaded.path),
        delivery_on=f"{on}",
        layout_valid_from=f"{layout.valid_from}" if layout else None,
        examples=len(spec.examples),
        example_faults=tuple(faults(spec)),
        waivers=tuple(waiver_line(item, on) for item in spec.waivers),
    )
    if layout and sample:
        report = _with_sample(report, loaded, layout, sample, on, codes, expectations_dir)
    # Each once: several extracts of one file say the same of it.
    problems = dict.fromkeys([*report.problems, *_about_yaml(spec, report, on, has_sample=bool(sample))])
    return replace(report, problems=tuple(sorted(problems, key=lambda problem: LEVELS.index(problem.level))))


def waiver_line(waiver: Waiver, on: date) -> WaiverLine:
    days_left = (waiver.expires - on).days
    return WaiverLine(waiver.rule, waiver.reason, waiver.owner, f"{waiver.expires}", days_left)


def _with_sample(
    report: Report,
    loaded: LoadedSource,
    layout: Layout,
    sample: Sequence[Path],
    on: date,
    codes: CodeSets,
    expectations_dir: Path,
) -> Report:
    spec, extracts = loaded.spec, layout.extracts
    at_hand = [_at_hand(spec.source, on, path) for path in sample]
    wanted = [file for file in at_hand if not is_ignored(layout, file.landed.name)]
    choice = choose(layout, wanted, {})
    with TemporaryDirectory() as scratch, Unpacker(Path(scratch)) as unpacker:
        reading = _read(loaded, layout, choice, unpacker, codes)
    errors = [*_about_files(layout, choice), *reading.errors]
    gate = None
    if not errors:
        progress.report("Trying the gate's rules", 0, 1)
        delivery = Delivery(spec.source, on, tuple(file.landed for file in wanted))
        gate = rehearse(loaded, layout, delivery, wanted, codes, expectations_dir)
        progress.report("Trying the gate's rules", 1, 1)
    filled = _filled_columns(extracts.values())
    unmapped = tuple(values.unmapped(reading.profile, spec, extracts, codes))
    unknown = tuple(values.unknown(reading.profile, spec, extracts))
    has_self_defined = reading.profile.rows["involvement"] > 0 and "self_defined_ethnicity" in filled["involvement"]
    return replace(
        report,
        files=tuple(_files(layout, at_hand, choice, reading.records)),
        headers=tuple(reading.headers),
        records=dict(reading.profile.rows),
        gate=gate,
        unmapped=unmapped,
        unknown=unknown,
        completeness=tuple(values.completeness(reading.profile, filled)),
        self_defined=values.self_defined(reading.profile, spec, extracts, codes) if has_self_defined else None,
        problems=(
            *(Problem("error", error) for error in errors),
            *(Problem("warning", warning) for warning in reading.warnings),
            *_about_gate(gate),
            *_about_headers(reading.headers),
            *_about_values(unmapped, unknown),
        ),
    )


def _at_hand(source: str, on: date, path: Path) -> SpooledFile:
    """A file of the sample as if it had been fetched from landing; it is read where it lies."""
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    landed = LandedFile(f"{source}/{on}/{path.name}", source, on, path.name, sha256, path.stat().st_size)
    return SpooledFile(landed, path, sha256)


def _read(loaded: LoadedSource, layout: Layout, choice: Choice, unpacker: Unpacker, codes: CodeSets) -> _Reading:
    """Every file to its end or its first fault, so that one fault does not hide another file's."""
    reading = _Reading()
    files = [
        (name, part) for name, extract in layout.extracts.items() for part in choice.by_pattern.get(extract.files, ())
    ]
    for done, (name, part) in enumerate(files):
        progress.report("Reading the sample", done, len(files))
        try:
            file = unpacker.plain(part)
        except ExtractError as error:
            reading.errors.append(error.sentence)
            continue
        extract = layout.extracts[name]
        columns: tuple[str, ...] = ()
        unexpected: tuple[str, ...] | None = None
        records, rows = 0, 0
        taken = [0] * len(extract.records)
        try:
            for batch in read_extract(file.path, file.name, extract):
                columns, unexpected = batch.columns, batch.unexpected_columns
                mapped = map_batch(batch, extract, loaded.spec)
                reading.profile.add(mapped)
                records += sum(frame.height for frame in mapped.values())
                rows += batch.rows
                taken = [before + frame.height for before, frame in zip(taken, batch.frames, strict=True)]
            reading.records[name, file.name] = records
            reading.warnings += _none_taken(file.name, name, extract, rows, taken)
        except ExtractError as error:
            reading.errors.append(error.sentence)
            with suppress(ExtractError):
                columns = columns or columns_of(file.path, file.name, extract)
        if columns:
            reading.headers.append(check_header(file.path, file.name, name, columns, unexpected, layout, loaded, codes))
    progress.report("Reading the sample", len(files), len(files))
    return reading


def _none_taken(file: str, name: str, extract: Extract, rows: int, taken: Sequence[int]) -> Iterator[str]:
    """Records that a value misspelt in `where` would lose without a word."""
    for (kind, record), count in zip(extract.records, taken, strict=True):
        if record.where and rows and not count:
            named = listed(record.where)
            yield f"{file}: {name} takes no {kind} from its {rows:,} rows; are the values of {named} in 'where' right?"


def _files(
    layout: Layout, at_hand: Iterable[SpooledFile], choice: Choice, records: Mapping[tuple[str, str], int]
) -> Iterator[SampleFile]:
    """Members of an archive in its place; a file that holds several extracts once for each."""
    for name, extract in layout.extracts.items():
        for part in choice.by_pattern.get(extract.files, ()):
            yield SampleFile(part.name, name, records.get((name, part.name)))
    for part in choice.unexpected:
        yield SampleFile(part.name, None, None)
    for file in at_hand:
        if is_ignored(layout, file.landed.name):
            yield SampleFile(file.landed.name, "ignored", None)


def _filled_columns(extracts: Iterable[Extract]) -> dict[RecordKind, frozenset[str]]:
    """The columns of the dataset that the YAML fills, by kind of record."""
    found: dict[RecordKind, frozenset[str]] = {}
    for extract in extracts:
        for kind, record in extract.records:
            found[kind] = found.get(kind, frozenset()) | record.columns.keys()
    return found


def _about_yaml(spec: Source, report: Report, on: date, *, has_sample: bool) -> Iterator[Problem]:
    if report.layout_valid_from is None:
        first = spec.layouts[0].valid_from
        yield Problem("error", f"No layout is valid on {on}, the first is from {first}; name a later day with --on.")
    for fault in report.example_faults:
        yield Problem("error", f"{fault[:1].upper()}{fault[1:]}; correct the columns or the example.")
    if not spec.examples:
        yield Problem("note", "The YAML has no examples; one or two for each extract say what a row means.")
    if TO_FILL_IN in (spec.owner.team, spec.owner.contact):
        yield Problem("warning", f"Its owner still says {TO_FILL_IN}; name who answers questions about the data.")
    if not has_sample:
        yield Problem("note", "No file was read; give a sample with --sample.")
    if not spec.is_loaded:
        yield Problem("note", f"Its status is {spec.status}, so no night loads it; trial and live ones are loaded.")
    for waiver in report.waivers:
        if waiver.days_left < 0:
            yield Problem(
                "warning", f"The waiver of {waiver.rule} expired on {waiver.expires}; renew it or take it away."
            )
        elif waiver.days_left <= SOON_DAYS:
            yield Problem("warning", f"The waiver of {waiver.rule} expires in {waiver.days_left} days; ask its owner.")


def _about_files(layout: Layout, choice: Choice) -> Iterator[str]:
    for part in choice.unexpected:
        yield f"{part.name} is not a file that the YAML expects; name it in 'extracts' or 'ignored_files'."
    if choice.fault and choice.fault.reason_code != "file_unexpected":
        yield choice.fault.sentence
        if layout.archive and not any(part.member for parts in choice.by_pattern.values() for part in parts):
            return  # the archive could not be opened, and may well hold what seems to be missing
    for pattern in choice.missing(layout):
        names = ", ".join(name for name, extract in layout.extracts.items() if extract.files == pattern)
        yield f"No file of the sample is '{pattern}'{f' ({names})' if names else ''}; a delivery without it would wait."


def _about_gate(gate: Rehearsal | None) -> Iterator[Problem]:
    if gate is None:
        return
    if gate.state != "accepted":
        # A sample may well be smaller than a delivery.
        level = "warning" if gate.reason_code == "too_few_crimes" else "error"
        yield Problem(level, f"The gate would reject this delivery: {gate.message}")
    if gate.rows_quarantined:
        yield Problem("warning", f"Rows that would be quarantined: {gate.rows_quarantined:,}.")
    for finding in gate.findings:
        if finding.severity == "warning":
            yield Problem(
                "warning",
                f"{finding.column} of {finding.record}, {finding.rows:,} rows kept: {finding.why or finding.reason}",
            )
    yield from (Problem("note" if notice.level == "info" else notice.level, notice.message) for notice in gate.notices)


def _about_headers(headers: Iterable[HeaderCheck]) -> Iterator[Problem]:
    """What is missing was said by the reader already."""
    for header in headers:
        for rename in header.renames:
            yield Problem(
                "warning", f"{header.file}: '{rename.old}' may be '{rename.new}' now; if so, change the YAML as shown."
            )
        renamed = {rename.new for rename in header.renames}
        if unexpected := [column for column in header.unexpected if column not in renamed]:
            named = listed(unexpected)
            yield Problem("warning", f"{header.file} has {named} too; use it, or add it to 'ignored_columns'.")
        elif header.unexpected_count and not header.unexpected:
            yield Problem(
                "warning", f"{header.file} lacks most of the YAML's columns; are 'delimiter' and 'header_row' right?"
            )
        if header.not_met:
            named = listed(header.not_met)
            yield Problem("note", f"{header.file}: no record has {named}, which may be chance in a small sample.")


def _about_values(
    unmapped: Iterable[values.UnmappedValue], unknown: Iterable[values.UnmappedValue]
) -> Iterator[Problem]:
    for found, meaning in ((unmapped, "that no code set knows"), (unknown, "that no map knows")):
        rows: Counter[str] = Counter()
        for item in found:
            rows[item.column] += item.rows
        for column, count in rows.items():
            yield Problem("warning", f"Values of {column} {meaning}: {count:,}.")
