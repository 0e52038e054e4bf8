"""How ethnicity is written in words: by what they name, a group where they name no more, never a nationality."""

import pytest
from coded import CODES, DEMONYMS
from ethnicities import AS_OBSERVED, COLUMNS, LABELS, SELF_DEFINED, observed, rule, self_defined

DETAILED = {*LABELS} - {"NS"}


@pytest.mark.parametrize("code", sorted(DETAILED))
@pytest.mark.parametrize("form", ["{}", "{} background", "{} ethnic group"])
def test_a_label_means_its_code(code: str, form: str) -> None:
    assert self_defined(form.format(LABELS[code])) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        # Censuses of 2001, 2011 and 2021
        ("White - British", "W1"),
        ("English/Welsh/Scottish/Northern Irish/British", "W1"),
        ("White: English, Welsh, Scottish, Northern Irish or British", "W1"),
        ("Irish", "W2"),
        ("White: Other White", "W9"),
        ("Mixed or Multiple ethnic groups: White and Black African", "M2"),
        ("Mixed or Multiple ethnic groups: Other Mixed or Multiple ethnic groups", "M9"),
        ("Asian, Asian British or Asian Welsh: Bangladeshi", "A3"),
        ("Asian or Asian British - Any other Asian background", "A9"),
        ("Chinese or other ethnic group - Chinese", "A4"),
        ("Chinese or other ethnic group - Any other", "O9"),
        ("Black, Black British, Black Welsh, Caribbean or African: Caribbean", "B1"),
        ("Black, Black British, Black Welsh, Caribbean or African: African", "B2"),
        ("Black, Black British, Black Welsh, Caribbean or African: Other Black", "B9"),
        ("Other ethnic group: Arab", "O2"),
        ("Other ethnic group: Any other ethnic group", "O9"),
        # data.police.uk
        ("White - English/Welsh/Scottish/Northern Irish/British", "W1"),
        ("Black/African/Caribbean/Black British - Any other Black/African/Caribbean background", "B9"),
        ("Black/African/Caribbean/Black British - African", "B2"),
        ("Mixed/Multiple ethnic groups - White and Black Caribbean", "M1"),
        # Abbreviated, misspelt and in capitals
        ("Asian/Asian British: Any other backgr'nd", "A9"),
        ("ANY OTHER WHITE BKGD", "W9"),
        ("Mixed : White and Black Carribean", "M1"),
        ("MIXED - W&B CARIB", "M1"),
        ("W & B African", "M2"),
        ("White: Eng./Welsh/Scot./N.Irish/British", "W1"),
        ("White_British", "W1"),
        ("OTHER ASIAN", "A9"),
        ("Black Oth", "B9"),
        ("Traveller of Irish Heritage", "W3"),
        ("Any other ethic group", "O9"),
        # With a place in a list, its code or the census it is of
        ("10. Pakistani", "A2"),
        ("3 - White and Asian", "M3"),
        ("Asian or Asian British - Indian (A1)", "A1"),
        ("M - Black or Black British - Caribbean", "B1"),
        ("White Irish - ethnic category 2001 census", "W2"),
        # Welsh
        ("Gwyn Prydeinig", "W1"),
        ("Gwyn: Cymreig, Seisnig, Albanaidd, Gwyddelig Gogledd Iwerddon neu Brydeinig", "W1"),
        ("Sipsi neu Deithiwr Gwyddelig", "W3"),
        ("Gwyn a Du Caribïaidd", "M1"),
        ("Gwyn ac Asiaidd", "M3"),
        ("Pacistanaidd", "A2"),
        ("Du, Du Cymreig, Du Prydeinig, Caribïaidd neu Affricanaidd: Affricanaidd", "B2"),
        ("Unrhyw grŵp ethnig arall", "O9"),
    ],
)
def test_wordings_met_in_practice(value: str, code: str) -> None:
    assert self_defined(value) == code
    assert observed(value) == code[0]


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("W", ["White", "WHITE", "Gwyn", "White background", "White ethnic group"]),
        ("M", ["Mixed", "Mixed / Multiple ethnic groups", "White and Black", "Dual heritage", "Cymysg"]),
        ("A", ["Asian", "Asian or Asian British", "Asian British", "South Asian", "Asiaidd"]),
        ("B", ["Black", "Black or Black British", "Black/African/Caribbean/Black British", "Afro-Caribbean", "Du"]),
        ("O", ["Other", "Other ethnic group", "Other (please specify)", "Another ethnic group", "Grŵp ethnig arall"]),
    ],
)
def test_a_group_stays_a_group(group: str, values: list[str]) -> None:
    assert [self_defined(value) for value in values] == [group] * 5
    assert [observed(value) for value in values] == [group] * 5


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ("NS", ["Not stated", "NOT STATED", "Heb ei nodi", "Not provided", "No answer"]),
        ("REFUSED", ["Refused", "Prefer not to say", "Declined to answer", "Do not wish to disclose", "Gwrthodwyd"]),
        ("UNK", ["Unknown", "Not known", "N/K", "Don't know", "Anhysbys"]),
        ("MISSING", ["Not recorded", "Missing", "N/A", "#N/A", "NULL"]),
    ],
)
def test_not_stated_refused_unknown_and_missing_are_four_facts(answer: str, values: list[str]) -> None:
    assert [self_defined(value) for value in values] == [answer] * 5
    assert [observed(value) for value in values] == [AS_OBSERVED[answer]] * 5


@pytest.mark.parametrize(
    "head",
    [
        *("White", "Mixed", "Asian", "Black", "Other", "Other ethnic group", "Chinese or other ethnic group"),
        *("Asian or Asian British", "Black or Black British", "Mixed/Multiple ethnic groups"),
        *("Asian/Asian British", "Black/African/Caribbean/Black British"),
    ],
)
@pytest.mark.parametrize("sign", [" - ", ": ", "/"])
def test_not_stated_behind_a_group_is_not_stated(head: str, sign: str) -> None:
    assert self_defined(f"{head}{sign}Not stated") == "NS"


AMBIGUOUS = [
    *("BAME", "BME", "Non-White", "Black and minority ethnic", "Ethnic minority"),
    *("Chinese or other", "Chinese or other ethnic group", "Chinese/Other", "Chinese or any other ethnic group"),
    *(
        "White or Asian",
        "Black and Asian",
        "White British and other",
        "Indian / other",
    ),
    *("British", "English", "Welsh", "Cymreig", "Not known / prefer not to say", "Unknown/Not stated"),
]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("value", AMBIGUOUS)
def test_what_can_mean_two_things_is_signalled(value: str, column: str) -> None:
    assert (CODES.decode(column, value), rule(column, value)) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("W", ["Gypsy/Roma", "Gypsy/Romany", "Gypsy, Roma and Traveller", "Romany Gypsy", "White British / Irish"]),
        ("A", ["Pakistani and Bangladeshi", "Pakistani/Bangladeshi", "Indian, Pakistani or Bangladeshi"]),
    ],
)
def test_two_categories_of_one_group_are_the_group(group: str, values: list[str]) -> None:
    assert {self_defined(value) for value in values} == {observed(value) for value in values} == {group}


@pytest.mark.parametrize("value", ["Middle Eastern", "North African", "Arab or North African"])
def test_what_an_officer_sees_may_be_ambiguous_for_a_person(value: str) -> None:
    assert observed(value) == "O"
    assert (self_defined(value), rule(SELF_DEFINED, value)) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("value", "group"),
    [
        ("IC1 - White - North European", "W"),
        ("IC2 White South European", "W"),
        ("IC3 - African Caribbean", "B"),
        ("IC5 - Chinese/Japanese/SE Asian", "A"),
        ("CHINESE/SE ASIAN", "A"),
        ("IC6 - Arabic", "O"),
        ("Arab/North African", "O"),
        ("Dark European", "W"),
        ("Gwyn - De Ewrop", "W"),
        ("Tsieineaidd neu De-ddwyrain Asia", "A"),
        ("White British", "W"),
        ("Pakistani", "A"),
        ("Roma", "W"),
        ("Not stated", "UNK"),
    ],
)
def test_what_an_officer_sees_is_a_group_at_most(value: str, group: str) -> None:
    assert observed(value) == group


# A nationality says no ethnicity


def test_only_categories_of_the_code_set_decode_among_nationalities() -> None:
    names = {name.strip() for row in DEMONYMS for name in row["citizen_names"].split(",")}
    assert len(names) > 190
    decoded = {name: code for name in names if (code := self_defined(name))}
    assert decoded == {"Irish": "W2", "Indian": "A1", "Pakistani": "A2", "Bangladeshi": "A3", "Chinese": "A4"}


@pytest.mark.parametrize("value", ["Polish", "Somali", "Romanian", "Pakistan", "Nigerian", "Iraqi"])
def test_a_nationality_is_not_decoded(value: str) -> None:
    assert self_defined(value) is observed(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("White - Polish", "W9"), ("White: Italian", "W9"), ("White Eastern European", "W9")),
        *(("White - Turkish Cypriot", "W9"), ("Any other White background: Romanian", "W9"), ("White - Martian", None)),
        *(("Asian - Sri Lankan", "A9"), ("Asian Afghan", "A9"), ("Other Asian - Nepalese", "A9")),
        *(("Black - Somali", "B2"), ("Black British: Jamaican", "B1"), ("Any other Black background - Somali", "B9")),
        *(("Arab Iraqi", "O2"), ("Other ethnic group: Kurdish", "O9"), ("Asian - Punjabi", "A"), ("White Jewish", "W")),
    ],
)
def test_a_write_in_below_a_heading_is_what_the_standard_codes_it_as(value: str, code: str | None) -> None:
    """Only below the heading, which the label itself says: `Polish` alone says nothing of ethnicity."""
    assert (self_defined(value), observed(value)) == (code, code and code[0])
