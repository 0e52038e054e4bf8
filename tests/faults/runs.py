"""Seeded fault runs: `python -m faults.runs --seed 7` makes one again, `--seeds 1-1000` makes many.

A run: something is delivered and loaded; more is delivered, and a fault strikes the night that loads it; at once
every load must be whole or absent; then a night without faults must leave what the oracle says.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults.bench import Bench, bench
from faults.database_proxy import DatabaseFault
from faults.oracle import Oracle
from faults.store_proxy import Kind, StoreFault
from faults.worker import GATE_STEPS, STEPS, Strike
from faults.world import World


@dataclass(frozen=True)
class Run:
    """What a run was, and whether its fault was met."""

    seed: int
    kind: str
    struck: bool
    gate: bool
    seconds: float


Fault = Callable[[Bench, random.Random, bool], bool]
"""Makes the night with its fault; whether it struck."""


def kill_at_step(bench: Bench, draw: random.Random, gate: bool) -> bool:
    steps = [*STEPS, *(GATE_STEPS if gate else ())]
    strike = Strike(draw.choice(steps), draw.choice(["before", "after"]), draw.randint(1, 3))
    return bench.night(bench.order(gate=gate).struck_at(strike)) is None


def kill_in_download(bench: Bench, draw: random.Random, gate: bool) -> bool:
    victim = _Victim()
    fault = StoreFault("call", draw.choice(["get", "list"]), draw.randint(1, 4), at=draw.randint(1, 400))
    fault.action = victim.kill
    bench.store.plan(fault)
    _night_of(bench, victim, gate)
    return fault.met > 0


def kill_at_byte(bench: Bench, draw: random.Random, gate: bool) -> bool:
    victim = _Victim()
    fault = DatabaseFault(victim.kill, at_byte=draw.randint(0, 60_000))
    bench.database.plan(fault)
    _night_of(bench, victim, gate)
    return fault.met > 0


def kill_at_commit(bench: Bench, draw: random.Random, gate: bool) -> bool:
    victim = _Victim()
    fault = DatabaseFault(victim.kill, at_commit=draw.randint(1, 14), when=draw.choice(["before", "after"]))
    bench.database.plan(fault)
    _night_of(bench, victim, gate)
    return fault.met > 0


def kill_at_random(bench: Bench, draw: random.Random, gate: bool) -> bool:
    victim = _Victim()
    timer = threading.Timer(draw.random() * (3.0 if gate else 1.0), victim.kill)
    timer.start()
    ended = _night_of(bench, victim, gate)
    timer.cancel()
    return not ended


def cut_database(bench: Bench, draw: random.Random, gate: bool) -> bool:
    fault = DatabaseFault(lambda: None)
    if draw.random() < 0.5:
        fault.at_byte = draw.randint(0, 60_000)
    else:
        fault.at_commit, fault.when = draw.randint(1, 14), draw.choice(["before", "after"])
    bench.database.plan(fault)
    bench.night(bench.order(gate=gate))
    return fault.met > 0


def restart_database(bench: Bench, draw: random.Random, gate: bool) -> bool:
    fault = DatabaseFault(bench.crash_and_recover, patience=draw.choice([0.0, 0.005, 0.5]))
    if draw.random() < 0.5:
        fault.at_byte = draw.randint(0, 60_000)
    else:
        fault.at_commit, fault.when = draw.randint(1, 14), draw.choice(["before", "after"])
    bench.database.plan(fault)
    bench.night(bench.order(gate=gate))
    return fault.met > 0


def store_refuses(bench: Bench, draw: random.Random, gate: bool) -> bool:
    kind: Kind = draw.choice(["status_500", "status_503", "reset"])
    times = 10 if draw.random() < 0.1 else draw.randint(1, 2)
    return _store(bench, StoreFault(kind, draw.choice(["get", "list"]), draw.randint(1, 5), times), gate)


def body_breaks(bench: Bench, draw: random.Random, gate: bool) -> bool:
    kind: Kind = draw.choice(["cut", "cut_without_length", "reset_in_body", "wrong_bytes"])
    return _store(bench, StoreFault(kind, "get", draw.randint(1, 5), draw.randint(1, 6), at=draw.randint(0, 400)), gate)


def store_is_slow(bench: Bench, draw: random.Random, gate: bool) -> bool:
    kind: Kind = draw.choice(["slow", "stall"])
    fault = StoreFault(kind, draw.choice(["get", "list"]), draw.randint(1, 5), seconds=0.05 if kind == "slow" else 0.6)
    bench.store.plan(fault)
    bench.night(bench.order(gate=gate, read_timeout=0.4))
    return fault.met > 0


def listing_lies(bench: Bench, draw: random.Random, gate: bool) -> bool:
    kind: Kind = draw.choice(["list_twice", "list_nothing"])
    return _store(bench, StoreFault(kind, "list", draw.randint(1, 2), draw.randint(1, 3)), gate)


def two_at_once(bench: Bench, draw: random.Random, gate: bool) -> bool:
    pids = []
    for _ in range(2):
        pids.append(bench.workers.start(bench.order(gate=gate)))
        time.sleep(draw.random() * 0.2)
    codes = [bench.workers.wait(pid, 120) for pid in pids]
    assert codes == [0, 0], f"two nights at once ended with {codes}"
    return True


def paused(bench: Bench, draw: random.Random, gate: bool) -> bool:
    """Another night runs while one sleeps; where the sleeper holds a lock, the other waits for it to wake."""
    strike = Strike(draw.choice(list(STEPS)), draw.choice(["before", "after"]), draw.randint(1, 3), signal.SIGSTOP)
    first = bench.workers.start(bench.order(gate=gate).struck_at(strike))
    stopped = _wait_stopped(bench, first)
    second = bench.workers.start(bench.order(gate=gate))
    bench.workers.wait(second, 6)
    if stopped:
        os.kill(first, signal.SIGCONT)
    codes = [bench.workers.wait(pid, 120) for pid in (first, second)]
    assert codes == [0, 0], f"a paused night and the one after it ended with {codes}"
    return stopped


def disk_is_full(bench: Bench, draw: random.Random, gate: bool) -> bool:
    """No file may grow beyond a few bytes."""
    result = bench.night(bench.order(gate=gate, largest_file=draw.randint(1, 300)))
    assert result is not None
    return any("spool folder cannot be written" in str(outcome) for outcome in result.values())


def clock_is_wrong(bench: Bench, draw: random.Random, gate: bool) -> bool:
    workers = bench.skewed[draw.choice(list(bench.skewed))]
    bench.night(bench.order(gate=gate), workers=workers)
    return True


FAULTS: dict[str, tuple[Fault, int]] = {
    "killed at a step": (kill_at_step, 22),
    "killed at a byte of a download": (kill_in_download, 8),
    "killed at a byte to the database": (kill_at_byte, 14),
    "killed at a commit": (kill_at_commit, 10),
    "killed at a random time": (kill_at_random, 6),
    "connection to the database cut": (cut_database, 8),
    "database restarted": (restart_database, 5),
    "store refuses or resets": (store_refuses, 4),
    "body cut, reset or wrong": (body_breaks, 8),
    "store slow or silent": (store_is_slow, 3),
    "listing doubled or late": (listing_lies, 3),
    "two nights at once": (two_at_once, 5),
    "paused, another night meanwhile": (paused, 5),
    "disk full": (disk_is_full, 4),
    "clock two days off": (clock_is_wrong, 2),
}
_TWO_NIGHTS = {"two nights at once", "paused, another night meanwhile"}


def run(bench: Bench, seed: int, *, gate_share: float = 0.1) -> Run:
    """Raises `AssertionError`, with how to make the run again."""
    draw = random.Random(seed)
    began = time.monotonic()
    kinds = [kind for kind in FAULTS if kind != "clock two days off" or bench.skewed]
    kind = draw.choices(kinds, [FAULTS[name][1] for name in kinds])[0]
    gate = draw.random() < gate_share
    try:
        world, oracle = World(draw), Oracle()
        bench.reset()
        if draw.random() < 0.7:
            before = world.step()
            bench.put(before)
            oracle.put(before)
            bench.clean_night(gate=gate)
            oracle.night(gate=gate)
        puts = world.step()
        bench.put(puts)
        oracle.put(puts)
        struck = FAULTS[kind][0](bench, draw, gate)
        oracle.night(gate=gate)
        bench.recover()
        bench.check_whole(oracle)
        bench.clean_night(gate=gate)
        bench.check(oracle, twins_may_swap=kind in _TWO_NIGHTS)
    except AssertionError as error:
        command = f"PYTHONPATH=tests .venv/bin/python -m faults.runs --seed {seed} --gate-share {gate_share}"
        raise AssertionError(f"seed {seed} ({kind}{', gated' if gate else ''}): {error}\nAgain: {command}") from error
    return Run(seed, kind, struck, gate, time.monotonic() - began)


class _Victim:
    """A process that is to be killed; its number is known a moment after it begins."""

    def __init__(self) -> None:
        self._pid = 0
        self._known = threading.Event()

    def is_(self, pid: int) -> None:
        self._pid = pid
        self._known.set()

    def kill(self) -> None:
        self._known.wait(10)
        if self._pid:
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def _night_of(bench: Bench, victim: _Victim, gate: bool) -> bool:
    """Whether the night came to its end."""
    order = bench.order(gate=gate)
    pid = bench.workers.start(order)
    victim.is_(pid)
    code = bench.workers.wait(pid, 120)
    assert code is not None, "a night did not end within 120 seconds"
    return bench.result(order) is not None


def _store(bench: Bench, fault: StoreFault, gate: bool) -> bool:
    bench.store.plan(fault)
    bench.night(bench.order(gate=gate))
    return fault.met > 0


def _wait_stopped(bench: Bench, pid: int) -> bool:
    """Until the process sleeps; False when it ended without."""
    while bench.workers.wait(pid, 0) is None:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "T":
            return True
        time.sleep(0.01)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", default="1-20", help="first-last")
    parser.add_argument("--gate-share", type=float, default=0.1)
    parser.add_argument("--seconds", type=float, help="begin no further run after this time")
    parser.add_argument("--figures", type=Path, help="append one JSON line a run")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    seeds = [given.seed] if given.seed is not None else range(int(first), int(last or first) + 1)
    began = time.monotonic()
    failed = 0
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="csae-faults-") as folder, bench(Path(folder) / "bench") as made:
        for seed in seeds:
            if given.seconds and time.monotonic() - began > given.seconds:
                break
            try:
                done = run(made, seed, gate_share=given.gate_share)
            except AssertionError as error:
                failed += 1
                print(error, file=sys.stderr, flush=True)
                line = {"seed": seed, "failed": True}
            else:
                counts[f"{done.kind}{'' if done.struck else ' (not met)'}"] += 1
                line = dict(done.__dict__)
            if given.figures:
                with given.figures.open("a") as stream:
                    stream.write(json.dumps(line) + "\n")
    for kind, number in sorted(counts.items()):
        print(f"{number:5d}  {kind}")
    print(f"{counts.total()} runs held, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
