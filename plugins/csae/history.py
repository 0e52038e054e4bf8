"""What a source's earlier loads were like: written with each load, compared with by the gate.

Only accepted loads count, in the order of their deliveries and never of a clock.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from csae import drift
from csae.code_sets import CodeSets
from csae.drift import Filled, Place, Profile, Value
from csae.ledger import Signal
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.model import Layout, Source
from csae.warehouse import Connection


def record(
    connection: Connection,
    load_id: int,
    profile: Profile,
    spec: Source,
    layout: Layout,
    file_names: Mapping[str, str],
    codes: CodeSets | None,
) -> None:
    """In the load's own transaction; `file_names` are by extract."""
    connection.execute("delete from ops.load_extract where load_id = %s", [load_id])
    connection.execute("delete from ops.load_column where load_id = %s", [load_id])
    connection.execute("delete from ops.load_value where load_id = %s", [load_id])
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.load_extract (load_id, extract_name, file_name, columns) values (%s, %s, %s, %s)",
            [(load_id, name, file_names[name], list(columns)) for name, columns in profile.columns.items()],
        )
        cursor.executemany(
            """
            insert into ops.load_column (load_id, extract_name, record_kind, column_name, rows, filled)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [(load_id, *place, counts.rows, counts.filled) for place, counts in profile.filled.items()],
        )
        cursor.executemany(
            """
            insert into ops.load_value (
                load_id, extract_name, record_kind, column_name, value_sha256, value, known_by, rows, first_row_number
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (load_id, *place, value.sha256, value.text, value.known_by, value.rows, value.first_row)
                for place, value in profile.values(spec, layout, codes)
            ],
        )


def last_columns(connection: Connection, source: str, extract_name: str, on: date) -> tuple[str, ...]:
    """The file's columns in the last accepted load up to this day; none where there is none."""
    row = connection.execute(
        """
        select e.columns from ops.load_extract as e
        inner join ops.load as l using (load_id)
        where l.source = %s and l.state = 'accepted' and e.extract_name = %s and l.delivery_on <= %s
        order by l.delivery_on desc, l.correction_number desc, l.load_id desc
        limit 1
        """,
        [source, extract_name, on],
    ).fetchone()
    return tuple(row[0]) if row else ()


def signals(connection: Connection, load_id: int, sources: Mapping[str, LoadedSource]) -> list[Signal]:
    """How a load that waits for the gate differs from those accepted before it."""
    row = connection.execute("select source, delivery_on from ops.load where load_id = %s", [load_id]).fetchone()
    if row is None:
        raise AssertionError(f"load {load_id} was waiting a moment ago")
    source, on = row
    spec = sources[source].spec
    counts = _counts(connection, source, load_id)
    now = counts.pop(load_id, {})
    by_place: dict[Place, list[Filled]] = defaultdict(list)
    for load in counts.values():
        for place, filled in load.items():
            by_place[place].append(filled)
    volume = drift.volume_jump(_records(now), [_records(load) for load in counts.values()])
    found = [
        *_reordered(connection, load_id, spec, on),
        *([volume] if volume else []),
        *drift.missingness_jumps(now, by_place),
        *_new_values(connection, load_id),
    ]
    return list(drift.with_waivers(found, spec, on))


def remember_values(connection: Connection, load_id: int, *, accepted: bool) -> None:
    """Once the gate has decided: only what was accepted is history."""
    if accepted:
        connection.execute(
            """
            insert into ops.coded_value (
                source, record_kind, column_name, value_sha256, value, first_load_id, last_load_id, rows
            )
            select
                l.source, v.record_kind, v.column_name, v.value_sha256, max(v.value), l.load_id, l.load_id, sum(v.rows)
            from ops.load_value as v
            inner join ops.load as l using (load_id)
            where v.load_id = %(load_id)s and (
                select count(*) from ops.coded_value as c
                where c.source = l.source and c.record_kind = v.record_kind and c.column_name = v.column_name
            ) < %(most)s
            group by l.source, v.record_kind, v.column_name, v.value_sha256, l.load_id
            on conflict (source, record_kind, column_name, value_sha256) do update
            set last_load_id = excluded.last_load_id, rows = ops.coded_value.rows + excluded.rows,
                value = coalesce(ops.coded_value.value, excluded.value)
            """,
            {"load_id": load_id, "most": drift.VALUES_PER_COLUMN},
        )
    connection.execute("delete from ops.load_value where load_id = %s", [load_id])


def _counts(connection: Connection, source: str, load_id: int) -> dict[int, dict[Place, Filled]]:
    """How full each column is in this load and in those before it."""
    rows = connection.execute(
        """
        with this as (
            select l.load_id, l.delivery_on, l.correction_number from ops.load as l where l.load_id = %(load_id)s
        ),

        earlier as (
            select l.load_id
            from ops.load as l
            cross join this as t
            where l.source = %(source)s and l.state = 'accepted'
                and (l.delivery_on, l.correction_number, l.load_id)
                    < (t.delivery_on, t.correction_number, t.load_id)
                and exists (select 1 from ops.load_column as c where c.load_id = l.load_id)
            order by l.delivery_on desc, l.correction_number desc, l.load_id desc
            limit %(most)s
        )

        select c.load_id, c.extract_name, c.record_kind, c.column_name, c.rows, c.filled
        from ops.load_column as c
        where c.load_id = %(load_id)s or c.load_id in (select load_id from earlier)
        """,
        {"source": source, "load_id": load_id, "most": drift.HISTORY_LOADS},
    ).fetchall()
    counts: dict[int, dict[Place, Filled]] = defaultdict(dict)
    for load, extract, kind, column, number, filled in rows:
        counts[load][extract, kind, column] = Filled(number, filled)
    return counts


def _records(load: Mapping[Place, Filled]) -> dict[str, int]:
    """Records by kind: every column of an extract has as many rows."""
    rows: dict[tuple[str, RecordKind], int] = {}
    for (extract, kind, _), counts in load.items():
        rows[extract, kind] = max(counts.rows, rows.get((extract, kind), 0))
    total: dict[str, int] = defaultdict(int)
    for (_, kind), number in rows.items():
        total[kind] += number
    return total


def _reordered(connection: Connection, load_id: int, spec: Source, on: date) -> Iterator[Signal]:
    """Documents are left out: the order of their places says nothing."""
    layout = spec.layout_on(on)
    files = connection.execute(
        "select extract_name, file_name, columns from ops.load_extract where load_id = %s order by extract_name",
        [load_id],
    ).fetchall()
    for name, file, columns in files:
        extract = layout.extracts.get(name) if layout else None
        if extract and not extract.is_nesting:
            before = last_columns(connection, spec.source, name, on)
            signal = drift.reordered(file, name, columns, before)
            if signal:
                yield signal


def _new_values(connection: Connection, load_id: int) -> Iterator[Signal]:
    """Of columns that the source has sent values in before, and not too many to be codes."""
    rows = connection.execute(
        """
        with known as (
            select c.source, c.record_kind, c.column_name
            from ops.coded_value as c
            group by c.source, c.record_kind, c.column_name
            having count(*) < %(most)s
        )

        select v.extract_name, v.record_kind, v.column_name, v.value_sha256, v.value, v.known_by, v.rows,
            v.first_row_number
        from ops.load_value as v
        inner join ops.load as l using (load_id)
        inner join known as k
            on l.source = k.source and v.record_kind = k.record_kind and v.column_name = k.column_name
        left join ops.coded_value as c
            on l.source = c.source and v.record_kind = c.record_kind and v.column_name = c.column_name
                and v.value_sha256 = c.value_sha256
        where v.load_id = %(load_id)s and c.source is null
        order by v.extract_name, v.record_kind, v.column_name, v.rows desc, v.value_sha256
        """,
        {"load_id": load_id, "most": drift.VALUES_PER_COLUMN},
    ).fetchall()
    by_place: dict[Place, list[Value]] = defaultdict(list)
    for extract, kind, column, *value in rows:
        by_place[extract, kind, column].append(Value(*value))
    for place, values in by_place.items():
        signal = drift.new_values(place, values)
        if signal:
            yield signal
