"""The examples in a source's YAML, run: one row as the force writes it against the record that must come of it.

They hold invented values only, so a message may show them. They run in `csae force check` and in the tests, not at
night.
"""

import json
from collections import Counter
from collections.abc import Iterator

import polars as pl

from csae.mapping import map_batch
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, VALUE_SEPARATOR, Batch
from csae.sources.columns import CANONICAL_COLUMNS, RecordKind
from csae.sources.expectations import Example
from csae.sources.model import Extract, Record, Source

_SHOWN_SEPARATOR = " | "


def faults(source: Source) -> list[str]:
    """One sentence for each column that is not as expected; none when every example holds."""
    seen: Counter[str] = Counter()
    found: list[str] = []
    for example in source.examples:
        seen[example.extract] += 1
        head = f"example {seen[example.extract]} of {example.extract}"
        found += [f"{head}: {fault}" for fault in _faults(source, example)]
    return found


def _faults(source: Source, example: Example) -> list[str]:
    extract = source.extract_of(example)
    if extract is None:
        raise AssertionError("the model lets no example through whose extract is not there")
    kinds = _kinds(extract, example)
    if not kinds:
        named = " or ".join(extract.kinds)
        return [f"its columns are of several kinds of records; add 'record', {named}, and give each its own example"]
    mapped = map_batch(Batch(tuple(_frames(extract, example, kinds))), extract, source)
    candidates = list(_rows({kind: mapped[kind] for kind in kinds}))
    if not candidates:
        return ["no record comes of it; see 'where', and which columns it gives"]
    return min((_differences(row, example) for row in candidates), key=len)


def _kinds(extract: Extract, example: Example) -> list[RecordKind]:
    """What the row holds. In a document it is one record; in a table a crime and its people stand in one row."""
    if example.record:
        return [example.record]
    if not extract.is_nesting:
        return extract.kinds
    expected = set(example.expect)
    fitting = [kind for kind in extract.kinds if expected <= set(CANONICAL_COLUMNS[kind])]
    naming = [kind for kind in fitting if _names_all(extract, kind, set(example.given))]
    return (naming or fitting)[:1]


def _names_all(extract: Extract, kind: RecordKind, given: set[str]) -> bool:
    used = {place for one, record in extract.records if one == kind for place in _places(record)}
    return given <= used | set(extract.ignored_columns)


def _places(record: Record) -> list[str]:
    return record.source_columns


def _frames(extract: Extract, example: Example, kinds: list[RecordKind]) -> Iterator[pl.DataFrame]:
    """What a reader would give for the row: a table of one row for each record, or of none where it is not meant."""
    given = {
        name: value if isinstance(value, str) else VALUE_SEPARATOR.join(value) for name, value in example.given.items()
    }
    people = 0
    for kind, record in extract.records:
        meant = kind in kinds or not extract.is_nesting
        meant = meant and all(given.get(column, "").strip() in values for column, values in record.where.items())
        columns = dict.fromkeys(_places(record) if extract.is_nesting else extract.source_columns())
        frame = pl.DataFrame(
            {name: [given.get(name, "")] for name in columns}, schema=dict.fromkeys(columns, pl.String)
        )
        people += kind == "involvement"
        frame = frame.with_columns(pl.lit(max(people, 1), pl.Int64).alias(ROW_NUMBER))
        if record.each or (kind == "involvement" and len(extract.involvement) > 1 and not extract.is_nesting):
            frame = frame.with_columns(pl.lit(1, pl.Int64).alias(CRIME_ROW_NUMBER))
        yield frame if meant else frame.clear()


def _rows(mapped: dict[RecordKind, pl.DataFrame]) -> Iterator[dict[str, str | None]]:
    """Each person with its crime; where there are only crimes or only people, these."""
    crimes = mapped["crime"].to_dicts() if "crime" in mapped else []
    others = [row for kind, frame in mapped.items() if kind != "crime" for row in frame.to_dicts()]
    if "crime" not in mapped or not others:
        yield from crimes or others
        return
    for person in others:
        yield {**(crimes[0] if crimes else {}), **person}


def _differences(row: dict[str, str | None], example: Example) -> list[str]:
    found = []
    for name, expected in example.expect.items():
        value = row.get(name)
        if name == "nationalities":
            values: list[str] = json.loads(value) if value else []
            wanted = [expected] if isinstance(expected, str) and expected else list(expected)
            shown, hoped, same = _listed(values), _listed(wanted), values == wanted
        else:
            text = expected if isinstance(expected, str) else _SHOWN_SEPARATOR.join(expected)
            shown, hoped, same = _listed([value or ""]), _listed([text]), (value or "") == text
        if not same:
            found.append(f"{name} is {shown}, expected {hoped}")
    return found


def _listed(values: list[str]) -> str:
    return " and ".join(f"'{value}'" for value in values if value) or "empty"
