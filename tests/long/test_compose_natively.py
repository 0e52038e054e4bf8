"""What docker-compose.yml starts, started without Docker: `natively.py` says how, and what is not the same."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from csae.local_stack import Stack, object_store, postgres, processes
from csae.local_stack.wheel import INSTALLATION
from long import natively
from long.natively import SERVERS, Native, airflow_url, rows, superuser_url, wait_for, warehouse_url

NIGHT = "2026-09-01"

pytestmark = natively.needs_redis


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with natively.bare_stack(tmp_path_factory.mktemp("home")) as stack:
        yield stack


@pytest.fixture(scope="module")
def native(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    with natively.natively(stack, tmp_path_factory.mktemp("compose")) as native:
        yield native


@pytest.fixture(scope="module")
def prepared(native: Native) -> Native:
    natively.prepare(native)
    return native


@pytest.fixture(scope="module")
def delivered(prepared: Native, tmp_path_factory: pytest.TempPathFactory) -> Native:
    natively.deliver(prepared, tmp_path_factory.mktemp("deliveries"), NIGHT)
    return prepared


@pytest.fixture(scope="module")
def airflow(delivered: Native) -> Native:
    natively.start_airflow(delivered, "worker")
    return delivered


def test_postgresql_takes_its_options_and_is_well(stack: Stack, native: Native) -> None:
    program, *options = native.services["postgres"]["command"]
    asked = [str(INSTALLATION / "bin" / program), "-C", "datestyle", "-D", str(postgres.data_dir(stack.home)), *options]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip()) == (0, "ISO, DMY"), said.stderr
    assert native.check("postgres").returncode == 0


def test_init_prepares_what_is_missing_and_nothing_twice(stack: Stack, prepared: Native) -> None:
    owners = rows(
        superuser_url(stack), "select datname::text, datdba::regrole::text from pg_database where not datistemplate"
    )
    assert dict(owners) == {"postgres": "postgres", "warehouse": "csae", "airflow": "airflow"}
    rights = rows(
        superuser_url(stack), "select rolname::text, rolcreaterole, rolsuper from pg_roles where rolname !~ '^pg_'"
    )
    assert set(rights) == {("postgres", True, True), ("csae", True, False), ("airflow", False, False)}
    assert rows(superuser_url(stack), "select has_database_privilege('csae', 'airflow', 'connect')") == [(False,)]
    assert rows(airflow_url(prepared), "select count(*) > 0 from dag_run where false or true") in (
        [(False,)],
        [(True,)],
    )
    assert {path.name for path in (prepared.place / "objects").iterdir()} == {*object_store.BUCKETS}
    passwords = prepared.place / "airflow" / "passwords.json"
    assert passwords.stat().st_mode & 0o777 == 0o600
    again = prepared.run("init")
    assert again.returncode == 0, again.stderr
    assert "was made" not in again.stdout


def test_airflow_finds_its_secrets_in_files(airflow: Native) -> None:
    environment = airflow.environment(airflow.services["worker"])
    secrets = [path for path in (airflow.place / "secrets").iterdir() if path.name != "pseudonym_key"]
    assert not [path.name for path in secrets if path.read_text() in "".join(environment.values())]
    got = airflow.run("worker", ["airflow", "connections", "get", "csae_warehouse", "--output", "json"])
    assert json.loads(got.stdout)[0]["host"] == processes.LOOPBACK, got.stderr


@pytest.mark.parametrize("name", SERVERS)
def test_only_the_worker_finds_the_connections(airflow: Native, name: str) -> None:
    got = airflow.run(name, ["airflow", "connections", "get", "csae_warehouse", "--output", "json"])
    assert got.returncode == 1
    assert "Connection not found" in got.stdout + got.stderr


def test_a_worker_runs_the_night(airflow: Native) -> None:
    """The schedule's own first run: it comes as soon as the scheduler knows the DAG."""

    def verdict() -> list[tuple[Any, ...]]:
        with suppress(psycopg.errors.UndefinedTable):
            return rows(warehouse_url(airflow), "select verdict from ops.night where ended_at is not null")
        return []

    try:
        night = wait_for(600, verdict, "the night's verdict")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{airflow.log('scheduler')}\n{airflow.log('worker')}") from None
    assert night == [("incomplete",)], "no force has delivered for today"
    loads = rows(warehouse_url(airflow), "select source, delivery_on::text, state from ops.load order by source")
    assert loads == [(source, NIGHT, "accepted") for source in ("06", "13", "14")]
    assert rows(warehouse_url(airflow), "select count(*) > 0 from curated.fct_offence_type") == [(True,)]
    by_celery = rows(airflow_url(airflow), "select count(*) from celery_taskmeta where status = 'SUCCESS'")
    assert by_celery[0][0] >= 5  # the night, a load a source and the gate, at least
    home = airflow.place / "home"
    assert {"dbt", "spool"} <= {path.name for path in home.iterdir()}, "what the worker alone is given"
    assert list((home / "spool").iterdir()) == []
    logs = list((airflow.place / "airflow" / "logs").rglob("attempt=*.log"))
    assert {path.stat().st_mode & 0o777 for path in logs} == {0o600}
