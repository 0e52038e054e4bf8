"""Tokens of dates of birth and of their parts, and the age that is kept instead of a date."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pseudonymised import KEYS, people, tokens

from csae.offence_days import OffenceDays
from csae.pseudonyms import add_days_of_offences, token

# Parts of dates of birth


@pytest.mark.parametrize(
    ("born", "is_placeholder"),
    [
        ("1990-01-01", "true"),
        ("1900-01-01", "true"),
        ("1970-01-01", "true"),
        ("1899-12-31", "true"),
        ("1899-12-30", "true"),
        ("9999-12-31", "true"),
        ("1990-12-31", "false"),
        ("1990-01-02", "false"),
        ("1990-11-01", "false"),
        ("unknown", None),
        (None, None),
    ],
)
def test_a_date_that_many_share_is_told(born: str | None, is_placeholder: str | None) -> None:
    assert tokens("date_of_birth_is_placeholder", "date_of_birth", born) == [is_placeholder]


@settings(max_examples=100)
@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)))
def test_day_and_month_exchanged_compare_both_ways(born: date) -> None:
    text, swapped = born.isoformat(), f"{born:%Y-%d-%m}"
    one, other = people({"date_of_birth": text}, {"date_of_birth": swapped}).rows(named=True)
    assert one["date_of_birth_swapped_token"] == other["date_of_birth_token"]
    assert other["date_of_birth_swapped_token"] == (one["date_of_birth_token"] if born.day <= 12 else None)
    assert (one["date_of_birth_swapped_token"] is None) == (born.day > 12)


@settings(max_examples=100)
@given(st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.dates(date(1900, 1, 1), date(2030, 1, 1)))
def test_parts_of_dates_are_equal_exactly_when_the_dates_agree_in_them(one: date, other: date) -> None:
    left, right = people({"date_of_birth": one.isoformat()}, {"date_of_birth": other.isoformat()}).rows(named=True)
    for column, form in (
        ("birth_year_month_token", "%Y-%m"),
        ("birth_year_day_token", "%Y-%d"),
        ("birth_month_day_token", "%m-%d"),
    ):
        assert (left[column] == right[column]) == (one.strftime(form) == other.strftime(form))


# Years and ages


@pytest.mark.parametrize(
    ("born", "year"),
    [
        ("1990-01-31", "1990"),
        ("31/02/1990", "invalid"),
        ("1990-02-31", "invalid"),
        ("90-01-31", "invalid"),
        ("unknown", "invalid"),
        (None, None),
    ],
)
def test_the_year_of_birth_or_a_mark_that_there_is_none(born: str | None, year: str | None) -> None:
    assert tokens("birth_year", "date_of_birth", born) == [year]


def age(born: str | None, on: str | None) -> str | None:
    crime_token = token(KEYS, "crime reference", "A")
    crimes = {"crime_ref_token": [crime_token], "offence_start_on": [on]}
    days = OffenceDays()
    add_days_of_offences(days, pl.DataFrame(crimes, schema=dict.fromkeys(crimes, pl.String())))
    value: str | None = people({"crime_ref": "A", "date_of_birth": born}, days=days)["age_at_offence"].item()
    return value


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        pytest.param("2010-06-15", "2026-06-14", "15", id="day before the birthday"),
        pytest.param("2010-06-15", "2026-06-15", "16", id="birthday"),
        pytest.param("2010-12-31", "2026-01-01", "15", id="turn of the year"),
        pytest.param("2008-02-29", "2026-02-28", "17", id="leap day, 28 February"),
        pytest.param("2008-02-29", "2026-03-01", "18", id="leap day, 1 March"),
        pytest.param("2008-02-29", "2024-02-29", "16", id="leap day, leap year"),
        pytest.param("2026-01-02", "2026-01-01", "-1", id="born after: for the gate to see"),
        pytest.param("2026-01-01", "2026-01-01", "0", id="newborn"),
        pytest.param("31/02/2010", "2026-01-01", None, id="no day of birth"),
        pytest.param("10-01-31", "2026-01-01", None, id="year of two digits"),
        pytest.param("2010-01-01", "soon", None, id="no day of the offence"),
        pytest.param(None, "2026-01-01", None, id="day of birth missing"),
        pytest.param("2010-01-01", None, None, id="day of the offence missing"),
    ],
)
def test_age_at_the_offence(born: str | None, on: str | None, expected: str | None) -> None:
    assert age(born, on) == expected


@settings(max_examples=100)
@given(born=st.dates(date(1900, 1, 1), date(2030, 1, 1)), years=st.integers(0, 120), day=st.integers(0, 364))
def test_age_counts_the_birthdays(born: date, years: int, day: int) -> None:
    leap_day = (born.month, born.day) == (2, 29)
    birthdays = [date(born.year + n, 3, 1) if leap_day else born.replace(year=born.year + n) for n in range(122)]
    on = date.fromordinal(birthdays[years].toordinal() + day)
    assert age(born.isoformat(), on.isoformat()) == str(sum(birthday <= on for birthday in birthdays[1:]))
