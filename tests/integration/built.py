"""A warehouse whose built state a test writes itself, small enough to be switched many times."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from pydantic import SecretStr

from csae import generations, warehouse
from csae.local_stack import Stack
from integration.nights import empty

CRIME = (
    "crime_key text primary key, force_code text not null, crime_ref_token text, current_load_id bigint, "
    "transferred_from_force_code text, suspect_count integer"
)
PERSON = "crime_key text, person_key text, role text, force_code text, age_at_offence integer, load_id bigint"
NATIONALITY = "crime_key text, person_key text, role text, force_code text, nationality_code text, load_id bigint"
BEHIND = {
    "intermediate.int_crime_version": "crime_key text, force_code text, is_standing boolean, is_dropped boolean",
    "intermediate.int_crime_fate": "crime_key text, fate text",
    "staging.stg_load": "load_id bigint, fingerprint text",
    "staging.stg_source": "force_code text, is_counted_nationally boolean",
}
TABLES = {"fct_offence_type": CRIME, "fct_ethnicity": PERSON, "fct_nationality": NATIONALITY}


@dataclass(frozen=True)
class Built:
    url: SecretStr
    connection: warehouse.Connection

    def build(
        self, stamp: int, crimes: Iterable[str] = ("a", "b"), **tables: tuple[str, Iterable[tuple[Any, ...]]]
    ) -> None:
        """Facts with the stamp on every row, and any other tables as `name=(columns, rows)`."""
        self.connection.execute("drop schema if exists marts, quality cascade")
        self.connection.execute("create schema marts")
        self.connection.execute("create schema quality")
        for table, columns in BEHIND.items():
            self.connection.execute(f"create table if not exists {table} ({columns})".encode())
        names = list(crimes)
        facts: Mapping[str, Iterable[tuple[Any, ...]]] = {
            "fct_offence_type": [(name, "06", f"r{name}", stamp, None, 1) for name in names],
            "fct_ethnicity": [(name, f"p{name}", "suspect", "06", 30, stamp) for name in names],
            "fct_nationality": [(name, f"p{name}", "suspect", "06", "GBR", stamp) for name in names],
        }
        for table, columns in TABLES.items():
            self.write("marts", table, columns, facts[table])
        for table, (columns, rows) in tables.items():
            self.write("quality" if table.startswith("dq_") else "marts", table, columns, rows)

    def write(self, schema: str, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        place = sql.Identifier(schema, table)
        self.connection.execute(sql.SQL("create table {} ({})").format(place, sql.SQL(columns)))
        with (
            self.connection.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin").format(place)) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def open(self, *, full: bool = True, rules: str = "rules") -> int:
        return generations.open_generation(self.connection, self.night(), "inputs", rules=rules, full=full)

    def night(self) -> int:
        return int(self.one("insert into ops.night (night_on) values ('2026-09-01') returning night_id"))

    def switch(self, *, full: bool = True, rules: str = "rules") -> int:
        number = self.open(full=full, rules=rules)
        generations.switch(self.connection, number)
        return number

    def rows(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), list(parameters)).fetchall()

    def one(self, query: str, parameters: Iterable[Any] = ()) -> Any:
        return self.rows(query, parameters)[0][0]

    def shown(self, table: str = "fct_ethnicity") -> list[tuple[Any, ...]]:
        return sorted(self.rows(f"select * from curated.{table}"), key=repr)


@contextmanager
def new_built(stack: Stack) -> Iterator[Built]:
    """The stack's warehouse, emptied."""
    url = SecretStr(stack.warehouse_url)
    with warehouse.connect(url, autocommit=True) as connection:
        empty(connection)
        yield Built(url, connection)
