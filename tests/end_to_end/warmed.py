"""The command line in forks of one process that has imported what its commands do: of a night, that is half its time.

`python -m end_to_end.warmed` reads orders, one JSON object a line, and answers each with the exit code. It imports
nothing that reads a home's settings as it is imported, as Airflow does, and not DuckDB, which complains at the end of a
fork. The first home's night, and one that is broken off, are run as users run them, in processes of their own.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile

TESTS = Path(__file__).resolve().parents[1]
IMPORTED = (
    "csae.cli.nightly",
    "csae.cli.query",
    "csae.cli.loads",
    "csae.cli.generation",
    "great_expectations",
    "sqlalchemy.orm",
    "cadwyn",
    "pendulum",
)


class Warmed:
    """Runs one command at a time."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
        quiet = {"GX_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CSAE_", "AIRFLOW"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "end_to_end.warmed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**clean, **quiet, "PYTHONPATH": path},
        )

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        with TemporaryFile() as out, TemporaryFile() as err:
            # The process has these files under their numbers here, for as long as the order takes.
            here = f"/proc/{os.getpid()}/fd"
            order = {
                "arguments": list(arguments),
                "environment": dict(environment),
                "folder": str(folder or Path.cwd()),
                "out": f"{here}/{out.fileno()}",
                "err": f"{here}/{err.fileno()}",
            }
            assert self._process.stdin
            assert self._process.stdout
            print(json.dumps(order), file=self._process.stdin, flush=True)
            code = json.loads(self._process.stdout.readline())
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(list(arguments), code, out.read().decode(), err.read().decode())

    def end(self) -> None:
        self._process.communicate()


def main() -> None:
    for module in IMPORTED:
        import_module(module)
    gc.collect()
    gc.freeze()
    cli = import_module("csae.cli")
    while line := sys.stdin.readline():
        order = json.loads(line)
        child = os.fork()
        if not child:
            _become(order)
            cli.main()
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(order: dict[str, object]) -> None:
    """What a new process of `csae` would be given."""
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, str(order["out"]), os.O_WRONLY | os.O_APPEND),
        (2, str(order["err"]), os.O_WRONLY | os.O_APPEND),
    ):
        descriptor = os.open(path, flags)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = os.fdopen(0, closefd=False)
    signal.set_wakeup_fd(-1)
    given = order["environment"]
    assert isinstance(given, dict)
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(given)
    arguments = order["arguments"]
    assert isinstance(arguments, list)
    sys.argv = ["csae", *arguments]


if __name__ == "__main__":
    main()
