"""Whatever order deliveries arrive in, what they come to is one state, byte for byte.

Five deliveries of one force, each alone in a night: 120 orders, of which the suite tries the first to the last and its
reverse, and `make permutations` all. Real PostgreSQL, real S3, the real gate, Splink and dbt; Airflow is left out.
"""

import itertools
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from csae.local_stack import Stack
from integration import staged
from integration.histories import Source
from integration.nights import Warehouse, new_warehouse

DELTAS, SNAPSHOTS = Source("03"), Source("06", mode="snapshot")
HEADER = (
    "Crime,Recorded,Start,Offence,Outcome,Closed,Status,Direction,Force,Other,"
    "Person,Role,Surname,Forename,Born,Sex,Pnc,Ethnicity,Nationality\n"
)
FIRST = HEADER + (
    "A,2026-08-01,2026-07-30,019/08,,,L,,,,1,S,Smith,John,1990-02-03,M,P1,W1,Poland\n"
    "A,2026-08-01,2026-07-30,019/08,,,L,,,,,V,,,,F,,,\n"
    "B,2026-08-02,2026-07-30,086/10,,,L,O,06,A,2,S,Smith,J,1990-02-03,M,,,\n"
)
SECOND = HEADER + (
    "A,2026-08-01,2026-07-30,019/08,18,2026-08-20,L,,,,1,S,Smyth,John,1990-02-03,M,P1,W1,Poland\n"
    "C,2026-08-03,,019/08,,,L,I,06,B,,S,Smith,John,1990-02-03,M,,,\n"
)
THIRD = HEADER + (
    "C,2026-08-03,,019/08,,,C,I,06,B,,S,Smith,John,1990-02-03,M,,,\n"
    "D,no day,,019/08,,,L,,,,3,V,Nowak,Anna,1985-07-30,F,,,\n"
    "A,2026-08-01,,019/08,1,2026-08-21,L,,,,,,,,,,,,\n"
)
FOURTH = HEADER + "B,2026-08-02,,086/10,,,L,,,,4,S,Nowak,Anna Maria,1985-07-30,F,,B1,\n"
DAYS = ("2026-09-01", "2026-09-02", "2026-09-03", "2026-09-04", "2026-09-05")
CONTENTS = (FIRST, SECOND, THIRD, FOURTH, FIRST)
"""By day: two outcomes of one crime, one cancelled, one held back by the gate, and the first delivery once more."""
ORDERS = tuple(itertools.permutations(range(5)))
TRIED = ORDERS if os.environ.get("CSAE_PERMUTATIONS") == "all" else (ORDERS[0], ORDERS[-1])


@pytest.fixture(scope="module")
def forces(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return new_warehouse(shared, tmp_path_factory.mktemp("orders"), [DELTAS.spec, SNAPSHOTS.spec])


@dataclass(frozen=True)
class Arrived:
    state: dict[str, Counter[str]]
    fates: list[tuple[str, int, int, int, int, int]]
    """By force, the rows of crimes that are current, transferred, superseded, withdrawn and quarantined."""


@pytest.fixture(scope="module")
def in_order(forces: Warehouse) -> Arrived:
    return arrived(forces, ORDERS[0])


def test_the_last_word_on_each_crime_stands(in_order: Arrived) -> None:
    """03 sends changes: A as on the third day, B as on the fourth, C cancelled on the third, D held back.

    06 sends all that stands: on the fifth day A and B as on the first, B handed on to A; C is gone, and was cancelled.
    """
    assert in_order.fates == [("03", 2, 0, 4, 1, 1), ("06", 1, 1, 4, 1, 1)]


@pytest.mark.parametrize("order", TRIED[1:], ids=lambda order: "".join(str(place + 1) for place in order))
def test_every_order_of_arrival_gives_one_state(forces: Warehouse, in_order: Arrived, order: Sequence[int]) -> None:
    now = arrived(forces, order)
    assert staged.differences(in_order.state, now.state) == {}
    assert now.fates == in_order.fates


def arrived(forces: Warehouse, order: Sequence[int]) -> Arrived:
    country = staged.emptied(forces, "-".join(map(str, order)))
    for place in order:
        for source in (DELTAS, SNAPSHOTS):
            country.put(source.code, DAYS[place], CONTENTS[place])
        country.load()
    staged.build(country, full=True)
    fates = country.rows(
        """
        select
            force_code, sum(rows_current)::int, sum(rows_transferred)::int, sum(rows_superseded)::int,
            sum(rows_withdrawn)::int, sum(rows_quarantined)::int
        from quality.dq_row_accounting where record_kind = 'crime' group by 1 order by 1
        """
    )
    state = staged.state(country, with_named_loads=True)
    # What is remarkable about a delivery, as a value that was never sent before, is told as of when it came.
    del state["quality.dq_signal"]
    return Arrived(state, fates)
