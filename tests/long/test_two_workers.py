"""A night by two of Celery's workers: what one process makes, also when a worker is lost in the middle of its loads.

The services are those of docker-compose.yml (`natively.py`), with a second worker and three forces. Two settings are
not: a lost task is missed after 20 seconds, not 120, and looked for every 5, so that the test need not wait so long.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csae.local_stack import Stack
from end_to_end.conftest import SAMPLE_SOURCES, copy_sources
from integration import staged
from long import natively
from long.natively import Native, airflow_url, rows, superuser_url, wait_for, warehouse_url

FIRST, SECOND, THIRD = "2026-09-01", "2026-09-02", "2026-09-03"
WORKERS = ("worker-1", "worker-2")
LOST = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
}
LOADS = """
select source, delivery_on::text, state, attempt,
    crimes_read = (select count(*) from raw.crime as c where c.load_id = l.load_id)
    and involvements_read = (select count(*) from raw.involvement as i where i.load_id = l.load_id)
from ops.load as l order by source, delivery_on
"""
WAITING = "select count(distinct pid)::int from pg_locks where locktype = '{}' and not granted"
LOADING = "task_id = 'load_source' and state = 'running'"

pytestmark = [natively.needs_redis, pytest.mark.timeout(1200)]  # four to seven minutes beside other tests


@dataclass(frozen=True)
class Asked:
    url: str

    def rows(self, query: str, parameters: Sequence[Any] = (), /) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()


@dataclass(frozen=True)
class Night:
    """What a night came to, with the rows of all that dbt built and of what analysts see."""

    verdict: str
    built: dict[str, Counter[str]]
    curated: dict[str, Counter[str]]


@dataclass(frozen=True)
class Nights:
    quiet: Night
    disturbed: Night
    alone: list[Night]
    killed: set[str]
    """The sources that the killed worker was loading."""


def night_of(url: str, number: int) -> Night:
    verdict = rows(url, f"select verdict from ops.night where night_id = {number}")[0][0]
    built = staged.state(Asked(url), with_named_loads=True)
    curated = staged.state(Asked(url), with_named_loads=True, schemas=["curated"], kind="VIEW")
    return Night(verdict, built, curated)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with natively.bare_stack(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture(scope="module")
def airflow(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """Two workers, and the first night's deliveries: the schedule's own first run comes at once."""
    forces = tmp_path_factory.mktemp("sources") / "forces"
    copy_sources(forces, SAMPLE_SOURCES)
    place = tmp_path_factory.mktemp("compose")
    with natively.natively(stack, place, *WORKERS, CSAE_FORCES_DIR=str(forces), **LOST) as native:
        natively.prepare(native)
        with psycopg.connect(superuser_url(stack), autocommit=True) as connection:
            connection.execute("create database alone owner csae template template0")
            connection.execute("create database airflow_alone owner airflow template airflow")
        natively.deliver(native, tmp_path_factory.mktemp("first"), FIRST)
        for name in ("api-server", "scheduler", "dag-processor"):
            native.start(name)
        native.wait_healthy("api-server")
        for name in WORKERS:
            native.start(name)
        yield native


@pytest.fixture(scope="module")
def nights(airflow: Native, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A quiet night, and one with two more deliveries of each force whose worker is killed while it loads.

    While that one is missed, the same nights run again in one process, by `csae run`.
    """
    quiet = night_of(warehouse_url(airflow), ended(airflow, 1))
    natively.deliver(airflow, tmp_path_factory.mktemp("second"), SECOND, THIRD)
    killed = kill_in_the_middle(airflow)
    with ThreadPoolExecutor(1) as beside:
        alone = beside.submit(by_csae_run, airflow, tmp_path_factory.mktemp("alone"))
        disturbed = night_of(warehouse_url(airflow), ended(airflow, 2))
        return Nights(quiet, disturbed, alone.result(), killed)


def kill_in_the_middle(airflow: Native) -> set[str]:
    """Kill a worker when each load has said `received` and none is committed; the sources that it was loading."""
    url = warehouse_url(airflow)
    with psycopg.connect(url, autocommit=True) as holder:
        for source in SAMPLE_SOURCES:
            holder.execute("select pg_advisory_lock(hashtextextended('csae load ' || %s, 0))", [source])
        said = airflow.run("worker", ["airflow", "dags", "trigger", "csae_ingest", "--conf", f'{{"night": "{THIRD}"}}'])
        assert said.returncode == 0, said.stderr
        wait_for(120, lambda: rows(url, WAITING.format("advisory")) == [(3,)], "three loads at their beginning")
        with holder.transaction():
            holder.execute("lock table raw.crime in share mode")
            holder.execute("select pg_advisory_unlock_all()")
            wait_for(60, lambda: rows(url, WAITING.format("relation")) == [(3,)], "three loads at their rows")
            assert rows(url, "select count(*) from ops.load where state = 'received'") == [(3,)]
            name, sources = busy_worker(airflow)
            airflow.kill(name)
    return sources


def busy_worker(airflow: Native) -> tuple[str, set[str]]:
    """The worker that more of the running loads are at, and which they are."""
    tasks = rows(airflow_url(airflow), "select map_index, pid from task_instance where " + LOADING)
    sources: dict[int, set[str]] = defaultdict(set)
    for number, pid in tasks:
        sources[os.getsid(pid)].add(SAMPLE_SOURCES[number])
    by_worker = {name: sources[airflow.started[name].pid] for name in WORKERS}
    name = max(by_worker, key=lambda name: len(by_worker[name]))
    return name, by_worker[name]


def beside(airflow: Native) -> str:
    """Airflow's tables for `csae run`."""
    return f"{airflow_url(airflow)}_alone"


def by_csae_run(airflow: Native, home: Path) -> list[Night]:
    """Into a warehouse of its own, with tables of Airflow's own, so that the scheduler there knows nothing of it."""
    url = warehouse_url(airflow).replace("/warehouse", "/alone")
    own = {
        "CSAE_HOME": str(home),
        "CSAE_WAREHOUSE_URL": url,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": beside(airflow).replace("://", "+psycopg2://", 1),
    }
    found = []
    for number, day in enumerate((FIRST, THIRD), start=1):
        done = airflow.run("worker", ["csae", "run", "--date", day], **own)
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(night_of(url, number))
    return found


def ended(airflow: Native, number: int) -> int:
    """Waits until the night has a verdict."""
    url = warehouse_url(airflow)

    def look() -> bool:
        with suppress(psycopg.errors.UndefinedTable):
            return bool(rows(url, f"select 1 from ops.night where night_id = {number} and ended_at is not null"))
        return False

    try:
        wait_for(240, look, f"the verdict of night {number}")
    except AssertionError as error:
        logs = "\n".join(airflow.log(name) for name in ("scheduler", *WORKERS))
        raise AssertionError(f"{error}\n{logs}") from None
    return number


def test_two_workers_make_what_one_process_does(nights: Nights) -> None:
    assert nights.quiet.verdict == "incomplete", "no force has delivered for today"
    assert nights.quiet.curated["curated.fct_offence_type"].total() == 775
    assert staged.differences(nights.quiet.built, nights.alone[0].built) == {}
    assert staged.differences(nights.quiet.curated, nights.alone[0].curated) == {}


def test_a_night_whose_worker_was_killed_ends_complete_with_the_same_tables(nights: Nights) -> None:
    assert nights.disturbed.verdict == "complete"
    assert nights.disturbed.curated["curated.fct_offence_type"].total() == 887
    assert staged.differences(nights.disturbed.built, nights.alone[1].built) == {}
    assert staged.differences(nights.disturbed.curated, nights.alone[1].curated) == {}


def test_what_the_killed_worker_was_loading_was_tried_again_and_is_there_once(airflow: Native, nights: Nights) -> None:
    loads = rows(warehouse_url(airflow), LOADS)
    assert nights.killed
    assert loads == [
        (source, day, "accepted", 2 if day == SECOND and source in nights.killed else 1, True)
        for source in SAMPLE_SOURCES
        for day in (FIRST, SECOND, THIRD)
    ]


def test_a_task_that_failed_for_a_reason_was_not_tried_again(airflow: Native, nights: Nights) -> None:
    """The verdict of a night that is incomplete fails, and is no better a minute later."""
    tries = rows(airflow_url(airflow), "select task_id, map_index, try_number, state from task_instance")
    assert nights.quiet.verdict == "incomplete"
    assert {tried[1:] for tried in tries if tried[0] == "verdict"} == {(-1, 1, "failed"), (-1, 1, "success")}
    assert rows(beside(airflow), "select max(max_tries) from task_instance") == [(0,)], "`csae run` waits for no retry"
    again = {SAMPLE_SOURCES[number] for task, number, tried, _ in tries if tried > 1 and task == "load_source"}
    assert again == nights.killed
    assert {(task, state) for task, _, tried, state in tries if tried > 1} == {("load_source", "success")}
