"""What stands in the dataset's columns once a sample is mapped: how much is filled, and what no code set knows.

Values are counted and named only where they may be shown; nobody's name, date of birth or reference is among them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl
from rapidfuzz import fuzz, process, utils

from csae.code_sets import CODED_COLUMNS, CodeSets, Suggestion, may_be_shown
from csae.sources.columns import CANONICAL_COLUMNS, EXPECTED_VALUES, RecordKind
from csae.sources.model import Extract, Source

_NEAR = 75.0
_NO_ETHNICITY = {"NS": "not_stated", "REFUSED": "not_stated", "UNK": "not_recorded", "MISSING": "not_recorded"}


@dataclass
class Profile:
    """Counts over all batches of the sample."""

    rows: Counter[RecordKind] = field(default_factory=Counter)
    filled: Counter[tuple[RecordKind, str]] = field(default_factory=Counter)
    values: defaultdict[tuple[RecordKind, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of coded columns and of those with a closed set of values only."""

    def add(self, mapped: Mapping[RecordKind, pl.DataFrame]) -> None:
        for kind, frame in mapped.items():
            self.rows[kind] += frame.height
            for name in CANONICAL_COLUMNS[kind]:
                self.filled[kind, name] += frame.height - frame[name].null_count()
                if name in EXPECTED_VALUES or name in CODED_COLUMNS:
                    counted = frame[name].drop_nulls().value_counts()
                    self.values[kind, name].update(dict(counted.iter_rows()))


@dataclass(frozen=True)
class UnmappedValue:
    column: str
    value: str | None
    """None where it may not be shown."""
    rows: int
    suggestion: Suggestion | None
    scheme: str | None = None


@dataclass(frozen=True)
class Completeness:
    record: RecordKind
    column: str
    rows: int
    filled: int


@dataclass(frozen=True)
class SelfDefined:
    """Blank, refused and undecodable are three different facts, as in `dq_completeness`."""

    recorded: int
    not_stated: int
    not_recorded: int
    unmapped: int


def completeness(profile: Profile, mapped: Mapping[RecordKind, frozenset[str]]) -> list[Completeness]:
    """Of the columns that the YAML fills, where there are records."""
    return [
        Completeness(kind, name, profile.rows[kind], profile.filled[kind, name])
        for kind, names in mapped.items()
        if profile.rows[kind]
        for name in CANONICAL_COLUMNS[kind]
        if name in names
    ]


def self_defined(profile: Profile, source: Source, extracts: Mapping[str, Extract], codes: CodeSets) -> SelfDefined:
    """Of the people in the sample."""
    people = profile.rows["involvement"]
    states: Counter[str] = Counter()
    scheme = schemes(extracts).get("self_defined_ethnicity")
    for value, rows in profile.values["involvement", "self_defined_ethnicity"].items():
        code = codes.decode("self_defined_ethnicity", value, scheme, source.codes.get(scheme or ""))
        states[_state(code)] += rows
    blank = people - states.total()
    return SelfDefined(states["recorded"], states["not_stated"], states["not_recorded"] + blank, states["unmapped"])


def _state(code: str | None) -> str:
    if code is None:
        return "unmapped"
    return _NO_ETHNICITY.get(code, "recorded")


def schemes(extracts: Mapping[str, Extract]) -> dict[str, str]:
    """The code set of each coded column."""
    return {
        name: column.codes
        for extract in extracts.values()
        for _, record in extract.records
        for name, column in record.columns.items()
        if column.codes
    }


def unmapped(profile: Profile, source: Source, extracts: Mapping[str, Extract], codes: CodeSets) -> list[UnmappedValue]:
    """Values of coded columns that decode to nothing, the most frequent first; those not shown are summed up."""
    declared = schemes(extracts)
    found: list[UnmappedValue] = []
    for (_, column), counted in sorted(profile.values.items()):
        if column not in CODED_COLUMNS:
            continue
        scheme = declared.get(column)
        own = source.codes.get(scheme or "")
        single = _single_values(counted) if column == "nationalities" else counted
        bad = {value: rows for value, rows in single.items() if codes.decode(column, value, scheme, own) is None}
        suggest = partial(codes.suggest, column, scheme=scheme)
        found += _shown(column, scheme, bad, suggest, partial(codes.may_be_shown, column))
    return found


def unknown(profile: Profile, source: Source, extracts: Mapping[str, Extract]) -> list[UnmappedValue]:
    """Values of columns with a closed set of values that no map leads to."""
    found: list[UnmappedValue] = []
    for (_, column), counted in sorted(profile.values.items()):
        if column not in EXPECTED_VALUES:
            continue
        known = _known_values(source, extracts, column)
        bad = {value: rows for value, rows in counted.items() if value not in EXPECTED_VALUES[column]}
        found += _shown(column, None, bad, partial(_like, known=known), may_be_shown)
    return found


def _single_values(lists: Mapping[str, int]) -> Counter[str]:
    single: Counter[str] = Counter()
    for text, rows in lists.items():
        for value in json.loads(text):
            single[value] += rows
    return single


def _shown(
    column: str,
    scheme: str | None,
    bad: Mapping[str, int],
    suggest: Callable[[str], Suggestion | None],
    is_shown: Callable[[str, int], bool],
) -> Iterator[UnmappedValue]:
    hidden: Counter[Suggestion | None] = Counter()
    for value, rows in sorted(bad.items(), key=lambda item: (-item[1], item[0])):
        if is_shown(value, rows):
            yield UnmappedValue(column, value, rows, suggest(value), scheme)
        else:
            hidden[suggest(value)] += rows
    for suggestion, rows in hidden.most_common():
        yield UnmappedValue(column, None, rows, suggestion, scheme)


def _known_values(source: Source, extracts: Mapping[str, Extract], column: str) -> dict[str, str]:
    """What the YAML's maps of this column know already, and what they lead to."""
    known = {value: value for value in EXPECTED_VALUES[column]}
    for extract in extracts.values():
        for _, record in extract.records:
            if column in record.columns:
                known |= source.value_map(record.columns[column])
    return {form: to for form, to in known.items() if form}


def _like(value: str, known: Mapping[str, str]) -> Suggestion | None:
    best = process.extractOne(
        value, list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=_NEAR
    )
    return Suggestion(known[best[0]], round(best[1]), f"like '{best[0]}'") if best else None
