"""Rights through real nights: dbt builds in full and by increments, and everybody sees what the matrix says."""

from dataclasses import dataclass

import pytest

from csae import night, warehouse
from csae.local_stack import Stack
from csae.roles import comparing, granting
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = (
    "crime_ref: {from: Crime, required: true}\nrecorded_on: {from: Recorded, date: yyyy-mm-dd}\n"
    "home_office_code: Code\nrecord_status: {from: Status, map: {L: live}}"
)
SUSPECT = (
    "person_ref: Person\nrole: {from: Role, map: {S: suspect, V: victim}}\nsurname: Surname\n"
    "self_defined_ethnicity: {from: Self, codes: self_defined_2021}"
)
HEADER = "Crime,Recorded,Code,Status,Person,Role,Surname,Self\n"


@dataclass(frozen=True)
class Nights:
    warehouse: Warehouse
    notices: tuple[str | None, ...]
    verdicts: tuple[str, ...]


def rows(force: str, *numbers: int) -> str:
    return HEADER + "".join(f"C{n},2026-08-01,019/08,L,P{n},S,Name{force}{n},W1\n" for n in numbers)


@pytest.fixture(scope="module")
def nights(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A full build; then rights are changed by hand, and an incremental one follows; then a night without news."""
    specs = [
        spec(
            code,
            extract("crimes", crime=CRIME, involvement=SUSPECT),
            status="live",
            mode="delta",
            bounds="{crimes: {min: 0}}",
        )
        for code in ("06", "13")
    ]
    made = new_warehouse(shared, tmp_path_factory.mktemp("rights"), specs)
    found: list[tuple[str | None, str]] = []

    def run() -> None:
        night_id = made.load()
        with warehouse.connect(made.url, autocommit=True) as connection:
            night.build(connection, made.settings, made.sources, night_id)
            verdict = night.give_verdict(connection, made.settings, made.sources, night_id)
        notice = made.rows("select notice from ops.night where night_id = %s", [night_id])[0][0]
        found.append((notice, verdict.message))

    made.put("06", "2026-09-01", rows("06", 1, 2))
    made.put("13", "2026-09-01", rows("13", 1, 2, 3))
    run()
    with warehouse.connect(made.url, autocommit=True) as connection:
        granting.add_force(connection, "06")
        connection.execute("grant select on marts.fct_ethnicity, raw.involvement to csae_analyst")
        connection.execute("grant usage on schema marts, raw to csae_analyst")
    made.put("06", "2026-09-02", rows("06", 4))
    run()
    with warehouse.connect(made.url, autocommit=True) as connection:
        connection.execute("revoke select on curated.fct_ethnicity from csae_analyst")
    run()
    notices, verdicts = zip(*found, strict=True)
    return Nights(made, notices, verdicts)


def test_a_first_night_has_nothing_to_tell(nights: Nights) -> None:
    assert nights.notices[0] is None
    assert nights.verdicts[0] == "Complete."


def test_a_night_takes_back_what_was_given_by_hand_and_says_so(nights: Nights) -> None:
    assert nights.verdicts[1] == "Complete with forces missing or rejected: 13 missing.", (
        "rights that were put right hold nothing"
    )
    told = nights.notices[1]
    assert told is not None
    assert told.startswith("Rights were not as they should be and were put right: csae_analyst has ")
    assert told.endswith("which the matrix does not say and 1 more.")
    repaired = nights.warehouse.rows(
        "select difference from access.repair where night_id = 2 and was_repaired order by 1"
    )
    assert [row[0].removesuffix(", which the matrix does not say") for row in repaired] == [
        "csae_analyst has SELECT on marts.fct_ethnicity",
        "csae_analyst has SELECT on raw.involvement",
        "csae_analyst has USAGE on schema marts",
        "csae_analyst has USAGE on schema raw",
    ]


def test_a_night_without_news_looks_too(nights: Nights) -> None:
    assert nights.notices[2] == (
        "Rights were not as they should be and were put right: csae_analyst lacks SELECT on curated.fct_ethnicity."
    )


def test_after_the_nights_rights_are_as_the_matrix_says(nights: Nights) -> None:
    with warehouse.connect(nights.warehouse.url, autocommit=True) as connection:
        assert comparing.differences(connection) == []


def test_a_force_counts_its_own(nights: Nights) -> None:
    counted = "select force_code, count(*) from {}.fct_ethnicity group by 1 order by 1"
    with warehouse.connect(nights.warehouse.url, autocommit=True) as connection:
        assert connection.execute(counted.format("curated").encode()).fetchall() == [("06", 3), ("13", 3)]
        with granting.acting_as(connection, "csae_force_06"):
            assert connection.execute(counted.format("curated_force").encode()).fetchall() == [("06", 3)]


def test_dbt_s_tables_are_read_by_whom_the_matrix_names(nights: Nights) -> None:
    with (
        warehouse.connect(nights.warehouse.url, autocommit=True) as connection,
        granting.acting_as(connection, "csae_operator"),
    ):
        row = connection.execute("select count(*) from quality.dq_row_accounting").fetchone()
    assert row is not None
    assert row[0] > 0
