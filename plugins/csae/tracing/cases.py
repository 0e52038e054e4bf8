"""A case under review: its rows, and those that count it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from csae.tracing.asking import asked
from csae.warehouse import Connection


@dataclass(frozen=True)
class CaseVersion:
    """A row that tells of one status of the case; the latest first."""

    case_key: str
    source_code: str
    load_id: int
    extract_name: str
    row_number: int
    status: str | None
    status_on: str | None
    fate: str
    is_standing: bool
    is_dropped: bool


def versions(connection: Connection, case_key: str) -> list[CaseVersion]:
    return asked(
        connection,
        CaseVersion,
        """
        select
            v.case_key, v.source_code, v.load_id, v.extract_name, v.row_number, v.status,
            v.status_on::text as status_on, f.fate, v.is_standing, v.is_dropped
        from intermediate.int_case_review_version as v
        inner join intermediate.int_case_review_fate as f using (load_id, extract_name, row_number, case_key)
        where v.case_key = %s
        order by v.status_on desc, v.is_standing desc, v.load_id desc, v.row_number desc
        """,
        [case_key],
    )


def published(connection: Connection, case_key: str) -> Sequence[Mapping[str, Any]]:
    rows = connection.execute(
        "select row_to_json(f) from curated.fct_case_review as f where case_key = %s order by status_on", [case_key]
    ).fetchall()
    return [row for (row,) in rows]


def why(row: CaseVersion) -> str:
    return {
        "current": "It stands: no later delivery tells of the case on that day.",
        "superseded": "A later delivery tells of the case on that day again.",
        "duplicate": "A later row of the same delivery tells of the case on that day again.",
        "withdrawn": "The source sends all its cases each time, and its latest delivery does not list this one.",
    }.get(row.fate, "")
