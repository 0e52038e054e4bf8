"""What ten years of history cost: the night's delta, a rebuild of everything, and the analysts' questions.

Run: `python benchmarks/history.py` writes benchmarks/history.md, history_curve.svg and history_plans.md. The worlds are
those of `history_world.py`, kept in `$CSAE_HOME/bench` (some 6 GB); a run needs another 22 GB of disk while it lasts.
`--years 1 2` measures shorter histories, and writes nothing.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import history_report
from history_nodes import Node, nodes_of, plans
from history_world import LAST_DAY, Server, change_crimes, ensure_world, server

from csae import building, generations, linkage, transform, warehouse
from csae.code_sets import CodeSets, read_code_sets
from csae.settings import PROJECT_DIR, Settings
from csae.sources import LoadedSource, load_sources
from csae.transform import Build, Dbt, Progress
from csae.warehouse import Connection

BETWEEN = (2, 5)
"""Histories for the curve, each built and dropped before the two that are compared."""
SHORT, LONG = 1, 10
NIGHTS, NIGHTS_BETWEEN, SCRIPTS, ASKED = 5, 3, 2, 5
"""Runs: of the night beside one another, of one for the curve, of the script, and of each question."""
SCRIPT = Path(__file__).with_name("hand_written.sql")
FACTS = ("fct_offence_type", "fct_ethnicity", "fct_nationality")
SCRIPT_OPTIONS = "set work_mem = '256MB'; set jit = off; set enable_mergejoin = off; set client_min_messages = error"
"""Those that dbt's connections have."""


@dataclass(frozen=True)
class Timed:
    """Seconds of one build, whole and by its steps; the switch is none of them."""

    load: float
    """The machine's load average as it began."""
    whole: float
    before_linkage: float
    linking: float
    after_linkage: float
    switch: float
    nodes: tuple[Node, ...]

    @property
    def of_models(self) -> float:
        return sum(node.seconds for node in self.nodes if node.kind == "model")

    @property
    def of_tests(self) -> float:
        return sum(node.seconds for node in self.nodes if node.kind == "test")

    @property
    def without_linking(self) -> float:
        return self.whole - self.linking


@dataclass
class World:
    """A history that is built and grows by nights."""

    at: Server
    years: int
    sources: dict[str, LoadedSource]
    settings: Settings
    full: list[Timed] = field(default_factory=list)
    nights: list[Timed] = field(default_factory=list)

    def connect(self) -> Connection:
        return warehouse.connect(self.settings.warehouse_url, autocommit=True)

    def rebuild(self) -> None:
        with self.connect() as connection:
            self.full.append(built(connection, self.settings, self.sources, full=True))
        say(f"{self.years} years: rebuilt in {self.full[-1].whole:.0f} s")

    def night(self) -> None:
        """Deliver a thousand changed crimes, and build what they change."""
        with self.connect() as connection:
            with connection.transaction():
                change_crimes(connection, len(self.nights) + 1)
            self.nights.append(built(connection, self.settings, self.sources, full=False))
        say(f"{self.years} years: a night in {self.nights[-1].whole:.1f} s")


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


@contextmanager
def world(at: Server, years: int, sources: dict[str, LoadedSource], codes: CodeSets, home: Path) -> Iterator[World]:
    """A copy of the kept world, built once; it is dropped in the end."""
    name, work = f"running_{years}", home / "bench" / "work" / str(years)
    work.mkdir(parents=True, exist_ok=True)
    say(f"{years} years: making the deliveries, where they are not kept")
    kept = ensure_world(at, years, sources, codes)
    at.drop(name)
    at.leave(kept)
    at.run(f"create database {name} template {kept}")
    try:
        found = World(at, years, each_a_delta(sources), Settings(home=work, warehouse_url=at.url(name)))
        with found.connect() as connection:
            warehouse.prepare(connection)
        found.rebuild()
        yield found
    finally:
        at.drop(name)


def each_a_delta(sources: dict[str, LoadedSource]) -> dict[str, LoadedSource]:
    """No source as one that sends all its crimes each time: a night of such a one is of all its history."""
    return {
        code: replace(
            loaded,
            spec=loaded.spec.model_copy(update={"delivery": loaded.spec.delivery.model_copy(update={"mode": "delta"})}),
        )
        for code, loaded in sources.items()
    }


def built(connection: Connection, settings: Settings, sources: dict[str, LoadedSource], *, full: bool) -> Timed:
    """`building.make` as a night runs it, and the switch after it. Raises RuntimeError when a model or test fails."""
    seconds: dict[str, float] = {}
    nodes: list[Node] = []
    load = os.getloadavg()[0]
    (night_id,) = connection.execute("insert into ops.night default values returning night_id").fetchall()[0]
    number = generations.open_generation(connection, night_id, f"bench {night_id}", rules="bench", full=full)
    with clocked(seconds, nodes, settings.home_dir / "dbt"):
        began = time.perf_counter()
        result = building.make(connection, settings, sources, number, full=full)
        whole = time.perf_counter() - began
    if result.faults:
        raise RuntimeError(f"dbt: {result.faults}")
    began = time.perf_counter()
    generations.switch(connection, number)
    switch = time.perf_counter() - began
    return Timed(load, whole, **seconds, switch=switch, nodes=tuple(nodes))


@contextmanager
def clocked(seconds: dict[str, float], nodes: list[Node], work: Path) -> Iterator[None]:
    """Take the time of the three steps of `building.make`. Nothing else is altered but that dbt writes its results."""
    run, link = transform.Dbt.run, linkage.link

    def timed_run(dbt: Dbt, command: list[str], progress: Progress) -> Build:
        began = time.perf_counter()
        result = run(dbt, [word for word in command if word != "--no-write-json"], progress)
        seconds[command[command.index("--selector") + 1]] = time.perf_counter() - began
        nodes.extend(nodes_of(work))
        return result

    def timed_link(connection: Connection, work_dir: Path, *, generation_id: int, full: bool) -> None:
        began = time.perf_counter()
        link(connection, work_dir, generation_id=generation_id, full=full)
        seconds["linking"] = time.perf_counter() - began

    with patch.object(transform.Dbt, "run", timed_run), patch.object(linkage, "link", timed_link):
        yield


def by_hand(connection: Connection) -> float:
    """Seconds of the script. Raises RuntimeError where its facts are not the rows that dbt built."""
    connection.execute(SCRIPT_OPTIONS)
    began = time.perf_counter()
    connection.execute(SCRIPT.read_bytes())
    seconds = time.perf_counter() - began
    for fact in FACTS:
        columns = ", ".join(
            name
            for (name,) in connection.execute(
                "select column_name from information_schema.columns "
                "where table_schema = 'marts' and table_name = %s order by ordinal_position",
                [fact],
            )
        )
        (other,) = connection.execute(
            f"select count(*) from ("  # noqa: S608 our own names
            f"(select {columns} from marts.{fact} except all select {columns} from hand_written.{fact}) union all "
            f"(select {columns} from hand_written.{fact} except all select {columns} from marts.{fact})) as d".encode()
        ).fetchall()[0]
        if other:
            raise RuntimeError(f"the script gives {other} rows of {fact} otherwise than dbt")
    connection.execute("drop schema hand_written cascade")
    return seconds


def ask(connection: Connection) -> dict[str, list[float]]:
    """Milliseconds of each question of docs/analysts.md, by its first line, asked of what analysts see."""
    connection.execute("set search_path = curated; set jit = off")
    times: dict[str, list[float]] = {}
    for question, text in history_report.questions():
        for _ in range(ASKED):
            began = time.perf_counter()
            connection.execute(text.encode()).fetchall()
            times.setdefault(question, []).append((time.perf_counter() - began) * 1000)
    return times


@dataclass
class Found:
    """Everything that the report shows."""

    curve: dict[int, list[Timed]] = field(default_factory=dict)
    short: list[Timed] = field(default_factory=list)
    long: list[Timed] = field(default_factory=list)
    full: list[Timed] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    asked: dict[str, list[float]] = field(default_factory=dict)
    counts: list[tuple[str, int]] = field(default_factory=list)
    dearest: list[tuple[Node, str]] = field(default_factory=list)
    sizes: list[tuple[str, str]] = field(default_factory=list)


def measure(at: Server, home: Path, short: int, long: int, between: Sequence[int]) -> Found:
    sources, codes = load_sources(PROJECT_DIR / "forces"), read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
    one = partial(world, at, sources=sources, codes=codes, home=home)
    found = Found()
    for years in between:
        with one(years) as of_years:
            for _ in range(NIGHTS_BETWEEN):
                of_years.night()
            found.curve[years] = of_years.nights
    with one(short) as of_short, one(long) as of_long:
        with of_long.connect() as connection:
            for _ in range(SCRIPTS):
                found.script.append(by_hand(connection))
                say(f"{long} years: the script in {found.script[-1]:.0f} s")
        for _ in range(NIGHTS):
            of_short.night()
            of_long.night()
        with of_long.connect() as connection:
            found.counts = history_report.counted(connection)
            found.dearest = plans(connection, of_long.nights[-1].nodes)
        with of_long.connect() as connection:
            found.asked = ask(connection)
            found.sizes = history_report.sized(connection)
        found.short, found.long, found.full = of_short.nights, of_long.nights, of_long.full
    found.curve |= {short: found.short, long: found.long}
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", nargs=2, type=int, metavar=("SHORT", "LONG"), help="compare these, write nothing")
    chosen = parser.parse_args(arguments)
    home = Settings().home_dir
    short, long = chosen.years or (SHORT, LONG)
    with server(home) as at:
        found = measure(at, home, short, long, () if chosen.years else BETWEEN)
        text = history_report.report(found, LAST_DAY)
    if not chosen.years:
        history_report.write(found, text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
