"""What the commands of `csae code` ask of a source's YAML, what they print, and what they load to do so."""

import csv
import io
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from csae.cli import app
from csae.code_sets.lookup import Step
from csae.settings import PROJECT_DIR

SOURCE = """source: "44"
name: Sampleshire Police
status: live
owner: {team: Data team, contact: data@sampleshire.example}
delivery: {mode: delta, due: "daily 03:00"}
layouts:
  - valid_from: 2020-01-01
    extracts:
      crimes:
        files: CRIME_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        crime:
          columns:
            crime_ref: {from: CrimeNumber, required: true}
            recorded_on: {from: DateRecorded, date: dd/mm/yyyy, required: true}
            home_office_code: {from: [Class, Sub], join: "/"}
      people:
        files: NOMINAL_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        involvement:
          columns:
            crime_ref: {from: CrimeNumber, required: true}
            role: {value: suspect}
            self_defined_ethnicity: {from: SDE, split: " - ", take: first, map: sde, codes: self_defined_2021}
            nationalities: {from: Nationality, split: "/", codes: nationality_demonym}
      victims:
        files: VICTIM_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        involvement:
          columns:
            crime_ref: {from: CrimeNumber, required: true}
            role: {value: victim}
            self_defined_ethnicity: {from: Ethnicity, codes: VICTIMS}
maps:
  sde: {ENGLISH PERSON: W1}
codes:
  self_defined_2021: {X7: B9}
"""


@pytest.fixture
def csae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """`csae code`, beside Sampleshire, whose victims are written in the codes of 2001."""
    for name in ("CSAE_WAREHOUSE_URL", "CSAE_S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CSAE_FORCES_DIR", str(tmp_path))
    (tmp_path / "44_sampleshire.yml").write_text(SOURCE.replace("VICTIMS", "self_defined_2001"))
    return lambda *arguments, **options: CliRunner().invoke(app, ["code", *arguments], **options)


def told(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


# What a source declares


def test_a_map_of_the_source_is_a_step_before_the_code(csae: Callable[..., Result]) -> None:
    result = csae("lookup", "ethnicity", "ENGLISH PERSON", "--force", "44", "--json")
    answer = told(result)
    assert (answer["status"], answer["code"], answer["scheme"]) == ("decoded", "W1", ["self_defined_2021"])
    assert answer["steps"] == [Step("map", "ENGLISH PERSON", "W1")._asdict()]
    assert (answer["source"], answer["layout"]) == ("44", "2020-01-01")
    assert "It is unmapped in victims." in answer["reason"]
    assert "44 Sampleshire Police, layout from 2020-01-01" in result.stderr


def test_the_source_s_own_code_comes_first_and_its_functions_before_that(csae: Callable[..., Result]) -> None:
    answer = told(csae("lookup", "ethnicity", "X7 - Somebody", "--force", "44", "--json"))
    assert (answer["code"], answer["rule"]) == ("B9", "own_code")
    assert answer["steps"] == [Step("split, take", "X7 - Somebody", "X7")._asdict()]


def test_extracts_of_one_source_may_differ_in_what_a_code_means(csae: Callable[..., Result]) -> None:
    answer = told(csae("lookup", "ethnicity", "O1", "--force", "44", "--json"))
    assert answer["status"] == "ambiguous"
    assert {item["code"]: item["extracts"] for item in answer["meanings"]} == {"O2": ["people"], "A4": ["victims"]}


def test_several_nationalities_are_looked_up_one_by_one(csae: Callable[..., Result]) -> None:
    result = csae("lookup", "nationality", "Romanian/British", "--force", "44", "--json")
    answer = told(result)
    assert (result.exit_code, answer["status"], answer["code"]) == (1, "unmapped", None)
    assert answer["steps"] == [Step("split", "Romanian/British", "Romanian | British")._asdict()]


@pytest.mark.parametrize("name", ["44", "Sampleshire"])
def test_a_source_is_named_by_its_code_or_its_name(csae: Callable[..., Result], name: str) -> None:
    assert told(csae("lookup", "ethnicity", "X7", "--force", name, "--json"))["source"] == "44"


@pytest.mark.parametrize("name", ["6", "06", "Greater Manchester", "GMP"])
def test_a_force_is_named_in_any_form_that_is_decoded(
    csae: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("CSAE_FORCES_DIR")
    assert told(csae("lookup", "ethnicity", "W1", "--force", name, "--json"))["source"] == "06"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["outcome", "1", "--force", "44"], "delivers no outcome"),
        (["ethnicity", "W1", "--force", "99"], "has no YAML"),
        (["ethnicity", "W1", "--force", "44", "--scheme", "self_defined_2021"], "not both"),
        (["ethnicity", "W1", "--scheme", "officer_observed_ic"], "is no code set of ethnicity"),
        (["outcome", "1", "--scheme", "self_defined_2021"], "one national set"),
        (["outcome", "1", "--observed"], "only for ethnicity"),
        (["ethnicity"], "give one value"),
        (["ethnicity", "W1", "--file", "-"], "give one value"),
        (["ethnicity", " "], "a blank counts as not recorded"),
        (["ethnicity", "W1", "--csv", "--json"], "not both"),
        (["ethnicity", "--file", "nowhere.txt"], "cannot read"),
        (["colour", "W1"], "immigration"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(csae: Callable[..., Result], arguments: list[str], words: str) -> None:
    result = csae("lookup", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.replace("│", " ").split())


# What it prints

KEYS = {
    *("value", "kind", "status", "code", "label", "group", "group_label", "scheme", "rule", "confidence"),
    *("missing_reason", "reason", "meanings", "suggestion", "source", "layout", "steps"),
}
OFFENCE_KEYS = {
    *("basis", "categories", "csae_category", "victim_age", "definitions", "reclassification", "may_have_been"),
}


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("ethnicity", set()),
        ("observed-ethnicity", set()),
        ("nationality", {"alpha_2"}),
        ("offence", OFFENCE_KEYS),
        ("outcome", {"suspect_identified"}),
        ("force", {"gss_code"}),
        ("immigration", set()),
    ],
)
@pytest.mark.parametrize("value", ["O1", "1", "White", "French", "refugee", "nothing known"])
def test_json_has_the_same_keys_whatever_the_value(
    csae: Callable[..., Result], kind: str, own: set[str], value: str
) -> None:
    assert set(told(csae("lookup", kind, value, "--json"))) == KEYS | own


def test_observed_is_a_kind_and_an_option(csae: Callable[..., Result]) -> None:
    by_kind = told(csae("lookup", "observed-ethnicity", "3", "--json"))
    assert by_kind == told(csae("lookup", "ethnicity", "3", "--observed", "--json"))
    assert (by_kind["kind"], by_kind["code"], by_kind["scheme"]) == ("observed-ethnicity", "B", ["officer_observed_ic"])


def test_a_block_says_one_thing_a_line_and_ends_in_the_next_step(csae: Callable[..., Result]) -> None:
    decoded, ambiguous = csae("lookup", "ethnicity", "W1"), csae("lookup", "ethnicity", "O1")
    assert [line.split()[0] for line in decoded.stdout.splitlines()] == [
        "Value",
        "Result",
        "Code",
        "Group",
        "Version",
        "Rule",
        "Reason",
    ]
    assert decoded.exit_code == 0
    assert [line.split()[0] for line in ambiguous.stdout.splitlines()] == [
        "Value",
        "Result",
        "Perhaps",
        "Perhaps",
        "Rule",
        "Reason",
        "Next",
    ]
    assert ambiguous.exit_code == 1
    assert "[x] [/red]" in csae("lookup", "ethnicity", "[x] [/red]").stdout


def test_a_pick_list_is_a_line_a_value_and_its_coverage_stands_on_standard_error(
    csae: Callable[..., Result], tmp_path: Path
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_bytes("White British\r\n\r\nGwyn [x] ŵ\nO1\nM1\n".encode())
    lines = csae("lookup", "ethnicity", "--file", str(labels), "--json")
    assert [json.loads(line)["status"] for line in lines.stdout.splitlines()] == [
        "decoded",
        "unmapped",
        "ambiguous",
        "decoded",
    ]
    assert lines.stderr == "2 of 4 values decoded (50.0%); 1 ambiguous, 1 unmapped.\n"
    assert lines.exit_code == 1
    rows = list(csv.DictReader(io.StringIO(csae("lookup", "ethnicity", "--file", str(labels), "--csv").stdout)))
    assert [(row["value"], row["code"], row["suggestion"]) for row in rows] == [
        ("White British", "W1", ""),
        ("Gwyn [x] ŵ", "", ""),
        ("O1", "", "A4 or O2"),
        ("M1", "M1", ""),
    ]
    assert "Gwyn [x] ŵ" in csae("lookup", "ethnicity", "--file", str(labels)).stdout


def test_a_pick_list_may_come_by_standard_input_and_in_the_encoding_of_windows(csae: Callable[..., Result]) -> None:
    result = csae("lookup", "nationality", "--file", "-", "--csv", input="Côte d'Ivoire\n".encode("cp1252"))
    assert (result.exit_code, result.stderr) == (0, "1 of 1 values decoded (100.0%).\n")
    assert result.stdout.splitlines()[1].startswith("Côte d'Ivoire,decoded,CIV,")


def test_a_code_set_is_listed_as_harmonised_or_as_a_version_writes_it(csae: Callable[..., Result]) -> None:
    outcomes = json.loads(csae("list", "outcome", "--json").stdout)
    assert [item["code"] for item in outcomes] == [str(number) for number in range(1, 23)]
    written = json.loads(csae("list", "ethnicity", "--scheme", "self_defined_2021", "--json").stdout)
    assert {item["written"]: (item["code"], item["label"]) for item in written}["O1"] == ("O2", "Arab")
    assert "Charged or summonsed" in csae("list", "outcome").stdout
    assert "Roma" in csae("list", "ethnicity", "--scheme", "self_defined_2021").stdout


# How fast it is, and what other commands keep


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys; from csae.cli import main\n"
        "try: main()\n"
        "finally: print(*(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=PROJECT_DIR
    )


def test_it_answers_within_a_second_and_loads_nothing_heavy() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = run("code", "lookup", "ethnicity", "W1", "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (result.returncode, json.loads(result.stdout)["code"]) == (0, "W1")
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 1
    heavy = {"airflow", "great_expectations", "dbt", "polars", "psycopg", "sqlalchemy", "boto3", "numpy", "scipy"}
    assert not heavy & set(result.stderr.split())


def test_a_usage_error_exits_with_64_and_a_typo_is_told_what_it_may_mean() -> None:
    assert run("code", "lookup", "colour", "W1").returncode == 64
    typo = run("forc")
    assert typo.returncode == 64
    assert "Did you mean 'force'?" in typo.stderr


def test_the_help_lists_every_command_in_its_order() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout.partition("Commands")[2]
    names = [line[2:].split()[0] for line in shown.splitlines() if line.startswith("│ ") and line[2] != " "]
    assert names == [
        *("up", "down", "status", "demo", "deliver", "run", "night", "sql", "why"),
        *("person", "force", "load", "generation", "roles", "keys", "code"),
    ]
