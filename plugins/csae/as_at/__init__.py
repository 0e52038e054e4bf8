"""Datasets as they were known on a day: each is a database of its own beside the warehouse."""

from datetime import date

from psycopg import sql
from pydantic import SecretStr

from csae.warehouse import Connection


class UnknownDayError(Exception):
    """Nothing was known yet on the day; the message says from when on."""


def find(connection: Connection, url: SecretStr, day: date) -> SecretStr:
    """Where the dataset as at the day is. Raises `UnknownDayError` when it was not built."""
    name = database_of(url, day)
    if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        raise UnknownDayError(f"The dataset as at {day} is not there; csae generation build --as-at {day} builds it.")
    return with_database(url, name)


def drop(connection: Connection, url: SecretStr, day: date) -> None:
    name = sql.Identifier(database_of(url, day))
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))


def database_of(url: SecretStr, day: date) -> str:
    return f"{url.get_secret_value().rpartition('/')[2].partition('?')[0]}_as_at_{day:%Y%m%d}"


def with_database(url: SecretStr, database: str) -> SecretStr:
    head, _, tail = url.get_secret_value().rpartition("/")
    _, mark, options = tail.partition("?")
    return SecretStr(f"{head}/{database}{mark}{options}")
