"""From a force's columns to the canonical ones: the YAML's closed set of functions, as polars expressions.

A value that a function does not know stays as it was, so that the gate sees it and nothing is dropped silently.
"""

import polars as pl

from csae.readers.markup import CRIME_ROW_NUMBER
from csae.readers.tables import VALUE_SEPARATOR, Batch
from csae.sources.model import CANONICAL_COLUMNS, DATE_FORMATS, Column, Extract, RecordKind, Source

ROW_NUMBER = "row_number"
_SHOWN_SEPARATOR = " | "
_ISO_DATE = "%Y-%m-%d"


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
        keys = [name for name in (ROW_NUMBER, CRIME_ROW_NUMBER) if name in batch.frames[kind].columns]
        mapped[kind] = batch.frames[kind].select(*keys, *expressions)
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
    parts = [_cleaned(pl.col(from_)) for from_ in column.from_]
    value = pl.concat_str(parts, separator=VALUE_SEPARATOR, ignore_nulls=True) if len(parts) > 1 else parts[0]
    if column.extract:
        value = pl.coalesce(value.str.extract(column.extract, 1), value)
    if column.split:
        value = value.str.replace_all(column.split, VALUE_SEPARATOR, literal=True)
    if column.take != "all":
        value = value.str.split(VALUE_SEPARATOR).list.get(0 if column.take == "first" else -1)
    value = _cleaned(value)
    if column.contains is not None:
        flags = value.str.split(VALUE_SEPARATOR).list.contains(column.contains).fill_null(value=False)
        value = pl.when(flags).then(pl.lit("true")).otherwise(pl.lit("false"))
    known = source.value_map(column)
    if known:
        value = value.replace({key: to for key, to in known.items() if key})
        if "" in known:
            value = value.fill_null(known[""])
    for pattern in column.date or []:
        day = value.str.to_date(DATE_FORMATS[pattern.lower()], strict=False).dt.to_string(_ISO_DATE)
        value = pl.coalesce(day, value)
    if name == "nationalities":
        return _as_json_list(value)
    return value.str.replace_all(VALUE_SEPARATOR, column.join or _SHOWN_SEPARATOR, literal=True)


def _cleaned(value: pl.Expr) -> pl.Expr:
    """Without blanks around it; an empty text is no value."""
    text = value.str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)


def _as_json_list(value: pl.Expr) -> pl.Expr:
    """`["Romanian","British"]`, or null where there is no value."""
    escaped = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    items = escaped.str.split(VALUE_SEPARATOR).list.eval(pl.element().str.strip_chars())
    items = items.list.eval(pl.element().filter(pl.element() != ""))
    quoted = pl.concat_str(pl.lit('["'), items.list.join('","'), pl.lit('"]'))
    return pl.when(items.list.len() > 0).then(quoted).otherwise(None)
