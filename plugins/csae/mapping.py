"""From a force's columns to the canonical ones: the YAML's closed set of functions, as polars expressions.

A value that a function does not know stays as it was, so that the gate sees it and nothing is dropped silently.
"""

import json
from collections.abc import Callable

import polars as pl

from csae.distinct import of_each_distinct
from csae.readers import tables
from csae.readers.tables import VALUE_SEPARATOR, Batch
from csae.sources.columns import CANONICAL_COLUMNS, Column, RecordKind
from csae.sources.dates import EXCEL, parse_date_format
from csae.sources.model import Extract, Record, Source

ROW_NUMBER = "row_number"
CRIME_ROW_NUMBER = "crime_row_number"
_KEYS = {ROW_NUMBER: tables.ROW_NUMBER, CRIME_ROW_NUMBER: tables.CRIME_ROW_NUMBER}
_SHOWN_SEPARATOR = " | "
_ISO_DATE = "%Y-%m-%d"
_EXCEL_DAY = r"^([1-7]\d{4})(?:\.\d+)?$"
"""Days from 1927 to 2119: fewer digits are a number that somebody typed."""
# JSON's escapes but for NUL, which PostgreSQL refuses in any form: it stays, for the loader to refuse.
_JSON_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(1, 32), ord('"'), ord("\\"))}


def map_batch(batch: Batch, extract: Extract, source: Source) -> dict[RecordKind, pl.DataFrame]:
    """Canonical text columns and `row_number` for each kind of record in the batch.

    `involvement` also has `crime_row_number`: the crime record that it is nested in, or null where people are
    joined to crimes by reference.
    """
    tables: dict[RecordKind, list[pl.DataFrame]] = {kind: [] for kind in extract.kinds}
    for (kind, record), frame in zip(extract.records, batch.frames, strict=True):
        keys = [pl.col(key).alias(name) for name, key in _KEYS.items() if key in frame.columns]
        columns = [_column(frame, record.columns.get(name), name, source) for name in CANONICAL_COLUMNS[kind]]
        table = frame.select(*keys, *columns)
        if kind == "involvement":
            crimes = tables.get("crime", [])
            table = _people(table, record, crimes[0] if crimes else None)
        tables[kind].append(table)
    mapped = {kind: pl.concat(parts) for kind, parts in tables.items()}
    if "crime" in mapped and extract.involvement and not any(record.each for record in extract.involvement):
        mapped["crime"] = _without_repeats(mapped["crime"])
    return mapped


def _people(people: pl.DataFrame, record: Record, crimes: pl.DataFrame | None) -> pl.DataFrame:
    """People with the reference of their crime; rows that hold a crime and nobody are left out."""
    nested = CRIME_ROW_NUMBER in people.columns
    if crimes is not None and "crime_ref" not in record.columns:
        key = CRIME_ROW_NUMBER if nested else ROW_NUMBER
        references = crimes.select(pl.col(ROW_NUMBER).alias(key), "crime_ref")
        people = people.drop("crime_ref").join(references, on=key, how="left", maintain_order="left")
    if not nested:
        people = people.with_columns(pl.lit(None, pl.Int64).alias(CRIME_ROW_NUMBER))
    if crimes is not None and not record.each:
        said = [name for name, column in record.columns.items() if name != "crime_ref" and column.origins]
        people = people.filter(pl.any_horizontal(pl.col(said).is_not_null()))
    return people.select(ROW_NUMBER, CRIME_ROW_NUMBER, *CANONICAL_COLUMNS["involvement"])


def _without_repeats(crimes: pl.DataFrame) -> pl.DataFrame:
    """A flat file says a crime again on each of its people's rows: keep the first row of each run of the same."""
    values = pl.struct(pl.exclude(ROW_NUMBER))
    repeated = (values == values.shift(1)) & pl.col("crime_ref").is_not_null()
    return crimes.filter(~repeated.fill_null(value=False))


def _column(frame: pl.DataFrame, column: Column | None, name: str, source: Source) -> pl.Series | pl.Expr:
    if column is None:
        return pl.lit(None, pl.String).alias(name)
    expression = column_expression(column, name, source).alias(name)
    if len(column.origins) != 1:
        return expression
    return of_each_distinct(frame[column.origins[0]], lambda values: [values.to_frame().select(expression)[name]])[0]


def column_expression(column: Column, name: str, source: Source) -> pl.Expr:
    """One canonical column, by the functions that the YAML gives it."""
    each = _each if name == "nationalities" or len(column.origins) > 1 or column.split else _whole
    value = _parts(column, each)
    if column.join is not None:
        value = value.str.replace_all(VALUE_SEPARATOR, column.join, literal=True)
    if column.contains is not None:
        flags = _values(value).list.contains(column.contains).fill_null(value=False)
        value = pl.when(flags).then(pl.lit("true")).otherwise(pl.lit("false"))
    known = source.value_map(column)
    if known:
        value = _cleaned(each(value, lambda text: text.replace({key: to for key, to in known.items() if key})))
        if "" in known:
            value = value.fill_null(known[""])
    for pattern in column.date or []:
        value = _with_day(value, pattern)
    if name == "nationalities":
        return _as_json_list(value)
    return value.str.replace_all(VALUE_SEPARATOR, _SHOWN_SEPARATOR, literal=True)


def _parts(column: Column, each: Callable[[pl.Expr, Callable[[pl.Expr], pl.Expr]], pl.Expr]) -> pl.Expr:
    """`from`, `value` or `filled`; `split`, `extract`, `take`."""
    if column.value is not None:
        return pl.lit(column.value)
    parts = [_cleaned(pl.col(from_)) for from_ in column.from_]
    parts += [
        pl.when(_cleaned(pl.col(name)).is_not_null()).then(pl.lit(value)) for name, value in column.filled.items()
    ]
    value = pl.concat_str(parts, separator=VALUE_SEPARATOR, ignore_nulls=True) if len(parts) > 1 else parts[0]
    for separator in column.split or []:
        value = value.str.replace_all(separator, VALUE_SEPARATOR, literal=True)
    if column.extract:
        pattern = column.extract
        value = each(value, lambda text: pl.coalesce(text.str.extract(pattern), text))
    if column.take != "all":
        place = column.take - 1 if isinstance(column.take, int) else {"first": 0, "last": -1}[column.take]
        value = value.str.split(VALUE_SEPARATOR).list.get(place, null_on_oob=True)
    return _cleaned(value)


def _with_day(value: pl.Expr, pattern: str) -> pl.Expr:
    """yyyy-mm-dd where the text is a day written so; any other text stays as it is."""
    if pattern.lower() == EXCEL:
        number = value.str.extract(_EXCEL_DAY).cast(pl.Int32, strict=False)
        day = (pl.date(1899, 12, 30) + pl.duration(days=number)).dt.to_string(_ISO_DATE)
    else:
        form = parse_date_format(pattern)
        if form is None:
            raise AssertionError(f"the model lets no date format through that it does not know: {pattern}")
        text = value.str.extract(form.pattern, 1)
        if form.has_zone:
            zone = value.str.extract(form.pattern, 3).replace("Z", "+0000").str.replace(":", "", literal=True)
            moment = pl.concat_str([text, pl.lit(" "), value.str.extract(form.pattern, 2), zone]).str.to_datetime(
                f"{form.strptime} %H:%M%z", strict=False, time_zone="UTC"
            )
            day = moment.dt.convert_time_zone("Europe/London").dt.to_string(_ISO_DATE)
        else:
            day = text.str.to_date(form.strptime, strict=False).dt.to_string(_ISO_DATE)
    return pl.when(day.is_not_null()).then(day).otherwise(value)


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
