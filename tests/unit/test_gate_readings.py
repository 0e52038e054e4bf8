"""What the gate makes of a coded value, and from which share of undecoded ones on it rejects."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae import gate_readings
from csae.code_sets import read_code_sets
from csae.gates import Share, Undecoded, broken_bounds
from csae.settings import PROJECT_DIR
from csae.sources.expectations import BoundsByKind

CODES = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
COUNTED = {"crimes": Share(100, 0), "people": Share(100, 0)}
DECODED, UNDECODED = ("GBR", "British", "POL"), ("Zqx", "Congo", "Z1")


def rule(text: str) -> tuple[str, bool] | None:
    found = gate_readings.read(CODES, "nationalities", text, "iso_alpha3", {})
    return found and (found.rule.name, found.rule.is_decoded)


@pytest.mark.parametrize("text", ["GBR", "[", "{}", '{"GBR": 1}', "[1]", "[null]", '[["GBR"]]', "[]"])
def test_what_is_no_list_of_texts_is_not_read(text: str) -> None:
    assert rule(text) is None


@given(st.lists(st.sampled_from(DECODED + UNDECODED), min_size=1))
def test_a_list_is_decoded_where_each_of_its_values_is(values: list[str]) -> None:
    found = rule(json.dumps(values))
    assert found is not None
    assert found[1] is not any(value in UNDECODED for value in values)


def test_other_columns_are_read_whole() -> None:
    found = gate_readings.read(CODES, "self_defined_ethnicity", "X1", "self_defined_2021", {"X1": "W9"})
    assert found is not None
    assert (found.code, found.rule.name) == ("W9", "own_code")


@pytest.mark.parametrize(
    ("bounds", "coded", "broken"),
    [
        ({}, {}, []),
        ({}, {"observed_ethnicity": Undecoded(30, 15)}, []),
        ({}, {"observed_ethnicity": Undecoded(30, 16)}, ["observed_ethnicity"]),
        ({}, {"observed_ethnicity": Undecoded(29, 29)}, []),
        ({}, {"observed_ethnicity": Undecoded(99, 99), "self_defined_ethnicity": Undecoded(99, 99)}, ["observed"]),
        ({}, {"observed_ethnicity": Undecoded(29, 29), "self_defined_ethnicity": Undecoded(99, 99)}, ["self_defined"]),
        ({"max_undecoded_share": 1}, {"observed_ethnicity": Undecoded(99, 99)}, []),
        ({"max_undecoded_share": 0}, {"observed_ethnicity": Undecoded(99, 1)}, ["1 of the 99 values"]),
    ],
)
def test_a_load_is_rejected_once_where_more_is_undecoded_than_its_bound_allows(
    bounds: dict[str, float], coded: dict[str, Undecoded], broken: list[str]
) -> None:
    found = list(broken_bounds(BoundsByKind.model_validate(bounds), COUNTED, coded, 7))
    assert [(item.rule, item.rejects) for item in found] == [("too_many_undecoded", True)] * len(broken)
    assert all(words in item.message for item, words in zip(found, broken, strict=True))
    assert all("See csae load report 7, and mend" in item.message for item in found)
