"""What is suggested for a code that only other versions than the declared one have."""

from pathlib import Path

from csae.code_sets import read_code_sets
from csae.code_sets.suggesting import suggest

_SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


def _suggested(value: str) -> str | None:
    ethnicity = read_code_sets(_SEEDS).seeds.sets["self_defined_ethnicity"]
    found = suggest(ethnicity, value, "self_defined_2001")
    return f"{found.code}: {found.evidence}" if found else None


def test_all_versions_that_have_the_code_are_named() -> None:
    assert _suggested("A4") == (
        "A4: a code of prison_and_probation, self_defined_2011, self_defined_2021; is 'codes' right?"
    )


def test_a_code_that_the_other_versions_differ_on_is_not_suggested() -> None:
    assert _suggested("W4") is None
