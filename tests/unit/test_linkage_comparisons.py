"""What is compared of two records says the same either way round, and a night fetches all that a rule would pair."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from csae.linkage.comparisons import (
    ANSWERS,
    BLOCKING_RULES,
    CONTRADICTIONS,
    FETCHED_BY,
    MOST_NAME_PARTS,
    OTHER_RULES,
    SCALARS,
    settings,
)
from csae.linkage.model import newest_model
from csae.linkage.records import load_frame
from csae.linkage.scoring import Scorer, workspace
from csae.linkage.worlds import people_of_hard_plan, records_of, written
from csae.synthetic.hard_plan import HardPlan

MODEL = newest_model()
ALL_RULES = [
    rule["blocking_rule"]
    for rule in settings().create_settings_dict("duckdb")["blocking_rules_to_generate_predictions"]
]
Equal = tuple[str, str]


def needed(rule: str) -> set[Equal]:
    """The columns of `l` and `r` that a rule needs to be the same, whatever else it needs."""
    parsed = sqlglot.parse_one(rule, dialect="duckdb")
    parts = parsed.flatten() if isinstance(parsed, exp.And) else [parsed]
    return {(part.left.name, part.right.name) for part in parts if isinstance(part, exp.EQ)}


def exchanged(equal: Equal) -> Equal:
    """Seen from the other record. A date with day and month exchanged twice is the date."""
    return equal if "born_swapped" in equal else (equal[1], equal[0])


def is_fetched(equal: set[Equal]) -> bool:
    return any(equal >= set(columns) for columns in FETCHED_BY)


def test_every_rule_is_of_a_model_and_every_one_is_looked_at() -> None:
    assert len(ALL_RULES) == len(BLOCKING_RULES) + len(OTHER_RULES)
    assert all(needed(rule) for rule in ALL_RULES)


@pytest.mark.parametrize("rule", ALL_RULES)
def test_a_known_record_that_a_rule_would_pair_with_a_new_one_is_fetched(rule: str) -> None:
    equal = needed(rule)

    assert is_fetched(equal), "the known record as the left one"
    assert is_fetched({exchanged(pair) for pair in equal}), "the known record as the right one"


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with workspace(tmp_path) as connection:
        yield connection


def any_records(duck: duckdb.DuckDBPyConnection, seed: int, count: int = 300) -> None:
    """Records whose columns have few values and no regard for one another, a quarter of them unknown."""
    rng = np.random.default_rng(seed)

    def column(name: str) -> pl.Series:
        values = rng.integers(1, 2 if name.endswith("is_rare") else 4, count)
        known = rng.random(count) >= 0.25
        return pl.Series(name, np.where(known, values, None).tolist(), dtype=pl.Int64)

    parts = [rng.integers(1, 4, rng.integers(1, MOST_NAME_PARTS + 1)).tolist() or None for _ in range(count)]
    people = pl.DataFrame([pl.Series("record_id", range(count)), *map(column, SCALARS)]).with_columns(
        pl.Series("name_parts", [None if rng.random() < 0.1 else of for of in parts], dtype=pl.List(pl.Int64))
    )
    duck.register("any_people", people.to_arrow())
    duck.execute("create or replace table records as select * from any_people")


def weights(duck: duckdb.DuckDBPyConnection, left: str, right: str) -> npt.NDArray[np.float64]:
    """Of every pair of `records`, in one order; `left` and `right` say which of the two stands where."""
    duck.execute(
        f"create or replace table every_pair as select {left}.record_id as join_key_l, "
        f"{right}.record_id as join_key_r, '0' as match_key from records as one "
        "inner join records as other on one.record_id < other.record_id"
    )
    return Scorer(duck, MODEL).weights("every_pair")[2]


@pytest.mark.parametrize("seed", range(3))
def test_a_pair_weighs_the_same_either_way_round(duck: duckdb.DuckDBPyConnection, seed: int) -> None:
    any_records(duck, seed)

    there, back = weights(duck, "one", "other"), weights(duck, "other", "one")

    assert len(there) == 300 * 299 / 2
    assert len(np.unique(there)) > 1000
    assert np.flatnonzero(there != back).tolist() == []


@pytest.mark.parametrize("condition", [*CONTRADICTIONS.values(), *ANSWERS.values()])
def test_a_pair_contradicts_or_answers_either_way_round(duck: duckdb.DuckDBPyConnection, condition: str) -> None:
    any_records(duck, seed=1)
    holds = condition.format(overwhelming=24.0)

    def pairs(one: str, other: str) -> list[tuple[int, int]]:
        return duck.execute(
            f"select {one}.record_id, {other}.record_id from records as l cross join records as r "
            f"cross join (select 0.0 as weight) where l.record_id <> r.record_id and ({holds}) order by 1, 2"
        ).fetchall()

    assert len(pairs("l", "r")) > 100
    assert pairs("l", "r") == pairs("r", "l")


def test_a_pair_is_found_and_weighs_the_same_whichever_record_has_the_smaller_key(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    people = records_of(written(people_of_hard_plan(HardPlan(seed=4, records=4_000))))
    last = people.height - 1
    load_frame(duck, people)
    load_frame(duck, people.reverse(), "reversed")

    one, other, weight = Scorer(duck, MODEL).within(-50.0)
    back_one, back_other, back_weight = Scorer(duck, MODEL, "reversed").within(-50.0)

    assert len(one) > 2000
    assert sorted(zip(one, other, weight, strict=True)) == sorted(
        zip(last - back_other, last - back_one, back_weight, strict=True)
    )


def test_names_written_with_a_hyphen_or_as_one_word_weigh_the_same_either_way_round(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    """One token of the whole name, but other parts and another first forename."""
    common = {"force": "06", "person_ref": "", "pnc_id": "", "date_of_birth": "1984-05-17", "sex": "F"}
    people = pl.DataFrame(
        [
            {**common, "crime_ref": "A", "person": 0, "surname": "Kowal-Marsden", "forenames": "Anna-Belle"},
            {**common, "crime_ref": "B", "person": 1, "surname": "Kowalmarsden", "forenames": "Annabelle"},
        ]
    )
    told = written(people)
    load_frame(duck, told)

    assert told["surname_token"].n_unique() == told["forename_token"].n_unique() == 1
    assert told["name_part_tokens"].n_unique() == told["first_forename_token"].n_unique() == 2
    assert weights(duck, "one", "other").tolist() == weights(duck, "other", "one").tolist()
