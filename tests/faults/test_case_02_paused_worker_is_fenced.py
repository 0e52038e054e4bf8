"""Case 2: a night is paused past every timeout, a second one loads, the first wakes up and must change nothing."""

import os
import signal
from pathlib import Path

import pytest

from faults.delivering import Delivering
from faults.worker import Strike


@pytest.mark.parametrize(("step", "when"), [("receive", "after"), ("copy", "before"), ("commit", "before")])
def test_a_night_that_wakes_up_is_fenced_off(deliveries: Delivering, step: str, when: str) -> None:
    bench = deliveries.bench
    deliveries.crimes()
    order = bench.order()
    first = bench.workers.start(order.struck_at(Strike(step, when, 1, signal.SIGSTOP)))
    while bench.workers.wait(first, 0.05) is None and not _is_stopped(first):
        continue
    assert _is_stopped(first)
    if step == "receive":  # its transaction is open, and it has the source's lock: the second one waits for it
        second = bench.workers.start(bench.order())
        assert bench.workers.wait(second, 1.0) is None
        os.kill(first, signal.SIGCONT)
        assert bench.workers.wait(second, 60) == 0
    else:
        assert bench.night()["01"]["loaded"] == 1
        assert deliveries.states == [("01", "2026-09-01", 0, "loaded", 2)]
        os.kill(first, signal.SIGCONT)
    assert bench.workers.wait(first, 60) == 0
    if step != "receive":
        assert bench.result(order)["01"] == {"unchanged": 1}, "it says that another run has loaded it"
    deliveries.recovers()


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
