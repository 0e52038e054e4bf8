"""An editor that knows the JSON Schema says the same of a source's YAML as the loader, as far as a schema can."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from csae.sources import LoadedSource, SourceError
from csae.sources.schema import FILE_NAME, MODELINE, json_schema

FORCES = Path(__file__).parents[2] / "forces"
FILES = sorted(FORCES.glob("*.yml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def as_an_editor_reads(path: Path) -> object:
    """Days are text to an editor, as they are in JSON."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


def test_the_schema_in_the_folder_is_that_of_the_model() -> None:
    assert json.loads((FORCES / FILE_NAME).read_text(encoding="utf-8")) == json_schema()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_source_fits_the_schema_and_names_it_first(path: Path) -> None:
    assert path.read_text(encoding="utf-8").splitlines()[0] == MODELINE
    assert [error.message for error in VALIDATOR.iter_errors(as_an_editor_reads(path))] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("owner:", "ower:"),
        ("status: live", "status: lve"),
        ("mode: delta", "mode: full"),
        ("{mode: delta}", "{mode: delta, due: nightly}"),
        ("type: delimited", "type: csv"),
        ("encoding: cp1252", "encoding: latin1"),
        ("outcome_code:", "outcome:"),
        ("codes: officer_observed_ic", "codes: ic"),
        ("header_row: 3", "header_row: 0"),
        ("required: true", "requird: true"),
    ],
)
def test_the_schema_marks_what_the_loader_refuses(
    forces: Path, load_with: Callable[[str, str], LoadedSource], right: str, wrong: str
) -> None:
    assert VALIDATOR.is_valid(as_an_editor_reads(forces / "43_testshire.yml"))
    with pytest.raises(SourceError):
        load_with(right, wrong)
    assert not VALIDATOR.is_valid(as_an_editor_reads(forces / "43_testshire.yml"))
