"""The operator's night: what it says, how it ends, and that nothing is left half done."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from csae.settings import PROJECT_DIR
from end_to_end.conftest import SAMPLES, Csae

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1800)]  # three nights, and each built anew as at its day

FIRST, SECOND, THIRD = "2026-09-01", "2026-09-02", "2026-09-03"
KNOWN = (SECOND, THIRD) if os.environ.get("CSAE_HISTORIES") else (SECOND,)
"""Days that are built anew as at them: the second by `make histories` alone."""


def test_a_services_absence_is_one_sentence_and_exit_code_3(tmp_path: Path) -> None:
    away = {"CSAE_WAREHOUSE_URL": "postgresql://someone:secret@127.0.0.1:9/nowhere", "CSAE_S3_ENDPOINT_URL": "http://x"}
    done = Csae(tmp_path)("run", **away)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("The warehouse at 127.0.0.1:9/nowhere does not answer after 20 seconds; check")
    assert "secret" not in done.stderr + done.stdout


def test_a_bad_yaml_is_told_with_its_line_before_anything_is_read(tmp_path: Path) -> None:
    forces = tmp_path / "forces"
    shutil.copytree(PROJECT_DIR / "forces", forces)
    spec = forces / "06_greater_manchester.yml"
    spec.write_text(spec.read_text().replace("is_online: ", "is_onlin: "))
    done = Csae(tmp_path / "home")("run", CSAE_FORCES_DIR=str(forces))
    assert done.returncode == 3
    assert "06_greater_manchester.yml, line " in done.stderr
    assert "is_onlin" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_mistyped_command_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    assert Csae(tmp_path)("run", "--date", "yesterday").returncode == 64


@pytest.fixture(scope="module")
def by_night(home: Callable[[str], Csae], loaded: Csae) -> Csae:
    """A second home with the first one's key, so that keys compare. Two runs of its first night are broken off."""
    csae = home("night by night")
    secrets = csae.home / "secrets"
    secrets.mkdir(mode=0o700)
    shutil.copy(loaded.home / "secrets" / "pseudonym.key", secrets)
    csae("deliver", str(SAMPLES / "landing"))
    for pause in (4, 9):
        process = csae.start("run", "--date", FIRST)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode in (0, 3, 130)
    for night in (FIRST, SECOND, THIRD):
        done = csae("run", "--date", night)
        assert done.returncode == 0, done.stdout + done.stderr
    return csae


def test_ctrl_c_loses_nothing(by_night: Csae) -> None:
    assert by_night.one("select count(*) from curated.fct_offence_type") == 887
    assert by_night.one("select count(*) from ops.load") == 9


def test_night_by_night_gives_the_same_tables_as_all_at_once(loaded: Csae, by_night: Csae) -> None:
    for table in ("fct_offence_type", "fct_ethnicity", "fct_nationality"):
        assert _without_load_numbers(by_night, table) == _without_load_numbers(loaded, table)


@pytest.mark.parametrize("day", KNOWN)
def test_the_tables_as_at_a_day_are_those_that_analysts_saw_then(by_night: Csae, day: str) -> None:
    """The second and third nights were built by differences, this is built whole: the two are the same rows."""
    done = by_night("generation", "build", "--as-at", day, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["generation"], told["differing"]) == (_shown_on(by_night, day), [])
    crimes = by_night("sql", "--csv", "--as-at", day, "select count(*) from fct_offence_type")
    assert crimes.stdout.splitlines()[1] == str(told["rows"]["fct_offence_type"])


def test_before_the_first_night_nothing_was_known(by_night: Csae) -> None:
    done = by_night("generation", "build", "--as-at", "2026-08-31")
    assert done.returncode == 3
    assert "Nothing was known on 2026-08-31: the first generation is of 2026-09-01." in " ".join(done.stderr.split())


def _shown_on(csae: Csae, day: str) -> Any:
    """The generation that the night of the day ended with."""
    ended = """
        select max(generation_id) from ops.generation inner join ops.night using (night_id)
        where night_on = %s and state in ('current', 'previous')
    """
    return csae.rows(ended, [day])[0][0]


def _without_load_numbers(csae: Csae, table: str) -> list[tuple[Any, ...]]:
    """Loads are numbered in order of arrival, so a load is named by its source and day instead."""
    columns = [
        name
        for (name,) in csae.rows(
            "select column_name from information_schema.columns where table_schema = 'curated' and table_name = %s "
            "order by ordinal_position",
            [table],
        )
    ]
    chosen = [
        f"(select source || ' ' || delivery_on from ops.load where load_id = t.{name})" if "load_id" in name else name
        for name in columns
    ]
    order = ", ".join(map(str, range(1, len(chosen) + 1)))
    return csae.rows(f"select {', '.join(chosen)} from curated.{table} as t order by {order}")
