"""What the YAML's functions and the code sets made of a record, column by column."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from csae.code_sets import read_code_sets
from csae.settings import PROJECT_DIR
from csae.sources import load_sources
from csae.sources.columns import RecordKind
from csae.tracing.coding import Decoder, TracedColumn

SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)


def traced(source: str, kind: RecordKind, extract: str, values: Mapping[str, str | None]) -> dict[str, TracedColumn]:
    """By a layout of force `source`, before a build."""
    spec = load_sources(PROJECT_DIR / "forces", source)[source].spec
    decoder = Decoder(CODES, SEEDS, spec, spec.layouts[-1], is_built=False)
    return {item.column: item for item in decoder.columns(cast(Any, None), kind, extract, values)}


def told(column: TracedColumn) -> list[str]:
    return ["; ".join(f"{step.function} {step.says}" for step in way) for way in column.ways]


def test_a_value_of_a_map_names_the_keys_that_lead_to_it() -> None:
    column = traced("06", "crime", "crimes", {"is_online": "true"})["is_online"]
    assert told(column) == ["from OnlineYN; map yes_no: Y, Yes, YES -> true"]
    assert [value.value for value in column.values] == ["true"]


def test_a_value_that_no_map_knows_is_as_it_stood_and_not_shown() -> None:
    column = traced("06", "crime", "crimes", {"is_online": "Zqxname"})["is_online"]
    assert told(column) == ["from OnlineYN; map yes_no: none of its 6 entries leads here, so the value is as it stood"]
    assert [value.value for value in column.values] == ["[not shown]"]


def test_a_coded_value_is_decoded_by_its_version_and_the_rule_is_told() -> None:
    column = traced("06", "involvement", "people", {"self_defined_ethnicity": "W1"})["self_defined_ethnicity"]
    assert told(column) == [
        "from SelfDefinedEthnicity; split ' - '; take first; codes self_defined_2021, with 2 codes of the source's own"
    ]
    (value,) = column.values
    assert (value.value, value.code, value.label) == ("W1", "W1", "White British")
    assert (value.rule, value.scheme, value.confidence) == ("code", "self_defined_2021", 100)


def test_each_of_several_nationalities_is_told_by_itself() -> None:
    values = {"nationalities": '["Romanian","Zqxname"]'}
    romanian, unknown = traced("06", "involvement", "people", values)["nationalities"].values
    assert (romanian.value, romanian.code, romanian.rule) == ("Romanian", "ROU", "code")
    assert (unknown.value, unknown.code, unknown.rule) == ("[not shown]", None, "not_known")


@pytest.mark.parametrize(
    ("value", "shown"), [("2026-09-01", "2026-09-01"), ("Zqx, 1 May", "[not shown]"), (None, None)]
)
def test_a_date_is_shown_and_other_text_in_its_place_is_not(value: str | None, shown: str | None) -> None:
    column = traced("06", "crime", "crimes", {"recorded_on": value})["recorded_on"]
    assert told(column) == ["from DateRecorded; date dd/mm/yyyy"]
    assert [item.value for item in column.values] == [shown] * (shown is not None)


@pytest.mark.parametrize(
    ("kind", "extract", "column"),
    [
        ("involvement", "people", "sex"),
        ("involvement", "people", "role"),
        ("crime", "crimes", "record_status"),
        ("case_review", "reviews", "reason_closed"),
    ],
)
def test_a_date_in_a_column_that_is_not_for_dates_may_be_one_of_birth_and_is_not_shown(
    kind: RecordKind, extract: str, column: str
) -> None:
    found = traced("06", kind, extract, {column: "2016-04-13"})[column]
    assert [item.value for item in found.values] == ["[not shown]"]


@pytest.mark.parametrize(("column", "value"), [("sex", "F"), ("record_status", "cancelled"), ("role", "victim")])
def test_a_value_that_the_column_is_for_is_shown(column: str, value: str) -> None:
    kind: RecordKind = "crime" if column == "record_status" else "involvement"
    found = traced("06", kind, "crimes" if kind == "crime" else "people", {column: value})[column]
    assert [item.value for item in found.values] == [value]


def test_a_column_that_the_yaml_does_not_have_is_only_there_with_a_value() -> None:
    found = traced("06", "crime", "crimes", {"offence_title": None, "cjs_code": "SX03001"})
    assert [*found] == ["cjs_code"]
    assert found["cjs_code"].ways == ()


def test_of_suspects_and_victims_in_places_of_their_own_only_the_ones_own_steps_are_told() -> None:
    sources = load_sources(PROJECT_DIR / "forces")
    seen = 0
    for code, loaded in sources.items():
        for name, extract in loaded.spec.layouts[-1].extracts.items():
            roles = {record.columns["role"].value for kind, record in extract.records if kind == "involvement"}
            if roles != {"suspect", "victim"}:
                continue
            seen += 1
            for role in ("suspect", "victim"):
                ways = told(traced(code, "involvement", name, {"role": role})["role"])
                assert ways
                assert all(f"value {role}, the same for every record" in way for way in ways)
    assert seen > 0
