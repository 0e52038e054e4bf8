"""The switch to the generation that was just built, and going back: one transaction each."""

from collections.abc import Iterable, Mapping

from psycopg import sql

from csae.generations import ledger, recording, store, views
from csae.generations.store import CHANGED_CRIMES, STORE, Table
from csae.generations.views import SwitchError
from csae.roles import access
from csae.warehouse import Connection

KEPT_GENERATIONS = 7
"""A week of nights."""
PATIENCE = 600.0
"""Seconds that a switch waits for queries of analysts."""
_CHANGED = sql.Identifier("intermediate", "int_changed_person_crime")
"""The crimes that an incremental build made anew, for their records or for who is linked with whom."""


def switch(connection: Connection, generation_id: int, *, patience: float = PATIENCE) -> None:
    """Make the build the one that analysts see. Either all of it happens or nothing. Raises `SwitchError`."""
    with connection.transaction():
        connection.execute("set local work_mem = '256MB'")
        connection.execute("set local maintenance_work_mem = '256MB'")
        stored = _newest_kept(connection)
        _end_those_of_an_old_key(connection)
        step = recording.Step(
            generation_id,
            _newest_kept(connection),
            is_incremental=_is_incremental(connection, generation_id),
        )
        if step.is_incremental:
            _note_changed_crimes(connection)
        tables = store.built_tables(connection)
        net = _keep(connection, tables, step, patience)
        recording.record(connection, step)
        oldest = _prune_rows(connection, generation_id)
        _count(connection, generation_id, stored, net)
        _note_tables(connection, generation_id, tables)
        views.point_all(connection, tables_of(connection, generation_id), generation_id, patience)
        ledger.succeed(connection, generation_id)
        ledger.show(connection, generation_id)
        _prune_tables(connection, oldest)
        _drop_schemas_of_old(connection)


def rollback(
    connection: Connection, generation_id: int, *, patience: float = PATIENCE, asked_for: int | None = None
) -> None:
    """Let analysts see another generation that is kept, and keep who did it. `asked_for` is the number given, if any.

    Raises `SwitchError`, having changed nothing.
    """
    with connection.transaction():
        now = ledger.current(connection)
        if generation_id not in ledger.kept(connection):
            raise SwitchError(f"Generation {generation_id} is not kept; csae generation list shows which are.")
        views.point_all(connection, tables_of(connection, generation_id), generation_id, patience)
        ledger.show(connection, generation_id)
        _note(connection, now, asked_for, generation_id, None)


def note_refused(connection: Connection, asked_for: int | None, why: str) -> None:
    """Keep who asked for a rollback and was refused."""
    now = ledger.current(connection)
    _note(connection, now, asked_for, now.generation_id if now else None, why)


def _note(
    connection: Connection, now: ledger.Generation | None, asked_for: int | None, after: int | None, why: str | None
) -> None:
    connection.execute(
        """
        insert into access.rollback (person, shown_before, asked_for, shown_after, refused)
        values (%s, %s, %s, %s, %s)
        """,
        [access.person(), now.generation_id if now else None, asked_for, after, why],
    )


def _newest_kept(connection: Connection) -> int | None:
    """The last generation that was built, where the store holds it: its rows are the ones that are open there."""
    newest = ledger.newest(connection)
    return newest.generation_id if newest and newest.generation_id in ledger.kept(connection) else None


def _end_those_of_an_old_key(connection: Connection) -> None:
    """Their keys are of tokens that are no more: nothing compares with them, and nobody goes back to them."""
    connection.execute(
        "delete from ops.generation_table where generation_id <= (select max(last_generation_id) from ops.key_rotation)"
    )


def _is_incremental(connection: Connection, generation_id: int) -> bool:
    row = connection.execute("select mode from ops.generation where generation_id = %s", [generation_id]).fetchone()
    return row is not None and row[0] == "incremental"


def _note_changed_crimes(connection: Connection) -> None:
    connection.execute(
        sql.SQL("create temporary table {} on commit drop as select crime_key from {}").format(CHANGED_CRIMES, _CHANGED)
    )
    connection.execute(sql.SQL("analyze {}").format(CHANGED_CRIMES))


def _keep(connection: Connection, tables: Iterable[Table], step: recording.Step, patience: float) -> dict[str, int]:
    """By how many rows each table grew."""
    there = set(store.relations(connection, STORE))
    shaping = {table: list(store.shaping(connection, table)) for table in tables}
    if any(statements and table.name in there for table, statements in shaping.items()):
        views.take_all(connection, patience)
    net: dict[str, int] = {}
    for table, statements in shaping.items():
        for statement in statements:
            connection.execute(statement)
        views.copy_comments(connection, table.built, table.stored, "table")
        net[table.name] = store.keep_differences(
            connection, table, step.generation_id, only_changed=step.is_incremental
        )
    for name in there - {table.name for table in shaping} - {recording.NOT_COUNTED.name}:
        store.close_all(connection, name, step.generation_id)
    return net


def _count(connection: Connection, generation_id: int, stored: int | None, net: Mapping[str, int]) -> None:
    """From the counts of the generation whose rows were open: to count all would cost more than what a night changes.

    After another key it is one to which nobody goes back any more.
    """
    connection.execute(
        """
        update ops.generation as g
        set crimes = coalesce(b.crimes, 0) + %(crimes)s, involvements = coalesce(b.involvements, 0) + %(involvements)s
        from (select 1) as one
        left join ops.generation as b on b.generation_id = %(stored)s
        where g.generation_id = %(generation_id)s
        """,
        {
            "crimes": net["fct_offence_type"],
            "involvements": net["fct_ethnicity"],
            "stored": stored,
            "generation_id": generation_id,
        },
    )


def _note_tables(connection: Connection, generation_id: int, tables: Iterable[Table]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.generation_table (generation_id, table_name, columns) values (%s, %s, %s)",
            [(generation_id, table.name, table.column_names) for table in tables],
        )


def tables_of(connection: Connection, generation_id: int) -> dict[str, list[str]]:
    """The tables of a generation that is kept, with their columns; none of one that is not."""
    rows = connection.execute(
        "select table_name, columns from ops.generation_table where generation_id = %s order by table_name",
        [generation_id],
    ).fetchall()
    return dict(rows)


def _prune_rows(connection: Connection, generation_id: int) -> int:
    """Drop what only generations show that are kept no longer. The oldest one that is."""
    oldest = ([generation_id, *ledger.kept(connection)])[:KEPT_GENERATIONS][-1]
    store.prune_rows(connection, oldest)
    connection.execute("delete from ops.generation_table where generation_id < %s", [oldest])
    connection.execute("delete from ops.generation_change_key where generation_id <= %s", [oldest])
    return oldest


def _prune_tables(connection: Connection, oldest: int) -> None:
    shown: dict[str, set[str]] = {recording.NOT_COUNTED.name: set(recording.NOT_COUNTED.column_names)}
    for table, names in connection.execute(
        "select table_name, columns from ops.generation_table where generation_id >= %s", [oldest]
    ):
        shown.setdefault(table, set()).update(names)
    store.prune_tables(connection, shown)


def _drop_schemas_of_old(connection: Connection) -> None:
    """Before there was a store, each generation had schemas of its own, which no view reads any more."""
    rows = connection.execute(
        r"select nspname from pg_namespace where nspname ~ '^(marts|quality)_(g\d+|building)$'"
    ).fetchall()
    for (schema,) in rows:
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
