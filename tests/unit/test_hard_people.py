"""The harder world: its errors come as often as its plan says, and the truth beside it is true."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csae.offence_days import NO_DAYS
from csae.pseudonyms import derive_keys, normalise_name, pseudonymise_people
from csae.sources.columns import CANONICAL_COLUMNS
from csae.synthetic.hard_evidence import Evidence, evidence
from csae.synthetic.hard_names import FEMALE_BY_USE, MALE_BY_USE, SURNAMES_BY_USE, VARIANTS, enlarge, misspell
from csae.synthetic.hard_people import RELATIONS, HardPeople, draw_people
from csae.synthetic.hard_plan import HardPlan

PLAN = HardPlan(seed=11, records=60_000)
NO_RATES: dict[str, Any] = {field.name: 0.0 for field in fields(HardPlan) if field.type is float}
NO_ERRORS = replace(PLAN, records=5000, **NO_RATES)
OF_NAMES = ["alias", "surname_misspelt", "forename_misspelt", "unmarked", "initial", "forename_missing", "exchanged"]
OF_DATES = ["alias_born", "born_missing", "born_placeholder", "born_never_known", "born_swapped", "born_digit"]
ERRORS = [*OF_NAMES, *OF_DATES, "sex_missing", "sex_wrong", "pnc_digit"]


@pytest.fixture(scope="module")
def world() -> HardPeople:
    return draw_people(PLAN)


@pytest.fixture(scope="module")
def people(world: HardPeople) -> pl.DataFrame:
    """Records with the truth of each, and what is true of its person."""
    return world.records.join(world.truth, on="row_number").join(world.persons, on="person")


def sound(people: pl.DataFrame, *but: str) -> pl.DataFrame:
    """Records in which nothing is wrong but for these errors."""
    wrong = [error for error in ERRORS if error not in but]
    return people.filter(~pl.any_horizontal(wrong), pl.col("surname_as") == "own")


def beside_sound(people: pl.DataFrame, error: str, column: str) -> pl.DataFrame:
    """The column of records that have this error alone, beside that of a sound record of the same person."""
    right = sound(people).unique("person", keep="first", maintain_order=True).select("person", right=column)
    return sound(people, error).filter(error).join(right, on="person").select(column, "right")


# Its form


def test_a_world_has_the_columns_that_tokens_are_made_from(world: HardPeople) -> None:
    assert world.records.columns == ["row_number", "crime_row_number", "force", *CANONICAL_COLUMNS["involvement"]]
    assert world.records["row_number"].to_list() == world.truth["row_number"].to_list() == list(range(2, 60_002))
    assert not world.records.select(pl.any_horizontal((pl.col(pl.String) == "").any())).item()
    keys = derive_keys(bytes(32))
    of_one = world.records.filter(force="13").drop("force")
    made = pseudonymise_people(of_one, NO_DAYS, keys, "13")
    assert made.height == of_one.height > 6000
    for token, column in (("surname_token", "surname"), ("date_of_birth_token", "date_of_birth")):
        assert made[token].null_count() == of_one[column].null_count()


def test_equal_plans_give_equal_worlds_and_other_seeds_others() -> None:
    plan = replace(PLAN, records=2000)
    one, same, other = draw_people(plan), draw_people(plan), draw_people(replace(plan, seed=12))
    assert one.records.equals(same.records)
    assert one.truth.equals(same.truth)
    assert one.persons.equals(same.persons)
    assert not one.records.equals(other.records)


@pytest.mark.parametrize("records", [1, 2, 3, 17])
def test_a_world_may_be_small(records: int) -> None:
    world = draw_people(replace(PLAN, records=records))
    assert world.records.height == world.truth.height == world.persons["times"].sum() == records


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"records": 0}, "records must be between 1 and 10000000"),
        ({"alias": 1.5}, "alias must be between 0 and 1"),
        ({"forces": ()}, "forces must name at least one"),
        ({"twin": 0.5, "sibling": 0.6}, "twin, sibling and namesake must not be more than all people"),
    ],
)
def test_a_plan_out_of_range(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PLAN, **values)


# How often


def near(found: Any, rate: float, of: int) -> None:
    """Within five standard deviations of so many draws."""
    assert of > 300
    assert abs(found - rate) <= 5 * np.sqrt(rate * (1 - rate) / of)


@pytest.mark.parametrize(
    "error",
    ["alias", "initial", "born_missing", "born_never_known", "sex_missing", "forename_missing", "exchanged"],
)
def test_errors_of_any_record_come_at_their_rate(people: pl.DataFrame, error: str) -> None:
    if error == "born_never_known":
        people = people.unique("person")
    near(people[error].mean(), getattr(PLAN, error), people.height)


@pytest.mark.parametrize(
    ("error", "among"),
    [
        ("born_placeholder", ~pl.col("born_missing") & ~pl.col("born_never_known")),
        ("sex_wrong", ~pl.col("sex_missing")),
        ("pnc_digit", pl.col("pnc_shown")),
        ("alias_keeps_born", pl.col("alias")),
        ("suspect", pl.lit(value=True)),
        ("reference_used_again", pl.lit(value=True)),
    ],
)
def test_other_errors_come_at_their_rate_among_those_that_can_have_them(
    people: pl.DataFrame, error: str, among: pl.Expr
) -> None:
    has = {"suspect": pl.col("role") == "suspect", "alias_keeps_born": ~pl.col("alias_born")}.get(error, pl.col(error))
    chosen = people.filter(among).select(has)
    near(chosen.to_series().mean(), getattr(PLAN, error), chosen.height)


def test_most_records_have_no_pnc_id(people: pl.DataFrame) -> None:
    near(people["pnc_shown"].mean(), 0.6 * 0.6 * (1 - 0.015 * 0.3), 30_000)
    assert people["pnc_id"].is_not_null().equals(people["pnc_shown"].rename("pnc_id"))


def test_names_that_cannot_be_misspelt_make_that_a_little_rarer(people: pl.DataFrame) -> None:
    for error in ("surname_misspelt", "forename_misspelt"):
        assert 0.045 < people[error].mean() < 0.0515  # type: ignore[operator]


def test_people_are_seen_from_once_to_eight_times(world: HardPeople) -> None:
    seen = world.persons["times"].value_counts(normalize=True).sort("times")
    assert seen["times"].to_list() == [1, 2, 3, 4, 5, 6, 7, 8]
    for found, rate in zip(seen["proportion"], PLAN.times_seen, strict=True):
        near(found, rate, world.persons.height)


def test_a_quarter_of_the_records_are_with_another_force(people: pl.DataFrame) -> None:
    of_pairs = people.filter(times=2).group_by("person").agg(pl.col("force").n_unique() > 1)
    elsewhere = PLAN.other_force * 7 / 8
    near(of_pairs["force"].mean(), 2 * elsewhere * (1 - elsewhere) + elsewhere**2 * 6 / 7, of_pairs.height)


def test_relatives_come_in_pairs_at_their_rates(world: HardPeople) -> None:
    for relation in RELATIONS[1:]:
        share = (world.persons["relation"] == relation).sum() * 2 / world.persons.height
        near(share, getattr(PLAN, relation), world.persons.height // 2)
    related = world.persons.filter(pl.col("relation") != "alone")
    assert (related["relative"] == related["person"] - 1).all()
    first = related.select("relative").join(world.persons, left_on="relative", right_on="person")
    assert set(first["relation"]) == {"alone"}


def test_names_are_used_unevenly(people: pl.DataFrame) -> None:
    shares = people.unique("person")["surname"].value_counts(normalize=True).sort("proportion", descending=True)
    assert 0.013 < shares["proportion"][0] < 0.02, "1.1%, and a sixth of the 3% with a common name"
    assert 0.0015 < (shares["proportion"] ** 2).sum() < 0.003
    assert shares.height > 8000


# What the errors do


def test_a_person_is_written_the_same_where_there_is_no_error(people: pl.DataFrame) -> None:
    by_person = sound(people).filter(pl.col("times") > 1).group_by("person")
    again = by_person.agg(pl.col("surname", "date_of_birth", "sex").n_unique(), pl.len()).filter(pl.col("len") > 1)
    again = again.join(people.filter(pl.col("surname_as") != "own").select("person"), on="person", how="anti")
    assert again.height > 3000
    assert again.select(pl.col("surname", "date_of_birth", "sex").max()).row(0) == (1, 1, 1)


def test_dates_with_day_and_month_exchanged(people: pl.DataFrame) -> None:
    pairs = beside_sound(people, "born_swapped", "date_of_birth")
    assert pairs.height > 100
    for wrong, right in pairs.rows():
        assert wrong == f"{right[:4]}-{right[8:]}-{right[5:7]}" != right


def test_dates_with_one_digit_wrong(people: pl.DataFrame) -> None:
    pairs = beside_sound(people, "born_digit", "date_of_birth")
    assert pairs.height > 300
    places = [[place for place in range(10) if wrong[place] != right[place]] for wrong, right in pairs.rows()]
    assert {len(differ) for differ in places} == {1}
    assert {differ[0] for differ in places} == {2, 3, 6, 8, 9}


def test_all_dates_are_of_the_calendar_and_of_people_who_lived(people: pl.DataFrame) -> None:
    days = people["date_of_birth"].drop_nulls().str.to_date("%Y-%m-%d", strict=True)
    assert people["date_of_birth"].is_null().equals(people["born_missing"].rename("date_of_birth"))
    assert {days.dt.year().min(), days.dt.year().max()} <= set(range(1900, 2020))
    unknown = people.filter(pl.col("born_placeholder") | pl.col("born_never_known") & ~pl.col("born_missing"))
    assert unknown.height > 1000
    assert unknown["date_of_birth"].str.ends_with("-01-01").all()
    assert 0.1 < (people.filter("born_placeholder")["date_of_birth"] == "1900-01-01").mean() < 0.3  # type: ignore[operator]


def test_pnc_ids_and_local_references_are_of_one_person(people: pl.DataFrame) -> None:
    right = people.filter("pnc_shown", ~pl.col("pnc_digit"))
    assert right.group_by("pnc_id").agg(pl.col("person").n_unique())["person"].max() == 1
    assert right.group_by("person").agg(pl.col("pnc_id").n_unique())["pnc_id"].max() == 1
    assert people.group_by("force", "person_ref").agg(pl.col("person").n_unique())["person"].max() == 1
    again = people.filter("reference_used_again").group_by("person", "force").agg(pl.col("person_ref").n_unique())
    assert again["person_ref"].max() == 1
    wrong = people.filter("pnc_digit").join(right.unique("person"), on="person").select("pnc_id", "pnc_id_right")
    assert wrong.height > 20
    assert {sum(a != b for a, b in zip(*pair, strict=True)) for pair in wrong.rows()} == {1}


def test_exchanged_names_stand_in_each_other_s_place(people: pl.DataFrame) -> None:
    pairs = beside_sound(people, "exchanged", "surname")
    others = beside_sound(people, "exchanged", "forenames")
    assert pairs.height == others.height > 100
    in_place = [wrong == right for wrong, right in zip(others["forenames"], pairs["right"], strict=True)]
    assert all(in_place)


def test_forenames_cut_to_an_initial_and_missing_ones(people: pl.DataFrame) -> None:
    cut = people.filter("initial", ~pl.col("exchanged"))
    assert cut["forenames"].str.len_chars().max() == 1
    assert people["forenames"].is_null().equals(people["forename_missing"].rename("forenames"))


def test_aliases_are_other_names_and_the_same_each_time(people: pl.DataFrame) -> None:
    aliases = sound(people.with_columns(surname_as=pl.lit("own")), "alias").filter("alias")
    pairs = aliases.join(sound(people).unique("person"), on="person").select("surname", "surname_right")
    assert (pairs["surname"] != pairs["surname_right"]).mean() > 0.98  # type: ignore[operator]
    assert aliases.group_by("person").agg(pl.col("surname").n_unique())["surname"].max() == 1


def test_one_half_of_a_surname_of_two(people: pl.DataFrame) -> None:
    for half, place in (("first", 0), ("second", 1)):
        halves = sound(people.with_columns(surname_as=pl.lit("own"), half=pl.col("surname_as"))).filter(half=half)
        whole = sound(people).filter(pl.col("surname").str.contains("-")).unique("person")
        pairs = halves.join(whole, on="person").select("surname", "surname_right")
        assert pairs.height > 50
        assert {surname == both.split("-")[place] for surname, both in pairs.rows()} == {True}


def test_twins_siblings_and_namesakes(people: pl.DataFrame) -> None:
    one = sound(people).unique("person", keep="first", maintain_order=True)
    pairs = one.filter(pl.col("relation") != "alone").join(one, left_on="relative", right_on="person")
    same = {
        relation: tuple(
            sum(left == right for left, right in of.select(column, f"{column}_right").rows()) / of.height
            for column in ("surname", "first", "date_of_birth")
        )
        for (relation,), of in pairs.with_columns(
            first=pl.col("forenames").str.split(" ").list.first(),
            first_right=pl.col("forenames_right").str.split(" ").list.first(),
        ).group_by("relation")
    }
    assert same["twin"][::2] == (1, 1)
    assert same["twin"][1] == 0
    assert same["sibling"][::2] == (1, 0)
    assert same["sibling"][1] < 0.05
    assert same["namesake"] == (1, 1, 0)


def test_twins_are_often_on_one_crime_and_nobody_is_on_it_twice(people: pl.DataFrame) -> None:
    assert people.select("crime_ref", "person").is_duplicated().sum() == 0
    assert people.group_by("crime_ref").agg(pl.col("force").n_unique())["force"].max() == 1
    twins = people.filter(relation="twin").join(people, left_on="relative", right_on="person", suffix="_of_twin")
    together = twins.filter(pl.col("crime_ref") == pl.col("crime_ref_of_twin"))["row_number"].n_unique()
    assert 0.35 < together / twins["row_number"].n_unique() < 0.55


# Names


def test_names_are_many_and_each_once() -> None:
    assert [len(set(names)) for names in (SURNAMES_BY_USE, MALE_BY_USE, FEMALE_BY_USE)] == [20_000, 1500, 1500]
    with pytest.raises(ValueError, match="only 4 names can be made of 2"):
        enlarge(["Smith", "Jones"], 5)


@given(st.sampled_from(SURNAMES_BY_USE), st.floats(0, 1, exclude_max=True))
def test_a_misspelt_name_is_like_the_name(name: str, chance: float) -> None:
    other = misspell(name, chance)
    assert abs(len(other) - len(name)) <= 2
    assert other[:1].casefold() == name[:1].casefold() or normalise_name(other)[:1] in "EKCYUO"
    assert len(name) < 4 or other


@settings(max_examples=50)
@given(st.sampled_from(VARIANTS))
def test_half_of_the_ways_to_misspell_a_name_with_several_spellings_are_those(group: str) -> None:
    first, *others = group.split()
    found = [misspell(first, step / 100) for step in range(100)]
    assert sum(name in others for name in found) >= 50
    assert set(others) <= set(found)


# What nothing can link


def test_without_errors_every_true_pair_can_be_linked() -> None:
    found = evidence(draw_people(NO_ERRORS))
    assert found.true_pairs > 4000
    assert found.undecidable == 0


def test_without_date_pnc_id_and_reference_no_true_pair_can_be_linked() -> None:
    found = evidence(draw_people(replace(NO_ERRORS, born_missing=1.0)))
    assert found.undecidable == found.true_pairs > 4000


def test_with_the_plan_s_rates_three_in_a_hundred_true_pairs_cannot_be_linked(world: HardPeople) -> None:
    found = evidence(world)
    assert found.true_pairs == (world.persons["times"] * (world.persons["times"] - 1) // 2).sum()
    assert 0.02 < found.undecidable / found.true_pairs < 0.03
    assert found.look_alikes < 20


def test_evidence_goes_by_way_of_other_records_and_not_by_another_person_s() -> None:
    """The first is the second by the PNC id, the second the third by the reference; the fourth is nobody known, and
    the fifth is another person who is written like the first."""
    errors = {error: [False] * 5 for error in ERRORS}
    truth = {
        **errors,
        "row_number": [2, 3, 4, 5, 6],
        "person": [0, 0, 0, 0, 1],
        "surname_as": ["own", "own", "alias", "alias", "own"],
        "pnc_shown": [True, True, False, False, False],
        "born_missing": [False, True, True, True, False],
    }
    records = {
        "force": ["06", "13", "13", "13", "06"],
        "person_ref": ["N1", "N2", "N2", "N3", "N4"],
        "pnc_id": ["P", "P", None, None, None],
        "surname": ["Ash", "Ash", "Elm", "Elm", "ASH"],
        "forenames": ["Ann", "Ann", "Eve", "Eve", "Ann"],
        "date_of_birth": ["1990-02-03", None, None, None, "1990-02-03"],
    }
    world = HardPeople(pl.DataFrame(records), pl.DataFrame(truth), pl.DataFrame())
    assert evidence(world) == Evidence(true_pairs=6, undecidable=3, look_alikes=1)
