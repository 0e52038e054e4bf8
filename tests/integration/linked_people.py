"""A warehouse of records of people alone, which are linked night after night."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from psycopg import sql
from pydantic import SecretStr

from csae import linkage, warehouse
from csae.linkage.records import OPTIONAL_TOKENS, TOKENS
from csae.linkage.transfer import COLUMNS
from csae.linkage.worlds import PEOPLE, written
from csae.local_stack import Stack
from csae.warehouse import Connection

RECORDS, LINKED, ALL_ANEW = "linkage_records", "linkage_kept", "linkage_anew"
BOOLEANS = ("forename_is_initial", "date_of_birth_is_placeholder", "surname_is_common", "forename_is_common")
TYPES = {**dict.fromkeys(BOOLEANS, "boolean"), "birth_year": "integer"}
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Linked:
    compared: int
    """Records that were compared for the first time, or all where all were."""
    persons: int
    merged: int
    split: int


@dataclass
class People:
    """A warehouse of records alone, linked night after night."""

    connection: Connection
    work_dir: Path
    nights: int = 0

    def put(self, records: pl.DataFrame, first_seen: str = "20260901.0000.06") -> None:
        rows = records.select(
            "person_record_key", pl.lit(first_seen).alias("first_seen"), *TOKENS, *OPTIONAL_TOKENS, is_anonymous=False
        )
        text = io.BytesIO()
        rows.write_csv(text, include_header=False)
        statement = sql.SQL("copy {}.int_person_record from stdin (format csv)").format(sql.Identifier(RECORDS))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(text.getvalue())

    def take(self, keys: Sequence[str]) -> None:
        self.connection.execute(
            f"delete from {RECORDS}.int_person_record where person_record_key = any(%s)", [list(keys)]
        )

    def link(self, *, full: bool = False, into: str = LINKED) -> Linked:
        self.nights += 1
        linkage.prepare(self.connection, into)
        before = self._versions(into)
        linkage.link(
            self.connection,
            self.work_dir,
            generation_id=self.nights,
            full=full,
            schema=RECORDS,
            linkage_schema=into,
        )
        (counts,) = self.rows(
            f"""
            select
                (select count(distinct person_key) from {into}.person),
                count(*) filter (where change = 'merged'),
                count(*) filter (where change = 'split')
            from {into}.person_change where generation_id = {self.nights}
            """
        )
        return Linked(len(self._versions(into) - before), *counts)

    def _versions(self, schema: str) -> set[tuple[Any, ...]]:
        return set(self.rows(f"select xmin::text, ctid::text from {schema}.record"))

    def rows(self, statement: str) -> Rows:
        return self.connection.execute(statement.encode()).fetchall()

    def persons(self, schema: str = LINKED) -> Rows:
        return self.rows(f"select person_record_key, person_key from {schema}.person order by 1")

    def edges(self, schema: str = LINKED) -> Rows:
        return self.rows(
            f"select record_key_l, record_key_r, match_weight, contradiction from {schema}.edge order by 1, 2"
        )

    def assert_as_if_all_were_linked_anew(self) -> None:
        self.link(full=True, into=ALL_ANEW)
        assert self.persons() == self.persons(ALL_ANEW)
        assert self.edges() == self.edges(ALL_ANEW)
        columns = f"select person_record_key, first_seen, {', '.join(COLUMNS)} from"
        assert self.rows(f"{columns} {LINKED}.record order by 1") == self.rows(
            f"{columns} {ALL_ANEW}.record order by 1"
        )


@contextmanager
def new_people(stack: Stack, work_dir: Path, *schemas: str) -> Iterator[People]:
    """Without records and judgements, and with nothing linked in these schemas."""
    with warehouse.connect(SecretStr(stack.warehouse_url), autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for schema in (RECORDS, *schemas):
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
        connection.execute("drop table if exists ops.person_judgement")
        warehouse.prepare(connection)
        connection.execute(f"create schema {RECORDS}".encode())
        columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in (*TOKENS, *OPTIONAL_TOKENS))
        connection.execute(
            f"create table {RECORDS}.int_person_record "
            f"(person_record_key text, first_seen text, {columns}, is_anonymous boolean)".encode()
        )
        yield People(connection, work_dir)


def some(*said: dict[str, str]) -> pl.DataFrame:
    base = {"force": "06", "person_ref": "", "pnc_id": "", "surname": "Smithson", "forenames": "Jacob",
            "date_of_birth": "1984-05-17", "sex": "M"}  # fmt: skip
    rows = [{**base, "crime_ref": f"C{place}", "person": place, **one} for place, one in enumerate(said)]
    return written(pl.DataFrame(rows).select(PEOPLE)).sort("person")


JACOB, INITIAL, CAPITALS = {}, {"force": "13", "forenames": "J"}, {"force": "13", "surname": "Smithsen"}
MATTHEW = {"forenames": "Matthew"}
