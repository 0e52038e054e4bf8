"""Drift: what of a delivery differs from the source's YAML and from the deliveries before it.

Functions of frames and numbers alone; `history` keeps what they compare with. A signal names columns, counts and
rows, and of values only those that `may_be_shown`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median

import polars as pl

from csae.code_sets import CodeSets, may_be_shown
from csae.ledger import Signal
from csae.mapping import CRIME_ROW_NUMBER, ROW_NUMBER
from csae.readers.tables import Batch, Damage
from csae.sources.columns import EXPECTED_VALUES, RecordKind
from csae.sources.model import Extract, Layout, Source

HISTORY_LOADS = 10
"""How many accepted loads a load is compared with, the latest before it."""
VOLUME_FACTOR = 3
VOLUME_LOADS = 3
"""With fewer earlier loads there is no telling what is usual."""
VOLUME_RECORDS = 10
"""Less of a difference than this is chance, however large its factor."""
MISSING_POINTS = 0.2
MISSING_ROWS = 30
VALUE_LENGTH = 60
"""Longer texts are no codes."""
TITLE_LENGTH = 400
"""The longest offence title of the Home Office's list has 363 letters."""
VALUES_PER_LOAD = 200
VALUES_PER_COLUMN = 1000
"""As many are remembered of a column; one that has more is not a coded one, and is not looked at any more."""
VALUES_NAMED = 5
CODED_COLUMNS = frozenset(
    {
        *("home_office_code", "offence_title", "offence_category", "outcome_code", "record_status"),
        *("is_online", "is_group_based", "is_child_abuse_flagged", "transfer_direction"),
        *("transfer_force", "role", "sex", "self_defined_ethnicity", "observed_ethnicity", "nationalities"),
        *("immigration_status", "status", "reason_closed"),
    }
)
MOST_NEW = 50
"""More names than these are not told one by one: in JSON that has references as keys they would be references."""
_NAME_DIGITS = 4
"""As in a year; a reference has more."""
_NAME_LENGTH = 60
_DAMAGE: dict[str, str] = {
    "cell_cut_by_spreadsheet": "of just the length that spreadsheets and their drivers cut texts at. Ask the force "
    "whether they are whole",
    "text_garbled": "in which accented letters were garbled before the file was sent, such as Ã« for ë. Ask the force "
    "for an export in the encoding that the data are kept in",
    "date_is_nought": "that are the nought of January 1900, which a spreadsheet makes of an empty date. Ask the force "
    "to leave empty dates empty",
    "date_is_serial": "that are a number of days, which a spreadsheet makes of a date. Ask the force for dates as "
    "agreed, or add 'excel' to the column's 'date' in the YAML",
}
_COUNTED: dict[str, str] = {"crime": "crimes", "involvement": "people", "case_review": "cases"}

Place = tuple[str, RecordKind, str]
"""Extract, kind of record and column of the dataset."""


@dataclass(frozen=True)
class Filled:
    rows: int = 0
    filled: int = 0

    @property
    def share_empty(self) -> float:
        return 1 - self.filled / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Value:
    """A value of a coded column; its text only where something knows it or it may be shown."""

    sha256: str
    text: str | None
    known_by: str | None
    rows: int
    first_row: int


@dataclass
class Profile:
    """What is counted of a delivery while it is read."""

    reading: str = ""
    """The extract that is read at the moment: where reading stops, it is at fault."""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The file's own, by extract."""
    unexpected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    """Of the file, by extract; some may be records of another, some hold several people."""
    rows_left: Counter[str] = field(default_factory=Counter)
    """Rows that no record of the extract takes; another extract of the same file may."""
    damage: dict[tuple[str, str, str], Damage] = field(default_factory=dict)
    """What a spreadsheet did to values, by extract, rule and column."""
    filled: dict[Place, Filled] = field(default_factory=dict)
    _values: dict[Place, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def add(self, name: str, extract: Extract, batch: Batch, mapped: Mapping[RecordKind, pl.DataFrame]) -> None:
        self.columns[name] = batch.columns
        self.unexpected[name] = batch.unexpected_columns
        self.rows[name] += batch.rows
        self.rows_left[name] += batch.rows_left
        for item in batch.damage:
            before = self.damage.get((name, item.rule, item.column), replace(item, rows=0))
            self.damage[name, item.rule, item.column] = replace(before, rows=before.rows + item.rows)
        places = dict.fromkeys((name, kind, column) for kind, record in extract.records for column in record.columns)
        for place in places:
            self._count(place, mapped[place[1]])

    def _count(self, place: Place, frame: pl.DataFrame) -> None:
        column = place[2]
        before = self.filled.get(place, Filled())
        filled = frame.height - frame[column].null_count()
        self.filled[place] = Filled(before.rows + frame.height, before.filled + filled)
        if column in CODED_COLUMNS and filled:
            values = self._values.setdefault(place, {})
            for value, rows, first_row in _values(frame, column).iter_rows():
                known_rows, known_first = values.get(value, (0, first_row))
                if known_rows or len(values) < VALUES_PER_COLUMN:
                    values[value] = (known_rows + rows, known_first)

    def has_rows(self, name: str) -> bool:
        return any(counts.rows for place, counts in self.filled.items() if place[0] == name)

    def is_empty(self, name: str, kind: RecordKind, column: str) -> bool:
        return not self.filled.get((name, kind, column), Filled()).filled

    def values(self, spec: Source, layout: Layout, codes: CodeSets | None) -> Iterator[tuple[Place, Value]]:
        """The most frequent of each coded column."""
        for place, counted in self._values.items():
            by_rows = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))
            for text, (rows, first_row) in by_rows[:VALUES_PER_LOAD]:
                known = known_by(text, place[2], layout.extracts[place[0]], spec, codes)
                is_shown = codes.may_be_shown(place[2], text, rows) if codes else may_be_shown(text, rows)
                shown = text if known or is_shown else None
                yield place, Value(hashlib.sha256(text.encode()).hexdigest(), shown, known, rows, first_row)


def _values(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each value, its number of rows, and its first row as a spreadsheet counts it.

    An offence's title says nothing more where its code is given.
    """
    if column == "offence_title":
        frame = frame.filter(pl.all_horizontal(pl.col("home_office_code", "cjs_code").is_null()))
    row = pl.coalesce(*(name for name in (CRIME_ROW_NUMBER, ROW_NUMBER) if name in frame.columns))
    found = (
        frame.lazy()
        .filter(pl.col(column).is_not_null())
        .group_by(pl.col(column).alias("value"))
        .agg(pl.len().alias("rows"), row.min().alias("first_row"))
    )
    if column == "nationalities":
        lists = found.with_columns(pl.col("value").str.json_decode(pl.List(pl.String())))
        found = lists.explode("value").group_by("value").agg(pl.col("rows").sum(), pl.col("first_row").min())
    longest = TITLE_LENGTH if column == "offence_title" else VALUE_LENGTH
    return found.filter(pl.col("value").str.len_chars() <= longest).sort("value").collect()


def known_by(text: str, name: str, extract: Extract, spec: Source, codes: CodeSets | None) -> str | None:
    """Whether the YAML's map, or what the dataset expects, or else the column's code set has the value."""
    if text in EXPECTED_VALUES.get(name, ()):
        return "map"
    columns = [record.columns[name] for _, record in extract.records if name in record.columns]
    if any(text == column.value or text in spec.value_map(column).values() for column in columns):
        return "map"
    for column in columns:
        own = spec.codes.get(column.codes or "", {})
        if codes and name in codes.seeds.sets and codes.decode(name, text, column.codes, own) is not None:
            return "code set"
    return None


def column_signals(
    file: str, name: str, extract: Extract, columns: Sequence[str], unexpected: Sequence[str]
) -> Iterator[Signal]:
    """Columns that are new, and those that stand twice and are not used."""
    if len(unexpected) > MOST_NEW:
        text = (
            f"{file} has {len(unexpected)} columns or places that are new; so many may be values. The YAML neither "
            "uses nor ignores them: ask the force what they are."
        )
        yield Signal("column_new", "warning", text, name)
        unexpected = ()
    for column in unexpected:
        shown = shown_name(column, columns)
        yield Signal(
            "column_new",
            "warning",
            f"{file} has {shown}, which is new. The YAML neither uses nor ignores it: map it, or add it to "
            "'ignored_columns'.",
            name,
            shown.strip("'"),
        )
    if extract.is_nesting:
        return
    for column, times in Counter(columns).items():
        if column and times > 1:
            shown = shown_name(column, columns)
            yield Signal(
                "column_repeated",
                "warning",
                f"{file} has {shown} {times} times. The YAML does not use it, so nothing is lost.",
                name,
                shown.strip("'"),
            )


def rows_of_no_record(file: str, name: str, profile: Profile, of_same_file: Sequence[str]) -> Signal | None:
    """Several extracts may take different rows of one table: what is left of it is what none of them takes."""
    left = sum(profile.rows_left[other] for other in of_same_file) - (len(of_same_file) - 1) * profile.rows[name]
    if left <= 0:
        return None
    text = (
        f"{file}: rows of no record: {left}; no 'where' takes them. If they are crimes or people, add their "
        "kind to a 'where'; if nobody wants them, name it in 'ignored_rows'."
    )
    return Signal("rows_of_no_record", "warning", text, name)


def damage_signals(file: str, name: str, profile: Profile) -> Iterator[Signal]:
    """What the marks in the values say of the way that the file came."""
    for (extract_name, rule, column), found in profile.damage.items():
        if extract_name == name:
            shown = shown_name(column, profile.columns[name]) if column in profile.columns[name] else f"'{column}'"
            values = _number(found.rows, "value")
            text = f"{file} has {values} in {shown}, first in row {found.first_row}, {_DAMAGE[rule]}."
            yield Signal(rule, "warning", text, name, shown.strip("'"))


def unknown_to_all(unexpected: Iterable[str], extract: Extract, of_same_file: Iterable[Extract]) -> list[str]:
    """Several extracts may read different rows of one table: a column that one of them knows is not new."""
    alike = [other for other in of_same_file if other.format == extract.format]
    known = {column for other in alike for column in (*other.source_columns(), *other.ignored_columns)}
    return [column for column in dict.fromkeys(unexpected) if column not in known]


def shown_name(column: str, columns: Sequence[str]) -> str:
    """A column by its name, or by its place where the name does not look like one and could be a person's data."""
    return f"'{column}'" if looks_like_a_name(column) else f"column {columns.index(column) + 1}"


def looks_like_a_name(column: str) -> bool:
    digits = sum(letter.isdigit() for letter in column)
    return (
        len(column) <= _NAME_LENGTH
        and digits <= _NAME_DIGITS
        and any(letter.isalpha() for letter in column)
        and not {"\n", ","} & set(column)
    )


def reordered(file: str, name: str, columns: Sequence[str], before: Sequence[str]) -> Signal | None:
    if sorted(columns) != sorted(before) or list(columns) == list(before):
        return None
    moved = [now for now, then in zip(columns, before, strict=True) if now != then]
    return Signal(
        "columns_reordered",
        "info",
        f"{file} has {len(moved)} of its {len(columns)} columns in another place than in the last accepted delivery, "
        f"from {shown_name(moved[0], columns)} on. They are read by name, so nothing is lost.",
        name,
    )


def volume_jump(now: Mapping[str, int], earlier: Sequence[Mapping[str, int]]) -> Signal | None:
    """Records of a kind against the median of earlier loads."""
    if len(earlier) < VOLUME_LOADS:
        return None
    jumps = []
    for kind, records in now.items():
        usual = median(load.get(kind, 0) for load in earlier)
        is_jump = records > usual * VOLUME_FACTOR or records * VOLUME_FACTOR < usual
        if is_jump and abs(records - usual) >= VOLUME_RECORDS:
            jumps.append(f"{records:,} {_COUNTED[kind]} where {usual:,.0f} are usual")
    if not jumps:
        return None
    return Signal(
        "volume_jump",
        "warning",
        f"The delivery has {' and '.join(jumps)} (the median of the last {len(earlier)} accepted loads). "
        "Ask the force whether it is whole, and whether its filter has changed.",
    )


def missingness_jumps(now: Mapping[Place, Filled], earlier: Mapping[Place, Sequence[Filled]]) -> Iterator[Signal]:
    """Columns that are empty far more often than in earlier loads."""
    for place, counts in now.items():
        before = [item.share_empty for item in earlier.get(place, ()) if item.rows >= MISSING_ROWS]
        if counts.rows < MISSING_ROWS or not before:
            continue
        usual = median(before)
        if counts.share_empty > usual + MISSING_POINTS:
            name, _, column = place
            yield Signal(
                "missingness_jump",
                "warning",
                f"'{column}' is empty in {counts.share_empty:.0%} of the {counts.rows} records of extract '{name}', "
                f"and in {usual:.0%} usually. Ask the force whether it still fills it in and exports it.",
                name,
                column,
            )


def new_values(place: Place, values: Sequence[Value]) -> Signal | None:
    """Of values that the source has never sent: those that nothing knows warn, those of a code set are good to know."""
    name, _, column = place
    unknown = [value for value in values if value.known_by is None]
    told = unknown or [value for value in values if value.known_by == "code set"]
    if not told:
        return None
    rows, first = sum(value.rows for value in told), min(value.first_row for value in told)
    shown = [f"'{value.text}'" for value in told if value.text is not None][:VALUES_NAMED]
    hidden = len(told) - len(shown)
    listed = ", ".join([*shown, *([f"{hidden} {'more ' if shown else ''}not shown"] if hidden else [])])
    advice = (
        "Ask the force what they mean, and add them to the column's 'map' or to 'codes'."
        if unknown
        else "The column's code set has them."
    )
    return Signal(
        "value_new",
        "warning" if unknown else "info",
        f"'{column}' of extract '{name}' has {_number(len(told), 'value')} that this force has never sent, in "
        f"{_number(rows, 'row')}, "
        f"first in row {first}: {listed}. {advice}",
        name,
        column,
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def with_waivers(signals: Iterable[Signal], spec: Source, on: date) -> Iterator[Signal]:
    """What is waived is information, and says until when."""
    for signal in signals:
        waiver = spec.waiver(signal.code, on)
        if waiver is None or signal.level == "error":
            yield signal
        else:
            yield Signal(
                signal.code, "info", f"{signal.message} {waiver.sentence}", signal.extract_name, signal.column_name
            )
