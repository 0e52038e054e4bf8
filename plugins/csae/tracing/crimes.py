"""A crime: its versions, the forces that it went between, and the row that counts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from csae.tracing.asking import asked
from csae.warehouse import Connection


@dataclass(frozen=True)
class CrimeVersion:
    """A row that tells of the crime, and what became of it; the latest first."""

    crime_key: str
    force_code: str
    crime_ref_token: str
    """Whole: it is shortened before anybody sees it."""
    load_id: int
    extract_name: str
    row_number: int
    delivery_on: str
    fate: str
    is_standing: bool
    is_dropped: bool
    record_status: str | None


@dataclass(frozen=True)
class Statement:
    """What the crime's own rows say of a transfer, in the order in which they said it."""

    transfer_direction: str
    other_force_code: str | None
    other_crime_key: str | None
    said_on: str
    is_last_word: bool
    is_other_delivered: bool
    is_confirmed: bool
    """The other force says so too."""
    is_overruled: bool
    """Another crime of the other force fits, so the reference is taken for a mistake."""


@dataclass(frozen=True)
class Partner:
    """The same crime as another force has it."""

    crime_key: str
    chain_position: int
    force_code: str | None
    force_name: str | None
    fate: str | None
    """None where the force has not sent the crime."""
    is_holder: bool
    """It is the one that counts, of those of the chain at forces that count nationally."""
    counts: bool


@dataclass(frozen=True)
class Membership:
    """Whether one of the published definitions counts the crime."""

    definition: str
    label: str
    is_always_in: bool | None
    """Of the crime's offence: None where it is not in the definition at all."""


def versions(connection: Connection, crime_key: str) -> list[CrimeVersion]:
    return asked(
        connection,
        CrimeVersion,
        """
        with versions as (
            select * from intermediate.int_crime_version where crime_key = %(key)s
        ),

        fates as (
            select load_id, extract_name, row_number, fate from intermediate.int_crime_fate where crime_key = %(key)s
        )

        select
            v.crime_key, v.force_code, v.crime_ref_token, v.load_id, v.extract_name, v.row_number,
            v.delivery_on::text as delivery_on, f.fate, v.is_standing, v.is_dropped, v.record_status
        from versions as v
        inner join fates as f using (load_id, extract_name, row_number)
        order by v.is_standing desc, v.delivery_order desc, v.row_number desc
        """,
        {"key": crime_key},
    )


def statements(connection: Connection, crime_key: str) -> list[Statement]:
    return asked(
        connection,
        Statement,
        """
        select
            transfer_direction, other_force_code, other_crime_key, said_on::text as said_on, is_last_word,
            is_other_delivered, is_confirmed, is_overruled
        from intermediate.int_crime_transfer
        where crime_key = %s
        order by turn
        """,
        [crime_key],
    )


def partners(connection: Connection, crime_key: str) -> list[Partner]:
    """Every other record of the chain that the crime was passed along, in the order of its steps."""
    return asked(
        connection,
        Partner,
        """
        with chain as (
            select other.crime_key, other.chain_position, other.held_as_crime_key
            from intermediate.int_crime_chain as mine
            inner join intermediate.int_crime_chain as other on mine.chain_key = other.chain_key
            where mine.crime_key = %(key)s and other.crime_key <> %(key)s
        ),

        named as (
            select other_crime_key as crime_key, min(other_force_code) as force_code
            from intermediate.int_crime_transfer
            where other_crime_key in (select crime_key from chain)
            group by other_crime_key
        )

        select
            c.crime_key, c.chain_position::integer as chain_position,
            coalesce(v.force_code, n.force_code) as force_code, d.name as force_name, f.fate,
            coalesce(c.held_as_crime_key = c.crime_key, false) as is_holder,
            p.crime_key is not null as counts
        from chain as c
        left join named as n on c.crime_key = n.crime_key
        left join intermediate.int_crime_version as v on c.crime_key = v.crime_key and v.is_standing
        left join intermediate.int_crime_fate as f
            on
                c.crime_key = f.crime_key and v.load_id = f.load_id and v.extract_name = f.extract_name
                and v.row_number = f.row_number
        left join curated.fct_offence_type as p on c.crime_key = p.crime_key
        left join curated.dim_force as d on coalesce(v.force_code, n.force_code) = d.force_code
        order by c.chain_position, c.crime_key
        """,
        {"key": crime_key},
    )


def published(connection: Connection, crime_key: str) -> Mapping[str, Any]:
    """The crime's row of `curated.fct_offence_type`, without its token; nothing where it does not count."""
    row = connection.execute(
        "select row_to_json(f) from curated.fct_offence_type as f where crime_key = %s", [crime_key]
    ).fetchone()
    return {name: value for name, value in row[0].items() if not name.endswith("_token")} if row else {}


def memberships(connection: Connection, crime_key: str) -> list[Membership]:
    """The definitions, the narrowest first, and what each says of the offence as the crime has it."""
    return asked(
        connection,
        Membership,
        """
        select d.definition, d.label, m.is_always_in
        from curated.dim_csae_definition as d
        inner join intermediate.int_crime_offence as o on o.crime_key = %s
        left join intermediate.int_csae_membership as m
            on
                d.definition = m.definition
                and o.category_for_any_crime = m.offence_category
                and o.listed_code is not distinct from m.home_office_code
        order by array_position(array['statutory_list', 'statutory_list_with_images'], d.definition), d.definition
        """,
        [crime_key],
    )


def has_child_victim(connection: Connection, crime_key: str) -> bool:
    row = connection.execute(
        "select coalesce(has_child_victim, false) from intermediate.int_crime_outcome where crime_key = %s", [crime_key]
    ).fetchone()
    return bool(row and row[0])
