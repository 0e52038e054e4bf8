"""What the tests of a change of the pseudonym key share: the country, the change, and all that it may alter."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from csae import warehouse
from csae.keys import rotating
from csae.keys.comparing import PURPOSE_OF
from csae.keys.rotating import Rotation
from csae.local_stack import Stack
from csae.pseudonyms import read_keys
from integration.nights import Warehouse, new_warehouse
from integration.specs import spec
from integration.traced import AGENCY, CRIME_HEADER, DELIVERIES, EXTRACTS, PEOPLE_HEADER, REVIEW_HEADER, REVIEWS

KINDS = ("crime", "involvement", "case_review")
Rows = dict[str, list[tuple[Any, ...]]]
Counts = Counter[str]


def new_country(stack: Stack, folder: Path) -> Warehouse:
    """All that was delivered, loaded and decided over; nothing was built of it."""
    forces = [
        spec(code, *EXTRACTS, mode=mode, bounds="{crimes: {min: 0}, max_quarantined_share: 0.9}")
        for code, mode in (("03", "snapshot"), ("13", "delta"), ("14", "delta"), ("16", "delta"))
    ]
    made = new_warehouse(stack, folder, [*forces, AGENCY])
    for day, reviews in REVIEWS.items():
        made.put("91", day, REVIEW_HEADER + reviews)
    for is_correction in (False, True):
        for place, name, crimes, people in DELIVERIES:
            if bool(name) == is_correction:
                source, day = place.split("/")
                made.put(source, day, CRIME_HEADER + crimes, f"{name}crimes.csv")
                made.put(source, day, PEOPLE_HEADER + people, f"{name}people.csv")
        made.load()
    return made


def old_key(country: Warehouse) -> Path:
    assert country.settings.pseudonym_key_file is not None
    return country.settings.pseudonym_key_file


def rotate(country: Warehouse, new: Path) -> Rotation:
    with warehouse.connect(country.url, autocommit=True) as connection:
        return rotating.rotate(connection, country.s3, country.settings, country.sources, new)


def under(country: Warehouse, key: Path) -> Warehouse:
    return replace(country, settings=country.settings.model_copy(update={"pseudonym_key_file": key}))


def key_id(path: Path | None) -> str:
    return read_keys(path).key_id


def raw(country: Warehouse) -> Rows:
    """Every row as it stands, in the order of its place."""
    return {
        kind: country.rows(f"select * from raw.{kind} order by load_id, extract_name, row_number, {kind}::text")
        for kind in KINDS
    }


def plain(country: Warehouse) -> Rows:
    """Every row without its tokens."""
    found: Rows = {}
    for kind in KINDS:
        names = [
            name
            for (name,) in country.rows(
                "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s "
                "order by ordinal_position",
                [kind],
            )
            if name not in PURPOSE_OF
        ]
        found[kind] = country.rows(f"select {', '.join(names)} from raw.{kind} order by 1, 2, 3")
    return found


def tokens(country: Warehouse) -> set[str]:
    return {
        token
        for kind in KINDS
        for (value,) in country.rows(
            f"select t.value from raw.{kind} as r, jsonb_each_text(to_jsonb(r)) as t (name, value) "
            "where t.name like '%%token%%' and t.value is not null"
        )
        for token in value.split()
    }


def facts(country: Warehouse) -> dict[str, Counts]:
    """Every table that was built, by everything but keys and tokens."""
    columns = country.rows(
        """
        select c.table_schema || '.' || c.table_name, string_agg(c.column_name, ', ' order by c.ordinal_position)
        from information_schema.columns as c
        where c.table_schema in ('marts', 'quality') and c.column_name !~ '(_key|_token|_keys|_tokens)$'
        group by 1
        """
    )
    return {
        table: Counter(row for (row,) in country.rows(f"select row({chosen})::text from {table}"))
        for table, chosen in columns
    }


def persons(country: Warehouse) -> set[frozenset[tuple[Any, ...]]]:
    """Each person as the places of their records."""
    by_person: dict[str, set[tuple[Any, ...]]] = {}
    for person, *place in country.rows(
        "select p.person_key, v.load_id, v.extract_name, v.row_number from intermediate.int_involvement_version as v "
        "inner join linkage.person as p using (person_record_key)"
    ):
        by_person.setdefault(person, set()).add(tuple(place))
    return {frozenset(places) for places in by_person.values()}


def ledger(country: Warehouse) -> list[tuple[Any, ...]]:
    return country.rows(
        "select load_id, state, attempt, crimes_read, involvements_read, pseudonym_key_id from ops.load order by 1"
    )


def everything(country: Warehouse) -> dict[str, object]:
    """All that a rotation may change."""
    return raw(country) | {
        table: country.rows(f"select * from {table} order by 1, 2")
        for table in ("ops.load", "ops.key_rotation", "ops.build_state", "ops.person_judgement", "linkage.person")
    }
