"""How far a long step is, for whoever watches. Without a listener it goes nowhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""Told the step's name, how much is done and how much there is."""

_listener: ContextVar[Listener | None] = ContextVar("csae_progress_listener", default=None)


def report(step: str, done: int, total: int) -> None:
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
