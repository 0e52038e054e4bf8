"""Tokens: the same for the same person wherever they are written, different for all else, none for nothing."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csae.common_names import common_names
from csae.pseudonyms import (
    PURPOSES,
    PseudonymKeyError,
    derive_keys,
    name_parts,
    normalise_name,
    normalise_pnc_id,
    normalise_reference,
    phonetic_form,
    pseudonymise_crimes,
    pseudonymise_people,
    read_keys,
    token,
)
from csae.sources.columns import CANONICAL_COLUMNS
from csae.synthetic import names

SECRET = bytes(range(32))
KEYS = derive_keys(SECRET)
NO_DAYS = pl.DataFrame(schema={"crime_ref_token": pl.String, "offence_start_on": pl.String})


def people(*rows: dict[str, Any], source: str = "43", keys: Any = KEYS, days: pl.DataFrame = NO_DAYS) -> pl.DataFrame:
    """People with these values; all others are missing."""
    columns = {name: [row.get(name) for row in rows] for name in CANONICAL_COLUMNS["involvement"]}
    numbers = {"row_number": range(2, len(rows) + 2), "crime_row_number": [None] * len(rows)}
    schema = {**dict.fromkeys(numbers, pl.Int64()), **dict.fromkeys(columns, pl.String())}
    return pseudonymise_people(pl.DataFrame({**numbers, **columns}, schema=schema), days, keys, source)


def crimes(*rows: dict[str, Any]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in CANONICAL_COLUMNS["crime"]}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())).with_row_index("row_number", 2)
    return pseudonymise_crimes(frame, KEYS)


def tokens(name: str, from_: str, *values: str | None) -> list[str | None]:
    return people(*({from_: value} for value in values))[name].to_list()


# Tokens


@pytest.mark.parametrize(
    ("purpose", "value", "expected"),
    [
        ("crime reference", "A/1", "49a83b26028fd88c79528b406b21020c"),
        ("person reference", "43\x1fN7", "d0ca2ec54e2f422a1ce1762a7e25c5a3"),
        ("name", "OBRIEN", "da864e9f0fc82a553bcb5b0ed240d303"),
        ("date of birth", "1990-01-31", "87c1c8c5922b2f0b208ce3c18b94e5d6"),
        ("pnc id", "0112345X", "4dc73b06865ae0ea1b312baf25fb235d"),
    ],
)
def test_tokens_are_those_of_rfc_2104_and_5869_and_never_change(purpose: str, value: str, expected: str) -> None:
    assert token(KEYS, purpose, value) == expected


def test_each_column_is_made_with_the_key_of_its_purpose() -> None:
    row = people(
        {
            "crime_ref": " a / 1 ",
            "person_ref": "n7",
            "surname": "O'Brien",
            "forenames": "o brien",
            "date_of_birth": "1990-01-31",
            "pnc_id": "01/12345X",
        }
    )
    assert row.row(0, named=True) == {
        "row_number": 2,
        "crime_row_number": None,
        "role": None,
        "sex": None,
        "self_defined_ethnicity": None,
        "observed_ethnicity": None,
        "nationalities": None,
        "immigration_status": None,
        "crime_ref_token": "49a83b26028fd88c79528b406b21020c",
        "person_ref_token": "d0ca2ec54e2f422a1ce1762a7e25c5a3",
        "surname_token": "da864e9f0fc82a553bcb5b0ed240d303",
        "forename_token": "da864e9f0fc82a553bcb5b0ed240d303",
        "pnc_token": "4dc73b06865ae0ea1b312baf25fb235d",
        "surname_phonetic_token": token(KEYS, "sound of a name", "OBRN"),
        "surname_consonants_token": token(KEYS, "sound of a name", "consonants OBNR"),
        "surname_is_common": "true",
        "forename_initial_token": token(KEYS, "name", "O"),
        "forename_is_initial": "false",
        "first_forename_token": "da864e9f0fc82a553bcb5b0ed240d303",
        "forename_phonetic_token": token(KEYS, "sound of a name", "OBRN"),
        "forename_consonants_token": token(KEYS, "sound of a name", "consonants OBNR"),
        "forename_is_common": "false",
        "name_part_tokens": "da864e9f0fc82a553bcb5b0ed240d303",
        "date_of_birth_token": "87c1c8c5922b2f0b208ce3c18b94e5d6",
        "date_of_birth_swapped_token": None,
        "date_of_birth_is_placeholder": "false",
        "birth_year_month_token": token(KEYS, "year and month of birth", "1990-01"),
        "birth_year_day_token": token(KEYS, "year and day of birth", "1990-31"),
        "birth_month_day_token": token(KEYS, "month and day of birth", "01-31"),
        "birth_year": "1990",
        "age_at_offence": None,
    }


def test_a_transfer_s_reference_compares_with_the_other_force_s_crime() -> None:
    rows = crimes({"crime_ref": "13/1", "transfer_ref": "06/2"}, {"crime_ref": "06/2"})
    assert rows["transfer_ref_token"].to_list() == [rows["crime_ref_token"][1], None]


def test_a_person_s_reference_is_the_force_s_own() -> None:
    assert len({people({"person_ref": "N7"}, source=code)["person_ref_token"].item() for code in ("06", "13")}) == 2


def test_purposes_never_compare() -> None:
    assert len({token(KEYS, purpose, "SAME") for purpose in PURPOSES}) == len(PURPOSES) == 10


def test_another_secret_gives_other_tokens_and_another_key_id() -> None:
    other = derive_keys(bytes(32))
    assert (KEYS.key_id, other.key_id == KEYS.key_id) == ("656cc73a1a2e", False)
    assert token(other, "name", "A") != token(KEYS, "name", "A")


def test_no_value_is_left_of_what_identifies_a_person() -> None:
    identifying = ["crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id"]
    frame = people(dict.fromkeys(identifying, "Zqx"))
    assert "Zqx" not in frame.write_csv()
    assert not set(identifying) & set(frame.columns)


# Normal forms


@pytest.mark.parametrize(
    "names",
    [
        ["O'Brien", "O’Brien", "OBRIEN", "o brien", "O`Brien"],
        ["Zoë", "ZOË", "Zoe", "Zoe\u0308", " zoe "],
        ["Smith-Jones", "Smith Jones", "SMITHJONES", "Smith–Jones"],
        ["Straße", "STRASSE"],
        ["Łukasz", "Lukasz"],
        ["Ægir", "Aegir"],
        ["Nguyễn", "NGUYEN"],
        ["李", " 李 "],
    ],
    ids=lambda names: names[0],
)
def test_spellings_of_one_name(names: list[str]) -> None:
    assert len({normalise_name(name) for name in names}) == 1
    assert len(set(tokens("surname_token", "surname", *names))) == 1


@pytest.mark.parametrize(("one", "other"), [("Smith", "Smyth"), ("Ann", "Anne"), ("李", "王")])
def test_names_that_differ(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


def test_references_without_blanks_and_case() -> None:
    assert {normalise_reference(text) for text in ("13a/1", " 13A / 1\n", "１３A/1")} == {"13A/1"}


def test_pnc_ids_without_marks() -> None:
    assert {normalise_pnc_id(text) for text in ("01/12345X", "01-12345x", "01 12345_X")} == {"0112345X"}


# Nothing


@pytest.mark.parametrize("value", [None, "'", "-", "…"])
@pytest.mark.parametrize("column", ["surname", "forename"])
def test_a_name_without_letters_has_no_token(column: str, value: str | None) -> None:
    from_ = {"surname": "surname", "forename": "forenames"}[column]
    assert tokens(f"{column}_token", from_, value, "Ann")[0] is None


@pytest.mark.parametrize(
    ("name", "from_", "value"),
    [
        ("crime_ref_token", "crime_ref", "\x1c"),
        ("person_ref_token", "person_ref", "\x1c"),
        ("pnc_token", "pnc_id", "--"),
        ("date_of_birth_token", "date_of_birth", "unknown"),
        ("date_of_birth_token", "date_of_birth", "0000-00-00"),
        ("date_of_birth_token", "date_of_birth", "1900-02-30"),
        ("forename_initial_token", "forenames", "-"),
        ("first_forename_token", "forenames", "J. Ann"),
        ("forename_phonetic_token", "forenames", "J."),
        ("forename_phonetic_token", "forenames", "李"),
        ("forename_consonants_token", "forenames", "J."),
        ("forename_is_common", "forenames", "J."),
        ("forename_is_common", "forenames", "-"),
        ("surname_is_common", "surname", "-"),
        ("surname_consonants_token", "surname", "S."),
        ("surname_phonetic_token", "surname", "S."),
        ("surname_phonetic_token", "surname", "王"),
        ("name_part_tokens", "surname", "-"),
        ("name_part_tokens", "forenames", "J. R."),
        ("date_of_birth_swapped_token", "date_of_birth", "1990-01-13"),
        ("date_of_birth_swapped_token", "date_of_birth", "1990-13-01"),
        ("date_of_birth_is_placeholder", "date_of_birth", "0000-00-00"),
        ("birth_year_month_token", "date_of_birth", "1990-02-30"),
        ("birth_year_day_token", "date_of_birth", "1990-02-30"),
        ("birth_month_day_token", "date_of_birth", "1990-02-30"),
    ],
)
def test_what_says_nothing_has_no_token(name: str, from_: str, value: str) -> None:
    assert tokens(name, from_, value, None) == [None, None]


def test_columns_that_are_wholly_missing() -> None:
    frame = people({}, {})
    assert frame.drop("row_number").null_count().row(0) == (2,) * 30
    assert set(frame.drop("row_number", "crime_row_number").dtypes) == {pl.String()}


def test_no_people() -> None:
    assert people().height == 0


def test_people_without_a_crime_s_reference_do_not_meet() -> None:
    days = pl.DataFrame({"crime_ref_token": [None], "offence_start_on": ["2020-01-01"]}, schema=NO_DAYS.schema)
    assert people({"date_of_birth": "1990-01-01"}, days=days)["age_at_offence"].to_list() == [None]


# Forenames cut to an initial


@pytest.mark.parametrize(
    ("forenames", "is_initial"),
    [("J", "true"), ("J.", "true"), ("Jo", "false"), ("J R", "false"), ("李", "false"), ("-", None), (None, None)],
)
def test_an_initial_is_told(forenames: str | None, is_initial: str | None) -> None:
    assert tokens("forename_is_initial", "forenames", forenames) == [is_initial]


def test_an_initial_compares_with_the_name() -> None:
    frame = people({"forenames": "Zoë Ann"}, {"forenames": "z."})
    assert frame["forename_initial_token"][0] == frame["forename_initial_token"][1] == frame["forename_token"][1]


# Parts and sounds of names


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Smith-Jones", ["SMITH", "JONES"]),
        ("Smith – Jones", ["SMITH", "JONES"]),
        ("O'Brien", ["OBRIEN"]),
        ("o brien", ["OBRIEN"]),
        ("van der Berg", ["VANDERBERG"]),
        ("de Souza Silva", ["DESOUZA", "SILVA"]),
        ("Le", ["LE"]),
        ("Ann Mac", ["ANN", "MAC"]),
        ("Zoë J. R.", ["ZOE", "J", "R"]),
        ("J.R.", ["J", "R"]),
        ("O J", ["O", "J"]),
        ("李 小龙", ["李", "小龙"]),
        ("' -", []),
    ],
)
def test_the_parts_of_a_name(name: str, parts: list[str]) -> None:
    assert name_parts(name) == parts


@pytest.mark.parametrize(
    "names",
    [
        ["Mohammed", "Muhammad", "Mohamed", "MOHAMMAD", "Muhammed"],
        ["Hussain", "Hussein"],
        ["MacDonald", "McDonald", "Mc Donald"],
        ["Smith-Jones", "Jones Smyth", "JONES-SMITH"],
        ["Zoë", "Zoe"],
    ],
    ids=lambda names: names[0],
)
def test_spellings_that_sound_alike(names: list[str]) -> None:
    assert len(set(tokens("surname_phonetic_token", "surname", *names))) == 1
    assert len({phonetic_form(name_parts(name)) for name in names}) == 1


def test_names_that_sound_different() -> None:
    assert len(set(tokens("surname_phonetic_token", "surname", "Smith", "Jones", "Smith-Jones"))) == 3


@pytest.mark.parametrize("slip", ["Marsetn", "Marssten", "Marstn", "MARSTEN"])
def test_slips_of_the_keys_that_leave_the_consonants(slip: str) -> None:
    assert len(set(tokens("surname_consonants_token", "surname", "Marsten", slip))) == 1
    assert len(set(tokens("forename_consonants_token", "forenames", "Marsten", f"{slip} Ann"))) == 1


def test_consonants_and_a_sound_that_are_written_alike_do_not_compare() -> None:
    row = people({"surname": "Fort", "forenames": "Fort"}).row(0, named=True)
    assert row["surname_consonants_token"] == row["forename_consonants_token"] != row["surname_phonetic_token"]


@pytest.mark.parametrize(
    ("surname", "forenames", "is_common"),
    [
        ("Smith", "James", ["true", "true"]),
        ("O'Neill", "ANN-MARIE", ["true", "true"]),
        ("Mc Donald", "José", ["true", "true"]),
        ("Ramsbottom", "Thandiwe", ["false", "false"]),
        ("Smith-Jones", "Thandiwe Ann", ["false", "false"]),
        ("James", "Smith", ["true", "false"]),
    ],
)
def test_names_that_are_common(surname: str, forenames: str, is_common: list[str]) -> None:
    row = people({"surname": surname, "forenames": forenames}).row(0, named=True)
    assert [row["surname_is_common"], row["forename_is_common"]] == is_common


def test_whether_a_name_is_common_is_the_same_under_every_key() -> None:
    rows = pl.concat(
        [people({"surname": "Smith", "forenames": "Thandiwe"}, keys=keys) for keys in (KEYS, derive_keys(bytes(32)))]
    )
    assert rows["surname_token"].n_unique() == 2
    assert rows.select("surname_is_common", "forename_is_common").unique().rows() == [("true", "false")]


@pytest.mark.parametrize(("part", "many"), [("surname", 578), ("forename", 642)])
def test_the_list_of_common_names_is_in_normal_form(part: str, many: int) -> None:
    listed = common_names(part)
    assert (len(listed), {normalise_name(name) for name in listed}) == (many, listed)


def test_a_surname_that_is_used_as_a_forename_compares() -> None:
    row = people({"surname": "Martin", "forenames": "Martin"}).row(0, named=True)
    assert row["surname_phonetic_token"] == row["forename_phonetic_token"]
    assert row["surname_token"] == row["first_forename_token"] == row["name_part_tokens"]


def test_middle_names_come_and_go() -> None:
    frame = people({"forenames": "Mary-Jane Ann"}, {"forenames": "mary"}, {"forenames": "Mary J"})
    assert frame["first_forename_token"].n_unique() == frame["forename_phonetic_token"].n_unique() == 1
    assert frame["forename_token"].n_unique() == 3


@pytest.mark.parametrize(
    ("surname", "forenames", "parts"),
    [
        ("Smith-Jones", "Zoë J", ["JONES", "SMITH", "ZOE"]),
        ("Zoe", "Jones Smith", ["JONES", "SMITH", "ZOE"]),
        ("Smith", "Smith", ["SMITH"]),
        (None, "Ann", ["ANN"]),
        ("Smith", None, ["SMITH"]),
    ],
)
def test_tokens_of_the_parts_of_a_whole_name(surname: str | None, forenames: str | None, parts: list[str]) -> None:
    row = people({"surname": surname, "forenames": forenames}).row(0, named=True)
    assert row["name_part_tokens"] == " ".join(sorted(token(KEYS, "name", part) for part in parts))


def test_marked_names_of_a_synthetic_world_have_every_token() -> None:
    mark, spellings = "Zqxmark", (names.AS_KNOWN, names.UPPER, names.SWAPPED, names.PLAIN)
    marked = [
        {"surname": names.spell_surname(code, how, mark), "forenames": names.spell_forename(code % 100, how, mark)}
        for code in range(0, len(names.SURNAMES) * 8, 7)
        for how in spellings
    ]
    columns = ("surname_phonetic_token", "first_forename_token", "forename_phonetic_token", "name_part_tokens")
    assert len(marked) > 500
    assert people(*marked).select(columns).null_count().row(0) == (0, 0, 0, 0)


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
    days = pl.DataFrame({"crime_ref_token": [crime_token], "offence_start_on": [on]}, schema=NO_DAYS.schema)
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


# Whatever the values


NAMES = st.lists(st.text("aAáÁ'- bBßs.", max_size=4), min_size=1, max_size=12)


@settings(max_examples=200)
@given(NAMES)
def test_tokens_are_equal_exactly_when_normal_forms_are(names: list[str]) -> None:
    found = tokens("surname_token", "surname", *names)
    for one, one_token in zip(names, found, strict=True):
        assert (one_token is None) == (normalise_name(one) == "")
        for other, other_token in zip(names, found, strict=True):
            assert (one_token == other_token) == (normalise_name(one) == normalise_name(other))


@settings(max_examples=300)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_has_tokens_of_32_hexadecimal_characters_or_none(text: str) -> None:
    columns = ["crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id"]
    row = people(dict.fromkeys(columns, text)).row(0, named=True)
    found = [value for name, value in row.items() if name.endswith("_token") and value is not None]
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in (*found, *(row["name_part_tokens"] or "").split()))


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_name_is_its_parts_one_after_the_other(text: str) -> None:
    assert "".join(name_parts(text)) == normalise_name(text)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["Ann", "Zoë", "de Souza", "李", "Smith-Jones", "J."]), min_size=1, max_size=5), st.data()
)
def test_neither_order_nor_column_of_the_parts_matters(parts: list[str], data: st.DataObject) -> None:
    moved = data.draw(st.permutations(parts))
    cuts = [data.draw(st.integers(0, len(parts))) for _ in range(2)]
    frame = people(
        *(
            {"surname": " ".join(order[:cut]), "forenames": " ".join(order[cut:])}
            for order, cut in zip((parts, moved), cuts, strict=True)
        )
    )
    assert frame["name_part_tokens"].n_unique() == 1


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8"), max_size=12), st.dates(date(1900, 1, 1), date(2030, 1, 1)))
def test_no_token_is_equal_across_purposes(text: str, born: date) -> None:
    columns = ["crime_ref", "person_ref", "surname", "forenames", "pnc_id"]
    row = people({**dict.fromkeys(columns, text), "date_of_birth": born.isoformat()}).row(0, named=True)
    purposes = [
        ["crime_ref_token"],
        ["person_ref_token"],
        ["surname_token", "forename_token", "forename_initial_token", "first_forename_token", "name_part_tokens"],
        ["surname_phonetic_token", "forename_phonetic_token"],
        ["surname_consonants_token", "forename_consonants_token"],
        ["date_of_birth_token", "date_of_birth_swapped_token"],
        ["birth_year_month_token"],
        ["birth_year_day_token"],
        ["birth_month_day_token"],
        ["pnc_token"],
    ]
    found = [{one for name in names for one in (row[name] or "").split()} for names in purposes]
    assert sum(map(len, found)) == len(set().union(*found))


@settings(max_examples=100)
@given(st.sets(st.sampled_from(["person_ref", "surname", "forenames", "date_of_birth", "pnc_id"])))
def test_a_value_that_is_missing_has_no_tokens_and_takes_none_away(missing: set[str]) -> None:
    values = {
        "person_ref": "N7",
        "surname": "Smith",
        "forenames": "Ann",
        "date_of_birth": "1990-02-03",
        "pnc_id": "01/12345X",
    }
    whole, part = people(values, {name: None if name in missing else value for name, value in values.items()}).rows(
        named=True
    )
    origin = {"surname": "surname", "forename": "forenames", "first": "forenames", "date": "date_of_birth"} | {
        "birth": "date_of_birth", "person": "person_ref", "pnc": "pnc_id",
    }  # fmt: skip
    checked = {name: origin[name.split("_")[0]] for name in whole if name.split("_")[0] in origin}
    assert len(checked) == 20
    for name, column in checked.items():
        assert part[name] == (None if column in missing else whole[name])
    assert (part["name_part_tokens"] is None) == ({"surname", "forenames"} <= missing)


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_normal_form_is_its_own(text: str) -> None:
    for normalise in (normalise_name, normalise_reference, normalise_pnc_id):
        assert normalise(normalise(text)) == normalise(text)


# Keys


def test_the_key_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(SECRET)
    assert read_keys(path) == KEYS


def test_no_key_file_is_named() -> None:
    with pytest.raises(PseudonymKeyError, match="point CSAE_PSEUDONYM_KEY_FILE at a file of at least 32 random bytes"):
        read_keys(None)


def test_the_key_file_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PseudonymKeyError, match=r"gone\.key cannot be read .*; check CSAE_PSEUDONYM_KEY_FILE"):
        read_keys(tmp_path / "gone.key")


def test_the_key_is_too_short_and_stays_secret(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(b"Zqx" * 10)
    with pytest.raises(PseudonymKeyError, match="holds 30 bytes; put at least 32 random ones in") as caught:
        read_keys(path)
    assert "Zqx" not in str(caught.value)


def test_keys_do_not_show_themselves() -> None:
    assert repr(KEYS) == "Keys(key_id='656cc73a1a2e')"
