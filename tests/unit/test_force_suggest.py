"""What `csae force suggest` rests on: code sets, what may be shown, changes to a YAML, bounds."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampleshire import PATH, YAML

from csae.code_sets import CodeSets, may_be_shown, normalised_form
from csae.sources.documents import parse_document
from csae.sources.edits import add_codes, add_ignored_columns, diff, quoted, rename, set_crime_bounds
from csae.suggesting import propose_bounds

PEOPLE_COLUMN = ("layouts", 0, "extracts", "people", "involvement", "columns")


# Code sets


@pytest.mark.parametrize(
    ("column", "value", "scheme", "expected"),
    [
        ("self_defined_ethnicity", "O1", "self_defined_2001", "A4"),
        ("self_defined_ethnicity", "O1", "self_defined_2021", "O2"),
        ("self_defined_ethnicity", "O1", None, None),
        ("self_defined_ethnicity", "Pakistani", "self_defined_2021", "A2"),
        ("nationalities", "Côte d'Ivoire", "country_name", "CIV"),
        ("home_office_code", "20/5", None, "020/05"),
        ("home_office_code", "02005", None, "020/05"),
        ("home_office_code", "020/99", None, None),
        ("outcome_code", "01", None, "1"),
        ("outcome_code", "99", None, None),
        ("transfer_force", "14", None, "14"),
        ("transfer_force", "02", None, "01"),
        ("transfer_force", "00", None, None),
    ],
)
def test_a_value_is_decoded_by_its_code_set_alone(
    codes: CodeSets, column: str, value: str, scheme: str | None, expected: str | None
) -> None:
    assert codes.decode(column, value, scheme) == expected


def test_a_source_s_own_code_comes_first(codes: CodeSets) -> None:
    assert codes.decode("self_defined_ethnicity", "O1", "self_defined_2021", {"o1": "A4"}) == "A4"


@pytest.mark.parametrize(
    ("column", "value", "scheme", "expected"),
    [
        ("self_defined_ethnicity", "A2 - Pakistani", "self_defined_2021", ("A2", 100)),
        ("nationalities", "Romannien", "nationality_demonym", ("ROU", 88)),
        ("nationalities", "GBR", "country_name", ("GBR", 60)),
        ("transfer_force", "Greater Manchiter", None, ("06", 91)),
    ],
)
def test_a_suggestion_says_how_alike_it_is(
    codes: CodeSets, column: str, value: str, scheme: str | None, expected: tuple[str, int]
) -> None:
    found = codes.suggest(column, value, scheme)
    assert found is not None
    assert (found.code, found.score) == expected


@pytest.mark.parametrize(
    ("column", "value"), [("transfer_force", "S Yorkshire"), ("outcome_code", "9x"), ("nationalities", "Zzyzx")]
)
def test_nothing_is_suggested_where_two_are_as_likely_or_none_is(codes: CodeSets, column: str, value: str) -> None:
    assert codes.suggest(column, value, "nationality_demonym" if column == "nationalities" else None) is None


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    form = normalised_form(text)
    assert normalised_form(form) == form
    assert set(form) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")


@pytest.mark.parametrize(
    ("value", "rows", "shown"),
    [("XYZ", 1, True), ("W1 / 2", 1, True), ("Smith", 9, False), ("Smith", 10, True), ("A1-long-one", 9, False)],
)
def test_a_value_is_shown_when_it_looks_like_a_code_or_is_common(value: str, rows: int, shown: bool) -> None:
    assert may_be_shown(value, rows) is shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Assault of a girl", True), ("Rape by Examplename", False), ("Examplename", False), ("C7", True)],
)
def test_a_title_is_shown_by_its_words_however_often_it_is_written(codes: CodeSets, title: str, shown: bool) -> None:
    assert [codes.may_be_shown("offence_title", title, rows) for rows in (1, 999)] == [shown] * 2


# Changes to a YAML


def edited(text: str, function: Any, *arguments: Any) -> list[str]:
    """The lines that the edit takes out and puts in."""
    after = function(parse_document(PATH, text), text, *arguments)
    assert after is not None
    return [line for line in diff(text, after, PATH).splitlines()[2:] if line[0] in "+-"]


def test_a_renamed_column_changes_one_line_and_leaves_its_layout() -> None:
    columns = [(*PEOPLE_COLUMN, "date_of_birth")]
    assert edited(YAML, rename, "DOB", "Date of birth", columns) == [
        "-            date_of_birth:          {from: DOB, date: dd/mm/yyyy}",
        "+            date_of_birth:          {from: Date of birth, date: dd/mm/yyyy}",
    ]


def test_a_renamed_column_that_several_come_from_changes_each_of_them() -> None:
    crime = ("layouts", 0, "extracts", "crimes", "crime", "columns")
    columns = [(*crime, "transfer_direction"), (*crime, "transfer_force")]
    found = edited(YAML, rename, "TransferForce", "Transfer: to", columns)
    assert [line[0] for line in found] == ["-", "-", "+", "+"]
    assert all('{from: "Transfer: to", extract: ' in line for line in found[2:])


def test_codes_go_into_the_block_that_is_there_or_into_a_new_one() -> None:
    assert edited(YAML, add_codes, "self_defined_2021", {"X9": "A9", "W4": "W4"}) == [
        "-  self_defined_2021: {O2: O2, W4: W4}",
        "+  self_defined_2021: {O2: O2, W4: W4, X9: A9}",
    ]
    assert edited(YAML, add_codes, "nationality_demonym", {"Brit: ish": "GBR"}) == [
        '+  nationality_demonym: {"Brit: ish": GBR}'
    ]
    without = YAML.replace("codes:\n", "").replace("  self_defined_2021: {O2: O2, W4: W4}\n", "")
    assert edited(without, add_codes, "iso_alpha3", {"UKX": "GBR"}) == ["+codes:", "+  iso_alpha3: {UKX: GBR}"]


def test_bounds_are_replaced_or_added() -> None:
    assert edited(YAML, set_crime_bounds, 20, 900) == [
        "-  crimes: {min: 1, max: 5000}",
        "+  crimes: {min: 20, max: 900}",
    ]
    without = YAML.replace("bounds:\n  crimes: {min: 1, max: 5000}\n", "")
    assert edited(without, set_crime_bounds, 20, 900) == ["+bounds:", "+  crimes: {min: 20, max: 900}"]


def test_ignored_columns_are_added_below_the_files_or_to_those_there() -> None:
    extract = ("layouts", 0, "extracts", "people")
    assert edited(YAML, add_ignored_columns, extract, ["Shoe size", "a,b"]) == [
        '+        ignored_columns: [Shoe size, "a,b"]'
    ]
    there = YAML.replace(
        "        files: NOMINAL_*.csv\n", "        files: x*\n        ignored_columns:\n          - One\n"
    )
    assert edited(there, add_ignored_columns, extract, ["One", "Two"]) == ["+          - Two"]


def test_a_yaml_that_cannot_be_changed_line_by_line_is_left_alone() -> None:
    text = YAML.replace("  crimes: {min: 1, max: 5000}", "  crimes:\n    min: 1\n    max: 5000")
    assert set_crime_bounds(parse_document(PATH, text), text, 20, 900) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.isprintable))
def test_a_quoted_name_reads_back_as_it_was(name: str) -> None:
    data = parse_document(Path("x.yml"), f"a: {{from: {quoted(name)}, b: [{quoted(name)}]}}\n").data
    assert data == {"a": {"from": name, "b": [name]}}


# Bounds


@pytest.mark.parametrize(
    ("counts", "minimum", "expected"),
    [
        ([60, 50, 70], 1, (25, 140, 3, 0, False)),
        ([1250, 60, 50, 70], 1, (25, 140, 3, 1, False)),
        ([60, 50, 70], 40, (40, 140, 3, 0, True)),
        ([1234, 1500, 1999], 10, (610, 4000, 3, 0, False)),
        ([0, 0, 0], 0, (0, 1, 3, 0, False)),
    ],
)
def test_bounds_rest_on_usual_deliveries_and_never_fall(
    counts: list[int], minimum: int, expected: tuple[int, int, int, int, bool]
) -> None:
    found = propose_bounds(counts, minimum)
    assert found is not None
    assert (found.minimum, found.maximum, found.deliveries, found.left_out, found.kept_minimum) == expected


def test_two_deliveries_are_too_few_for_bounds() -> None:
    assert propose_bounds([60, 50], 1) is None


@given(st.lists(st.integers(0, 10**7), min_size=3), st.integers(0, 10**7))
def test_a_bound_never_lets_less_through_than_stands(counts: list[int], minimum: int) -> None:
    found = propose_bounds(counts, minimum)
    assert found is not None
    assert minimum <= found.minimum <= found.maximum
