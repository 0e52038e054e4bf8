"""One crime that two forces recorded without saying so is a candidate for a person to look at, and nothing is merged.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

from typing import Any

import pytest

from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
offence_start_on: {from: Began, date: yyyy-mm-dd}
home_office_code: Code
record_status: {value: live}
transfer_direction: Way
transfer_force: Force
transfer_ref: Ref
"""
PERSON = """
person_ref: Person
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
forenames: Forename
date_of_birth: {from: Born, date: yyyy-mm-dd}
sex: Sex
pnc_id: PNC
"""
EXTRACT = extract("crimes", crime=CRIME, involvement=PERSON)
HEADER = "Crime,Recorded,Began,Code,Way,Force,Ref,Person,Role,Surname,Forename,Born,Sex,PNC\n"
PEOPLE = {
    "Ann": "Ashdown,Annabel,2012-03-04,F,",
    "Bea": "Bexwell,Beatrix,2011-05-06,F,",
    "Cat": "Coverdale,Catrina,2013-07-08,F,",
    "Dan": "Dunstable,Dominic,1980-09-10,M,1998/1000001A",
    "Ed": "Eastleigh,Edmund,1975-11-12,M,1995/1000002B",
}
CRIMES = {
    "06": (
        ("said by nobody", "2026-08-03", "2026-08-01", "019/08", ",,", "Ann V", "Dan S"),
        ("sent on", "2026-08-03", "2026-08-05", "019/08", "out,13,taken", "Bea V"),
        ("sent without a reference", "2026-08-03", "2026-08-09", "020/06", "out,13,", "Cat V"),
        ("one victim", "2026-08-20", "2026-08-18", "020/06", ",,", "Ann V", "Ed S"),
        ("once", "2026-08-25", "2026-08-24", "021/03", ",,", "Bea V"),
        ("twice", "2026-08-27", "2026-08-24", "021/03", ",,", "Bea V"),
        ("in March", "2026-08-28", "2026-03-01", "019/08", ",,", "Cat V"),
        ("shown on trial", "2026-08-28", "2026-08-15", "019/08", ",,", "Cat V"),
    ),
    "13": (
        ("nobody said", "2026-08-06", "2026-08-01", "019/08", ",,", "Ann V", "Dan S"),
        ("taken", "2026-08-06", "2026-08-05", "019/08", "in,06,sent on", "Bea V"),
        ("unanswered", "2026-08-06", "2026-08-10", "020/06", ",,", "Cat V"),
        ("another victim", "2026-08-20", "2026-08-18", "020/06", ",,", "Bea V", "Ed S"),
        ("in June", "2026-08-28", "2026-06-01", "019/08", ",,", "Cat V"),
    ),
    "14": (("on trial", "2026-08-28", "2026-08-15", "019/08", ",,", "Cat V"),),
}


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    specs = [
        spec(
            code,
            EXTRACT,
            status="trial" if code == "14" else "live",
            bounds="{crimes: {min: 1}, max_quarantined_share: 0.9}",
        )
        for code in CRIMES
    ]
    made = new_warehouse(shared, tmp_path_factory.mktemp("duplicates"), specs)
    for code, crimes in CRIMES.items():
        made.put(code, "2026-08-31", HEADER + "".join(line for crime in crimes for line in lines(code, *crime)))
    made.load()
    assert made.build().faults == ()
    return made


def lines(code: str, ref: str, recorded: str, began: str, offence: str, transfer: str, *people: str) -> list[str]:
    """A line a person, each force with its own numbers for people."""
    return [
        f"{ref},{recorded},{began},{offence},{transfer},{code}-{name},{role},{PEOPLE[name]}\n"
        for name, role in (person.split() for person in people)
    ]


def table(country: Warehouse, name: str) -> str:
    (schema,) = country.rows("select schemaname from pg_tables where tablename = %s", [name])[0]
    return f"{schema}.{name}"


def test_what_two_records_have_in_common_makes_them_candidates(country: Warehouse) -> None:
    candidates = country.rows(
        f"""
        select
            force_code, other_force_code, score, shared_suspects, shared_victims, is_same_code, offence_days_apart,
            recorded_days_apart, is_transfer_unmatched
        from {table(country, "dq_crime_duplicate_candidate")}
        order by score desc
        """
    )
    assert [(*sorted(row[:2]), *row[2:]) for row in candidates] == [
        ("06", "13", 100, 1, 1, True, 0, 3, False),
        ("06", "13", 85, 0, 1, True, 1, 3, True),
        ("06", "06", 70, 0, 1, True, 0, 2, False),
    ]


def test_nothing_is_merged(country: Warehouse) -> None:
    counted: list[tuple[Any, ...]] = country.rows(
        f"select force_code, count(*) from {table(country, 'fct_offence_type')} group by 1 order by 1"
    )
    assert counted == [("06", 7), ("13", 5)]


def test_a_candidate_names_nobody(country: Warehouse) -> None:
    columns = country.rows(
        "select column_name from information_schema.columns where table_name = 'dq_crime_duplicate_candidate'"
    )
    assert not [name for (name,) in columns if any(part in name for part in ("person", "token", "name", "birth"))]
    assert len(columns) >= 15
