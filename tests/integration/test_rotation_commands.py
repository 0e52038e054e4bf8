"""`csae keys show` and `rotate`, and `csae run` under another key: exit codes, JSON, and the key of a local stack.

Real PostgreSQL, real S3 and the real gate, on the country of `rotated`.
"""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from csae.cli import app
from csae.failures import safe_message
from csae.keys import of_local_stack, rotating
from csae.keys.in_use import OtherKeyError
from csae.keys.rotating import RotationError
from csae.local_stack import Stack
from csae.progress import Stopped
from integration.nights import Warehouse, new_key
from integration.rotated import everything, key_id, new_country, old_key, rotate


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return new_country(shared, tmp_path_factory.mktemp("rotated"))


def use(monkeypatch: pytest.MonkeyPatch, country: Warehouse, stack: Stack, key: Path) -> None:
    """What the commands find in the environment."""
    given = {
        "CSAE_HOME": str(country.settings.home),
        "CSAE_FORCES_DIR": str(country.settings.forces_dir),
        "CSAE_LANDING_BUCKET": country.settings.landing_bucket,
        "CSAE_PSEUDONYM_KEY_FILE": str(key),
    }
    for name, value in {**stack.environment(), **given}.items():
        monkeypatch.setenv(name, value)


def test_csae_run_says_so_before_airflow_starts(
    country: Warehouse, tmp_path: Path, shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, country, shared, new_key(tmp_path, "other.key"))
    result = CliRunner().invoke(app, ["run"])
    assert isinstance(result.exception, OtherKeyError)
    assert "make all tokens anew with csae keys rotate" in safe_message(result.exception)


def test_the_command_shows_ids_and_changes_the_key(
    country: Warehouse, tmp_path: Path, shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = new_key(tmp_path, "of_the_command.key")
    use(monkeypatch, country, shared, old_key(country))

    def keys(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["keys", *arguments])

    shown = json.loads(keys("show", "--json").stdout)
    assert (shown["key_id"], shown["loads_by_key_id"]) == (key_id(old_key(country)), {key_id(old_key(country)): 9})
    made = keys("rotate", "--new-key", str(new), "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout) == {
        "old_key_ids": [key_id(old_key(country))],
        "new_key_id": key_id(new),
        "loads": 9,
        "records": 37,
        "judgements": 0,
    }
    assert keys("show").exit_code == 1
    assert "No night runs under this key" in keys("show").output
    monkeypatch.setenv("CSAE_PSEUDONYM_KEY_FILE", str(new))
    result = keys("show")
    assert result.exit_code == 0
    assert key_id(new) in result.output
    secret = new.read_bytes()
    assert secret.hex() not in result.output
    rotate(country, old_key(country))


def test_a_local_stack_has_the_new_key_at_once(
    country: Warehouse, tmp_path: Path, shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, own = new_key(tmp_path, "of_the_stack.key"), shared.home / "secrets" / "pseudonym.key"
    for name in shared.environment():
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name, value in {
        "CSAE_HOME": str(shared.home),
        "CSAE_FORCES_DIR": str(country.settings.forces_dir),
        "CSAE_LANDING_BUCKET": country.settings.landing_bucket,
    }.items():
        monkeypatch.setenv(name, value)

    def changed(*arguments: str) -> Result:
        monkeypatch.delenv("CSAE_WAREHOUSE_URL", raising=False)
        return CliRunner().invoke(app, ["keys", "rotate", "--new-key", str(new), *arguments])

    first = changed()
    assert (first.exit_code, own.read_bytes()) == (0, new.read_bytes())
    assert "The local stack has the new key" in re.sub(r"\s+", " ", first.output)
    for arguments in ((), ("--json",)):  # broken off when the warehouse had it, and run again
        of_local_stack.replace_key(shared.home, old_key(country))
        again = changed(*arguments)
        assert (again.exit_code, own.read_bytes()) == (0, new.read_bytes())
        if arguments:
            assert json.loads(again.stdout)["new_key_id"] == key_id(new)
            assert (json.loads(again.stdout)["loads"], json.loads(again.stdout)["records"]) == (9, 37)
        else:
            said = "was under this key already; the local stack has it too now"
            assert said in re.sub(r"\s+", " ", again.output)
    assert isinstance(changed().exception, RotationError), "nothing is left to do, as on any other stack"
    rotate(country, old_key(country))


def test_a_rotation_that_is_stopped_says_how_to_see_which_key_is_in_use(
    country: Warehouse, tmp_path: Path, shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, new = everything(country), new_key(tmp_path, "stopped.key")
    use(monkeypatch, country, shared, old_key(country))

    def stopped(*_: object) -> None:
        raise Stopped

    monkeypatch.setattr(rotating, "_compare_all", stopped)
    result = CliRunner().invoke(app, ["keys", "rotate", "--new-key", str(new)])
    assert result.exit_code == 130
    assert "csae keys show says which key is in use" in re.sub(r"\s+", " ", result.output)
    assert everything(country) == before
