"""An HTTP proxy in front of the object store that breaks what passes through it, as it is told."""

import http.client
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

Operation = Literal["list", "get", "put", "head", "other"]
Kind = Literal[
    "status_500",
    "status_503",
    "reset",  # instead of an answer
    "stall",  # no answer for `seconds`
    "slow",  # the body in small pieces
    "cut",  # the body ends after `at` bytes, with its length announced
    "cut_without_length",
    "reset_in_body",
    "wrong_bytes",  # of the right length
    "list_twice",  # every entry of a listing two times
    "list_nothing",  # a listing that lags behind
    "call",  # nothing but `action`
]
_ENTRY = re.compile(rb"<Contents>.*?</Contents>", re.DOTALL)
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass
class StoreFault:
    """Breaks the requests of one operation from the `first` on, `times` times."""

    kind: Kind
    operation: Operation = "get"
    first: int = 1
    times: int = 1
    at: int = 0
    """Byte of the body, counted from its beginning; past its end, its last one."""
    seconds: float = 0.0
    action: Callable[[], None] | None = None
    """Run before the answer goes out (for `at`, in the middle of the body)."""
    met: int = field(default=0, init=False)
    """How often it struck."""


class StoreProxy:
    """Listens on a port of its own for as long as the `with` lasts."""

    def __init__(self, upstream_url: str) -> None:
        self.upstream = urlsplit(upstream_url).netloc
        self.faults: list[StoreFault] = []
        self.seen: Counter[tuple[Operation, str]] = Counter()
        """Requests by operation and method, since `plan`."""
        self.written: list[str] = []
        """Paths that were put or deleted."""
        self._lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "StoreProxy":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def plan(self, *faults: StoreFault) -> None:
        with self._lock:
            self.faults = list(faults)
            self.seen.clear()
            self.written.clear()

    def meet(self, operation: Operation, method: str, path: str) -> StoreFault | None:
        with self._lock:
            self.seen[operation, method] += 1
            if method in {"PUT", "POST", "DELETE"}:
                self.written.append(f"{method} {path}")
            count = sum(number for (name, _), number in self.seen.items() if name == operation)
            for fault in self.faults:
                if fault.operation == operation and fault.first <= count < fault.first + fault.times:
                    fault.met += 1
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    owner: StoreProxy
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.meet(_operation(self.command, self.path), self.command, self.path)
        if fault and self._answered_for(fault):
            return
        upstream = http.client.HTTPConnection(self.owner.upstream, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(body or None)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        if self.command == "HEAD":
            headers.append(("Content-Length", answer.getheader("Content-Length") or "0"))
            self._send(answer.status, headers, b"", None)
        elif answer.status in {204, 304}:
            self._send(answer.status, headers, b"", None)
        else:
            self._answer(answer.status, headers, content, fault)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass  # noqa: N815 - the names that http.server calls

    def _answered_for(self, fault: StoreFault) -> bool:
        """Whether the fault itself was all the answer."""
        if fault.kind in {"status_500", "status_503"}:
            status, code = (500, "InternalError") if fault.kind == "status_500" else (503, "SlowDown")
            body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>planned</Message></Error>'.encode()
            self._send(status, [("Content-Type", "application/xml")], body, len(body))
            return True
        if fault.kind == "reset":
            self._reset()
            return True
        if fault.kind == "stall":
            time.sleep(fault.seconds)
        if fault.kind == "call" and not fault.at and fault.action:
            fault.action()
        return False

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes, fault: StoreFault | None) -> None:
        if fault is None or status >= 400:
            self._send(status, headers, content, len(content))
            return
        at = min(fault.at, max(len(content) - 1, 0))
        match fault.kind:
            case "slow":
                self._head(status, headers, len(content))
                for start in range(0, len(content), max(len(content) // 8, 1)):
                    self.wfile.write(content[start : start + max(len(content) // 8, 1)])
                    time.sleep(fault.seconds)
            case "cut":
                self._send(status, headers, content[:at], len(content))
                self.close_connection = True
            case "cut_without_length":
                self._send(status, headers, content[:at], None)
            case "reset_in_body":
                self._send(status, headers, content[:at], len(content))
                self._reset()
            case "wrong_bytes":
                wrong = bytearray(content)
                if wrong:
                    wrong[at] ^= 0x01
                self._send(status, headers, bytes(wrong), len(content))
            case "list_twice":
                content = _ENTRY.sub(lambda found: found[0] * 2, content)
                self._send(status, headers, content, len(content))
            case "list_nothing":
                content = _ENTRY.sub(b"", content)
                self._send(status, headers, content, len(content))
            case "call" if fault.at and fault.action:
                self._head(status, headers, len(content))
                self.wfile.write(content[:at])
                self.wfile.flush()
                fault.action()
                self.wfile.write(content[at:])
            case _:
                self._send(status, headers, content, len(content))

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes, length: int | None) -> None:
        self._head(status, headers, length)
        self.wfile.write(content)
        self.wfile.flush()

    def _head(self, status: int, headers: list[tuple[str, str]], length: int | None) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        elif not any(name == "Content-Length" for name, _ in headers) and status not in {204, 304}:
            self.send_header("Connection", "close")
        self.end_headers()

    def _reset(self) -> None:
        """Close without a goodbye: the other side sees a reset connection."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def _operation(method: str, path: str) -> Operation:
    parts = urlsplit(path)
    if method == "GET":
        return "get" if "/" in parts.path.strip("/") else "list"
    names: dict[str, Operation] = {"PUT": "put", "HEAD": "head"}
    return names.get(method, "other")
