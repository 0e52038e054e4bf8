"""The process that dbt runs in: several commands, and its end with whoever asked, however that one ends."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import SecretStr

from csae import transform
from csae.local_stack import Stack
from csae.transform import BuildError, Dbt

PROJECT = """
name: small
version: "1.0"
profile: small
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
"""
PROFILE = """
small:
  target: there
  outputs:
    there:
      type: postgres
      host: "{{ env_var('DBT_HOST') }}"
      port: "{{ env_var('DBT_PORT') | int }}"
      user: "{{ env_var('DBT_USER') }}"
      password: "{{ env_var('DBT_PASSWORD') }}"
      dbname: "{{ env_var('DBT_DBNAME') }}"
      schema: small
      threads: 1
"""
MODELS = {
    "good": "select 1 as number",
    "also_good": "select number from {{ ref('good') }}",
    "bad": "select 1 / 0 as number",
    "slow": "select pg_sleep(30)::text as nothing",
}
SLEEPING = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "profiles.yml").write_text(PROFILE)
    for name, model in MODELS.items():
        (tmp_path / "models" / f"{name}.sql").write_text(model)
    return tmp_path


@pytest.fixture
def dbt(shared: Stack, project: Path) -> Iterator[Dbt]:
    with transform.dbt(SecretStr(shared.warehouse_url), project, project / "work") as process:
        yield process


def nothing(_done: int, _total: int) -> None: ...


def until_it_sleeps(stack: Stack) -> None:
    with psycopg.connect(stack.warehouse_url, autocommit=True) as connection:
        for _ in range(300):
            if connection.execute(SLEEPING).fetchone() != (0,):
                return
            time.sleep(0.1)
    raise AssertionError("dbt did not begin its slow model within half a minute")


def test_commands_follow_each_other_in_one_process(dbt: Dbt) -> None:
    told: list[tuple[int, int]] = []
    one = dbt.run(["run", "--select", "good"], lambda done, total: told.append((done, total)))
    two = dbt.run(["run", "--select", "also_good"], lambda done, total: told.append((done, total)))
    assert (one.passed, one.faults, two.passed, two.faults) == (1, (), 1, ())
    assert told == [(1, 1), (1, 1)]


def test_a_model_that_fails_is_a_fault_and_the_log_says_why(dbt: Dbt) -> None:
    assert dbt.run(["run", "--select", "bad", "good"], nothing).faults == ("model.small.bad",)
    assert "division by zero" in (dbt.logs / "dbt.log").read_text()
    assert dbt.run(["run", "--select", "good"], nothing).passed == 1


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("models/good.sql", "{{ ref('nowhere') }}", "nowhere"),
        ("dbt_project.yml", "name: [", "while parsing a flow node"),
        ("dbt_project.yml", "name: other", "no profile was specified"),
    ],
)
def test_a_project_that_cannot_be_read_says_where_it_is_told(
    shared: Stack, project: Path, file: str, text: str, why: str
) -> None:
    (project / file).write_text(text)
    with pytest.raises(BuildError, match=r"before it built anything; see .*logs\.$"):
        transform.run_dbt(["run"], SecretStr(shared.warehouse_url), project, project / "work", nothing)
    assert any(why in log.read_text() for log in (project / "work" / "logs").iterdir())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_was_ended_is_an_error(dbt: Dbt, number: signal.Signals) -> None:
    def end(_done: int, _total: int) -> None:
        dbt.process.send_signal(number)

    with pytest.raises(BuildError, match=f"stopped with exit code -{number} "):
        dbt.run(["run", "--select", "good", "slow"], end)


def test_it_ends_when_whoever_asked_is_killed(shared: Stack, project: Path) -> None:
    asking = f"""
from pathlib import Path
from pydantic import SecretStr
from csae import transform
transform.run_dbt(["run", "--select", "slow"], SecretStr({shared.warehouse_url!r}), Path({str(project)!r}),
                  Path({str(project / "work")!r}), print)
"""
    with subprocess.Popen([sys.executable, "-c", asking]) as asker:
        try:
            until_it_sleeps(shared)
            (child,) = psutil.Process(asker.pid).children()
        finally:
            asker.kill()
        child.wait(timeout=20)


def test_it_ends_where_what_was_asked_is_broken_off(shared: Stack, project: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    process = None
    with suppress(KeyboardInterrupt), transform.dbt(SecretStr(shared.warehouse_url), project, project / "work") as dbt:
        process = dbt.process
        dbt.run(["run", "--select", "good", "slow"], stop)
    assert process is not None
    assert process.returncode == -signal.SIGTERM
