"""A build of what changed equals a build of everything, row for row, whatever was delivered and in whatever order.

Real PostgreSQL, real S3, the real gate, Splink and dbt; Airflow is left out. `make histories` tries many.
"""

import itertools
import os

import pytest
from hypothesis import Phase, event, given, settings

from csae import warehouse
from csae.local_stack import Stack
from integration import staged
from integration.histories import SOURCES, Night, histories
from integration.nights import Warehouse, new_warehouse

HISTORIES = int(os.environ.get("CSAE_HISTORIES", "1"))
NIGHTS = 4 if HISTORIES > 1 else 3
WITH_TESTS = HISTORIES > 1
"""Whether the data tests follow the last night, as they do in `test_tests_of_changes.py` and in every whole night."""
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def sources(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return new_warehouse(shared, tmp_path_factory.mktemp("histories"), [source.spec for source in SOURCES])


# One that fails is told as it is: to find a smaller one takes hours.
@settings(max_examples=HISTORIES, phases=[Phase.generate], print_blob=True)
@given(history=histories(NIGHTS))
def test_incremental_equals_full(sources: Warehouse, history: list[Night]) -> None:
    country = staged.emptied(sources, str(next(NUMBERS)))
    for place, night in enumerate(history):
        for delivery in night.deliveries:
            for name, content in delivery.files.items():
                country.put(delivery.source, delivery.day.isoformat(), content, name)
        country.load()
        if night.is_reconsidered:
            with warehouse.connect(country.url, autocommit=True) as connection:
                reconsider(connection)
        is_last = place + 1 == len(history)
        staged.build(country, full=place == 0, with_tests=WITH_TESTS and is_last, is_shown=not night.is_held)
    for state, count in country.rows("select state, count(*) from ops.load group by 1 order by 1"):
        event(f"{state} loads", count)
    incremental = staged.state(country)
    staged.build(country, full=True)
    assert staged.differences(incremental, staged.state(country)) == {}
    assert sum(incremental["marts.fct_offence_type"].values()) > 0


def reconsider(connection: warehouse.Connection) -> None:
    """Take rejected loads up again, as a changed YAML would, and accept every other of them at once."""
    for before, after, attempts, of in (
        ("rejected", "received", 1, (0, 1)),
        ("received", "loaded", 0, (0,)),
        ("loaded", "accepted", 0, (0,)),
    ):
        connection.execute(
            """
            update ops.load set state = %s, attempt = attempt + %s
            where state = %s and crimes_read is not null and load_id %% 2 = any(%s)
            """,
            [after, attempts, before, list(of)],
        )
