"""How immigration status is written: one of three words, or not recorded, never a guess."""

import pytest
from coded import CODES, SEEDS, rows
from nationalities import WORDINGS

from csae.code_sets import normalised_form

IMMIGRATION = rows(SEEDS / "immigration_status_wording.csv")


def immigration(value: str) -> str | None:
    return CODES.decode("immigration_status", value)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        *(("Asylum seeker", "asylum_seeker"), ("asylum-seeker", "asylum_seeker"), ("Seeking asylum", "asylum_seeker")),
        *(
            ("Refugee", "refugee"),
            ("REFUGEE STATUS", "refugee"),
            ("None", "none"),
            ("N/A", "none"),
            ("Neither", "none"),
            ("Not recorded", "not_recorded"),
            ("Unknown", "not_recorded"),
        ),
    ],
)
def test_an_immigration_status_is_one_of_three_words_or_not_recorded(value: str, status: str) -> None:
    assert immigration(value) == status


@pytest.mark.parametrize(
    "value",
    [
        *(
            "British citizen",
            "British",
            "Visa overstayer",
            "Humanitarian protection",
            "Failed asylum seeker",
        ),
        *("Asylum refused", "Refugee status refused", "Not a refugee", "Indefinite leave to remain", "Asylum", "No"),
        *("Stateless", "EU settled status", "Former asylum seeker"),
    ],
)
def test_any_other_immigration_status_is_unmapped(value: str) -> None:
    assert immigration(value) is None


def test_no_nationality_is_an_immigration_status() -> None:
    named = {row["wording"] for row in WORDINGS if row["scheme"]}
    assert {form for form in named if immigration(form)} == set()


def test_every_immigration_wording_is_in_the_normal_form_and_says_one_of_four() -> None:
    assert [normalised_form(row["wording"]) for row in IMMIGRATION] == [row["wording"] for row in IMMIGRATION]
    assert {row["immigration_status"] for row in IMMIGRATION} == {"asylum_seeker", "refugee", "none", "not_recorded"}
