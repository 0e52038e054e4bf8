"""A full build after another pseudonym key is what it was but for tokens and keys, and what was judged is obeyed.

Real PostgreSQL, real S3, the real gate and dbt, on the country of `traced`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from csae import generations, night, warehouse
from csae.generations.views import SwitchError
from csae.keys.rotating import Rotation
from csae.linkage import judgements
from csae.local_stack import Stack
from csae.night import Verdict
from csae.sources import load_sources
from integration.nights import Warehouse, new_key
from integration.rotated import Counts, facts, persons, plain, rotate, tokens, under
from integration.traced import CRIME_HEADER, PEOPLE_HEADER, new_country

SHOWN = "select count(*) from curated.fct_offence_type"


@dataclass(frozen=True)
class Seen:
    """What a generation shows, by everything but keys."""

    facts: Mapping[str, Counts]
    persons: set[frozenset[tuple[Any, ...]]]
    plain: object
    tokens: set[str]
    kept: list[int]
    shown: int


@dataclass(frozen=True)
class Change:
    country: Warehouse
    """As it is after all of it, under the new key."""
    before: Seen
    made: Rotation
    between: Seen
    verdicts: tuple[Verdict, Verdict]
    after: Seen


def seen(country: Warehouse) -> Seen:
    with warehouse.connect(country.url, autocommit=True) as connection:
        kept = generations.kept(connection)
    ((shown,),) = country.rows(SHOWN)
    return Seen(facts(country), persons(country), plain(country), tokens(country), kept, shown)


def build(country: Warehouse) -> Verdict:
    night_id = country.load()
    with warehouse.connect(country.url, autocommit=True) as connection:
        night.build(connection, country.settings, country.sources, night_id)
        return night.give_verdict(connection, country.settings, country.sources, night_id)


@pytest.fixture(scope="module")
def change(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Change:
    """Built, judged and built again, rotated and built again. Two are judged of whom nothing is known but the crime."""
    folder = tmp_path_factory.mktemp("rotated")
    made = new_country(shared, folder)
    made.put("13", "2026-09-06", f"{CRIME_HEADER}ZQREF-M;03/09/2026;019/08;L;;;\n", "crimes.csv")
    made.put("13", "2026-09-06", PEOPLE_HEADER + "ZQREF-M;;S;;;;;W1;\n" * 3, "people.csv")
    build(made)
    with warehouse.connect(made.url, autocommit=True) as connection:
        records = "select person_record_key from intermediate.int_person_record where {} order by 1"
        _, second, third = (key for (key,) in made.rows(records.format("is_anonymous")))
        known, other, *_ = (key for (key,) in made.rows(records.format("not is_anonymous")))
        judgements.judge(connection, "same", second, known, by="Data standards desk", why="a test")
        judgements.judge(connection, "different", third, other, by="Data standards desk", why="a test")
    first = build(made)
    before = seen(made)
    rotation = rotate(made, new_key(folder, "new.key"))
    country = under(made, folder / "new.key")
    between = seen(country)
    return Change(country, before, rotation, between, (first, build(country)), seen(country))


def test_the_country_is_worth_comparing(change: Change) -> None:
    rows = {table: counted.total() for table, counted in change.before.facts.items()}
    assert {"marts.fct_offence_type", "marts.fct_ethnicity", "quality.dq_row_accounting"} <= rows.keys()
    assert all(rows[f"marts.{table}"] for table in ("fct_offence_type", "fct_ethnicity", "fct_nationality"))
    assert rows["quality.dq_transfer"] > 0
    assert change.made.judgements == 2
    assert any(len(records) > 1 for records in change.before.persons)


def test_every_table_is_the_same_but_for_tokens_and_keys(change: Change) -> None:
    assert change.after.facts.keys() == change.before.facts.keys()
    for table, counted in change.before.facts.items():
        assert change.after.facts[table] == counted, table
    assert change.after.plain == change.before.plain


def test_the_same_records_are_the_same_people(change: Change) -> None:
    assert change.after.persons == change.before.persons


def test_judgements_are_obeyed_on_the_same_records(change: Change) -> None:
    country = change.country
    assert country.rows("select count(*) from linkage.obeyed_judgement") == [(2,)]
    assert country.rows(
        """
        select j.verdict, l.person_key = r.person_key from ops.person_judgement as j
        inner join linkage.person as l on j.record_key_l = l.person_record_key
        inner join linkage.person as r on j.record_key_r = r.person_record_key
        order by 1
        """
    ) == [("different", False), ("same", True)]


def test_until_the_next_build_analysts_read_what_they_did_and_then_nobody_goes_back(change: Change) -> None:
    assert change.between.shown == change.before.shown == change.after.shown
    assert change.between.kept == change.before.kept == [3, 2, 1]
    assert change.after.kept == [4]
    with (
        warehouse.connect(change.country.url, autocommit=True) as connection,
        pytest.raises(SwitchError, match="Generation 3 is not kept"),
    ):
        generations.rollback(connection, 3)
    assert change.country.rows("select count(*) from ops.generation_change where generation_id = 4") == [(0,)]


def test_the_generation_under_the_new_key_has_the_counts_of_the_one_before(change: Change) -> None:
    counts = change.country.rows(
        "select crimes, involvements from ops.generation where generation_id in (3, 4) order by generation_id"
    )
    shown = change.country.rows(
        "select (select count(*) from curated.fct_offence_type), (select count(*) from curated.fct_ethnicity)"
    )
    assert counts == shown * 2
    assert min(counts[0]) > 0


def test_the_next_night_builds_everything_though_nothing_came(change: Change) -> None:
    assert [verdict.verdict for verdict in change.verdicts] == ["incomplete", "incomplete"]
    assert change.country.rows("select mode from ops.generation order by generation_id desc limit 1") == [("full",)]


def test_no_token_of_the_old_key_is_left_in_any_table(change: Change) -> None:
    """Of raw rows at once; of all that is built, and of what generations keep, from the next build on."""
    assert not change.between.tokens & change.before.tokens
    columns = change.country.rows(
        """
        select format('%%I.%%I', table_schema, table_name), array_agg(column_name::text)
        from information_schema.columns
        inner join information_schema.tables using (table_schema, table_name)
        where table_type = 'BASE TABLE' and data_type = 'text'
            and table_schema in ('raw', 'ops', 'staging', 'intermediate', 'marts', 'quality', 'generation', 'linkage')
        group by 1
        """
    )
    assert len(columns) > 50
    old = change.before.tokens
    for table, names in columns:
        listed = ", ".join(f'"{name}"' for name in names)
        found = {
            word
            for (text,) in change.country.rows(f"select concat_ws(' ', {listed}) from {table}")
            for word in text.split()
        }
        assert not found & old, table


def with_other_yaml(country: Warehouse, folder: Path) -> Warehouse:
    """Today's YAML takes suspects for victims; that of the loads' day was kept with their generation."""
    assert country.settings.forces_dir is not None
    for path in country.settings.forces_dir.glob("*.yml"):
        (folder / path.name).write_text(path.read_text().replace("{S: suspect, V: victim}", "{S: victim, V: suspect}"))
    sources = load_sources(folder)
    assert sources["13"].sha256 != country.sources["13"].sha256
    return replace(country, sources=sources)


def test_it_can_be_changed_again_and_back_by_the_yaml_of_each_day(change: Change, tmp_path: Path) -> None:
    judged = "select judgement_id, record_key_l, record_key_r from ops.person_judgement order by 1"
    under_the_second = change.country.rows(judged)
    back = Path(change.country.settings.home) / "pseudonym.key"
    assert rotate(with_other_yaml(change.country, tmp_path), back).judgements == 2
    assert change.country.rows(judged) != under_the_second
    assert tokens(change.country) == change.before.tokens
