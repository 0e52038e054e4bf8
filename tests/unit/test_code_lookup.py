"""`csae code lookup` explains any value as the pipeline decodes it, and says unmapped rather than guess."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets.damage import may_have_been
from csae.code_sets.lookup import COLUMNS, Declared, Found, Meaning, Reference, lookup, read_reference
from csae.settings import PROJECT_DIR

SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
REFERENCES = {kind: read_reference(SEEDS, kind) for kind in COLUMNS}
SELF_DEFINED = {"self_defined_2001", "self_defined_2011", "self_defined_2021", "prison_and_probation"}


def found(kind: str, value: str, scheme: str | None = None) -> Found:
    return lookup(REFERENCES[kind], value, scheme)


def test_every_kind_can_be_asked() -> None:
    assert [REFERENCES[kind].columns for kind in COLUMNS] == list(COLUMNS.values())
    assert all(isinstance(reference, Reference) and reference.labels for reference in REFERENCES.values())


# What it says without a version


def test_a_code_that_means_the_same_in_every_version_is_answered_with_those_that_have_it() -> None:
    british, arab = found("ethnicity", "W1"), found("ethnicity", "O2")
    assert (british.status, british.code, british.label, british.group, british.group_label) == (
        "decoded",
        "W1",
        "White British",
        "W",
        "White",
    )
    assert set(british.scheme) == SELF_DEFINED
    assert (british.rule, british.confidence) == ("code", 100)
    assert (arab.label, set(arab.scheme)) == ("Arab", {"self_defined_2011", "prison_and_probation"})


def test_a_code_that_versions_differ_on_is_ambiguous_with_each_of_its_meanings() -> None:
    chinese_or_arab = found("ethnicity", "O1")
    assert (chinese_or_arab.status, chinese_or_arab.code, chinese_or_arab.suggestion) == ("ambiguous", None, None)
    assert {(item.code, item.label, item.group) for item in chinese_or_arab.meanings} == {
        ("A4", "Chinese", "A"),
        ("O2", "Arab", "O"),
    }
    assert {item.code: set(item.scheme) for item in chinese_or_arab.meanings} == {
        "A4": {"self_defined_2001", "prison_and_probation"},
        "O2": {"self_defined_2021"},
    }
    assert {item.code for item in found("ethnicity", "W4").meanings} == {"W3", "W4"}


def test_of_all_codes_in_the_reference_table_only_two_are_ambiguous() -> None:
    with (PROJECT_DIR / "tests" / "reference" / "ethnicity_codes.csv").open(encoding="utf-8") as stream:
        codes = {row["code"] for row in csv.DictReader(stream) if row["scheme"] in SELF_DEFINED}
    assert {code for code in codes if found("ethnicity", code).status == "ambiguous"} == {"O1", "W4"}


def test_a_wording_holds_in_every_version() -> None:
    irish = found("ethnicity", "white  IRISH")
    assert (irish.code, irish.rule, set(irish.scheme)) == ("W2", "wording", SELF_DEFINED)


def test_a_nationality_is_asked_of_the_codes_of_every_set_and_of_the_wordings() -> None:
    assert [(item.code, item.scheme) for item in (found("nationality", "IR"), found("nationality", "IRN"))] == [
        ("IRN", ("iso_alpha2",)),
        ("IRN", ("iso_alpha3",)),
    ]
    assert (found("nationality", "Iranian").rule, found("nationality", "Iranian").code) == ("wording", "IRN")


def test_codes_that_declarations_differ_on_are_ambiguous() -> None:
    """By a source's declarations, since no two sets of today differ so."""
    columns = [Declared("nationalities", scheme, ("XX",), {"XX": to}) for scheme, to in (("a", "IRN"), (None, "IRQ"))]
    assert lookup(REFERENCES["nationality"], "XX", None, columns).meanings == (
        Meaning("IRN", "Iran", "country", ("a",), ()),
        Meaning("IRQ", "Iraq", "country", (), ()),
    )


# What it says of a version


@pytest.mark.parametrize(("scheme", "code"), [("self_defined_2001", "A4"), ("self_defined_2021", "O2")])
def test_with_a_version_it_decodes_as_a_column_declared_so(scheme: str, code: str) -> None:
    assert (found("ethnicity", "O1", scheme).code, found("ethnicity", "O1", scheme).scheme) == (code, (scheme,))


def test_a_code_of_another_version_is_unmapped_and_no_more_than_suggested() -> None:
    arab = found("ethnicity", "O2", "self_defined_2001")
    assert (arab.status, arab.code, arab.label, arab.rule, arab.confidence) == ("unmapped", None, None, "not_known", 0)
    assert arab.suggestion is not None
    assert (arab.suggestion.code, arab.suggestion.score) == ("O2", 60)
    assert "a code of" in arab.suggestion.evidence


@given(st.sampled_from(sorted(COLUMNS)), st.text(max_size=12))
def test_it_answers_any_text_and_gives_a_code_where_it_is_decoded_alone(kind: str, text: str) -> None:
    answer = found(kind, text)
    assert (answer.status == "decoded") == (answer.code is not None)
    assert (answer.confidence > 0) == (answer.status == "decoded")
    assert answer.reason


@given(st.sampled_from(sorted(SELF_DEFINED)), st.text("ABMNOSW0123459 -", max_size=6))
def test_it_says_of_a_version_what_the_code_sets_decode(scheme: str, text: str) -> None:
    answer, reading = (
        found("ethnicity", text, scheme),
        REFERENCES["ethnicity"].codes.read("self_defined_ethnicity", text, scheme),
    )
    assert (answer.code, answer.rule) == (reading.code, reading.rule.name)


# What is missing, and what an officer saw


@pytest.mark.parametrize(
    ("value", "code", "group", "missing"),
    [
        ("Not stated", "NS", None, "not_stated"),
        ("Refused", "REFUSED", None, "refused"),
        ("Unknown", "UNK", None, "unknown"),
        ("Not recorded", "MISSING", None, "not_recorded"),
        ("White", "W", "W", "group_only"),
        ("White Irish", "W2", "W", None),
    ],
)
def test_why_there_is_no_category_is_said(value: str, code: str, group: str | None, missing: str | None) -> None:
    answer = found("ethnicity", value)
    assert (answer.code, answer.group, answer.missing_reason) == (code, group, missing)


def test_what_an_officer_saw_is_a_group_and_never_a_category() -> None:
    seen = found("observed-ethnicity", "White Irish")
    assert (seen.code, seen.label, seen.group, seen.missing_reason) == ("W", "White", "W", None)
    assert found("observed-ethnicity", "Not stated").missing_reason == "unknown"


# Offences


def test_an_offence_comes_with_its_dated_categories_and_the_definitions_that_count_it() -> None:
    rape = found("offence", "19/16")
    assert (rape.code, rape.label, rape.group) == ("019/16", "Rape of a female child under 13 by a male", "19E")
    assert [
        (item["offence_category"], item["applies_to"], item["recorded_from"]) for item in rape.details["categories"]
    ] == [("19E", "any_crime", None), ("19J", "multiple_undefined_offenders", "2019-04-01")]
    assert (rape.details["basis"], rape.details["csae_category"]) == ("home_office_code", "Rape")
    assert {item["definition"]: item["counts"] for item in rape.details["definitions"]} == {
        "statutory_list": "always",
        "statutory_list_with_images": "always",
        "npcc_wider": "always",
    }
    assert rape.details["reclassification"] is None


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        ("086/02", [None, "always", "always"]),
        ("019/08", [None, None, "child_victim_or_flag"]),
        ("001/01", [None, None, None]),
        ("071/17", ["always", "always", "always"]),
    ],
)
def test_the_three_definitions_are_told_apart(code: str, counts: list[str | None]) -> None:
    assert [item["counts"] for item in found("offence", code).details["definitions"]] == counts


def test_a_change_of_law_is_said_with_its_switch() -> None:
    change = found("offence", "022/06").details["reclassification"]
    assert (change["from_category"], change["to_category"], change["is_applied"]) == ("22B", "19D", True)
    assert (change["enacted_on"], change["commenced_on"]) == ("2026-04-29", None)


@pytest.mark.parametrize(
    ("value", "code", "basis"),
    [
        ("SX56072", "019/09", "cjs_code"),
        ("rape of a female child under 13, by a male", "019/16", "offence_title"),
        ("19E", "19E", "offence_category"),
    ],
)
def test_an_offence_rests_on_the_column_that_decodes_it_by_the_first_rule(value: str, code: str, basis: str) -> None:
    answer = found("offence", value)
    assert (answer.status, answer.code, answer.details["basis"]) == ("decoded", code, basis)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("20-May", ["020/05"]),
        ("5-Jan-2026", ["005/01"]),
        ("20/05/2026", ["020/05"]),
        ("2026-05-20 00:00:00", ["020/05"]),
        ("44562", ["001/01"]),
        ("Jan-88", ["088/01"]),
        ("1988-01-01", ["088/01", "001/01"]),
        ("19.1", ["019/10"]),
        ("2026-02-31", []),
        ("30-Foo", []),
        ("99999", []),
    ],
)
def test_a_damaged_code_may_have_been_a_listed_one(text: str, codes: list[str]) -> None:
    listed = {"001/01", "005/01", "019/10", "020/05", "088/01"}
    assert sorted(may_have_been(text, listed)) == sorted(codes)


def test_spreadsheet_damage_is_named_and_not_mended() -> None:
    damaged = found("offence", "44562")
    assert (damaged.status, damaged.code, damaged.rule) == ("unmapped", None, "spreadsheet_damage")
    assert damaged.details["may_have_been"] == ["001/01"]


def test_a_number_that_no_list_has_is_not_likened_to_another() -> None:
    unlisted = found("offence", "020/99")
    assert (unlisted.status, unlisted.rule, unlisted.suggestion) == ("unmapped", "not_in_reference", None)
