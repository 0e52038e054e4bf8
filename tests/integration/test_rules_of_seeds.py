"""The test of all rules of a seed: a rule that is broken fails the build, which names seed, rule and columns."""

import shutil
from pathlib import Path

import pytest
from pydantic import SecretStr

from csae import transform
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR

PROJECT = """
name: csae
version: "1.0"
profile: csae
flags: {send_anonymous_usage_stats: false}
seeds: {+quote_columns: false}
"""
COLOURS = "colour,place\nred,1\nblue,2\n"
THINGS = "thing,kind,colour,note\na,x,red,1\nb,y,,\nc,,blue,\n"
RULES = """
seeds:
  - name: colours
    config: {column_types: {colour: text, place: integer}}
  - name: things
    config: {column_types: {thing: text, kind: text, colour: text, note: text}}
    data_tests:
      - rules:
          arguments:
            rules:
              - not_null: [thing]
              - not_null: [note]
                where: kind = 'x'
              - unique: [thing, note]
              - unique_together: [kind, colour]
              - accepted_values: kind
                values: [x, "y"]
              - accepted_values: note
                values: ["1"]
                where: thing <> 'z'
              - relationships: colour
                to: ref('colours')
                field: colour
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    ours = PROJECT_DIR / "dbt_project"
    shutil.copytree(ours / "macros", tmp_path / "macros")
    shutil.copytree(ours / "tests" / "generic", tmp_path / "tests" / "generic")
    shutil.copy(ours / "profiles.yml", tmp_path)
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "rules.yml").write_text(RULES)
    (tmp_path / "seeds" / "colours.csv").write_text(COLOURS)
    return tmp_path


def faults(stack: Stack, project: Path, things: str) -> tuple[str, ...]:
    (project / "seeds" / "things.csv").write_text(things)
    url = SecretStr(stack.warehouse_url)
    return transform.run_dbt(["build", "--full-refresh"], url, project, project / "work", lambda *_: None).faults


def test_a_seed_that_keeps_its_rules_is_loaded(shared: Stack, project: Path) -> None:
    assert faults(shared, project, THINGS) == ()


def test_each_rule_that_is_broken_is_named_with_how_often(shared: Stack, project: Path) -> None:
    """One row more for each of the seven rules, two for the first; what its `where` leaves out breaks no rule."""
    broken = THINGS + ",y,red,\n,x,blue,1\nd,w,,\ne,y,green,\nf,y,,2\nz,,red,3\na,,,\n"
    assert faults(shared, project, broken) == (
        "test.csae.things: accepted_values of kind (1)",
        "test.csae.things: accepted_values of note (1)",
        "test.csae.things: not_null of thing (2)",
        "test.csae.things: relationships of colour (1)",
        "test.csae.things: unique of note (1)",
        "test.csae.things: unique of thing (1)",
        "test.csae.things: unique_together of kind, colour (1)",
    )


def test_a_rule_holds_for_the_rows_of_its_where(shared: Stack, project: Path) -> None:
    assert faults(shared, project, THINGS + "d,x,,\n") == ("test.csae.things: not_null of note (1)",)
