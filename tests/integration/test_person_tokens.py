"""What a delivery says of a person stands in `raw.involvement` as tokens; a warehouse made before gets their columns.

Real PostgreSQL and S3.
"""

import pytest
from psycopg import sql

from csae import warehouse
from csae.local_stack import Stack
from csae.pseudonyms import read_keys, token
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: Crime
recorded_on: {from: Recorded, date: yyyy-mm-dd}
record_status: {value: live}
"""
PERSON = """
crime_ref: Crime
role: {value: suspect}
surname: Surname
forenames: Forenames
date_of_birth: {from: Born, date: yyyy-mm-dd}
"""
FORCE = spec(
    "13",
    extract("crimes", "CRIME_*.csv", crime=CRIME),
    extract("people", "PEOPLE_*.csv", involvement=PERSON),
    name="Testshire Police",
    due="",
    bounds="{crimes: {min: 1}}",
)
PEOPLE = """Crime,Surname,Forenames,Born
13/1,Smith-Jones,Mary Ann,1990-03-04
13/1,Mary,Jones Smith,1990-04-03
13/1,Smyth,M.,1990-01-01
13/1,王,伟,
"""
NEW = (
    "surname_phonetic_token",
    "surname_consonants_token",
    "surname_is_common",
    "first_forename_token",
    "forename_phonetic_token",
    "forename_consonants_token",
    "forename_is_common",
    "name_part_tokens",
    "date_of_birth_swapped_token",
    "date_of_birth_is_placeholder",
    "birth_year_month_token",
    "birth_year_day_token",
    "birth_month_day_token",
)


@pytest.fixture(scope="module")
def delivered(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    force = new_warehouse(shared, tmp_path_factory.mktemp("people"), [FORCE])
    force.put("13", "2026-08-31", "Crime,Recorded\n13/1,2026-08-01\n", "CRIME_1.csv")
    force.put("13", "2026-08-31", PEOPLE, "PEOPLE_1.csv")
    force.load()
    return force


def test_a_delivery_brings_the_tokens(delivered: Warehouse) -> None:
    keys = read_keys(delivered.settings.pseudonym_key_file)
    columns = (*NEW, "date_of_birth_token")
    rows = delivered.rows(f"select {', '.join(columns)} from raw.involvement order by row_number")
    of = [dict(zip(columns, row, strict=True)) for row in rows]
    parts = [token(keys, "name", part) for part in ("ANN", "JONES", "MARY", "SMITH")]
    assert of[0]["name_part_tokens"] == " ".join(sorted(parts))
    assert of[1]["name_part_tokens"] == " ".join(sorted(parts[1:]))
    assert of[0]["date_of_birth_swapped_token"] == of[1]["date_of_birth_token"]
    assert [row["first_forename_token"] is None for row in of] == [False, False, True, False]
    assert [row["forename_phonetic_token"] is None for row in of] == [False, False, True, True]
    assert [row["surname_phonetic_token"] is None for row in of] == [False, False, False, True]
    assert [row["surname_consonants_token"] is None for row in of] == [False, False, False, True]
    assert [row["forename_consonants_token"] is None for row in of] == [False, False, True, True]
    assert [row["surname_is_common"] for row in of] == ["false", "false", "false", "false"]
    assert [row["forename_is_common"] for row in of] == ["true", "false", None, "false"]
    assert [row["date_of_birth_is_placeholder"] for row in of] == ["false", "false", "true", None]
    assert [of[3][name] for name in NEW if "birth" in name] == [None] * 5


def test_a_warehouse_made_before_gets_the_columns(delivered: Warehouse) -> None:
    with warehouse.connect(delivered.url, autocommit=True) as connection:
        for name in NEW:
            connection.execute(sql.SQL("alter table raw.involvement drop column {}").format(sql.Identifier(name)))
        warehouse.prepare(connection)
        warehouse.prepare(connection)
    assert delivered.rows(f"select distinct {', '.join(NEW)} from raw.involvement") == [(None,) * len(NEW)]
    delivered.put("13", "2026-09-01", "Crime,Recorded\n13/2,2026-08-01\n", "CRIME_2.csv")
    delivered.put("13", "2026-09-01", PEOPLE.replace("13/1", "13/2"), "PEOPLE_2.csv")
    delivered.load("2026-09-01")
    assert delivered.rows("select count(name_part_tokens), count(*) from raw.involvement") == [(4, 8)]
