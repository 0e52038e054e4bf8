"""A TCP proxy in front of PostgreSQL that strikes at a byte of what a client sends, or at its n-th commit."""

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal


@dataclass
class DatabaseFault:
    """What happens at one place of the conversation."""

    action: Callable[[], None]
    """Kill the client, or restart the server."""
    at_byte: int | None = None
    """Of all that the client sends, from its first connection on."""
    at_commit: int | None = None
    beyond: bytes = b""
    """Commits are counted once the client has sent this, a part of a statement say."""
    when: Literal["before", "after"] = "before"
    """The server sees a commit only `after`; the client hears of neither."""
    patience: float = 1.0
    """Seconds that the server has for answering a commit whose answer goes nowhere."""
    cut: bool = True
    """Whether the connection ends there."""
    met: int = field(default=0, init=False)


class DatabaseProxy:
    """Listens on a port of its own for as long as the `with` lasts."""

    def __init__(self, port: int) -> None:
        self.upstream_port = port
        self.fault: DatabaseFault | None = None
        self.sent_bytes = 0
        self.commits = 0
        self._is_beyond = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "DatabaseProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def plan(self, fault: DatabaseFault | None) -> None:
        with self._lock:
            self.fault, self.sent_bytes, self.commits, self._is_beyond = fault, 0, 0, False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream_port), timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        struck, answered = threading.Event(), threading.Event()
        threading.Thread(target=self._answers, args=(server, client, struck, answered), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                fault, before, after = self._meet(data)
                if fault is None:
                    server.sendall(data)
                    continue
                fault.met += 1
                server.sendall(before)
                if after:  # the commit: the server gets it, and its answer goes nowhere
                    struck.set()
                    server.sendall(after)
                    answered.wait(fault.patience)
                fault.action()
                if fault.cut:
                    break
                server.sendall(b"" if after else data[len(before) :])
        _close(client, server)

    def _answers(
        self, server: socket.socket, client: socket.socket, struck: threading.Event, answered: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if struck.is_set():
                    answered.set()
                else:
                    client.sendall(data)
        _close(client, server)

    def _meet(self, data: bytes) -> tuple[DatabaseFault | None, bytes, bytes]:
        """The fault that strikes within these bytes, what goes on to the server before it, and what at it."""
        with self._lock:
            start = self.sent_bytes
            self.sent_bytes += len(data)
            fault = self.fault
            self._is_beyond = self._is_beyond or (fault is not None and fault.beyond in data)
            is_commit = b"COMMIT\x00" in data and self._is_beyond
            self.commits += is_commit
            if fault is None or fault.met:
                return None, b"", b""
            if fault.at_byte is not None and start <= fault.at_byte < self.sent_bytes:
                return fault, data[: fault.at_byte - start], b""
            if fault.at_commit is not None and is_commit and self.commits == fault.at_commit:
                return (fault, b"", data) if fault.when == "after" else (fault, b"", b"")
        return None, b"", b""


def _close(*sockets: socket.socket) -> None:
    for item in sockets:
        with contextlib.suppress(OSError):
            item.shutdown(socket.SHUT_RDWR)
        item.close()
