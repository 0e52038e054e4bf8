"""A place without a network: a namespace of its own that has the loopback device and nothing else."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache

_ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
_SCRIPT = "ip link set lo up && {script}"


def offline(script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return plainly([*_ALONE, "sh", "-c", _SCRIPT.format(script=script)], environment)


def plainly(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=540, check=False)


@cache
def why_not() -> str | None:
    """What keeps this system from having such a place."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "unshare or ip is not installed"
    done = offline("true", os.environ)
    return None if done.returncode == 0 else f"this system gives no network namespace: {done.stderr.strip()}"
