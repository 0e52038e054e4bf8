"""A delivery through the night's own steps in a warehouse that is thrown away: its rules cannot differ from the gate's.

Nothing of the files but tokens reaches the database, made with a key that is thrown away with it.
"""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from csae import gates, loading, reports, warehouse
from csae.code_sets import CodeSets
from csae.force_forms import write_force_forms
from csae.landing import Delivery, SpooledFile
from csae.local_stack.throwaway import throwaway_warehouse
from csae.pseudonyms import derive_keys
from csae.sources import LoadedSource
from csae.sources.model import Layout
from csae.warehouse import Connection

FIRST_ROWS = 10
_POINTER = re.compile(r"See csae load \w+ \d+, and (\w)")
"""There is no such load once the rehearsal is over."""
_CRIME_QUARANTINED = "People go with their crime, and theirs is quarantined."


@dataclass(frozen=True)
class GateFinding:
    """Rows of the sample that fail one rule of the gate; critical ones would be quarantined."""

    severity: str
    record: str
    extract: str | None
    reason: str
    column: str | None
    rows: int
    first_rows: tuple[int, ...]
    """Their numbers, of critical ones only: of the others the gate keeps the count."""
    why: str


@dataclass(frozen=True)
class Notice:
    level: str
    message: str


@dataclass(frozen=True)
class Rehearsal:
    state: str
    """accepted, rejected or waiting"""
    reason_code: str | None = None
    message: str = ""
    rows_quarantined: int = 0
    findings: tuple[GateFinding, ...] = ()
    notices: tuple[Notice, ...] = ()
    """But for those about new columns, which the check of the header names."""


def rehearse(
    source: LoadedSource,
    layout: Layout,
    delivery: Delivery,
    files: Sequence[SpooledFile],
    codes: CodeSets,
    expectations_dir: Path,
) -> Rehearsal:
    """Load and gate the delivery as if it were the source's first. Raises `StackError` and `GateError`."""
    code, keys = source.spec.source, derive_keys(secrets.token_bytes(32))
    with throwaway_warehouse() as url, warehouse.connect(url, autocommit=True) as connection:
        warehouse.prepare(connection)
        write_force_forms(connection, codes)
        with TemporaryDirectory() as scratch:
            outcome = loading.load_spooled(connection, Path(scratch), keys, source, layout, delivery, files, {})
        if outcome.state == "loaded":
            gates.gate_loads(connection, url, expectations_dir, {code: source}, codes)
        elif outcome.state == "waiting":
            return Rehearsal("waiting", message=outcome.message)
        (line,) = reports.loads(connection)
        findings = _findings(connection, line.load_id, expectations_dir)
        notices = reports.load_details(connection, line.load_id)["notices"]
        quarantined = connection.execute(
            "select count(distinct (record_kind, extract_name, row_number)) from ops.quarantined_row"
        ).fetchone()
    return Rehearsal(
        state=line.state,
        reason_code=line.reason_code,
        message=_POINTER.sub(lambda found: found[1].upper(), line.reason or ""),
        rows_quarantined=quarantined[0] if quarantined else 0,
        findings=tuple(findings),
        notices=tuple(
            Notice(notice["level"], notice["message"])
            for notice in notices
            if notice["message"] != line.reason and notice["code"] != "column_new"
        ),
    )


def _findings(connection: Connection, load_id: int, expectations_dir: Path) -> list[GateFinding]:
    """Rows to be quarantined first, the most frequent reason first."""
    words = descriptions(expectations_dir)
    critical = connection.execute(
        """
        select 'critical', record_kind, extract_name, reason_code, column_name, count(*),
            (array_agg(row_number order by row_number))[1:%s]
        from ops.quarantined_row
        where load_id = %s
        group by record_kind, extract_name, reason_code, column_name
        order by count(*) desc, record_kind, extract_name, reason_code
        """,
        [FIRST_ROWS, load_id],
    ).fetchall()
    others = connection.execute(
        """
        select severity, record_kind, null, reason_code, column_name, rows_failed, array[]::bigint[]
        from ops.gate_result
        where load_id = %s and severity <> 'critical' and rows_failed > 0
        order by severity, rows_failed desc, record_kind, reason_code
        """,
        [load_id],
    ).fetchall()
    return [
        GateFinding(severity, kind, extract, reason, column, rows, tuple(numbers), words.get((kind, reason), ""))
        for severity, kind, extract, reason, column, rows, numbers in [*critical, *others]
    ]


def descriptions(expectations_dir: Path) -> dict[tuple[str, str], str]:
    """What a reason means, by kind of record and reason, in the words of the suites."""
    found = {("involvement", "crime_quarantined"): _CRIME_QUARANTINED}
    for path in sorted((expectations_dir / "suites").glob("*.json")):
        suite = json.loads(path.read_text(encoding="utf-8"))
        for item in suite["expectations"]:
            found[suite["name"], item["meta"]["reason"]] = item["description"]
    return found
