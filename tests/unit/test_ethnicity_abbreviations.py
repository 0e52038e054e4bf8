"""Labels of ethnicity with every word of them cut short, in every combination: each is read as it is meant."""

from collections.abc import Iterator
from itertools import product

import pytest
from ethnicities import self_defined

WORDS = {
    "White": ("White", "Wh", "Wht", "WHITE"),
    "Mixed": ("Mixed", "Mix", "Mxd"),
    "Asian": ("Asian", "Asn"),
    "Black": ("Black", "Blk", "Bl"),
    "Other": ("Other", "Oth", "Othr"),
    "British": ("British", "Brit", "Brit.", "Brt", "Br"),
    "English": ("English", "Eng", "Engl."),
    "Welsh": ("Welsh", "Wel", "Wlsh"),
    "Scottish": ("Scottish", "Scot", "Sco"),
    "N Irish": ("Northern Irish", "N. Irish", "NI", "N Ir", "NIrish"),
    "Irish": ("Irish", "Ir", "Irsh"),
    "Gypsy": ("Gypsy", "Gyp", "Gypsies"),
    "Traveller": ("Traveller", "Trav", "Traveler", "Trvlr"),
    "Indian": ("Indian", "Ind", "Indn"),
    "Pakistani": ("Pakistani", "Pak", "Pakist.", "P'stani"),
    "Bangladeshi": ("Bangladeshi", "Bang", "Bangla", "B'deshi", "Bangl"),
    "Chinese": ("Chinese", "Chin", "Chi"),
    "Caribbean": ("Caribbean", "Carib", "Carribean", "C'bean", "Caribb."),
    "African": ("African", "Afr", "Afri."),
    "Background": ("", "background", "bkgd", "b/g", "bgrd", "b'ground", "backgr'nd", "ethnic background"),
    "Any other": ("Any other", "Any oth", "Other", "Oth", "AO"),
    "European": ("European", "Eur", "Euro"),
    "And": (" and ", " & ", "/", "+", "&"),
    "Below": (" - ", ": ", "-", " / ", ", ", " "),
    "Beside": ("/", " or ", " / "),
}
"""A word or sign of the labels, and the ways in which it is written."""
LABELS = {
    "W1": (
        ("White", "Below", "British"),
        (
            "White",
            "Below",
            "English",
            "Beside",
            "Welsh",
            "Beside",
            "Scottish",
            "Beside",
            "N Irish",
            "Beside",
            "British",
        ),
    ),
    "W2": (("White", "Below", "Irish"),),
    "W3": (("White", "Below", "Gypsy", "Beside", "Irish", " ", "Traveller"),),
    "W9": (
        ("White", "Below", "Any other", " ", "White", " ", "Background"),
        ("White", "Below", "Any other", " ", "Background"),
        ("White", "Below", "Other", "/", "Mixed", " ", "European"),
    ),
    "M1": (("Mixed", "Below", "White", "And", "Black", " ", "Caribbean"),),
    "M2": (("Mixed", "Below", "White", "And", "Black", " ", "African"),),
    "M3": (("Mixed", "Below", "White", "And", "Asian"),),
    "M9": (("Mixed", "Below", "Any other", " ", "Background"),),
    "A9": (("Asian", "Beside", "Asian", " ", "British", "Below", "Any other", " ", "Background"),),
    "B9": (("Black", "Beside", "Black", " ", "British", "Below", "Any other", " ", "Background"),),
} | {
    code: (
        (group, "Below", name),
        (group, "Beside", group, " ", "British", "Below", name),
        (group, "-", name, "/", "British", " ", name),
    )
    for code, group, name in (
        *(("A1", "Asian", "Indian"), ("A2", "Asian", "Pakistani"), ("A3", "Asian", "Bangladeshi")),
        *(("A4", "Asian", "Chinese"), ("B1", "Black", "Caribbean"), ("B2", "Black", "African")),
    )
}
"""By the category that is meant."""
MANY = 4_000


def written(parts: tuple[str, ...]) -> Iterator[str]:
    """Every way in which the parts may be written; every so-and-so-many where there are too many of them."""
    ways = [*product(*(WORDS.get(part, (part,)) for part in parts))]
    step = len(ways) // MANY | 1
    return ("".join(way).strip() for way in ways[::step])


CASES = [(code, parts) for code, labels in LABELS.items() for parts in labels]


@pytest.mark.parametrize(("code", "parts"), CASES, ids=lambda item: item if isinstance(item, str) else "".join(item))
def test_a_label_cut_short_is_read_as_it_is_meant(code: str, parts: tuple[str, ...]) -> None:
    read = {text: self_defined(text) for text in written(parts)}
    assert len(read) >= 36
    assert {text: found for text, found in read.items() if found != code} == {}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("White - background not listed above", "W9"), ("Any other Asian background, not listed", "A9")),
        *(("Ethnic group not listed above", "O9"), ("Not listed", None), ("None of the above", None)),
        *(("Black-Mixed Black", "B9"), ("Mixed Black", None), ("Black/Mixed", None)),
        *(("White - Mixed White", "W9"), ("Mixed - White European", None), ("White-Oth/Mixed Euro", "W9")),
        *(("Mixed - other White European", None), ("Other ethnic group including Arab", "O"), ("Arab or other", "O")),
        *(("Asian (excluding Chinese)", "A"), ("Other Asian including Chinese", "A"), ("White-Oth Yugoslavia", "W9")),
        *(("Mixed: Indian and Black Caribbean", "M9"), ("Mixed - Caribbean and Asian", "M9"), ("Black Arab", None)),
        *(("White and Any Other Ethnic Group", "M9"), ("Asian and Black", "M9"), ("Black and Asian", None)),
        *(
            ("W & Black Caribbean", "M1"),
            ("W & BA", "M2"),
            ("Black Caribbean W.I.", "B1"),
            ("W.I. Black Caribbean", "B1"),
        ),
        *(("Self-defined ethnicity: Indian", "A1"), ("SDE - White British", "W1"), ("Race: Arabs", "O2")),
    ],
)
def test_what_stands_for_another_category_of_its_group_or_for_two(value: str, code: str | None) -> None:
    assert self_defined(value) == code


@pytest.mark.parametrize("code", ["IR", "BR", "AO", "AOB", "Bangla", "BO", "WO", "C2", "CX", "B3", "MABL"])
def test_what_is_cut_as_short_as_a_code_is_not_read_alone(code: str) -> None:
    assert self_defined(code) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("B3 - Black Other", "B9"), ("A5: Chinese", "A4"), ("M7 Mixed Other", "M9"), ("M7 Other", "M9")),
        *(("B3 Other", "B9"), ("W5 - White Other", None), ("A1 - Pakistani", None)),
        *(("MABL - Asian and Black", "M9"), ("WENG - White English", "W1"), ("MABL - Pakistani", None)),
    ],
)
def test_a_number_that_no_list_has_is_borne_out_by_the_letter_of_its_group(value: str, code: str | None) -> None:
    assert self_defined(value) == code


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        *(("No data: Refused", "REFUSED"), ("No data: Undeclared or not known", "UNK"), ("No data", "MISSING")),
        *(("Not Stated (Not Requested)", "NS"), ("Not Known (Not Requested)", "UNK"), ("Blanks", "MISSING")),
        *(("Not stated (client unable to choose)", "NS"), ("Invalid and not mapped", "UNK"), ("Incomplete", "MISSING")),
        *(
            ("Not recorded (NR)", "MISSING"),
            ("Please select", "MISSING"),
            ("Pref. not to say", "REFUSED"),
            ("N/S", "NS"),
        ),
        *(("Question not asked", "NS"), ("Unable to ascertain", "UNK"), ("Would not say", "REFUSED")),
        *(("Nas datganwyd", "NS"), ("Gwrthod dweud", "REFUSED"), ("Ddim yn siŵr", "UNK"), ("Gwag", "MISSING")),
    ],
)
def test_an_answer_with_its_reason_is_one_of_four_facts(value: str, answer: str) -> None:
    assert self_defined(value) == answer
