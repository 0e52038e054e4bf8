"""What a generation knew is copied as it was then, though the ledger has gone on since."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from csae import as_at, warehouse
from csae.as_at import building
from csae.as_at.building import KnownGeneration
from csae.local_stack import Stack
from csae.warehouse import Connection
from integration.nights import empty

DAY = date(2026, 9, 1)


@pytest.fixture
def connection(shared: Stack) -> Iterator[Connection]:
    with warehouse.connect(SecretStr(shared.warehouse_url), autocommit=True) as made:
        empty(made)
        yield made


@pytest.fixture
def target(shared: Stack, connection: Connection) -> Iterator[Connection]:
    """An empty warehouse in a database of its own."""
    url = SecretStr(shared.warehouse_url)
    as_at.drop(connection, url, DAY)
    database = as_at.database_of(url, DAY)
    connection.execute(f"create database {database}".encode())
    try:
        with warehouse.connect(as_at.with_database(url, database), autocommit=True) as made:
            warehouse.prepare(made)
            yield made
    finally:
        as_at.drop(connection, url, DAY)


def load(connection: Connection, content: str, state: str, duplicate_of: int | None = None) -> int:
    row = connection.execute(
        "insert into ops.load (source, delivery_on, content_sha256, correction_number, state, duplicate_of) "
        "values ('06', %s, %s, 0, %s, %s) returning load_id",
        [DAY, content, state, duplicate_of],
    ).fetchone()
    assert row is not None
    return int(row[0])


def generation(connection: Connection) -> KnownGeneration:
    """One that knows all loads as they are now."""
    row = connection.execute(
        "insert into ops.generation (state, input_sha256) values ('current', '') returning generation_id"
    ).fetchone()
    assert row is not None
    connection.execute(
        "insert into ops.generation_load (generation_id, load_id, state) select %s, load_id, state from ops.load", row
    )
    return KnownGeneration(row[0], DAY, datetime.now(UTC))


def loads(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("select load_id, state, duplicate_of from ops.load order by load_id").fetchall()


def test_a_load_that_was_rejected_then_is_not_yet_a_duplicate_of_what_came_later(
    connection: Connection, target: Connection
) -> None:
    first, second = load(connection, "a", "accepted"), load(connection, "b", "rejected")
    same = load(connection, "c", "duplicate", duplicate_of=first)
    known = generation(connection)
    later = load(connection, "d", "accepted")
    connection.execute("update ops.load set state = 'duplicate', duplicate_of = %s where load_id = %s", [later, second])

    building.copy_known(connection, target, known)

    assert loads(target) == [(first, "accepted", None), (second, "rejected", None), (same, "duplicate", first)]
