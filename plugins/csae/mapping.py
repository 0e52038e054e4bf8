"""From a force's columns to the canonical ones: the YAML's closed set of functions, as polars expressions.

A value that a function does not know stays as it was, so that the gate sees it and nothing is dropped silently.
"""

import json
from collections.abc import Callable

import polars as pl

from csae.readers import tables
from csae.readers.tables import VALUE_SEPARATOR, Batch
from csae.sources.model import CANONICAL_COLUMNS, DATE_FORMATS, Column, Extract, RecordKind, Source

ROW_NUMBER = "row_number"
CRIME_ROW_NUMBER = "crime_row_number"
_KEYS = {ROW_NUMBER: tables.ROW_NUMBER, CRIME_ROW_NUMBER: tables.CRIME_ROW_NUMBER}
_SHOWN_SEPARATOR = " | "
_ISO_DATE = "%Y-%m-%d"
# Parsing alone would read 01/02/26 as a day of the year 26, and 2026113 as one of two days.
_FULL_DATE = r"^(\d{8}|\d{4}\D\d\d?\D\d\d?|\d\d?\D([A-Za-z]{3}|\d\d?)\D\d{4})$"
# JSON's escapes but for NUL, which PostgreSQL refuses in any form: it stays, for the loader to refuse.
_JSON_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(1, 32), ord('"'), ord("\\"))}


def map_batch(batch: Batch, extract: Extract, source: Source) -> dict[RecordKind, pl.DataFrame]:
    """Canonical text columns and `row_number` for each kind of record in the batch.

    `involvement` also has `crime_row_number`: the crime record that it is nested in, or null where people are
    joined to crimes by reference.
    """
    mapped: dict[RecordKind, pl.DataFrame] = {}
    for kind, record in extract.records.items():
        expressions = [
            _expression(record.columns[name], name, source).alias(name)
            if name in record.columns
            else pl.lit(None, pl.String).alias(name)
            for name in CANONICAL_COLUMNS[kind]
        ]
        frame = batch.frames[kind]
        keys = [pl.col(key).alias(name) for name, key in _KEYS.items() if key in frame.columns]
        mapped[kind] = frame.select(*keys, *expressions)
    if "involvement" in mapped:
        mapped["involvement"] = _people(mapped, extract)
    if "crime" in mapped and extract.involvement and not extract.involvement.each:
        mapped["crime"] = _without_repeats(mapped["crime"])
    return mapped


def _people(mapped: dict[RecordKind, pl.DataFrame], extract: Extract) -> pl.DataFrame:
    """People with the reference of their crime; rows of a flat file that hold a crime and nobody are left out."""
    people = mapped["involvement"]
    nested = CRIME_ROW_NUMBER in people.columns
    if extract.crime and "crime_ref" not in (extract.involvement.columns if extract.involvement else {}):
        key = CRIME_ROW_NUMBER if nested else ROW_NUMBER
        crimes = mapped["crime"].select(pl.col(ROW_NUMBER).alias(key), "crime_ref")
        people = people.drop("crime_ref").join(crimes, on=key, how="left", maintain_order="left")
    if not nested:
        people = people.with_columns(pl.lit(None, pl.Int64).alias(CRIME_ROW_NUMBER))
    if extract.crime and not nested:
        person = [name for name in CANONICAL_COLUMNS["involvement"] if name != "crime_ref"]
        people = people.filter(pl.any_horizontal(pl.col(person).is_not_null()))
    return people


def _without_repeats(crimes: pl.DataFrame) -> pl.DataFrame:
    """A flat file says a crime again on each of its people's rows: keep the first row of each run of the same."""
    values = pl.struct(pl.exclude(ROW_NUMBER))
    repeated = (values == values.shift(1)) & pl.col("crime_ref").is_not_null()
    return crimes.filter(~repeated.fill_null(value=False))


def _expression(column: Column, name: str, source: Source) -> pl.Expr:
    each = _each if name == "nationalities" or len(column.from_) > 1 else _whole
    parts = [_cleaned(pl.col(from_)) for from_ in column.from_]
    value = pl.concat_str(parts, separator=VALUE_SEPARATOR, ignore_nulls=True) if len(parts) > 1 else parts[0]
    if column.extract:
        pattern = column.extract
        value = each(value, lambda text: pl.coalesce(text.str.extract(pattern), text))
    if column.split:
        value = value.str.replace_all(column.split, VALUE_SEPARATOR, literal=True)
    if column.take != "all":
        value = value.str.split(VALUE_SEPARATOR).list.get(0 if column.take == "first" else -1)
    value = _cleaned(value)
    if column.contains is not None:
        flags = _values(value).list.contains(column.contains).fill_null(value=False)
        value = pl.when(flags).then(pl.lit("true")).otherwise(pl.lit("false"))
    known = source.value_map(column)
    if known:
        value = _cleaned(each(value, lambda text: text.replace({key: to for key, to in known.items() if key})))
        if "" in known:
            value = value.fill_null(known[""])
    for pattern in column.date or []:
        day = value.str.to_date(DATE_FORMATS[pattern.lower()], strict=False).dt.to_string(_ISO_DATE)
        value = pl.when(value.str.contains(_FULL_DATE) & day.is_not_null()).then(day).otherwise(value)
    if name == "nationalities":
        return _as_json_list(value)
    return value.str.replace_all(VALUE_SEPARATOR, column.join or _SHOWN_SEPARATOR, literal=True)


def _whole(value: pl.Expr, function: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    return function(value)


def _each(value: pl.Expr, function: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """The function of each of several values."""
    return _values(value).list.eval(function(pl.element())).list.join(VALUE_SEPARATOR)


def _values(value: pl.Expr) -> pl.Expr:
    return value.str.split(VALUE_SEPARATOR).list.eval(pl.element().str.strip_chars())


def _cleaned(value: pl.Expr) -> pl.Expr:
    """Without blanks around it; an empty text is no value."""
    text = value.str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)


def _as_json_list(value: pl.Expr) -> pl.Expr:
    """`["Romanian","British"]`, or null where there is no value."""
    items = _values(value).list.eval(pl.element().filter(pl.element() != ""))
    escaped = items.list.eval(pl.element().str.replace_many(_JSON_ESCAPES))
    quoted = pl.concat_str(pl.lit('["'), escaped.list.join('","'), pl.lit('"]'))
    return pl.when(items.list.len() > 0).then(quoted).otherwise(None)
