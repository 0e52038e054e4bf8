"""From sample files to what a layout is made of: extracts with their records and columns, archive, manifest, mode."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from csae.code_sets import CodeSets
from csae.onboarding.field_lists import FieldList
from csae.onboarding.findings import Around
from csae.onboarding.headers import tokens_of
from csae.onboarding.matching import MADE_OF, Match, kinds_of, match_block
from csae.onboarding.profiles import Profile
from csae.onboarding.samples import Sample, SampleError, common_pattern, file_pattern, unpack
from csae.onboarding.sniffing import sniff
from csae.onboarding.splitting import split_people, split_rows
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.value_words import PERSON_PLACES
from csae.sources.columns import RecordKind

_NAMED_DAY = (
    r"(?P<year>20\d\d)[-_.]?(?P<month>[01]\d)[-_.]?(?P<day>[0-3]\d)",
    r"(?P<day>[0-3]\d)[-_. ]?(?P<month>[01]\d)[-_. ]?(?P<year>20\d\d)",
    r"(?<!\d)(?P<year>2\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)",
)
_MOST_MANIFEST_ROWS = 50
_SNAPSHOT_SHARE = 0.9
_NEEDED: dict[RecordKind, tuple[tuple[str, ...], ...]] = {
    "crime": (("crime_ref",), ("recorded_on",), ("home_office_code", "cjs_code", "offence_title"), ("record_status",)),
    "involvement": (("role",), ("self_defined_ethnicity",), ("nationalities",)),
    "case_review": (("case_ref",), ("status",)),
}
"""Without these a draft cannot go live: one of each."""


@dataclass(frozen=True)
class RecordGuess:
    kind: RecordKind
    block: Block
    matches: list[Match]


@dataclass(frozen=True)
class ExtractGuess:
    files: str
    sniffed: Sniffed
    records: list[RecordGuess]
    rows: int
    """In the largest sample."""

    @property
    def kinds(self) -> list[RecordKind]:
        return list(dict.fromkeys(record.kind for record in self.records))


@dataclass(frozen=True)
class ManifestGuess:
    files: str
    format: dict[str, object]
    columns: dict[str, str]
    """`file`, `rows`, `sha256`, `md5`: the manifest's columns."""


@dataclass(frozen=True)
class Survey:
    extracts: list[ExtractGuess]
    archive: str | None
    manifest: ManifestGuess | None
    ignored_files: list[str]
    mode: str
    mode_reason: str
    first_day: date | None
    """That a file name says."""
    asks: list[str] = field(default_factory=list)


def survey(
    paths: Sequence[Path], scratch: Path, codes: CodeSets, schemes: Mapping[str, str], listed: FieldList | None = None
) -> Survey:
    """Raises `SampleError` when no sample holds records."""
    samples = unpack(paths, scratch)
    refused: dict[str, str] = {}
    """What is not used, by the pattern of its name, and why."""
    sniffed: list[Sniffed] = []
    for sample in samples:
        try:
            sniffed += sniff(sample, listed)
        except SampleError as error:
            refused.setdefault(file_pattern(sample.name), str(error))
    sniffed, manifest = _without_manifest(sniffed, samples)
    groups = _grouped(sniffed)
    around = _around(sniffed, codes, schemes)
    guesses = [(_extract(group, around), {one.sample for one in group}) for group in groups]
    extracts = [extract for extract, _ in guesses if not _why_not(extract)]
    used = {sample for extract, own in guesses if not _why_not(extract) for sample in own}
    for extract, own in guesses:
        if not own <= used:  # a cover sheet holds no records, but its workbook does
            refused.setdefault(extract.files, _why_not(extract))
    ignored = _not_read(refused, samples, extracts)
    extracts = _linked(extracts, around)
    if not extracts:
        raise SampleError(next(iter(refused.values())))
    archives = [sample.archive for sample in samples if sample.archive]
    mode, reason = _mode(groups, extracts)
    days = sorted(day for sample in samples for name in (sample.name, sample.archive or "") if (day := _day_in(name)))
    return Survey(
        extracts,
        common_pattern([file_pattern(name) for name in archives]) if archives else None,
        manifest,
        ignored,
        mode,
        reason,
        days[0] if days else None,
        [f"{why} It was put into 'ignored_files'." if at in ignored else why for at, why in refused.items()],
    )


def _why_not(extract: ExtractGuess) -> str:
    """Why no draft can be made of it, or nothing."""
    found = targets_found(extract)
    if extract.sniffed.is_cut_by_sight and (not found or len(lacking(found)) > 1):
        return (
            f"{extract.files}: its lines are of one length, without a header and without blanks that part the fields; "
            "no look at it tells where they begin. Ask the force for its list of fields, write them into a file, each "
            "on a line with its first and last character, such as CrimeNo 1-14, and give it with --fields LIST."
        )
    return "" if found else f"{extract.files}: no crimes, people or case reviews were found; is it the right file?"


def _not_read(patterns: Iterable[str], samples: list[Sample], extracts: list[ExtractGuess]) -> list[str]:
    """The patterns that no file which an extract reads has: ignored, it could not be read."""
    read = [sample.name for sample in samples if any(fnmatchcase(sample.name, extract.files) for extract in extracts)]
    return [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in read)]


def _without_manifest(sniffed: list[Sniffed], samples: list[Sample]) -> tuple[list[Sniffed], ManifestGuess | None]:
    names = {sample.name for sample in samples}
    rest: list[Sniffed] = []
    manifest: ManifestGuess | None = None
    for one in sniffed:
        columns = _manifest_columns(one, names - {one.sample.name})
        if columns is None:
            rest.append(one)
        elif manifest is None:
            manifest = ManifestGuess(file_pattern(one.sample.name), one.format, columns)
    return rest, manifest


def _manifest_columns(one: Sniffed, names: set[str]) -> dict[str, str] | None:
    if len(one.blocks) != 1 or one.blocks[0].rows > _MOST_MANIFEST_ROWS:
        return None
    columns = one.blocks[0].columns
    file = next((name for name, cells in columns.items() if {Path(cell).name for cell in cells} & names), None)
    if file is None:
        return None
    found = {"file": file}
    for key, pattern in (("sha256", r"[0-9a-fA-F]{64}"), ("md5", r"[0-9a-fA-F]{32}"), ("rows", r"\d{1,9}")):
        fitting = [
            name for name, cells in columns.items() if cells and all(re.fullmatch(pattern, cell) for cell in cells)
        ]
        if key == "rows":  # of several numbers the one that is called so: the other is a size in bytes
            fitting.sort(
                key=lambda name: (
                    not {*tokens_of(name)} & {"row", "rows", "records", "count", "lines", "cofnodion", "rhesi"}
                )
            )
        if fitting:
            found[key] = fitting[0]
    return found if len(found) > 1 else None


def _grouped(sniffed: list[Sniffed]) -> list[list[Sniffed]]:
    """Files of one kind: of the same columns, or with the same pattern of names.

    A workbook's sheets are apart, unless they are the same sheet on several nights, its day in its name.
    """
    groups: dict[tuple[object, ...], list[Sniffed]] = {}
    for one in sniffed:
        is_table = one.format["type"] not in ("json", "ndjson", "xml")
        key = (file_pattern(one.sample.name), *(one.blocks[0].columns if is_table else ()))
        twins = sum(other.sample is one.sample for other in groups.get((key, 0), []))
        groups.setdefault((key, twins), []).append(one)
    return list(groups.values())


def _around(sniffed: list[Sniffed], codes: CodeSets, schemes: Mapping[str, str]) -> Around:
    columns = [item for one in sniffed for block in one.blocks for item in block.columns.items()]
    days = [found for name, cells in columns if (found := Profile(name, cells).days)]
    years = [found.newest.year for found in days if found.newest.year <= date.today().year + 1]
    formats = Counter(found.formats[0] for found in days).most_common(1)
    return Around(
        codes,
        max(years, default=date.today().year),
        schemes,
        formats[0][0] if formats else "dd/mm/yyyy",
    )


def _extract(group: list[Sniffed], around: Around) -> ExtractGuess:
    largest = max(group, key=lambda one: one.blocks[0].rows)
    if "sheet" in largest.format:
        sheet = common_pattern([str(one.format["sheet"]) for one in group])
        largest = replace(largest, format={**largest.format, "sheet": sheet})
    merged = _merged([one.blocks for one in group])
    records: list[RecordGuess] = []
    pieces = [piece for block in merged for part in split_rows(block) for piece in split_people(part)]
    for piece in pieces:
        block = _with_role(piece, largest)
        kinds = kinds_of(block, around)
        if len(pieces) > 1 and not block.each and not block.role and len(kinds) == 2:
            kinds = ["crime"]
        matches = match_block(block, kinds, around)
        for kind in kinds:
            records.append(RecordGuess(kind, block, matches))
    return ExtractGuess(
        common_pattern([file_pattern(one.sample.name) for one in group]), largest, records, largest.blocks[0].rows
    )


def _with_role(block: Block, one: Sniffed) -> Block:
    """People of a file or sheet that is called `suspects`."""
    said = {
        PERSON_PLACES.get(token, "") for token in (*tokens_of(one.sample.name.split(".")[0]), *tokens_of(one.label))
    } - {""}
    people = {"surname", "cyfenw", "dob", "date of birth"}
    if (
        block.each
        or block.role
        or len(said) != 1
        or not any(p in " ".join(tokens_of(n)) for n in block.columns for p in people)
    ):
        return block
    return replace(block, role=said.pop())


def _merged(nights: list[tuple[Block, ...]]) -> list[Block]:
    """The blocks of several files of one kind, one below the other."""
    merged: dict[str | None, Block] = {}
    for blocks in nights:
        for block in blocks:
            before = merged.get(block.each)
            if before is None:
                merged[block.each] = block
                continue
            names = dict.fromkeys((*before.columns, *block.columns))
            columns = {
                name: before.columns.get(name, [""] * before.rows) + block.columns.get(name, [""] * block.rows)
                for name in names
            }
            merged[block.each] = replace(block, columns=columns)
    return list(merged.values())


def _linked(extracts: list[ExtractGuess], around: Around) -> list[ExtractGuess]:
    """People in files of their own are matched again, now that the crimes' references are known."""
    references = frozenset(
        cell
        for extract in extracts
        for record in extract.records
        if record.kind == "crime"
        for match in record.matches
        if match.target == "crime_ref"
        for cell in record.block.columns[match.column]
        if cell
    )
    if not references:
        return extracts
    linked = []
    for extract in extracts:
        records = [
            replace(record, matches=match_block(record.block, ["involvement"], replace(around, references=references)))
            if record.kind == "involvement"
            and not (record.block.each or record.block.is_within)
            and "crime" not in _kinds_of_block(extract, record.block)
            else record
            for record in extract.records
        ]
        linked.append(replace(extract, records=records))
    return linked


def _kinds_of_block(extract: ExtractGuess, block: Block) -> set[RecordKind]:
    return {record.kind for record in extract.records if record.block is block}


def _references(one: Sniffed) -> list[str]:
    """The values of a column that looks most like the records' reference."""
    columns = one.blocks[0].columns
    unique = [cells for cells in columns.values() if cells and len(set(cells)) > 0.95 * len(cells)]
    return unique[0] if unique else []


def _mode(groups: list[list[Sniffed]], extracts: list[ExtractGuess]) -> tuple[str, str]:
    for group in groups:
        if len(group) > 1:
            nights = sorted(group, key=lambda one: (_day_in(one.sample.name) or date.min, one.sample.name))
            first, last = set(_references(nights[0])), set(_references(nights[-1]))
            if len(first) > 20 and last:
                share = len(first & last) / len(first)
                if share >= _SNAPSHOT_SHARE:
                    return "snapshot", f"{share:.0%} of the first file's records are in the last one again"
                return "delta", f"{share:.0%} of the first file's records are in the last one again"
    names = {token for extract in extracts for token in tokens_of(extract.files)}
    if names & {"full", "snapshot", "all", "complete", "llawn"}:
        return "snapshot", "a file's name says so"
    if names & {"delta", "changes", "daily", "changed", "newidiadau"}:
        return "delta", "a file's name says so"
    return "delta", "a sample of one delivery cannot tell"


def _day_in(name: str) -> date | None:
    for pattern in _NAMED_DAY:
        match = re.search(pattern, name)
        if match:
            with suppress(ValueError):
                return date(2000 + int(match["year"][-2:]), int(match["month"]), int(match["day"]))
    return None


def targets_found(extract: ExtractGuess) -> dict[RecordKind, set[str]]:
    """The dataset's columns that an extract gives, by kind."""
    found: dict[RecordKind, set[str]] = {}
    for record in extract.records:
        own = found.setdefault(record.kind, set())
        for match in record.matches:
            if match.target:
                own.update(MADE_OF.get(match.target, (match.target,)))
        if record.block.role:
            own.add("role")
    return found


def lacking(found: Mapping[RecordKind, set[str]]) -> list[str]:
    """What a person must find, because nothing of the samples is it."""
    return [
        f"{kind}: {' or '.join(columns)}" for kind in found for columns in _NEEDED[kind] if not found[kind] & {*columns}
    ]
