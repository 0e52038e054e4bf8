"""How ethnicity is written: a code by its version, a wording by what it names, a group where it names no more."""

import csv
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import normalised_form, read_code_sets
from csae.sources.columns import ALL_SCHEMES, SCHEMES

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)
SELF_DEFINED, OBSERVED = "self_defined_ethnicity", "observed_ethnicity"
COLUMNS = (SELF_DEFINED, OBSERVED)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


REFERENCE = rows(PROJECT / "tests" / "reference" / "ethnicity_codes.csv")
DEMONYMS = rows(PROJECT / "tests" / "reference" / "nationality_demonyms.csv")
WORDINGS = rows(SEEDS / "ethnicity_wording.csv")
SCHEME_CODES = rows(SEEDS / "ethnicity_scheme_code.csv")
LABELS = {row["ethnicity_code"]: row["label"] for row in rows(SEEDS / "ethnicity.csv")}
DETAILED = {*LABELS} - {"NS"}
GROUPS = {"W", "M", "A", "B", "O"}
NO_GROUP = {"NS", "REFUSED", "UNK", "MISSING"}
AS_OBSERVED = {row["answer"]: row["observed_answer"] for row in rows(SEEDS / "ethnicity_answer.csv")}
SAYS_NOTHING = ("background", "ethnic group", "ethnicity", "backgr'nd", "bkgd", "(please specify)")


def column_of(scheme: str) -> str:
    return OBSERVED if scheme.startswith("officer") else SELF_DEFINED


SELF_DEFINED_CODES = sorted({row["code"] for row in SCHEME_CODES if column_of(row["scheme"]) == SELF_DEFINED})


def self_defined(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode(SELF_DEFINED, value, scheme)


def observed(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode(OBSERVED, value, scheme)


def meaning(answer: str, column: str) -> str | None:
    """What a listed answer is in a column: an observation is a group at most."""
    if answer == "AMBIGUOUS":
        return None
    return answer if column == SELF_DEFINED else AS_OBSERVED[answer]


def misspelt(word: str) -> Iterator[str]:
    for at in range(len(word)):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before + after[:1] + letter + after[1:]
        yield from (before + other + after for other in "AEIKSZ")


def rule(column: str, value: str) -> str:
    return CODES.read(column, value).rule.name


# Codes


def test_the_reference_has_90_rows() -> None:
    assert len(REFERENCE) == 90


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: f"{row['scheme']}-{row['code']}")
def test_a_code_means_what_its_version_says(row: dict[str, str]) -> None:
    reading = CODES.read(column_of(row["scheme"]), row["code"], row["scheme"])
    assert (reading.code, reading.rule.name, reading.rule.confidence) == (row["harmonised_code"], "code", 100)


@pytest.mark.parametrize("form", ["IC{}", "IC {}", "ic{}", "IC-{}", "ic.{}"])
def test_an_identity_code_decodes_with_the_letters_before_it_in_every_set(form: str) -> None:
    digits = {row["code"]: row["harmonised_code"] for row in REFERENCE if row["scheme"] == "officer_observed_ic"}
    assert len(digits) == 8
    for scheme in (None, "officer_observed_ic", "officer_observed_label"):
        assert {digit: observed(form.format(digit), scheme) for digit in digits} == digits


@pytest.mark.parametrize("digit", "0123456789")
def test_a_digit_alone_is_no_identity_code(digit: str) -> None:
    assert observed(digit) is self_defined(digit) is None


@pytest.mark.parametrize(
    ("code", "by_2001", "by_2011", "by_2021", "by_probation"),
    [("O1", "A4", None, "O2", "A4"), ("W4", None, None, "W4", "W3"), ("O2", None, "O2", None, "O2")],
)
def test_codes_that_changed_their_meaning(
    code: str, by_2001: str | None, by_2011: str | None, by_2021: str | None, by_probation: str | None
) -> None:
    schemes = ("self_defined_2001", "self_defined_2011", "self_defined_2021", "prison_and_probation")
    assert [self_defined(code, scheme) for scheme in schemes] == [by_2001, by_2011, by_2021, by_probation]


def test_no_code_of_a_self_defined_set_decodes_without_its_version() -> None:
    assert len(SELF_DEFINED_CODES) == 30
    assert {code for code in SELF_DEFINED_CODES for column in COLUMNS if CODES.decode(column, code)} == set()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("O1 - Chinese", "A4"), ("O1 - Arab", "O2"), ("W4 - Roma", "W4"), ("W4 Gypsy or Irish Traveller", "W3")),
        *(("B1 - Black Caribbean", "B1"), ("Roma (W4)", "W4"), ("W9 - Any other White background", "W9")),
        # NHS data dictionary, and the school census
        *(
            ("N - Black African", "B2"),
            ("L: Other Asian", "A9"),
            ("British Pakistani (J)", "A2"),
            ("C White Irish", None),
        ),
        *(("WBRI - White British", "W1"), ("BOTH - Any other Black background", "B9"), ("WBRI", "W1"), ("BOTH", None)),
        *(("A - Asian", "A"), ("A - Asian - Indian", "A1"), ("U - Unknown", "UNK")),
        # Below the heading that the code says
        *(("W1 - British", "W1"), ("W9 - Other", "W9"), ("B9: Any other background", "B9"), ("O9 - Other", "O")),
        # Letters of the headings of the census
        *(("A - WHITE - Irish", "W2"), ("F - OTHER ETHNIC GROUP - Other", "O9"), ("D - AFRICAN - African", "B2")),
        *(("E - CARIBBEAN OR BLACK", "B"), ("B - MIXED - White and Asian", "M3"), ("C - ASIAN - Indian", "A1")),
        ("E - CARIBBEAN OR BLACK - Black, Black Scottish or Black British", "B"),
        ("E - CARIBBEAN OR BLACK - Caribbean, Caribbean Scottish or Caribbean British", "B1"),
        ("E - CARIBBEAN OR BLACK - Other Caribbean or Black background", "B9"),
    ],
)
def test_a_label_is_read_where_any_list_has_its_code_for_it(value: str, code: str | None) -> None:
    """The label is read and the code bears it out; it is no code of a version that no source declares."""
    assert self_defined(value) == code
    assert (rule(SELF_DEFINED, value) == "not_known") is (code is None)


@pytest.mark.parametrize(
    "value",
    [
        "O1 - Pakistani",
        "A1 - Pakistani",
        "W2 White British",
        "B - White British",
        "Z9 - Roma",
        "N - African",
        "E - African",
        "W2 - Other",
    ],
)
def test_a_label_with_a_code_that_no_list_has_for_it_is_not_read(value: str) -> None:
    assert self_defined(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("CA - English", "W1"), ("CD Cornish", "W1"), ("CE - Cypriot(part not stated)", "W9"), ("CP -Polish", "W9")),
        *(("CX - Mixed white", None), ("CL: Irish Traveller", "W3"), ("C3 - Other white, white unspecified", "W")),
        *(("GA - Black and Asian", "M9"), ("GC - Black and White", "M"), ("GF - Other Mixed, Mixed Unspecified", "M")),
        *(("LA - Mixed Asian", "A9"), ("LC - Kashmiri", "A"), ("LE - Sri Lanka", "A9"), ("LH - British Asian", "A")),
        *(("PA - Somali", "B2"), ("PD - Black British", "B"), ("SE - Any Other Group", "O9")),
        # Codes of other lists
        *(("CA - Asian", None), ("CA - Caribbean", None), ("LA - Chinese", None), ("PA - Pakistani", None)),
        *(("GA - Asian", None), ("SA - South Asian", None), ("SE Asian", "A")),
    ],
)
def test_a_code_of_the_nhs_with_two_letters_says_the_heading_of_what_stands_beside_it(
    value: str, code: str | None
) -> None:
    assert self_defined(value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("White - any other White b/g", "W9"), ("Asian/Asian Brit-any oth Asian b/g", "A9"), ("whit", "W")),
        *(("BANGLADESHI (ASIAN or ASIAN BR", "A3"), ("AFRICAN (BLACK or BLACK BRITIS", "B2")),
        *(("Black or Black British - Africa", "B2"), ("Supplied as NONE", "MISSING"), ("Unclassified", "UNK")),
        ("Information Not Obtained (Default)", "MISSING"),
        ("Other Asian or Asian unspecified - ethnic category 2001 census", "A"),
        *(("Caribbean or Black", "B"), ("Caribbean or Black British", "B"), ("Traveller", "W")),
        ("White - Showman / Showwoman", "W9"),
    ],
)
def test_what_is_cut_short_or_says_something_of_the_list(value: str, code: str) -> None:
    assert self_defined(value) == code


def test_no_code_of_a_label_decodes_alone() -> None:
    """But the identity codes, which say themselves what they are."""
    codes = {row["code"] for row in rows(SEEDS / "ethnicity_label_code.csv") if not row["code"].startswith("IC")}
    assert len(codes) > 20
    assert {code for code in codes for column in COLUMNS if CODES.decode(column, code)} == set()


@pytest.mark.parametrize(
    ("value", "scheme", "code", "by"),
    [
        ("O1 - Chinese", "self_defined_2001", "A4", "code_and_label"),
        ("O1 - Chinese", "self_defined_2021", None, "code_contradicts_label"),
        ("O1 - Arab", "self_defined_2021", "O2", "code_and_label"),
        ("W4 - Roma", "self_defined_2021", "W4", "code_and_label"),
        ("W4 - Roma", "prison_and_probation", None, "code_contradicts_label"),
        ("W1 - White:British", "self_defined_2011", "W1", "code_and_label"),
    ],
)
def test_a_code_and_its_label_must_agree(value: str, scheme: str, code: str | None, by: str) -> None:
    reading = CODES.read(SELF_DEFINED, value, scheme)
    assert (reading.code, reading.rule.name) == (code, by)


def test_why_no_ethnicity_is_stated_is_no_group() -> None:
    for scheme in ("self_defined_2001", "self_defined_2011", "self_defined_2021"):
        assert [self_defined(f"N{n}", scheme) for n in (1, 2, 3, 4)] == ["NS", "NS", "NS", "REFUSED"]


def test_every_code_set_that_a_yaml_may_name_is_described() -> None:
    sets = rows(SEEDS / "code_set.csv")
    assert {row["scheme"] for row in sets} == ALL_SCHEMES
    assert all(row["scheme"] in SCHEMES[row["column_name"]] for row in sets)
    assert all(bool(row["valid_from"]) == bool(row["sureness"]) for row in sets)


# Wordings


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


# With a letter wrong, or without blanks


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("White Britsih", "W1"), ("Any othr White backgrond", "W9"), ("Black Caribbaen", "B1")),
        *(
            ("WhiteBritish", "W1"),
            ("MixedWhiteAndBlackCaribbean", "M1"),
            ("notStated", "NS"),
            ("preferNotToSay", "REFUSED"),
        ),
        *(("White Martiann", None), ("Bngldeshi", None), ("Rom", None)),
    ],
)
def test_a_letter_wrong_and_blanks_left_out(value: str, code: str | None) -> None:
    assert self_defined(value) == code


def test_no_listed_word_with_a_letter_wrong_is_read_as_another() -> None:
    """Every word and every misspelling of it by a letter left out, doubled, changed or moved: its meaning or none."""
    spelling = CODES.seeds.sets[SELF_DEFINED].spelling
    assert spelling
    assert len(spelling.meanings) > 800
    tried = [(word, wrong) for word in spelling.meanings for wrong in misspelt(word) if wrong not in spelling.meanings]
    read = [(word, found) for word, wrong in tried if (found := spelling.corrected(wrong))]
    assert len(read) > 20_000
    assert {(word, found) for word, found in read if spelling.meanings[word] != spelling.meanings[found]} == set()


def test_groups_and_categories_are_never_mistaken_for_each_other_by_a_letter() -> None:
    labels = [*LABELS.items(), *zip("WMABO", ("White", "Mixed", "Asian", "Black", "Other"), strict=True)]
    wrong = [
        (text, found, code)
        for code, label in labels
        for text in misspelt(label.upper())
        if (found := self_defined(text)) not in {code, None}
    ]
    assert {(found, code) for _, found, code in wrong if (found or "")[:1] != code[:1]} == set()


# No two things


def test_no_wording_is_read_as_nothing_by_dbt() -> None:
    """A cell that is `null` in any capitals is no text to dbt: `(Null)` has the same normal form."""
    assert [row["wording"] for row in WORDINGS if row["wording"].strip().lower() in ("", "null")] == []


@pytest.mark.parametrize("row", WORDINGS, ids=lambda row: f"{row['wording']} {row['applies_to']}".strip())
def test_every_wording_means_what_is_listed(row: dict[str, str]) -> None:
    for column in [row["applies_to"]] if row["applies_to"] else COLUMNS:
        listed = row["harmonised_code"] if column == SELF_DEFINED else AS_OBSERVED.get(row["harmonised_code"])
        reading = CODES.read(column, row["wording"])
        assert reading.code == (None if row["harmonised_code"] == "AMBIGUOUS" else listed)
        assert reading.rule.name == ("ambiguous" if row["harmonised_code"] == "AMBIGUOUS" else "wording")


def test_words_of_two_meanings_decode_in_no_other_order() -> None:
    """Only headings that name the categories below them share their words with a label; in order they do not."""
    code_set = CODES.seeds.sets[SELF_DEFINED]
    meanings: dict[str, set[str]] = {}
    for item in code_set.wordings:
        if item.code != "AMBIGUOUS":
            meanings.setdefault(code_set.words(normalised_form(item.written)), set()).add(item.code)
    shared = {words: codes for words, codes in meanings.items() if len(codes) > 1}
    assert {frozenset(codes) for codes in shared.values()} == {
        frozenset({"B", "B1", "B2"}),
        *(frozenset(codes) for codes in (("B", "B1"), ("B", "B2"), ("B1", "B2"))),
        frozenset({"A4", "O9"}),
        frozenset({"W", "W1"}),
    }
    assert {code_set.by_words[words] for words in shared} == {"AMBIGUOUS"}


LISTED = rows(PROJECT / "tests" / "data" / "ethnicity_labels.csv")


def test_every_label_met_is_read_as_it_was_meant() -> None:
    """Of the census in three versions and two languages, PACE, police and prison lists."""
    columns = {"": (SELF_DEFINED, OBSERVED), SELF_DEFINED: (SELF_DEFINED,), OBSERVED: (OBSERVED,)}
    differing = [
        (row["wording"], column, found, meant)
        for row in LISTED
        for column in columns[row["applies_to"]]
        if (found := CODES.decode(column, row["wording"])) != (meant := meaning(row["harmonised_code"], column))
    ]
    assert (len(LISTED), differing) == (2081, [])


def test_every_heading_with_every_detail_is_read_as_the_detail() -> None:
    """Below `Other White` it is what the heading says."""
    headings, details = rows(SEEDS / "ethnicity_heading.csv"), rows(SEEDS / "ethnicity_detail.csv")
    listed = {CODES.seeds.sets[SELF_DEFINED].said(normalised_form(row["wording"])) for row in WORDINGS}
    pairs = [
        (f"{heading['heading']} - {detail['detail']}".title(), detail["harmonised_code"] if is_group else said)
        for heading in headings
        for detail in details
        if detail["ethnicity_group"] == heading["ethnicity_group"]
        and ((said := heading["harmonised_code"]) == heading["ethnicity_group"]) is (is_group := len(said) == 1)
        and (is_group or detail["is_write_in"] == "true")
        and (detail["is_write_in"] == "false" or heading["takes_write_ins"] == "true")
    ]
    read = [
        (label, self_defined(label), meant)
        for label, meant in pairs
        if CODES.seeds.sets[SELF_DEFINED].said(normalised_form(label)) not in listed
    ]
    assert len(read) > 4000
    assert [(label, code, meant) for label, code, meant in read if code != meant] == []


def test_what_is_built_is_in_words_that_stand_for_themselves() -> None:
    code_set = CODES.seeds.sets[SELF_DEFINED]
    assert len(code_set.built) > 5000
    assert [item.written for item in code_set.built if code_set.said(item.written) != item.written] == []


def test_a_label_with_a_word_that_is_not_listed_is_not_read() -> None:
    labels = [f"{row['heading']} {word}" for row in rows(SEEDS / "ethnicity_heading.csv") for word in ("Zzyzx", "not")]
    assert [label for label in labels if self_defined(label)] == []


def test_two_labels_of_different_groups_are_none_of_them() -> None:
    labels = [*LABELS.items(), *zip("WMABO", ("White", "Mixed", "Asian", "Black", "Other"), strict=True)]
    pairs = [(one, other) for (a, one), (b, other) in permutations(labels, 2) if a[0] != b[0]]
    decoded = [f"{one} or {other}" for one, other in pairs if self_defined(f"{one} or {other}")]
    assert (len(pairs), decoded) == (502, [])


def test_a_word_of_another_group_beside_one_makes_neither_of_them() -> None:
    """`Mixed Asian` may be of two groups: what two words say together is listed, built below a heading, or nothing."""
    groups = {
        **dict.fromkeys(("White", "European", "Irish", "Gypsy", "Roma"), "W"),
        **dict.fromkeys(("Asian", "Indian", "Pakistani", "Bangladeshi", "Chinese"), "A"),
        **dict.fromkeys(("Black", "Caribbean", "African", "Afro Caribbean"), "B"),
        **{"Mixed": "M", "Arab": "O"},
    }
    pairs = [(one, other) for one, other in permutations(groups, 2) if groups[one] != groups[other]]
    read = {f"{one}-{other}": code for one, other in pairs if (code := self_defined(f"{one}-{other}"))}
    assert {text for text, code in read.items() if code[0] != "M"} == {"Black-European", "European-Black"}


CLEAR = [row for row in WORDINGS if row["harmonised_code"] != "AMBIGUOUS"]
GROUP_ONLY = [row["wording"] for row in WORDINGS if row["harmonised_code"] in GROUPS and row["applies_to"] != OBSERVED]
MARKS = " -_.,;:/&()'"


@st.composite
def dressed(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """The same words with other capitals, marks, blanks and accents."""
    words = normalised_form(draw(texts)).split(" ")
    gap = st.text(MARKS, min_size=1, max_size=3)
    end = st.text(MARKS, max_size=2)
    text = draw(end) + "".join(word + draw(gap) for word in words[:-1]) + words[-1] + draw(end)
    return "".join(
        (letter.lower() if draw(st.booleans()) else letter)
        + draw(st.sampled_from(("", "", "\u0301"))) * letter.isalpha()
        for letter in text
    )


@given(st.sampled_from(WORDINGS).flatmap(lambda row: st.tuples(st.just(row), dressed(st.just(row["wording"])))))
def test_capitals_marks_blanks_and_accents_never_matter(drawn: tuple[dict[str, str], str]) -> None:
    row, text = drawn
    for column in [row["applies_to"]] if row["applies_to"] else COLUMNS:
        assert CODES.read(column, text) == CODES.read(column, row["wording"])


@given(dressed(st.sampled_from(SELF_DEFINED_CODES)))
def test_a_code_never_decodes_without_a_version(text: str) -> None:
    assert self_defined(text) is observed(text) is None


@given(dressed(st.sampled_from(GROUP_ONLY)), st.sampled_from(SAYS_NOTHING), st.booleans())
def test_a_group_never_becomes_a_category(text: str, nothing: str, is_before: bool) -> None:
    written = f"{nothing} {text}" if is_before else f"{text} {nothing}"
    assert self_defined(written) in {*GROUPS, None}


@given(st.one_of(st.text(max_size=40), dressed(st.sampled_from(CLEAR).map(lambda row: row["wording"]))), st.data())
def test_an_observation_is_never_a_category(text: str, data: st.DataObject) -> None:
    scheme = data.draw(st.sampled_from((None, "officer_observed_ic", "officer_observed_label")))
    assert observed(text, scheme) in {*GROUPS, "UNK", "MISSING", None}


@given(st.sampled_from(CLEAR), st.sampled_from((" - ", ": ", "/", " ")), st.booleans())
def test_not_stated_with_anything_is_no_group(row: dict[str, str], sign: str, is_before: bool) -> None:
    parts = ("Not stated", row["wording"]) if is_before else (row["wording"], "Not stated")
    assert self_defined(sign.join(parts)) in {*NO_GROUP, None}
