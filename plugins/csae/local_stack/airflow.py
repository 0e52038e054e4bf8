"""Airflow's metadata and its four servers, each a process in a session of its own.

`airflow standalone` is not used: ended by a signal it leaves its four servers behind, and it opens ports for
log files to the whole network. Its servers are started here one by one, and their logs are on this machine.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg
from pydantic import BaseModel, ConfigDict, ValidationError

from csae.local_stack import processes
from csae.local_stack.errors import StackError
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.stack import AIRFLOW_USER, Stack
from csae.local_stack.state import Report, airflow_passwords_file, logs_dir, write_private

START_TIMEOUT = 180.0
MARK = "CSAE_AIRFLOW_OF"
"""In the environment of the servers, and so of all that they start: the home that they serve."""
PATIENCE = 3.0
STOP_STEPS = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0))
API_SERVER_STOP_STEPS = ((signal.SIGTERM, 1.5), (signal.SIGKILL, 10.0))
"""Done with its requests at once, it then takes seconds to leave; all that it knows is in the database."""
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
"""Each with its options. Log servers would listen on every address; task logs are read from the disk instead."""


@dataclass(frozen=True)
class AirflowProcess:
    """Airflow up and healthy: where to look and how to get in."""

    url: str
    user: str
    password_file: Path
    pids: dict[str, int]


class _Migrated(BaseModel):
    """`airflow/migrated.json`: which version brought the metadata to which revision."""

    model_config = ConfigDict(frozen=True)

    airflow_version: str
    revision: str


def airflow_home(home: Path) -> Path:
    return home / "airflow"


def component_log(home: Path, component: str) -> Path:
    return logs_dir(home) / f"airflow-{component}.log"


def migrate(stack: Stack, report: Report) -> float:
    """Bring Airflow's tables to the installed version; seconds taken, 0 when they were. Caller holds the lock."""
    marker = stack.airflow_home / "migrated.json"
    installed = version("apache-airflow")
    with suppress(OSError, ValidationError):
        known = _Migrated.model_validate_json(marker.read_bytes())
        if known == _Migrated(airflow_version=installed, revision=_revision(stack) or ""):
            return 0.0
    report("Preparing Airflow's tables")
    stack.airflow_home.mkdir(mode=0o700, exist_ok=True)
    started = time.monotonic()
    log = component_log(stack.home, "migrate")
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        result = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_server_environment(stack),
            cwd=stack.airflow_home,
            umask=0o077,
            check=False,
        )
    revision = _revision(stack)
    if result.returncode or revision is None:
        raise StackError(f"Airflow's tables could not be prepared: see {log}, mend that and try again.")
    write_private(marker, _Migrated(airflow_version=installed, revision=revision).model_dump_json().encode())
    return time.monotonic() - started


def start(stack: Stack, report: Report) -> AirflowProcess:
    """Start the servers that are not running and wait until all are well. The caller holds the home's lock."""
    pids = running_pids(stack.home)
    missing = [component for component in COMPONENTS if component not in pids]
    if missing:
        report(f"Starting Airflow ({', '.join(missing)})")
    environment = _server_environment(stack) | {MARK: str(stack.home)}
    for component in missing:
        pids[component] = processes.spawn(
            [sys.executable, "-m", "airflow", component, *COMPONENTS[component]],
            log=component_log(stack.home, component),
            environment=environment,
            folder=stack.airflow_home,
        )
    _wait_healthy(stack, pids)
    return AirflowProcess(stack.airflow_url, AIRFLOW_USER, airflow_passwords_file(stack.home), pids)


def stop(home: Path) -> bool:
    """End every Airflow process of this home, running tasks too. False when there was none.

    The API server goes last, so that a task which is stopped can still record that it was.
    """
    own = own_processes(home)
    pids = running_pids(home)
    servers = [process for process in _roots(own) if process.pid != pids.get("api-server")]
    for process in servers:
        processes.send(process, signal.SIGTERM)
    for process in processes.wait_gone(servers, PATIENCE):
        if process.pid == pids.get("triggerer"):  # it may wait long for a child that has ended, and keeps no state
            processes.send(process, signal.SIGKILL)
    processes.end([process for process in _family(home) if process.pid != pids.get("api-server")], STOP_STEPS)
    while left := _family(home):  # anew each time: what a task starts at the last moment is found when it stands alone
        processes.end(left, API_SERVER_STOP_STEPS)
    return bool(own)


def running_pids(home: Path) -> dict[str, int]:
    """The pid of each server that runs."""
    pids = {}
    for process in _roots(own_processes(home)):
        line = " ".join(processes.command_line(process.pid))
        for component in COMPONENTS:
            if f" airflow {component}" in line or line.startswith(f"airflow {component.replace('-', '_')}"):
                pids[component] = process.pid
    return pids


def own_processes(home: Path) -> list[psutil.Process]:
    """Airflow's processes that work in this home's folder: servers, executor workers, supervisors and tasks.

    They are all ours by user, so their working folder may be looked at; their titles change as they run.
    """
    folder = str(airflow_home(home))
    own = []
    for process, line in processes.all_processes():
        titled = line[0].split(" ")[0] == "airflow"  # a title that a process gave itself may come in one piece
        if process.pid != os.getpid() and (titled or line[1:3] == ["-m", "airflow"]):
            with suppress(psutil.Error):
                if process.cwd() == folder:
                    own.append(process)
    return own


def _family(home: Path) -> list[psutil.Process]:
    """Airflow's processes and all that they started, such as a build by a task, also where its parent is gone."""
    family = {process.pid: process for process in own_processes(home)}
    for process in list(family.values()):
        with suppress(psutil.Error):
            family |= {child.pid: child for child in process.children(recursive=True)}
    for process, _ in processes.all_processes():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == str(home) and process.pid != os.getpid():
                family[process.pid] = process
    return [process for process in family.values() if processes.is_alive(process)]


def _roots(own: list[psutil.Process]) -> list[psutil.Process]:
    pids = {process.pid for process in own}
    roots = []
    for process in own:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                roots.append(process)
    return roots


def _server_environment(stack: Stack) -> dict[str, str]:
    """The caller's environment without any Airflow setting of its own, and the stack's over it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return own | stack.environment() | {"AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO", "PYTHONUNBUFFERED": "1"}


def _revision(stack: Stack) -> str | None:
    """The revision of Airflow's tables; None when there are none."""
    url = stack.airflow_database_url.replace("+psycopg2", "")
    with psycopg.connect(url) as connection, suppress(psycopg.errors.UndefinedTable):
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    return None


def _wait_healthy(stack: Stack, pids: dict[str, int]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    ailing = "all of it"
    while time.monotonic() < deadline:
        for component, pid in pids.items():
            if not processes.is_running(pid):
                raise StackError(
                    f"Airflow's {component} ended while starting: "
                    f"see {component_log(stack.home, component)}, mend that and try again."
                )
        if (parts := _health(stack.airflow_port)) is not None:
            ailing = ", ".join(sorted(part for part, status in parts.items() if status != "healthy"))
            if not ailing:
                return
        time.sleep(0.2)
    raise StackError(f"Airflow was not well within {START_TIMEOUT:.0f} seconds ({ailing}): see {logs_dir(stack.home)}.")


def _health(port: int) -> dict[str, str | None] | None:
    """The status of each part as the API server sees it; None while it does not answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", "/api/v2/monitor/health")
        response = connection.getresponse()
        if response.status != 200:
            return None
        return {part: details.get("status") for part, details in json.loads(response.read()).items()}
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
