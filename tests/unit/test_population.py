"""The census population by police force area: the national denominators, cell by cell against two compilations."""

import csv
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
REFERENCE = PROJECT / "tests" / "reference"
PUBLISHED = 59_597_542
"""Usual residents of England and Wales as ONS publishes them; a sum of areas differs, since each is perturbed."""
PERTURBATION = 36


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


POPULATION = read(SEEDS / "population.csv")
FORCES = {row["force_code"]: row for row in read(SEEDS / "forces.csv")}
GROUPS = {row["ethnicity_code"]: row["ethnicity_group"] for row in read(SEEDS / "ethnicity.csv")}


def residents_by(*columns: str) -> Counter[tuple[str, ...]]:
    counts: Counter[tuple[str, ...]] = Counter()
    for row in POPULATION:
        group = {"ethnicity_group": GROUPS[row["ethnicity_code"]], "gss_code": FORCES[row["force_code"]]["gss_code"]}
        counts[tuple((row | group)[column] for column in columns)] += int(row["usual_residents"])
    return counts


def test_every_row_of_the_reference_is_in_the_seed() -> None:
    reference = read(REFERENCE / "population_census_2021.csv")
    assert len(reference) == 817 == 43 * 19
    assert [(row["force_code"], row["ethnicity_code"], row["usual_residents"]) for row in reference] == [
        (row["force_code"], row["ethnicity_code"], row["usual_residents"]) for row in POPULATION
    ]
    for row in reference:
        assert FORCES[row["force_code"]]["gss_code"] == row["gss_code"]


def test_every_row_says_its_census_and_its_source() -> None:
    assert {(row["census_on"], row["source"]) for row in POPULATION} == {
        ("2021-03-21", "Census 2021, table TS021, local authorities summed to police force areas")
    }


def test_a_force_with_an_area_has_19_rows_and_no_other_has_any() -> None:
    rows = Counter(row["force_code"] for row in POPULATION)
    assert rows == {code: 19 for code, row in FORCES.items() if row["kind"] == "territorial"}
    assert "93" not in rows


def test_all_215_cells_of_force_and_group_agree_with_the_independent_table() -> None:
    cells = read(REFERENCE / "population_by_group_2021.csv")
    assert len(cells) == 215
    assert residents_by("gss_code", "ethnicity_group") == {
        (row["gss_code"], row["ethnicity_group"]): int(row["usual_residents"]) for row in cells
    }


def test_national_totals_by_code() -> None:
    assert residents_by("ethnicity_code") == {
        ("W1",): 44_355_044,
        ("W2",): 507_473,
        ("W3",): 67_757,
        ("W4",): 100_964,
        ("W9",): 3_667_993,
        ("M1",): 513_040,
        ("M2",): 249_593,
        ("M3",): 488_228,
        ("M9",): 467_116,
        ("A1",): 1_864_304,
        ("A2",): 1_587_822,
        ("A3",): 644_900,
        ("A4",): 445_646,
        ("A9",): 972_783,
        ("B1",): 623_115,
        ("B2",): 1_488_387,
        ("B9",): 297_781,
        ("O2",): 331_856,
        ("O9",): 923_776,
    }


def test_the_national_total_differs_from_the_published_one_by_the_perturbation_alone() -> None:
    assert residents_by()[()] - PUBLISHED == PERTURBATION


def test_the_denominator_of_greater_manchester_is_the_force_area_and_not_the_city_council() -> None:
    """The council's residents are 57% White and 21% Asian, the force area's 76% and 14%."""
    groups = {
        group: count for (force, group), count in residents_by("force_code", "ethnicity_group").items() if force == "06"
    }
    total = sum(groups.values())
    assert total == 2_867_752
    assert round(100 * groups["W"] / total, 1) == 76.4
    assert round(100 * groups["A"] / total, 1) == 13.6
