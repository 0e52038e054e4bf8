"""A force's columns become the dataset's: each function of the YAML, and the shapes that records come in."""

import json

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mapped import CRIMES, DELIMITED, Values, column, mapped

from csae.readers.tables import CRIME_ROW_NUMBER, VALUE_SEPARATOR, text_frame
from csae.sources.columns import CANONICAL_COLUMNS, RecordKind

# One value


@pytest.mark.parametrize(
    ("cell", "value"),
    [(" a b ", "a b"), ("\ta\n", "a"), ("", None), ("  ", None), (None, None), ("NULL", "NULL"), ("0", "0")],
)
def test_blanks_around_a_value_go_and_a_blank_is_no_value(cell: str | None, value: str | None) -> None:
    assert column("outcome_code", {}, From=[cell]) == [value]


def test_columns_that_the_yaml_does_not_map_are_null() -> None:
    frame = text_frame({"Ref": ["1"]}, [2])
    crime = mapped(CRIMES, crime=frame)["crime"]
    assert crime.columns == ["row_number", *CANONICAL_COLUMNS["crime"]]
    assert crime.drop("row_number", "crime_ref").row(0) == (None,) * 15
    assert set(crime.drop("row_number").dtypes) == {pl.String()}


def test_extract_keeps_the_group_and_what_does_not_match() -> None:
    cells: Values = ["TO 13", "FROM 06", "TO 1", "see note", None]
    assert column("transfer_force", {"extract": r"^(?:TO|FROM) (\d\d)$"}, From=cells) == [
        *("13", "06"),
        *("TO 1", "see note", None),
    ]


@pytest.mark.parametrize(("take", "value"), [("first", "W1"), ("last", "British"), ("all", "W1 | White | British")])
def test_split_and_take(take: str, value: str) -> None:
    spec = {"split": " - ", "take": take}
    assert column("immigration_status", spec, From=["W1 - White - British", "NS", None]) == [value, "NS", None]


def test_join_puts_several_values_into_one_text() -> None:
    assert column("immigration_status", {"split": ";", "join": ", "}, From=["a;b"]) == ["a, b"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (f"GROUP{VALUE_SEPARATOR}ONLINE", "true"),
        ("ONLINE", "true"),
        ("ONLINE; GROUP", "false"),
        ("OFFLINE", "false"),
        ("online", "false"),
        (None, "false"),
    ],
)
def test_contains_asks_for_one_of_the_values(cell: str | None, value: str) -> None:
    assert column("is_online", {"contains": "ONLINE"}, From=[cell]) == [value]


def test_contains_after_split() -> None:
    assert column("is_online", {"split": ";", "contains": "ONLINE"}, From=["GROUP; ONLINE"]) == ["true"]


# Maps


def test_map_keeps_what_it_does_not_know() -> None:
    assert column("is_online", {"map": "yes_no"}, From=["Y", "N", "y", "?", None]) == ["true", "false", "y", "?", None]


def test_map_of_blank() -> None:
    spec = {"map": {"Yes": "cancelled", "": "live"}}
    assert column("record_status", spec, From=["Yes", "", "  ", None, "No"]) == ["cancelled", *["live"] * 3, "No"]


def test_map_of_blank_alone() -> None:
    assert column("record_status", {"map": {"": "live"}}, From=["x", None]) == ["x", "live"]


def test_map_to_blank_is_no_value() -> None:
    assert column("sex", {"map": {"Not known": "", "F": "F"}}, From=["Not known", "F"]) == [None, "F"]


def test_map_asks_for_the_value_after_extract() -> None:
    spec = {"extract": r"^(TO|FROM) \d\d$", "map": {"TO": "out", "FROM": "in"}}
    assert column("transfer_direction", spec, From=["TO 13", "FROM 06"]) == ["out", "in"]


# Functions


@pytest.mark.parametrize(
    ("take", "value"), [("first", "Zqxson"), (1, "Zqxson"), (2, "Ann Mary"), ("last", "Ann Mary"), (3, None)]
)
def test_a_part_by_its_place(take: str | int, value: str | None) -> None:
    assert column("forenames", {"split": ",", "take": take}, From=["Zqxson, Ann Mary"]) == [value]


def test_a_part_that_is_not_there_is_no_value() -> None:
    assert column("forenames", {"split": ",", "take": 2}, From=["Zqxson", "Zqxson,", None]) == [None, None, None]


def test_several_separators() -> None:
    spec = {"split": ["/", ";", " and "], "codes": "nationality_demonym"}
    assert column("nationalities", spec, From=["Irish;British", "Irish and British/Polish"]) == [
        '["Irish","British"]',
        '["Irish","British","Polish"]',
    ]


def test_a_day_in_three_columns() -> None:
    spec = {"from": ["D", "M", "Y"], "join": "/", "date": "dd/mm/yyyy"}
    cells: dict[str, Values] = {"D": ["1", "30", "5"], "M": ["9", "02", None], "Y": ["2026", "2026", "2026"]}
    assert column("recorded_on", spec, **cells) == ["2026-09-01", "30/02/2026", "5/2026"]


def test_an_offence_code_in_two_columns_by_a_map_of_the_whole() -> None:
    spec = {"from": ["Class", "Sub"], "join": "/"}
    assert column("home_office_code", spec, Class=["019"], Sub=["16"]) == ["019/16"]


def test_each_part_is_looked_at() -> None:
    spec = {"split": "/", "extract": r"^([A-Z]{3}) - ", "codes": "iso_alpha3"}
    assert column("nationalities", spec, From=["ROU - Romania/GBR - United Kingdom", "POL"]) == [
        '["ROU","GBR"]',
        '["POL"]',
    ]


def test_what_it_means_that_a_column_is_filled() -> None:
    spec = {"from": [], "filled": {"To": "out", "Of": "in"}}
    cells: dict[str, Values] = {"To": ["13", None, " ", "13"], "Of": [None, "06", "", "06"]}
    assert column("transfer_direction", spec, **cells) == ["out", "in", None, "out | in"]


def test_the_same_value_for_every_record() -> None:
    spec = {"from": [], "value": "suspect"}
    assert column("role", spec, From=["a", None]) == ["suspect", "suspect"]


def test_people_in_places_of_their_own_are_one_table() -> None:
    form = {"type": "ndjson"}
    people = [
        {"each": each, "columns": {"person_ref": "id", "role": {"value": role}}}
        for each, role in (("suspects", "suspect"), ("victims", "victim"))
    ]
    extract = {"files": "*", "format": form, "crime": {"columns": {"crime_ref": "ref"}}, "involvement": people}
    nested = [
        text_frame({"id": ids}, numbers).with_columns(pl.Series(CRIME_ROW_NUMBER, crimes, dtype=pl.Int64()))
        for ids, numbers, crimes in ((["p", "q"], [1, 2], [1, 2]), (["r"], [3], [1]))
    ]
    frames = mapped(extract, crime=text_frame({"ref": ["A", "B"]}, [1, 2]), tables=nested)
    assert frames["involvement"].select("row_number", "crime_ref", "person_ref", "role").rows() == [
        (1, "A", "p", "suspect"),
        (2, "B", "q", "suspect"),
        (3, "A", "r", "victim"),
    ]


def test_a_row_for_each_crime_and_person_is_taken_the_same_way_in_every_format() -> None:
    """Crime A has two rows and two people, crime B one row and nobody."""
    rows = {"ref": ["A", "A", "B"], "id": ["p", "q", None]}
    for form in ({"type": "ndjson"}, {"type": "delimited", "delimiter": ";", "encoding": "utf-8"}):
        people = {"columns": {"person_ref": "id", "role": {"value": "suspect"}}}
        extract = {"files": "*", "format": form, "crime": {"columns": {"crime_ref": "ref"}}, "involvement": people}
        table = text_frame(rows, [1, 2, 3])
        frames = mapped(extract, crime=table, tables=[table])
        assert frames["crime"]["crime_ref"].to_list() == ["A", "B"]
        assert frames["involvement"].select("crime_ref", "person_ref").rows() == [("A", "p"), ("A", "q")]


# Nationalities


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("British", '["British"]'),
        ("Romanian / British", '["Romanian","British"]'),
        ("/British//", '["British"]'),
        ('the "old" one', r'["the \"old\" one"]'),
        ("back\\slash", r'["back\\slash"]'),
        ("two\nlines", r'["two\nlines"]'),
        ("Ivoirienne – Côte d’Ivoire", '["Ivoirienne – Côte d’Ivoire"]'),
        (" / ", None),
        ("", None),
        (None, None),
    ],
)
def test_nationalities_are_a_json_list(cell: str | None, value: str | None) -> None:
    assert column("nationalities", {"split": "/", "codes": "nationality_demonym"}, From=[cell]) == [value]


def test_several_columns_are_one_list() -> None:
    spec = {"from": ["One", "Two"], "codes": "country_name"}
    values = column("nationalities", spec, One=["Romania", "", None], Two=["United Kingdom", "Poland", " "])
    assert values == ['["Romania","United Kingdom"]', '["Poland"]', None]


def test_map_and_extract_are_of_each_nationality() -> None:
    spec = {"from": ["One", "Two"], "extract": r"\((..)\)", "map": {"GB": "GBR", "RO": "ROU"}, "codes": "iso_alpha3"}
    assert column("nationalities", spec, One=["British (GB)"], Two=["Romanian (RO)"]) == ['["GBR","ROU"]']


# Control characters that Python strips and polars does not, and NUL, which the loader refuses, are left out.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\x1c\x1d\x1e\x1f"), max_size=8)


@settings(max_examples=300)
@given(st.lists(TEXTS, max_size=5))
@example(['"', "\\", '\\"', "\\u0041", "\x01\x7f\u2028", "]", ","])
def test_any_texts_are_a_list_that_json_reads_back(texts: list[str]) -> None:
    (value,) = column("nationalities", {"codes": "country_name"}, From=[VALUE_SEPARATOR.join(texts)])
    assert json.loads(value or "[]") == [text.strip() for text in texts if text.strip()]


# Records

FLAT = {
    "files": "*",
    "format": DELIMITED,
    "crime": {"columns": {"crime_ref": "Ref", "outcome_code": "Outcome"}},
    "involvement": {"columns": {"person_ref": "Person"}},
}
NESTED = {
    "files": "*",
    "format": {"type": "xml", "row": "Crime"},
    "crime": {"columns": {"crime_ref": "@urn"}},
    "involvement": {"each": "Person", "columns": {"person_ref": "@id"}},
}
PEOPLE = {"files": "*", "format": DELIMITED, "involvement": {"columns": {"crime_ref": "Ref"}}}


def flat(*rows: tuple[str | None, str | None, str | None]) -> dict[RecordKind, pl.DataFrame]:
    ref, outcome, person = (list(values) for values in zip(*rows, strict=True))
    return mapped(FLAT, flat=text_frame({"Ref": ref, "Outcome": outcome, "Person": person}, range(2, len(rows) + 2)))


def nested(crimes: Values, people: list[tuple[str, int]]) -> dict[RecordKind, pl.DataFrame]:
    """Crimes by reference, and people as `(person, row number of their crime)`."""
    persons = text_frame({"@id": [person for person, _ in people]}, range(1, len(people) + 1))
    parents = pl.Series(CRIME_ROW_NUMBER, [parent for _, parent in people], dtype=pl.Int64())
    crime = text_frame({"@urn": crimes}, range(1, len(crimes) + 1))
    return mapped(NESTED, crime=crime, involvement=persons.with_columns(parents))


def test_a_flat_file_says_a_crime_once_for_its_people() -> None:
    frames = flat(("A", "1", "p"), ("A", "1", "q"), ("B", None, "r"), ("B", None, "s"))
    assert frames["crime"].select("row_number", "crime_ref", "outcome_code").rows() == [(2, "A", "1"), (4, "B", None)]
    assert frames["involvement"].select("row_number", "crime_ref", "person_ref").rows() == [
        (2, "A", "p"),
        (3, "A", "q"),
        (4, "B", "r"),
        (5, "B", "s"),
    ]


def test_a_flat_file_s_crimes_that_differ_are_all_kept() -> None:
    assert flat(("A", "1", "p"), ("A", "2", "q"), ("A", "1", "r"))["crime"]["row_number"].to_list() == [2, 3, 4]


def test_a_flat_file_s_crimes_without_reference_are_all_kept() -> None:
    assert flat((None, "1", "p"), (None, "1", "q"))["crime"]["row_number"].to_list() == [2, 3]


def test_a_flat_row_with_a_crime_and_nobody_has_no_person() -> None:
    frames = flat(("A", "1", None), ("B", "1", "p"))
    assert (frames["crime"].height, frames["involvement"]["row_number"].to_list()) == (2, [3])


def test_people_of_a_flat_file_are_joined_by_reference() -> None:
    assert flat(("A", "1", "p"))["involvement"]["crime_row_number"].to_list() == [None]


def test_people_in_a_file_of_their_own() -> None:
    people = mapped(PEOPLE, involvement=text_frame({"Ref": ["A", None, "A"]}, [2, 3, 4]))["involvement"]
    assert people.select("row_number", "crime_row_number", "crime_ref").rows() == [
        (2, None, "A"),
        (3, None, None),
        (4, None, "A"),
    ]


def test_nested_people_have_their_crime_s_reference_and_row() -> None:
    frames = nested(["A", "B", None], [("p", 1), ("q", 1), ("p", 3)])
    assert frames["crime"].select("row_number", "crime_ref").rows() == [(1, "A"), (2, "B"), (3, None)]
    assert frames["involvement"].select("row_number", "crime_row_number", "crime_ref", "person_ref").rows() == [
        (1, 1, "A", "p"),
        (2, 1, "A", "q"),
        (3, 3, None, "p"),
    ]


def test_nested_crimes_that_are_equal_are_all_kept() -> None:
    assert nested(["A", "A"], [])["crime"]["row_number"].to_list() == [1, 2]
