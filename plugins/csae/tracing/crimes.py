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
    is_in_latest_load: bool
    is_dropped: bool
    record_status: str | None
    transfer_direction: str | None
    transfer_force_code: str | None
    other_half_crime_key: str | None


@dataclass(frozen=True)
class Partner:
    """Another force's record of the same crime."""

    crime_key: str
    force_code: str | None
    force_name: str | None
    says: str | None
    """`in`, `out` or nothing: what the partner's own record says of a transfer."""
    fate: str | None
    """None where the force has not sent the crime."""
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
            v.delivery_on::text as delivery_on, f.fate, v.is_standing, v.is_in_latest_load, v.is_dropped,
            v.record_status, v.transfer_direction, v.transfer_force_code, v.other_half_crime_key
        from versions as v
        inner join fates as f using (load_id, extract_name, row_number)
        order by v.is_standing desc, v.delivery_order desc, v.row_number desc
        """,
        {"key": crime_key},
    )


def partners(connection: Connection, crime_key: str) -> list[Partner]:
    """Every record that the crime was passed to or came from, however long the chain; in the order of its steps."""
    return asked(
        connection,
        Partner,
        """
        with recursive halves as (
            select crime_key, other_half_crime_key, transfer_force_code
            from intermediate.int_crime_version
            where is_standing and other_half_crime_key is not null
        ),

        steps as (
            select crime_key, other_half_crime_key as other_key, transfer_force_code as other_force from halves
            union
            select other_half_crime_key as crime_key, crime_key as other_key, null as other_force from halves
        ),

        reached as (
            select %(key)s::text as crime_key, 0 as step
            union
            select steps.other_key as crime_key, reached.step + 1 as step
            from reached
            inner join steps on reached.crime_key = steps.crime_key
            where reached.step < 12
        ),

        nearest as (
            select crime_key, min(step) as step from reached where crime_key <> %(key)s group by crime_key
        )

        select
            n.crime_key,
            coalesce(v.force_code, min(s.other_force)) as force_code,
            min(r.name) as force_name,
            v.transfer_direction as says,
            f.fate,
            c.crime_key is not null as counts
        from nearest as n
        left join steps as s on n.crime_key = s.other_key
        left join intermediate.int_crime_version as v on n.crime_key = v.crime_key and v.is_standing
        left join intermediate.int_crime_fate as f
            on v.load_id = f.load_id and v.extract_name = f.extract_name and v.row_number = f.row_number
        left join curated.fct_offence_type as c on n.crime_key = c.crime_key
        left join curated.dim_force as r on coalesce(v.force_code, s.other_force) = r.force_code
        group by n.crime_key, n.step, v.force_code, v.transfer_direction, f.fate, c.crime_key
        order by n.step, n.crime_key
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
