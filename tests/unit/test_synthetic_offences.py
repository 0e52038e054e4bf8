"""The offences of the synthetic world are those of the national lists, by whichever of their names a force writes."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from csae.code_sets import normalised_form
from csae.synthetic import Plan
from csae.synthetic.deliveries import build_world
from csae.synthetic.expected import expected_records
from csae.synthetic.schedule import sendings
from csae.synthetic.vocabulary import OFFENCES
from csae.synthetic.world import World

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_title_means_one_offence() -> None:
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("offence", "cjs_offence"):
        for row in seed(name):
            for title in row["title"].split("; "):
                meant[normalised_form(title)].add(row["home_office_code"])
    assert {code: meant[normalised_form(offence.title)] for code, offence in OFFENCES.items()} == {
        code: {code} for code in OFFENCES
    }


def test_a_cjs_code_leads_to_the_home_office_code() -> None:
    codes = {row["cjs_code"]: row["home_office_code"] for row in seed("cjs_offence")}
    assert {offence.cjs_code: codes[offence.cjs_code] for offence in OFFENCES.values()} == {
        offence.cjs_code: code for code, offence in OFFENCES.items()
    }


def test_a_category_is_the_offence_s() -> None:
    listed = {(row["home_office_code"], row["applies_to"], row["offence_category"]) for row in seed("offence_category")}
    for code, offence in OFFENCES.items():
        assert (code, "any_crime", offence.category) in listed
        if offence.category_of_many:
            assert (code, "multiple_undefined_offenders", offence.category_of_many) in listed


@pytest.fixture(scope="module")
def sent() -> dict[str, list[dict[str, str | None]]]:
    """The crimes that four forces send on the first night, by force."""
    plan = Plan(seed=5, crimes=4000, nights=1, forces=("22", "23", "30", "48"), group_based=0.4)
    world: World = build_world(plan)
    return {each.force: expected_records(world, each)["crime"] for each in sendings(plan, world.records, world.cases)}


def test_forces_tell_an_offence_by_code_cjs_code_title_or_all(sent: dict[str, list[dict[str, str | None]]]) -> None:
    told = ("home_office_code", "cjs_code", "offence_title", "offence_category", "is_child_abuse_flagged")
    assert {force: tuple(name for name in told if crimes[0][name]) for force, crimes in sent.items()} == {
        "22": ("home_office_code", "offence_title", "offence_category", "is_child_abuse_flagged"),
        "23": ("cjs_code",),
        "30": ("home_office_code", "offence_category", "is_child_abuse_flagged"),
        "48": ("offence_title",),
    }


def test_only_a_rape_has_the_category_of_several_unknown_offenders(
    sent: dict[str, list[dict[str, str | None]]],
) -> None:
    of_many: Counter[tuple[str | None, str | None]] = Counter(
        (crime["home_office_code"], crime["offence_category"])
        for force in ("22", "30")
        for crime in sent[force]
        if crime["offence_category"] in ("19J", "19K")
    )
    assert set(of_many) <= {("019/07", "19J"), ("019/16", "19J"), ("019/17", "19K")}
    assert of_many.total() > 0
    assert all(crime["is_group_based"] == "true" for crime in sent["22"] if crime["offence_category"] == "19J")
