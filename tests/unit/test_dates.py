"""Days as forces write them become yyyy-mm-dd, and what is not surely a day stays as it was."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapped import Values, column

from csae.sources.dates import parse_date_format

DATE_FORMATS = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd/mm/yyyy": "%d/%m/%Y",
    "dd-mm-yyyy": "%d-%m-%Y",
    "dd.mm.yyyy": "%d.%m.%Y",
    "mm/dd/yyyy": "%m/%d/%Y",
    "yyyymmdd": "%Y%m%d",
    "ddmmyyyy": "%d%m%Y",
    "dd mon yyyy": "%d %b %Y",
    "dd-mon-yyyy": "%d-%b-%Y",
    "dd month yyyy": "%d %B %Y",
}
"""As the YAML writes a day, and as Python does."""


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("dd/mm/yyyy", "01/09/2026", "2026-09-01"),
        ("dd/mm/yyyy", "1/9/2026", "2026-09-01"),
        ("dd/mm/yyyy", "29/02/2024", "2024-02-29"),
        ("DD/MM/YYYY", "01/09/2026", "2026-09-01"),
        ("dd-mm-yyyy", "01-09-2026", "2026-09-01"),
        ("dd.mm.yyyy", "01.09.2026", "2026-09-01"),
        ("yyyy-mm-dd", "2026-09-01", "2026-09-01"),
        ("yyyymmdd", "20260901", "2026-09-01"),
        ("ddmmyyyy", "01092026", "2026-09-01"),
        ("dd mon yyyy", "01 Sep 2026", "2026-09-01"),
        ("dd-mon-yyyy", "1-SEP-2026", "2026-09-01"),
        ("dd month yyyy", "1 September 2026", "2026-09-01"),
        ("mm/dd/yyyy", "09/01/2026", "2026-09-01"),
        ("dd/mm/yyyy hh:mm", "01/09/2026 23:59", "2026-09-01"),
        ("yyyy-mm-dd hh:mm:ss", "2026-09-01 00:00:00.000", "2026-09-01"),
        ("yyyy-mm-ddThh:mm:ss", "2026-09-01T10:30", "2026-09-01"),
        # Half past midnight in London's summer is still the day before in UTC.
        ("yyyy-mm-ddThh:mm:ssZ", "2026-08-31T23:30:00Z", "2026-09-01"),
        ("yyyy-mm-ddThh:mm:ssZ", "2026-12-31T23:30:00.123Z", "2026-12-31"),
        ("yyyy-mm-ddThh:mm:ssZ", "2026-09-01T00:30:00+01:00", "2026-09-01"),
        ("excel", "46266", "2026-09-01"),
        ("excel", "46266.75", "2026-09-01"),
    ],
)
def test_dates_become_iso(name: str, cell: str, value: str) -> None:
    assert column("recorded_on", {"date": name}, From=[cell]) == [value]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param("dd/mm/yyyy", "30/02/2026", id="no such day"),
        pytest.param("dd/mm/yyyy", "29/02/2026", id="no leap year"),
        pytest.param("dd/mm/yyyy", "00/01/1900", id="Excel's day nought"),
        pytest.param("dd/mm/yyyy", "09/13/2026", id="month first"),
        pytest.param("dd/mm/yyyy", "2026-09-01", id="another format"),
        pytest.param("dd/mm/yyyy", "01/09/26", id="year of two digits"),
        pytest.param("yyyy-mm-dd", "26-09-01", id="year of two digits, first"),
        pytest.param("dd/mm/yyyy", "01/09/20266", id="year of five digits"),
        pytest.param("dd/mm/yyyy", "01/09/-2026", id="year below nought"),
        pytest.param("dd/mm/yyyy", "01/09/2026 10:30", id="time of day"),
        pytest.param("yyyymmdd", "2026113", id="digit missing: 3 November or 13 January"),
        pytest.param("ddmmyyyy", "1112026", id="digit missing: 1 November or 11 January"),
        pytest.param("yyyy-mm-dd", "45901", id="Excel's number"),
        pytest.param("dd/mm/yyyy", "yesterday", id="word"),
        pytest.param("dd/mm/yyyy hh:mm", "01/09/2026", id="time of day missing"),
        pytest.param("yyyy-mm-ddThh:mm:ssZ", "2026-09-01T10:30:00", id="zone missing"),
        pytest.param("excel", "2026", id="a year is no day number"),
        pytest.param("excel", "01/09/2026", id="a day is no day number"),
    ],
)
def test_what_is_not_surely_a_day_stays_text(name: str, cell: str) -> None:
    assert column("recorded_on", {"date": name}, From=[cell]) == [cell]


def test_several_date_formats() -> None:
    spec = {"date": ["dd/mm/yyyy", "yyyy-mm-dd"]}
    assert column("recorded_on", spec, From=["01/09/2026", "2026-09-02", "3.9.2026"]) == [
        *("2026-09-01", "2026-09-02"),
        "3.9.2026",
    ]


@settings(max_examples=200)
@given(
    days=st.lists(st.dates(date(1900, 1, 1), date(2099, 12, 31)), min_size=1, max_size=20),
    name=st.sampled_from([*DATE_FORMATS]),
)
def test_every_day_in_every_format_becomes_iso(days: list[date], name: str) -> None:
    written: Values = [day.strftime(DATE_FORMATS[name]) for day in days]
    assert column("recorded_on", {"date": name}, From=written) == [day.isoformat() for day in days]


DIGITS = st.text("0123456789-/. ", max_size=11)
WORDS = st.from_regex(r"\d{1,2}[-/. ][A-Za-z]{3}[-/. ]\d{2,4}", fullmatch=True)


@settings(max_examples=300)
@given(texts=st.lists(DIGITS | WORDS, min_size=1, max_size=20), name=st.sampled_from([*DATE_FORMATS]))
def test_any_text_becomes_the_day_that_it_says_or_stays(texts: list[str], name: str) -> None:
    for text, value in zip(texts, column("recorded_on", {"date": name}, From=[*texts]), strict=True):
        stripped = text.strip() or None
        assert value == stripped or value == datetime.strptime(text.strip(), DATE_FORMATS[name]).date().isoformat()


@pytest.mark.parametrize(
    "name",
    ["dd/mm", "dd/mm/yyyy/dd", "dd/mm/yy", "", "day", "yyyy-mm-dd hh", "yyyy-mm-ddZ", "dd/mm/yyyyThh:mmX", "d/m/yyyy"],
)
def test_what_is_no_date_format(name: str) -> None:
    assert parse_date_format(name) is None
