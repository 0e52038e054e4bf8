"""The dataset as it was known on a day, built anew in a database of its own.

The generation that stood at the end of the day says which loads were known then and in which state, and which YAML,
code sets and models it was built with; the judgements on people are those that had been made. What the nightly load
keeps is only read. Figures of any day can so be checked against what was published then, and a generation against
its own rebuild.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg
from psycopg import sql

from csae import generations, inputs, night, warehouse
from csae.as_at import UnknownDayError, database_of, drop, with_database
from csae.failures import StepError
from csae.settings import Settings
from csae.sources import load_sources
from csae.warehouse import Connection

_OF_LOADS = (
    "ops.extract",
    "ops.load_notice",
    "ops.load_extract",
    "ops.load_column",
    "ops.gate_result",
    "ops.quarantined_row",
    "raw.crime",
    "raw.involvement",
    "raw.case_review",
)
"""Tables whose rows belong to one load, in an order that foreign keys allow."""


@dataclass(frozen=True)
class KnownGeneration:
    """A generation that analysts once saw, and when it took the place of the one before."""

    generation_id: int
    night_on: date
    switched_at: datetime


@dataclass(frozen=True)
class Fingerprint:
    """Of a table: how many rows it has, and the sum of their hashes, which no order changes."""

    rows: int
    hashes: Decimal


@dataclass(frozen=True)
class AsAt:
    """A dataset as at a day: the database it is in, the generation it was built from, and both by table."""

    day: date
    generation_id: int
    database: str
    built: Mapping[str, Fingerprint]
    kept: Mapping[str, Fingerprint]
    """What analysts saw then; empty where that is kept no longer."""

    @property
    def differing(self) -> list[str]:
        """Tables that are not what analysts saw then, row for row."""
        return sorted(table for table, was in self.kept.items() if self.built.get(table) != was)


def known_on(connection: Connection, day: date) -> KnownGeneration:
    """The last generation of a night up to the day that knows no later delivery. Raises `UnknownDayError`."""
    row = connection.execute(
        """
        select g.generation_id, n.night_on, g.ended_at
        from ops.generation as g
        inner join ops.night as n using (night_id)
        where g.state in ('current', 'previous') and n.night_on <= %(day)s
            and not exists (
                select 1 from ops.generation_load as gl
                inner join ops.load as l using (load_id)
                where gl.generation_id = g.generation_id and l.delivery_on > %(day)s
            )
        order by g.generation_id desc
        limit 1
        """,
        {"day": day},
    ).fetchone()
    if row:
        return KnownGeneration(*row)
    first = connection.execute(
        """
        select min(n.night_on) from ops.generation as g
        inner join ops.night as n using (night_id)
        where g.state in ('current', 'previous')
        """
    ).fetchone()
    since = f"the first generation is of {first[0]}" if first and first[0] else "no generation was built yet"
    raise UnknownDayError(f"Nothing was known on {day}: {since}. csae generation list shows all.")


def build(connection: Connection, settings: Settings, day: date) -> AsAt:
    """Replaces an earlier build of the day. Raises `UnknownDayError`, `LostInputError` and `StepError`."""
    if settings.warehouse_url is None:
        raise warehouse.ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL.")
    known = known_on(connection, day)
    database = database_of(settings.warehouse_url, day)
    home = settings.home_dir / "as_at" / f"{day:%Y%m%d}"
    shutil.rmtree(home, ignore_errors=True)
    inputs.restore(connection, known.generation_id, home)
    drop(connection, settings.warehouse_url, day)
    try:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    except psycopg.errors.InsufficientPrivilege:
        raise StepError(
            "The role in CSAE_WAREHOUSE_URL may not make a database, and the dataset as at a day needs one of its own. "
            "Let the server's administrator give it the right: ALTER ROLE … CREATEDB."
        ) from None
    then = settings.model_copy(
        update={
            "home": home,
            "project_dir": home,
            "forces_dir": home / inputs.FORCES,
            "warehouse_url": with_database(settings.warehouse_url, database),
        }
    )
    with warehouse.connect(then.warehouse_url, autocommit=True) as target:
        warehouse.prepare(target)
        night_id = copy_known(connection, target, known)
        night.build(target, then, load_sources(then.sources_dir), night_id)
        tables = {table: _fingerprint(target, sql.Identifier("curated", table)) for table in _tables_of_build(target)}
    kept = {
        table: _fingerprint(connection, generations.rows_of(table, names, known.generation_id))
        for table, names in generations.tables_of(connection, known.generation_id).items()
    }
    return AsAt(day, known.generation_id, database, tables, kept)


def _fingerprint(connection: Connection, rows: sql.Composable) -> Fingerprint:
    query = "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {} as t"
    row = connection.execute(sql.SQL(query).format(rows)).fetchone()
    return Fingerprint(*row) if row else Fingerprint(0, Decimal(0))


def _tables_of_build(connection: Connection) -> Iterator[str]:
    """Those that dbt made, and not what is kept of generations."""
    newest = generations.newest(connection)
    yield from generations.tables_of(connection, newest.generation_id) if newest else ()


def copy_known(connection: Connection, target: Connection, known: KnownGeneration) -> int:
    """What the generation knew, into the tables of an empty warehouse. The number of a night of its day."""
    loads = sql.SQL("select load_id from ops.generation_load where generation_id = {}").format(
        sql.Literal(known.generation_id)
    )
    with target.transaction():
        _copy(
            connection,
            target,
            "ops.load",
            sql.SQL("inner join ops.generation_load as g using (load_id) where g.generation_id = {}").format(
                sql.Literal(known.generation_id)
            ),
            state=sql.SQL("g.state"),
            duplicate_of=sql.SQL("case when g.state = 'duplicate' then t.duplicate_of end"),
        )
        for table in _OF_LOADS:
            _copy(connection, target, table, sql.SQL("where t.load_id in ({})").format(loads))
        _copy(
            connection,
            target,
            "ops.coded_value",
            sql.SQL("where t.first_load_id in ({})").format(loads),
            last_load_id=sql.SQL(
                "case when t.last_load_id in ({}) then t.last_load_id else t.first_load_id end"
            ).format(loads),
        )
        made_by_then = sql.SQL("where t.made_at <= {}").format(sql.Literal(known.switched_at))
        withdrawn = {
            name: sql.SQL("case when t.withdrawn_at <= {} then t.{} end").format(
                sql.Literal(known.switched_at), sql.Identifier(name)
            )
            for name in ("withdrawn_by", "withdrawn_at", "withdrawn_reason")
        }
        _copy(connection, target, "ops.person_judgement", made_by_then, **withdrawn)
        row = target.execute(
            "insert into ops.night (night_on, notice) values (%s, %s) returning night_id",
            [known.night_on, f"As it was known on this day, from generation {known.generation_id}."],
        ).fetchone()
    return int(row[0]) if row else 0


def _copy(
    connection: Connection, target: Connection, table: str, rest: sql.Composable, **instead: sql.Composable
) -> None:
    """Rows of a table from one warehouse to the other; `instead` says which columns take another value."""
    schema, _, name = table.partition(".")
    columns = [
        row[0]
        for row in target.execute(
            "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
            "order by ordinal_position",
            [schema, name],
        )
    ]
    out = sql.SQL("copy (select {} from {} as t {}) to stdout (format binary)").format(
        sql.SQL(", ").join(instead.get(column, sql.Identifier("t", column)) for column in columns),
        sql.Identifier(schema, name),
        rest,
    )
    into = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(schema, name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as read, target.cursor() as write, read.copy(out) as source, write.copy(into) as sink:
        for block in source:
            sink.write(block)
