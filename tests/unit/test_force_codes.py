"""How a force is named: every code, name and variant that can mean one force decodes to it, and nothing else does."""

import csv
import re
import string
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import normalised_form, read_code_sets

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


FORCES = {row["force_code"]: row for row in read(SEEDS / "forces.csv")}
WORDINGS = read(SEEDS / "force_wording.csv")
REFERENCE = read(PROJECT / "tests" / "reference" / "forces.csv")
CLEAR = [row for row in WORDINGS if row["force_code"] != "AMBIGUOUS"]
MARKS = " -_.,;/&()'"


def force(value: str) -> str | None:
    return CODES.decode("transfer_force", value)


def rule(value: str) -> str:
    return CODES.read("transfer_force", value).rule.name


@pytest.mark.parametrize("row", REFERENCE, ids=[row["name"] for row in REFERENCE])
def test_a_force_of_the_reference_is_known_by_its_code_its_name_and_its_area(row: dict[str, str]) -> None:
    code = row["force_code"]
    assert {key: FORCES[code][key] for key in row} == row
    for value in (code, code.removeprefix("0"), row["name"], row["gss_code"] or row["name"]):
        assert force(value) == code


def test_there_are_43_territorial_forces_and_two_others() -> None:
    assert len(REFERENCE) == 44
    assert {code: row["kind"] for code, row in FORCES.items() if row["kind"] != "territorial"} == {
        "91": "agency",
        "93": "transport",
    }
    assert len(FORCES) == 45


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("02", "01"),
        ("2", "01"),
        ("Met", "01"),
        ("the Met Police", "01"),
        ("Metropolitan Police Service", "01"),
        ("metropolitan", "01"),
        ("City of London Police", "48"),
        ("London, City of", "48"),
        ("SUSSEX POLICE AUTHORITY", "47"),
        ("Kent County Constabulary", "46"),
        ("Metropolitan Tower Hamlets", "01"),
        ("city-of-london", "48"),
        ("Devon & Cornwall", "50"),
        ("Devon and Cornwall Constabulary", "50"),
        ("Avon & Somerset Constabulary", "52"),
        ("avonandsomerset.police.uk", "52"),
        ("GMP", "06"),
        ("Gtr Manchester Police", "06"),
        ("S Yorks", "14"),
        ("Yorkshire, West", "13"),
        ("W. Mercia Constabulary", "22"),
        ("Police Force Area 22", "22"),
        ("Hampshire", "44"),
        ("Hampshire and Isle of Wight Constabulary", "44"),
        ("Hants & IOW", "44"),
        ("Durham, County", "11"),
        ("Heddlu Gogledd Cymru", "60"),
        ("Heddlu De Cymru / South Wales Police", "62"),
        ("HEDDLU GWENT POLICE", "61"),
        ("Heddlu Dyfed-Powys", "63"),
        ("British Transport Police", "93"),
        ("BTP", "93"),
        ("NCA", "91"),
        ("Metropolitan Police[Note 6]", "01"),
        ("Cambridegeshire Constabulary", "35"),
        ("humbersire", "16"),
        ("AVONSOMERSET", "52"),
        ("WestYorkshirePolice", "13"),
        ("thames_valley_police", "43"),
        ("44 - Hampshire", "44"),
        ("Kent Police (E23000032)", "46"),
        ("Transferred to Essex Police", "42"),
        ("PCC for Norfolk", "36"),
        ("Police and Crime Commissioner for Norfolk", "36"),
        ("Chief Constable of Kent Police", "46"),
        ("Leicestershire Police[2]", "33"),
        ("Wiltshire Police, formerly known as Wiltshire Constabulary", "54"),
        ("North Wales Police (Welsh: Heddlu Gogledd Cymru)", "60"),
        ("Thames Valley (Berkshire, Buckinghamshire and Oxfordshire)", "43"),
        ("West Midlands Police (WMP)", "20"),
    ],
)
def test_a_name_in_the_forms_met_in_practice(value: str, code: str) -> None:
    assert force(value) == code


@pytest.mark.parametrize(
    "value",
    [
        "00", "0", "Athena", "Athena Forces", "15", "18", "86", "WMP", "London", "London Police", "Greater London",
        "Yorkshire", "Yorkshire Police", "Wales", "Cymru", "Heddlu Cymru", "Midlands", "Police",
    ],
)  # fmt: skip
def test_what_could_be_several_forces_or_is_a_shared_system_is_signalled(value: str) -> None:
    assert force(value) is None
    assert rule(value) == "ambiguous"


@pytest.mark.parametrize(
    "value",
    [
        "West Mercia and Warwickshire", "North and South Wales", "East Midlands", "Police Scotland", "PSNI",
        "Action Fraud", "Ministry of Defence Police", "Devon", "Manchester", "West Sussex", "DC", "D&C", "8", "99",
        "006", "6.0", "G.M.P.", "The Force", "", "?", "44 - Kent", "Northamberland", "Norfolk and Suffolk",
    ],
)  # fmt: skip
def test_what_names_no_force_of_the_dataset_is_not_known(value: str) -> None:
    assert force(value) is None
    assert rule(value) == "not_known"


def test_a_wording_is_listed_once_and_for_a_force_that_exists() -> None:
    forms = [normalised_form(row["wording"]) for row in WORDINGS]
    assert len(forms) == len(set(forms))
    assert {row["force_code"] for row in CLEAR} == set(FORCES)
    assert all(row["source"] for row in WORDINGS)


def test_no_wording_loses_its_meaning_to_the_words_of_another() -> None:
    """Two wordings of the same words name the same force: a word that stands for another joins no two forces."""
    by_words = CODES.seeds.sets["transfer_force"].by_words
    words = CODES.seeds.sets["transfer_force"].words
    for row in CLEAR:
        assert by_words[words(normalised_form(row["wording"]))] == row["force_code"]


@given(st.sampled_from(CLEAR), st.randoms(use_true_random=False))
def test_capitals_and_punctuation_say_nothing(row: dict[str, str], random: Random) -> None:
    parts = re.findall(r"[A-Za-z0-9]+", row["wording"])
    written = "".join(random.choice([str.upper, str.lower, str.title])(part) + random.choice(MARKS) for part in parts)
    assert force(random.choice(MARKS) + written) == row["force_code"]


@given(st.sampled_from(CLEAR), st.sampled_from(["Police", "Constabulary", "Police Service", "Police Force"]))
def test_police_or_constabulary_may_follow_any_of_them(row: dict[str, str], kind: str) -> None:
    assert force(f"{row['wording']} {kind}") == row["force_code"]


@given(st.text(string.ascii_uppercase + string.digits + " ", max_size=12))
def test_nothing_is_decoded_by_likeness(value: str) -> None:
    listed = CODES.seeds.sets["transfer_force"]
    form = normalised_form(value)
    assert (force(value) is not None) <= (form in listed.by_form or listed.words(form) in listed.by_words)


def test_a_force_that_ends_says_when_and_who_takes_over() -> None:
    """No force has ended yet; the White Paper of January 2026 plans that some will."""
    for row in FORCES.values():
        started = date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min
        ended = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        assert started < ended
        if row["successor_force_code"]:
            assert row["valid_to"]
            assert row["successor_force_code"] in FORCES.keys() - {row["force_code"]}
        assert row["source"]
    assert [row for row in FORCES.values() if row["valid_to"]] == []
    assert {code: row["valid_from"] for code, row in FORCES.items() if row["valid_from"] != "1974-04-01"} == {
        "01": "",
        "48": "",
        "91": "2013-10-07",
        "93": "1949-01-01",
    }
