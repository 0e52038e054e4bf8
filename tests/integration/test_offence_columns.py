"""What a force tells of an offence beside its code, from a file to staging.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

import pytest
from psycopg import sql

from csae import warehouse
from csae.local_stack import Stack
from csae.transform import run_dbt, write_reference
from integration.nights import Warehouse, new_warehouse

FORCE = """
source: "13"
name: West Yorkshire Police
status: live
owner: {team: Crime registry, contact: registry@wyp.example}
delivery: {mode: delta, due: "daily 03:00"}
layouts:
  - valid_from: 2026-01-01
    extracts:
      crimes:
        files: "*.csv"
        format: {type: delimited, delimiter: ";", encoding: utf-8}
        crime:
          columns:
            crime_ref: {from: Crime, required: true}
            recorded_on: {from: Recorded, date: yyyy-mm-dd}
            home_office_code: Code
            cjs_code: CJS
            offence_title: Title
            offence_category: {from: Category, extract: '^(\\w+)'}
            is_child_abuse_flagged: {from: CSA, map: {Y: "true", N: "false"}}
            record_status: {value: live}
bounds: {crimes: {min: 1, max: 9}}
"""
LONG = "Causing or inciting a child to engage in sexual activity, " * 5
CRIMES = f"""Crime;Recorded;Code;CJS;Title;Category;CSA
1/26;2026-08-03;019/07;SX03007;Rape of a female;19J Rape, multiple undefined offenders;Y
2/26;2026-08-04;;SX03007;;;N
3/26;2026-08-05;;;{LONG};19D;?
4/26;2026-08-06;;;;;
5/26;2026-08-07;;;Something new;;Y
"""


@pytest.fixture(scope="module")
def delivered(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    force = new_warehouse(shared, tmp_path_factory.mktemp("offences"), [FORCE])
    force.put("13", "2026-08-31", CRIMES)
    force.load()
    return force


def test_a_delivery_brings_title_category_and_flag(delivered: Warehouse) -> None:
    query = """
        select row_number, home_office_code, cjs_code, offence_title, offence_category, is_child_abuse_flagged
        from raw.crime order by row_number
    """
    assert delivered.rows(query) == [
        (2, "019/07", "SX03007", "Rape of a female", "19J", "true"),
        (3, None, "SX03007", None, None, "false"),
        (4, None, None, LONG.strip(), "19D", "?"),
        (5, None, None, None, None, None),
        (6, None, None, "Something new", None, "true"),
    ]


def test_the_gate_warns_of_a_flag_that_is_no_flag_and_of_an_offence_that_nothing_tells(delivered: Warehouse) -> None:
    query = """
        select reason_code, column_name, severity, rows_failed from ops.gate_result where rows_failed > 0 order by 1
    """
    assert delivered.rows(query) == [
        ("child_abuse_flag_unknown", "is_child_abuse_flagged", "warning", 1),
        ("offence_code_missing", "home_office_code", "warning", 1),
    ]
    assert delivered.rows("select state, crimes_quarantined from ops.load") == [("accepted", 0)]


def test_titles_are_remembered_where_no_code_is_given(delivered: Warehouse) -> None:
    query = "select count(*), sum(rows)::int from ops.coded_value where column_name = 'offence_title'"
    assert delivered.rows(query) == [(2, 2)]


def test_staging_has_them_typed(delivered: Warehouse) -> None:
    with warehouse.connect(delivered.url, autocommit=True) as connection:
        write_reference(connection, delivered.sources)
    command = ["build", "--select", "+int_crime_current", "--resource-type", "model", "--resource-type", "seed"]
    settings = delivered.settings
    built = run_dbt(command, delivered.url, settings.project_dir / "dbt_project", settings.home_dir / "dbt", print)
    assert built.faults == ()
    for model in ("staging.stg_crime", "intermediate.int_crime_version", "intermediate.int_crime_current"):
        query = f"""
            select recorded_on::text, left(offence_title, 13), offence_category, is_child_abuse_flagged
            from {model} order by recorded_on
        """
        assert delivered.rows(query) == [
            ("2026-08-03", "Rape of a fem", "19J", True),
            ("2026-08-04", None, None, False),
            ("2026-08-05", "Causing or in", "19D", None),
            ("2026-08-06", None, None, None),
            ("2026-08-07", "Something new", None, True),
        ]


def test_a_warehouse_made_before_gets_the_columns(delivered: Warehouse) -> None:
    """And its view at the gate: PostgreSQL replaces one only by one that has the same columns, and more behind them."""
    columns = delivered.rows(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'ops' and table_name = 'crime_at_gate' order by ordinal_position"
    )
    last = [name for name, _ in columns].index("transfer_is_complete")
    before = ", ".join(f"null::{type_} as {name}" for name, type_ in columns[: last + 1])
    with warehouse.connect(delivered.url, autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for name in ("offence_title", "offence_category", "is_child_abuse_flagged"):
            connection.execute(sql.SQL("alter table raw.crime drop column {} cascade").format(sql.Identifier(name)))
        connection.execute(f"create view ops.crime_at_gate as select {before}".encode())
        warehouse.prepare(connection)
        warehouse.prepare(connection)
    assert delivered.rows("select distinct offence_title, offence_category, is_child_abuse_flagged from raw.crime") == [
        (None, None, None)
    ]
    query = "select offence_is_told, is_child_abuse_flagged from ops.crime_at_gate"
    assert delivered.rows(query) == [], "no load waits"
