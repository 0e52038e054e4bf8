"""The days of offences are found by the crimes' tokens, whatever bytes those are made of."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from csae.offence_days import NO_DAYS, OffenceDays

TOKENS = st.binary(min_size=16, max_size=16).map(bytes.hex) | st.sampled_from(
    ["00" * 16, "00" * 15 + "01", "01" + "00" * 15, "01" * 15 + "00", "ff" * 16]
)
CRIMES = st.lists(st.tuples(st.none() | TOKENS, st.none() | st.dates(date(1900, 1, 1))), max_size=6)


def series(values: list[str | None]) -> pl.Series:
    return pl.Series("crime_ref_token", values, pl.String())


@given(st.lists(CRIMES, max_size=4), st.lists(st.none() | TOKENS, max_size=6))
def test_the_last_day_that_was_said_of_a_crime(parts: list[list[tuple[str | None, date | None]]], others: list) -> None:
    said = {token: day for part in parts for token, day in part if token is not None}
    known = OffenceDays()
    for part in parts:
        known.add(series([token for token, _ in part]), pl.Series([day for _, day in part], dtype=pl.Date()))
    asked = [*said, *others]
    assert known.look_up(series(asked)).to_list() == [said.get(token) for token in asked]
    assert known.look_up(series(asked[::-1])).to_list() == [said.get(token) for token in asked[::-1]]


def test_nothing_is_known_of_no_crimes() -> None:
    assert NO_DAYS.look_up(series(["00" * 16, None])).to_list() == [None, None]
