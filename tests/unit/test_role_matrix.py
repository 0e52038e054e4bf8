"""The matrix of rights holds together, and what the access log keeps of a statement holds no value."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from csae.roles import matrix
from csae.roles.access import masked
from csae.roles.matrix import Grant, Objects, chosen, expected
from csae.settings import PROJECT_DIR

THERE = Objects(
    frozenset({"raw", "ops", "curated"}),
    {
        ("raw", "crime"): ("load_id", "crime_ref_token"),
        ("ops", "load"): ("load_id",),
        ("ops", "crime_at_gate"): ("home_office_code",),
        ("curated", "dq_signal"): ("force_code",),
        ("curated", "dim_force"): ("force_code",),
    },
    frozenset(),
)


def test_every_role_of_the_matrix_and_the_settings_is_one_of_the_roles() -> None:
    assert {line.role for line in matrix.lines()} == set(matrix.roles())
    assert {setting.role for setting in matrix.settings()} <= set(matrix.roles())
    assert len(set(matrix.lines())) == len(matrix.lines())


def test_the_matrix_is_spelled_out_for_what_there_is() -> None:
    grants = expected(THERE)
    assert Grant("csae_operator", "table", "curated", "dq_signal", "", "SELECT") in grants
    assert Grant("csae_analyst", "default", "curated", "tables", "", "SELECT") in grants
    assert Grant("csae_load", "column", "raw", "crime", "load_id", "SELECT") in grants
    of_operator = {grant.name for grant in grants if grant.role == "csae_operator" and grant.on == "table"}
    assert of_operator == {"load", "dq_signal"}
    assert not [grant for grant in grants if grant.schema not in THERE.schemas | {""}]


@pytest.mark.parametrize(
    ("name", "patterns", "is_chosen"),
    [
        ("load", ("*",), True),
        ("crime_at_gate", ("*", "!*_at_gate"), False),
        ("dq_signal", ("dq_*",), True),
        ("dim_force", ("dq_*", "fct_*"), False),
    ],
)
def test_patterns(name: str, patterns: tuple[str, ...], *, is_chosen: bool) -> None:
    assert chosen(name, patterns) is is_chosen


def test_no_analyst_may_read_or_write_anything_but_views() -> None:
    for line in matrix.lines():
        if line.role in matrix.ANALYSTS and line.on in ("tables", "columns"):
            assert line.schemas in {("curated",), ("curated_force",)}
            assert line.privileges == ("SELECT",)


def test_only_those_who_may_ask_through_csae_sql_leave_lines_in_its_log() -> None:
    assert [line.role for line in matrix.lines() if line.on == "functions" and "note" in line.objects] == list(
        matrix.ANALYSTS
    )


def test_nobody_makes_a_table_but_the_owner_since_anybody_elses_is_a_difference() -> None:
    assert not [line for line in matrix.lines() if "CREATE" in line.privileges]


def test_dbt_may_read_what_its_sources_are_and_no_other_table_of_ops() -> None:
    sources = {
        (source["name"], table["name"])
        for path in (PROJECT_DIR / "dbt_project" / "models").rglob("*.yml")
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", [])
        for table in source["tables"]
    }
    lines = [line for line in matrix.lines() if line.role == "csae_transform" and line.on == "tables"]
    for schema, table in sources:
        assert any(schema in line.schemas and chosen(table, line.objects) for line in lines), (schema, table)
    of_ops = {name for line in lines if line.schemas == ("ops",) for name in line.objects}
    assert of_ops == {table for schema, table in sources if schema == "ops"}


def test_a_statement_keeps_its_shape_and_loses_its_values() -> None:
    assert masked("select a, 1.5e3 from t where b = 'it''s' and c = $x$Jane$x$ limit 10 /* Jane */") == (
        "select a, ? from t where b = ? and c = ? limit ? ?"
    )
    assert masked(r"select E'\'Jane', col1 from t2") == "select ?, col1 from t2"
    assert masked("select 'Jane never ends") == "select ?"
    assert masked("select $1, f($2)") == "select $1, f($2)"


WORDS = st.text(alphabet="abcdefgh ,()=*", max_size=20)
VALUE = "Zz9Marker"
HIDDEN = st.sampled_from(
    [f"'{VALUE}'", f"'a''{VALUE}'", f"E'\\'{VALUE}'", f'"{VALUE}"', f"$q${VALUE}$q$", f"-- {VALUE}\n", f"/* {VALUE} */",
     f"$${VALUE}'$$", f"U&'{VALUE}'", f"/* a /* {VALUE} */ {VALUE} */", f" like'\\' and b = '{VALUE}'"]
)  # fmt: skip


@given(st.lists(st.tuples(WORDS, HIDDEN), min_size=1, max_size=6))
def test_no_value_of_any_statement_is_kept(parts: list[tuple[str, str]]) -> None:
    statement = " ".join(f"{words} {hidden}" for words, hidden in parts)
    assert VALUE not in masked(statement)
    assert not re.search(r"['\"]", masked(statement))
