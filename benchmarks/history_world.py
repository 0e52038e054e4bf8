"""Ten years of deliveries for `history.py`, made in the warehouse and kept below `$CSAE_BENCH_HOME`.

The first night of generated deliveries of every source is loaded and gated. Its accepted rows are then copied, each
copy under references of its own and for days of its own, until the wanted days are full: the last year is the same
rows whether there are nine years before it or none. A tenth of the crimes comes a second time, with an outcome. Of
each crime one copy in the last year keeps its references, so what is delivered of it on the nights that follow
changes it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import copied_rows
from copied_rows import CODED, ROW_NUMBERS, SEED, TOKENS, gate_all, load_day, spelt, write_spellings
from psycopg import sql
from pydantic import SecretStr

from csae import transform, warehouse
from csae.code_sets import CodeSets
from csae.force_forms import write_force_forms
from csae.local_stack import postgres
from csae.local_stack.state import Secrets, load_secrets, locked, make_home, resolve_home
from csae.sources import LoadedSource
from csae.synthetic import ALL_FORCES, Plan, write_deliveries
from csae.warehouse import Connection

VERSION = 2
"""To be counted up when the worlds come out otherwise; those that are kept are then made anew."""
COPIES = 134
"""In ten years; of one night's some 9,000 crimes, with 20,000 people on them."""
DAYS_A_COPY = 27
NIGHT = LAST_DAY = date(2026, 9, 1)
"""Of the night that is copied; and the last of the history."""
TEN_YEARS = COPIES * DAYS_A_COPY
YEAR = 365
NIGHTS = 4
"""That follow, up to the one on which every source delivers."""
SECOND_ONE_IN, SECOND_AFTER = 10, 60
"""How many crimes come again, and how many days later."""
CHANGED_A_NIGHT = 0.1
"""Share of the crimes: some thousand, of which those of sources that send changes come."""
NAMES_ONE_IN = 12
"""A name stands in every twelfth copy, so that a longer history has more people of one name."""
NAMES = (
    *("surname_token", "surname_phonetic_token", "surname_consonants_token", "forename_token"),
    *("forename_initial_token", "first_forename_token", "forename_phonetic_token", "forename_consonants_token"),
)
DATES = ("recorded_on", "offence_start_on", "outcome_on")
OUTCOMES = ("outcome_code", "outcome_on")


@dataclass(frozen=True)
class Server:
    """The PostgreSQL of the benchmark; each world is a database of it."""

    port: int
    secrets: Secrets

    def url(self, database: str) -> SecretStr:
        return SecretStr(postgres.url(self.port, "csae", self.secrets.warehouse_password, database))

    def run(self, *statements: str) -> None:
        with warehouse.connect(self.url("warehouse"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def drop(self, database: str) -> None:
        self.leave(database)
        self.run(f"drop database if exists {database}")

    def leave(self, database: str) -> None:
        """End our own sessions that are left: Great Expectations' stay open. The server's own make way."""
        self.run(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "  # noqa: S608 our own names
            f"where usename = current_user and datname = '{database}'"
        )

    def databases(self) -> dict[str, str]:
        """Each database of a world, with the fingerprint of what made it."""
        query = (
            "select datname, coalesce(shobj_description(oid, 'pg_database'), '') from pg_database "
            "where datname like 'history%'"
        )
        with warehouse.connect(self.url("warehouse"), autocommit=True) as connection:
            return dict(connection.execute(query).fetchall())


@contextmanager
def server(home: Path) -> Iterator[Server]:
    folder = resolve_home(home)
    make_home(folder)
    with locked(folder, lambda _line: None):
        secrets = load_secrets(folder)
        service = postgres.ensure(folder, secrets, None, lambda _line: None)
    try:
        yield Server(service.port, secrets)
    finally:
        postgres.stop(folder, None)


def deliveries(home: Path, sources: dict[str, LoadedSource]) -> Path:
    """The night that is copied and those that follow, generated once."""
    folder = home / "data" / f"history-{fingerprint()}"
    if not (folder / "whole").exists():
        write_deliveries(
            Plan(
                seed=SEED,
                crimes=copied_rows.CRIMES,
                nights=1 + NIGHTS,
                first_night=NIGHT,
                forces=tuple(code for code in ALL_FORCES if code in sources),
                new_later=0.0,
                changed_a_night=CHANGED_A_NIGHT,
            ),
            folder,
        )
        (folder / "whole").touch()
    return folder


def ensure_world(
    at: Server, landing: Path, days: int, recent: int, sources: dict[str, LoadedSource], codes: CodeSets
) -> str:
    """The name of a database with so many days in its raw tables and its ledger, made where there is none."""
    name, made_by = f"history_{days}_{recent}", fingerprint()
    if at.databases().get(name) == made_by:
        return name
    ensure_night(at, landing, sources, codes)
    at.drop(name)
    at.leave("history_night")
    at.run(f"create database {name} template history_night")
    with warehouse.connect(at.url(name), autocommit=True) as connection:
        connection.execute("set work_mem = '256MB'")
        multiply(connection, days, recent)
    at.run(f"comment on database {name} is '{made_by}'")
    return name


def ensure_night(at: Server, landing: Path, sources: dict[str, LoadedSource], codes: CodeSets) -> None:
    """The database of one night, whose accepted rows and decisions stand apart in the schema `night`."""
    name, made_by = "history_night", fingerprint()
    if at.databases().get(name) == made_by:
        return
    at.drop(name)
    at.run(f"create database {name}")
    with warehouse.connect(at.url(name), autocommit=True) as connection:
        warehouse.prepare(connection)
        transform.write_reference(connection, sources)
        write_force_forms(connection, codes)
        load_day(connection, landing, NIGHT, sources, codes)
        gate_all(connection, at.url(name), sources, codes)
        write_spellings(connection)
        set_apart(connection)
    at.run(f"comment on database {name} is '{made_by}'")


def fingerprint() -> str:
    """Of what makes the worlds."""
    return f"{VERSION}-{SEED}-{copied_rows.CRIMES}"


def set_apart(connection: Connection) -> None:
    connection.execute("create schema night")
    for kind in CODED:
        connection.execute(
            sql.SQL(
                """
                create table night.{kind} as
                select l.source, r.*
                from raw.{kind} as r
                inner join ops.load as l using (load_id)
                left join ops.quarantined_row as q
                    on r.load_id = q.load_id and r.extract_name = q.extract_name and r.row_number = q.row_number
                        and q.record_kind = {name}
                where q.load_id is null
                """
            ).format(kind=sql.Identifier(kind), name=sql.Literal(kind))
        )
    connection.execute(
        """
        create table night.spelling as select * from pg_temp.spelling;
        create table night.due as select source, due_every from reference.source;
        create table night.gate_result as
        select l.source, g.* from ops.gate_result as g inner join ops.load as l using (load_id);
        create table night.coded_value as
        select source, record_kind, column_name, value_sha256, value, rows from ops.coded_value;
        truncate ops.load, raw.crime, raw.involvement, raw.case_review restart identity cascade;
        """
    )
    connection.execute("vacuum analyze")


def multiply(connection: Connection, days: int, recent: int) -> None:
    """Fill the raw tables, the ledger and the gate's decisions with so many days up to `LAST_DAY`.

    `recent` is the number of the last copies among which those are that keep a crime's references.
    """
    first = LAST_DAY - timedelta(days=TEN_YEARS - 1)
    connection.execute("create temp view spelling as select * from night.spelling")
    connection.execute(placing(first, LAST_DAY - timedelta(days=days - 1), recent))
    connection.execute("analyze placed")
    write_ledger(connection)
    (step,) = connection.execute(
        "select greatest((select max(row_number) from night.crime), (select max(row_number) from night.involvement))"
    ).fetchall()[0]
    for kind in CODED:
        connection.execute(copying(connection, kind, step))
    connection.execute(
        """
        update ops.load set crimes_read = c.rows, involvements_read = coalesce(i.rows, 0)
        from (select load_id, count(*) as rows from raw.crime group by 1) as c
        left join (select load_id, count(*) as rows from raw.involvement group by 1) as i using (load_id)
        where load.load_id = c.load_id
        """
    )
    connection.execute("drop table placed")
    connection.execute("vacuum analyze")


def placing(first: date, since: date, recent: int) -> sql.Composed:
    """Table `placed`: in which copy, on which day and as which version a crime of the night comes.

    `is_itself` is the one copy that keeps the crime's references.
    """
    return sql.SQL(
        """
        create temp table placed as
        with crimes as (
            select distinct source, crime_ref_token, hashtext(crime_ref_token) & 2147483647 as drawn from night.crime
        ),

        versions as (
            select
                crimes.source, crimes.crime_ref_token, n, v,
                v = 1 and crimes.drawn % {one_in} = 0 as comes_again,
                n = {copies} - (crimes.drawn / {one_in}) % {recent} as is_itself,
                {first}::date + (n - 1) * {span} + (crimes.drawn / {one_in}) % {span} + (v - 1) * {after} as day_on
            from crimes
            cross join generate_series(1, {copies}) as n
            cross join generate_series(1, 2) as v
            where v = 1 or crimes.drawn % {one_in} = 0
        ),

        due as (
            select
                versions.*,
                case s.due_every
                    when 'weekly' then day_on + (7 - extract(isodow from day_on)::integer) % 7
                    when 'weekdays' then day_on + greatest(0, 8 - extract(isodow from day_on)::integer) % 3
                    else day_on
                end as delivery_on
            from versions
            inner join night.due as s using (source)
        )

        select source, crime_ref_token, n, v, comes_again, is_itself, delivery_on
        from due
        where delivery_on between {since} and {last}
        """
    ).format(
        first=sql.Literal(first),
        since=sql.Literal(since),
        last=sql.Literal(LAST_DAY),
        span=sql.Literal(DAYS_A_COPY),
        copies=sql.Literal(COPIES),
        one_in=sql.Literal(SECOND_ONE_IN),
        after=sql.Literal(SECOND_AFTER),
        recent=sql.Literal(recent),
    )


def write_ledger(connection: Connection) -> None:
    """A load a source and day, decided as the one of the night was."""
    connection.execute(
        """
        insert into ops.load (
            source, delivery_on, content_sha256, correction_number, state, layout_valid_from, received_at, decided_at
        )
        select
            source, delivery_on, md5(source || delivery_on::text), 0, 'accepted', '2026-09-01',
            delivery_on + interval '1 day', delivery_on + interval '1 day'
        from placed
        group by source, delivery_on
        order by delivery_on, source
        """
    )
    connection.execute(
        """
        insert into ops.gate_result (
            load_id, record_kind, reason_code, column_name, severity, rows_checked, rows_failed
        )
        select l.load_id, g.record_kind, g.reason_code, g.column_name, g.severity, g.rows_checked, g.rows_failed
        from night.gate_result as g
        inner join ops.load as l using (source)
        order by l.load_id
        """
    )
    connection.execute(
        """
        insert into ops.coded_value (
            source, record_kind, column_name, value_sha256, value, first_load_id, last_load_id, rows
        )
        select c.source, c.record_kind, c.column_name, c.value_sha256, c.value, l.load_id, l.load_id, c.rows
        from night.coded_value as c
        inner join (select source, min(load_id) as load_id from ops.load group by source) as l using (source)
        """
    )
    connection.execute("analyze ops.load")


def copying(connection: Connection, kind: str, step: int) -> sql.Composed:
    """The insert of all rows of a kind; `step` is between the row numbers of two copies."""
    return sql.SQL(
        """
        insert into raw.{kind} ({columns})
        select {values}
        from night.{kind} as r
        inner join placed on r.source = placed.source and r.crime_ref_token = placed.crime_ref_token
        inner join ops.load as l on placed.source = l.source and placed.delivery_on = l.delivery_on
        {spellings}
        order by l.load_id, r.extract_name, row_number
        """
    ).format(
        kind=sql.Identifier(kind),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns_of(connection, kind))),
        values=sql.SQL(", ").join(made(kind, name, step) for name in columns_of(connection, kind)),
        spellings=sql.SQL(" ").join(map(spelt, CODED[kind])),
    )


def columns_of(connection: Connection, kind: str) -> list[str]:
    query = """
        select column_name from information_schema.columns
        where table_schema = 'raw' and table_name = %s
        order by ordinal_position
    """
    return [name for (name,) in connection.execute(query, [kind])]


def made(kind: str, column: str, step: int) -> sql.Composed:
    """What a copy has in a column: own references and people, the delivery's days, and the load's number."""
    name = sql.Identifier(column)
    if column == "load_id":
        return sql.SQL("l.load_id")
    if column in TOKENS[kind]:
        return sql.SQL("case when placed.is_itself then r.{} else md5(r.{} || '-' || placed.n) end").format(name, name)
    if column in NAMES:
        return sql.SQL("case when placed.is_itself then r.{} else md5(r.{} || '-' || placed.n % {}) end").format(
            name, name, sql.Literal(NAMES_ONE_IN)
        )
    if column in ROW_NUMBERS:
        return sql.SQL("r.{} + {} * (placed.n + {} * (placed.v - 1)) as {}").format(
            name, sql.Literal(step), sql.Literal(COPIES), name
        )
    value = (
        sql.SQL("coalesce({}.spelling, r.{})").format(sql.Identifier(f"by_{column}"), name)
        if column in CODED[kind]
        else sql.SQL("r.{}").format(name)
    )
    if column in DATES:
        value = sql.SQL(
            "case when pg_input_is_valid({value}, 'date') then "
            "({value}::date + (placed.delivery_on - {night}::date) - {after} * (placed.v - 1))::text else {value} end"
        ).format(value=value, night=sql.Literal(NIGHT), after=sql.Literal(SECOND_AFTER))
    if column in OUTCOMES:
        value = sql.SQL("case when not placed.comes_again then {} end").format(value)
    return sql.Composed([value])
