"""How ethnicity is written as a code: by its version, or where its label bears it out."""

import pytest
from coded import CODES, PROJECT, SEEDS, rows
from ethnicities import COLUMNS, SELF_DEFINED, SELF_DEFINED_CODES, column_of, observed, rule, self_defined

from csae.sources.columns import ALL_SCHEMES, SCHEMES

REFERENCE = rows(PROJECT / "tests" / "reference" / "ethnicity_codes.csv")


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
        "W4 - Other White",
        "White (IC3)",
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
        *(("CX - Mixed white", "W9"), ("CL: Irish Traveller", "W3"), ("C3 - Other white, white unspecified", "W")),
        *(("GA - Black and Asian", "M9"), ("GC - Black and White", "M"), ("GF - Other Mixed, Mixed Unspecified", "M")),
        *(("LA - Mixed Asian", "A9"), ("LC - Kashmiri", "A"), ("LE - Sri Lanka", "A9"), ("LH - British Asian", "A")),
        *(("PA - Somali", "B2"), ("PD - Black British", "B"), ("SE - Any Other Group", "O9")),
        # The same codes with the heading beside them, as health employers write them
        *(
            ("CA White English", "W1"),
            ("C3 White Unspecified", "W"),
            ("CX White Mixed", "W9"),
            ("CP White Polish", "W9"),
        ),
        *(
            ("GA Mixed - Black & Asian", "M9"),
            ("GC Mixed - Black & White", "M"),
            ("GF Mixed - Other/Unspecified", "M9"),
        ),
        *(("LA Asian Mixed", "A9"), ("LH Asian British", "A"), ("PB Black Mixed", "B9"), ("PC Black Nigerian", "B2")),
        *(("CA White and Asian", None), ("GA Mixed - White and Asian", None), ("LA Asian Indian", None)),
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
    ("value", "code"),
    [
        *(("Indian (B3)", "A1"), ("B3 - White Other", "W9"), ("Z9 - Roma", "W4"), ("C1 African", "B2")),
        *(
            ("White and Asian [E1]", "M3"),
            ("3a Indian", "A1"),
            ("White: British - F1", "W1"),
            ("100 - White English", "W1"),
        ),
        *(("Any other ethnic group (G1)", "O9"), ("Prefer not to say (H1)", "REFUSED"), ("O3 - Chinese", "A4")),
    ],
)
def test_a_code_that_no_version_has_is_left_aside(value: str, code: str) -> None:
    """The words are read, whatever version is declared; below which heading they stand does not matter."""
    for scheme in (None, "self_defined_2001", "self_defined_2021", "prison_and_probation"):
        reading = CODES.read(SELF_DEFINED, value, scheme)
        assert (reading.code, reading.rule.name) == (code, "code_left_aside")


@pytest.mark.parametrize("value", ["C4 - Other", "F3 British", "Other (X9)", "Any other background (C4)", "IC9 White"])
def test_words_that_need_their_heading_are_not_read_beside_a_code_of_no_version(value: str) -> None:
    assert self_defined(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("White - North European (IC1)", "W"), ("Asian (IC 4)", "A"), ("IC 3 - Black", "B"), ("Chinese (IC5)", "A4")),
        *(("White British (WB)", "W1"), ("WB - White British", "W1"), ("White British (WBRI)", "W1")),
        *(("Asian - Indian [AI]", "A1"), ("White British WB", None), ("Asian - Indian (AP)", None)),
        *(("Asian or Asian - Indian", "A1"), ("Asian or Asian - Any other Asian background", "A9")),
        *(("Caribbean or Asian", None), ("Asian or Asian - Caribbean", None)),
        *(("White &amp; Asian", "M3"), ("White &AMP;amp; Asian", "M3"), ("White&nbsp;British", "W1")),
    ],
)
def test_codes_behind_a_label_headings_cut_short_and_signs_written_as_their_names(value: str, code: str | None) -> None:
    assert self_defined(value) == code


@pytest.mark.parametrize(
    ("value", "scheme", "code", "by"),
    [
        ("Bangladeshi (B2)", "self_defined_2001", None, "code_contradicts_label"),
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
