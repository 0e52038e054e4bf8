"""A crime that forces hand to each other counts once, whatever each of them says of it and whenever it arrives.

Thousands of small worlds stand in one warehouse, and dbt builds them together. Real PostgreSQL and dbt. The rows are
put where loading puts them: two orders of arrival differ in the numbers of their loads alone.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from csae import transform, warehouse
from csae.code_sets import read_code_sets
from csae.force_forms import write_force_forms
from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec
from integration.transfer_worlds import (
    CORRECTED_DAY,
    DAYS,
    FORCES,
    SNAPSHOTS,
    TRIAL,
    Crime,
    Record,
    World,
    fates,
    groups,
    is_withdrawn,
    key,
    random_journey,
    random_world,
    sent,
    statements,
)

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
record_status: {value: live}
"""
A, B, C, T, X = (Crime(force, "{}") for force in ("06", "13", "17", TRIAL, "14"))
STRANGER = Crime("13", "{} stranger")
MISSING = Crime("13", "{} missing")


def says(day: int, direction: str | None = None, other: Crime | None = None, force: str = "", **more: str) -> Record:
    """A record of one day; a force alone where no reference is given."""
    return Record(day, 2 if day == CORRECTED_DAY else 1, more.get("status", "live"), direction, other,
                  force or (other.force if other else None))  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What each record says, by crime, under which it counts, and what `dq_transfer` makes of it."""

    rule: str
    world: World
    counted: tuple[Crime, ...]
    states: Mapping[str, int]


CASES = (
    Case("both say so", {A: [says(1, "out", B)], B: [says(2, "in", A)]}, (B,), {"matched": 1}),
    Case("only the sender says so", {A: [says(1, "out", B)], B: [says(2)]}, (B,), {"one_sided_sender": 1}),
    Case("only the taker says so", {A: [says(1)], B: [says(2, "in", A)]}, (B,), {"one_sided_taker": 1}),
    Case("the other half has not arrived", {A: [says(1, "out", B)]}, (A,), {"pending": 1}),
    Case("the first half has not arrived", {B: [says(1, "in", A)]}, (B,), {"pending": 1}),
    Case(
        "a chain",
        {A: [says(1, "out", B)], B: [says(2, "in", A), says(4, "out", C)], C: [says(5, "in", B)]},
        (C,),
        {"matched": 2},
    ),
    Case(
        "a chain whose end has not arrived",
        {A: [says(1, "out", B)], B: [says(2, "in", A), says(4, "out", C)]},
        (B,),
        {"matched": 1, "pending": 1},
    ),
    Case(
        "a chain whose middle has not arrived",
        {A: [says(1, "out", MISSING)], C: [says(5, "in", MISSING)]},
        (C,),
        {"pending": 2},
    ),
    Case(
        "one that took it without the sender's word and sent it on",
        {A: [says(1)], B: [says(2, "in", A), says(4, "out", C)], C: [says(5)]},
        (C,),
        {"one_sided_taker": 1, "one_sided_sender": 1},
    ),
    Case(
        "sent back and taken back",
        {A: [says(1, "out", B), says(4, "in", B)], B: [says(2, "in", A), says(3, "out", A)]},
        (A,),
        {"matched": 2},
    ),
    Case(
        "sent back and not yet taken",
        {A: [says(1, "out", B)], B: [says(2, "in", A), says(3, "out", A)]},
        (B,),
        {"contradicted": 2},
    ),
    Case(
        "sent back, and the first force sends its old word again",
        {A: [says(1, "out", B), says(5, "out", B)], B: [says(3, "out", A)]},
        (B,),
        {"contradicted": 2},
    ),
    Case("both say that they took it", {A: [says(1, "in", B)], B: [says(2, "in", A)]}, (B,), {"contradicted": 2}),
    Case(
        "the taker cancelled it",
        {A: [says(1, "out", B)], B: [says(2, "in", A), says(4, "in", A, status="cancelled")]},
        (),
        {"matched": 1},
    ),
    Case(
        "a cancelled taker of what nobody sent",
        {A: [says(1)], B: [says(2, "in", A, status="cancelled")]},
        (A,),
        {"contradicted": 1},
    ),
    Case("the taker is on trial", {A: [says(1, "out", T)], T: [says(2, "in", A)]}, (A,), {"matched": 1}),
    Case(
        "on from one on trial",
        {A: [says(1, "out", T)], T: [says(2, "out", B)], B: [says(4, "in", T)]},
        (B,),
        {"one_sided_sender": 1, "matched": 1},
    ),
    Case(
        "the sender's reference leads nowhere",
        {A: [says(1, "out", MISSING)], B: [says(2, "in", A)]},
        (B,),
        {"matched": 1},
    ),
    Case(
        "the sender gives no reference", {A: [says(1, "out", force="13")], B: [says(2, "in", A)]}, (B,), {"matched": 1}
    ),
    Case(
        "the sender's reference is another crime's",
        {A: [says(1, "out", STRANGER)], B: [says(2, "in", A)], STRANGER: [says(1)]},
        (B, STRANGER),
        {"matched": 1},
    ),
    Case(
        "two of one force say that they took it",
        {A: [says(1, "out", B)], B: [says(2, "in", A)], STRANGER: [says(2, "in", A)]},
        (B, STRANGER),
        {"matched": 1, "contradicted": 1},
    ),
    Case("one that it came from itself", {B: [says(1, "in", B)]}, (B,), {"pending": 1}),
    Case(
        "taken back by a record that says nothing more",
        {A: [says(1, "out", B), says(4)], B: [says(2, "in", A)]},
        (B,),
        {"one_sided_taker": 1},
    ),
    Case("sent on and dropped from the snapshot", {X: [says(1, "out", B)]}, (X,), {"pending": 1}),
    Case("dropped by the snapshot of its taker", {A: [says(1, "out", X)], X: [says(2, "in", A)]}, (), {"matched": 1}),
)


def named(world: World, name: str) -> World:
    def of(crime: Crime) -> Crime:
        return Crime(crime.force, crime.ref.format(name))

    return {
        of(crime): [
            Record(r.day, r.correction, r.status, r.direction, of(r.other) if r.other else None, r.other_force)
            for r in records
        ]
        for crime, records in world.items()
    }


def listed(world: World) -> World:
    """A crime of a force that sends snapshots is listed on the last day, but for those that are to be dropped."""
    return {
        crime: [*records, Record(5, 1, records[-1].status, *_says(records[-1]))]
        if crime.force in SNAPSHOTS and crime.force != X.force and records[-1].day != DAYS[-1]
        else records
        for crime, records in world.items()
    }


def _says(record: Record) -> tuple[str | None, Crime | None, str | None]:
    return record.direction, record.other, record.other_force


WORLDS = [random_world(random.Random(seed), f"w{seed}") for seed in range(1500)]
JOURNEYS = [random_journey(random.Random(seed), f"j{seed}") for seed in range(1000)]
NAMED = [listed(named(case.world, f"c{number}")) for number, case in enumerate(CASES)]
ALL = [*WORLDS, *(world for world, _ in JOURNEYS), *NAMED]
LOADS = [(force, day, number) for force in FORCES for day in DAYS for number in (1, 2)[: 1 + (day == CORRECTED_DAY)]]


@dataclass(frozen=True)
class Built:
    """What came of every crime, and every transfer, without the numbers of loads."""

    fates: Mapping[Crime, str]
    transfers: Sequence[tuple[Any, ...]]
    current: Sequence[tuple[Any, ...]]


def build(stack: Stack, folder: Any, arrival: Sequence[tuple[str, int, int]]) -> Built:
    specs = [
        spec(
            code,
            extract("crimes", crime=CRIME),
            status="trial" if code == TRIAL else "live",
            mode="snapshot" if code in SNAPSHOTS else "delta",
        )
        for code in FORCES
    ]
    made = new_warehouse(stack, folder, specs)
    project = made.settings.project_dir / "dbt_project"
    _fill(stack, arrival, ALL)
    with warehouse.connect(made.url, autocommit=True) as connection:
        write_force_forms(connection, read_code_sets(project / "seeds"))
        transform.write_reference(connection, made.sources)
    only = ["--exclude-resource-type", "test", "unit_test"]
    command = ["build", "--full-refresh", *only, "--select", "+int_crime_current", "+dq_transfer"]
    result = transform.run_dbt(command, made.url, project, made.settings.home_dir / "dbt", lambda *_: None)
    assert result.faults == ()
    return _read(made)


def _fill(stack: Stack, arrival: Sequence[tuple[str, int, int]], worlds: Iterable[World]) -> None:
    number = {load: place + 1 for place, load in enumerate(arrival)}
    with psycopg.connect(stack.warehouse_url) as connection:
        connection.cursor().executemany(
            """
            insert into ops.load (
                load_id, source, delivery_on, content_sha256, correction_number, state, layout_valid_from
            ) overriding system value
            values (%s, %s, make_date(2026, 9, %s), %s, %s, 'accepted', '2026-01-01')
            """,
            [(number[load], *load[:2], str(load), load[2]) for load in arrival],
        )
        copy = """
            copy raw.crime (
                load_id, extract_name, row_number, crime_ref_token, recorded_on, record_status, transfer_direction,
                transfer_force, transfer_ref_token
            ) from stdin
        """
        rows = [(crime, record) for world in worlds for crime, records in world.items() for record in records]
        with connection.cursor().copy(copy) as into:
            for row_number, (crime, record) in enumerate(rows, start=1):
                load_id = number[crime.force, record.day, record.correction]
                reference = record.other.ref if record.other else None
                about = (record.status, record.direction, record.other_force, reference)
                into.write_row((load_id, "crimes", row_number, crime.ref, "2026-08-01", *about))


def _read(made: Warehouse) -> Built:
    found = made.rows(
        """
        select v.force_code, v.crime_ref_token, f.fate
        from intermediate.int_crime_version as v
        inner join intermediate.int_crime_fate as f using (load_id, extract_name, row_number)
        where v.is_standing
        """
    )
    (schema,) = made.rows("select schemaname from pg_tables where tablename = 'dq_transfer'")[0]
    transfers = made.rows(
        f"""
        select coalesce(s.crime_ref_token, k.crime_ref_token) as named_by, t.*
        from {schema}.dq_transfer as t
        left join intermediate.int_crime_version as s on t.sender_crime_key = s.crime_key and s.is_standing
        left join intermediate.int_crime_version as k on t.taker_crime_key = k.crime_key and k.is_standing
        order by t.transfer_key
        """
    )
    current = made.rows(
        """
        select crime_key, is_counted_nationally, is_transfer_pending, transferred_from_force_code
        from intermediate.int_crime_current order by 1
        """
    )
    return Built({Crime(force, ref): fate for force, ref, fate in found}, transfers, current)


@pytest.fixture(scope="module")
def built(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(shared, tmp_path_factory.mktemp("transfers"), LOADS)


def counted(built: Built, world: World) -> list[Crime]:
    return [crime for crime in world if built.fates.get(crime) == "current" and crime.force != TRIAL]


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.rule for case in CASES])
def test_a_transferred_crime_counts_once(built: Built, number: int) -> None:
    case, world = CASES[number], NAMED[number]
    assert counted(built, world) == [Crime(crime.force, crime.ref.format(f"c{number}")) for crime in case.counted]
    names = {crime.ref for crime in world}
    assert Counter(row[2] for row in built.transfers if row[0] in names) == Counter(case.states)


def test_every_journey_ends_where_the_crime_is(built: Built) -> None:
    wrong = [(world, holder) for world, holder in JOURNEYS if counted(built, world) != [holder]]
    assert wrong == []


def test_every_small_world_is_counted_as_by_brute_force(built: Built) -> None:
    wrong = [world for world in WORLDS if {c: built.fates.get(c) for c in sent(world)} != fates(world)]
    assert wrong == []
    tally = Counter(built.fates[crime] for world in WORLDS for crime in sent(world))
    assert min(tally[fate] for fate in ("current", "transferred", "withdrawn")) > 300


def test_no_crime_is_counted_twice_and_none_is_lost(built: Built) -> None:
    for world in WORLDS:
        last = {crime: history[-1] for crime, history in sent(world).items()}
        for group in groups(world):
            ours = [crime for crime in group if crime in last and crime.force != TRIAL]
            standing = [crime for crime in ours if not is_withdrawn(crime, last[crime])]
            lowest = 1 if standing and len(standing) == len(ours) else 0
            assert lowest <= len(counted(built, dict.fromkeys(ours, ()))) <= 1, world


def test_every_crime_that_speaks_of_a_transfer_is_listed(built: Built) -> None:
    spoken = {
        (key(crime), statement.direction)
        for world in ALL
        for crime, history in sent(world).items()
        for statement in statements(crime, history)
    }
    listed_as_sender = {(row[4], "out") for row in built.transfers if row[9]}
    listed_as_taker = {(row[7], "in") for row in built.transfers if row[10]}
    assert listed_as_sender | listed_as_taker == spoken
    assert len(spoken) > 5000


def test_the_order_of_arrival_changes_nothing(
    built: Built, shared: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    arrival = random.Random(5).sample(LOADS, len(LOADS))
    assert build(shared, tmp_path_factory.mktemp("arrival"), arrival) == built
