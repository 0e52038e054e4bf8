"""Why a row has its fate, in a sentence."""

from dataclasses import replace
from typing import Any

import pytest

from csae.tracing import whys
from csae.tracing.crimes import CrimeVersion, Membership, Partner, Statement
from csae.tracing.deliveries import Delivery
from csae.tracing.kept import Span, as_spans
from csae.tracing.people import Involvement

STANDING = CrimeVersion(
    crime_key="c1",
    force_code="06",
    crime_ref_token="t",
    load_id=3,
    extract_name="crimes",
    row_number=55,
    delivery_on="2026-09-03",
    fate="current",
    is_standing=True,
    is_dropped=False,
    record_status="live",
)
OLD = replace(STANDING, load_id=1, row_number=7, fate="superseded", is_standing=False)
TAKER = Partner("c2", 2, "13", "West Yorkshire", "current", is_holder=True, counts=True)
LOAD = Delivery(1, "06", "GMP", "2026-09-01", 0, "accepted", 1, None, None, "2026-09-01", None, None, None, None)


@pytest.mark.parametrize(
    ("row", "loads", "says"),
    [
        (STANDING, {}, "It stands: no later delivery tells of the crime."),
        (OLD, {1: LOAD}, "Load 3 of 2026-09-03 tells of the crime again."),
        (
            OLD,
            {1: replace(LOAD, replaced_by=2)},
            "Load 2 corrects the delivery of the same day and counts in its place.",
        ),
        (
            replace(OLD, fate="duplicate"),
            {},
            "Row 55 of the same delivery tells of the crime again; the last row counts.",
        ),
        (
            replace(STANDING, fate="withdrawn", record_status="cancelled"),
            {},
            "The force says that the crime is cancelled.",
        ),
        (
            replace(STANDING, fate="withdrawn", is_dropped=True),
            {},
            "The force sends all its crimes each time, and its latest delivery, load 9, does not list this one.",
        ),
        (
            replace(STANDING, fate="transferred"),
            {},
            "The force handed the crime over; force 13 (West Yorkshire) counts it as c2.",
        ),
    ],
)
def test_a_row_of_a_crime(row: CrimeVersion, loads: dict[int, Delivery], says: str) -> None:
    assert whys.version(row, STANDING, loads, [TAKER], snapshot=9) == says


def test_a_row_of_a_crime_that_nothing_of_stands() -> None:
    assert whys.version(OLD, None, {1: LOAD}) == "A later delivery tells of the crime again."


def test_a_crime_that_was_handed_over_and_withdrawn_there() -> None:
    taker = replace(TAKER, fate="withdrawn", is_holder=False, counts=False)
    says = "The force handed the crime over, and the one that took it has withdrawn it."
    assert whys.version(replace(STANDING, fate="transferred"), STANDING, {}, [taker]) == says


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"is_confirmed": True}, "Since 2026-09-01: sent to force 13 as c2; the other force says so too."),
        ({}, "Since 2026-09-01: sent to force 13 as c2; the other force has sent that crime and does not say so."),
        (
            {"is_other_delivered": False, "is_last_word": False},
            "Since 2026-09-01: sent to force 13 as c2; the other half has not arrived; later deliveries say something "
            "else.",
        ),
        (
            {"transfer_direction": "in", "is_overruled": True},
            "Since 2026-09-01: taken from force 13 as c2; another crime of that force fits, so the reference is taken "
            "for a mistake.",
        ),
        (
            {"other_force_code": None, "other_crime_key": None, "is_other_delivered": False},
            "Since 2026-09-01: sent to a force that is not told, without its reference; the other half has not "
            "arrived.",
        ),
    ],
)
def test_a_transfer_and_whether_the_other_force_bears_it_out(said: dict[str, Any], says: str) -> None:
    statement = Statement(
        "out",
        "13",
        "c2",
        "2026-09-01",
        is_last_word=True,
        is_other_delivered=True,
        is_confirmed=False,
        is_overruled=False,
    )
    assert whys.statement(replace(statement, **said)) == says


def test_a_person_said_twice() -> None:
    same = {"surname": True, "forename": None, "initial": True, "date of birth": True, "PNC id": False}
    row = Involvement(
        "i2", "c1", "06", "suspect", "p1", "r1", 3, "people", 8, "2026-09-03", None, "duplicate", None, "i1", same
    )
    says = "the same surname, initial and date of birth; another PNC id; not both with a forename."
    assert whys.involvement(row, {"i1": 1}) == f"The same person as person 1 of the crime, which is counted: {says}"
    assert whys.involvement(replace(row, kept_involvement_key=None), {}) == (
        "The crime's row that the person stands in is told again in the same delivery."
    )


def test_a_forename_has_its_initial() -> None:
    assert whys.agreement({"forename": True, "initial": True}) == "the same forename"
    assert whys.agreement({"forename": False, "initial": True}) == "the same initial; another forename"
    assert whys.agreement({"forename": False, "initial": False}) == "another forename"
    assert whys.agreement({}) == "nothing to compare"


@pytest.mark.parametrize(
    ("always", "counts", "child", "flag", "says"),
    [
        (None, False, True, True, "the offence is not in it"),
        (True, True, False, False, "its offence always counts"),
        (False, True, True, False, "counts because a victim was under 18"),
        (False, True, False, True, "counts because the force flags child abuse"),
        (
            False,
            False,
            False,
            False,
            "would count if a victim were known to be under 18, or the force flagged child abuse",
        ),
    ],
)
def test_a_definition(always: bool | None, counts: bool, child: bool, flag: bool, says: str) -> None:
    member = Membership("npcc_wider", "NPCC wider", always)
    assert whys.definition(member, counts=counts, has_child_victim=child, is_flagged=flag) == says


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("received", "The load is being read, or was broken off; the next csae run takes it up."),
        ("loaded", "The load waits for the gate; the next csae run decides over it."),
        ("accepted", "The load is accepted and waits for the next build; csae run makes it."),
        ("rejected", "The whole load was not accepted: 3 of 4 rows have no reference."),
    ],
)
def test_a_row_that_no_build_has_seen(state: str, says: str) -> None:
    load = replace(LOAD, state=state, reason="3 of 4 rows have no reference.")
    assert whys.undecided(load, is_built=True) == says


def test_generations_that_had_a_row() -> None:
    rows = [
        {"outcome_code": "1", "suspect_count": 1, "valid_from_generation": 1, "valid_to_generation": 4},
        {"outcome_code": "16", "suspect_count": 1, "valid_from_generation": 4, "valid_to_generation": 6},
        {"outcome_code": "16", "suspect_count": 1, "valid_from_generation": 8, "valid_to_generation": 2**63 - 1},
    ]
    assert as_spans("fct_offence_type", rows, seen=5) == [
        Span("fct_offence_type", 1, 4, (), is_seen=False),
        Span("fct_offence_type", 4, 6, ("outcome_code",), is_seen=True),
        Span("fct_offence_type", 8, None, (), is_seen=False),
    ]
