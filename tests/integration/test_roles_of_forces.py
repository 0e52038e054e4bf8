"""A force's own analysts see the rows of their force, in every table, and no other's."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from csae import warehouse
from csae.local_stack import Stack
from csae.roles import granting, matrix
from integration.built import Built, new_built
from integration.rights import Login, fill, login, models

ROWS = {"06": 2, "13": 3, "14": 5}
OWN = {"fct_offence_type": "transferred_from_force_code"}
TABLES = sorted([*models(), "dq_generation_change"])
BY_FORCE = [name for name in TABLES if matrix.force_rules()[name].columns]
PAIRS = {"dq_transfer", "dq_crime_duplicate_candidate"}


@pytest.fixture(scope="module")
def built(shared: Stack) -> Iterator[Built]:
    """Two generations, so that changes are counted; the second is what the tests see."""
    with new_built(shared) as made:
        fill(made, {"06": 1, "13": 1, "14": 1})
        made.switch()
        fill(made, ROWS, stamp=2)
        made.switch()
        granting.converge(made.connection)
        for force in ("06", "13"):
            granting.add_force(made.connection, force)
        yield made


@pytest.fixture(scope="module")
def of_06(built: Built) -> Iterator[Login]:
    with login(built, "jo", "csae_force_06") as jo:
        jo.connection.execute("set search_path = curated_force")
        yield jo


def test_every_table_has_a_rule_of_whose_its_rows_are() -> None:
    assert sorted(matrix.force_rules()) == TABLES


@pytest.mark.parametrize("table", [name for name in BY_FORCE if name not in PAIRS])
def test_no_row_of_another_force_is_visible_and_the_own_are_all_there(built: Built, of_06: Login, table: str) -> None:
    counted = f"select force_code, count(*) from {table} group by 1"
    national = dict(built.rows(counted.replace("from ", "from curated.")))
    assert set(national) == ({"06", "13", "14"}), "the other forces' rows are there to be seen"
    assert of_06.rows(counted) == [("06", national["06"])]
    if table != "dq_generation_change":
        assert national == ROWS


def test_a_transferred_crime_is_its_holders(built: Built, of_06: Login) -> None:
    assert of_06.rows("select distinct force_code, transferred_from_force_code from fct_offence_type") == [("06", "13")]
    query = "select count(*) from curated.fct_offence_type where transferred_from_force_code = '06'"
    assert built.one(query) == ROWS["14"], "crimes that 06 sent on are others' now"


def test_both_sides_see_a_transfer_and_a_third_force_does_not(built: Built, of_06: Login) -> None:
    sides = "select sender_force_code, taker_force_code, count(*) from {}dq_transfer group by 1, 2 order by 1"
    assert built.rows(sides.format("curated.")) == [("06", "13", 2), ("13", "14", 3), ("14", "06", 5)]
    assert of_06.rows(sides.format("")) == [("06", "13", 2), ("14", "06", 5)]


def test_a_pair_with_another_forces_crime_is_for_the_national_desk_alone(built: Built, of_06: Login) -> None:
    pairs = "select count(*) from {}dq_crime_duplicate_candidate"
    assert built.rows(pairs.format("curated.")) == [(10,)]
    assert of_06.rows(pairs.format("")) == [(0,)]


@pytest.mark.parametrize("table", [name for name in TABLES if name not in BY_FORCE])
def test_what_codes_mean_is_for_all(built: Built, of_06: Login, table: str) -> None:
    assert of_06.rows(f"select count(*) from {table}") == built.rows(f"select count(*) from curated.{table}")


@pytest.mark.parametrize(
    "schema", ["curated", "generation", "marts", "quality", "raw", "ops", "linkage", "intermediate"]
)
def test_no_other_way_leads_to_the_rows(of_06: Login, schema: str) -> None:
    name = {"raw": "involvement", "ops": "load", "linkage": "person", "quality": "dq_transfer"}.get(
        schema, "fct_ethnicity"
    )
    assert not of_06.may(f"select * from {schema}.{name if schema != 'intermediate' else 'int_crime_fate'}")


def test_a_condition_that_fails_on_another_forces_row_never_meets_it(of_06: Login) -> None:
    probe = "select count(*) from fct_ethnicity where 1 / (case when force_code = '06' then 1 else 0 end) = 1"
    assert of_06.rows(probe) == [(ROWS["06"],)]
    for setting in ("set role csae_force_13", "set role csae_analyst", "set session authorization csae"):
        assert not of_06.may(setting)


def test_somebody_in_two_forces_sees_both_and_somebody_in_none_sees_nothing(built: Built) -> None:
    counted = "select force_code, count(*) from curated_force.fct_ethnicity group by 1 order by 1"
    with login(built, "both", "csae_force_06", "csae_force_13") as both:
        assert both.rows(counted) == [("06", 2), ("13", 3)]
    with login(built, "nobody", "csae_force_analyst") as none:
        assert none.rows(counted) == []
        assert not none.may("select * from curated.fct_ethnicity")


def test_a_national_analyst_reads_the_national_views_with_no_condition_in_the_way(built: Built) -> None:
    with login(built, "nat", "csae_analyst") as national:
        plan = "\n".join(row[0] for row in national.rows("explain (costs off) select * from curated.fct_ethnicity"))
        assert "force" not in plan
        assert plan.count("Scan") == 1
        assert not national.may("select * from curated_force.fct_ethnicity")


def test_a_force_sees_one_whole_generation_through_twenty_switches(built: Built) -> None:
    seen: list[tuple[int, int, int]] = []
    over = threading.Event()

    def poll() -> None:
        with login(built, "poller", "csae_force_06") as poller:
            while not over.is_set():
                one = poller.rows(
                    "select (select count(*) from curated_force.fct_offence_type), "
                    "(select count(*) from curated_force.fct_ethnicity), "
                    "(select count(*) from curated_force.fct_nationality)"
                )
                seen.append(one[0])
                time.sleep(0.01)

    thread = threading.Thread(target=poll)
    # The login is made and dropped on the connection of the tests: before the switches begin, and after they end.
    thread.start()
    while not seen:
        time.sleep(0.05)
    try:
        for stamp in range(3, 23):
            fill(built, {"06": stamp, "13": 1}, stamp)
            with pytest.MonkeyPatch.context():
                built.switch()
    finally:
        over.set()
        thread.join()
    assert all(len(set(counts)) == 1 for counts in seen)
    assert len(set(seen)) > 10, "the poller saw most generations"


def test_no_command_waits_for_a_query_of_a_forces_analyst(built: Built) -> None:
    with login(built, "slow", "csae_force_06") as slow, slow.connection.transaction():
        slow.rows("select count(*) from curated_force.fct_ethnicity")
        built.connection.execute("set lock_timeout = '200ms'")
        try:
            warehouse.prepare(built.connection)
        finally:
            built.connection.execute("reset lock_timeout")


def test_a_table_takes_another_type_beneath_the_views_of_forces(built: Built) -> None:
    fill(built, {"06": 4})
    built.connection.execute("alter table marts.fct_ethnicity alter column load_id type numeric(20, 0)")
    built.switch()
    with login(built, "jo2", "csae_force_06") as jo:
        assert jo.rows("select count(*), pg_typeof(min(load_id))::text from curated_force.fct_ethnicity") == [
            (4, "numeric")
        ]
    with pytest.raises(psycopg.errors.UndefinedTable):
        built.connection.execute("select * from curated_force.dq_never")
