"""How long a night of 44 small deliveries takes through Airflow's LocalExecutor, end to end.

Run: `python benchmarks/night.py` writes benchmarks/night.md and its picture. A stack of its own is started below
CSAE_BENCH_HOME with Airflow's four servers; the night is asked for over Airflow's interface and has ended when its
verdict is there. Sources are added in steps: the first night of a step builds everything anew, those that follow only
what changed.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt
import psycopg
from figures import HOME, Figure, draw, figures_table, keep, machine, parser, table

from csae import landing
from csae.local_stack import Stack, ensure_running, start_airflow, stop
from csae.settings import PROJECT_DIR
from csae.synthetic import ALL_FORCES, Plan, write_deliveries

NAME = "night"
SEED, CRIMES, DAY = 20260907, 2_000, date(2026, 9, 1)
STEPS, SMALL_STEPS = ((11, 2), (22, 2), (44, 3)), ((2, 2), (4, 2))
"""How many sources there are, and for how many nights."""
STARTS = {
    "Python by itself": "",
    "a task's SDK of Airflow": "import airflow.sdk",
    "a task's steps: csae.night and its clients": "import csae.night, csae.clients",
    "the gate's Great Expectations": "import great_expectations",
    "dbt": "import dbt.cli.main",
    "the linking of people: Splink, DuckDB": "import csae.linkage.resolving",
}
"""What processes of a night import before they work."""
BUCKET = "landing"
MOST_SECONDS, PATIENCE = 240.0, 1200.0


@dataclass(frozen=True)
class Task:
    """All instances of a task in a night. Seconds are counted from the night's beginning."""

    name: str
    instances: int
    began: float
    ended: float
    waited: float
    """From when they were put into the executor's queue until they ran, all of them together."""
    ran: float
    longest: float

    def row(self) -> tuple[str, ...]:
        seconds = (self.began, self.ended, self.ended - self.began, self.waited, self.ran, self.longest)
        return self.name, str(self.instances), *(f"{value:.1f}" for value in seconds)


class Api:
    """Airflow's interface, as a person who logs in uses it."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.port, self.token = port, ""
        self.token = self.call("POST", "/auth/token", {"username": user, "password": password})["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            answer = json.loads(response.read() or b"null")
            if response.status >= 300:
                raise RuntimeError(f"Airflow refused {method} {path} ({response.status})")
            return answer


def deliveries(sources: tuple[str, ...], nights: int) -> Path:
    folder, done = (HOME / "data" / f"night-{len(sources)}-{nights}{end}" for end in ("", ".whole"))
    if not done.exists():
        crimes = CRIMES * len(sources) // 44
        write_deliveries(Plan(seed=SEED, crimes=crimes, nights=nights, first_night=DAY, forces=sources), folder)
        done.touch()
    return folder


def have_sources(folder: Path, sources: tuple[str, ...]) -> None:
    """Their YAML and that of their systems, and no other source's."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT_DIR / "forces", folder)
    for path in folder.glob("*.yml"):
        if path.name[:2] not in sources:
            path.unlink()


def nights_ended(stack: Stack) -> int:
    with psycopg.connect(stack.warehouse_url) as connection:
        (exists,) = connection.execute("select to_regclass('ops.night') is not null").fetchall()[0]
        if not exists:
            return 0
        (count,) = connection.execute("select count(*) from ops.night where ended_at is not null").fetchall()[0]
    return int(count)


def tasks(api: Api) -> list[Task]:
    """Of the last runs of both DAGs, in the order in which they began."""
    items: list[tuple[str, dict[str, Any]]] = []
    for dag in ("csae_ingest", "csae_transform"):
        ended = "state=success&state=failed&order_by=-run_after&limit=1"
        run = api.call("GET", f"/api/v2/dags/{dag}/dagRuns?{ended}")["dag_runs"][0]
        path = f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
        found = api.call("GET", path)["task_instances"]
        items += [(f"{dag}.{item['task_id']}", item) for item in found if item["start_date"] and item["end_date"]]
    first = min(_seconds(item["queued_when"] or item["start_date"]) for _, item in items)

    def task(name: str, mine: list[dict[str, Any]]) -> Task:
        began = [_seconds(item["start_date"]) for item in mine]
        ended = [_seconds(item["end_date"]) for item in mine]
        queued = [_seconds(item["queued_when"] or item["start_date"]) for item in mine]
        ran = [end - begin for begin, end in zip(began, ended, strict=True)]
        waited = sum(begin - queue for begin, queue in zip(began, queued, strict=True))
        return Task(name, len(mine), min(began) - first, max(ended) - first, waited, sum(ran), max(ran))

    names = dict.fromkeys(name for name, _ in items)
    found_tasks = [task(name, [item for other, item in items if other == name]) for name in names]
    return sorted(found_tasks, key=lambda one: one.began)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def night(stack: Stack, api: Api, day: date) -> float:
    before, began = nights_ended(stack), time.monotonic()
    api.call("POST", "/api/v2/dags/csae_ingest/dagRuns", {"logical_date": None, "conf": {"night": day.isoformat()}})
    _wait(stack, before + 1)
    return time.monotonic() - began


def let_the_schedule_pass(stack: Stack) -> None:
    """Wait for the night that csae_ingest begins by itself, where it is due soon: it would run in the middle of one."""
    now = datetime.now(ZoneInfo("Europe/London"))
    due = now.replace(hour=4, minute=0, second=0, microsecond=0)
    if 0 <= (due - now).total_seconds() < PATIENCE / 2:
        before = nights_ended(stack)
        sys.stderr.write("waiting for the night of 04:00 to pass\n")
        time.sleep((due - now).total_seconds())
        _wait(stack, before + 1)


def _wait(stack: Stack, nights: int) -> None:
    began = time.monotonic()
    while nights_ended(stack) < nights:
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"a night did not end within {PATIENCE:.0f} seconds; see {stack.home / 'logs'}")
        time.sleep(0.5)


def take(steps: tuple[tuple[int, int], ...]) -> tuple[dict[int, list[float]], list[Task]]:
    """Seconds of each night by the number of sources, and where the last one's went."""
    home, forces = HOME / "night" / "home", HOME / "night" / "forces"
    stop(home)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    most, nights = steps[-1][0], sum(times for _, times in steps)
    landed = deliveries(ALL_FORCES[:most], nights)
    os.environ["CSAE_FORCES_DIR"] = str(forces)
    have_sources(forces, ALL_FORCES[: steps[0][0]])
    taken: dict[int, list[float]] = {}
    try:
        stack = ensure_running(home, project_dir=PROJECT_DIR)
        store = landing.client(stack.s3_endpoint_url, stack.access_key_id, stack.secret_access_key)
        airflow = start_airflow(stack)
        api = Api(stack.airflow_port, airflow.user, json.loads(airflow.password_file.read_text())[airflow.user])
        _wait(stack, 1)  # the schedule's own first night, of nothing
        landing.deliver(store, BUCKET, landed)
        day = DAY.toordinal()
        for sources, times in steps:
            have_sources(forces, ALL_FORCES[:sources])
            for _ in range(times):
                let_the_schedule_pass(stack)
                taken.setdefault(sources, []).append(night(stack, api, date.fromordinal(day)))
                sys.stderr.write(f"a night of {sources} sources: {taken[sources][-1]:.0f} s\n")
                day += 1
        return taken, tasks(api)
    finally:
        stop(home)
        del os.environ["CSAE_FORCES_DIR"]


def starts(times: int) -> list[tuple[str, str]]:
    """Seconds of a process that does nothing but import, the median of some."""

    def run(statement: str) -> float:
        began = time.monotonic()
        subprocess.run([sys.executable, "-W", "ignore", "-c", statement], check=True)
        return time.monotonic() - began

    seconds = {name: median(run(statement) for _ in range(times)) for name, statement in STARTS.items()}
    return [(name, f"{taken:.2f}") for name, taken in seconds.items()]


def why(profile: list[Task]) -> str:
    longest = sorted(profile, key=lambda task: task.began - task.ended)[:4]
    return ", ".join(f"{task.name} {task.ended - task.began:.0f} s" for task in longest)


def main() -> int:
    size = parser(__doc__).parse_args().size
    where, steps = machine(), size.of(STEPS, SMALL_STEPS)
    taken, profile = take(steps)
    most = steps[-1][0]
    figures = [
        Figure(f"a night of {most} small deliveries", tuple(taken[most][1:]), "s", MOST_SECONDS, why=why(profile)),
        Figure(f"the same, all made anew: {most - steps[-2][0]} sources are new", (taken[most][0],), "s", MOST_SECONDS),
        *(Figure(f"a night of {few} small deliveries", tuple(taken[few][1:]), "s") for few, _ in steps[:-1]),
    ]
    keep(size, NAME, where, figures)
    curve = [
        {"sources": sources, "seconds": seconds, "by": "all made anew" if number == 0 else "what changed"}
        for sources, nights in taken.items()
        for number, seconds in enumerate([nights[0], median(nights[1:])])
    ]
    draw(
        curve,
        size.folder / f"{NAME}.svg",
        "A night through Airflow: seconds by its sources",
        alt.X("sources:Q", title="sources, each with a small delivery", scale=alt.Scale(zero=True)),
        alt.Y("seconds:Q", title="seconds"),
        "by",
    )
    headings = "task", "instances", "began at", "ended at", "between, s", "waited, s", "ran, s", "the longest, s"
    text = REPORT.format(
        machine=where,
        sources=most,
        crimes=f"{CRIMES * most // 44:,}",
        figures=figures_table(figures),
        starts=table(starts(size.of(5, 1)), "a process that imports", "seconds"),
        tasks=table([task.row() for task in profile], *headings),
    )
    size.report(NAME, text)
    return 0


REPORT = """# A night through Airflow

{machine}

{sources} sources deliver {crimes} crimes and their people in small files of every kind, and on the nights that follow
what is new and what changed. The night is asked for over Airflow's interface, runs on its LocalExecutor (scheduler, API
server, DAG processor and triggerer beside it on the same cores), and has ended when csae_transform has given its
verdict: loads, gate, both stages of dbt, linkage and the switch are in it.

{figures}

![Seconds by sources](night.svg)

## Where the time of the last night went

In the order in which tasks began, in seconds from the first being queued. Tasks of different sources run side by side:
what they waited, in the executor's queue and for their process to start, and what they ran add up to more than the time
between the first of them and the last.

{tasks}

A process that begins a task has Airflow imported: its executor forks. What else one imports is in the seconds that the
task ran:

{starts}
"""

if __name__ == "__main__":
    sys.exit(main())
