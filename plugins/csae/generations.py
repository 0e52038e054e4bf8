"""Generations: the marts are built beside the ones that analysts read, checked, and switched in one transaction."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from csae.sources import LoadedSource
from csae.warehouse import ANALYST_ROLE, Connection

BUILDING = {"marts": "marts_building", "quality": "quality_building"}
KEPT_GENERATIONS = 2
_BY_FORCE = "select force_code, count(*) as rows from {} group by force_code"
_BY_SENDER = """
    select l.source as force_code, count(*) as rows
    from {} as f inner join ops.load as l using (load_id)
    group by l.source
"""
_COUNTED = {
    "crimes": ("fct_offence_type", _BY_FORCE),
    "people": ("fct_ethnicity", _BY_FORCE),
    "case reviews": ("fct_case_review", _BY_SENDER),
}
"""What may not fall by half, and how it is counted: a case review for the source that sent it."""
_INPUT_SUFFIXES = frozenset({".sql", ".yml", ".csv"})


@dataclass(frozen=True)
class Generation:
    generation_id: int
    input_sha256: str


@dataclass(frozen=True)
class Fall:
    """A force whose number of crimes, people or case reviews fell by more than half from one generation to the next."""

    force_code: str
    counted: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"force {self.force_code} falls from {self.before} to {self.after} {self.counted}"


def current(connection: Connection) -> Generation | None:
    row = connection.execute(
        "select generation_id, input_sha256 from ops.generation where state = 'current'"
    ).fetchone()
    return Generation(*row) if row else None


def input_sha256(connection: Connection, sources: Mapping[str, LoadedSource], project_dir: Path) -> str:
    """Of everything that a build rests on: decided loads, the sources' YAML, and the dbt project."""
    digest = hashlib.sha256()
    snapshots = [code for code, loaded in sources.items() if loaded.spec.delivery.mode == "snapshot"]
    loads = connection.execute(
        """
        select load_id, content_sha256, state, attempt from ops.load
        where state in ('accepted', 'rejected') or (state = 'duplicate' and source = any(%s))
        order by load_id
        """,
        [snapshots],
    ).fetchall()
    for row in loads:
        digest.update(repr(row).encode())
    for code in sorted(sources):
        digest.update(sources[code].sha256.encode())
    for path in sorted(project_dir.rglob("*")):
        inside = path.relative_to(project_dir)
        if path.suffix in _INPUT_SUFFIXES and not {"target", "logs"} & set(inside.parts):
            digest.update(inside.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def open_generation(connection: Connection, night_id: int, sha256: str) -> int:
    """A new generation in state `building`, with nothing left of a build that was broken off."""
    with connection.transaction():
        connection.execute(
            "update ops.generation set state = 'failed', message = 'broken off', ended_at = clock_timestamp() "
            "where state = 'building'"
        )
        for schema in BUILDING.values():
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
        row = connection.execute(
            "insert into ops.generation (night_id, state, input_sha256) values (%s, 'building', %s) "
            "returning generation_id",
            [night_id, sha256],
        ).fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return int(row[0])


def close(connection: Connection, generation_id: int, state: str, message: str) -> None:
    """End a build that analysts will not see: `held` or `failed`."""
    with connection.transaction():
        connection.execute(
            "update ops.generation set state = %s, message = %s, ended_at = clock_timestamp() where generation_id = %s",
            [state, message, generation_id],
        )


def falls(connection: Connection) -> list[Fall]:
    """Forces with less than half of the crimes, of the people on crimes, or of the case reviews, that analysts see."""
    if current(connection) is None:
        return []
    there = _tables(connection, "curated")
    fallen = [
        Fall(force_code, counted, before, after)
        for counted, (table, per_force) in _COUNTED.items()
        if table in there
        for force_code, before, after in connection.execute(
            sql.SQL(
                """
                select force_code, before.rows, coalesce(after.rows, 0)
                from ({before}) as before
                left join ({after}) as after using (force_code)
                where coalesce(after.rows, 0) * 2 < before.rows
                """
            ).format(
                before=sql.SQL(per_force).format(sql.Identifier("curated", table)),
                after=sql.SQL(per_force).format(sql.Identifier(BUILDING["marts"], table)),
            )
        ).fetchall()
    ]
    return sorted(fallen, key=lambda fall: (fall.force_code, fall.counted))


def switch(connection: Connection, generation_id: int) -> None:
    """Make the build the one that analysts see. Either all of it happens or nothing."""
    with connection.transaction():
        connection.execute("update ops.generation set state = 'previous' where state = 'current'")
        schemas = {f"{layer}_g{generation_id}": building for layer, building in BUILDING.items()}
        built = {table for building in BUILDING.values() for table in _tables(connection, building)}
        for view in set(_tables(connection, "curated")) - built:
            connection.execute(sql.SQL("drop view {}").format(sql.Identifier("curated", view)))
        for schema, building in schemas.items():
            rename = sql.SQL("alter schema {} rename to {}")
            connection.execute(rename.format(sql.Identifier(building), sql.Identifier(schema)))
            for table in _tables(connection, schema):
                _point_view(connection, schema, table)
        connection.execute(
            """
            update ops.generation
            set state = 'current', ended_at = clock_timestamp(),
                crimes = (select count(*) from curated.fct_offence_type),
                involvements = (select count(*) from curated.fct_ethnicity)
            where generation_id = %s
            """,
            [generation_id],
        )
        connection.execute(
            """
            insert into ops.generation_load (generation_id, load_id)
            select %s, load_id from ops.load where state = 'accepted'
            """,
            [generation_id],
        )
        _drop_old(connection)


def _tables(connection: Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = %s order by table_name", [schema]
    ).fetchall()
    return [row[0] for row in rows]


def _columns(connection: Connection, schema: str, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        select column_name, data_type from information_schema.columns
        where table_schema = %s and table_name = %s order by ordinal_position
        """,
        [schema, table],
    ).fetchall()


def _point_view(connection: Connection, schema: str, table: str) -> None:
    """A view in `curated` on the table, with the table's own description of itself and its columns."""
    view = sql.Identifier("curated", table)
    if _columns(connection, "curated", table) != _columns(connection, schema, table):
        connection.execute(sql.SQL("drop view if exists {}").format(view))
    connection.execute(
        sql.SQL("create or replace view {} as select * from {}").format(view, sql.Identifier(schema, table))
    )
    connection.execute(sql.SQL("grant select on {} to {}").format(view, sql.Identifier(ANALYST_ROLE)))
    comments = connection.execute(
        """
        select a.attname, col_description(a.attrelid, a.attnum) from pg_attribute as a
        where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
        union all
        select null, obj_description(%s::regclass, 'pg_class')
        """,
        [f'"{schema}"."{table}"'] * 2,
    ).fetchall()
    for column, text in comments:
        target = (
            sql.SQL("view {}").format(view)
            if column is None
            else sql.SQL("column {}").format(sql.Identifier("curated", table, column))
        )
        connection.execute(sql.SQL("comment on {} is {}").format(target, sql.Literal(text)))


def _drop_old(connection: Connection) -> None:
    """Keep the current generation and the last ones before it."""
    old = connection.execute(
        """
        select generation_id from ops.generation where state in ('current', 'previous')
        order by generation_id desc offset %s
        """,
        [KEPT_GENERATIONS],
    ).fetchall()
    for (generation_id,) in old:
        for layer in BUILDING:
            schema = sql.Identifier(f"{layer}_g{generation_id}")
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(schema))
