"""Nights in processes of their own, which can be killed, paused or broken off at any step.

`python -m faults.worker` reads orders, one JSON object a line, and answers each with one. It imports everything once
and forks for each night, so that a night costs what its steps cost. The hooks are put into the forked process alone.
"""

import importlib
import io
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from botocore.config import Config
from pydantic import SecretStr

from csae import gates, landing, night, warehouse
from csae.code_sets import read_code_sets
from csae.settings import Settings
from csae.sources import load_sources

STEPS: dict[str, str] = {
    "open": "csae.night:open_night",
    "list": "csae.landing:list_landing",
    "download": "csae.landing:spool",
    "block": "csae.landing:write_block",
    "choose": "csae.loading:choose",
    "receive": "csae.ledger:receive",
    "load": "csae.loading:_copy",
    "parse": "csae.loading:map_batch",
    "copy": "csae.loading:copy_table",
    "commit": "csae.ledger:record_loaded",
    "history": "csae.history:record",
    "signals": "csae.ledger:add_signals",
    "reject": "csae.ledger:reject",
    "note": "csae.night:_note",
}
GATE_STEPS: dict[str, str] = {
    "gate": "csae.night:gate",
    "gate_readings": "csae.gate_readings:mark",
    "checkpoint": "csae.gates:run_checkpoint",
    "finding": "csae.gates:_record",
    "quarantine": "csae.gates:_count_quarantined",
    "decide": "csae.gates:_compare_and_decide",
    "accept": "csae.ledger:accept",
}
BUILD_STEPS: dict[str, str] = {
    "reference": "csae.transform:write_reference",
    "dbt": "csae.transform:dbt",
    "dbt_model": "csae.progress:report",
    "link": "csae.linkage:link",
    "keep": "csae.generations.store:keep_differences",
    "views": "csae.generations.views:point_all",
    "switch": "csae.generations.switching:switch",
}


@dataclass(frozen=True)
class Strike:
    """A signal that a night sends itself at the edge of a step."""

    step: str
    when: str
    """`before` or `after`."""
    nth: int = 1
    signal: int = int(signal.SIGKILL)


@dataclass(frozen=True)
class Order:
    """One night. Everything in it is text or numbers, as it travels as JSON."""

    home: str
    forces_dir: str
    key_file: str
    warehouse_url: str
    s3_endpoint_url: str
    bucket: str
    result: str
    """A file that the night's outcomes are written to when it comes to its end."""
    log: str
    gate: bool = False
    build: bool = False
    """Whether the national tables are built and the night gets its verdict."""
    night_on: str | None = None
    read_timeout: float | None = None
    patience: float = 30.0
    archive_bucket: str | None = None
    largest_file: int | None = None
    """RLIMIT_FSIZE, in bytes."""
    strike: dict[str, Any] | None = None

    def struck_at(self, strike: Strike | None) -> "Order":
        return Order(**{**asdict(self), "strike": asdict(strike) if strike else None})


def main() -> None:
    """Serve orders until the input ends."""
    _read_code_sets_once()
    if skew := os.environ.get("FAULTS_SKEW_SECONDS"):
        _sign_by_the_clock_of_the_store(float(skew))
    ended: dict[int, int] = {}
    for line in sys.stdin:
        request = json.loads(line)
        match request["do"]:
            case "start":
                order = Order(**request["order"])
                if order.gate:
                    import great_expectations  # noqa: F401, PLC0415 - once, and not for nights without a gate
                pid = os.fork()
                if pid == 0:
                    _in_child(order)
                ended.pop(pid, None)  # numbers of processes come again
                answer: dict[str, Any] = {"pid": pid}
            case "poll":
                pid = request["pid"]
                if pid not in ended:
                    with suppress(ChildProcessError):
                        found, status = os.waitpid(pid, os.WNOHANG)
                        if found:
                            ended[pid] = os.waitstatus_to_exitcode(status)
                answer = {"code": ended.get(pid)}
        print(json.dumps(answer), flush=True)


def _sign_by_the_clock_of_the_store(skew: float) -> None:
    """A store refuses a request that was signed more than a quarter of an hour off, so nothing else would be tried."""
    auth: Any = importlib.import_module("botocore.auth")
    now = auth.get_current_datetime
    auth.get_current_datetime = lambda *given, **named: now(*given, **named) - timedelta(seconds=skew)


def _read_code_sets_once() -> None:
    """They never change here, and reading them takes longer than a night."""
    codes = read_code_sets(Settings().project_dir / "dbt_project" / "seeds")
    for column in codes.seeds.sets:
        codes.decode(column, "no such value")
    for module in (night, gates):
        if hasattr(module, "read_code_sets"):
            module.read_code_sets = lambda _: codes  # type: ignore[attr-defined, unused-ignore]


def _in_child(order: Order) -> None:
    code = 1
    try:
        log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        if order.strike:
            _hook(Strike(**order.strike))
        with _files_no_larger_than(order.largest_file) if order.largest_file else nullcontext():
            outcomes = run_night(order)
        Path(order.result).write_text(json.dumps(outcomes))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


@contextmanager
def _files_no_larger_than(length: int) -> Iterator[None]:
    """As if the disk were full. The log has grown beyond that already, so what goes there waits until the end."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    said = io.StringIO()
    with redirect_stderr(said):
        resource.setrlimit(resource.RLIMIT_FSIZE, (length, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(said.getvalue(), file=sys.stderr)


def run_night(order: Order) -> dict[str, Any]:
    """The steps of `csae_ingest`, each with a connection of its own as in Airflow. An error ends only its own step."""
    settings = Settings(
        home=Path(order.home),
        forces_dir=Path(order.forces_dir),
        warehouse_url=SecretStr(order.warehouse_url),
        s3_endpoint_url=order.s3_endpoint_url,
        landing_bucket=order.bucket,
        pseudonym_key_file=Path(order.key_file),
        archive_bucket=order.archive_bucket,
    )
    sources = load_sources(settings.sources_dir)
    s3 = landing.client(order.s3_endpoint_url)
    if order.read_timeout:
        import boto3  # noqa: PLC0415

        config = s3.meta.config.merge(Config(read_timeout=order.read_timeout))
        s3 = boto3.client("s3", endpoint_url=order.s3_endpoint_url, config=config)
    outcomes: dict[str, Any] = {}
    with warehouse.connect(settings.warehouse_url, autocommit=True, patience=order.patience) as connection:
        day = date.fromisoformat(order.night_on) if order.night_on else None
        night_id = night.open_night(connection, s3, settings, sources, day)
    for code in night.sources_to_load(sources):
        try:
            with warehouse.connect(settings.warehouse_url, autocommit=True, patience=order.patience) as connection:
                outcomes[code] = night.load_source(connection, s3, settings, sources[code], night_id)
        except Exception as error:
            outcomes[code] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
    if order.gate:
        try:
            with warehouse.connect(settings.warehouse_url, autocommit=True, patience=order.patience) as connection:
                outcomes["gate"] = night.gate(connection, settings, sources, night_id)
        except Exception as error:
            outcomes["gate"] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
    if order.build:
        try:
            with warehouse.connect(settings.warehouse_url, autocommit=True, patience=order.patience) as connection:
                outcomes["build"] = night.build(connection, settings, sources, night_id)
                verdict = night.give_verdict(connection, settings, sources, night_id)
                outcomes["verdict"] = [verdict.verdict, verdict.message]
        except Exception as error:
            outcomes["build"] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
    return outcomes


def _hook(strike: Strike) -> None:
    """Put a wrapper around the step that sends the signal at its n-th call."""
    module_name, _, name = ({**STEPS, **GATE_STEPS, **BUILD_STEPS})[strike.step].partition(":")
    module = importlib.import_module(module_name)
    step: Callable[..., Any] = getattr(module, name)
    calls = 0

    @wraps(step)
    def hooked(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        mine = calls == strike.nth
        if mine and strike.when == "before":
            os.kill(os.getpid(), strike.signal)
        try:
            return step(*arguments, **named)
        finally:  # a step that raises has ended too
            if mine and strike.when == "after":
                os.kill(os.getpid(), strike.signal)

    for user in [item for key, item in sys.modules.items() if key.startswith("csae.")]:
        if getattr(user, name, None) is step:
            setattr(user, name, hooked)


if __name__ == "__main__":
    main()
