"""A person: the records that are taken for one, what says so, and how that changed: schema `linkage`."""

from collections.abc import Mapping
from dataclasses import dataclass

from csae.tracing.asking import asked
from csae.warehouse import Connection


@dataclass(frozen=True)
class PersonRecord:
    """One way in which the person is written."""

    person_record_key: str
    first_seen_on: str
    """The day of the first delivery that has it."""
    since_generation_id: int
    """The build that first took it for this person."""
    is_anonymous: bool
    tokens: Mapping[str, str | None]
    """Eight digits of each, or nothing where the record has none."""
    involvements: int


@dataclass(frozen=True)
class Edge:
    """Two records that were compared."""

    record_key_l: str
    record_key_r: str
    match_weight: float
    """The log2 of the odds that they are one person."""
    contradiction: str | None
    """Why the two cannot be one person."""
    model_version: str
    same: Mapping[str, bool | None]
    """What they agree on; null where one of the two has no such token."""


@dataclass(frozen=True)
class Change:
    generation_id: int
    change: str
    old_person_key: str | None
    new_person_key: str | None
    records: int


def records(connection: Connection, person_key: str) -> list[PersonRecord]:
    """The first seen first: it gives the person its key."""
    return asked(
        connection,
        PersonRecord,
        """
        with mine as (
            select person_record_key, since_generation_id from linkage.person where person_key = %s
        ),

        counted as (
            select person_record_key, count(*) as involvements
            from intermediate.int_involvement_version
            where person_record_key in (select person_record_key from mine)
            group by person_record_key
        )

        select
            m.person_record_key, to_char(to_date(left(r.first_seen, 8), 'YYYYMMDD'), 'YYYY-MM-DD') as first_seen_on,
            m.since_generation_id, r.is_anonymous, json_build_object(
                'surname', left(r.surname_token, 8),
                'forename', left(r.forename_token, 8),
                'date of birth', left(r.date_of_birth_token, 8),
                'PNC id', left(r.pnc_token, 8),
                'reference', left(r.person_ref_token, 8)
            ) as tokens,
            coalesce(c.involvements, 0) as involvements
        from mine as m
        inner join intermediate.int_person_record as r on m.person_record_key = r.person_record_key
        left join counted as c on m.person_record_key = c.person_record_key
        order by r.first_seen, m.person_record_key
        """,
        [person_key],
    )


def edges(connection: Connection, record_keys: list[str]) -> list[Edge]:
    """Those among the records, and those of one of them with a record of another person; the heaviest first."""
    return asked(
        connection,
        Edge,
        """
        select
            e.record_key_l, e.record_key_r, e.match_weight, e.contradiction, e.model_version, json_build_object(
                'surname', l.surname_token = r.surname_token,
                'sound of the surname', l.surname_phonetic_token = r.surname_phonetic_token,
                'parts of the name', l.name_part_tokens = r.name_part_tokens,
                'forename', l.forename_token = r.forename_token,
                'first forename', l.first_forename_token = r.first_forename_token,
                'sound of the forename', l.forename_phonetic_token = r.forename_phonetic_token,
                'initial', l.forename_initial_token = r.forename_initial_token,
                'date of birth', l.date_of_birth_token = r.date_of_birth_token,
                'date with day and month exchanged', l.date_of_birth_token = r.date_of_birth_swapped_token,
                'PNC id', l.pnc_token = r.pnc_token,
                'reference', l.person_ref_token = r.person_ref_token
            ) as same
        from linkage.edge as e
        inner join intermediate.int_person_record as l on e.record_key_l = l.person_record_key
        inner join intermediate.int_person_record as r on e.record_key_r = r.person_record_key
        where e.record_key_l = any(%(keys)s) or e.record_key_r = any(%(keys)s)
        order by e.match_weight desc, e.record_key_l, e.record_key_r
        """,
        {"keys": record_keys},
    )


def changes(connection: Connection, person_key: str) -> list[Change]:
    """In which builds records came to this person or left."""
    return asked(
        connection,
        Change,
        """
        select generation_id, change, old_person_key, new_person_key, records::integer as records
        from linkage.person_change
        where old_person_key = %(key)s or new_person_key = %(key)s
        order by generation_id, old_person_key, new_person_key
        """,
        {"key": person_key},
    )


def now(connection: Connection, person_key: str) -> str | None:
    """Whom a key that no record has any more stands for, through however many builds."""
    row = connection.execute(
        """
        with recursive followed as (
            select %s::text as person_key, 0::bigint as generation_id
            union
            select c.new_person_key as person_key, c.generation_id
            from followed as f
            inner join linkage.person_change as c
                on f.person_key = c.old_person_key and c.generation_id > f.generation_id
        )

        select f.person_key from followed as f
        inner join linkage.person as p on f.person_key = p.person_key
        order by f.generation_id desc, f.person_key
        limit 1
        """,
        [person_key],
    ).fetchone()
    return row[0] if row else None


def of_record(connection: Connection, person_record_key: str) -> str:
    """The person that a record is of."""
    row = connection.execute(
        "select person_key from linkage.person where person_record_key = %s", [person_record_key]
    ).fetchone()
    if row is None:
        raise AssertionError("the key was found in the same table")
    return str(row[0])
