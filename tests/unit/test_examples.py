"""Examples in a YAML are run: one row as the force writes it, and what must come of it."""

from typing import Any

import pytest

from csae.sources.examples import faults
from csae.sources.model import Source

PEOPLE = {
    "crime_ref": "CrimeNo",
    "role": {"from": "Role", "map": {"S": "suspect", "V": "victim"}},
    "date_of_birth": {"from": "DOB", "date": "dd/mm/yyyy"},
    "self_defined_ethnicity": {"from": "Eth", "split": " - ", "take": "first", "codes": "self_defined_2021"},
    "nationalities": {"from": "Nat", "split": "/", "codes": "nationality_demonym"},
}
CRIMES = {
    "crime_ref": "CrimeNo",
    "is_online": {"from": "Online", "map": {"Y": "true", "": "false"}},
    "is_group_based": {"from": "Flag", "contains": "GROUP"},
}
TABLE = {"type": "delimited", "delimiter": ",", "encoding": "utf-8"}


def source(extract: dict[str, Any], *examples: dict[str, Any]) -> Source:
    return Source.model_validate(
        {
            "source": "43",
            "name": "Testshire Police",
            "status": "draft",
            "owner": {"team": "Data team", "contact": "data@testshire.example"},
            "delivery": {"mode": "delta"},
            "layouts": [{"valid_from": "2026-01-01", "extracts": {"all": {"files": "*", "format": TABLE, **extract}}}],
            "examples": [{"extract": "all", **example} for example in examples],
        }
    )


def flat(given: dict[str, Any], expect: dict[str, Any], **more: Any) -> list[str]:
    extract = {"crime": {"columns": CRIMES}, "involvement": {"columns": PEOPLE}}
    return faults(source(extract, {"given": given, "expect": expect, **more}))


def test_a_row_holds_a_crime_and_its_person() -> None:
    given = {"CrimeNo": "1/26", "Online": "Y", "Role": "S", "DOB": "02/03/1990", "Eth": "A2 - Pakistani", "Nat": "X/Y"}
    expect = {
        "crime_ref": "1/26",
        "is_online": "true",
        "role": "suspect",
        "date_of_birth": "1990-03-02",
        "self_defined_ethnicity": "A2",
        "nationalities": ["X", "Y"],
    }
    assert flat(given, expect) == []


def test_each_column_that_is_not_as_expected_is_named_with_both_values() -> None:
    given = {"CrimeNo": "1/26", "Role": "S", "Eth": "X - Unknown", "Nat": "X/Y"}
    expect = {"role": "victim", "self_defined_ethnicity": "A2", "nationalities": "X", "date_of_birth": "1990-03-02"}
    assert flat(given, expect) == [
        "example 1 of all: role is 'suspect', expected 'victim'",
        "example 1 of all: self_defined_ethnicity is 'X', expected 'A2'",
        "example 1 of all: nationalities is 'X' and 'Y', expected 'X'",
        "example 1 of all: date_of_birth is empty, expected '1990-03-02'",
    ]


def test_an_empty_value_says_that_there_is_none() -> None:
    given = {"CrimeNo": "1/26", "Role": "S", "DOB": "02/03/1990"}
    expect = {"nationalities": "", "self_defined_ethnicity": "", "is_online": "false", "date_of_birth": ""}
    assert flat(given, expect) == ["example 1 of all: date_of_birth is '1990-03-02', expected empty"]


def test_examples_are_counted_within_their_extract() -> None:
    good = {"given": {"CrimeNo": "1"}, "expect": {"crime_ref": "1"}}
    bad = {"given": {"CrimeNo": "1"}, "expect": {"crime_ref": "2"}}
    found = faults(source({"crime": {"columns": CRIMES}}, good, bad, good, bad))
    assert found == [f"example {number} of all: crime_ref is '1', expected '2'" for number in (2, 4)]


def test_a_row_with_nobody_in_it_is_a_crime() -> None:
    assert flat({"CrimeNo": "1/26"}, {"crime_ref": "1/26", "is_online": "false"}) == []


def test_a_list_is_a_place_that_repeats() -> None:
    extract = {
        "format": {"type": "xml", "row": "Crime"},
        "crime": {"columns": {"crime_ref": "@no", "is_group_based": {"from": "Flags/Flag", "contains": "GROUP"}}},
    }
    given = {"@no": "1/26", "Flags/Flag": ["ONLINE", "GROUP"]}
    assert faults(source(extract, {"given": given, "expect": {"crime_ref": "1/26", "is_group_based": "true"}})) == []
    given["Flags/Flag"] = ["ONLINE"]
    expected = {"given": given, "expect": {"is_group_based": "true"}}
    assert faults(source(extract, expected)) == ["example 1 of all: is_group_based is 'false', expected 'true'"]


NESTED = {
    "format": {"type": "json", "row": "crimes"},
    "crime": {"columns": {"crime_ref": "id"}},
    "involvement": {
        "each": "people",
        "columns": {
            "person_ref": "id",
            "role": {"from": "role", "map": {"S": "suspect"}},
            "surname": "name/last",
            "nationalities": {"from": "nationality", "codes": "iso_alpha3"},
        },
    },
}


@pytest.mark.parametrize(
    ("given", "expect", "more"),
    [
        ({"id": "7", "name/last": "Example"}, {"person_ref": "7", "surname": "Example"}, {}),
        ({"id": "7"}, {"crime_ref": "7"}, {"record": "crime"}),
        ({"id": "7", "nationality": ["GBR", "ROU"]}, {"nationalities": ["GBR", "ROU"]}, {"record": "involvement"}),
    ],
)
def test_in_a_document_an_example_is_of_one_record(
    given: dict[str, Any], expect: dict[str, Any], more: dict[str, str]
) -> None:
    assert faults(source(NESTED, {"given": given, "expect": expect, **more})) == []


def test_in_a_document_columns_of_a_crime_and_of_a_person_do_not_mix() -> None:
    mixed = {"given": {"id": "7"}, "expect": {"is_online": "", "role": "suspect"}}
    (fault,) = faults(source(NESTED, mixed))
    assert fault == (
        "example 1 of all: its columns are of several kinds of records; "
        "add 'record', crime or involvement, and give each its own example"
    )


def test_the_record_s_own_rows_are_told_from_others_by_where() -> None:
    extract = {
        "crime": {"where": {"Type": ["C"]}, "columns": {"crime_ref": "No"}},
        "involvement": {"where": {"Type": ["P"]}, "columns": {"crime_ref": "No", "surname": "Name"}},
    }
    person = {"record": "involvement", "given": {"Type": "P", "No": "1", "Name": "Example"}}
    assert faults(source(extract, {**person, "expect": {"crime_ref": "1", "surname": "Example"}})) == []
    nobody = {"record": "involvement", "given": {"Type": "C", "No": "1"}, "expect": {"crime_ref": "1"}}
    assert faults(source(extract, nobody)) == [
        "example 1 of all: no record comes of it; see 'where', and which columns it gives"
    ]


def test_of_several_people_in_a_row_the_one_that_fits_best_counts() -> None:
    extract = {
        "crime": {"columns": {"crime_ref": "No"}},
        "involvement": [
            {"columns": {"role": {"value": "suspect"}, "surname": "Suspect"}},
            {"columns": {"role": {"value": "victim"}, "surname": "Victim"}},
        ],
    }
    given = {"No": "1", "Suspect": "Example", "Victim": "Sample"}
    right = {"given": given, "expect": {"crime_ref": "1", "role": "victim", "surname": "Sample"}}
    wrong = {"given": given, "expect": {"crime_ref": "1", "role": "victim", "surname": "Example"}}
    assert faults(source(extract, right, wrong)) == ["example 2 of all: role is 'suspect', expected 'victim'"]
