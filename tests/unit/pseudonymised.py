"""What the tests of pseudonyms share: a key, and people under it."""

from typing import Any

import polars as pl

from csae.offence_days import NO_DAYS, OffenceDays
from csae.pseudonyms import Made, derive_keys, pseudonymise_people
from csae.sources.columns import CANONICAL_COLUMNS

SECRET = bytes(range(32))
KEYS = derive_keys(SECRET)


def people(
    *rows: dict[str, Any],
    source: str = "43",
    keys: Any = KEYS,
    days: OffenceDays = NO_DAYS,
    made: Made | None = None,
) -> pl.DataFrame:
    """People with these values; all others are missing."""
    columns = {name: [row.get(name) for row in rows] for name in CANONICAL_COLUMNS["involvement"]}
    numbers = {"row_number": range(2, len(rows) + 2), "crime_row_number": [None] * len(rows)}
    schema = {**dict.fromkeys(numbers, pl.Int64()), **dict.fromkeys(columns, pl.String())}
    return pseudonymise_people(pl.DataFrame({**numbers, **columns}, schema=schema), days, keys, source, made)


def tokens(name: str, from_: str, *values: str | None) -> list[str | None]:
    return people(*({from_: value} for value in values))[name].to_list()
