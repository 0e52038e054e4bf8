"""What `csae force list` and `show` say of a source, and how every command of `csae force` helps."""

import json
from pathlib import Path

import pytest
from sampleshire import YAML
from typer.testing import CliRunner

from csae.checking.words import column_words, format_words
from csae.cli import app
from csae.sources import LoadedSource


@pytest.fixture
def csae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, yaml: Path) -> CliRunner:
    """The command line for Sampleshire without any service, in an empty home."""
    monkeypatch.delenv("CSAE_WAREHOUSE_URL", raising=False)
    monkeypatch.setenv("CSAE_FORCES_DIR", str(yaml.parent))
    monkeypatch.setenv("CSAE_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_the_list_works_without_a_warehouse(csae: CliRunner) -> None:
    done = csae.invoke(app, ["force", "list", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "sources": [
            {
                "source": "44",
                "name": "Sampleshire Police",
                "system": None,
                "status": "live",
                "layouts": 1,
                "formats": "delimited",
                "mode": "delta",
                "due": "daily 03:00",
                "waivers": [],
                "last_delivery_on": None,
            }
        ],
        "faults": [],
    }
    assert "44 Sampleshire Police" in csae.invoke(app, ["force", "list"]).stdout


def test_the_list_goes_on_over_a_yaml_that_cannot_be_used(csae: CliRunner, yaml: Path) -> None:
    yaml.with_name("45_broken.yml").write_text('source: "45"\nnmae: Broken\n')
    done = csae.invoke(app, ["force", "list", "--json"])
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert [line["source"] for line in told["sources"]] == ["44"]
    assert "45_broken.yml, line 2: unknown key 'nmae'; did you mean 'name'?" in told["faults"][0]
    assert csae.invoke(app, ["force", "show", "44"]).exit_code == 0


def test_a_yaml_is_put_into_words(source: LoadedSource) -> None:
    crimes, people = (source.spec.layouts[0].extracts[name] for name in ("crimes", "people"))
    assert format_words(crimes.format) == "text parted by bars; cp1252; header in row 1"
    assert crimes.crime is not None
    words = {name: column_words(column, source.spec) for name, column in crimes.crime.columns.items()}
    words |= {name: column_words(column, source.spec) for name, column in people.involvement[0].columns.items()}
    assert words["recorded_on"] == "DateRecorded; a date as dd/mm/yyyy; required"
    assert words["is_online"] == "OnlineYN; map yes_no: Y → true, N → false"
    assert words["self_defined_ethnicity"] == (
        "SDE; parted at ' - '; the first part; codes of self_defined_2021 and 2 of its own"
    )


def test_a_source_is_shown_in_words_and_as_json(csae: CliRunner) -> None:
    shown = csae.invoke(app, ["force", "show", "44"]).stdout
    assert "A delivery without crimes is rejected; more than 5,000 crimes leave a notice. One with more" in shown
    assert "Own codes of self_defined_2021: O2 → O2, W4 → W4." in shown
    told = json.loads(csae.invoke(app, ["force", "show", "44", "--json"]).stdout)
    assert told["source"] == "44"
    assert told["delivery"] == {"mode": "delta", "due": "daily 03:00"}
    assert told["example_faults"] == []


@pytest.mark.parametrize(
    ("least", "said"),
    [
        (0, "A delivery may be empty; more than 5,000 crimes leave a notice."),
        (1, "A delivery without crimes is rejected; more than 5,000"),
        (20, "A delivery of fewer than 20 crimes is rejected; more than 5,000"),
    ],
)
def test_the_fewest_crimes_are_put_into_words(csae: CliRunner, yaml: Path, least: int, said: str) -> None:
    yaml.write_text(YAML.replace("min: 1", f"min: {least}"))
    assert said in csae.invoke(app, ["force", "show", "44"]).stdout


INCIDENTS = """
      incidents:
        files: "*.xml"
        format: {type: xml, row: Incident}
        crime: {columns: {crime_ref: "@urn"}}
        involvement:
          - {each: Suspect, columns: {role: {value: suspect}}}
          - {each: Victim, columns: {role: {value: victim}}}
"""


def test_records_of_several_people_are_numbered_from_1(csae: CliRunner, yaml: Path) -> None:
    yaml.write_text(YAML.replace("    extracts:", f"    extracts:{INCIDENTS.rstrip()}"))
    shown = csae.invoke(app, ["force", "show", "44"]).stdout
    headings = [line.strip() for line in shown.splitlines() if line.strip().startswith("involvement")]
    assert headings == ["involvement 1 (each Suspect)", "involvement 2 (each Victim)", "involvement"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "99"], "There is no 99_*.yml"),
        (["check", "44", "--sample", "nowhere.csv"], "There is no file nowhere.csv"),
        (["check", "43", "--file", "{yaml}"], "is of source 44, not of 43"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(csae: CliRunner, yaml: Path, arguments: list[str], message: str) -> None:
    arguments = [argument.format(yaml=yaml) for argument in arguments]
    done = csae.invoke(app, ["force", *arguments], env={"COLUMNS": "400"})
    assert done.exit_code == 2  # which the command itself gives as 64
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize("command", ["list", "show", "check", "suggest"])
def test_every_command_has_help_with_an_example(csae: CliRunner, command: str) -> None:
    done = csae.invoke(app, ["force", command, "--help"])
    assert done.exit_code == 0
    assert f"csae force {command}" in done.stdout
    assert "--json" in done.stdout
