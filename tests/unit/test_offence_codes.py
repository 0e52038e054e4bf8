"""Offence codes, titles and categories: every row of the reference tables, and the forms in which codes are met."""

import csv
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import read_code_sets
from csae.code_sets.forms import normalised_form

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"
RAPE = [f"019/{number:02}" for number in (*range(7, 15), *range(16, 20))]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def seed(name: str) -> list[dict[str, str]]:
    return rows_of(SEEDS / f"{name}.csv")


def one_line(text: str) -> str:
    return " ".join(text.split())


HOME_OFFICE = rows_of(ROOT / "tests" / "reference" / "home_office_notifiable_offences_2026_04.csv")
CJS = rows_of(ROOT / "tests" / "reference" / "cjs_sexual_offences.csv")
OFFENCES = {row["home_office_code"]: row for row in seed("offence")}
CATEGORIES = {row["offence_category"]: row for row in seed("recorded_crime_category")}
BY_CODE: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
for _row in seed("offence_category"):
    BY_CODE[_row["home_office_code"]][_row["offence_category"]] = _row
MEMBERS = seed("csae_definition_category")


CODES = read_code_sets(SEEDS)
STANDS_FOR: dict[str, set[str]] = defaultdict(set)
for _row in HOME_OFFICE:
    STANDS_FOR[normalised_form(_row["Offence"])].add(_row["Home Office code"])


def category_of(text: str) -> str | None:
    """`NFIB 13 Department ...` is NFIB13; two rows of the list name no category."""
    found = re.match(r"(NFIB) ?(\d+[A-Z]?)\b|(\d+[A-Z]?(?:/\d+)?)\b", text)
    return "".join(part for part in found.groups() if part) if found else None


def ids(rows: list[dict[str, str]], column: str) -> list[str]:
    return [f"{number}-{row[column]}" for number, row in enumerate(rows, 2)]


@pytest.mark.parametrize("row", HOME_OFFICE, ids=ids(HOME_OFFICE, "Home Office code"))
def test_every_row_of_the_home_office_list(row: dict[str, str]) -> None:
    code, category = row["Home Office code"], category_of(row["Offence category"])
    assert CODES.decode("home_office_code", code) == code
    assert one_line(row["Offence"]) in OFFENCES[code]["title"]
    if category:
        assert category in BY_CODE[code]
        assert CATEGORIES[category]["offence_class"].lower() == one_line(row["Class"]).lower()
    else:
        assert code in {"053/40", "053/46"}
        assert not BY_CODE[code]


@pytest.mark.parametrize("row", HOME_OFFICE, ids=ids(HOME_OFFICE, "Home Office code"))
def test_a_title_of_the_home_office_list_is_its_code_or_ambiguous(row: dict[str, str]) -> None:
    reading = CODES.read("offence_title", row["Offence"])
    if len(STANDS_FOR[normalised_form(row["Offence"])]) > 1:
        assert (reading.code, reading.rule.name) == (None, "ambiguous")
    else:
        assert (reading.code, reading.rule.name) == (row["Home Office code"], "title")


UNCLEAR_CJS = {
    "01GL07024": "an attempt at any offence",
    "COML064": "the victim's age is not said",
    "SX03001B": "aiding, with the code of an attempt",
    "SX56071B": "under 16 years or over",
    "SX03199": "made to watch, with the code of an act in the child's presence",
    **dict.fromkeys(
        ("SX03008C", "SX03018C", "SX03022C", "SX03024C", "SX03026C", "SX03028C", "SX03030C", "SX03192"),
        "a male victim, with the code of a female one",
    ),
}
"""CJS codes whose title stands for no one code."""


@pytest.mark.parametrize("row", CJS, ids=ids(CJS, "cjs_code"))
def test_every_row_of_the_cjs_list(row: dict[str, str]) -> None:
    code = row["home_office_code"]
    for written in (row["cjs_code"], f" {row['cjs_code'].lower()} "):
        reading = CODES.read("cjs_code", written)
        assert (reading.code, reading.rule.name) == (code, "code")
    assert code in OFFENCES
    title = CODES.read("offence_title", row["title"])
    if row["cjs_code"] in UNCLEAR_CJS:
        assert (title.code, title.rule.name) == (None, "ambiguous")
    else:
        assert (title.code, title.rule.name) == (code, "title")


def test_the_seeds_have_every_code_of_both_lists_once() -> None:
    listed = {row["Home Office code"] for row in HOME_OFFICE}
    repealed = {row["home_office_code"] for row in CJS} - listed
    assert (len(HOME_OFFICE), len(listed), len(CJS), len(repealed)) == (1608, 1306, 397, 24)
    assert set(OFFENCES) == listed | repealed
    assert len(seed("offence")) == 1330
    assert [(row["cjs_code"], row["home_office_code"]) for row in seed("cjs_offence")] == [
        (row["cjs_code"], row["home_office_code"]) for row in CJS
    ]


def test_class_names_have_one_spelling() -> None:
    classes = {row["offence_class"] for row in CATEGORIES.values()}
    assert len(classes) == len({name.lower() for name in classes}) == 12
    for row in CATEGORIES.values():
        for column in ("title", "offence_class", "offence_subclass"):
            assert row[column] == one_line(row[column])


# The forms of a code.


@pytest.mark.parametrize("code", sorted(OFFENCES))
def test_every_form_of_a_code(code: str) -> None:
    main, sub = code.split("/")
    short = str(int(main))
    for written in (
        code,
        f"{short}/{sub}",
        f"{main}-{sub}",
        f"{short}-{sub}",
        f"{short} / {sub}",
        main + sub,
        f" {code}",
    ):
        assert CODES.read("home_office_code", written).rule.name == "code", written
        assert CODES.decode("home_office_code", written) == code
    if main.startswith("0") and not main.startswith("00"):
        for written in (short + sub, f"{short}{sub}.0"):
            reading = CODES.read("home_office_code", written)
            assert (reading.code, reading.rule.name) == (code, "leading_zero_lost")


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_category_where_a_code_is_asked_for(category: str) -> None:
    reading = CODES.read("home_office_code", category.lower())
    if "/" in category:
        main, sub = category.split("/")
        assert reading.code == f"{int(main):03}/{int(sub):02}"
    else:
        assert (reading.code, reading.rule.name) == (category, "category")
        assert CODES.decode("offence_category", category) == category


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_category_by_its_title_where_a_category_is_asked_for(category: str) -> None:
    reading = CODES.read("offence_category", CATEGORIES[category]["title"].upper())
    assert reading.rule.name == ("ambiguous" if category in {"92D", "92E"} else "category_title")
    assert reading.code == (None if category in {"92D", "92E"} else category)


@pytest.mark.parametrize(
    "damaged",
    [
        *("44562", "44654", "44562.0", "26054", "20-May", "20-May-26", "20 MAY 2026", "Jan-88", "May 2020"),
        *("20/05/2026", "20/05/2026 00:00", "20-05-2026", "2026-05-20", "2026-05-20 00:00:00", "2026-05-20T00:00:00"),
        *("19.1", "1.90E+03", "######", "#N/A"),
    ],
)
def test_what_a_spreadsheet_damaged_is_named_and_never_decoded(damaged: str) -> None:
    reading = CODES.read("home_office_code", damaged)
    assert (reading.code, reading.rule.name) == (None, "spreadsheet_damage")


@pytest.mark.parametrize(
    ("value", "rule"),
    [("000/00", "not_in_reference"), ("00000", "not_in_reference"), ("999/99", "not_in_reference"), ("", "not_known")],
)
def test_no_classification_is_no_offence(value: str, rule: str) -> None:
    reading = CODES.read("home_office_code", value)
    assert (reading.code, reading.rule.name) == (None, rule)


@given(st.integers(30000, 59999))
def test_no_number_of_a_day_is_taken_for_a_code(number: int) -> None:
    reading = CODES.read("home_office_code", str(number))
    assert (reading.code, reading.rule.name) == (None, "spreadsheet_damage")


# Titles, the last resort.


@pytest.mark.parametrize(
    ("title", "code", "rule"),
    [
        ("Rape of a female child under 13 by a male (S5 SOA 2003)", "019/16", "title_words"),
        ("RAPE OF A FEMALE CHILD UNDER 13 BY A MALE", "019/16", "title"),
        ("Rape of a male aged 16 or over - Sexual Offences Act 2003 Sec 1", "019/10", "title"),
        ("Single Offender: Rape of a female aged under 16", "019/07", "title"),
        ("Attempted - Rape of a female child under 13 by a male", "019/18", "title"),
        ("Attempted - Sexual assault on a female", "020/05", "title"),
        ("Sexual assault on a male aged 13 or over (Sec 3, SOA 2003)", "017/15", "title_words"),
        ("Exposure (S66, SOA 2003)", "088/09", "title_words"),
        (
            "Causing or inciting a female child under 16 to engage in sexual activity, penetration, offender under 18",
            "022/14",
            "title_words",
        ),
        ("Possession of an indecent or pseudo-photograph of a child", "086/10", "title"),
        ("Rape of a Female Child under 13", "19E", "category_title"),
        ("Sexual Grooming", "88A", "category_title"),
    ],
)
def test_titles_as_forces_write_them(title: str, code: str, rule: str) -> None:
    reading = CODES.read("offence_title", title)
    assert (reading.code, reading.rule.name) == (code, rule)
    assert reading.rule.confidence == {"title": 90, "category_title": 90, "title_words": 80}[rule]


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("Rape", "not_known"),
        ("Rape of a female", "not_known"),
        ("Attempted rape", "ambiguous"),
        ("Sexual assault on a female aged 12", "not_known"),
        ("Sexual assault on a female aged 13 and over", "ambiguous"),
        ("Rape of a male child under 13 by a female", "ambiguous"),
        ("Cause a child under 13 to watch a sexual act, offender 18", "not_known"),
        ("Sexual assault on a female by penetration, offender unknown", "not_known"),
        ("Burglary", "ambiguous"),
    ],
)
def test_a_title_that_says_too_little_is_unmapped(title: str, rule: str) -> None:
    reading = CODES.read("offence_title", title)
    assert (reading.code, reading.rule.name) == (None, rule)


def test_the_words_of_titles_join_no_two_codes() -> None:
    titles = CODES.seeds.sets["offence_title"]
    meanings: dict[str, set[str]] = defaultdict(set)
    for item in titles.wordings:
        form = normalised_form(item.written)
        if titles.by_form[form] != "AMBIGUOUS":
            meanings[titles.words(form)].add(item.code)
    assert {words: found for words, found in meanings.items() if len(found) > 1} == {}


def test_every_wording_decodes_to_its_code_or_is_ambiguous() -> None:
    for row in seed("offence_wording"):
        reading = CODES.read("offence_title", row["wording"])
        if reading.rule.name != "ambiguous":
            assert (reading.code, reading.rule.name) == (row["harmonised_code"], "title")


def test_wordings_stand_for_listed_offences() -> None:
    for row in seed("offence_wording"):
        assert row["harmonised_code"] in OFFENCES or row["harmonised_code"] == "AMBIGUOUS", row["wording"]


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
