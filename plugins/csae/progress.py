"""How far a long step is, for whoever watches, and whether somebody wants it to stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

Listener = Callable[[str, int, int], None]
"""Told the step's name, how much is done and how much there is."""

_listener: ContextVar[Listener | None] = ContextVar("csae_progress_listener", default=None)
stop_requested = Event()


class Stopped(BaseException):
    """Ctrl-C, as an exception that no library takes for its own: typer would exit with 1, a night's verdict."""


def report(step: str, done: int, total: int) -> None:
    """Raise `Stopped` when a stop was asked for: a task runner may have kept the first one to itself."""
    if stop_requested.is_set():
        raise Stopped
    listener = _listener.get()
    if listener:
        listener(step, done, total)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
