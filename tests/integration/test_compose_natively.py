"""What docker-compose.yml starts, started without Docker: its commands, environment and health checks as written.

Only places differ: a container's folders and the names and ports of services become this machine's. PostgreSQL is
the embedded stack's, emptied first, and Debian's redis-server stands in for Valkey, which is made from it.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from csae.local_stack import Stack, ensure_running, object_store, postgres, processes, stop
from csae.local_stack.wheel import INSTALLATION
from csae.settings import PROJECT_DIR

SAMPLES = Path(__file__).parents[1] / "samples" / "landing"
NIGHT = "2026-09-01"
SERVICES = re.compile(r"(?<=[@/])(postgres|object-store|queue|api-server)(?=:\d)")
STAND_INS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer", "worker")

pytestmark = pytest.mark.skipif(
    not (shutil.which("redis-server") and shutil.which("redis-cli")),
    reason="there is no redis-server here: apt-get install redis-server",
)


@dataclass(frozen=True)
class Native:
    """The services of the file, with this machine's places put in for the containers'."""

    place: Path
    services: Mapping[str, dict[str, Any]]
    ports: Mapping[str, int]
    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str, service: dict[str, Any]) -> str:
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).replace("$$", "$")
        text = text.replace("/run/secrets", str(self.place / "secrets")).replace("/opt/csae", str(PROJECT_DIR))
        for volume in service.get("volumes", []):
            name, folder, _ = volume.split(":")
            text = re.sub(rf"(?<![\w.-]){folder}(?![\w-])", str(self.place / name), text)
        return self.on_loopback(text)

    def on_loopback(self, text: str) -> str:
        text = SERVICES.sub(processes.LOOPBACK, text).replace("0.0.0.0", processes.LOOPBACK)  # noqa: S104
        text = text.replace('"host": "postgres"', f'"host": "{processes.LOOPBACK}"')
        text = re.sub(r"--addr=:", f"--addr={processes.LOOPBACK}:", text)
        return re.sub(rf"\b({'|'.join(self.ports)})\b", lambda found: str(self.ports[found[1]]), text)

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """As in a container, nothing of the caller's: what the image and the file set, and what Docker itself does."""
        path = os.pathsep.join([str(Path(sys.executable).parent), str(INSTALLATION / "bin"), os.environ["PATH"]])
        image = {"PATH": path, "HOME": str(self.place), "USER": "csae", "HOSTNAME": socket.gethostname()}
        return image | {name: self.here(text, service) for name, text in service.get("environment", {}).items()}

    def command(self, name: str) -> list[str]:
        service = self.services[name]
        words = [self.here(word, service) for word in [*service.get("entrypoint", []), *service["command"]]]
        extra = ["--port", str(self.ports["6379"]), "--bind", processes.LOOPBACK] if name == "queue" else []
        return [STAND_INS.get(words[0], words[0]), *words[1:], *extra]

    def run(self, name: str, command: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.environment(self.services[name])
        words = command or self.command(name)
        program = shutil.which(words[0], path=environment["PATH"]) or words[0]
        return subprocess.run(
            [program, *words[1:]],
            env=environment,
            cwd=self.place,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, name: str) -> None:
        environment = self.environment(self.services[name])
        words = self.command(name)
        with (self.place / f"{name}.log").open("wb") as log:
            self.started[name] = subprocess.Popen(
                [shutil.which(words[0], path=environment["PATH"]) or words[0], *words[1:]],
                env=environment,
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        """The service's health check, once."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        words = [self.here(word, self.services[name]) for word in words]
        words = [re.sub(r"\bvalkey-cli\b", "redis-cli", word) for word in words]
        return self.run(name, words if kind == "CMD" else ["/bin/sh", "-c", words[0]])

    def wait_healthy(self, name: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while (seen := self.check(name)).returncode:
            assert self.started[name].poll() is None, f"{name} ended: {self.log(name)}"
            assert time.monotonic() < deadline, f"{name} is not well: {seen.stdout}{seen.stderr}\n{self.log(name)}"
            time.sleep(0.5)

    def log(self, name: str) -> str:
        return (self.place / f"{name}.log").read_text(errors="replace")[-4000:]

    def end(self) -> list[str]:
        """Stop as `docker compose down` does, what others need last. Gives what would not go when told to."""
        sessions = {child.pid for child in self.started.values()}
        for wave in (AIRFLOW[1:], AIRFLOW[:1], ("object-store", "queue")):
            told = [self.started[name] for name in wave if name in self.started]
            for child in told:
                child.send_signal(signal.SIGTERM)
            for child in told:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(60)
        left = [process for process, _ in processes.all_processes() if _session(process.pid) in sessions]
        names = [" ".join(processes.command_line(process.pid)) for process in left]
        processes.end(left, ((signal.SIGKILL, 10.0),))
        for child in self.started.values():
            child.wait(10)
        self.started.clear()
        return names


def _session(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getsid(pid)
    return None


def wait_for(seconds: float, look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} seconds"
        time.sleep(0.5)
    return found


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def project_files() -> set[Path]:
    """What the image holds."""
    folders = [PROJECT_DIR / name for name in ("dags", "plugins", "dbt_project", "expectations", "forces", "deploy")]
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return {path for path in files if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """PostgreSQL without the roles and databases that the embedded stack made in it."""
    home = tmp_path_factory.mktemp("home")
    try:
        running = ensure_running(home)
        with psycopg.connect(superuser_url(running), autocommit=True) as connection:
            for statement in (
                "DROP DATABASE warehouse",
                "DROP DATABASE airflow",
                "DROP OWNED BY csae",
                "DROP ROLE csae",
                "DROP ROLE airflow",
            ):
                connection.execute(statement.encode())
        yield running
    finally:
        stop(home)


@pytest.fixture(scope="module")
def native(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """The file's services with new secrets, the store and the queue running, and nothing prepared."""
    place = tmp_path_factory.mktemp("compose")
    make = [str(PROJECT_DIR / "deploy" / "make-secrets"), str(place)]
    subprocess.run(["/bin/sh", *make], check=True, capture_output=True)
    ports = {"5432": stack.postgres_port}
    for port in ("9000", "6379", "8080"):
        ports[port] = processes.choose_port(None, ports.values())
    services = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())["services"]
    for volume in ("home", "airflow", "objects", "queue"):
        (place / volume).mkdir(mode=0o700)
    running = Native(place, services, ports)
    for secret in (place / "secrets").iterdir():
        if secret.name != "pseudonym_key":
            secret.write_text(running.on_loopback(secret.read_text()))
    (place / "secrets" / "postgres_password").write_text(stack.secrets.postgres_password)
    before = project_files()
    try:
        running.start("object-store")
        running.start("queue")
        running.wait_healthy("object-store")
        running.wait_healthy("queue")
        yield running
    finally:
        left = running.end()
    assert left == [], "did not end when told to"
    assert project_files() - before == set(), "the image is read-only, and these were written into it"


@pytest.fixture(scope="module")
def prepared(native: Native) -> Native:
    done = native.run("init")
    assert done.returncode == 0, done.stdout + done.stderr
    return native


@pytest.fixture(scope="module")
def delivered(prepared: Native, tmp_path_factory: pytest.TempPathFactory) -> Native:
    """The samples' first night in the landing bucket, put there as an operator would."""
    tree = tmp_path_factory.mktemp("deliveries")
    for delivery in SAMPLES.glob(f"*/{NIGHT}"):
        shutil.copytree(delivery, tree / delivery.parent.name / NIGHT)
    done = prepared.run("worker", ["csae", "deliver", str(tree)])
    assert done.returncode == 0, done.stderr
    return prepared


@pytest.fixture(scope="module")
def airflow(delivered: Native) -> Native:
    """Airflow's servers and a worker, each well by its own health check."""
    for name in AIRFLOW[:-1]:
        delivered.start(name)
    delivered.wait_healthy("api-server")
    delivered.start("worker")
    for name in AIRFLOW[1:]:
        delivered.wait_healthy(name)
    return delivered


def superuser_url(stack: Stack) -> str:
    return postgres.url(stack.postgres_port, "postgres", stack.secrets.postgres_password, "postgres")


def warehouse_url(native: Native) -> str:
    return (native.place / "secrets" / "csae_warehouse_url").read_text()


def airflow_url(native: Native) -> str:
    return (native.place / "secrets" / "airflow_database_url").read_text().replace("+psycopg2", "")


def test_postgresql_takes_its_options_and_is_well(stack: Stack, native: Native) -> None:
    program, *options = native.services["postgres"]["command"]
    asked = [str(INSTALLATION / "bin" / program), "-C", "datestyle", "-D", str(postgres.data_dir(stack.home)), *options]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip()) == (0, "ISO, DMY"), said.stderr
    assert native.check("postgres").returncode == 0


def test_init_prepares_what_is_missing_and_nothing_twice(stack: Stack, prepared: Native) -> None:
    owners = rows(
        superuser_url(stack), "select datname::text, datdba::regrole::text from pg_database where not datistemplate"
    )
    assert dict(owners) == {"postgres": "postgres", "warehouse": "csae", "airflow": "airflow"}
    rights = rows(
        superuser_url(stack), "select rolname::text, rolcreaterole, rolsuper from pg_roles where rolname !~ '^pg_'"
    )
    assert set(rights) == {("postgres", True, True), ("csae", True, False), ("airflow", False, False)}
    assert rows(superuser_url(stack), "select has_database_privilege('csae', 'airflow', 'connect')") == [(False,)]
    assert rows(airflow_url(prepared), "select count(*) > 0 from dag_run where false or true") in (
        [(False,)],
        [(True,)],
    )
    assert {path.name for path in (prepared.place / "objects").iterdir()} == {*object_store.BUCKETS}
    passwords = prepared.place / "airflow" / "passwords.json"
    assert passwords.stat().st_mode & 0o777 == 0o600
    again = prepared.run("init")
    assert again.returncode == 0, again.stderr
    assert "was made" not in again.stdout


def test_airflow_finds_its_secrets_in_files(airflow: Native) -> None:
    environment = airflow.environment(airflow.services["worker"])
    secrets = [path for path in (airflow.place / "secrets").iterdir() if path.name != "pseudonym_key"]
    assert not [path.name for path in secrets if path.read_text() in "".join(environment.values())]
    got = airflow.run("worker", ["airflow", "connections", "get", "csae_warehouse", "--output", "json"])
    assert json.loads(got.stdout)[0]["host"] == processes.LOOPBACK, got.stderr


@pytest.mark.parametrize("name", AIRFLOW[:-1])
def test_only_the_worker_finds_the_connections(airflow: Native, name: str) -> None:
    got = airflow.run(name, ["airflow", "connections", "get", "csae_warehouse", "--output", "json"])
    assert got.returncode == 1
    assert "Connection not found" in got.stdout + got.stderr


def test_a_worker_runs_the_night(airflow: Native) -> None:
    """The schedule's own first run: it comes as soon as the scheduler knows the DAG."""

    def verdict() -> list[tuple[Any, ...]]:
        with suppress(psycopg.errors.UndefinedTable):
            return rows(warehouse_url(airflow), "select verdict from ops.night where ended_at is not null")
        return []

    try:
        night = wait_for(600, verdict, "the night's verdict")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{airflow.log('scheduler')}\n{airflow.log('worker')}") from None
    assert night == [("incomplete",)], "no force has delivered for today"
    loads = rows(warehouse_url(airflow), "select source, delivery_on::text, state from ops.load order by source")
    assert loads == [(source, NIGHT, "accepted") for source in ("06", "13", "14")]
    assert rows(warehouse_url(airflow), "select count(*) > 0 from curated.fct_offence_type") == [(True,)]
    by_celery = rows(airflow_url(airflow), "select count(*) from celery_taskmeta where status = 'SUCCESS'")
    assert by_celery[0][0] >= 5  # the night, a load a source and the gate, at least
    home = airflow.place / "home"
    assert {"dbt", "spool"} <= {path.name for path in home.iterdir()}, "what the worker alone is given"
    assert list((home / "spool").iterdir()) == []
    logs = list((airflow.place / "airflow" / "logs").rglob("attempt=*.log"))
    assert {path.stat().st_mode & 0o777 for path in logs} == {0o600}
