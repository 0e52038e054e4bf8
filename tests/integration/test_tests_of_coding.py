"""Every dbt test that holds the coding rules passes on a build as it should be, and fails on one that breaks its rule.

One real build; each test's own SQL, as dbt compiled it, then runs on tables that are broken in a transaction.
"""

import psycopg
import pytest

from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse
from integration.test_codes_at_the_gate import SPEC

CODED, ETHNICITY = "intermediate.int_coded_value", "intermediate.int_involvement_ethnicity"
NATIONALITY = "intermediate.int_involvement_nationality"
COUNTED = "marts.fct_ethnicity"
BROKEN = [
    (
        "codes_are_decoded_only_by_a_declared_version",
        f"update {CODED} set scheme = null where column_name = 'self_defined_ethnicity' and rule = 'code'",
    ),
    (
        "codes_are_decoded_only_by_a_declared_version",
        f"update {CODED} set scheme = 'iso_alpha2' where column_name = 'observed_ethnicity' and rule = 'code'",
    ),
    (
        "decoded_codes_are_in_their_dimensions",
        f"update {CODED} set harmonised_code = 'W1' where column_name = 'observed_ethnicity' and not is_unmapped",
    ),
    (
        "decoded_codes_are_in_their_dimensions",
        f"update {CODED} set harmonised_code = '999/98' where column_name = 'home_office_code' and not is_unmapped",
    ),
    (
        "decoded_codes_are_in_their_dimensions",
        f"update {CODED} set harmonised_code = 'XXX' where column_name = 'nationalities' and not is_unmapped",
    ),
    ("no_value_is_lost_in_decoding", f"delete from {CODED} where column_name = 'nationalities' and value = 'POL'"),
    (
        "no_value_is_lost_in_decoding",
        f"update {CODED} set row_count = 2 * row_count where column_name = 'outcome_code'",
    ),
    (
        "coverage_and_unmapped_rows_are_all_rows",
        "delete from quality.dq_unmapped_code where column_name = 'home_office_code'",
    ),
    ("coverage_and_unmapped_rows_are_all_rows", "delete from quality.dq_code_coverage"),
    (
        "states_of_completeness_add_up_to_people",
        "update quality.dq_completeness set unmapped = unmapped + 1 where measure = 'nationality'",
    ),
    ("states_of_completeness_add_up_to_people", "delete from quality.dq_completeness where role = 'victim'"),
    (
        "suspects_and_victims_are_two_tables",
        f"""
        delete from {COUNTED} where role = 'victim';
        insert into {COUNTED}
        select (jsonb_populate_record(f, '{{"role": "victim"}}')).* from {COUNTED} as f
        """,
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set self_defined_code = 'W1', missing_reason = null where self_defined_value is null",
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set observed_code = 'W' where observed_value is null",
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set ethnicity_basis = 'self_defined' where self_defined_code = 'NS'",
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set ethnicity_code = 'W1' where ethnicity_basis = 'observed'",
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set ethnicity_group = 'O' where ethnicity_basis = 'observed'",
    ),
    (
        "people_have_the_ethnicity_that_is_written",
        f"update {ETHNICITY} set ethnicity_group = 'W' where ethnicity_basis = 'none'",
    ),
    (
        "people_have_the_nationality_that_is_written",
        f"update {NATIONALITY} set nationality_code = 'GBR' where nationality_value is null",
    ),
    (
        "people_have_the_nationality_that_is_written",
        f"update {NATIONALITY} set nationality_status = 'british_only' where nationality_value is null",
    ),
    (
        "people_have_the_nationality_that_is_written",
        f"update {NATIONALITY} set nationality_status = 'not_recorded' where nationality_value is not null",
    ),
    (
        "nationality_and_immigration_status_are_not_derived",
        f"update {NATIONALITY} set nationality_status = 'british_only' where nationality_status = 'not_recorded'",
    ),
    (
        "nationality_and_immigration_status_are_not_derived",
        f"update {NATIONALITY} set immigration_status = 'none' where immigration_status is null",
    ),
    (
        "the_three_definitions_nest",
        "update marts.fct_offence_type set is_in_npcc_wider = false where is_in_statutory_list_with_images",
    ),
    (
        "the_three_definitions_nest",
        "update marts.fct_offence_type set is_in_statutory_list_with_images = false",
    ),
    (
        "one_category_of_a_code_holds_on_a_day",
        "insert into reference.offence_category select * from reference.offence_category limit 1",
    ),
]
CRIMES = """Crime;Recorded;Code;Category;Outcome
1;2026-08-03;019/07;;1
2;2026-08-03;20-May;;
3;2026-08-03;;;
"""


def people() -> str:
    """Of 60 suspects and 60 victims something is known, and not the same of both; of some nothing is written."""
    suspects = ["W1;IC1;GBR"] * 30 + ["A2;IC4;GBR,POL"] * 20 + ["B1;IC3;POL"] * 10
    victims = ["W1;IC1;GBR"] * 31 + ["A2;IC4;GBR,POL"] * 19 + ["B1;IC3;POL"] * 10
    others = [";;", "Not stated;;", ";IC1;", "Zqxname;;Zqxname"]
    roles = {"suspect": suspects, "victim": victims + others}
    rows = [f"1;{role};{line}" for role, lines in roles.items() for line in lines]
    return "\n".join(["Crime;Role;Self;Seen;Nationality", *rows, ""])


@pytest.fixture(scope="module")
def built(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    force = new_warehouse(shared, tmp_path_factory.mktemp("coding"), [SPEC])
    force.put("13", "2026-08-31", CRIMES, "CRIME_1.csv")
    force.put("13", "2026-08-31", people(), "PEOPLE_1.csv")
    force.load()
    assert force.build().faults == ()
    assert force.rows("select role, count(*) from marts.fct_ethnicity group by role order by role") == [
        ("suspect", 60),
        ("victim", 64),
    ]
    return force


def compiled(force: Warehouse, name: str) -> bytes:
    folder = force.settings.home_dir / "dbt" / "target" / "compiled" / "csae" / "tests"
    return (folder / f"{name}.sql").read_bytes()


@pytest.mark.parametrize(("name", "change"), BROKEN, ids=[f"{name}-{at}" for at, (name, _) in enumerate(BROKEN)])
def test_a_broken_rule_fails_its_test(built: Warehouse, name: str, change: str) -> None:
    with psycopg.connect(built.url.get_secret_value()) as connection:
        test = compiled(built, name)
        assert connection.execute(test).fetchall() == []
        connection.execute(change.encode())
        assert connection.execute(test).fetchall() != []
        connection.rollback()


@pytest.mark.parametrize(
    "change",
    [
        f"delete from {COUNTED} where ethnicity_group <> 'U' and role = 'suspect' and person_key in "
        f"(select person_key from {COUNTED} where role = 'suspect' order by person_key limit 11)",
        f"update {COUNTED} set self_defined_code = 'W1', observed_code = 'W', ethnicity_group = 'W' "
        "where ethnicity_group <> 'U'",
    ],
    ids=["few people", "two kinds"],
)
def test_tables_that_chance_may_make_alike_do_not_fail(built: Warehouse, change: str) -> None:
    with psycopg.connect(built.url.get_secret_value()) as connection:
        connection.execute(change.encode())
        connection.execute(dict(BROKEN)["suspects_and_victims_are_two_tables"].encode())
        assert connection.execute(compiled(built, "suspects_and_victims_are_two_tables")).fetchall() == []
        connection.rollback()
