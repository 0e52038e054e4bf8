"""What the coded values of waiting loads are read as, put where the gate's views find it.

By the same code sets as dbt, which on a first night has loaded no seed yet. Of a value only a hash is kept: a column
that is mapped wrongly may bring names.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from psycopg import sql

from csae.code_sets import CodeSets, Reading
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.model import Source
from csae.warehouse import Connection

MARKED_COLUMNS: dict[RecordKind, tuple[str, ...]] = {
    "crime": ("home_office_code", "outcome_code"),
    "involvement": ("self_defined_ethnicity", "observed_ethnicity", "nationalities"),
}
VALUES_PER_COLUMN = 5000
"""The most frequent of a load; a column that has more is not a coded one, and the rest of it counts as not known."""


def mark(connection: Connection, waiting: Sequence[int], sources: Mapping[str, LoadedSource], codes: CodeSets) -> None:
    """Replace what stood for these loads. A value that no rule fits is left out, which says as much."""
    loads = connection.execute(
        "select load_id, source, layout_valid_from from ops.load where load_id = any(%s)", [list(waiting)]
    ).fetchall()
    specs = {load_id: sources[source].spec for load_id, source, _ in loads}
    schemes = {
        (load_id, column): scheme
        for load_id, _, valid_from in loads
        for day, column, scheme in specs[load_id].code_schemes()
        if day == valid_from
    }
    clear(connection, waiting)
    with connection.cursor() as cursor:
        for kind, columns in MARKED_COLUMNS.items():
            for column in columns:
                rows = list(_readings(connection, waiting, kind, column, specs, schemes, codes))
                cursor.executemany(
                    """
                    insert into ops.value_at_gate (load_id, column_name, value_hash, rule, code, is_decoded)
                    values (%s, %s, %s, %s, %s, %s)
                    on conflict do nothing
                    """,
                    rows,
                )


def clear(connection: Connection, waiting: Sequence[int]) -> None:
    connection.execute("delete from ops.value_at_gate where load_id = any(%s)", [list(waiting)])


def read(codes: CodeSets, column: str, value: str, scheme: str | None, own: Mapping[str, str]) -> Reading | None:
    """A list of nationalities is read as the worst of its values is; None for a text that is no such list."""
    if column != "nationalities":
        return codes.read(column, value, scheme, own)
    try:
        values = json.loads(value)
    except ValueError:
        return None
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        return None
    readings = [codes.read(column, item, scheme, own) for item in values]
    return max(readings, key=lambda item: (not item.rule.is_decoded, item.rule.rank), default=None)


def _readings(
    connection: Connection,
    waiting: Sequence[int],
    kind: RecordKind,
    column: str,
    specs: Mapping[int, Source],
    schemes: Mapping[tuple[int, str], str],
    codes: CodeSets,
) -> Iterator[tuple[Any, ...]]:
    query = sql.SQL(
        """
        with counted as (
            select
                r.load_id, r.{column} as value,
                row_number() over (partition by r.load_id order by count(*) desc, r.{column} collate "C") as place
            from raw.{kind} as r
            where r.load_id = any(%s) and r.{column} is not null
            group by r.load_id, r.{column}
        )

        select load_id, value, hashtextextended(value, 0) from counted where place <= %s
        """
    ).format(column=sql.Identifier(column), kind=sql.Identifier(kind))
    for load_id, value, value_hash in connection.execute(query, [list(waiting), VALUES_PER_COLUMN]).fetchall():
        scheme = schemes.get((load_id, column))
        found = read(codes, column, value, scheme, specs[load_id].codes.get(scheme or "", {}))
        if found and found.rule.name != "not_known":
            yield load_id, column, value_hash, found.rule.name, found.code, found.rule.is_decoded
