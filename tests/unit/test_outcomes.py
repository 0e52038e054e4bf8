"""The crime outcomes 1 to 22: what each is, the group that it is published in, and whether it tells of a suspect."""

import csv
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from csae.code_sets import read_code_sets

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)

PREVENTED = "Prosecution prevented or not in the public interest"
NO_SUPPORT = "Evidential difficulties (victim does not support action)"
EXPECTED = [
    ("1", "Charged or summonsed", "true"),
    ("2", "Out of court (formal)", "true"),
    ("3", "Out of court (formal)", "true"),
    ("4", "Taken into consideration", "true"),
    ("5", PREVENTED, "true"),
    ("6", "Out of court (formal)", "true"),
    ("7", "Out of court (informal)", "true"),
    ("8", "Out of court (informal)", "true"),
    ("9", PREVENTED, "true"),
    ("10", PREVENTED, "true"),
    ("11", PREVENTED, "true"),
    ("12", PREVENTED, "true"),
    ("13", PREVENTED, "true"),
    ("14", NO_SUPPORT, "false"),
    ("15", "Evidential difficulties (suspect identified; victim supports action)", "true"),
    ("16", NO_SUPPORT, "true"),
    ("17", PREVENTED, "true"),
    ("18", "No suspect identified", "false"),
    ("19", "Passed to the National Fraud Intelligence Bureau", ""),
    ("20", "Responsibility for further investigation transferred to another body", ""),
    ("21", "Further investigation to support formal action not in the public interest", "true"),
    ("22", "Diversionary, educational or intervention activity", "true"),
]


def outcomes() -> list[dict[str, str]]:
    with (SEEDS / "outcome.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_22_have_their_group_and_say_whether_a_suspect_was_identified() -> None:
    found = [(row["outcome_code"], row["outcome_group"], row["suspect_identified"]) for row in outcomes()]
    assert found == EXPECTED
    assert Counter(identified for _, _, identified in found) == {"true": 18, "false": 2, "": 2}


def test_each_has_a_label_of_its_own_and_the_ground_of_what_it_says_of_a_suspect() -> None:
    assert len({row["label"] for row in outcomes()}) == 22
    assert all(row["suspect_ground"] for row in outcomes())


def test_what_is_general_knowledge_is_marked() -> None:
    """The groups are published; the numbers are not, nor are most grounds, but of the four that name the suspect."""
    assert all("general knowledge" in row["source"] for row in outcomes())
    read = [row["outcome_code"] for row in outcomes() if "number by general knowledge" in row["source"]]
    assert read == ["14", "15", "16", "18"]


@pytest.mark.parametrize("code", [code for code, _, _ in EXPECTED])
def test_an_outcome_is_read_with_and_without_zeros_in_front(code: str) -> None:
    for value in (code, f" {code} ", code.zfill(2), f"0{code}"):
        assert CODES.decode("outcome_code", value) == code


@pytest.mark.parametrize("value", ["0", "23", "99"])
def test_a_number_that_is_no_outcome_is_not_in_the_reference(value: str) -> None:
    reading = CODES.read("outcome_code", value)
    assert (reading.code, reading.rule.name) == (None, "not_in_reference")


@pytest.mark.parametrize("value", ["16x", "1.0", "-1", "100", "Outcome", ""])
def test_what_is_no_number_is_not_known(value: str) -> None:
    reading = CODES.read("outcome_code", value)
    assert (reading.code, reading.rule.name) == (None, "not_known")


# Wordings

WORDINGS = [
    (row["wording"], row["outcome_code"])
    for row in csv.DictReader((SEEDS / "outcome_wording.csv").read_text(encoding="utf-8").splitlines())
]


def outcome(value: str) -> str | None:
    return CODES.decode("outcome_code", value)


@pytest.mark.parametrize(("wording", "code"), WORDINGS)
def test_a_wording_is_its_outcome_with_its_number_and_without(wording: str, code: str) -> None:
    if code == "AMBIGUOUS":
        assert CODES.read("outcome_code", wording).rule.name == "ambiguous"
        return
    if any(letter.isdigit() for letter in wording):
        assert outcome(wording) == code
        return
    written = [wording, wording.upper(), f"{code} - {wording}", f"{wording} (OC{code})", f"Outcome {code}: {wording}"]
    assert {outcome(value) for value in written} == {code}
    other = str(int(code) % 22 + 1)
    assert outcome(f"{other} - {wording}") is outcome(f"{wording} (OC{other})") is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(
            ("Charged", "1"),
            ("1A", "1"),
            ("OC14", "14"),
            ("Outcome 16", "16"),
            ("OC02", "2"),
            ("b. Charged/summonsed (OC1)", "1"),
        ),
        *(("Youth caution", "2"), ("Caution - Adults", "3"), ("Caution", None), ("Conditional caution", None)),
        ("Evidential difficulties: suspect identified; victim supports action", "15"),
        ("Evidential difficulties: suspect identified; victim does not support further action", "16"),
        ("Evidential difficulties: suspect not identified; victim does not support further action", "14"),
        ("Suspect not identified; victim supports action", None),
        ("Formal action is not in the public interest", None),
        ("Under investigation", None),
        ("Suspect charged as part of another case", None),
        ("National Fraud Intelligence Bureau, fraud case", "19"),
        ("OC10 – Not in Public Interest (Pol)", "10"),
        ("OC14 – No Sus / Victim Decline", "14"),
        ("OC15 – Sus/Insuff.Evidence", "15"),
        ("OC16 – Sus/Victim Declines", "16"),
        ("Evidential difficulties - suspect unknown - victim won't engage", None),
        ("Insufficient evidence", None),
        ("Evidential difficulties (victim does not support action)", None),
        ("Charged without bail", "1"),
        ("Charged & remanded in custody", "1"),
        ("Bail without charge", None),
        ("Released without charge", None),
        ("PNDs", "6"),
        ("Fixed penalty notice", None),
        ("T.I.C.", "4"),
        ("type 14 outcome (“Evidential difficulties: suspect not identified; victim does not support”)", "14"),
        ("Type 16", "16"),
        ("2/2A - Youth caution", "2"),
        ("1st youth caution", "2"),
        ("Penalty notice for disorder (16 & 17 year olds only)", "6"),
        ("Out-of-court (informal) - i.e. community resolutions", "8"),
        ("Charge/Summons: A person has been charged or summonsed for the crime (irrespective of any acquittal)", "1"),
        ("Victim supports prosecution, evidential difficulties, named suspect", "15"),
        ("Named suspect; victim does not wish to prosecute", "16"),
        ("Charged or cautioned", None),
        ("Suspect not charged", None),
        ("Total cautions", None),
        ("CN06 – Charge / Summons", "1"),
        ("CN04 – No further action", None),
        ("Summons / charged by post", "1"),
        ("Suspect summonsed to court", "1"),
        ("Alleged perpetrator charged", "1"),
        ("Young person charged", "1"),
        ("Young offender cautioned", "2"),
        ("Death of the accused", "5"),
        ("Khat or Cannabis warning", "7"),
        ("Drugs warning", "7"),
        ("Warning given for possession of cannabis", "7"),
        ("type 1 outcomes (a charge or summons for that specific offence)", "1"),
        ("type 1A outcomes (a charge or summons for an alternative offence)", "1"),
        ("type 3 outcomes (a caution for an adult)", "3"),
        ("localResolution", "8"),
        ("takenIntoConsideration", "4"),
        ("notGuilty", None),
        ("Reported for summons", None),
        ("Suspect charged or cautioned", None),
        ("Charged for another offence", None),
        ("Awaiting court outcome", None),
        ("Offender otherwise dealt with", None),
    ],
)
def test_outcomes_as_forces_write_them(value: str, code: str | None) -> None:
    assert outcome(value) == code


def test_not_belongs_to_the_words_beside_it() -> None:
    """In another order they say something else, so no other order is read where one stands among them."""
    words = ["suspect", "identified", "victim", "does", "not", "support", "action"]
    decoded = {" ".join(order): code for order in permutations(words) if (code := outcome(" ".join(order)))}
    assert {code for text, code in decoded.items() if "not identified" in text} <= {"14"}
    assert {code for text, code in decoded.items() if "not identified" not in text} == {"16"}


@pytest.mark.parametrize(
    ("value", "code", "rule"),
    [
        ("OC21 - Filed by crime desk", "21", "outcome_number"),
        ("Type 21 outcome (filed by crime desk)", "21", "outcome_number"),
        ("21 outcome: filed by crime desk", "21", "outcome_number"),
        ("Filed by crime desk (OC21)", "21", "outcome_number"),
        ("Outcome code 5: passed away", "5", "outcome_number"),
        ("21 - Filed by crime desk", None, "not_known"),
        ("14 - Suspect not identified; victim does not support", "14", "code_and_label"),
        ("OC1 - Community resolution", None, "code_contradicts_label"),
        ("OC15 - Suspect identified", None, "not_known"),
        ("OC8 - requested", None, "not_known"),
        ("OC8 or OC22", None, "not_known"),
        ("OC23 - something else", None, "not_known"),
        ("OC3 - Conditional caution", "3", "words"),
        ("type 21 outcomes (filed by crime desk)", "21", "outcome_number"),
        ("21 outcomes filed by crime desk", None, "not_known"),
    ],
)
def test_a_number_named_as_an_outcome_stands_unless_its_words_say_otherwise(
    value: str, code: str | None, rule: str
) -> None:
    reading = CODES.read("outcome_code", value)
    assert (reading.code, reading.rule.name) == (code, rule)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("NFA - offender died", "5"), ("No further action - no suspect identified", "18"), ("NFA", None)),
        *(("NFA - evidential difficulties - victim supports", "15"), ("NFA - insufficient evidence", None)),
        *(("Complainant does not support - suspect identified", "16"), ("Suspect identified; victim unwilling", "16")),
        *(("Victim retracted", None), ("Victim deceased", "13"), ("Key witness too ill", "13")),
        *(("Passed to Action Fraud", "19"), ("Suspect aged under 10", "11"), ("Charged for another offence", None)),
        ("Community Resolutions (inc restorative justice)", "8"),
    ],
)
def test_no_further_action_says_nothing_beside_its_reason(value: str, code: str | None) -> None:
    assert CODES.decode("outcome_code", value) == code
