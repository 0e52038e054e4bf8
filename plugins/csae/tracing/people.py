"""People on a crime: their rows, which of them are one person said twice, and the rows that count them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from csae.tracing.asking import asked
from csae.warehouse import Connection

FACTS = ("fct_ethnicity", "fct_nationality")
"""The tables of `curated` that count people."""


@dataclass(frozen=True)
class Involvement:
    """A row that tells of a person on a crime, and what became of it."""

    involvement_key: str
    crime_key: str | None
    force_code: str
    role: str | None
    person_key: str | None
    person_record_key: str | None
    load_id: int
    extract_name: str
    row_number: int
    delivery_on: str
    recorded_on: str | None
    fate: str
    quarantine_reason: str | None
    kept_involvement_key: str | None
    same: Mapping[str, bool | None]
    """What it has in common with the row that was kept in its place; null where one of the two has no such token."""


_INVOLVEMENTS = """
    select
        v.involvement_key, v.crime_key, v.force_code, v.role, f.person_key, v.person_record_key, v.load_id,
        v.extract_name, v.row_number, v.delivery_on::text as delivery_on, c.recorded_on::text as recorded_on, f.fate,
        f.quarantine_reason, f.kept_involvement_key,
        json_build_object(
            'person key', f.person_key = k.person_key,
            'person reference', v.person_ref_token = w.person_ref_token,
            'PNC id', v.pnc_token = w.pnc_token,
            'surname', v.surname_token = w.surname_token,
            'forename', v.forename_token = w.forename_token,
            'initial', v.forename_initial_token = w.forename_initial_token,
            'date of birth', v.date_of_birth_token = w.date_of_birth_token
        ) as same
    from intermediate.int_involvement_fate as f
    inner join intermediate.int_involvement_version as v
        on f.load_id = v.load_id and f.involvement_key = v.involvement_key
    left join intermediate.int_involvement_fate as k on f.kept_involvement_key = k.involvement_key
    left join intermediate.int_involvement_version as w
        on f.crime_key = w.crime_key and f.kept_involvement_key = w.involvement_key
    left join intermediate.int_crime_version as c on v.crime_key = c.crime_key and c.is_standing
    where {condition}
    order by v.crime_key, v.role, v.row_number, v.extract_name collate "C", v.load_id
"""


def on_crime(connection: Connection, crime_key: str) -> list[Involvement]:
    """Every row of the crime's people, suspects first, in the order of the file; superseded ones too."""
    return _involvements(connection, "f.crime_key = %(key)s and v.crime_key = %(key)s", crime_key)


def of_person(connection: Connection, person_key: str) -> list[Involvement]:
    records = "select person_record_key from linkage.person where person_key = %(key)s"
    condition = f"f.person_key = %(key)s and v.person_record_key in ({records})"
    return _involvements(connection, condition, person_key)


def involvement(connection: Connection, involvement_key: str) -> Involvement | None:
    return next(iter(_involvements(connection, "f.involvement_key = %(key)s", involvement_key)), None)


def _involvements(connection: Connection, condition: str, key: str) -> list[Involvement]:
    return asked(connection, Involvement, _INVOLVEMENTS.format(condition=condition), {"key": key})


def published(
    connection: Connection, crime_key: str, person_key: str, role: str
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The rows of `curated` that count the person on the crime, by table."""
    return {
        table: [
            row
            for (row,) in connection.execute(
                sql.SQL(
                    "select row_to_json(f) from {} as f "
                    "where crime_key = %s and person_key = %s and role = %s order by to_jsonb(f)::text"
                ).format(sql.Identifier("curated", table)),
                [crime_key, person_key, role],
            ).fetchall()
        ]
        for table in FACTS
    }
