"""The services of docker-compose.yml as processes of this machine: its commands, environment and checks as written.

Only places differ: a container's folders and the names and ports of services become this machine's. PostgreSQL is
the embedded stack's, emptied first, and Debian's redis-server stands in for Valkey, which is made from it.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import yaml

from csae.local_stack import Stack, ensure_running, postgres, processes, stop
from csae.local_stack.wheel import INSTALLATION
from csae.settings import PROJECT_DIR

SAMPLES = Path(__file__).parents[1] / "samples" / "landing"
SERVICES = re.compile(r"(?<=[@/])(postgres|object-store|queue|api-server)(?=:\d)")
STAND_INS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
SERVERS = ("api-server", "scheduler", "dag-processor", "triggerer")

needs_redis = pytest.mark.skipif(
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
        image = {"PATH": path, "HOME": str(self.place), "USER": "csae", "PYTHONPATH": str(PROJECT_DIR / "plugins")}
        image |= {"HOSTNAME": service.get("hostname", socket.gethostname())}
        return image | {name: self.here(text, service) for name, text in service.get("environment", {}).items()}

    def command(self, name: str) -> list[str]:
        service = self.services[name]
        words = [self.here(word, service) for word in [*service.get("entrypoint", []), *service["command"]]]
        extra = ["--port", str(self.ports["6379"]), "--bind", processes.LOOPBACK] if name == "queue" else []
        if "hostname" in service:  # what a container's own name is to its worker
            extra = ["--celery-hostname", f"celery@{service['hostname']}"]
        return [STAND_INS.get(words[0], words[0]), *words[1:], *extra]

    def run(self, name: str, command: list[str] | None = None, **changed: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(self.services[name]) | changed
        words = command or self.command(name)
        program = shutil.which(words[0], path=environment["PATH"]) or words[0]
        return subprocess.run(
            [program, *words[1:]],
            env=environment,
            cwd=self.place,
            capture_output=True,
            text=True,
            timeout=240,
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

    def kill(self, name: str) -> None:
        """All of a service at once and without a word, as when its machine is lost."""
        processes.end(in_session(self.started[name].pid), ((signal.SIGKILL, 10.0),))
        self.started[name].wait(10)

    def stop(self, *waves: Collection[str]) -> None:
        """Tell services to end, those of a wave at a time, and wait until they have."""
        for wave in waves:
            told = [self.started[name] for name in wave if name in self.started]
            for child in told:
                child.send_signal(signal.SIGTERM)
            for child in told:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(60)

    def stop_airflow(self) -> None:
        self.stop(set(self.started) - {"api-server", "object-store", "queue"}, ["api-server"])

    def end(self) -> list[str]:
        """Stop as `docker compose down` does, what others need last. Gives what would not go when told to."""
        self.stop_airflow()
        self.stop(["object-store", "queue"])
        sessions = {child.pid for child in self.started.values()}
        left = [process for session in sessions for process in in_session(session)]
        names = [" ".join(processes.command_line(process.pid)) for process in left]
        processes.end(left, ((signal.SIGKILL, 10.0),))
        for child in self.started.values():
            child.wait(10)
        self.started.clear()
        return names


def in_session(session: int) -> list[psutil.Process]:
    """What a service started, and itself."""
    found = []
    for process, _ in processes.all_processes():
        with suppress(ProcessLookupError):
            if os.getsid(process.pid) == session:
                found.append(process)
    return found


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


def superuser_url(stack: Stack) -> str:
    return postgres.url(stack.postgres_port, "postgres", stack.secrets.postgres_password, "postgres")


def warehouse_url(native: Native) -> str:
    return (native.place / "secrets" / "csae_warehouse_url").read_text()


def airflow_url(native: Native) -> str:
    return (native.place / "secrets" / "airflow_database_url").read_text().replace("+psycopg2", "")


@contextmanager
def bare_stack(home: Path) -> Iterator[Stack]:
    """PostgreSQL without the roles and databases that the embedded stack made in it."""
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


@contextmanager
def natively(stack: Stack, place: Path, *workers: str, **changed: str) -> Iterator[Native]:
    """The file's services with new secrets, the store and the queue running, and nothing prepared.

    `workers` are the names of further workers, alike but for that; `changed` are variables that all of Airflow's
    services and the pipeline have otherwise than in the file.
    """
    make = [str(PROJECT_DIR / "deploy" / "make-secrets"), str(place)]
    subprocess.run(["/bin/sh", *make], check=True, capture_output=True)
    ports = {"5432": stack.postgres_port}
    for port in ("9000", "6379", "8080"):
        ports[port] = processes.choose_port(None, ports.values())
    services = yaml.safe_load((PROJECT_DIR / "docker-compose.yml").read_text())["services"]
    for service in services.values():
        if changed and str(service["image"]).startswith("csae:"):
            service["environment"] = service["environment"] | changed
    services |= {name: services["worker"] | {"hostname": name} for name in workers}
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


def prepare(native: Native) -> None:
    done = native.run("init")
    assert done.returncode == 0, done.stdout + done.stderr


def deliver(native: Native, folder: Path, *nights: str) -> None:
    """The samples' deliveries of these nights into the landing bucket, put there as an operator would."""
    for night in nights:
        for delivery in SAMPLES.glob(f"*/{night}"):
            shutil.copytree(delivery, folder / delivery.parent.name / night)
    done = native.run("worker", ["csae", "deliver", str(folder)])
    assert done.returncode == 0, done.stderr


def start_airflow(native: Native, *workers: str) -> None:
    """Airflow's servers and these workers, each well by its own health check."""
    for name in SERVERS:
        native.start(name)
    native.wait_healthy("api-server")
    for name in workers:
        native.start(name)
    for name in (*SERVERS[1:], *workers):
        native.wait_healthy(name)
