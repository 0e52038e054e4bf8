"""The embedded stack below one folder (`CSAE_HOME`): PostgreSQL, an S3 object store and Airflow, without Docker.

    stack = ensure_running(home)         # idempotent; safe when two processes call it at once
    os.environ.update(stack.environment())

It puts the same variables in place as an operator of real services would, so nothing else in the package
knows which of the two it is talking to. Every function raises `StackError`: one plain sentence.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from csae.local_stack import airflow, object_store, postgres, processes
from csae.local_stack.airflow import AirflowProcess
from csae.local_stack.errors import StackError
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.stack import Stack
from csae.local_stack.state import (
    Report,
    Service,
    State,
    load_secrets,
    load_state,
    locked,
    make_home,
    resolve_home,
    run_dir,
    save_state,
)
from csae.settings import PROJECT_DIR

__all__ = [
    "AirflowProcess",
    "Report",
    "ServiceStatus",
    "Stack",
    "StackError",
    "ensure_running",
    "migrate_airflow",
    "start_airflow",
    "status",
    "stop",
]


@dataclass(frozen=True)
class ServiceStatus:
    """One service as it is now: `detail` is its address, or where its log is when it does not run."""

    name: str
    running: bool
    detail: str
    pid: int | None


def _silent(_line: str) -> None:
    """The report of a caller who shows no progress."""


def ensure_running(home: Path, *, project_dir: Path = PROJECT_DIR, report: Report = _silent) -> Stack:
    """PostgreSQL and the object store, running and answering, with their databases and buckets.

    Starts what does not run, recovers from a crash, and moves to another port where one was taken.
    """
    home = resolve_home(home)
    make_home(home)
    with locked(home, report):
        secrets = load_secrets(home)
        before = load_state(home)
        database = postgres.ensure(home, secrets, before.postgres, report)
        state = _saved(home, before, postgres=database)
        store = object_store.ensure(home, secrets, before.object_store, report)
        state = _saved(home, state, object_store=store)
        if _ports(state) != _ports(before) and airflow.stop(home):
            report("Stopped Airflow: a server that it uses has moved to another port")
        airflow_port = _airflow_port(home, state)
        _saved(home, state, airflow_port=airflow_port)
    return Stack(home, project_dir.resolve(), database.port, store.port, airflow_port, secrets)


def migrate_airflow(stack: Stack, *, report: Report = _silent) -> float:
    """Bring Airflow's tables to the installed version. Gives the seconds it took: 0 when they were already."""
    with locked(stack.home, report):
        return airflow.migrate(stack, report)


def start_airflow(stack: Stack, *, report: Report = _silent) -> AirflowProcess:
    """Airflow's servers running and well, in sessions of their own; its tables are prepared where needed.

    Its address is in the result: it differs from the stack's when another program took the port meanwhile.
    """
    with locked(stack.home, report):
        airflow.migrate(stack, report)
        state = load_state(stack.home)
        port = _airflow_port(stack.home, state)
        process = airflow.start(replace(stack, airflow_port=port), report)
        _saved(stack.home, state, airflow_port=port, airflow_pids=process.pids)
        return process


def stop(home: Path, *, report: Report = _silent) -> list[str]:
    """Stop Airflow, the object store and PostgreSQL, in that order. Gives the names of those that ran."""
    home = resolve_home(home)
    if not run_dir(home).exists():
        return []
    make_home(home)
    stopped = []
    with locked(home, report):
        state = load_state(home)
        if airflow.stop(home):
            stopped.append("airflow")
        if object_store.stop(home, _pid(state.object_store)):
            stopped.append("object store")
        if postgres.stop(home, _pid(state.postgres)):
            stopped.append("postgresql")
    return stopped


def status(home: Path) -> list[ServiceStatus]:
    """Each service as it is now. Changes nothing, and takes no lock."""
    home = resolve_home(home)
    state = load_state(home)
    database = postgres.running_pid(home, _pid(state.postgres))
    store = object_store.running_pid(home, _pid(state.object_store))
    servers = airflow.running_pids(home)
    port = state.airflow_port
    return [
        _status("postgresql", database, _address(state.postgres), postgres.log_file(home)),
        _status("object store", store, _address(state.object_store), object_store.log_file(home)),
        *(
            _status(
                f"airflow {component}",
                servers.get(component),
                f"http://{LOOPBACK}:{port}" if component == "api-server" and port else None,
                airflow.component_log(home, component),
            )
            for component in airflow.COMPONENTS
        ),
    ]


def _status(name: str, pid: int | None, address: str | None, log: Path) -> ServiceStatus:
    return ServiceStatus(name, pid is not None, address if pid and address else str(log), pid)


def _address(service: Service | None) -> str | None:
    return f"{LOOPBACK}:{service.port}" if service else None


def _ports(state: State) -> tuple[int | None, int | None]:
    return (
        state.postgres.port if state.postgres else None,
        state.object_store.port if state.object_store else None,
    )


def _airflow_port(home: Path, state: State) -> int:
    """The port that Airflow serves at, or one that it can: the remembered one when it is free."""
    if state.airflow_port is not None and airflow.running_pids(home):
        return state.airflow_port
    return processes.choose_port(state.airflow_port, [port for port in _ports(state) if port])


def _pid(service: Service | None) -> int | None:
    return service.pid if service else None


def _saved(home: Path, state: State, **changes: Service | int | dict[str, int] | None) -> State:
    """The state with the changes, written at once: a crash after this finds what was started."""
    changed = state.model_copy(update=changes)
    if changed != state:
        save_state(home, changed)
    return changed
