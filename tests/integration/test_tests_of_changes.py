"""The data tests of a night read what it built, and once a week all of it: real dbt on a real warehouse.

Two crimes stand, of a delivery each; the second night brings one of them again.
"""

import psycopg
import pytest

from csae import building, generations, transform, warehouse
from csae.code_sets import read_code_sets
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.transform import Build
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
home_office_code: Offence
record_status: {from: Status, map: {L: live}}
"""
PERSON = """
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
self_defined_ethnicity: {from: Ethnicity, codes: self_defined_2001}
nationalities: {from: Nationality, codes: country_name}
"""
SPEC = spec("06", extract("records", crime=CRIME, involvement=PERSON), bounds="{crimes: {min: 0}}")
HEADER = "Crime,Recorded,Offence,Status,Role,Surname,Ethnicity,Nationality\n"
AS_BEFORE, CHANGED = "2026-08-01", "2026-08-02"
"""Days of record: of the crime that came once, and of the one that came again."""


@pytest.fixture(scope="module")
def force(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """As the second night left it. The generation before it is shown, so what that night built is what is listed."""
    one = new_warehouse(shared, tmp_path_factory.mktemp("tested"), [SPEC])
    one.put("06", "2026-08-30", f"{HEADER}A,{AS_BEFORE},019/08,L,S,Ashdown,W1,United Kingdom\n")
    one.put("06", "2026-08-31", f"{HEADER}B,{CHANGED},019/08,L,V,Birtwhistle,A1,Poland\n")
    one.load()
    build(one, full=True)
    one.put("06", "2026-09-01", f"{HEADER}B,{CHANGED},086/10,L,V,Birtwhistle,A1,Poland\n")
    one.load()
    build(one, full=False, is_shown=False)
    assert one.rows("select state, reason from ops.load order by load_id") == [("accepted", None)] * 3
    assert one.rows("select fate, count(*) from intermediate.int_crime_fate group by 1 order by 1") == [
        ("current", 2),
        ("superseded", 1),
    ]
    return one


def build(force: Warehouse, *, full: bool, all_tested: bool = False, is_shown: bool = True) -> int:
    with warehouse.connect(force.url, autocommit=True) as connection:
        (night_id,) = force_night(connection)
        number = generations.open_generation(connection, night_id, "", full=full, all_tested=all_tested)
        result = building.make(connection, force.settings, force.sources, number, full=full, all_tested=all_tested)
        assert result.faults == ()
        if is_shown:
            generations.switch(connection, number)
    return number


def force_night(connection: warehouse.Connection) -> tuple[int]:
    (row,) = connection.execute("insert into ops.night default values returning night_id").fetchall()
    return row


def data_tests(force: Warehouse, checked: str) -> Build:
    command = ["test", "--exclude-resource-type", "unit_test", "--vars", f"{{checked: {checked}}}"]
    project_dir = PROJECT_DIR / "dbt_project"
    return transform.run_dbt(command, force.url, project_dir, force.settings.home_dir / "dbt", lambda *_: None)


def broken(force: Warehouse, recorded_on: str, checked: str) -> set[str]:
    """The tests that fail once the people on the crime of that day are of no ethnicity and of no fact's nationality."""
    changes = (
        "update marts.fct_ethnicity set ethnicity_group = 'X' where recorded_on = %s",
        "delete from marts.fct_nationality where recorded_on = %s",
        "update intermediate.int_crime_fate as f set fate = 'superseded' from intermediate.int_crime_current as c "
        "where c.crime_key = f.crime_key and f.fate = 'current' and c.recorded_on = %s",
        "delete from intermediate.int_involvement_fate as f using intermediate.int_crime_current as c "
        "where c.crime_key = f.crime_key and f.fate = 'current' and c.recorded_on = %s",
    )
    kept = ("marts.fct_ethnicity", "marts.fct_nationality", "intermediate.int_crime_fate")
    kept += ("intermediate.int_involvement_fate",)
    with psycopg.connect(force.url.get_secret_value(), autocommit=True) as connection:
        for table in kept:
            connection.execute(f"create table public.{table.partition('.')[2]} as table {table}".encode())
        try:
            for change in changes:
                connection.execute(change.encode(), [recorded_on])
            faults = data_tests(force, checked).faults
        finally:
            for table in kept:
                name = table.partition(".")[2]
                connection.execute(f"truncate {table}".encode())
                connection.execute(f"insert into {table} table public.{name}".encode())
                connection.execute(f"drop table public.{name}".encode())
    return {fault.split(".")[2] for fault in faults}


IN_EACH = {
    "accepted_values_fct_ethnicity_ethnicity_group__W__M__A__B__O__U",
    "every_raw_row_has_one_fate",
    "national_crimes_are_the_current_crimes_of_live_forces",
    "people_on_a_crime_are_the_same_in_every_fact",
}


@pytest.mark.parametrize(
    ("recorded_on", "checked", "expected"),
    [(CHANGED, "changed", IN_EACH), (AS_BEFORE, "changed", set()), (AS_BEFORE, "all", IN_EACH)],
    ids=["what the night built", "what it left alone", "what it left alone, once a week"],
)
def test_a_night_tests_what_it_built(force: Warehouse, recorded_on: str, checked: str, expected: set[str]) -> None:
    assert broken(force, recorded_on, checked) == expected


def test_both_kinds_pass_on_what_is_as_it_should_be(force: Warehouse) -> None:
    changed, whole = data_tests(force, "changed"), data_tests(force, "all")
    assert (changed.faults, whole.faults) == ((), ())
    assert changed.passed == whole.passed > 100


def test_of_every_model_that_is_kept_it_is_known_what_a_night_replaced(force: Warehouse) -> None:
    """By its statement, as dbt compiles it: a model whose hook is written in another way would be read whole."""
    kept = {
        path.stem
        for path in (PROJECT_DIR / "dbt_project" / "models").rglob("*.sql")
        if "delete_changed(" in path.read_text(encoding="utf-8")
    }
    data_tests(force, "changed")
    compiled = force.settings.home_dir / "dbt" / "target" / "compiled" / "csae" / "models"
    statements = {path: path.read_text() for path in compiled.rglob("*.sql") if path.parent.suffix == ".yml"}
    own = {
        path.stem: text for path, text in statements.items() if any(f"_{name}_" in f"_{path.stem}_" for name in kept)
    }
    assert len(kept) >= 27
    assert len(own) >= 50
    assert {name for name, text in own.items() if "rows_of" not in text} == set()


def test_all_rows_are_tested_where_all_is_built_and_after_a_week(force: Warehouse) -> None:
    """No other test of this file needs what this one leaves."""
    with warehouse.connect(force.url, autocommit=True) as connection:
        assert not generations.tests_are_due(connection)
        connection.execute("update ops.generation set started_at = started_at - interval '7 days'")
        assert generations.tests_are_due(connection)
    number = build(force, full=False, all_tested=True)
    with warehouse.connect(force.url, autocommit=True) as connection:
        assert not generations.tests_are_due(connection)
        assert [(line.mode, line.tests) for line in generations.listing(connection)] == [
            ("incremental", "all"),
            ("incremental", "changed"),
            ("full", "all"),
        ]
        assert generations.listing(connection)[0].generation_id == number


def test_a_value_is_looked_at_once(force: Warehouse) -> None:
    """Values that were looked at stay, and one that is new gets its suggestion: as if all were looked at anew."""
    codes = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
    looked_at = (
        "select source, column_name, scheme, value, suggested_code from reference.source_suggestion order by 1, 2, 3, 4"
    )
    with warehouse.connect(force.url, autocommit=True) as connection:
        before = connection.execute(looked_at).fetchall()
        assert {(value, code) for *_, value, code in before} == {
            *(("019/08", None), ("086/10", None), ("W1", None), ("A1", None)),
            *(("United Kingdom", None), ("Poland", None), ("suspect", None), ("victim", None), ("live", None)),
        }
        connection.execute("update reference.source_suggestion set evidence = 'not looked at again'")
        connection.execute(
            "insert into ops.coded_value "
            'select (jsonb_populate_record(c, \'{"value": "Polnad", "value_sha256": "x"}\')).* '
            "from ops.coded_value as c where value = 'Poland'"
        )
        transform.write_suggestions(connection, force.sources, codes, full=False)
        (kept,) = connection.execute(
            "select count(*) from reference.source_suggestion where evidence = 'not looked at again'"
        ).fetchall()
        after = connection.execute(looked_at).fetchall()
        assert (kept, len(after)) == ((9,), 10)
        assert [code for *_, value, code in after if value == "Polnad"] == ["POL"]
        transform.write_suggestions(connection, force.sources, codes)
        assert connection.execute(looked_at).fetchall() == after
