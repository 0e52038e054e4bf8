"""Starting, recognising and ending server processes, and finding ports for them.

A process is ours when its command line says so, never because a file holds its pid: pids are reused. The
command line is chosen because every user may read it, also in a container, where even root may not look at
the working folder or environment of another user's process.
"""

import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from pwd import struct_passwd

import psutil

from csae.local_stack.errors import StackError

LOOPBACK = "127.0.0.1"
PORTS = range(15_000, 32_000)
"""Below the range that systems hand out to outgoing connections, so that none of those takes a remembered port."""

MAX_LOG_BYTES = 16 << 20

_children: list[subprocess.Popen[bytes]] = []
"""Kept so that a server which dies before this process is reaped, and not left behind as a zombie."""


def port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just given up is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_port(remembered: int | None, taken: Iterable[int] = ()) -> int:
    """The remembered port when it is free, else a random one that is. Raises StackError when there is none."""
    avoid = set(taken)
    if remembered and remembered not in avoid and _comes_free(remembered):
        return remembered
    for port in random.SystemRandom().sample(PORTS, 200):  # leaves a caller's seed alone
        if port not in avoid and port_is_free(port):
            return port
    raise StackError("No free port was found on this machine: stop servers that are no longer needed.")


def _comes_free(port: int) -> bool:
    """Free now or in a moment: a server that was killed may not have let go of it yet."""
    deadline = time.monotonic() + 0.5
    while not (free := port_is_free(port)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return free


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    user: struct_passwd | None = None,
) -> int:
    """Start a server in a session of its own, so that it outlives this process and its terminal. Gives the pid."""
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            umask=0o077,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
    _children.append(child)
    return child.pid


def reap() -> None:
    """Collect those of our own children that have ended."""
    _children[:] = [child for child in _children if child.poll() is None]


def is_running(pid: int) -> bool:
    """Whether a process just spawned still runs. (Its command line may not be there yet: exec takes a moment.)"""
    reap()
    with suppress(psutil.Error):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def command_line(pid: int) -> list[str]:
    """The process's command line; empty when there is no such process or it is a zombie."""
    reap()
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.cmdline()
    return []


def all_processes() -> Iterator[tuple[psutil.Process, list[str]]]:
    """Every live process with its command line, as far as this user may see it."""
    reap()
    for process in psutil.process_iter():
        if line := command_line(process.pid):
            yield process, line


def find(recognise: Callable[[list[str]], bool], hint: int | None = None) -> int | None:
    """The pid of a process whose command line is recognised, the likely one looked at first."""
    if hint is not None and recognise(command_line(hint)):
        return hint
    return next((process.pid for process, line in all_processes() if recognise(line)), None)


def is_alive(process: psutil.Process) -> bool:
    """Still the same process (a reused pid is another one), and not a zombie."""
    reap()
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def send(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def wait_gone(processes: Sequence[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Wait until all have ended; gives those that have not."""
    deadline = time.monotonic() + timeout
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.03)
        left = [process for process in left if is_alive(process)]
    return left


def end(processes: Sequence[psutil.Process], steps: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn, with its patience in seconds, to those still alive. Raises StackError if any stays."""
    left = [process for process in processes if is_alive(process)]
    for number, patience in steps:
        for process in left:
            send(process, number)
        left = wait_gone(left, patience)
        if not left:
            return
    pids = ", ".join(str(process.pid) for process in left)
    raise StackError(f"The processes {pids} do not end even when killed: end them by hand, then try again.")


def listens(pid: int, port: int) -> bool:
    """Whether this very process holds the port: an answer alone could be someone else's."""
    with suppress(psutil.Error):
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for connection in psutil.Process(pid).net_connections("tcp4")
        )
    return False


def read_from(log: Path, offset: int) -> str:
    """The log's text after a byte, to tell this start's messages from earlier ones."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(offset if offset <= log.stat().st_size else 0)
        return file.read(64 << 10).decode(errors="replace")


def log_size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0
