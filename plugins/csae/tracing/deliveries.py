"""Loads and their files, what the gate held back, and what stands in a row of `raw`: schemas `ops` and `raw`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from csae.sources.columns import RecordKind
from csae.tracing.asking import asked
from csae.warehouse import Connection

SHOWN_COLUMNS: dict[RecordKind, tuple[str, ...]] = {
    "crime": (
        *("recorded_on", "offence_start_on", "home_office_code", "cjs_code", "offence_title", "offence_category"),
        *("is_online", "is_group_based", "is_child_abuse_flagged", "outcome_code", "outcome_on", "record_status"),
        *("transfer_direction", "transfer_force"),
    ),
    "involvement": (
        *("role", "sex", "self_defined_ethnicity", "observed_ethnicity", "nationalities", "immigration_status"),
    ),
    "case_review": ("force", "identified_on", "status", "status_on", "reason_closed", "is_group_based"),
}
"""The columns of `raw` of which there is something to say; none of them names a person."""
_ARCHIVE = "archive"
"""What `csae.choosing` enters an archive as; it is not imported, since it brings the object store's client."""
_FATES = {
    "crime": "intermediate.int_crime_fate",
    "involvement": "intermediate.int_involvement_fate",
    "case_review": "intermediate.int_case_review_fate",
}


@dataclass(frozen=True)
class Delivery:
    """A load, as the ledger has it."""

    load_id: int
    source: str
    source_name: str | None
    delivery_on: str
    correction_number: int
    state: str
    attempt: int
    layout_valid_from: str | None
    spec_sha256: str | None
    received_at: str
    duplicate_of: int | None
    reason_code: str | None
    reason: str | None
    replaced_by: int | None
    """The accepted correction of the same day that counts in its place."""


@dataclass(frozen=True)
class Place:
    """Where a row stands, as somebody who has the delivery would look it up."""

    load_id: int
    extract_name: str
    row_number: int
    object_keys: tuple[str, ...]
    file_name: str | None
    """Inside an archive, or the object's own name."""


@dataclass(frozen=True)
class Held:
    """A rule of the gate that a row fails."""

    reason_code: str
    column_name: str | None


@dataclass(frozen=True)
class RowOfReference:
    load_id: int
    extract_name: str
    row_number: int
    delivery_on: str
    state: str
    reason_code: str | None
    """Of a row that the gate held back."""


@dataclass(frozen=True)
class RawRow:
    """A record of a row: what it is, and where it stands when several people are in one row of the file."""

    record_kind: RecordKind
    row_number: int
    crime_row_number: int | None


@dataclass(frozen=True)
class FateCount:
    record_kind: str
    extract_name: str
    fate: str
    reason_code: str | None
    rows: int


def loads(connection: Connection, load_ids: list[int]) -> dict[int, Delivery]:
    found = asked(
        connection,
        Delivery,
        """
        select
            l.load_id, l.source, s.name as source_name, l.delivery_on::text as delivery_on, l.correction_number,
            l.state, l.attempt, l.layout_valid_from::text as layout_valid_from, l.spec_sha256,
            to_char(l.received_at, 'YYYY-MM-DD HH24:MI') as received_at, l.duplicate_of, l.reason_code, l.reason,
            (
                select c.load_id from ops.load as c
                where
                    c.source = l.source and c.delivery_on = l.delivery_on and c.state = 'accepted'
                    and c.correction_number > l.correction_number
                order by c.correction_number desc
                limit 1
            ) as replaced_by
        from ops.load as l
        left join reference.source as s on l.source = s.source
        where l.load_id = any(%s)
        """,
        [load_ids],
    )
    return {item.load_id: item for item in found}


def layouts(connection: Connection, load_ids: list[int]) -> dict[int, str]:
    """The layout by whose code sets a load is decoded: that of today's YAML, as `stg_load` has it."""
    rows = connection.execute(
        "select load_id, layout_valid_from::text from staging.stg_load where load_id = any(%s)", [load_ids]
    ).fetchall()
    return {load_id: layout for load_id, layout in rows if layout}


def places(connection: Connection, rows: list[tuple[int, str, int]]) -> dict[tuple[int, str, int], Place]:
    """By load, extract and row number. Of several objects for one extract, that which the load was read from."""
    loads_asked = list({load_id for load_id, _, _ in rows})
    objects = connection.execute(
        "select load_id, extract_name, object_key from ops.extract where load_id = any(%s) order by object_key",
        [loads_asked],
    ).fetchall()
    names = {
        (load_id, extract): name
        for load_id, extract, name in connection.execute(
            "select load_id, extract_name, file_name from ops.load_extract where load_id = any(%s)", [loads_asked]
        ).fetchall()
    }
    found = {}
    for load_id, extract, row_number in rows:
        name = names.get((load_id, extract))
        mine = [key for load, what, key in objects if load == load_id and extract in what.split(", ")]
        named = [key for key in mine if name and key.endswith(f"/{name}")]
        packed = [key for load, what, key in objects if load == load_id and what == _ARCHIVE]
        found[load_id, extract, row_number] = Place(load_id, extract, row_number, tuple(named or mine or packed), name)
    return found


def extracts(connection: Connection, load_id: int) -> list[str]:
    """The extracts of which a load has rows; none where it was rejected before it was read."""
    rows = connection.execute(
        "select extract_name from ops.load_extract where load_id = %s order by extract_name", [load_id]
    ).fetchall()
    return [name for (name,) in rows]


def records(connection: Connection, load_id: int, extract_name: str, row_number: int) -> list[RawRow]:
    """What stands in the row. People who share one have numbers of their own, by which they are found too."""
    return asked(
        connection,
        RawRow,
        """
        select 'crime' as record_kind, row_number, null::bigint as crime_row_number from raw.crime
        where load_id = %(load_id)s and extract_name = %(extract)s and row_number = %(row)s
        union all
        select 'involvement' as record_kind, row_number, crime_row_number from raw.involvement
        where
            load_id = %(load_id)s and extract_name = %(extract)s
            and (row_number = %(row)s or crime_row_number = %(row)s)
        union all
        select 'case_review' as record_kind, row_number, null as crime_row_number from raw.case_review
        where load_id = %(load_id)s and extract_name = %(extract)s and row_number = %(row)s
        order by record_kind, row_number
        """,
        {"load_id": load_id, "extract": extract_name, "row": row_number},
    )


def last_row(connection: Connection, load_id: int, extract_name: str) -> int | None:
    row = connection.execute(
        """
        select max(row_number) from (
            select row_number from raw.crime where load_id = %(load_id)s and extract_name = %(extract)s
            union all
            select row_number from raw.involvement where load_id = %(load_id)s and extract_name = %(extract)s
            union all
            select row_number from raw.case_review where load_id = %(load_id)s and extract_name = %(extract)s
        ) as numbered
        """,
        {"load_id": load_id, "extract": extract_name},
    ).fetchone()
    return row[0] if row else None


def values(
    connection: Connection, kind: RecordKind, load_id: int, extract_name: str, row_number: int
) -> Mapping[str, str | None]:
    """The shown columns of a record, as the YAML's functions left them."""
    columns = SHOWN_COLUMNS[kind]
    query = sql.SQL(
        "select {columns} from {table} where load_id = %s and extract_name = %s and row_number = %s limit 1"
    ).format(columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier("raw", kind))
    row = connection.execute(query, [load_id, extract_name, row_number]).fetchone()
    return dict(zip(columns, row, strict=True)) if row else {}


def held(connection: Connection, kind: RecordKind, load_id: int, extract_name: str, row_number: int) -> list[Held]:
    return asked(
        connection,
        Held,
        """
        select reason_code, column_name from ops.quarantined_row
        where load_id = %s and record_kind = %s and extract_name = %s and row_number = %s
        order by reason_code
        """,
        [load_id, kind, extract_name, row_number],
    )


def rows_of_reference(connection: Connection, force_code: str, crime_ref_token: str) -> list[RowOfReference]:
    """Every row of a force with this reference of a crime, whatever became of it."""
    return asked(
        connection,
        RowOfReference,
        """
        select
            c.load_id, c.extract_name, c.row_number, l.delivery_on::text as delivery_on, l.state,
            min(q.reason_code collate "C") as reason_code
        from raw.crime as c
        inner join ops.load as l on c.load_id = l.load_id
        left join ops.quarantined_row as q
            on
                c.load_id = q.load_id and c.extract_name = q.extract_name and c.row_number = q.row_number
                and q.record_kind = 'crime'
        where l.source = %s and c.crime_ref_token = %s
        group by c.load_id, c.extract_name, c.row_number, l.delivery_on, l.state
        order by l.delivery_on, c.load_id, c.row_number
        """,
        [force_code, crime_ref_token],
    )


def loads_of_file(connection: Connection, object_key: str) -> list[tuple[int, str]]:
    """Every load that the file came with, and what it was taken for."""
    return connection.execute(
        "select load_id, extract_name from ops.extract where object_key = %s order by load_id", [object_key]
    ).fetchall()


def fates(connection: Connection, load_id: int) -> list[FateCount]:
    """What the last build made of the rows of a load."""
    union = sql.SQL(" union all ").join(
        sql.SQL(
            "select {kind} as record_kind, extract_name, fate, quarantine_reason as reason_code, count(*) as rows "
            "from {table} where load_id = %(load_id)s group by extract_name, fate, quarantine_reason"
        ).format(kind=sql.Literal(kind), table=sql.Identifier(*table.split(".")))
        for kind, table in _FATES.items()
    )
    query = sql.SQL("{} order by record_kind, extract_name, fate, reason_code").format(union)
    return [FateCount(*row) for row in connection.execute(query, {"load_id": load_id}).fetchall()]


def fate(
    connection: Connection, kind: RecordKind, load_id: int, extract_name: str, row_number: int
) -> Mapping[str, Any]:
    """A record's line of the fates; nothing before a build has seen its load."""
    query = sql.SQL(
        "select row_to_json(f) from {} as f where load_id = %s and extract_name = %s and row_number = %s limit 1"
    ).format(sql.Identifier(*_FATES[kind].split(".")))
    row = connection.execute(query, [load_id, extract_name, row_number]).fetchone()
    return row[0] if row else {}


def latest_snapshot(connection: Connection, force_code: str) -> int | None:
    """The load whose list of crimes holds, of a source that sends all of them each time."""
    row = connection.execute(
        "select load_id from staging.stg_load where force_code = %s and is_latest_snapshot", [force_code]
    ).fetchone()
    return row[0] if row else None
