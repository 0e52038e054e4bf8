"""What dbt is given, and dbt itself: one process a build, which is told its commands and says what came of them."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from pydantic import SecretStr

from csae.code_sets import CODED_COLUMNS, CodeSets
from csae.sources import LoadedSource, Source
from csae.warehouse import Connection

Progress = Callable[[int, int], None]
"""Told how many nodes have ended and how many there are."""
_TEST_OF_RULES = "test.csae.rules_"
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
        cursor.execute(
            "analyze reference.source, reference.source_code_scheme, reference.source_code, "
            "reference.source_closing_reason"
        )


def write_suggestions(
    connection: Connection, sources: Mapping[str, LoadedSource], codes: CodeSets, *, full: bool = True
) -> None:
    """Put what values that cannot be decoded are likely to mean where `dq_unmapped_code` finds it.

    A suggestion rests on the value, the code sets and the source's YAML, and to look for one takes some milliseconds.
    So unless it is `full`, only values are looked at that were not before, with a suggestion or without.
    """
    with connection.transaction(), connection.cursor() as cursor:
        if full:
            cursor.execute("truncate reference.source_suggestion")
        seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for source, column, value in cursor.execute(
            """
            select distinct source, column_name, value
            from ops.coded_value as c
            where value is not null and not exists (
                select from reference.source_suggestion as s
                where s.source = c.source and s.column_name = c.column_name and s.value = c.value
            )
            order by source, column_name, value
            """
        ):
            seen[source].append((column, value))
        rows = [
            row for loaded in sources.values() for row in _suggestions(loaded.spec, seen[loaded.spec.source], codes)
        ]
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
) -> Iterator[tuple[str, str, str, str, str | None, int | None, str | None]]:
    """A row of each value and scheme; without a code where it is decoded, or nothing is like it."""
    schemes: dict[str, set[str]] = defaultdict(set)
    for _, column, scheme in spec.code_schemes():
        schemes[column].add(scheme)
    for column, value in values:
        for scheme in sorted(schemes[column]) or [""]:
            own = spec.codes.get(scheme, {})
            is_unmapped = column in CODED_COLUMNS and codes.decode(column, value, scheme or None, own) is None
            likely = codes.suggest(column, value, scheme or None) if is_unmapped else None
            found = (likely.code, likely.score, likely.evidence) if likely else (None, None, None)
            yield spec.source, column, scheme, value, *found


def _closing_reasons(spec: Source) -> set[str]:
    """What the YAML's maps make of reasons for closing a case. A text of no map is not shown to anyone."""
    columns = [
        extract.case_review.columns["reason_closed"]
        for layout in spec.layouts
        for extract in layout.extracts.values()
        if extract.case_review and "reason_closed" in extract.case_review.columns
    ]
    return {reason for column in columns for reason in spec.value_map(column).values() if reason}


@dataclass(frozen=True)
class Dbt:
    """A process of dbt that waits for commands. `csae.running_dbt` is what it runs."""

    process: subprocess.Popen[str]
    url: SecretStr
    logs: Path

    def run(self, command: list[str], progress: Progress) -> Build:
        """One dbt command. A node that fails is a fault in the result. Raises `BuildError`."""
        try:
            print(json.dumps(command), file=self.process.stdin, flush=True)
            for line in self.process.stdout or ():
                match json.loads(line):
                    case [done, total]:
                        progress(done, total)
                    case answer:
                        return self._came_to(answer)
        except BrokenPipeError:
            pass
        raise BuildError(f"dbt stopped with exit code {self.process.wait()} before it built anything; see {self.logs}.")

    def build(
        self,
        stage: Literal["before_linkage", "after_linkage"],
        *,
        full: bool,
        all_tested: bool = False,
        progress: Progress = lambda *_: None,
    ) -> Build:
        """One of the two stages, by its selector: models, seeds where it is `full`, and in the second every data test.

        The tests read all rows where it is `full` or where they are asked to, and else those that the build replaced.
        Raises `BuildError`.
        """
        # Unit tests test the project, not a night's data; and a seed whose columns changed needs a full refresh.
        tests_follow = stage == "before_linkage"
        excluded = ["unit_test", *([] if full else ["seed"]), *(["test"] if tests_follow else [])]
        command = ["build", "--selector", stage, "--exclude-resource-type", *excluded]
        checked = "all" if full or all_tested else "changed"
        options = [*(["--full-refresh"] if full else []), *(["--no-write-json"] if tests_follow else [])]
        options += ["--vars", json.dumps({"checked": checked})]
        return self.run([*command, *options], progress)

    def _came_to(self, answer: Mapping[str, Any]) -> Build:
        bad = [(name, statement) for status, name, statement in answer["results"] if status in _BAD]
        if not answer["success"] and not bad:
            raise BuildError(f"dbt stopped before it built anything; see {self.logs}.")
        passed = sum(status in ("success", "pass", "no-op") for status, _, _ in answer["results"])
        faults = tuple(sorted(fault for name, statement in bad for fault in self._named(name, statement)))
        return Build(passed, faults, float(answer["seconds"]))

    def _named(self, name: str, statement: str | None) -> list[str]:
        """A test of several rules as the rules that are broken: it selects each, where it is and what breaks it."""
        if not (name.startswith(_TEST_OF_RULES) and statement):
            return [name]
        with psycopg.connect(self.url.get_secret_value()) as connection:
            broken = connection.execute(statement.encode()).fetchall()
        return [f"test.csae.{table}: {rule} of {columns} ({count})" for table, rule, columns, count in broken]


@contextmanager
def dbt(url: SecretStr, project_dir: Path, work_dir: Path) -> Iterator[Dbt]:
    """dbt for several commands, of which the first also reads the project. Ended when this is left, however it is."""
    target, logs = work_dir / "target", work_dir / "logs"
    target.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    whole = [
        # Without -P a file in the folder that one happens to be in could take the place of any module.
        *(sys.executable, "-P", "-m", "csae.running_dbt"),
        *("--project-dir", str(project_dir), "--profiles-dir", str(project_dir)),
        *("--target-path", str(target), "--log-path", str(logs), "--log-level", "none", "--log-level-file", "none"),
    ]
    with (
        (logs / "stderr.log").open("w") as stderr,
        subprocess.Popen(
            whole,
            env=_environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            yield Dbt(process, url, logs)
        except BaseException:
            process.terminate()
            raise


def run_unit_tests(url: SecretStr, project_dir: Path, work_dir: Path) -> Build:
    """dbt's unit tests, which need the tables of an earlier build to be there. Raises `BuildError`."""
    return run_dbt(["test", "--select", "test_type:unit"], url, project_dir, work_dir, lambda *_: None)


def run_dbt(command: list[str], url: SecretStr, project_dir: Path, work_dir: Path, progress: Progress) -> Build:
    """One dbt command in a process of its own. Raises `BuildError` when it ends without results."""
    with dbt(url, project_dir, work_dir) as process:
        return process.run(command, progress)


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
