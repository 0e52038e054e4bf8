"""dbt: one subprocess a build, whose results are read from `run_results.json`."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from pydantic import SecretStr

from csae.code_sets import CODED_COLUMNS, CodeSets
from csae.sources import LoadedSource, Source
from csae.warehouse import Connection

_FINISHED = frozenset({"LogModelResult", "LogTestResult", "LogSeedResult", "LogNodeNoOpResult"})
_BAD = frozenset({"error", "fail", "runtime error", "warn"})


@dataclass(frozen=True)
class Build:
    """What dbt did: how many nodes passed, and the names of those that did not."""

    passed: int
    faults: tuple[str, ...]
    seconds: float


class BuildError(Exception):
    """dbt itself did not run to its end. The message says where its log is."""


def write_reference(connection: Connection, sources: Mapping[str, LoadedSource]) -> None:
    """Put what the sources' YAML says of names, code sets and own codes where dbt reads it, replacing what was."""
    specs = [loaded.spec for loaded in sources.values()]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "truncate reference.source, reference.source_code_scheme, reference.source_code, "
            "reference.source_closing_reason"
        )
        cursor.executemany(
            """
            insert into reference.source (source, name, status, delivery_mode, due_every, due_day)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [
                (spec.source, spec.name, spec.status, delivery.mode, delivery.due.every, delivery.due.day)
                for spec in specs
                for delivery in [spec.delivery]
            ],
        )
        cursor.executemany(
            "insert into reference.source_closing_reason (source, reason) values (%s, %s)",
            [(spec.source, reason) for spec in specs for reason in sorted(_closing_reasons(spec))],
        )
        cursor.executemany(
            """
            insert into reference.source_code_scheme (source, layout_valid_from, column_name, scheme)
            values (%s, %s, %s, %s)
            """,
            [(spec.source, *scheme) for spec in specs for scheme in spec.code_schemes()],
        )
        cursor.executemany(
            "insert into reference.source_code (source, scheme, code, harmonised_code) values (%s, %s, %s, %s)",
            [
                (spec.source, scheme, code, harmonised)
                for spec in specs
                for scheme, codes in spec.codes.items()
                for code, harmonised in codes.items()
            ],
        )


def write_suggestions(connection: Connection, sources: Mapping[str, LoadedSource], codes: CodeSets) -> None:
    """Put what values that cannot be decoded are likely to mean where `dq_unmapped_code` finds it."""
    seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source, column, value in connection.execute(
        "select distinct source, column_name, value from ops.coded_value where value is not null order by 1, 2, 3"
    ):
        seen[source].append((column, value))
    rows = [row for loaded in sources.values() for row in _suggestions(loaded.spec, seen[loaded.spec.source], codes)]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("truncate reference.source_suggestion")
        cursor.executemany(
            """
            insert into reference.source_suggestion (
                source, column_name, scheme, value, suggested_code, score, evidence
            )
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            rows,
        )


def _suggestions(
    spec: Source, values: Iterable[tuple[str, str]], codes: CodeSets
) -> Iterator[tuple[str, str, str, str, str, int, str]]:
    schemes: dict[str, set[str]] = defaultdict(set)
    for _, column, scheme in spec.code_schemes():
        schemes[column].add(scheme)
    for column, value in values:
        for scheme in sorted(schemes[column]) or [""]:
            own = spec.codes.get(scheme, {})
            if column in CODED_COLUMNS and codes.decode(column, value, scheme or None, own) is None:
                likely = codes.suggest(column, value, scheme or None)
                if likely:
                    yield spec.source, column, scheme, value, likely.code, likely.score, likely.evidence


def _closing_reasons(spec: Source) -> set[str]:
    """What the YAML's maps make of reasons for closing a case. A text of no map is not shown to anyone."""
    columns = [
        extract.case_review.columns["reason_closed"]
        for layout in spec.layouts
        for extract in layout.extracts.values()
        if extract.case_review and "reason_closed" in extract.case_review.columns
    ]
    return {reason for column in columns for reason in spec.value_map(column).values() if reason}


def build(
    url: SecretStr,
    project_dir: Path,
    work_dir: Path,
    stage: Literal["before_linkage", "after_linkage"],
    *,
    full: bool,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Build:
    """One of the two stages, by its selector: models, seeds where it is `full`, and in the second every data test.

    A model or test that fails is a fault in the result. Raises `BuildError`.
    """
    # Unit tests test the project, not a night's data; and a seed whose columns changed needs a full refresh.
    excluded = ["unit_test", *(["test"] if stage == "before_linkage" else []), *([] if full else ["seed"])]
    command = ["build", "--selector", stage, "--exclude-resource-type", *excluded]
    return run_dbt([*command, *(["--full-refresh"] if full else [])], url, project_dir, work_dir, progress)


def run_unit_tests(url: SecretStr, project_dir: Path, work_dir: Path) -> Build:
    """dbt's unit tests, which need the tables of an earlier build to be there. Raises `BuildError`."""
    return run_dbt(["test", "--select", "test_type:unit"], url, project_dir, work_dir, lambda *_: None)


def run_dbt(
    command: list[str], url: SecretStr, project_dir: Path, work_dir: Path, progress: Callable[[int, int], None]
) -> Build:
    """One dbt command in a process of its own. Raises `BuildError` when it ends without results."""
    target, logs = work_dir / "target", work_dir / "logs"
    target.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    whole = [
        str(Path(sys.executable).with_name("dbt")),
        *command,
        *("--project-dir", str(project_dir), "--profiles-dir", str(project_dir)),
        *("--target-path", str(target), "--log-path", str(logs), "--log-format", "json", "--log-level", "info"),
        # Every statement of every model takes as long to write down as some models take.
        *("--log-level-file", "info"),
    ]
    with (
        (logs / "stderr.log").open("w") as stderr,
        subprocess.Popen(
            whole, env=_environment(url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                _follow(line, progress)
        except BaseException:
            process.terminate()
            raise
    if not results.exists():
        raise BuildError(f"dbt stopped with exit code {process.returncode} before it built anything; see {logs}.")
    outcome = json.loads(results.read_text())
    statuses = [(item["status"], item["unique_id"]) for item in outcome["results"]]
    faults = tuple(sorted(name for status, name in statuses if status in _BAD))
    passed = sum(status in ("success", "pass", "no-op") for status, _ in statuses)
    if process.returncode not in (0, 1) or (process.returncode == 1 and not faults):
        raise BuildError(f"dbt stopped with exit code {process.returncode}; see {logs}.")
    return Build(passed, faults, float(outcome["elapsed_time"]))


def _follow(line: str, progress: Callable[[int, int], None]) -> None:
    """dbt writes an event a line; those that end a node say which of how many it was."""
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return
    if event.get("info", {}).get("name") in _FINISHED:
        data = event.get("data", {})
        progress(int(data["index"]), int(data.get("total") or data["num_models"]))


def _environment(url: SecretStr) -> dict[str, str]:
    parts = psycopg.conninfo.conninfo_to_dict(url.get_secret_value())
    return {
        **os.environ,
        "DBT_HOST": str(parts.get("host", "127.0.0.1")),
        "DBT_PORT": str(parts.get("port", 5432)),
        "DBT_USER": str(parts.get("user", "")),
        "DBT_PASSWORD": str(parts.get("password", "")),
        "DBT_DBNAME": str(parts.get("dbname", "")),
        # The joins are large and few, and many are to what a CTE made, of which the planner has no statistics: it then
        # takes merge joins that compare every row with every value of its force.
        "PGOPTIONS": "-c work_mem=256MB -c jit=off -c enable_mergejoin=off",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
