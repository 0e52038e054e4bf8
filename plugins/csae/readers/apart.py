"""Reading in a process of its own, whose memory and time have ends: what a file can blow up is that process alone."""

import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence

from csae.limits import Limits
from csae.readers import sheet_rows
from csae.readers.tables import ReaderStoppedError, beyond

_STOPS = {-signal.SIGHUP, -signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM}
_OUT_OF_MEMORY = {sheet_rows.OUT_OF_MEMORY, -signal.SIGABRT}
"""A library that gets no memory may end its process by itself."""


class EndedError(Exception):
    """The process ended with a code that only who started it can explain."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def lines(
    arguments: Sequence[str], name: str, what: str, limits: Limits, meanwhile: Callable[[], None] = lambda: None
) -> Generator[bytes]:
    """What `python` prints with these arguments, line by line.

    The program is to confine itself by `sheet_rows.confine` to the limits' memory and seconds. What it prints on
    standard error may quote cells, and goes nowhere. `what` is what it reads, such as "the workbook". `meanwhile` is
    done here while it begins, and before anything that it prints is looked at; what it raises ends the program. Raises
    `ExtractError` when it went beyond a limit, `ReaderStoppedError` when it was stopped from outside, and `EndedError`.
    """
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is this process's to act on
    ) as reading:
        try:
            meanwhile()
            for line in reading.stdout or ():
                if not line.endswith(b"\n"):
                    break
                yield line
        except BaseException:
            reading.kill()
            raise
    code = reading.returncode
    if code in _STOPS:
        raise ReaderStoppedError(f"{name}: reading {what} was stopped from outside; run again.")
    if code in _OUT_OF_MEMORY:
        raise beyond(name, f"reading {what} takes more bytes of memory than the", limits, "memory_bytes")
    if code == -signal.SIGXCPU:
        raise beyond(name, f"reading {what} takes more seconds than the", limits, "seconds")
    if code:
        raise EndedError(code)
