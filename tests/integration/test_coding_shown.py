"""What people see of decoding: two figures a column, three national totals, and why a value is not decoded.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from csae import night, warehouse
from csae.cli import app
from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse
from integration.test_codes_at_the_gate import SPEC

FLAGGED = SPEC.replace(
    "outcome_code: Outcome\n", "outcome_code: Outcome\n            is_child_abuse_flagged: Flagged\n"
)
TRIAL = FLAGGED.replace('source: "13"', 'source: "14"').replace("status: live", "status: trial")
CRIMES = """Crime;Recorded;Code;Category;Outcome;Flagged
1;2026-08-03;019/07;;1;
2;2026-08-03;019/07;;99;
3;2026-08-03;086/02;;16;
4;2026-08-03;20/05;;;true
5;2026-08-03;20/05;;;false
6;2026-08-03;20-May;;;
"""
PEOPLE = """Crime;Role;Self;Seen;Nationality
1;suspect;W1;;GBR,POL
1;victim;White British;;GBR
2;victim;W1;;
3;suspect;Zqxname;;
3;victim;White;;
4;victim;Refused;;
5;victim;Not known;;
6;victim;Not stated;;
"""


@pytest.fixture(scope="module")
def built(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    force = new_warehouse(shared, tmp_path_factory.mktemp("shown"), [FLAGGED, TRIAL])
    for source in ("13", "14"):
        force.put(source, "2026-08-31", CRIMES, "CRIME_1.csv")
        force.put(source, "2026-08-31", PEOPLE, "PEOPLE_1.csv")
    night_id = force.load()
    with warehouse.connect(force.url, autocommit=True) as connection:
        assert night.build(connection, force.settings, force.sources, night_id) == 1
        assert night.give_verdict(connection, force.settings, force.sources, night_id).verdict == "complete"
    return force


@pytest.fixture
def csae(built: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", built.url.get_secret_value())
    monkeypatch.setenv("CSAE_S3_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CSAE_FORCES_DIR", str(built.settings.sources_dir))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_a_night_says_how_much_is_decoded_of_live_sources(csae: Callable[..., str]) -> None:
    told = json.loads(csae("night", "--json"))
    assert told["coverage"] == [
        {
            "column_name": column,
            "distinct_values": values,
            "distinct_values_decoded": decoded,
            "row_count": rows,
            "rows_decoded": rows_decoded,
        }
        for column, values, decoded, rows, rows_decoded in [
            ("home_office_code", 4, 3, 6, 5),
            ("nationalities", 2, 2, 3, 3),
            ("outcome_code", 3, 2, 3, 2),
            ("self_defined_ethnicity", 7, 6, 8, 7),
        ]
    ]


def test_a_night_tells_the_three_national_totals_apart(csae: Callable[..., str]) -> None:
    assert json.loads(csae("night", "--json"))["csae_totals"] == [
        {"definition": "statutory_list", "label": "Statutory list", "crimes": 2},
        {"definition": "statutory_list_with_images", "label": "Statutory list with images", "crimes": 3},
        {"definition": "npcc_wider", "label": "NPCC wider", "crimes": 4},
    ]


def test_every_reason_why_a_category_is_missing_is_kept_apart(built: Warehouse) -> None:
    query = "select coalesce(missing_reason, 'none'), count(*)::int from curated.fct_ethnicity group by 1 order by 1"
    assert built.rows(query) == [
        ("group_only", 1),
        ("none", 3),
        ("not_stated", 1),
        ("refused", 1),
        ("unknown", 1),
        ("unmapped", 1),
    ]


def test_the_page_has_both_as_tables(csae: Callable[..., str]) -> None:
    lines = [line.split() for line in csae("night").splitlines()]
    assert ["self_defined_ethnicity", "7", "6", "8", "7", "87.5%"] in lines
    assert ["Statutory", "list", "with", "images", "3"] in lines


def test_an_earlier_night_has_no_figures_of_now(built: Warehouse, csae: Callable[..., str]) -> None:
    with warehouse.connect(built.url, autocommit=True) as connection:
        later = night.open_night(connection, built.s3, built.settings, built.sources, None)
    try:
        told = json.loads(csae("night", "1", "--json"))
        assert (told["verdict"], told["coverage"], told["csae_totals"]) == ("complete", [], [])
        assert len(json.loads(csae("night", "--json"))["coverage"]) == 4
    finally:
        with warehouse.connect(built.url, autocommit=True) as connection:
            connection.execute("delete from ops.night where night_id = %s", [later])


def test_suggestions_are_those_of_the_table_with_their_reason(built: Warehouse, csae: Callable[..., str]) -> None:
    listed = built.rows(
        """
        select column_name, nullif(value, '[not shown]'), reason, row_count, suggested_code, suggestion_score,
            suggestion_evidence
        from curated.dq_unmapped_code where force_code = '13' order by 1
        """
    )
    told = json.loads(csae("force", "suggest", "13", "--json"))["codes"]
    assert [(item["column"], item["value"], item["reason"], item["rows"]) for item in told] == [
        ("home_office_code", "20-May", "spreadsheet_damage", 1),
        ("outcome_code", "99", "not_in_reference", 1),
        ("self_defined_ethnicity", None, "not_known", 1),
    ]
    assert sorted((item["column"], item["value"], item["reason"], item["rows"], *likely(item)) for item in told) == [
        *listed
    ]
    shown = csae("force", "suggest", "13")
    assert "spreadsheet damage" in shown
    assert "Zqx" not in shown


def likely(item: dict[str, Any]) -> tuple[Any, ...]:
    suggestion = item["suggestion"] or {}
    return suggestion.get("code"), suggestion.get("score"), suggestion.get("evidence")
