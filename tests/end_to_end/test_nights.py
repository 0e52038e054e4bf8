"""The operator's night: what it says, how it ends, and that nothing is left half done."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from csae.settings import PROJECT_DIR
from end_to_end.conftest import SAMPLES, Csae

pytestmark = pytest.mark.end_to_end


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
def interrupted(home: Callable[[str], Csae]) -> Csae:
    """The samples, loaded by a run that was let finish after two that were not."""
    csae = home("interrupted")
    csae("deliver", str(SAMPLES / "landing"))
    for pause in (4, 9):
        process = csae.start("run")
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode in (0, 3, 130)
    assert csae("run").returncode == 0
    return csae


def test_ctrl_c_loses_nothing(interrupted: Csae) -> None:
    assert interrupted.one("select count(*) from curated.fct_offence_type") == 887
    assert interrupted.one("select count(*) from ops.load") == 9


def test_a_fall_by_half_holds_the_night_until_it_is_accepted(interrupted: Csae, tmp_path: Path) -> None:
    csae = interrupted
    before = csae.one("select count(*) from curated.fct_offence_type where force_code = '13'")
    cancelled = tmp_path / "13" / "2026-09-04" / "niche_csae_20260904.xml"
    cancelled.parent.mkdir(parents=True)
    first = SAMPLES / "landing" / "13" / "2026-09-01" / "niche_csae_20260901.xml"
    cancelled.write_text(first.read_text().replace('status="LIVE"', 'status="CANCELLED"'))
    csae("deliver", str(tmp_path))
    held = csae("run")
    assert held.returncode == 2
    assert f"Held: force 13 falls from {before} to " in held.stdout
    assert csae.one("select count(*) from curated.fct_offence_type where force_code = '13'") == before
    accepted = csae("run", "--accept-fall", "13", "--json")
    assert json.loads(accepted.stdout)["verdict"] == "incomplete", "06 and 14 sent nothing for 4 September"
    assert csae.one("select count(*) from curated.fct_offence_type where force_code = '13'") < before / 2
