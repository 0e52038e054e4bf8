"""Tokens: the same for the same person wherever they are written, different for all else, none for nothing."""

import re
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pseudonymised import KEYS, people, tokens

from csae.offence_days import OffenceDays
from csae.pseudonyms import (
    PURPOSES,
    derive_keys,
    normalise_name,
    normalise_pnc_id,
    normalise_reference,
    pseudonymise_crimes,
    token,
)
from csae.sources.columns import CANONICAL_COLUMNS


def crimes(*rows: dict[str, Any]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in CANONICAL_COLUMNS["crime"]}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String())).with_row_index("row_number", 2)
    return pseudonymise_crimes(frame, KEYS)


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
    days = OffenceDays()
    days.add(pl.Series([None, "00" * 16], dtype=pl.String()), pl.Series([date(2020, 1, 1)] * 2))
    assert people({"date_of_birth": "1990-01-01"}, days=days)["age_at_offence"].to_list() == [None]


# Whatever the values


@settings(max_examples=300)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_has_tokens_of_32_hexadecimal_characters_or_none(text: str) -> None:
    columns = ["crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id"]
    row = people(dict.fromkeys(columns, text)).row(0, named=True)
    found = [value for name, value in row.items() if name.endswith("_token") and value is not None]
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in (*found, *(row["name_part_tokens"] or "").split()))


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


def test_keys_do_not_show_themselves() -> None:
    assert repr(KEYS) == "Keys(key_id='656cc73a1a2e')"
