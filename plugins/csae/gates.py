"""The gate: a Great Expectations checkpoint decides over the loads that wait. The one module that imports GX.

One run checks all waiting loads together, so its cost hardly grows with the number of sources. GX's own lists of
failing rows are cut short on SQL and would hold values, so only the query that it gives for them is used: it runs
inside the database and marks rows by load, extract and row number.
"""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql
from pydantic import SecretStr

from csae import gate_readings, history, ledger, warehouse
from csae.code_sets import CodeSets
from csae.ledger import Signal
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.expectations import BoundsByKind
from csae.warehouse import Connection

CONNECTION_VARIABLE = "CSAE_GATE_CONNECTION_STRING"
CHECKPOINT = "loads"
_KINDS: tuple[RecordKind, ...] = ("crime", "involvement", "case_review")
_UNDECODED = ("self_defined_ethnicity_not_decoded", "observed_ethnicity_not_decoded")
_FEWEST_FILLED = 30
"""Fewer values do not tell whether the declared code set is wrong."""


class GateError(Exception):
    """The checkpoint itself did not work, so no load was decided."""


@dataclass(frozen=True)
class Finding:
    """One expectation: what it is called, how bad a failure is, and the query of the rows that fail it, if any."""

    kind: RecordKind
    reason_code: str
    column: str
    severity: str
    failing_rows_query: str | None


@dataclass(frozen=True)
class Decision:
    load_id: int
    source: str
    delivery_on: str
    accepted: bool
    crimes_quarantined: int
    message: str = ""


def gate_loads(
    connection: Connection,
    url: SecretStr,
    expectations_dir: Path,
    sources: Mapping[str, LoadedSource],
    codes: CodeSets,
) -> list[Decision]:
    """Decide over every load in state `loaded`: quarantine its failing rows, then accept or reject it.

    Waits for its turn: a load must not be decided twice at once, nor while a build reads the ledger. A load whose
    source has no YAML any more is left as it is.
    """
    with warehouse.turn(connection):
        waiting = [
            row[0]
            for row in connection.execute(
                """
                select load_id from ops.load where state = 'loaded' and source = any(%s)
                order by delivery_on, correction_number, load_id
                """,
                [list(sources)],
            ).fetchall()
        ]
        if not waiting:
            return []
        with connection.transaction():
            gate_readings.mark(connection, waiting, sources, codes)
        findings = run_checkpoint(url, expectations_dir)
        with connection.transaction():
            connection.execute("delete from ops.quarantined_row where load_id = any(%s)", [waiting])
            connection.execute("delete from ops.gate_result where load_id = any(%s)", [waiting])
            for finding in findings:
                _record(connection, finding, waiting)
            _quarantine_people_of_quarantined_crimes(connection, waiting)
            _count_quarantined(connection, waiting)
            gate_readings.clear(connection, waiting)
            return [_compare_and_decide(connection, load_id, sources) for load_id in waiting]


def run_checkpoint(url: SecretStr, expectations_dir: Path) -> list[Finding]:
    """Run the checkpoint with a result format that holds no value of any row. Raises `GateError`."""
    with _quiet_gx(url):
        import great_expectations as gx  # noqa: PLC0415 - takes seconds, so only the gate pays for it

        context = gx.get_context(mode="file", context_root_dir=expectations_dir)
        result = context.checkpoints.get(CHECKPOINT).run()
    findings: list[Finding] = []
    for identifier, validation in result.run_results.items():
        kind = identifier.expectation_suite_identifier.name
        for item in validation.results:
            config, outcome = item.expectation_config, item.result
            if config is None or (item.exception_info or {}).get("raised_exception"):
                raise GateError(
                    f"The expectation on {kind} did not run; check its column in expectations/suites/{kind}.json."
                )
            findings.append(
                Finding(
                    kind=_KINDS[_KINDS.index(kind)],
                    reason_code=config.meta["reason"],
                    column=config.meta["column"],
                    severity=config.severity.value,
                    failing_rows_query=outcome["unexpected_index_query"] if outcome["unexpected_count"] else None,
                )
            )
    return findings


@contextmanager
def _quiet_gx(url: SecretStr) -> Iterator[None]:
    """GX reads its connection from the environment; its warnings about its own libraries are not the operator's."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ[CONNECTION_VARIABLE] = url.get_secret_value().replace("postgresql://", "postgresql+psycopg://", 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.pop(CONNECTION_VARIABLE, None)


def _record(connection: Connection, finding: Finding, waiting: list[int]) -> None:
    """The finding's count for every waiting load, and its failing rows when it is critical."""
    failing: Any = sql.SQL(
        "select null::bigint as load_id, null::text as extract_name, null::bigint as row_number where false"
    )
    if finding.failing_rows_query:
        # The query is GX's own, made from the suite; it holds names of columns and no values of rows.
        failing = sql.SQL(finding.failing_rows_query.rstrip().rstrip(";"))
    names = {"kind": finding.kind, "reason": finding.reason_code, "column": finding.column, "waiting": waiting}
    connection.execute(
        sql.SQL(
            """
            insert into ops.gate_result (
                load_id, record_kind, reason_code, column_name, severity, rows_checked, rows_failed
            )
            select
                l.load_id, %(kind)s, %(reason)s, %(column)s, %(severity)s, r.rows_read, coalesce(f.rows_failed, 0)
            from ops.load as l
            cross join lateral (
                select case %(kind)s
                    when 'crime' then l.crimes_read
                    when 'involvement' then l.involvements_read
                    when 'case_review' then l.case_reviews_read
                end as rows_read
            ) as r
            left join (
                select q.load_id, count(*) as rows_failed from ({failing}) as q group by q.load_id
            ) as f using (load_id)
            where l.load_id = any(%(waiting)s) and (r.rows_read > 0 or %(kind)s <> 'case_review')
            """
        ).format(failing=failing),
        {**names, "severity": finding.severity},
    )
    if finding.severity == "critical" and finding.failing_rows_query:
        connection.execute(
            sql.SQL(
                """
                insert into ops.quarantined_row (
                    load_id, extract_name, record_kind, row_number, reason_code, column_name
                )
                select q.load_id, q.extract_name, %(kind)s, q.row_number, %(reason)s, %(column)s
                from ({failing}) as q
                where q.load_id = any(%(waiting)s)
                """
            ).format(failing=failing),
            names,
        )


def _quarantine_people_of_quarantined_crimes(connection: Connection, waiting: list[int]) -> None:
    """People go with their crime, unless the crime also stands in the delivery without a fault."""
    connection.execute(
        """
        insert into ops.quarantined_row (load_id, extract_name, record_kind, row_number, reason_code, column_name)
        with bad_crime as (
            select distinct c.load_id, c.extract_name, c.row_number, c.crime_ref_token
            from raw.crime as c
            inner join ops.quarantined_row as q
                on c.load_id = q.load_id and c.extract_name = q.extract_name and c.row_number = q.row_number
                    and q.record_kind = 'crime'
            where c.load_id = any(%(waiting)s)
        ),

        good_crime as (
            select distinct c.load_id, c.crime_ref_token
            from raw.crime as c
            left join bad_crime as b
                on c.load_id = b.load_id and c.extract_name = b.extract_name and c.row_number = b.row_number
            where c.load_id = any(%(waiting)s) and b.load_id is null
        )

        select distinct i.load_id, i.extract_name, 'involvement', i.row_number, 'crime_quarantined', 'crime_ref'
        from raw.involvement as i
        inner join bad_crime as b
            on i.load_id = b.load_id
                and (
                    (i.crime_row_number = b.row_number and i.extract_name = b.extract_name)
                    or (i.crime_row_number is null and i.crime_ref_token = b.crime_ref_token)
                )
        left join good_crime as g on i.load_id = g.load_id and i.crime_ref_token = g.crime_ref_token
        where i.crime_row_number is not null or g.load_id is null
        """,
        {"waiting": waiting},
    )


def _count_quarantined(connection: Connection, waiting: list[int]) -> None:
    connection.execute(
        """
        update ops.load as l
        set crimes_quarantined = coalesce(q.crimes, 0), involvements_quarantined = coalesce(q.people, 0),
            case_reviews_quarantined = coalesce(q.case_reviews, 0)
        from unnest(%(waiting)s::bigint[]) as w (load_id)
        left join (
            select
                load_id,
                count(distinct (extract_name, row_number)) filter (where record_kind = 'crime') as crimes,
                count(distinct (extract_name, row_number)) filter (where record_kind = 'involvement') as people,
                count(distinct (extract_name, row_number)) filter (where record_kind = 'case_review') as case_reviews
            from ops.quarantined_row
            where load_id = any(%(waiting)s)
            group by load_id
        ) as q using (load_id)
        where l.load_id = w.load_id
        """,
        {"waiting": waiting},
    )


def _compare_and_decide(connection: Connection, load_id: int, sources: Mapping[str, LoadedSource]) -> Decision:
    """One by one, in the order of deliveries, so that each is compared with those accepted before it."""
    ledger.add_signals(connection, load_id, history.signals(connection, load_id, sources))
    decision = _decide(connection, load_id, sources)
    history.remember_values(connection, load_id, accepted=decision.accepted)
    return decision


def _decide(connection: Connection, load_id: int, sources: Mapping[str, LoadedSource]) -> Decision:
    row = connection.execute(
        """
        select
            source, delivery_on, crimes_read, crimes_quarantined, involvements_read, involvements_quarantined,
            case_reviews_read, case_reviews_quarantined
        from ops.load where load_id = %s
        """,
        [load_id],
    ).fetchone()
    if row is None:
        raise AssertionError(f"load {load_id} was waiting a moment ago")
    source, day, *numbers = row
    spec = sources[source].spec
    crimes, people, cases = (Share(*numbers[at : at + 2]) for at in (0, 2, 4))
    counted = {"cases": cases} if spec.has_case_reviews else {}
    counted |= {"crimes": crimes, "people": people}
    broken = list(broken_bounds(spec.bounds, counted, _undecoded(connection, load_id), load_id))
    waivers = {item.rule: spec.waiver(item.rule, day) for item in broken}
    for item in broken:
        if item.rejects and waivers[item.rule] is None:
            ledger.reject(connection, load_id, item.rule, item.message)
            return Decision(load_id, source, f"{day}", False, crimes.quarantined, f"{day}: {item.message}")
    for item in broken:
        waiver = waivers[item.rule]
        message = f"{item.message} {waiver.sentence if waiver else ''}".strip()
        ledger.add_signals(connection, load_id, [Signal(item.rule, "info" if waiver else "warning", message)])
    ledger.accept(connection, load_id)
    return Decision(load_id, source, f"{day}", True, crimes.quarantined)


@dataclass(frozen=True)
class Share:
    read: int
    quarantined: int


@dataclass(frozen=True)
class Undecoded:
    filled: int
    undecoded: int


@dataclass(frozen=True)
class BrokenBound:
    rule: str
    rejects: bool
    message: str


def _undecoded(connection: Connection, load_id: int) -> dict[str, Undecoded]:
    """Columns of ethnicity that have undecoded values."""
    rows = connection.execute(
        """
        select g.column_name, sum(c.filled)::bigint, g.rows_failed
        from ops.gate_result as g
        inner join ops.load_column as c using (load_id, record_kind, column_name)
        where g.load_id = %s and g.reason_code = any(%s) and g.rows_failed > 0
        group by g.column_name, g.rows_failed
        order by g.column_name
        """,
        [load_id, list(_UNDECODED)],
    ).fetchall()
    return {column: Undecoded(filled, undecoded) for column, filled, undecoded in rows}


def broken_bounds(
    bounds: BoundsByKind, counted: Mapping[str, Share], coded: Mapping[str, Undecoded], load_id: int
) -> Iterator[BrokenBound]:
    """The bounds that a load breaks. What its YAML bounds in number, crimes or cases, comes first in `counted`."""
    noun, first = next(iter(counted.items()))
    if first.read < bounds.crimes.min:
        yield BrokenBound(
            "too_few_crimes",
            True,
            f"{first.read} {noun} were delivered and the YAML's minimum is {bounds.crimes.min}. "
            "Ask the force for the whole delivery, or lower bounds, crimes, min.",
        )
    for kind, share in counted.items():
        if share.quarantined > share.read * bounds.max_quarantined_share:
            yield BrokenBound(
                "too_many_quarantined",
                True,
                f"{share.quarantined} of {share.read} {kind} fail the gate, and the YAML allows "
                f"{bounds.max_quarantined_share:.0%}. See csae load quarantine {load_id}, and ask the force to correct "
                "its extract.",
            )
            break
    for column, found in coded.items():
        if found.filled >= _FEWEST_FILLED and found.undecoded > found.filled * bounds.max_undecoded_share:
            yield BrokenBound(
                "too_many_undecoded",
                True,
                f"{found.undecoded} of the {found.filled} values of '{column}' cannot be decoded, and the YAML allows "
                f"{bounds.max_undecoded_share:.0%}: its code set, or the force's column, is likely to be another. See "
                f"csae load report {load_id}, and mend the column's 'codes' or 'from'.",
            )
            break
    if bounds.crimes.max is not None and first.read > bounds.crimes.max:
        yield BrokenBound(
            "many_crimes",
            False,
            f"{first.read} {noun} were delivered and the YAML's maximum is {bounds.crimes.max}; look at the delivery.",
        )
