"""The whole run where no network is: a namespace of its own that has the loopback device and nothing else."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.conftest import SAMPLES, Csae

_ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
_SCRIPT = "ip link set lo up && {script}"


def _offline(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CSAE_", "AIRFLOW"))}
    return subprocess.run(
        [*_ALONE, "sh", "-c", _SCRIPT.format(script=script)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _why_not() -> str | None:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "unshare or ip is not installed"
    done = _offline("true")
    return None if done.returncode == 0 else f"this system gives no network namespace: {done.stderr.strip()}"


def test_a_namespace_reaches_nothing_outside() -> None:
    if why := _why_not():
        pytest.skip(why)
    done = _offline("ip -oneline route show table main; ip -oneline link show up | wc -l")
    assert done.stdout.split() == ["1"], "one device, loopback, and no route"


def test_the_samples_are_loaded_built_and_read_without_a_network(home: Callable[[str], Csae]) -> None:
    if why := _why_not():
        pytest.skip(why)
    csae = home("offline")
    tool = shlex.quote(str(Path(sys.executable).with_name("csae")))
    script = (
        f"{tool} deliver {shlex.quote(str(SAMPLES / 'landing'))} && {tool} run --json && "
        f"{tool} sql --csv 'select count(*) as crimes from fct_offence_type'; code=$?; {tool} down; exit $code"
    )
    done = _offline(script, CSAE_HOME=str(csae.home), CSAE_FORCES_DIR=str(csae.home / "forces"))
    assert done.returncode == 0, done.stderr
    assert "\ncrimes\n887\n" in done.stdout.replace("\r", "")
