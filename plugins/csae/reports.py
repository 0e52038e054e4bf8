"""What people are shown of the warehouse: plain queries, their rows as records. No query returns a personal value."""

from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import class_row

from csae.generations import ChangeLine, of_generation
from csae.warehouse import Connection


@dataclass(frozen=True)
class SourceLine:
    """What became of one source in a night."""

    source: str
    name: str | None
    state: str
    is_waived: bool
    deliveries: int
    crimes: int | None
    people: int | None
    case_reviews: int | None
    crimes_quarantined: int | None
    case_reviews_quarantined: int | None
    last_delivery_on: str | None
    message: str | None


@dataclass(frozen=True)
class NightLine:
    """A night, as the verdict left it; `verdict` is null while it runs."""

    night_id: int
    night_on: str | None
    verdict: str | None
    message: str | None
    notice: str | None


@dataclass(frozen=True)
class LoadLine:
    load_id: int
    source: str
    delivery_on: str
    correction_number: int
    state: str
    crimes_read: int | None
    crimes_quarantined: int | None
    people_read: int | None
    people_quarantined: int | None
    case_reviews_read: int | None
    case_reviews_quarantined: int | None
    files: int
    reason_code: str | None
    reason: str | None


@dataclass(frozen=True)
class QuarantineLine:
    record_kind: str
    extract_name: str
    row_number: int
    reason_code: str
    column_name: str | None


@dataclass(frozen=True)
class GroupLine:
    ethnicity_group: str
    label: str
    suspects: int


@dataclass(frozen=True)
class CompletenessLine:
    force_code: str
    name: str
    suspects: int
    """On crimes with an identified suspect."""
    self_defined: int
    """At least the group."""
    group_only: int
    not_stated: int
    """Or refused."""
    not_recorded: int
    """Blank, or said to be unknown."""
    unmapped: int
    observed_only: int
    nationality: int


@dataclass(frozen=True)
class CoverageLine:
    """How much of what live sources wrote in a coded column is decoded; a value of two forces counts twice."""

    column_name: str
    distinct_values: int
    distinct_values_decoded: int
    row_count: int
    rows_decoded: int


@dataclass(frozen=True)
class DefinitionLine:
    """The national total under one definition of child sexual abuse and exploitation."""

    definition: str
    label: str
    crimes: int


def night(connection: Connection, night_id: int | None = None) -> NightLine | None:
    """One night, or the latest."""
    with connection.cursor(row_factory=class_row(NightLine)) as cursor:
        return cursor.execute(
            """
            select night_id, night_on::text, verdict, message, notice from ops.night
            where %(night_id)s::bigint is null or night_id = %(night_id)s
            order by night_id desc
            limit 1
            """,
            {"night_id": night_id},
        ).fetchone()


def night_sources(connection: Connection, night_id: int) -> list[SourceLine]:
    """Every source of the night; its crimes, people and case reviews are those of all its accepted loads."""
    with connection.cursor(row_factory=class_row(SourceLine)) as cursor:
        return cursor.execute(
            """
            with accepted as (
                select
                    source,
                    sum(crimes_read) as crimes,
                    sum(involvements_read) as people,
                    sum(case_reviews_read) as case_reviews,
                    sum(crimes_quarantined) as crimes_quarantined,
                    sum(case_reviews_quarantined) as case_reviews_quarantined,
                    max(delivery_on) as last_delivery_on
                from ops.load
                where state = 'accepted'
                group by source
            )

            select
                n.source, s.name, n.state, n.is_waived, n.deliveries, a.crimes::bigint, a.people::bigint,
                a.case_reviews::bigint, a.crimes_quarantined::bigint, a.case_reviews_quarantined::bigint,
                a.last_delivery_on::text, n.message
            from ops.night_source as n
            left join accepted as a using (source)
            left join reference.source as s using (source)
            where n.night_id = %s
            order by n.source
            """,
            [night_id],
        ).fetchall()


def night_changes(connection: Connection, night_id: int) -> tuple[int | None, list[ChangeLine]]:
    """The generation of the night that analysts got to see, and what it changed."""
    row = connection.execute(
        "select max(generation_id) from ops.generation where night_id = %s and state in ('current', 'previous')",
        [night_id],
    ).fetchone()
    generation_id = row[0] if row else None
    return generation_id, of_generation(connection, generation_id) if generation_id is not None else []


def last_deliveries(connection: Connection) -> dict[str, str]:
    """The day of each source's last accepted delivery; none in a warehouse that has had no night."""
    there = connection.execute("select to_regclass('ops.load') is not null").fetchone()
    if there is None or not there[0]:
        return {}
    rows = connection.execute(
        "select source, max(delivery_on)::text from ops.load where state = 'accepted' group by source"
    ).fetchall()
    return dict(rows)


def loads(connection: Connection, *, source: str | None = None, state: str | None = None) -> list[LoadLine]:
    with connection.cursor(row_factory=class_row(LoadLine)) as cursor:
        return cursor.execute(_LOADS, {"source": source, "state": state, "load_id": None}).fetchall()


def load(connection: Connection, load_id: int) -> LoadLine | None:
    with connection.cursor(row_factory=class_row(LoadLine)) as cursor:
        return cursor.execute(_LOADS, {"source": None, "state": None, "load_id": load_id}).fetchone()


def load_details(connection: Connection, load_id: int) -> dict[str, list[dict[str, Any]]]:
    """Files, findings of the gate that failed, and notices of one load."""
    queries = {
        "files": """
            select extract_name, object_key, size_bytes, records_read, sha256 from ops.extract
            where load_id = %s order by object_key
        """,
        "findings": """
            select record_kind, severity, reason_code, column_name, rows_failed, rows_checked from ops.gate_result
            where load_id = %s and rows_failed > 0 order by severity, record_kind, reason_code
        """,
        "notices": """
            select code, level, extract_name, column_name, message from ops.load_notice
            where load_id = %s
            order by array_position(array['error', 'warning', 'info'], level), code, extract_name, column_name
        """,
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for name, query in queries.items():
        cursor = connection.execute(query, [load_id])
        columns = [column.name for column in cursor.description or ()]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def quarantine(connection: Connection, load_id: int) -> list[QuarantineLine]:
    with connection.cursor(row_factory=class_row(QuarantineLine)) as cursor:
        return cursor.execute(
            """
            select record_kind, extract_name, row_number, reason_code, column_name from ops.quarantined_row
            where load_id = %s order by record_kind, extract_name, row_number, reason_code
            """,
            [load_id],
        ).fetchall()


def suspects_by_group(connection: Connection) -> list[GroupLine]:
    """Suspects on crimes, by best-available ethnic group; `U` is unknown and stands last. None before a first build."""
    if not _is_built(connection, "curated.fct_ethnicity"):
        return []
    with connection.cursor(row_factory=class_row(GroupLine)) as cursor:
        return cursor.execute(
            """
            select g.ethnicity_group, g.label, count(f.crime_key) as suspects
            from reference.ethnicity_group as g
            left join curated.fct_ethnicity as f on g.ethnicity_group = f.ethnicity_group and f.role = 'suspect'
            group by g.ethnicity_group, g.label
            order by g.ethnicity_group = 'U', count(f.crime_key) desc, g.ethnicity_group
            """
        ).fetchall()


def completeness(connection: Connection) -> list[CompletenessLine]:
    """How much is recorded of suspects, force by force."""
    with connection.cursor(row_factory=class_row(CompletenessLine)) as cursor:
        return cursor.execute(
            """
            with self_defined as (
                select * from curated.dq_completeness where measure = 'self_defined_ethnicity' and role = 'suspect'
            ),

            any_basis as (
                select * from curated.dq_completeness where measure = 'ethnicity_any_basis' and role = 'suspect'
            ),

            nationality as (
                select * from curated.dq_completeness where measure = 'nationality' and role = 'suspect'
            )

            select
                s.force_code, d.name, s.people - s.no_suspect_identified as suspects,
                s.recorded + s.group_only as self_defined, s.group_only, s.not_stated + s.refused as not_stated,
                s.unknown + s.not_recorded as not_recorded, s.unmapped,
                a.recorded - s.recorded - s.group_only as observed_only, n.recorded as nationality
            from self_defined as s
            inner join any_basis as a using (force_code)
            inner join nationality as n using (force_code)
            inner join curated.dim_force as d using (force_code)
            order by s.force_code
            """
        ).fetchall()


def coverage(connection: Connection) -> list[CoverageLine]:
    """Nothing before the first tables are built."""
    if not _is_built(connection, "curated.dq_code_coverage"):
        return []
    with connection.cursor(row_factory=class_row(CoverageLine)) as cursor:
        return cursor.execute(
            """
            select
                c.column_name, sum(c.distinct_values)::bigint as distinct_values,
                sum(c.distinct_values_decoded)::bigint as distinct_values_decoded,
                sum(c.row_count)::bigint as row_count, sum(c.rows_decoded)::bigint as rows_decoded
            from curated.dq_code_coverage as c
            inner join curated.dim_force as f using (force_code)
            where f.is_counted_nationally
            group by c.column_name
            order by c.column_name
            """
        ).fetchall()


def csae_totals(connection: Connection) -> list[DefinitionLine]:
    """The narrowest first. Nothing before the first tables are built."""
    if not _is_built(connection, "curated.fct_csae_total"):
        return []
    with connection.cursor(row_factory=class_row(DefinitionLine)) as cursor:
        return cursor.execute(
            """
            select d.definition, d.label, coalesce(sum(t.crimes), 0)::bigint as crimes
            from curated.dim_csae_definition as d
            left join curated.fct_csae_total as t using (definition)
            group by d.definition, d.label
            order by coalesce(sum(t.crimes), 0), d.definition
            """
        ).fetchall()


def _is_built(connection: Connection, view: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [view]).fetchone()
    return bool(row and row[0])


def as_json(lines: list[Any]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]


_LOADS = """
    select
        l.load_id, l.source, l.delivery_on::text, l.correction_number, l.state,
        l.crimes_read, l.crimes_quarantined, l.involvements_read as people_read,
        l.involvements_quarantined as people_quarantined, l.case_reviews_read, l.case_reviews_quarantined,
        (select count(*) from ops.extract as e where e.load_id = l.load_id) as files,
        l.reason_code,
        coalesce(l.reason, 'the same content as load ' || l.duplicate_of) as reason
    from ops.load as l
    where (%(source)s::text is null or l.source = %(source)s)
        and (%(state)s::text is null or l.state = %(state)s)
        and (%(load_id)s::bigint is null or l.load_id = %(load_id)s)
    order by l.source, l.delivery_on, l.correction_number
"""
