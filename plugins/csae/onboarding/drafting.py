"""A survey of samples written down as a source's YAML, with a question wherever only a person can say."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from csae.onboarding.matching import Match
from csae.onboarding.survey import ExtractGuess, RecordGuess, Survey, lacking, targets_found
from csae.onboarding.yaml_text import WIDTH, entry, inline, scalar
from csae.sources.columns import CANONICAL_COLUMNS, RecordKind
from csae.sources.model import TO_FILL_IN

SCHEMA_LINE = "# yaml-language-server: $schema=source.schema.json"
MOST_LINES = 90
_LONG_MAP = 60
_ROOM = 20
"""A delivery may be so many times larger than the sample before it is noticed."""


@dataclass(frozen=True)
class Column:
    """A column of the dataset in the YAML."""

    spec: dict[str, object]
    """Its keys: `from`, and the functions."""
    match: Match | None = None
    asks: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        notes = [f"# ASK: {ask}" for ask in self.asks]
        if self.match and self.match.confidence == "low":
            notes.append(f"# CHECK: {self.match.evidence}.")
        return notes


@dataclass(frozen=True)
class Record:
    guess: RecordGuess
    columns: dict[str, Column]

    @property
    def kind(self) -> RecordKind:
        return self.guess.kind


@dataclass(frozen=True)
class Extract:
    name: str
    guess: ExtractGuess
    records: list[Record]
    ignored: list[str]


@dataclass(frozen=True)
class Identity:
    code: str
    name: str
    system: str | None
    system_maps: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Draft:
    identity: Identity
    survey: Survey
    extracts: list[Extract]
    valid_from: date
    maps: dict[str, dict[str, str]] = field(default_factory=dict)
    examples: list[dict[str, object]] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """What a person must find, because no column of the samples is it."""
        found: dict[RecordKind, set[str]] = {}
        for extract in self.extracts:
            for kind, targets in targets_found(extract.guess).items():
                found.setdefault(kind, set()).update(targets)
        has_cases = bool({"crime", "case_review"} & found.keys())
        return lacking(found) + ([] if has_cases else ["crime: no extract has it"])

    @property
    def asks(self) -> list[str]:
        of_columns = [
            f"{extract.name}, {name}: {ask}"
            for extract in self.extracts
            for record in extract.records
            for name, column in record.columns.items()
            for ask in column.asks
        ]
        of_files = [f"{extract.name}: {ask}" for extract in self.extracts for ask in extract.guess.sniffed.asks]
        return list(dict.fromkeys([*self.survey.asks, *of_files, *of_columns]))


def make_draft(survey: Survey, identity: Identity, today: date) -> Draft:
    extracts = [_extract(guess, name) for guess, name in zip(survey.extracts, _names(survey.extracts), strict=True)]
    extracts, maps = _with_shared_maps(extracts, identity.system_maps)
    return Draft(identity, survey, extracts, survey.first_day or today, maps)


def _names(extracts: list[ExtractGuess]) -> list[str]:
    """`crimes`, `people`, `csae` for both, `reviews`; with the sheet's or file's own word where one is not enough."""
    names: list[str] = []
    for extract in extracts:
        kinds = set(extract.kinds)
        name = "csae" if len(kinds) > 1 else {"crime": "crimes", "involvement": "people"}.get(kinds.pop(), "reviews")
        own = {record.block.role for record in extract.records if record.block.role}
        if name == "people" and len(own) == 1:
            name = f"{own.pop()}s"
        while name in names:
            name = f"{name.rstrip('0123456789')}{int(name[-1]) + 1 if name[-1].isdigit() else 2}"
        names.append(name)
    return names


def _extract(guess: ExtractGuess, name: str) -> Extract:
    records = [Record(record, dict(_columns(record, guess))) for record in guess.records]
    used = {column for record in records for spec in record.columns.values() for column in _from(spec.spec)}
    used |= {column for record in guess.records for column in record.block.where}
    ignored = list(
        dict.fromkeys(match.column for record in guess.records for match in record.matches if match.column not in used)
    )
    return Extract(name, guess, records, ignored)


def _from(spec: Mapping[str, object]) -> list[str]:
    origin = spec.get("from", [])
    return [origin] if isinstance(origin, str) else list(origin) if isinstance(origin, list) else []


def _columns(record: RecordGuess, extract: ExtractGuess) -> Iterator[tuple[str, Column]]:
    """In the dataset's order."""
    made: dict[str, Column] = {}
    for match in record.matches:
        if match.target:
            made.update(_made(match, record))
    if record.block.role:
        made["role"] = Column({"value": record.block.role})
    if "crime_ref" not in made and record.kind == "involvement" and not record.block.each and record.block.where:
        key = next((m for r in extract.records for m in r.matches if m.target == "crime_ref"), None)
        if key:
            made["crime_ref"] = Column({"from": key.column, "required": True}, key)
    if record.kind == "crime" and "record_status" not in made:
        ask = "no column says which crimes were cancelled; are they left out of the extract?"
        made["record_status"] = Column({"value": "live"}, None, (ask,))
    if record.kind == "involvement" and any(r.kind == "crime" and r.block is record.block for r in extract.records):
        made.pop("crime_ref", None)  # a row of a flat file has the crime's
    for name in CANONICAL_COLUMNS[record.kind]:
        if name in made:
            yield name, made[name]


def _made(match: Match, record: RecordGuess) -> Iterator[tuple[str, Column]]:
    column, options, asks = match.column, dict(match.finding.options), match.finding.asks
    origin: object = [column, *match.more] if match.more else column
    match match.target:
        case "transfer":
            for part, functions in (("transfer_direction", options["direction"]), ("transfer_force", options["force"])):
                own_asks = asks if part == "transfer_direction" else ()
                yield part, Column({"from": column, **cast("dict[str, object]", functions)}, match, own_asks)
        case "full_name":
            first = options.get("order") == "forename first"
            surname, forenames = ("last", "first") if first else (1, 2)
            split = " " if first else ","
            yield "surname", Column({"from": column, "split": split, "take": surname}, match, asks)
            yield "forenames", Column({"from": column, "split": split, "take": forenames}, match)
        case "flags":
            words = cast("dict[str, str]", options.pop("contains"))
            for part, word in words.items():
                if part:
                    yield part, Column({"from": column, **options, "contains": word}, match, asks)
        case "offence_class":
            other = next(m.column for m in record.matches if m.target == "offence_subclass")
            yield "home_office_code", Column({"from": [column, other], "join": "/"}, match)
        case "offence_subclass" | None:
            return
        case "forenames" if match.more:
            yield "forenames", Column({"from": origin, "join": " "}, match, asks)
        case target:
            yield target, Column({"from": origin, **options}, match, asks)


def _with_shared_maps(
    extracts: list[Extract], shared: Mapping[str, Mapping[str, str]]
) -> tuple[list[Extract], dict[str, dict[str, str]]]:
    """A map that the system has is named; one that is long or used twice is written once, under `maps`."""
    uses = Counter(
        inline(column.spec["map"])
        for e in extracts
        for r in e.records
        for column in r.columns.values()
        if "map" in column.spec
    )
    own: dict[str, dict[str, str]] = {}

    def named(name: str, column: Column) -> Column:
        values = column.spec.get("map")
        if not isinstance(values, dict):
            return column
        for known, mapping in shared.items():
            if values.items() <= mapping.items() and ("" in values) == ("" in mapping):
                return Column({**column.spec, "map": known}, column.match, column.asks)
        text = inline(values)
        if uses[text] > 1 or len(text) > _LONG_MAP:
            called = next((key for key, mapping in own.items() if mapping == values), None)
            if called is None:
                called = "yes_no" if set(values.values()) <= {"true", "false"} and "" not in values else name
                called = called if called not in own else f"{name}_{len(own) + 1}"
                own[called] = values
            return Column({**column.spec, "map": called}, column.match, column.asks)
        return column

    with_names = [
        Extract(
            e.name,
            e.guess,
            [Record(r.guess, {n: named(n, c) for n, c in r.columns.items()}) for r in e.records],
            e.ignored,
        )
        for e in extracts
    ]
    return with_names, own


def yaml_of(draft: Draft) -> str:
    """The text of the file; at most `MOST_LINES` lines, if need be with fewer notes."""
    lines = [short for line in _lines(draft) for short in _wrapped(line)]
    if len(lines) > MOST_LINES:
        lines = [line for line in lines if not line.strip().startswith("# CHECK")]
    return "\n".join(lines) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    identity, found = draft.identity, draft.survey
    yield SCHEMA_LINE
    yield "# A draft made from samples: answer every ASK, then check it with `csae force check`."
    yield f'source: "{identity.code}"'
    yield f"name: {scalar(identity.name)}"
    if identity.system:
        yield f"system: {identity.system}"
    yield "status: draft"
    yield f"owner: {{team: {TO_FILL_IN}, contact: {TO_FILL_IN}}}"
    yield f"# GUESS: {found.mode}, because {found.mode_reason}. Ask the force, and when deliveries are due."
    yield f'delivery: {{mode: {found.mode}, due: "daily 03:00"}}'
    if draft.maps:
        yield "maps:"
        for name, mapping in draft.maps.items():
            yield from entry(2, name, mapping)
    yield ""
    yield "layouts:"
    yield f"  - valid_from: {draft.valid_from.isoformat()}"
    if found.archive:
        yield f"    archive: {scalar(found.archive)}"
    if found.manifest:
        yield "    manifest:"
        yield f"      files: {_glob(found.manifest.files)}"
        yield from entry(6, "format", found.manifest.format)
        for name, column in found.manifest.columns.items():
            yield f"      {name}: {scalar(column)}"
    for ask in found.asks:
        yield f"    # ASK: {ask}"
    yield "    extracts:"
    for extract in draft.extracts:
        yield from _extract_lines(extract)
    if found.ignored_files:
        yield from entry(4, "ignored_files", found.ignored_files)
    yield ""
    rows = max((e.guess.rows for e in draft.extracts if set(e.guess.kinds) & {"crime", "case_review"}), default=1)
    yield f"# GUESS: from a sample of {rows} rows."
    yield f"bounds: {{crimes: {{min: 1, max: {_rounded(rows * _ROOM)}}}}}"
    if draft.examples:
        yield "# Values here are made up."
        yield "examples:"
        for example in draft.examples:
            for at, (name, value) in enumerate(example.items()):
                lines = entry(4, name, value)
                yield from [f"  - {lines[0].lstrip()}", *lines[1:]] if at == 0 else lines


def _wrapped(line: str) -> list[str]:
    """A long note on several lines."""
    if not line.lstrip().startswith("#") or len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line.strip(), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}#   ")


def _glob(text: str) -> str:
    return f'"{text}"' if text.startswith("*") else scalar(text)


def _rounded(number: int) -> int:
    digits = max(0, len(str(number)) - 1)
    unit = int(10**digits)
    return max(100, -(-number // unit) * unit)


def _extract_lines(extract: Extract) -> Iterator[str]:
    yield f"      {extract.name}:"
    yield f"        files: {_glob(extract.guess.files)}"
    for ask in extract.guess.sniffed.asks:
        yield f"        # ASK: {ask}"
    yield from entry(8, "format", extract.guess.sniffed.format)
    people = [record for record in extract.records if record.kind == "involvement"]
    for record in extract.records:
        if record.kind == "involvement" and len(people) > 1:
            if record is people[0]:
                yield "        involvement:"
            yield from _record_lines(record, 12, listed=True)
        else:
            yield f"        {record.kind}:"
            yield from _record_lines(record, 10)
    if extract.ignored:
        yield from entry(8, "ignored_columns", extract.ignored)


def _record_lines(record: Record, indent: int, *, listed: bool = False) -> Iterator[str]:
    lines = []
    if record.guess.block.each:
        lines.append(f"each: {scalar(record.guess.block.each)}")
    if record.guess.block.where:
        lines.append(f"where: {inline(record.guess.block.where)}")
    lines.append("columns:")
    for at, line in enumerate(lines):
        yield " " * (indent - 2) + "- " + line if listed and at == 0 else " " * indent + line
    width = max(len(name) for name in record.columns) + 1 if record.columns else 0
    for name, column in record.columns.items():
        for note in column.notes:
            yield " " * (indent + 2) + note
        spec = column.spec
        short = set(spec) == {"from"} and isinstance(spec["from"], str)
        yield from entry(indent + 2, name, spec["from"] if short else _ordered(spec), width)


def _ordered(spec: Mapping[str, object]) -> dict[str, object]:
    order = ("from", "value", "extract", "split", "take", "join", "contains", "map", "date", "codes", "required")
    return {name: spec[name] for name in order if name in spec}
