"""The categories of offences with their days, and what each definition counts as child sexual abuse."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
RAPE = [f"019/{number:02}" for number in (*range(7, 15), *range(16, 20))]


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


OFFENCES = {row["home_office_code"]: row for row in seed("offence")}
BY_CODE: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
for _row in seed("offence_category"):
    BY_CODE[_row["home_office_code"]][_row["offence_category"]] = _row
MEMBERS = seed("csae_definition_category")


# Categories and their days.


def categories_on(code: str, offence: date, recorded: date) -> set[str]:
    def within(row: dict[str, str], what: str, day: date) -> bool:
        first, last = row[f"{what}_from"], row[f"{what}_to"]
        return (not first or date.fromisoformat(first) <= day) and (not last or day <= date.fromisoformat(last))

    return {
        category
        for category, row in BY_CODE[code].items()
        if within(row, "offence", offence) and within(row, "recorded", recorded)
    }


@pytest.mark.parametrize("code", RAPE)
def test_the_twelve_rape_codes_have_two_categories_since_april_2019(code: str) -> None:
    single, several = sorted(BY_CODE[code])
    sex = "female" if several == "19J" else "male"
    assert f" {sex} " in OFFENCES[code]["title"]
    assert single in ({"19C", "19D", "19E"} if sex == "female" else {"19F", "19G", "19H"})
    assert BY_CODE[code][single]["applies_to"] == "any_crime"
    assert BY_CODE[code][several]["applies_to"] == "multiple_undefined_offenders"
    offence = date(2018, 1, 1)
    assert categories_on(code, offence, date(2019, 3, 31)) == {single}
    assert categories_on(code, offence, date(2019, 4, 1)) == {single, several}


def test_only_rape_has_a_category_for_several_offenders() -> None:
    several = [row for row in seed("offence_category") if row["applies_to"] == "multiple_undefined_offenders"]
    assert sorted(row["home_office_code"] for row in several) == RAPE
    assert {row["offence_category"] for row in several} == {"19J", "19K"}


def test_a_code_has_one_category_for_any_crime_or_says_that_it_does_not_tell() -> None:
    for code in {row["home_office_code"] for row in seed("offence_category")}:
        found = BY_CODE[code]
        kinds = [row["applies_to"] for row in found.values() if row["applies_to"] != "multiple_undefined_offenders"]
        assert kinds == ["any_crime"] or (len(kinds) > 1 and set(kinds) == {"not_told_by_code"}), code
    unsure = {row["home_office_code"] for row in seed("offence_category") if row["applies_to"] == "not_told_by_code"}
    assert len(unsure) == 14
    assert all(OFFENCES[code]["is_sexual_offence"] == "false" for code in unsure)


@pytest.mark.parametrize(
    ("code", "category", "column", "day"),
    [
        ("021/26", "21", "offence_from", "2022-06-28"),  # 28-Jun-22
        ("021/26", "21", "recorded_from", "2022-07-01"),  # Jul-22
        ("071/16", "71", "offence_from", "2015-05-03"),  # Sunday, May 03, 2015
        ("071/16", "71", "recorded_from", "2015-01-01"),  # 2015
        ("071/17", "88A", "offence_from", "2017-04-03"),  # 3-Apr-17
        ("071/17", "88A", "recorded_from", ""),  # Aug 2024: amended
        ("071/08", "71", "recorded_from", ""),  # Jul-16: renamed
        ("088/06", "88C", "recorded_from", ""),  # Nov-25: sentence amended
        ("175/08", "88C", "recorded_from", "2024-03-01"),
        ("017/11", "17", "offence_to", "2004-04-30"),
        ("021/06", "21", "offence_from", "2004-05-01"),
    ],
)
def test_days_of_categories(code: str, category: str, column: str, day: str) -> None:
    assert BY_CODE[code][category][column] == day


def test_every_day_is_an_iso_date() -> None:
    for row in seed("offence_category"):
        for column in ("offence_from", "offence_to", "recorded_from", "recorded_to"):
            assert not row[column] or date.fromisoformat(row[column]).year >= 1991


# What counts as child sexual abuse.


def members(definition: str, condition: str = "always") -> list[str]:
    """The codes that a definition counts, by the category of a single offender."""
    counted = {
        (row["offence_category"], row["home_office_code"])
        for row in MEMBERS
        if row["definition"] == definition and row["condition"] == condition
    }
    return sorted(
        code
        for code, found in BY_CODE.items()
        for category, row in found.items()
        if row["applies_to"] == "any_crime" and ({(category, ""), (category, code)} & counted)
    )


def test_the_statutory_list() -> None:
    counted = members("statutory_list")
    categories = {category for code in counted for category in BY_CODE[code]} - {"19J", "19K"}
    assert categories == {"17B", "19D", "19E", "19G", "19H", "20B", "21", "22B", "71", "73", "88A"}
    assert len(counted) == 95
    assert {"071/17", "021/09", "073/01", "019/16"} <= set(counted)
    assert not {"073/03", "073/06", "020/01", "086/02", "023/14"} & set(counted)
    assert {OFFENCES[code]["victim_age"] for code in counted} == {"under_13", "under_16", "child"}


def test_each_definition_counts_what_the_narrower_one_counts() -> None:
    statutory, images, wider = (
        members(name) for name in ("statutory_list", "statutory_list_with_images", "npcc_wider")
    )
    assert set(images) - set(statutory) == {"086/02", "086/10", "086/15"}
    assert wider == images
    assert set(statutory) < set(images)


def test_the_wider_definition_takes_every_other_sexual_offence_against_a_child() -> None:
    sexual = {code for code, row in OFFENCES.items() if row["is_sexual_offence"] == "true"}
    conditional = members("npcc_wider", "child_victim_or_flag")
    assert sexual - set(members("npcc_wider")) == set(conditional)
    assert len(conditional) == 91
    assert not members("statutory_list", "child_victim_or_flag")


def test_the_wider_definition_has_every_category_of_sexual_offences() -> None:
    """Of a crime whose code is not known there is only the category, 19J and 19K among them."""
    counted = {row["offence_category"] for row in MEMBERS if row["definition"] == "npcc_wider"}
    sexual = {
        row["offence_category"] for row in seed("recorded_crime_category") if row["offence_class"] == "Sexual offences"
    }
    assert sexual <= counted
    assert counted - sexual == {"86"}, "images are obscene publications"


def test_the_law_says_how_old_the_victim_is() -> None:
    by_age: dict[str, set[str]] = defaultdict(set)
    for code, row in OFFENCES.items():
        by_age[row["victim_age"]].add(code)
    assert by_age["adult"] == {"023/12", "023/13"}
    assert {"019/16", "020/04", "021/00", "023/14", "073/13", "071/02"} <= by_age["under_13"]
    assert {"019/07", "022/06", "088/01", "071/17", "017/11", "020/01"} <= by_age["under_16"]
    assert {"073/07", "071/06", "023/04"} <= by_age["child"]
    assert {"019/08", "020/05", "088/09", "070/01", "023/02"} <= by_age["not_in_code"]
    assert all(OFFENCES[code]["is_sexual_offence"] == "false" for code in by_age[""])


def test_images_are_those_of_children() -> None:
    images = {code for code, row in OFFENCES.items() if row["is_indecent_image_offence"] == "true"}
    assert images == {"086/02", "086/10", "086/15"}


def test_a_change_of_law_moves_adults_penetrative_offences_to_rape() -> None:
    rows = {row["home_office_code"]: row for row in seed("offence_reclassification")}
    assert {code: row["to_category"] for code, row in rows.items()} == {
        "022/06": "19D",
        "022/07": "19G",
        "022/08": "19D",
        "022/09": "19G",
    }
    for code, row in rows.items():
        assert row["from_category"] in BY_CODE[code]
        assert (row["is_applied"], row["enacted_on"], row["commenced_on"]) == ("true", "2026-04-29", "")
        assert "under 18" not in OFFENCES[code]["title"].lower()
