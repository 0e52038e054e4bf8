"""How long a night of 44 small deliveries takes through Airflow's LocalExecutor, end to end.

Run: `python benchmarks/night.py` writes benchmarks/night.md. A stack of its own is started below CSAE_BENCH_HOME with
Airflow's four servers; the night is asked for over Airflow's interface and has ended when its verdict is there.
"""

import http.client
import json
import shutil
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from figures import FOLDER, HOME, Figure, figures_table, keep, machine, table

from csae import landing
from csae.local_stack import Stack, ensure_running, start_airflow, stop
from csae.settings import PROJECT_DIR
from csae.synthetic import ALL_FORCES, Plan, write_deliveries

NAME = "night"
SEED, CRIMES, DAY, NIGHTS = 20260907, 2_000, date(2026, 9, 1), 3
SOURCES = ALL_FORCES[:44]
BUCKET = "landing"
MOST_SECONDS, PATIENCE = 240.0, 1200.0


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


def deliveries() -> Path:
    folder = HOME / "data" / "night"
    if not (folder / "whole").exists():
        plan = Plan(seed=SEED, crimes=CRIMES, nights=NIGHTS, first_night=DAY, forces=SOURCES)
        write_deliveries(plan, folder)
        (folder / "whole").touch()
    return folder


def nights_ended(stack: Stack) -> int:
    with psycopg.connect(stack.warehouse_url) as connection:
        (exists,) = connection.execute("select to_regclass('ops.night') is not null").fetchall()[0]
        if not exists:
            return 0
        (count,) = connection.execute("select count(*) from ops.night where ended_at is not null").fetchall()[0]
    return int(count)


def tasks(api: Api) -> list[tuple[str, float, float]]:
    """Of each task of both DAGs' last runs: the seconds of all its instances together, and of the longest."""
    found: list[tuple[str, float, float]] = []
    for dag in ("csae_ingest", "csae_transform"):
        run = api.call("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=-run_after&limit=1")["dag_runs"][0]
        path = f"/api/v2/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
        items = api.call("GET", path)["task_instances"]
        names = dict.fromkeys(item["task_id"] for item in items)
        for name in names:
            mine = [item["duration"] or 0.0 for item in items if item["task_id"] == name]
            found.append((f"{dag}.{name} × {len(mine)}", sum(mine), max(mine)))
    return found


def night(stack: Stack, api: Api, day: date) -> float:
    before, began = nights_ended(stack), time.monotonic()
    api.call("POST", "/api/v2/dags/csae_ingest/dagRuns", {"logical_date": None, "conf": {"night": day.isoformat()}})
    _wait(stack, before + 1)
    return time.monotonic() - began


def _wait(stack: Stack, nights: int) -> None:
    began = time.monotonic()
    while nights_ended(stack) < nights:
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"a night did not end within {PATIENCE:.0f} seconds; see {stack.home / 'logs'}")
        time.sleep(0.5)


def main() -> int:
    where, home = machine(), HOME / "night"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        stack = ensure_running(home, project_dir=PROJECT_DIR)
        store = landing.client(stack.s3_endpoint_url, stack.access_key_id, stack.secret_access_key)
        airflow = start_airflow(stack)
        api = Api(stack.airflow_port, airflow.user, json.loads(airflow.password_file.read_text())[airflow.user])
        _wait(stack, 1)  # the schedule's own first night, of nothing
        landing.deliver(store, BUCKET, deliveries())
        taken: list[float] = []
        for number in range(NIGHTS):
            day = date.fromordinal(DAY.toordinal() + number)
            taken.append(night(stack, api, day))
            sys.stderr.write(f"night {number + 1}: {taken[-1]:.0f} s\n")
        profile = tasks(api)
    finally:
        stop(home)
    figures = [
        Figure("a night of 44 small deliveries, after the first", tuple(taken[1:]), "s", MOST_SECONDS),
        Figure("the first night, which makes everything anew", (taken[0],), "s", MOST_SECONDS),
    ]
    keep(NAME, figures)
    rows = [(name, f"{total:.1f}", f"{longest:.1f}") for name, total, longest in profile]
    text = REPORT.format(
        machine=where,
        crimes=CRIMES,
        nights=NIGHTS,
        figures=figures_table(figures),
        tasks=table(rows, "task", "seconds, all of them", "the longest"),
    )
    (FOLDER / f"{NAME}.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


REPORT = """# A night through Airflow

{machine}

44 sources deliver {crimes:,} crimes and their people in small files of every kind, over {nights} nights. The night is
asked for over Airflow's interface, runs on its LocalExecutor (scheduler, API server, DAG processor and triggerer beside
it on the same cores), and has ended when csae_transform has given its verdict: loads, gate, both stages of dbt, linkage
and the switch are in it.

{figures}

## Where the time of the last night went

Tasks of different sources run side by side, so their seconds add up to more than the night's.

{tasks}
"""

if __name__ == "__main__":
    sys.exit(main())
