"""The ledger's states: the database refuses every change but the legal ones, whoever makes it."""

from contextlib import suppress
from datetime import date
from itertools import product
from pathlib import Path

import psycopg
import pytest

from csae import ledger, warehouse
from csae.landing import Delivery, LandedFile, SpooledFile
from faults.bench import Bench

STATES = ("received", "loaded", "accepted", "rejected", "duplicate")
SAME_ATTEMPT = {
    ("received", "loaded"),
    ("received", "rejected"),
    ("received", "duplicate"),
    ("loaded", "accepted"),
    ("loaded", "rejected"),
    ("rejected", "duplicate"),
    *((state, state) for state in STATES),
}
NEXT_ATTEMPT = {("received", "received"), ("rejected", "received")}
DAY = date(2026, 9, 1)


def enter(connection: warehouse.Connection, state: str, content: str = "c") -> int:
    row = connection.execute(
        "insert into ops.load (source, delivery_on, content_sha256, correction_number, state) "
        "values ('01', %s, %s, 0, %s) returning load_id",
        [DAY, content, state],
    ).fetchone()
    assert row
    return int(row[0])


def test_of_seventy_five_changes_thirteen_are_legal(empty: Bench) -> None:
    legal = set()
    with warehouse.connect(empty.url, autocommit=True) as connection:
        for number, (before, after, more) in enumerate(product(STATES, STATES, (0, 1, 2))):
            load_id = enter(connection, before, f"{number}")
            with suppress(psycopg.errors.RestrictViolation):
                connection.execute(
                    "update ops.load set state = %s, attempt = attempt + %s where load_id = %s", [after, more, load_id]
                )
                legal.add((before, after, more))
    assert legal == {(*pair, 0) for pair in SAME_ATTEMPT} | {(*pair, 1) for pair in NEXT_ATTEMPT}
    assert len(legal) == 13


@pytest.mark.parametrize(
    "change",
    [
        "source = '03'",
        "delivery_on = delivery_on + 1",
        "content_sha256 = 'other'",
        "correction_number = 1",
        "received_at = now()",
        "duplicate_of = load_id",
        "attempt = attempt - 1",
    ],
)
def test_what_a_load_is_known_by_never_changes(empty: Bench, change: str) -> None:
    with warehouse.connect(empty.url, autocommit=True) as connection:
        enter(connection, "accepted")
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(f"update ops.load set {change}".encode())


def test_no_load_is_ever_forgotten(empty: Bench) -> None:
    with warehouse.connect(empty.url, autocommit=True) as connection:
        load_id = enter(connection, "rejected")
        with pytest.raises(psycopg.errors.RestrictViolation, match=f"load {load_id} cannot be deleted"):
            connection.execute("delete from ops.load")


def received(connection: warehouse.Connection, content: str = "x") -> ledger.Load:
    landed = LandedFile(f"01/{DAY}/{content}.csv", "01", DAY, f"{content}.csv", "etag", 1)
    file = SpooledFile(landed, Path("nowhere"), content)
    return ledger.receive(connection, Delivery("01", DAY, (landed,)), [file], [("crimes", file)], spec_sha256="spec")


def test_an_attempt_that_was_taken_over_can_neither_load_nor_reject(empty: Bench) -> None:
    with warehouse.connect(empty.url, autocommit=True) as connection:
        with connection.transaction():
            first = received(connection)
        with connection.transaction():
            second = received(connection)
        assert (first.attempt, second.attempt) == (1, 2)
        with pytest.raises(ledger.FencedError), connection.transaction():
            ledger.reject(connection, first.load_id, "file_empty", "late", attempt=first.attempt)
        with pytest.raises(ledger.FencedError), connection.transaction():
            record(connection, first)
        with connection.transaction():
            record(connection, second)
        assert ledger.state_of(connection, first.load_id).state == "loaded"
        with pytest.raises(ledger.FencedError), connection.transaction():
            record(connection, second)


def record(connection: warehouse.Connection, load: ledger.Load) -> None:
    ledger.record_loaded(
        connection, load, layout_valid_from=DAY, key_id="k", records_read={"crime": 1}, records_by_file={}
    )


def test_a_run_that_sleeps_with_the_lock_loses_it(empty: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paused for longer than may be, or on a machine that is gone: the others go on without it."""
    monkeypatch.setattr(ledger, "MOST_IDLE_SECONDS", 1)
    sleeper = warehouse.connect(empty.url)
    with warehouse.connect(empty.url, autocommit=True) as other:
        received(sleeper)
        with other.transaction():
            assert received(other).attempt == 1, "what the sleeper entered was rolled back"
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        sleeper.execute("select 1")
    sleeper.close()
