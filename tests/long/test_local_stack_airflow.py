"""The embedded stack's Airflow, running a DAG for real."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from csae.local_stack import (
    airflow,
    ensure_running,
    migrate_airflow,
    processes,
    start_airflow,
    stop,
)
from integration.stacks import running

DAG = """
import pendulum
from airflow.sdk import DAG, task

with DAG("hello", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):

    @task
    def reach() -> list[str]:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        buckets = S3Hook("csae_object_store").get_conn().list_buckets()["Buckets"]
        user, database = PostgresHook("csae_warehouse").get_first("select current_user, current_database()")
        return [user, database, *(bucket["Name"] for bucket in buckets)]

    reach()

with DAG("nap", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False, params={"mark": ""}):

    @task
    def nap(params: dict[str, str]) -> None:
        import subprocess, sys

        command = [sys.executable, "-c", "import time; time.sleep(600)", params["mark"]]
        subprocess.Popen(command, start_new_session=True)
        subprocess.run(command, check=True)

    nap()
"""


class Api:
    """Airflow's REST interface, as a person who logs in uses it."""

    def __init__(self, port: int, password: str) -> None:
        self.port, self.token = port, ""
        answer = self.call("POST", "/auth/token", {"username": "admin", "password": password})
        self.token = answer["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            content = json.loads(response.read())
        assert response.status < 300, (response.status, path)
        return content


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def naps(mark: Path) -> list[int]:
    return [process.pid for process, line in processes.all_processes() if line[-1] == str(mark)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "a home"
    try:
        yield home
    finally:
        stop(home)


def test_airflow_comes_up_runs_a_task_and_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "dags" / "hello.py").write_text(DAG)
    stack = ensure_running(home, project_dir=tmp_path)
    assert migrate_airflow(stack) > 0
    assert migrate_airflow(stack) == 0

    process = start_airflow(stack)
    family = airflow.own_processes(stack.home)
    try:
        assert start_airflow(stack) == process
        assert ensure_running(home, project_dir=tmp_path) == stack
        assert set(running(stack.home)) == {
            "postgresql",
            "object store",
            *(f"airflow {component}" for component in airflow.COMPONENTS),
        }
        listening = [found for one in family for found in one.net_connections("inet") if found.status == "LISTEN"]
        assert {(found.laddr.ip, found.laddr.port) for found in listening} == {("127.0.0.1", stack.airflow_port)}

        api = Api(stack.airflow_port, json.loads(process.password_file.read_text())[process.user])
        run = api.call("POST", "/api/v2/dags/hello/dagRuns", {"logical_date": None})
        where = f"/api/v2/dags/hello/dagRuns/{run['dag_run_id']}"
        wait_for(lambda: api.call("GET", where)["state"] in ("success", "failed"))
        assert api.call("GET", where)["state"] == "success"
        value = api.call("GET", f"{where}/taskInstances/reach/xcomEntries/return_value")["value"]
        assert value == ["csae", "warehouse", "archive", "landing"]

        conf = {"mark": str(tmp_path)}
        api.call("POST", "/api/v2/dags/nap/dagRuns", {"logical_date": None, "conf": conf})
        wait_for(lambda: len(naps(tmp_path)) == 2)  # the task's own child, and one that left its session
    finally:
        stopped = stop(stack.home)
    assert stopped == ["airflow", "object store", "postgresql"]
    assert not [one for one in family if processes.is_alive(one)]
    assert naps(tmp_path) == []
    assert airflow.own_processes(stack.home) == []
    assert processes.port_is_free(stack.airflow_port)
    logs = [file.read_text() for file in (stack.home / "logs").rglob("*.log")]
    passwords = stack.secrets.warehouse_password, stack.secret_access_key, stack.secrets.airflow_admin_password
    assert not [secret for secret in passwords for text in logs if secret in text]
