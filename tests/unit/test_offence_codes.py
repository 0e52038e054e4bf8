"""Offence codes, titles and categories: every row of the reference tables, and the forms in which codes are met."""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import read_code_sets
from csae.code_sets.forms import normalised_form

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "dbt_project" / "seeds"


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


SEXUAL = [row for row in OFFENCES.values() if row["is_sexual_offence"] == "true"]
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
        assert CODES.decode("home_office_code", f"{category} - {CATEGORIES[category]['title']}") == category
        assert CODES.decode("home_office_code", f"{category} - Something else") is None


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
    ("damaged", "code", "evidence"),
    [
        ("44562", "001/01", "a spreadsheet's date or number of 001/01"),
        ("20-May", "020/05", "a spreadsheet's date or number of 020/05 or 005/20"),
        ("Jan-88", "088/01", "a spreadsheet's date or number of 088/01"),
        ("44654", "003/04", "a spreadsheet's date or number of 003/04 or 004/03"),
    ],
)
def test_a_damaged_code_is_suggested_to_a_person(damaged: str, code: str, evidence: str) -> None:
    found = CODES.suggest("home_office_code", damaged)
    assert found is not None
    assert (found.code, found.score, found.evidence) == (code, 50, evidence)


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
        ("Cause/incite female under 13 to sex act  penetration  Off18", "021/08", "title_words"),
        ("Cause/incite femaleunder 13 to sex actpenetrationoffender any age", "021/02", "title_words"),
        ("Sex activity with girl U/16, no penetrn - offender 18+", "022/18", "title_words"),
        ("Sex activity with girl 13 to 15, non penetrative, offr under 18", "022/22", "title_words"),
        ("Sexual activity with a female child under 16 - penetration (S13, SOA 2003)", "022/12", "title_words"),
        ("Sexual activity with a female child under 16 - penetration (S9, SOA 2003)", "022/06", "title_words"),
        ("Sex act with male relative 13 17yrs  no penetration Offender 18", "023/23", "title_words"),
        ("Rape (Multiple Undefined Offenders) of a female under 16 yrs", "019/07", "title_words"),
        ("Rape of female over 16 years", "019/08", "title_words"),
        ("Abuse posn of trust Sex activity with female 13  17yrs Offender 18", "073/07", "title_words"),
        ("Threats to Kill - Offences against the Person Act 1861 Sec 16", "003/01", "title_words"),
        ("SXL ACTY WITH A CHD U16 FML CH NON-PEN OFFR <18", "022/22", "title_words"),
        ("Sexl activ with a chld U16 fem chld no penet - offdr U18", "022/22", "title_words"),
        ("Cau/incit a child <16 to eng in sex act - M chd - pen - offr &lt;18", "022/15", "title_words"),
        ("Inc a child fam mbr to eng in sexl acty no pen off <18 vic fml und 13", "023/20", "title_words"),
        ("Att rape F child <13", "019/18", "title_words"),
        ("Rape F<16", "019/07", "title_words"),
        ("Rape F >16", "019/08", "title_words"),
        ("Sexual assault on a female child under 13", "020/06", "title"),
        (
            "Sexual activity with a male child family member - offender not 18 or over at time of offence and victim "
            "13-17 - penetration of anus, vagina or mouth by penis or other part of body",
            "023/33",
            "title_words",
        ),
        (
            "Familial - inciting a girl U13 to engage in sexual activity - no penetration - adult offender",
            "023/28",
            "title_words",
        ),
        ("Paying for sex with a male child aged 16/17", "071/07", "title_words"),
        ("Controlling a child involved in prostitution or pornography - child aged 13-17", "071/09", "title_words"),
        ("Offender 18+ cause a child 13 to 15 to look at an image of sexual activity", "022/11", "title_words"),
        ("Attempted making of indecent images of children (Category A)", "086/02", "title_words"),
        ("Being in possession of IIOC", "086/10", "title_words"),
        ("Conspiracy to distribute indecent photos of a child", "086/02", "title_words"),
        ("USI with a girl under the age of sixteen", "022/00", "title_words"),
        ("Man having unlawful sexual intercourse with a woman who is a defective", "019/02", "title_words"),
        ("Inciting girl under 16 to have incestuous sexual intercourse", "023/03", "title_words"),
        ("Sexual assault on a female aged 13 and over", "020/05", "title_words"),
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
        ("Rape of a male child under 13 by a female", "ambiguous"),
        ("Sexual assault on a female child", "not_known"),
        ("Sexual activity with a child under 13 - penetration - offender under 18", "not_known"),
        ("Sexual assault on a female by penetration, offender unknown", "not_known"),
        ("Burglary", "ambiguous"),
        ("Showing indecent images to a child", "not_known"),
        ("Making and possessing indecent images of children", "not_known"),
        ("Distributing indecent images", "not_known"),
        ("Paying for sexual services of a child", "not_known"),
        ("Sexual activity with a girl family member - not 18 or over at time of offence, 13-17", "not_known"),
        ("Sexual intercourse with a child under 13", "not_known"),
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


CONTRASTS = [
    (r"\bfemale\b", "male"),
    (r"\bgirl\b", "boy"),
    (r"\bmale\b", "female"),
    (r"\bboy\b", "girl"),
    (r"\bunder 13\b", "under 16"),
    (r"\bunder 16\b", "under 13"),
    (r"\bunder 13\b", "13 to 17"),
    (r"(?<=offender )under 18\b", "18 or over"),
    (r"(?<=offender )18 or over\b", "under 18"),
    (r"(?<!no )(?<!non )\bpenetration\b", "no penetration"),
    (r"\bno penetration\b", "penetration"),
    (r"^rape\b", "attempted rape"),
    (r"^attempted rape\b", "rape"),
]
"""What codes differ in: a title in which one of them is turned over is never the same code."""
OF_BOTH_AGES = {"071/04", "071/05"}
"""Paying a child without penetration: the CJS list gives them children under 13 too."""


@pytest.mark.parametrize(("said", "turned"), CONTRASTS, ids=[f"{said} {turned}" for said, turned in CONTRASTS])
def test_a_title_turned_over_is_another_code_or_none(said: str, turned: str) -> None:
    found = [(row["home_office_code"], row["title"]) for row in SEXUAL if re.search(said, row["title"], re.IGNORECASE)]
    assert found
    for code, title in found:
        if code in OF_BOTH_AGES and turned == "under 13":
            continue
        other = re.sub(said, turned, title, flags=re.IGNORECASE)
        assert CODES.decode("offence_title", other) != code, other


def test_phrases_are_numbered_without_a_gap() -> None:
    for subject in ("offence", "ethnicity", "outcome"):
        places = [int(row["phrase_place"]) for row in seed("wording_phrase") if row["subject"] == subject]
        assert places == list(range(1, len(places) + 1))


def test_every_wording_decodes_to_its_code_or_is_ambiguous() -> None:
    for row in seed("offence_wording"):
        reading = CODES.read("offence_title", row["wording"])
        if reading.rule.name != "ambiguous":
            assert (reading.code, reading.rule.name) == (row["harmonised_code"], "title")


def test_wordings_stand_for_listed_offences() -> None:
    for row in seed("offence_wording"):
        assert row["harmonised_code"] in OFFENCES or row["harmonised_code"] == "AMBIGUOUS", row["wording"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("019/16 Rape of a female child under 13 by a male", "019/16"),
        ("19/16 - Rape", "019/16"),
        ("01916: rape of a child", "019/16"),
        ("* 86/2 Take/make/distribute indecent photographs", "086/02"),
        ("Rape of a female child - 01916", "019/16"),
        ("Sexual communication with a child (71/17)", "071/17"),
        ("HO code 08805", "088/05"),
        ("Home Office code 71/17", "071/17"),
        ("22/12 (s/v)", "022/12"),
        ("22/12[note 3]", "022/12"),
        ("02212†", "022/12"),
        ("HO 22/12", "022/12"),
        ("22/12.", "022/12"),
        ("HO Code: 02212", "022/12"),
        ("Home Office code 22/12 - Sexual activity", "022/12"),
        ("HOC 02212", "022/12"),
        ("HO 22/12 - Sexual activity", "022/12"),
    ],
)
def test_a_code_with_its_title_is_the_code(value: str, code: str) -> None:
    reading = CODES.read("home_office_code", value)
    assert (reading.code, reading.rule.name, reading.rule.confidence) == (code, "code_with_title", 90)


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Rape of a female aged 16 or over - 01908", "019/08"),
        ("Stealing by an employee - 04100", "041/00"),
        ("Wounding (S20) - 00801", "008/01"),
        ("Communication with a child (071/17)", "071/17"),
        ("019/16 Rape of a child", "019/16"),
        ("Sexual communication (71/17)", None),
        ("Paying a child (16/17)", None),
        ("Something - 99999", None),
    ],
)
def test_a_title_is_read_by_a_code_beside_it_that_has_all_its_digits(title: str, code: str | None) -> None:
    reading = CODES.read("offence_title", title)
    assert (reading.code, reading.rule.name) == (code, "code_with_title" if code else "not_known")


def test_no_listed_title_ends_in_what_may_be_a_code() -> None:
    titles = [item.written for item in CODES.seeds.sets["offence_title"].wordings]
    assert [title for title in titles if CODES.read("offence_title", title).rule.name == "code_with_title"] == []


@pytest.mark.parametrize(
    "value",
    [
        "Sexual activity with a child aged 13/17",
        "Rape on 20/05",
        "20/05/2026 at noon",
        "20 May 2026",
        "Offence of 2003",
        "445/62 Something",
        "Rape 44562",
        "(20/05)",
    ],
)
def test_a_date_an_age_or_an_unlisted_code_in_a_text_is_no_code(value: str) -> None:
    assert CODES.decode("home_office_code", value) is None
