"""The generation store: what analysts see is one whole generation, whatever happens to a build."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csae import generations, warehouse
from csae.generations import SwitchError, ledger, store
from csae.local_stack import Stack
from integration.built import Built, new_built


@pytest.fixture
def built(shared: Stack) -> Iterator[Built]:
    with new_built(shared) as made:
        yield made


VALUES = st.one_of(st.none(), st.integers(0, 2))
ROW = st.tuples(st.sampled_from("abc"), VALUES, st.one_of(st.none(), st.sampled_from(["", "x"])))
STATES = st.lists(st.lists(ROW, max_size=6), min_size=2, max_size=5)
COLUMNS = (("crime_key", "text"), ("number", "integer"), ("word", "text"))
Rows = list[tuple[Any, ...]]


def write(connection: warehouse.Connection, rows: Rows) -> None:
    connection.execute("truncate marts.random")
    with connection.cursor() as cursor:
        cursor.executemany("insert into marts.random values (%s, %s, %s)", rows)


def at(connection: warehouse.Connection, generation_id: int) -> Counter[tuple[Any, ...]]:
    return Counter(
        connection.execute(
            "select crime_key, number, word from generation.random "
            "where valid_from_generation <= %(n)s and valid_to_generation > %(n)s",
            {"n": generation_id},
        ).fetchall()
    )


@settings(max_examples=60)
@given(states=STATES, only_changed=st.booleans())
def test_the_store_has_every_generation_and_touches_only_what_differs(
    built: Built, states: list[Rows], only_changed: bool
) -> None:
    connection = built.connection
    table = store.Table("marts", "random", COLUMNS)
    with connection.transaction(force_rollback=True):
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.random (crime_key text, number integer, word text)")
        for statement in store.shaping(connection, table):
            connection.execute(statement)
        before: Counter[tuple[Any, ...]] = Counter()
        for number, rows in enumerate(states, start=1):
            write(connection, rows)
            after = Counter(rows)
            changed = {key for key, *_ in (before - after) + (after - before)}
            connection.execute("create temporary table changed_crime (crime_key text) on commit drop")
            with connection.cursor() as cursor:
                cursor.executemany("insert into changed_crime values (%s)", [(key,) for key in changed])
            store.keep_differences(connection, table, number, only_changed=only_changed)
            connection.execute("drop table changed_crime")
            closed = connection.execute(
                "select count(*) from generation.random where valid_to_generation = %s", [number]
            ).fetchone()
            opened = connection.execute(
                "select count(*) from generation.random where valid_from_generation = %s", [number]
            ).fetchone()
            assert closed == ((before - after).total(),)
            assert opened == ((after - before).total(),)
            before = after
        for number, rows in enumerate(states, start=1):
            assert at(connection, number) == Counter(rows)


def test_rows_of_crimes_that_an_incremental_build_left_alone_are_not_looked_at(built: Built) -> None:
    built.build(1, crimes=[f"{number:06}" for number in range(20_000)])
    built.switch()
    built.connection.execute("vacuum analyze")
    built.connection.execute("update marts.fct_ethnicity set age_at_offence = 31 where crime_key < '000100'")
    built.connection.execute(
        "create table intermediate.int_changed_person_crime as "
        "select crime_key from marts.fct_offence_type where crime_key < '000100'"
    )
    built.connection.execute("create index on marts.fct_ethnicity (crime_key)")
    built.connection.execute("create index on marts.fct_nationality (crime_key)")
    built.connection.execute("analyze")
    built.connection.execute("select pg_stat_force_next_flush()")  # or what was read before would count as well
    with built.connection.transaction():
        built.switch(full=False)
        read = dict(
            built.rows(
                "select relname, seq_tup_read from pg_stat_xact_user_tables where schemaname = 'generation' "
                "and relname ~ '^fct'"
            )
        )
    assert built.one("select count(*) from generation.fct_ethnicity where valid_from_generation = 2") == 100
    assert built.one("select count(*) from curated.fct_ethnicity where age_at_offence = 31") == 100
    assert max(read.values()) <= 1, "no table of the store was read from end to end"


def test_columns_that_come_go_and_change_their_type(built: Built) -> None:
    built.build(1, dim_thing=("code text, old text", [("1", "kept"), ("x", "kept")]), dq_gone=("n integer", [(1,)]))
    built.connection.execute("comment on column marts.dim_thing.code is 'A code.'")
    first = built.switch()
    built.build(2, dim_thing=("new date, code integer", [("2026-01-01", 1), (None, 7)]), dq_come=("n integer", [(2,)]))
    second = built.switch()
    assert built.shown("dim_thing") == sorted(built.rows("select * from marts.dim_thing"), key=repr)
    assert built.rows("select table_name from information_schema.views where table_schema = 'curated' order by 1") == [
        ("dim_thing",),
        ("dq_come",),
        ("dq_generation_change",),
        ("fct_ethnicity",),
        ("fct_nationality",),
        ("fct_offence_type",),
    ]
    generations.rollback(built.connection, first)
    assert built.shown("dim_thing") == [(1, "kept"), (None, "kept")], "what is no number any more is null"
    assert built.shown("dq_gone") == [(1,)]
    assert built.one("select to_regclass('curated.dq_come')") is None
    generations.rollback(built.connection, second)
    assert built.shown("dim_thing") == sorted(built.rows("select * from marts.dim_thing"), key=repr)
    assert built.one("select col_description('curated.dim_thing'::regclass, 2)") is None
    for stamp in range(generations.KEPT_GENERATIONS):
        built.build(stamp, dim_thing=("new date, code integer", []))
        built.switch()
    assert dict(store.columns(built.connection, "generation", "dim_thing")).keys() == {
        "code",
        "new",
        "valid_from_generation",
        "valid_to_generation",
    }, "a column that no kept generation shows is dropped"
    assert built.one("select to_regclass('generation.dq_gone')") is None


def test_going_back_and_forward(built: Built) -> None:
    built.build(1)
    first = built.switch()
    built.build(2, crimes=["b", "c"])
    second = built.switch()
    assert [row[0] for row in built.shown()] == ["b", "c"]
    generations.rollback(built.connection, first)
    assert built.shown() == [(name, f"p{name}", "suspect", "06", 30, 1) for name in ("a", "b")]
    now, newest = generations.current(built.connection), generations.newest(built.connection)
    assert (now and now.generation_id, newest and newest.generation_id) == (first, second)
    generations.rollback(built.connection, second)
    assert [row[0] for row in built.shown()] == ["b", "c"]
    generations.rollback(built.connection, first)
    built.build(3, crimes=["c"])
    third = built.switch()
    assert [row[0] for row in built.shown()] == ["c"]
    assert generations.kept(built.connection) == [third, second, first]


def test_a_generation_that_is_not_kept_cannot_be_gone_back_to(built: Built) -> None:
    for stamp in range(generations.KEPT_GENERATIONS + 2):
        built.build(stamp)
        built.switch()
    assert generations.kept(built.connection) == [9, 8, 7, 6, 5, 4, 3]
    assert built.one("select count(*) from generation.fct_ethnicity") == 2 * generations.KEPT_GENERATIONS
    with pytest.raises(SwitchError, match=r"Generation 2 is not kept; csae generation list shows which are\."):
        generations.rollback(built.connection, 2)
    assert [row[-1] for row in built.shown()] == [8, 8]
    generations.rollback(built.connection, 3)
    assert [row[-1] for row in built.shown()] == [2, 2]


ONE_STATEMENT = """
    select
        (select array_agg(distinct current_load_id) from curated.fct_offence_type),
        (select array_agg(distinct load_id) from curated.fct_ethnicity),
        (select array_agg(distinct load_id) from curated.fct_nationality),
        (select array_agg(distinct n) from curated.dq_stamp),
        (select count(*) from curated.fct_ethnicity)
"""


def test_a_poller_sees_one_whole_generation_through_fifty_builds(built: Built) -> None:
    def build(stamp: int) -> None:
        built.build(stamp, [f"{stamp}-{n}" for n in range(20 + stamp)], dq_stamp=("n integer", [(stamp,)]))
        built.switch()

    build(1)
    seen: list[tuple[Any, ...]] = []
    over = threading.Event()

    def poll() -> None:
        with psycopg.connect(built.url.get_secret_value(), autocommit=True) as analyst:
            analyst.execute("set role csae_analyst")
            while not over.is_set():
                row = analyst.execute(ONE_STATEMENT.encode()).fetchone()
                assert row is not None
                seen.append(row)
                time.sleep(0.01)

    pollers = [threading.Thread(target=poll) for _ in range(2)]
    for poller in pollers:
        poller.start()
    try:
        for stamp in range(2, 52):
            build(stamp)
            if stamp % 10 == 0:
                last = generations.kept(built.connection)
                generations.rollback(built.connection, last[1])
                generations.rollback(built.connection, last[0])
    finally:
        over.set()
        for poller in pollers:
            poller.join()
    stamps = [row[0][0] for row in seen]
    assert all(row == ([stamp], [stamp], [stamp], [stamp], 20 + stamp) for row, stamp in zip(seen, stamps, strict=True))
    assert len(set(stamps)) > 25, "the poller saw most generations"


def test_a_switch_waits_for_a_query_that_runs_and_never_makes_others_wait_for_it(built: Built) -> None:
    built.build(1)
    built.switch()
    built.build(2)
    number = built.open()
    with psycopg.connect(built.url.get_secret_value()) as analyst:
        analyst.execute("select * from curated.fct_ethnicity")
        with pytest.raises(SwitchError, match="Queries of analysts held the tables for 1 seconds, so they keep"):
            generations.switch(built.connection, number, patience=1)
        assert [row[-1] for row in built.shown()] == [1, 1]
    generations.switch(built.connection, number)
    assert [row[-1] for row in built.shown()] == [2, 2]


KILLED = """
import os, signal, sys
from pydantic import SecretStr
from csae import generations, warehouse
with warehouse.connect(SecretStr(sys.argv[1]), autocommit=True) as connection, connection.transaction():
    generations.switch(connection, int(sys.argv[2]))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_before_the_switch_is_committed_leaves_the_last_generation_and_nothing_else(built: Built) -> None:
    built.build(1)
    built.switch()
    before = built.rows("select * from generation.fct_ethnicity"), built.rows("select * from ops.build_state")
    built.build(2, crimes=["b", "c"])
    number = built.open()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, built.url.get_secret_value(), str(number)], check=False, env=dict(os.environ)
    )
    assert done.returncode == -signal.SIGKILL
    assert [row[0] for row in built.shown()] == ["a", "b"]
    assert built.rows("select * from generation.fct_ethnicity") == before[0]
    assert built.one("select generation_id from ops.build_state") == 1
    assert generations.needs_full(built.connection, "rules"), "what the killed build left is not built upon"
    assert built.switch() == 3
    assert [row[0] for row in built.shown()] == ["b", "c"]
    assert [(line.generation_id, line.state) for line in ledger.listing(built.connection)] == [
        (3, "current"),
        (2, "failed"),
        (1, "previous"),
    ]


def test_when_the_next_build_must_be_full(built: Built) -> None:
    assert generations.needs_full(built.connection, "rules"), "nothing was built yet"
    built.build(1)
    built.switch()
    assert not generations.needs_full(built.connection, "rules")
    assert generations.needs_full(built.connection, "other rules")

    held = built.open(full=False)
    generations.close(built.connection, held, "held", "A force falls.")
    assert not generations.needs_full(built.connection, "rules"), "an incremental build that is held"
    assert built.one("select generation_id from ops.build_state") == 1

    failed = built.open(full=False)
    generations.close(built.connection, failed, "failed", "A test fails.")
    assert generations.needs_full(built.connection, "rules"), "after a build that failed"

    held = built.open(full=True)
    generations.close(built.connection, held, "held", "A force falls.")
    assert generations.needs_full(built.connection, "rules"), "after a full build that is held"
    built.switch()
    assert not generations.needs_full(built.connection, "rules")
    built.connection.execute("drop schema marts cascade")
    assert generations.needs_full(built.connection, "rules"), "the built state is gone"


def test_a_warehouse_of_renamed_schemas_is_taken_over(built: Built) -> None:
    connection = built.connection
    built.build(1)
    for number in (1, 2):
        connection.execute(f"create schema marts_g{number}".encode())
        connection.execute(
            f"create table marts_g{number}.fct_offence_type as select * from marts.fct_offence_type".encode()
        )
        connection.execute(
            "insert into ops.generation (night_id, state, input_sha256) values (%s, %s, '')",
            [built.night(), "previous" if number == 1 else "current"],
        )
    connection.execute("create schema quality_building")
    connection.execute("create view curated.fct_offence_type as select * from marts_g2.fct_offence_type")
    connection.execute("create view curated.dq_of_old as select * from marts_g2.fct_offence_type")
    built.build(3)
    number = built.switch()
    assert number == 3
    assert [row[3] for row in built.shown("fct_offence_type")] == [3, 3]
    assert built.rows("select nspname from pg_namespace where nspname ~ '_(g[0-9]+|building)$'") == []
    assert generations.kept(connection) == [3], "an older one cannot be gone back to"
    assert built.one("select count(*) from curated.dq_generation_change") == 0, "there is nothing to compare with"
