"""The National Crime Agency's case reviews, from a file to `fct_case_review`: every row has one fate.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

REVIEW = """
case_ref: {from: Case, required: true}
force: Force
identified_on: {from: Identified, date: yyyy-mm-dd}
status: {from: Status, map: {Identified: identified, In review: under_review, Closed: closed}}
status_on: {from: Since, date: yyyy-mm-dd}
reason_closed: {from: Reason, map: {No new line: no_new_line_of_enquiry}}
is_group_based: {from: Group, map: {Y: "true", N: "false"}}
"""
AGENCY = spec(
    "91",
    extract("reviews", case_review=REVIEW),
    name="National Crime Agency",
    due="weekly monday 09:00",
    bounds="{crimes: {min: 2, max: 9}, max_quarantined_share: 0.8}",
)

HEADER = "Case,Force,Identified,Status,Since,Reason,Group\n"
FIRST = HEADER + (
    "NCA/1,6,2026-08-03,Identified,2026-08-03,,Y\n"
    "NCA/2,20,2026-08-04,Identified,2026-08-04,,N\n"
    "NCA/2,West Midlands Police,2026-08-04,In review,2026-08-20,,N\n"
    ",20,2026-08-04,Identified,2026-08-04,,N\n"
    "NCA/3,99,2026-08-04,Identified,2026-08-04,,N\n"
    "NCA/4,,2026-08-04,Identified,2026-08-04,,N\n"
    "NCA/5,20,2026-13-04,Identified,2026-08-04,,N\n"
    "NCA/6,20,2027-01-01,Identified,2027-01-01,,N\n"
    "NCA/7,20,2026-08-04,Lost,2026-08-04,,N\n"
    "NCA/8,20,2026-08-04,Identified,soon,,N\n"
    "NCA/10,WMP,2026-08-04,Identified,2026-08-04,,N\n"
)
SECOND = HEADER + (
    "NCA/1,GMP,2026-08-03,In review,2026-09-01,,Y\n"
    "NCA/1,06,2026-08-03,Closed,2026-09-04,No new line,Y\n"
    "NCA/1,Manchester Greater,2026-08-03,Closed,2026-09-04,No new line,Y\n"
    "NCA/2,20,2026-08-04,Closed,2026-08-20,Jo Example moved away,N\n"
    "NCA/9,93,2026-09-02,Identified,,,\n"
)


@pytest.fixture(scope="module")
def reviewed(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    agency = new_warehouse(shared, tmp_path_factory.mktemp("reviews"), [AGENCY])
    agency.put("91", "2026-08-31", FIRST)
    agency.put("91", "2026-09-07", SECOND)
    agency.load()
    assert agency.build().faults == ()
    return agency


def test_a_row_of_the_mart_is_a_case_and_a_change_of_its_status(reviewed: Warehouse) -> None:
    query = """
        select force_code, identified_on::text, status, status_on::text, reason_closed, is_group_based, load_id
        from marts.fct_case_review order by 1, 4, 3
    """
    assert reviewed.rows(query) == [
        ("06", "2026-08-03", "identified", "2026-08-03", None, True, 1),
        ("06", "2026-08-03", "under_review", "2026-09-01", None, True, 2),
        ("06", "2026-08-03", "closed", "2026-09-04", "no_new_line_of_enquiry", True, 2),
        ("20", "2026-08-04", "identified", "2026-08-04", None, False, 1),
        ("20", "2026-08-04", "closed", "2026-08-20", "unmapped", False, 2),
        ("93", "2026-09-02", "identified", None, None, None, 2),
    ]
    keys = "select count(distinct case_key), min(length(case_key)), max(length(case_key)) from marts.{}"
    assert reviewed.rows(keys.format("fct_case_review")) == [(3, 32, 32)]


def test_rows_that_cannot_count_are_quarantined_with_their_reason(reviewed: Warehouse) -> None:
    query = """
        select row_number, reason_code, column_name from ops.quarantined_row
        where record_kind = 'case_review' order by 1, 2
    """
    assert reviewed.rows(query) == [
        (5, "case_reference_missing", "case_ref"),
        (6, "force_unknown", "force"),
        (7, "force_missing", "force"),
        (8, "identified_date_not_a_day", "identified_on"),
        (9, "identified_date_after_delivery", "identified_on"),
        (10, "status_unknown", "status"),
        (11, "status_date_not_a_day", "status_on"),
        (12, "force_unknown", "force"),
    ]


def test_every_row_read_has_one_fate(reviewed: Warehouse) -> None:
    query = """
        select load_id, rows_read, rows_current, rows_superseded, rows_duplicate, rows_withdrawn, rows_quarantined
        from quality.dq_row_accounting where record_kind = 'case_review' order by 1
    """
    assert reviewed.rows(query) == [(1, 11, 2, 1, 0, 0, 8), (2, 5, 4, 0, 1, 0, 0)]
    query = "select case_reviews_read, case_reviews_quarantined, crimes_read from ops.load order by load_id"
    assert reviewed.rows(query) == [(11, 8, 0), (5, 0, 0)]


def test_its_bounds_count_cases_and_eleven_rules_look_at_them(reviewed: Warehouse) -> None:
    notices = reviewed.rows("select message from ops.load_notice where code = 'many_crimes'")
    assert notices == [("11 cases were delivered and the YAML's maximum is 9; look at the delivery.",)]
    reasons = "select count(*) from ops.gate_result where record_kind = 'case_review' and load_id = 1"
    assert reviewed.rows(reasons) == [(11,)]


def test_no_reference_and_no_free_text_reaches_the_tables(reviewed: Warehouse) -> None:
    for table in ("marts.fct_case_review", "intermediate.int_case_review_version"):
        text = json.dumps(reviewed.rows(f"select t::text from {table} as t"))
        assert "NCA/" not in text
        assert "Example" not in text
    assert "NCA/" not in json.dumps(reviewed.rows("select t::text from raw.case_review as t"))


def test_too_few_cases_reject_the_delivery(shared: Stack, tmp_path: Path) -> None:
    agency = new_warehouse(shared, tmp_path, [AGENCY])
    agency.put("91", "2026-08-31", "\n".join(FIRST.splitlines()[:2]) + "\n")
    night_id = agency.load()
    assert agency.states(night_id)["91"] == (
        "rejected",
        False,
        "2026-08-31: 1 cases were delivered and the YAML's minimum is 2. "
        "Ask the force for the whole delivery, or lower bounds, crimes, min.",
    )
    assert agency.rows("select count(*) from raw.case_review") == [(1,)]


def test_the_forces_of_the_gate_are_those_of_the_reference() -> None:
    """The gate's suite holds them itself: on a first night no reference is loaded yet."""
    suite = json.loads((PROJECT_DIR / "expectations" / "suites" / "case_review.json").read_text())
    (allowed,) = [item["kwargs"] for item in suite["expectations"] if item["meta"]["reason"] == "force_unknown"]
    with (PROJECT_DIR / "dbt_project" / "seeds" / "forces.csv").open() as stream:
        forces = [row["force_code"] for row in csv.DictReader(stream) if row["kind"] != "agency"]
    assert allowed["value_set"] == forces
    assert len(forces) == 44
