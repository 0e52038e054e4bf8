"""The generation store: each table of the marts once, a row with the generations for which it holds.

What dbt built is compared with the rows that are open; those that went are closed, those that came are inserted, and
all others stay as they are. So a night costs what it changed, and an earlier generation is a condition on two columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from csae.warehouse import Connection

STORE, MARTS, QUALITY = "generation", "marts", "quality"
FROM, TO = "valid_from_generation", "valid_to_generation"
OPEN = 2**63 - 1
"""`valid_to_generation` of a row that no generation has closed: the largest bigint, so that no null is in the way."""
CRIME_KEY = "crime_key"
ASKED_BY = (("recorded_on", "force_code"), ("person_key",))
"""What analysts choose rows by, besides a crime: a span of days, of a force or of all, and a person."""
CHANGED_CRIMES = sql.Identifier("changed_crime")
"""The temporary table of crimes that an incremental build made anew."""
BY_LOAD = {
    "dq_gate_result": ("load_id", sql.Identifier("intermediate", "int_changed_load")),
    "dq_row_accounting": ("load_id", sql.Identifier("intermediate", "int_changed_accounting")),
}
"""The tables of which a build replaces the rows of loads, as their models say; every other one is small or by crime."""


@dataclass(frozen=True)
class Table:
    """A table of the built state, with its columns and their types in order."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def built(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def stored(self) -> sql.Identifier:
        return sql.Identifier(STORE, self.name)

    @property
    def column_names(self) -> list[str]:
        return [name for name, _ in self.columns]

    @property
    def is_by_crime(self) -> bool:
        """Whether an incremental build leaves its rows alone but for those of the crimes that it made anew."""
        return self.schema != QUALITY and CRIME_KEY in self.column_names

    @property
    def replaced_by(self) -> tuple[str, sql.Identifier] | None:
        """By which column an incremental build replaces its rows, and what lists the values of that one."""
        return (CRIME_KEY, CHANGED_CRIMES) if self.is_by_crime else BY_LOAD.get(self.name)


def relations(connection: Connection, schema: str) -> list[str]:
    """Names of the tables and views of a schema."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = %s order by table_name", [schema]
    ).fetchall()
    return [row[0] for row in rows]


def columns(connection: Connection, schema: str, table: str) -> tuple[tuple[str, str], ...]:
    """Names and types in order; none where there is no such table."""
    rows = connection.execute(
        """
        select a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_attribute as a
        inner join pg_class as c on a.attrelid = c.oid
        inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped
        order by a.attnum
        """,
        [schema, table],
    ).fetchall()
    return tuple((name, kind) for name, kind in rows)


def built_tables(connection: Connection) -> list[Table]:
    """What analysts get to see of the built state."""
    return [
        Table(schema, name, columns(connection, schema, name))
        for schema in (MARTS, QUALITY)
        for name in relations(connection, schema)
    ]


def shaping(connection: Connection, table: Table) -> Iterator[sql.Composed]:
    """The statements that make the store's table fit the built one; a new table is made by the first of them, without
    indexes: they are made once it has its rows.

    A column that is built no more stays for the generations that had it. One of another type takes that type in the
    rows of old as well; what cannot be read so is null there.
    """
    there = dict(columns(connection, STORE, table.name))
    if not there:
        yield sql.SQL("create table {} ({}, {} bigint not null, {} bigint not null)").format(
            table.stored,
            sql.SQL(", ").join(_typed(name, kind) for name, kind in table.columns),
            sql.Identifier(FROM),
            sql.Identifier(TO),
        )
        return
    wrong = [(name, kind) for name, kind in table.columns if name in there and there[name] != kind]
    if wrong:
        yield sql.SQL("drop view if exists {}").format(sql.Identifier("curated", table.name))
    for name, kind in wrong:
        yield sql.SQL(
            "alter table {} alter column {column} type {kind} "
            "using case when pg_input_is_valid({column}::text, {named}) then {column}::text::{kind} end"
        ).format(table.stored, column=sql.Identifier(name), kind=sql.SQL(kind), named=sql.Literal(kind))
    for name, kind in table.columns:
        if name not in there:
            yield sql.SQL("alter table {} add column {}").format(table.stored, _typed(name, kind))


def _typed(name: str, kind: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))


def keep_differences(connection: Connection, table: Table, generation_id: int, *, only_changed: bool) -> int:
    """Close the open rows that the built table lacks and insert those that it has besides, each as often as it has it.

    Returns by how many rows the table grew.

    Rows are equal when all columns are, a null being equal to a null. `only_changed` looks at the crimes or loads that
    the build made anew alone, on both sides; a table by neither is small, and compared whole.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    of_changed: sql.Composable = sql.SQL("true")
    if table.replaced_by and only_changed:
        name, listed = table.replaced_by
        of_changed = sql.SQL("{key} in (select {key} from {})").format(listed, key=sql.Identifier(name))
    parts = {
        "names": names,
        "stored": table.stored,
        "built": table.built,
        "from": sql.Identifier(FROM),
        "to": sql.Identifier(TO),
        "open": sql.Literal(OPEN),
        "generation_id": sql.Literal(generation_id),
        "of_changed": of_changed,
    }
    if _is_empty(connection, table):
        opened = connection.execute(
            sql.SQL(
                "insert into {stored} ({names}, {from}, {to}) select {names}, {generation_id}, {open} from {built}"
            ).format(**parts)
        )
        _index(connection, table)
        connection.execute(sql.SQL("analyze {}").format(table.stored))
        return opened.rowcount
    _index(connection, table)
    connection.execute(
        sql.SQL(
            """
            create temporary table difference on commit drop as
            with sides as (
                select ctid as stored_id, {names} from {stored} where {to} = {open} and {of_changed}
                union all
                select null as stored_id, {names} from {built} where {of_changed}
            )

            select
                {names},
                array_agg(stored_id) filter (where stored_id is not null) as stored_ids,
                count(*) filter (where stored_id is null) as built_count
            from sides
            group by {names}
            having count(stored_id) * 2 <> count(*)
            """
        ).format(**parts)
    )
    connection.execute("analyze difference")
    closed = connection.execute(
        sql.SQL(
            """
            update {stored} set {to} = {generation_id}
            where ctid = any(array(select unnest(stored_ids[built_count::integer + 1:]) from difference))
            """
        ).format(**parts)
    )
    opened = connection.execute(
        sql.SQL(
            """
            insert into {stored} ({names}, {from}, {to})
            select {names}, {generation_id}, {open}
            from difference
            cross join lateral generate_series(1, built_count - coalesce(cardinality(stored_ids), 0))
            """
        ).format(**parts)
    )
    connection.execute("drop table difference")
    return opened.rowcount - closed.rowcount


def _index(connection: Connection, table: Table) -> None:
    """Make the indexes that are not there: by what a build replaces, by what analysts ask for, and of closed rows."""
    by_key = [(table.replaced_by[0],)] if table.replaced_by else []
    asked_by = [names for names in ASKED_BY if table.is_by_crime and set(names) <= set(table.column_names)]
    for indexed, where in [
        *((names, sql.SQL("")) for names in (*by_key, *asked_by)),
        ((TO,), sql.SQL(" where {} < {}").format(sql.Identifier(TO), sql.Literal(OPEN))),
    ]:
        connection.execute(
            sql.SQL("create index if not exists {} on {} ({}){}").format(
                sql.Identifier("_".join((table.name, *indexed, "idx"))),
                table.stored,
                sql.SQL(", ").join(map(sql.Identifier, indexed)),
                where,
            )
        )


def close_all(connection: Connection, name: str, generation_id: int) -> None:
    """Close every open row of a table that is built no more."""
    connection.execute(
        sql.SQL("update {} set {to} = {} where {to} = {}").format(
            sql.Identifier(STORE, name), sql.Literal(generation_id), sql.Literal(OPEN), to=sql.Identifier(TO)
        )
    )


def _is_empty(connection: Connection, table: Table) -> bool:
    return connection.execute(sql.SQL("select 1 from {} limit 1").format(table.stored)).fetchone() is None


def prune_rows(connection: Connection, oldest: int) -> None:
    """Drop the rows that no generation from `oldest` on shows."""
    for name in relations(connection, STORE):
        connection.execute(
            sql.SQL("delete from {} where {} <= {}").format(
                sql.Identifier(STORE, name), sql.Identifier(TO), sql.Literal(oldest)
            )
        )


def prune_tables(connection: Connection, shown: dict[str, set[str]]) -> None:
    """Drop tables and columns that are not in `shown`, which has the columns of each table that is."""
    for name in relations(connection, STORE):
        table = sql.Identifier(STORE, name)
        if name not in shown:
            connection.execute(sql.SQL("drop table {}").format(table))
            continue
        for column, _ in columns(connection, STORE, name):
            if column not in shown[name] | {FROM, TO}:
                connection.execute(sql.SQL("alter table {} drop column {}").format(table, sql.Identifier(column)))
