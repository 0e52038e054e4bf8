"""The views of `curated`: each shows the rows of one table that hold in one generation."""

import time
from collections.abc import Callable, Mapping, Sequence

import psycopg
from psycopg import sql

from csae import progress
from csae.generations.store import FROM, STORE, TO, columns, relations
from csae.roles import granting, shown
from csae.roles.comparing import wider
from csae.warehouse import Connection

CURATED = "curated"
CHANGES = "dq_generation_change"
_LONGEST_PAUSE = 5.0
_STEP = "Waiting for analysts' queries to end"


class SwitchError(Exception):
    """Analysts' views could not be pointed at another generation; the message says why and what to do."""


def take_all(connection: Connection, patience: float) -> None:
    """Lock every view and what it reads, before a table of the store is altered. Raises `SwitchError`.

    Those of forces' analysts go, since a view of the store cannot be made anew beneath them.
    """
    views = relations(connection, CURATED)
    if views:
        names = sql.SQL(", ").join(sql.Identifier(CURATED, view) for view in views)
        lock = sql.SQL("{}; lock table {} in access exclusive mode").format(_lock_of_views(connection), names)
        # Longer than the second after which a vacuum of the server's own makes way.
        _insist(connection, lambda: connection.execute(lock), 1500, patience)
    for view in _force_views(connection):
        connection.execute(sql.SQL("drop view {}").format(sql.Identifier(shown.OF_FORCE, view)))


def point_all(connection: Connection, tables: Mapping[str, Sequence[str]], generation_id: int, patience: float) -> None:
    """Point a view at each of these tables and columns, and drop every other. Raises `SwitchError`, `RightsError`.

    All views are locked first, so that no query begins in one generation and ends in another. Rights are as the matrix
    says before and after, or nothing happens.
    """
    granting.settle(connection, views=False)
    views = relations(connection, CURATED)
    lock = _lock_of_views(connection)
    if views:
        _insist(connection, lambda: connection.execute(lock), 300, patience)
    for view in set(views) - {*tables, CHANGES}:
        _drop(connection, view)
    for table, names in tables.items():
        _point(connection, table, names, generation_id)
    _point_changes(connection, generation_id)
    for view, rows in shown.force_views(connection).items():
        connection.execute(shown.create_of_force(view, rows))
        copy_comments(connection, sql.Identifier(CURATED, view), sql.Identifier(shown.OF_FORCE, view), "view")
    left = wider(granting.converge(connection, views=False))
    if left:
        raise granting.RightsError(granting.held_by(left))


def _lock_of_views(connection: Connection) -> sql.Composed:
    """Statements that lock every view and nothing that it reads, and change nothing: those of forces' analysts first,
    as a query takes them. `lock table` would lock what they read too, and wait for a vacuum.
    """
    of_forces = [(sql.Identifier(shown.OF_FORCE, view), sql.SQL("set")) for view in _force_views(connection)]
    of_all = [(sql.Identifier(CURATED, view), sql.SQL("reset")) for view in relations(connection, CURATED)]
    return sql.SQL("; ").join(
        sql.SQL("alter view {} {} (security_barrier)").format(view, verb) for view, verb in of_forces + of_all
    )


def _force_views(connection: Connection) -> list[str]:
    return [view for view in relations(connection, shown.OF_FORCE) if view != shown.OWN]


def _drop(connection: Connection, view: str) -> None:
    for schema in (shown.OF_FORCE, CURATED):
        connection.execute(sql.SQL("drop view if exists {}").format(sql.Identifier(schema, view)))


def _insist(connection: Connection, step: Callable[[], object], milliseconds: int, patience: float) -> None:
    """Do what needs locks on views, waiting for queries that run but never so that others queue up behind the wait.

    A lock that is not had within the milliseconds undoes the step, which gives all locks back; it is tried again with
    growing pauses for up to `patience` seconds. Raises `SwitchError`.
    """
    until, pause, tries = time.monotonic() + patience, 0.05, 0
    while True:
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = {milliseconds}")
                step()
                connection.execute("set local lock_timeout = default")
            if tries:
                progress.report(_STEP, 1, 1)
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if time.monotonic() + pause > until:
                raise SwitchError(
                    f"Queries of analysts held the tables for {patience:.0f} seconds, so they keep the last "
                    "generation. See pg_stat_activity for the query that does not end, and run again."
                ) from None
        tries += 1
        progress.report(_STEP, 0, 1)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _point(connection: Connection, table: str, names: Sequence[str], generation_id: int) -> None:
    view, stored = sql.Identifier(CURATED, table), sql.Identifier(STORE, table)
    kinds = dict(columns(connection, STORE, table))
    if columns(connection, CURATED, table) != tuple((name, kinds[name]) for name in names):
        _drop(connection, table)
    rows = rows_of(table, names, generation_id)
    connection.execute(sql.SQL("create or replace view {} as {}").format(view, rows))
    copy_comments(connection, stored, view, "view")


def rows_of(table: str, names: Sequence[str], generation_id: int) -> sql.Composed:
    """A select of a table's rows in a generation that is kept."""
    return sql.SQL("(select {} from {} where {} <= {n} and {} > {n})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(STORE, table),
        sql.Identifier(FROM),
        sql.Identifier(TO),
        n=sql.Literal(generation_id),
    )


def changes_up_to(generation_id: int) -> sql.Composed:
    """A select of what changed up to a generation. Not dbt's, since a build is compared after it has passed."""
    return sql.SQL("select * from {} where generation_id <= {}").format(
        sql.Identifier("ops", "generation_change"), sql.Literal(generation_id)
    )


def _point_changes(connection: Connection, generation_id: int) -> None:
    view, table = sql.Identifier(CURATED, CHANGES), sql.Identifier("ops", "generation_change")
    connection.execute(sql.SQL("create or replace view {} as {}").format(view, changes_up_to(generation_id)))
    copy_comments(connection, table, view, "view")


def copy_comments(connection: Connection, described: sql.Identifier, target: sql.Identifier, kind: str) -> None:
    """Give a table or view (`kind`) the description that another has of itself and its columns."""
    rows = connection.execute(
        sql.SQL(
            """
            select t.attname, col_description(d.attrelid, d.attnum)
            from pg_attribute as d
            inner join pg_attribute as t on d.attname = t.attname
            where d.attrelid = {described}::regclass and t.attrelid = {target}::regclass and d.attnum > 0
                and col_description(d.attrelid, d.attnum) is distinct from col_description(t.attrelid, t.attnum)
            union all
            select null, obj_description({described}::regclass, 'pg_class')
            where obj_description({described}::regclass, 'pg_class')
                is distinct from obj_description({target}::regclass, 'pg_class')
            """
        ).format(
            described=sql.Literal(described.as_string(connection)), target=sql.Literal(target.as_string(connection))
        )
    ).fetchall()
    for column, text in rows:
        of = (
            sql.SQL("{} {}").format(sql.SQL(kind), target)
            if column is None
            else sql.SQL("column {}.{}").format(target, sql.Identifier(column))
        )
        connection.execute(sql.SQL("comment on {} is {}").format(of, sql.Literal(text)))
