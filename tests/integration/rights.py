"""Warehouses with every table that analysts see, and people who log in to them with roles of their own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import yaml
from psycopg import sql
from pydantic import SecretStr

from csae.local_stack import Stack
from csae.local_stack.processes import LOOPBACK
from csae.settings import PROJECT_DIR
from integration.built import Built

FORCES = ("06", "13", "14")
_MODELS = PROJECT_DIR / "dbt_project" / "models"
_VALUES = {
    "text": "x",
    "boolean": True,
    "date": "2026-09-01",
    "bigint": 1,
    "integer": 1,
}


@dataclass(frozen=True)
class Login:
    """A connection with a password of its own, as a person's client makes it."""

    connection: psycopg.Connection[tuple[Any, ...]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode()).fetchall()

    def may(self, query: str) -> bool:
        try:
            self.connection.execute(query.encode())
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
            return False
        return True


@contextmanager
def superuser(stack: Stack) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(
        host=LOOPBACK,
        port=stack.postgres_port,
        user="postgres",
        password=stack.secrets.postgres_password,
        dbname="warehouse",
        autocommit=True,
    ) as connection:
        yield connection


@contextmanager
def login(built: Built, name: str, *groups: str) -> Iterator[Login]:
    """Somebody in these roles, from making the login to taking it away."""
    of = sql.SQL(", ").join(map(sql.Identifier, groups))
    there = built.connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    if there:
        built.connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
    made = sql.SQL("create role {} login password 'wordlessly' in role {}").format(sql.Identifier(name), of)
    built.connection.execute(made)
    try:
        with psycopg.connect(url_of(built, name).get_secret_value(), autocommit=True) as connection:
            yield Login(connection)
    finally:
        built.connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def url_of(built: Built, name: str) -> SecretStr:
    return SecretStr(
        built.url.get_secret_value().replace("//", f"//{name}:wordlessly@", 1).replace(_user(built), "", 1)
    )


def _user(built: Built) -> str:
    """`csae:password@` of the stack's own URL."""
    return built.url.get_secret_value().partition("//")[2].partition("@")[0] + "@"


def models() -> Mapping[str, Mapping[str, str]]:
    """The tables that analysts see, each with its columns and their types, as the dbt project declares them."""
    found: dict[str, Mapping[str, str]] = {}
    for folder in ("marts", "quality"):
        for path in sorted((_MODELS / folder).glob("*.yml")):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


def row_of(columns: Mapping[str, str], force: str, number: int, other: str) -> list[Any]:
    """A row of a force: every column that names one says so, but the ones of the other side of a transfer or pair."""

    def value(name: str, kind: str) -> Any:
        if name in ("other_force_code", "taker_force_code", "transferred_from_force_code"):
            return other
        if name.endswith("force_code"):
            return force
        if kind == "text":
            return f"{name} {force} {number}"
        return _VALUES.get(kind, 1)

    return [value(name, kind) for name, kind in columns.items()]


def fill(built: Built, rows_of_force: Mapping[str, int], stamp: int = 1) -> None:
    """The built state with every table of the project, each force with so many rows in each."""
    built.connection.execute("drop schema if exists marts, quality cascade; create schema marts; create schema quality")
    built.build(stamp, [])
    for name, columns in models().items():
        schema = "quality" if name.startswith("dq_") else "marts"
        built.connection.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(schema, name)))
        built.write(
            schema,
            name,
            ", ".join(f"{column} {kind}" for column, kind in columns.items()),
            [
                tuple(row_of(columns, force, number, _next(force, list(rows_of_force))))
                for force, rows in rows_of_force.items()
                for number in range(rows)
            ],
        )


def _next(force: str, forces: Sequence[str]) -> str:
    return forces[(forces.index(force) + 1) % len(forces)]
