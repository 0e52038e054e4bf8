"""What the YAML's functions and the code sets made of a record, column by column.

The warehouse holds values as the functions left them, so the steps say how a value like this one comes about; which
of a map's keys stood in the file is known only as far as the map tells.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from csae.code_sets import CODED_COLUMNS, CodeSets, labels, offences
from csae.code_sets.labels import Label
from csae.sources.columns import DATE_COLUMNS, EXPECTED_VALUES, PERSONAL_COLUMNS, Column, RecordKind
from csae.sources.model import Layout, Record, Source
from csae.warehouse import Connection

_LABELS: dict[str, Callable[[Path], Mapping[str, Label]]] = {
    "self_defined_ethnicity": labels.self_defined_ethnicity,
    "observed_ethnicity": labels.observed_ethnicity,
    "nationalities": labels.nationalities,
    "immigration_status": labels.immigration_status,
    "outcome_code": labels.outcome_code,
    "transfer_force": labels.transfer_force,
    **dict.fromkeys(("home_office_code", "cjs_code", "offence_title", "offence_category"), offences.read_offences),
}
NOT_SHOWN = "[not shown]"
_SHOWN_DATES = DATE_COLUMNS - PERSONAL_COLUMNS
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_KEYS_NAMED = 5


@dataclass(frozen=True)
class Step:
    """One function of the YAML, and what it says."""

    function: str
    says: str


@dataclass(frozen=True)
class Written:
    """A value of a column, and what it is decoded to. An uncoded one is only shown."""

    value: str
    """`[not shown]` where it may be a name."""
    rows: int | None = None
    """Of current records of the source with this layout that have the same value."""
    scheme: str | None = None
    rule: str | None = None
    confidence: int | None = None
    code: str | None = None
    label: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class TracedColumn:
    column: str
    ways: tuple[tuple[Step, ...], ...]
    """The steps of each place of the extract that may have made it; none where the YAML has no such column now."""
    values: tuple[Written, ...]
    """None where nothing is recorded; several nationalities, each by itself."""


@dataclass(frozen=True)
class Decoder:
    """The code sets, and what one source's layout says of its columns."""

    codes: CodeSets
    seeds_dir: Path
    source: Source | None
    layout: Layout | None
    is_built: bool = True

    def columns(
        self, connection: Connection, kind: RecordKind, extract: str, values: Mapping[str, str | None]
    ) -> list[TracedColumn]:
        """Those that the YAML maps or the record has a value in."""
        records = self._records(kind, extract, values.get("role"))
        known = self._known(connection, values)
        return [
            TracedColumn(
                name,
                tuple(
                    dict.fromkeys(
                        tuple(self._steps(record, record.columns[name], listed(name, value)))
                        for record in records
                        if name in record.columns
                    )
                ),
                tuple(self._written(name, item, known) for item in listed(name, value)),
            )
            for name, value in values.items()
            if value is not None or any(name in record.columns for record in records)
        ]

    def _records(self, kind: RecordKind, extract: str, role: str | None) -> list[Record]:
        """Without those that are for the other role."""
        found = self.layout.extracts.get(extract) if self.layout else None
        records = [record for is_kind, record in found.records if is_kind == kind] if found else []
        return [
            record
            for record in records
            if role is None or "role" not in record.columns or record.columns["role"].value in (None, role)
        ]

    def _known(self, connection: Connection, values: Mapping[str, str | None]) -> dict[tuple[str, str], Written]:
        """What the warehouse decoded them to: of current records alone."""
        if self.source is None or self.layout is None or not self.is_built:
            return {}
        pairs = [(name, item) for name in CODED_COLUMNS for item in listed(name, values.get(name))]
        rows = connection.execute(
            """
            select c.column_name, c.value, c.row_count, c.scheme, c.rule, c.confidence, c.harmonised_code
            from intermediate.int_coded_value as c
            inner join unnest(%s::text[], %s::text[]) as w (column_name, value)
                on c.column_name = w.column_name and c.value = w.value
            where c.force_code = %s and c.layout_valid_from = %s
            """,
            [[name for name, _ in pairs], [item for _, item in pairs], self.source.source, self.layout.valid_from],
        ).fetchall()
        return {(name, value): Written(value, *rest) for name, value, *rest in rows}

    def _written(self, column: str, value: str, known: Mapping[tuple[str, str], Written]) -> Written:
        if column not in CODED_COLUMNS or column not in self.codes.seeds.sets:
            return Written(value if _is_plain(column, value) else NOT_SHOWN)
        found = known.get((column, value)) or self._read(column, value)
        shown = value if self.codes.may_be_shown(column, value, found.rows or 1) else NOT_SHOWN
        label = _labels(self.seeds_dir, column).get(found.code or "")
        rule = self.codes.seeds.rules[found.rule or "not_known"]
        return Written(
            shown,
            found.rows,
            found.scheme,
            found.rule,
            found.confidence,
            found.code,
            label.label if label else None,
            rule.description,
        )

    def _read(self, column: str, value: str) -> Written:
        """Of a record that is not current, as a current one would be decoded."""
        schemes = self.source.code_schemes() if self.source else []
        day = self.layout.valid_from if self.layout else None
        scheme = next((scheme for valid_from, name, scheme in schemes if (valid_from, name) == (day, column)), None)
        own = self.source.codes.get(scheme or "", {}) if self.source else {}
        reading = self.codes.read(column, value, scheme, own)
        return Written(value, None, scheme, reading.rule.name, reading.rule.confidence, reading.code)

    def _steps(self, record: Record, column: Column, values: list[str]) -> Iterator[Step]:
        """In the order in which they run."""
        for name, wanted in record.where.items():
            yield Step("where", f"rows with {' or '.join(wanted)} in {name}")
        if record.each:
            yield Step("each", record.each)
        if column.from_:
            yield Step("from", " and ".join(column.from_))
        if column.value is not None:
            yield Step("value", f"{column.value}, the same for every record")
        for name, to in column.filled.items():
            yield Step("filled", f"{to} where anything is in {name}")
        for name in ("split", "extract", "take", "join", "contains"):
            said = getattr(column, name)
            if said not in (None, "all"):
                yield Step(name, " or ".join(map(repr, said)) if isinstance(said, list) else str(said))
        if column.map is not None and self.source:
            yield Step("map", self._mapped(column, values))
        if column.date:
            yield Step("date", " or ".join(column.date))
        if column.codes:
            own = len(self.source.codes.get(column.codes, {})) if self.source else 0
            yield Step("codes", column.codes + (f", with {own} codes of the source's own" if own else ""))

    def _mapped(self, column: Column, values: list[str]) -> str:
        """Which keys lead to each value; a value that none leads to was left as it stood."""
        known = self.source.value_map(column) if self.source else {}
        name = f"{column.map}: " if isinstance(column.map, str) else ""
        if not values:
            return f"{name}{len(known)} entries"
        return name + "; ".join(dict.fromkeys(_leading_to(value, known) for value in values))


def _is_plain(column: str, value: str) -> bool:
    """Whether it is what the column is for. A date in any other column may be somebody's date of birth."""
    return value in EXPECTED_VALUES.get(column, ()) or (column in _SHOWN_DATES and bool(_ISO_DATE.fullmatch(value)))


def _leading_to(value: str, known: Mapping[str, str]) -> str:
    keys = [key or "a blank" for key, to in known.items() if to == value]
    if not keys:
        return f"none of its {len(known)} entries leads here, so the value is as it stood"
    more = f" or {len(keys) - _KEYS_NAMED} more" if len(keys) > _KEYS_NAMED else ""
    return f"{', '.join(keys[:_KEYS_NAMED])}{more} -> {value}"


def listed(column: str, value: str | None) -> list[str]:
    """One value, several nationalities, or none."""
    if value is None:
        return []
    if column != "nationalities":
        return [value]
    try:
        items: Any = json.loads(value)
    except ValueError:
        return [value]
    return [str(item).strip() for item in items] if isinstance(items, list) else [value]


@cache
def _labels(seeds_dir: Path, column: str) -> Mapping[str, Label]:
    return _LABELS[column](seeds_dir)
