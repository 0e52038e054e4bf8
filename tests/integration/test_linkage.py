"""People in a real warehouse, from night to night: what is compared anew, what stays, and what is said of changes."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest

from csae.linkage import judgements
from csae.linkage.model import newest_model
from csae.linkage.records import OPTIONAL_TOKENS, TOKENS
from csae.linkage.worlds import people_of_hard_plan, records_of, written
from csae.local_stack import Stack
from csae.synthetic.hard_plan import HardPlan
from integration.linked_people import (
    ALL_ANEW,
    CAPITALS,
    INITIAL,
    JACOB,
    LINKED,
    MATTHEW,
    RECORDS,
    People,
    new_people,
    some,
)


@pytest.fixture
def people(shared: Stack, tmp_path: Path) -> Iterator[People]:
    with new_people(shared, tmp_path / "work", LINKED, ALL_ANEW) as made:
        yield made


@pytest.fixture(scope="module")
def world() -> pl.DataFrame:
    """Some 700 records of the harder world."""
    return records_of(written(people_of_hard_plan(HardPlan(seed=5, records=800))))


@pytest.mark.parametrize("seed", range(4))
def test_nights_of_any_history_come_to_what_linking_all_anew_does(
    people: People, world: pl.DataFrame, seed: int
) -> None:
    rng = random.Random(seed)
    waiting = world.sample(fraction=1, shuffle=True, seed=seed)
    standing: list[str] = []
    judged: list[int] = []

    def add(count: int) -> None:
        nonlocal waiting
        night, waiting = waiting[:count], waiting[count:]
        people.put(night, f"202609{1 + people.nights:02}.0000.06")
        standing.extend(night["person_record_key"])

    def remove() -> None:
        gone = rng.sample(standing, 15)
        people.take(gone)
        standing[:] = [key for key in standing if key not in gone]

    def move() -> None:
        people.connection.execute(
            f"update {RECORDS}.int_person_record set first_seen = '20260801.0000.13' where person_record_key = any(%s)",
            [rng.sample(standing, 10)],
        )

    def forget() -> None:
        """What is no part of a record's key goes, and with it what is said of its rarity and consonants."""
        people.connection.execute(
            f"update {RECORDS}.int_person_record set surname_is_common = null, forename_consonants_token = null "
            "where person_record_key = any(%s)",
            [rng.sample(standing, 10)],
        )

    def judge() -> None:
        for verdict in ("same", "different"):
            pairs = people.rows(f"select record_key_l, record_key_r from {LINKED}.edge order by random()")
            one, other = rng.choice(pairs) if verdict == "different" else rng.sample(standing, 2)
            try:
                judged.append(judgements.judge(people.connection, verdict, one, other, by="desk", why="a test"))  # type: ignore[arg-type]
            except judgements.JudgementError:
                continue

    def withdraw() -> None:
        if judged:
            judgements.withdraw(people.connection, judged.pop(rng.randrange(len(judged))), by="desk", why="a test")

    add(450)
    people.link()
    for _ in range(4):
        for step in rng.sample([lambda: add(20), remove, move, forget, judge, withdraw], 3):
            step()
        people.link()
    people.assert_as_if_all_were_linked_anew()


def test_only_what_came_is_compared_and_only_what_it_touches_is_decided(people: People, world: pl.DataFrame) -> None:
    people.put(world[:-1])
    people.link()
    people.put(world[-1:])

    assert people.link().compared == 1

    assert len(people.persons()) == len(world)
    anew = people.rows(f"select count(*) from {LINKED}.person where since_generation_id = 2")
    assert 1 <= int(str(anew[0][0])) <= 10
    people.assert_as_if_all_were_linked_anew()


def test_a_night_finds_a_surname_in_one_word_and_with_a_hyphen_though_they_sound_different(people: People) -> None:
    """No date is shared, so nothing but the names themselves leads to the record that is known."""
    rare = {"forenames": "Thandiwe", "sex": "F"}
    hyphenated, joined = {"surname": "Kowal-Marsden"}, {"surname": "Kowalmarsden", "date_of_birth": "1984-01-01"}
    pair = some({**rare, **hyphenated}, {**rare, **joined})
    assert pair["surname_token"].n_unique() == 1
    assert pair["surname_phonetic_token"].n_unique() == 2
    # Others, so that one new record is a night and not all anew.
    people.put(pl.concat([pair[:1], some(*({"date_of_birth": f"19{year}-03-04"} for year in range(50, 60)))]))
    people.link()
    people.put(pair[1:])

    people.link()

    assert len({key for record, key in people.persons() if record in set(pair["person_record_key"])}) == 1
    people.assert_as_if_all_were_linked_anew()


def test_a_night_compares_a_known_record_anew_when_a_later_row_says_what_its_first_did_not(people: People) -> None:
    """Rows that were loaded before there were tokens of consonants bring none, and none is part of a record's key."""
    pair = some({"surname": "Okonkwo"}, {"surname": "Okinkwe", "force": "13", "date_of_birth": "1984-05-18"})
    others = some(*({"date_of_birth": f"19{year}-03-04"} for year in range(50, 60)))
    people.put(pair.with_columns(pl.lit(None).alias(name) for name in OPTIONAL_TOKENS))
    people.put(others)
    people.link()
    people.take(pair["person_record_key"])
    people.put(pair)

    people.link()

    assert people.rows(
        f"select count(surname_consonants), count(surname_is_rare) from {LINKED}.record "
        f"where person_record_key in {tuple(pair['person_record_key'])}"
    ) == [(2, 2)]
    people.assert_as_if_all_were_linked_anew()


def test_a_night_without_news_changes_nothing(people: People, world: pl.DataFrame) -> None:
    people.put(world)
    people.link()
    before = people.persons(), people.edges(), people.rows(f"select count(*), max(xmin::text) from {LINKED}.record")

    assert people.link().compared == 0

    assert (
        people.persons(), people.edges(), people.rows(f"select count(*), max(xmin::text) from {LINKED}.record")
    ) == before  # fmt: skip


def test_a_person_is_known_by_the_record_that_was_seen_first(people: People) -> None:
    early, late = some(INITIAL), some(JACOB)
    people.put(early, "20260901.0000.06")
    people.put(late, "20260902.0000.06")
    people.link()

    assert {key for _, key in people.persons()} == set(early["person_record_key"])


def test_the_key_stays_when_later_records_join(people: People) -> None:
    people.put(some(JACOB), "20260901.0000.06")
    people.link()
    before = {key for _, key in people.persons()}
    people.put(some(INITIAL, CAPITALS), "20260902.0000.06")

    people.link()

    assert {key for _, key in people.persons()} == before
    assert people.rows(f"select count(*) from {LINKED}.person_change") == [(0,)]


def test_a_record_that_ties_two_people_merges_them_and_its_leaving_splits_them(people: People) -> None:
    """Two records too far apart by themselves, and one with the PNC id of the one and the date of the other."""
    alone = some({"pnc_id": "2001/123X", "date_of_birth": ""}, {"force": "13"})
    bridge = some({"pnc_id": "2001/123X", "force": "20", "person_ref": "N7"})
    people.put(alone[:1], "20260901.0000.06")
    people.put(alone[1:], "20260902.0000.13")
    people.link()
    first, second = alone["person_record_key"]
    assert dict(people.persons()) == {first: first, second: second}  # type: ignore[arg-type]

    people.put(bridge, "20260903.0000.20")
    merged = people.link()
    people.take(bridge["person_record_key"])
    split = people.link()

    assert (merged.merged, merged.split, split.merged, split.split) == (1, 0, 0, 1)
    assert people.rows(
        f"select generation_id, change, old_person_key, new_person_key, records from {LINKED}.person_change order by 1"
    ) == [(2, "merged", second, first, 1), (3, "split", first, second, 1)]


def test_a_person_whose_first_record_leaves_is_renamed(people: People) -> None:
    records = some(JACOB, INITIAL)
    people.put(records[:1], "20260901.0000.06")
    people.put(records[1:], "20260902.0000.06")
    people.link()
    first, second = records["person_record_key"]
    people.take([first])

    people.link()

    assert people.persons() == [(second, second)]
    assert people.rows(f"select change, old_person_key, new_person_key from {LINKED}.person_change") == [
        ("renamed", first, second)
    ]


def test_withdrawing_a_judgement_gives_back_what_was(people: People, world: pl.DataFrame) -> None:
    people.put(world)
    people.link()
    before = people.persons(), people.edges()
    ((one, other),) = people.rows(
        f"select a.person_record_key, b.person_record_key from {LINKED}.person as a, {LINKED}.person as b "
        "where a.person_key = b.person_key and a.person_record_key < b.person_record_key order by 1, 2 limit 1"
    )
    number = judgements.judge(people.connection, "different", str(one), str(other), by="desk", why="photographs")
    people.link()
    between = dict(people.persons())  # type: ignore[arg-type]

    judgements.withdraw(people.connection, number, by="desk", why="the wrong photographs")
    people.link()

    assert between[one] != between[other]
    assert (people.persons(), people.edges()) == before


def test_twins_judged_the_same_are_one_person_until_it_is_withdrawn(people: People) -> None:
    people.put(some(JACOB, MATTHEW))
    assert people.link().persons == 2
    one, other = (str(key) for key, _ in people.persons())
    number = judgements.judge(people.connection, "same", other, one, by="desk", why="one custody record")

    assert people.link().persons == 1
    judgements.withdraw(people.connection, number, by="desk", why="two records after all")
    assert people.link().persons == 2


def test_judgements_that_contradict_one_another_are_refused(people: People) -> None:
    def judge(verdict: judgements.Verdict, one: str, other: str) -> int:
        return judgements.judge(people.connection, verdict, one, other, by="desk", why="a test")

    first, second = judge("same", "a", "b"), judge("same", "c", "b")

    with pytest.raises(judgements.JudgementError, match=f"contradicts judgements {first}, {second};"):
        judge("different", "a", "c")
    with pytest.raises(judgements.JudgementError, match=f"Judgement {first} says that already"):
        judge("same", "b", "a")
    with pytest.raises(judgements.JudgementError, match="of one record"):
        judge("same", "a", "a")
    judgements.withdraw(people.connection, second, by="desk", why="a test")
    judge("different", "a", "c")
    with pytest.raises(judgements.JudgementError, match=f"No judgement {second} is in force"):
        judgements.withdraw(people.connection, second, by="desk", why="a test")


def test_a_failure_leaves_the_last_state(people: People, world: pl.DataFrame) -> None:
    people.put(world[:400])
    people.link()
    before = people.persons(), people.edges()
    people.put(world[400:])
    # A key twice is what no table of records may hold.
    people.put(world[400:401])

    with pytest.raises(psycopg.errors.UniqueViolation):
        people.link()

    assert (people.persons(), people.edges()) == before


def test_a_warehouse_without_the_optional_tokens_is_linked_all_the_same(people: People) -> None:
    for name in OPTIONAL_TOKENS:
        people.connection.execute(f"alter table {RECORDS}.int_person_record drop column {name}")
    rows = some(JACOB, INITIAL)
    text = io.BytesIO()
    rows.select(
        "person_record_key", pl.lit("20260901.0000.06").alias("first_seen"), *TOKENS, is_anonymous=False
    ).write_csv(text, include_header=False)
    with (
        people.connection.cursor() as cursor,
        cursor.copy(f"copy {RECORDS}.int_person_record from stdin (format csv)".encode()) as copy,
    ):
        copy.write(text.getvalue())

    assert people.link().persons == 1


def test_a_warehouse_made_before_names_were_compared_by_their_consonants_is_linked_as_a_new_one(
    people: People, world: pl.DataFrame
) -> None:
    people.put(world)
    people.link(full=True)
    new = people.persons()
    people.connection.execute(
        f"alter table {LINKED}.record drop column surname_consonants, drop column forename_consonants"
    )
    people.link(full=True)
    assert people.persons() == new


def test_another_model_compares_all_anew(people: People, world: pl.DataFrame) -> None:
    people.put(world)
    people.link()
    people.connection.execute(f"update {LINKED}.record set model_version = 'person_2020_01_01'")

    assert people.link().compared == len(world)
    assert people.rows(f"select distinct model_version from {LINKED}.record") == [(newest_model().version,)]


def test_linking_no_records_is_no_people(people: People) -> None:
    assert people.link().persons == 0
    assert people.persons() == []
