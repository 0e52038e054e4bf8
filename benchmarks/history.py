"""What ten years of history cost: the night's delta, a rebuild of everything, and the analysts' questions.

Run: `python benchmarks/history.py` writes benchmarks/history.md, history_curve.svg and history_plans.md. The worlds are
those of `history_world.py`, kept in `$CSAE_BENCH_HOME` (some 6 GB); a run needs another 22 GB of disk while it lasts.
`--days 365 730` compares such histories; its reports go where those of `--size small` do.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import history_report
from copied_rows import gate_all, load_day
from figures import HOME, Size, keep, machine, parser
from history_nodes import Node, nodes_of, plans
from history_world import LAST_DAY, TEN_YEARS, YEAR, Server, deliveries, ensure_world, server
from pydantic import SecretStr

from csae import building, gates, generations, linkage, transform, warehouse
from csae.code_sets import CodeSets, read_code_sets
from csae.settings import PROJECT_DIR, Settings
from csae.sources import LoadedSource, load_sources
from csae.synthetic.layouts import LAYOUTS
from csae.transform import Build, Dbt, Progress
from csae.warehouse import Connection

NAME = "history"
SCRIPT = Path(__file__).with_name("hand_written.sql")
FACTS = ("fct_offence_type", "fct_ethnicity", "fct_nationality")
SCRIPT_OPTIONS = "set work_mem = '256MB'; set jit = off; set enable_mergejoin = off; set client_min_messages = error"
"""Those that dbt's connections have."""


@dataclass(frozen=True)
class Scale:
    """What is measured; histories are told in days."""

    short: int
    long: int
    between: tuple[int, ...]
    """Histories for the curve, each built and dropped before the two that are compared."""
    recent: int
    """The copies in whose days the crimes are that a night changes."""
    nights: int
    nights_between: int
    scripts: int
    asked: int
    """Runs: of the night on each of the two, on one for the curve, of the script, and of each question."""


FULL = Scale(YEAR, TEN_YEARS, (4 * YEAR,), recent=13, nights=4, nights_between=2, scripts=2, asked=5)
SMALL = Scale(60, 120, (), recent=2, nights=2, nights_between=1, scripts=1, asked=2)


@dataclass(frozen=True)
class Timed:
    """Seconds of a night or a rebuild, by its steps."""

    load_average: float
    """The machine's, as it began."""
    seconds: dict[str, float]
    nodes: tuple[Node, ...]

    def of(self, *steps: str) -> float:
        return sum(self.seconds.get(step, 0.0) for step in steps)

    @property
    def whole(self) -> float:
        return sum(self.seconds.values())

    @property
    def of_models(self) -> float:
        return sum(node.seconds for node in self.nodes if node.kind == "model")

    @property
    def of_tests(self) -> float:
        return sum(node.seconds for node in self.nodes if node.kind == "test")


@dataclass
class World:
    """A history that is built and grows by nights."""

    at: Server
    days: int
    landing: Path
    sources: dict[str, LoadedSource]
    codes: CodeSets
    settings: Settings
    url: SecretStr
    full: list[Timed] = field(default_factory=list)
    nights: list[Timed] = field(default_factory=list)

    def connect(self) -> Connection:
        return warehouse.connect(self.url, autocommit=True)

    def rebuild(self) -> None:
        with self.connect() as connection:
            self.full.append(built(connection, self.settings, self.sources, Clock()))
        say(f"{history_report.named(self.days)}: rebuilt in {self.full[-1].whole:.0f} s")

    def night(self) -> None:
        """Load and gate the next night's deliveries, and build what they change."""
        day, clock = LAST_DAY + timedelta(days=len(self.nights) + 1), Clock()
        with self.connect() as connection:
            with clock.step(history_report.LOAD):
                load_day(connection, self.landing, day, deltas(self.sources, self.landing, day), self.codes)
            with clock.step(history_report.GATE):
                gate_all(connection, self.url, self.sources, self.codes)
            self.nights.append(built(connection, self.settings, self.sources, clock))
        say(f"{history_report.named(self.days)}: a night in {self.nights[-1].whole:.1f} s")


class Clock:
    """Seconds by step. What runs inside a step that is timed apart is taken off it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.load_average = os.getloadavg()[0]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        before, began = sum(self.seconds.values()), time.perf_counter()
        try:
            yield
        finally:
            inside = sum(self.seconds.values()) - before
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began - inside

    def timed(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        def timed(*values: object, **named: object) -> object:
            with self.step(name):
                return function(*values, **named)

        return timed


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


@contextmanager
def world(
    at: Server, days: int, recent: int, landing: Path, sources: dict[str, LoadedSource], codes: CodeSets
) -> Iterator[World]:
    """A copy of the kept world, built once; it is dropped in the end."""
    name, work = f"running_{days}", HOME / NAME / "work" / str(days)
    work.mkdir(parents=True, exist_ok=True)
    say(f"{history_report.named(days)}: making the deliveries, where they are not kept")
    kept = ensure_world(at, landing, days, recent, sources, codes)
    at.drop(name)
    at.leave(kept)
    at.run(f"create database {name} template {kept}")
    try:
        settings = Settings(home=work, warehouse_url=at.url(name))
        found = World(at, days, landing, each_a_delta(sources), codes, settings, at.url(name))
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


def deltas(sources: dict[str, LoadedSource], landing: Path, day: date) -> dict[str, LoadedSource]:
    """The sources that send changes on this day. The files of the others hold all their crimes."""
    return {
        code: loaded
        for code, loaded in sources.items()
        if (landing / code / day.isoformat()).is_dir() and not LAYOUTS[code].snapshot
    }


def built(connection: Connection, settings: Settings, sources: dict[str, LoadedSource], clock: Clock) -> Timed:
    """`building.build` as a night runs it. Raises RuntimeError when analysts do not see what it built."""
    nodes: list[Node] = []
    (night_id,) = connection.execute("insert into ops.night default values returning night_id").fetchall()[0]
    with clocked(clock, nodes, settings.home_dir / "dbt"), clock.step(history_report.REST):
        number = building.build(connection, settings, sources, night_id, tuple(sources))
    state, mode, message = connection.execute(
        "select state, mode, message from ops.generation where generation_id = %s", [number]
    ).fetchall()[0]
    if state != "current":
        raise RuntimeError(f"the build ended as {state}: {message}")
    if mode != ("full" if number == 1 else "incremental"):
        raise RuntimeError("everything was built anew: a model, a seed or a YAML was changed since the rebuild")
    return Timed(clock.load_average, clock.seconds, tuple(nodes))


@contextmanager
def clocked(clock: Clock, nodes: list[Node], work: Path) -> Iterator[None]:
    """Take the time of the steps of `building.build`. Nothing else is altered but that dbt writes its results."""
    run = transform.Dbt.run

    def timed_run(dbt: Dbt, command: list[str], progress: Progress) -> Build:
        with clock.step(history_report.DBT[command[command.index("--selector") + 1]]):
            result = run(dbt, [word for word in command if word != "--no-write-json"], progress)
        nodes.extend(nodes_of(work))
        return result

    with (
        patch.object(transform.Dbt, "run", timed_run),
        patch.object(linkage, "link", clock.timed(history_report.LINKING, linkage.link)),
        patch.object(
            transform, "write_suggestions", clock.timed(history_report.SUGGESTING, transform.write_suggestions)
        ),
        patch.object(generations, "falls", clock.timed(history_report.BOUNDS, generations.falls)),
        patch.object(generations, "switch", clock.timed(history_report.SWITCH, generations.switch)),
    ):
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


def ask(connection: Connection, times: int) -> dict[str, list[float]]:
    """Milliseconds of each question of docs/analysts.md, by its first line, asked of what analysts see."""
    connection.execute("set search_path = curated; set jit = off")
    taken: dict[str, list[float]] = {}
    for question, text in history_report.questions():
        for _ in range(times):
            began = time.perf_counter()
            connection.execute(text.encode()).fetchall()
            taken.setdefault(question, []).append((time.perf_counter() - began) * 1000)
    return taken


@dataclass
class Found:
    """Everything that the report shows."""

    scale: Scale
    curve: dict[int, list[Timed]] = field(default_factory=dict)
    rebuilt: dict[int, Timed] = field(default_factory=dict)
    script: list[float] = field(default_factory=list)
    asked: dict[str, list[float]] = field(default_factory=dict)
    counts: list[tuple[str, ...]] = field(default_factory=list)
    dearest: list[tuple[Node, str]] = field(default_factory=list)
    sizes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def short(self) -> list[Timed]:
        return self.curve[self.scale.short]

    @property
    def long(self) -> list[Timed]:
        return self.curve[self.scale.long]

    @property
    def full(self) -> Timed:
        return self.rebuilt[self.scale.long]


def measure(at: Server, scale: Scale) -> Found:
    sources, codes = load_sources(PROJECT_DIR / "forces"), read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
    landing = deliveries(HOME, sources)
    one = partial(world, at, recent=scale.recent, landing=landing, sources=sources, codes=codes)
    found = Found(scale)
    for days in scale.between:
        with one(days) as of_days:
            for _ in range(scale.nights_between):
                of_days.night()
            found.curve[days], found.rebuilt[days] = of_days.nights, of_days.full[0]
    with one(scale.short) as of_short, one(scale.long) as of_long:
        found.rebuilt |= {scale.short: of_short.full[0], scale.long: of_long.full[0]}
        with of_long.connect() as connection:
            for _ in range(scale.scripts):
                found.script.append(by_hand(connection))
                say(f"the script in {found.script[-1]:.0f} s")
        gates.run_checkpoint(of_short.url, PROJECT_DIR / "expectations")  # imports Great Expectations
        for _ in range(scale.nights):
            of_short.night()
            of_long.night()
        found.curve |= {scale.short: of_short.nights, scale.long: of_long.nights}
        with of_short.connect() as less, of_long.connect() as connection:
            found.counts = history_report.counted(less, connection)
            found.dearest = plans(connection, of_long.nights[-1].nodes)
        with of_long.connect() as connection:
            found.asked = ask(connection, scale.asked)
            found.sizes = history_report.sized(connection)
    return found


def main(arguments: Sequence[str]) -> int:
    options = parser(__doc__)
    options.add_argument("--days", nargs=2, type=int, metavar=("SHORT", "LONG"), help="compare these histories")
    chosen = options.parse_args(arguments)
    size, scale = chosen.size, chosen.size.of(FULL, SMALL)
    if chosen.days:
        short, long = chosen.days
        size, scale = Size("small"), replace(scale, short=short, long=long, between=(), recent=min(13, short // 27))
    where = machine()
    with server(HOME / NAME) as at:
        found = measure(at, scale)
    keep(size, NAME, where, history_report.figures(found))
    size.report(NAME, history_report.report(where, found, LAST_DAY))
    history_report.draw_and_list(where, found, size.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
