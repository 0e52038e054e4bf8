"""What the gate says of codes: each rule of its own, none of them a reason to hold a row back.

Real PostgreSQL, real S3, the real gate.
"""

import json
from pathlib import Path

import psycopg
import pytest

from csae import force_report, warehouse
from csae.code_sets import read_code_sets
from csae.local_stack import Stack
from csae.reports import load, load_details
from csae.settings import PROJECT_DIR
from integration.nights import Warehouse, new_warehouse

SPEC = """
source: "13"
name: West Yorkshire Police
status: live
owner: {team: Crime registry, contact: registry@wyp.example}
delivery: {mode: delta, due: "daily 03:00"}
layouts:
  - valid_from: 2026-01-01
    extracts:
      crimes:
        files: CRIME_*.csv
        format: {type: delimited, delimiter: ";", encoding: utf-8}
        crime:
          columns:
            crime_ref: {from: Crime, required: true}
            recorded_on: {from: Recorded, date: yyyy-mm-dd}
            home_office_code: Code
            offence_category: Category
            outcome_code: Outcome
            record_status: {value: live}
      people:
        files: PEOPLE_*.csv
        format: {type: delimited, delimiter: ";", encoding: utf-8}
        involvement:
          columns:
            crime_ref: Crime
            role: Role
            self_defined_ethnicity: {from: Self, codes: self_defined_2021}
            observed_ethnicity: {from: Seen, codes: officer_observed_ic}
            nationalities: {from: Nationality, split: ",", codes: iso_alpha3}
codes:
  self_defined_2021: {X1: W9}
bounds: {crimes: {min: 1}}
"""
CRIMES = """Crime;Recorded;Code;Category;Outcome
1;2026-08-03;019/07;;1
2;2026-08-03;1907;;01
3;2026-08-03;20-May;;14
4;2026-08-03;44562;;18
5;2026-08-03;999/98;;23
6;2026-08-03;rape;;018
7;2026-08-03;;19D;
8;2026-08-03;;;
"""
PEOPLE = """Crime;Role;Self;Seen;Nationality
1;suspect;O1;IC1;GBR
3;suspect;X1;3;GBR,POL
4;victim;W1 - White British;;British
5;victim;White British;IC9;PL
6;suspect;Zqxname;Zqxname;GBR,Zqxname
6;victim;bame;;
"""
CODES = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
FOUND = """
    select reason_code, column_name, severity, rows_failed from ops.gate_result where rows_failed > 0
    order by record_kind, reason_code
"""


def deliver(force: Warehouse, crimes: str, people: str, day: str = "2026-08-31") -> None:
    force.put("13", day, crimes, "CRIME_1.csv")
    force.put("13", day, people, "PEOPLE_1.csv")
    force.load(day)


@pytest.fixture
def force(shared: Stack, tmp_path: Path) -> Warehouse:
    return new_warehouse(shared, tmp_path, [SPEC])


def test_every_rule_on_codes_warns_and_holds_nothing_back(force: Warehouse) -> None:
    """On a first night: no seed is in the warehouse."""
    deliver(force, CRIMES, PEOPLE)
    assert force.rows("select to_regclass('reference.ethnicity_scheme_code')") == [(None,)]
    assert force.rows(FOUND) == [
        ("offence_code_damaged", "home_office_code", "warning", 2),
        ("offence_code_missing", "home_office_code", "warning", 1),
        ("offence_code_not_a_code", "home_office_code", "warning", 1),
        ("offence_code_unknown", "home_office_code", "warning", 1),
        ("outcome_code_unknown", "outcome_code", "warning", 1),
        ("suspect_on_unidentified_outcome", "outcome_code", "warning", 2),
        ("nationality_not_decoded", "nationalities", "warning", 2),
        ("observed_ethnicity_not_decoded", "observed_ethnicity", "warning", 1),
        ("self_defined_ethnicity_not_decoded", "self_defined_ethnicity", "warning", 2),
    ]
    assert force.rows("select state, crimes_quarantined, involvements_quarantined from ops.load") == [
        ("accepted", 0, 0)
    ]
    assert force.rows("select count(*) from ops.value_at_gate") == [(0,)], "gone once it has decided"


def test_nothing_that_the_gate_says_holds_a_value(force: Warehouse) -> None:
    deliver(force, CRIMES, PEOPLE)
    with psycopg.connect(force.url.get_secret_value()) as connection:
        details = load_details(connection, 1)
    assert "offence_code_damaged" in f"{details['findings']}"
    assert "Zqx" not in f"{details}"


def test_the_force_is_told_of_a_code_that_a_spreadsheet_damaged(force: Warehouse) -> None:
    deliver(force, CRIMES, PEOPLE)
    with warehouse.connect(force.url, autocommit=True) as connection:
        line = load(connection, 1)
        assert line is not None
        report = force_report.make(connection, line, force.sources["13"], CODES)
    (summary,) = [table for table in report.tables if table.title == "Summary"]
    assert (
        "To be looked at",
        "Crimes",
        "home_office_code",
        "Code",
        2,
        "A spreadsheet has turned the offence code into a date or another number.",
        "Export the code as text, and send the crime again.",
        "Force",
    ) in summary.rows


def test_a_code_holds_only_in_the_version_that_is_declared(shared: Stack, tmp_path: Path) -> None:
    """IC codes stand in no version of self-defined codes, nor does a force's own code in another set."""
    spec = SPEC.replace("self_defined_2021}", "self_defined_2001}").replace("self_defined_2021:", "iso_alpha3:")
    force = new_warehouse(shared, tmp_path, [spec.replace("{X1: W9}", "{X1: GBR}")])
    deliver(force, CRIMES, "Crime;Role;Self;Seen;Nationality\n1;suspect;O2;W1;X1\n1;victim;O1;IC1;GBR\n")
    assert [(reason, rows) for reason, _, _, rows in force.rows(FOUND)][-2:] == [
        ("observed_ethnicity_not_decoded", 1),
        ("self_defined_ethnicity_not_decoded", 1),
    ]


def test_nationalities_that_are_no_list_are_a_fault_of_ours(force: Warehouse) -> None:
    """The mapping writes lists, so this can be tried only with rows that it did not write."""
    deliver(force, CRIMES, PEOPLE)
    with psycopg.connect(force.url.get_secret_value(), autocommit=True) as connection:
        texts = ['{"a":"GBR"}', "GBR", "[1]", '["GBR"', "[]", '["a \\"GBR\\" b","C:\\\\"]']
        for row, text in enumerate(texts, start=2):
            connection.execute("update raw.involvement set nationalities = %s where row_number = %s", [text, row])
        connection.execute("alter table ops.load disable trigger load_change_is_legal")
        connection.execute("update ops.load set state = 'loaded'")
        connection.execute("alter table ops.load enable trigger load_change_is_legal")
    force.load()
    assert ("nationalities_not_a_list", "nationalities", "warning", 4) in force.rows(FOUND)
    assert force.rows("select state from ops.load") == [("accepted",)]


def ethnicities(known: int, unknown: int, blank: int = 0) -> str:
    values = ["W1"] * known + ["Zqxname"] * unknown + [""] * blank
    return "\n".join(["Crime;Role;Self;Seen;Nationality", *(f"1;victim;{value};;" for value in values)]) + "\n"


@pytest.mark.parametrize(
    ("people", "state"),
    [
        (ethnicities(15, 15), "accepted"),
        (ethnicities(15, 16, blank=60), "rejected"),
        (ethnicities(0, 29, blank=60), "accepted"),
        (ethnicities(0, 30), "rejected"),
        (ethnicities(0, 30).replace("Self;Seen", "Seen;Self"), "rejected"),
    ],
    ids=["half", "more than half", "too few to tell", "none", "observed"],
)
def test_a_load_whose_ethnicities_hardly_decode_is_rejected_whole(force: Warehouse, people: str, state: str) -> None:
    deliver(force, CRIMES, people)
    assert force.rows("select state, reason_code from ops.load") == [
        (state, "too_many_undecoded" if state == "rejected" else None)
    ]


def test_the_reason_of_a_rejected_load_names_the_column_and_no_value(force: Warehouse) -> None:
    deliver(force, CRIMES, ethnicities(2, 38))
    assert force.rows("select reason from ops.load") == [
        (
            "38 of the 40 values of 'self_defined_ethnicity' cannot be decoded, and the YAML allows 50%: its code set, "
            "or the force's column, is likely to be another. See csae load report 1, and mend the column's 'codes' or "
            "'from'.",
        )
    ]


@pytest.mark.parametrize(
    ("change", "signals"),
    [
        ("bounds: {crimes: {min: 1}, max_undecoded_share: 1}", []),
        (
            "waivers: [{rule: too_many_undecoded, reason: New system, owner: A. Registrar, expires: 2026-08-31}]",
            [("too_many_undecoded", "info")],
        ),
    ],
    ids=["bound", "waiver"],
)
def test_the_bound_can_be_set_and_waived(
    shared: Stack, tmp_path: Path, change: str, signals: list[tuple[str, str]]
) -> None:
    spec = SPEC.replace("bounds: {crimes: {min: 1}}", change) if change.startswith("bounds") else SPEC + change
    force = new_warehouse(shared, tmp_path, [spec])
    deliver(force, CRIMES, ethnicities(0, 40))
    assert force.rows("select state from ops.load") == [("accepted",)]
    assert force.rows("select code, level from ops.load_notice") == signals


def test_the_outcomes_without_a_suspect_are_those_of_the_seed() -> None:
    suite = json.loads((PROJECT_DIR / "expectations" / "suites" / "crime.json").read_text())
    (rule,) = [item for item in suite["expectations"] if item["meta"]["reason"] == "suspect_on_unidentified_outcome"]
    seed = (PROJECT_DIR / "dbt_project" / "seeds" / "outcome.csv").read_text().splitlines()
    assert rule["kwargs"]["value_set"] == ["14", "18"]
    assert [line.split(",")[0] for line in seed if ",false," in line] == ["14", "18"]
    assert all(CODES.decode("outcome_code", code) == code for code in ("14", "18"))
