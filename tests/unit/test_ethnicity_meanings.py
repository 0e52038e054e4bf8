"""However ethnicity is written, misspelt or put together, it has one meaning or none."""

from itertools import permutations

import pytest
from coded import CODES, PROJECT, SEEDS, misspelt, rows
from ethnicities import (
    AS_OBSERVED,
    COLUMNS,
    LABELS,
    OBSERVED,
    SELF_DEFINED,
    SELF_DEFINED_CODES,
    WORDINGS,
    observed,
    self_defined,
)
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import normalised_form

GROUPS = {"W", "M", "A", "B", "O"}
NO_GROUP = {"NS", "REFUSED", "UNK", "MISSING"}
SAYS_NOTHING = ("background", "ethnic group", "ethnicity", "backgr'nd", "bkgd", "(please specify)")


def meaning(answer: str, column: str) -> str | None:
    """What a listed answer is in a column: an observation is a group at most."""
    if answer == "AMBIGUOUS":
        return None
    return answer if column == SELF_DEFINED else AS_OBSERVED[answer]


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


# A group and a list of its categories

HEADINGS = {
    "W": ["White", "Gwyn"],
    "M": ["Mixed", "Mixed or Multiple ethnic groups", "Cymysg"],
    "A": ["Asian", "Asian/Asian British", "Asian, Asian British or Asian Welsh", "Asiaidd neu Asiaidd Prydeinig"],
    "B": [
        "Black",
        "Black or Black British",
        "Black, Black British, Caribbean or African",
        "Black, African or Caribbean",
    ],
    "O": ["Other", "Other ethnic group"],
}
MEMBERS = {
    "W": [
        *(("English", "British", "White British"), ("Irish", "Gwyddelig"), ("Gypsy or Irish Traveller", "Gypsy")),
        *(("Roma",), ("Other", "Any other White background")),
    ],
    "M": [("White and Black Caribbean",), ("White & Black African",), ("White and Asian",), ("Other", "Other Mixed")],
    "A": [("Indian", "Asian Indian"), ("Pakistani",), ("Bangladeshi",), ("Chinese",), ("Other", "Any other Asian")],
    "B": [("Caribbean", "Black Caribbean"), ("African", "Affricanaidd"), ("Other",)],
    "O": [("Arab",), ("Other", "Any other ethnic group")],
}


@st.composite
def listed_members(draw: st.DrawFn) -> tuple[str, str]:
    """A group, and it with two or more of its categories in any order, however they are put together."""
    group = draw(st.sampled_from(sorted(GROUPS)))
    members = draw(st.lists(st.sampled_from(MEMBERS[group]), min_size=2, unique=True))
    names = [draw(st.sampled_from(names)) for names in members]
    written = draw(st.sampled_from(("/", ", ", "; ", " or "))).join(names[:-1])
    written += draw(st.sampled_from(("/", ", ", " or ", ", or ", "; "))) + names[-1]
    heading = draw(st.sampled_from(HEADINGS[group]))
    form = draw(st.sampled_from(("{} ({})", "{} [{}]", "{}: {}", "{} - {}", "{}/{}", "{}, {}")))
    coded = draw(st.sampled_from(("", f"{group} - ", f"{group}: ", f"{group}) ")))
    return group, coded + form.format(heading, written)


@given(listed_members())
def test_a_group_and_a_list_of_its_categories_is_none_of_them(drawn: tuple[str, str]) -> None:
    group, text = drawn
    assert self_defined(text) in {group, None}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(
            ("Black or Black British (African/Caribbean/Other)", "B"),
            ("Black, African, Black British or Caribbean", "B"),
        ),
        *(("B - Black (African/Other)", "B"), ("A: Asian (Indian/Other)", "A")),
        ("M) Mixed - White and Asian/Other", "M"),
        *(
            ("White (English/Welsh/Scottish/Northern Irish/British/Other)", "W"),
            ("White: Gypsy, Roma or Traveller", "W"),
        ),
        ("Mixed (White & Black Caribbean/White & Black African/White & Asian/Other)", "M"),
        ("Asian or Asian British (Bangladeshi/Indian/Pakistani/Chinese/Other)", "A"),
        *(("Pakistani, Bangladeshi - Asian", "A"), ("Indian and Pakistani", "A"), ("Other (Arab/Other)", "O")),
        *(("Pakistani/Other", None), ("Black African/Other", None), ("Indian/African", None)),
        *(("White: English, Welsh, Scottish, Northern Irish or British", "W1"), ("Gypsy or Irish Traveller", "W3")),
        *(("Any other Black, African or Caribbean background", "B9"), ("Mixed - White and Asian", "M3")),
        *(("Black, Black British, Caribbean or African - African", "B2"), ("Asian or Asian British Indian", "A1")),
        *(("Black/African/Caribbean/Black British African", "B2"), ("Any other ethnic group, please describe", "O9")),
    ],
)
def test_two_categories_of_a_group_are_the_group(value: str, code: str | None) -> None:
    assert self_defined(value) == code


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
