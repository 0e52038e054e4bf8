"""The generator on all 45 sources: what each sends when, and that the truth is what their records add up to."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from test_synthetic import digest

from csae.synthetic import ALL_FORCES, Plan, Truth, personal_values, write_deliveries
from csae.synthetic.cases import CLOSED, IDENTIFIED, draw_cases
from csae.synthetic.deliveries import build_world
from csae.synthetic.expected import Record, expected_records
from csae.synthetic.fields import CASE_FIELDS, CRIME_FIELDS, PERSON_FIELDS
from csae.synthetic.layouts import LAYOUTS, Column, FixedWidth, Table
from csae.synthetic.recount import Person, once
from csae.synthetic.rendering import batches
from csae.synthetic.schedule import delivery_nights, sendings
from csae.synthetic.truth import count_truth
from csae.synthetic.world import World
from csae.synthetic.writers.text import write_fixed_width

SNAPSHOTS = {"17", "36", "40", "48"}
TUESDAY = date(2026, 9, 1)
Crime = tuple[Record, list[Person]]


def recounted(world: World) -> dict[str, object]:
    """What the expected records of all deliveries add up to, in plain loops: the last version of each crime counts."""
    latest: dict[tuple[str, str], Crime] = {}
    withdrawn, junk, changes = 0, 0, 0
    for sending in sendings(world.plan, world.records, world.cases):
        records = expected_records(world, sending)
        changes += len(records.get("case_review", []))
        people: dict[str | None, list[Person]] = {}
        for person in records.get("involvement", []):
            people.setdefault(person["crime_ref"], []).append(as_person(person))
        sent: dict[str, Crime] = {}
        for crime in records.get("crime", []):
            if is_junk(crime, world.plan.day(sending.night)):
                junk += 1
            else:
                sent[str(crime["crime_ref"])] = (crime, once(tuple(people[crime["crime_ref"]])))
        if sending.force in SNAPSHOTS:
            missing = [key for key in latest if key[0] == sending.force and key[1] not in sent]
            withdrawn += len(missing)
            for key in missing:
                del latest[key]
        latest.update({(sending.force, reference): crime for reference, crime in sent.items()})
    cancelled = [crime for crime, _ in latest.values() if crime["record_status"] == "cancelled"]
    live = {
        key: (crime, persons)
        for key, (crime, persons) in latest.items()
        if crime["record_status"] == "live" and crime["transfer_direction"] != "out"
    }
    roles = Counter(person.role for _, persons in live.values() for person in persons)
    return {
        "crimes": len(live),
        "crimes_by_force": dict(Counter(force for force, _ in live)),
        "suspect_involvements": roles["suspect"],
        "victim_involvements": roles["victim"],
        "transferred": sum(crime["transfer_direction"] == "in" for crime, _ in latest.values()),
        "withdrawn": withdrawn + len(cancelled),
        "junk_crimes": junk,
        "online": sum(crime["is_online"] == "true" for crime, _ in live.values()),
        "group_based": sum(crime["is_group_based"] == "true" for crime, _ in live.values()),
        "case_review_changes": changes,
    }


def as_person(record: Record) -> Person:
    said = {name: value or "" for name, value in record.items()}
    return Person(
        said["person_ref"], said["role"], said["surname"], said["forenames"], said["date_of_birth"], "", "", (), ""
    )


def is_junk(crime: Record, day: date) -> bool:
    try:
        return not crime["crime_ref"] or date.fromisoformat(str(crime["recorded_on"])) > day
    except ValueError:
        return True


@pytest.mark.parametrize(
    "plan",
    [
        Plan(seed=1, crimes=3000, forces=ALL_FORCES),
        Plan(seed=2, crimes=1500, nights=9, forces=ALL_FORCES, cancelled=0.2, transferred=0.2, changed_a_night=0.3),
        Plan(seed=3, crimes=300, nights=8, forces=("17", "40", "03", "91"), cancelled=0.4, new_later=0.8),
        Plan(seed=4, crimes=200, nights=1, forces=("48", "36", "06"), cancelled=0.5),
    ],
    ids=lambda plan: f"seed{plan.seed}",
)
def test_the_truth_is_what_the_records_add_up_to(plan: Plan) -> None:
    world = build_world(plan)
    truth, counts = count_truth(world), recounted(world)
    assert {name: getattr(truth, name) for name in counts} == counts
    assert truth.junk_crimes == 3 * len(plan.police)
    assert truth.crimes > 0


def test_a_crime_cancelled_before_a_snapshot_could_show_it_was_never_there() -> None:
    plan = Plan(seed=4, crimes=400, nights=1, forces=("36",), cancelled=0.5)
    truth = count_truth(build_world(plan))
    assert 120 < truth.crimes < 280
    assert truth.withdrawn == 0
    as_delta = count_truth(build_world(Plan(seed=4, crimes=400, nights=1, forces=("22",), cancelled=0.5)))
    assert as_delta.crimes + as_delta.withdrawn == 400


@pytest.mark.parametrize(
    ("force", "nights"),
    [
        ("06", [0, 1, 2, 3, 4, 5, 6, 7]),  # every night
        ("11", [0, 1, 2, 3, 6, 7]),  # from Monday to Friday
        ("40", [2, 7]),  # on Thursday, and on the last night
        ("23", [6, 7]),  # on Monday
    ],
)
def test_a_source_delivers_on_its_days_and_on_the_last_night(force: str, nights: list[int]) -> None:
    plan = Plan(seed=1, crimes=10, nights=8, first_night=TUESDAY, forces=(force,))
    assert delivery_nights(force, plan) == nights


def test_a_weekly_delivery_has_what_changed_since_the_last() -> None:
    plan = Plan(seed=5, crimes=900, nights=8, forces=("03", "06"), changed_a_night=0.3, new_later=0.5)
    world = build_world(plan)
    weekly = [sending for sending in sendings(plan, world.records, world.cases) if sending.force == "03"]
    assert [sending.night for sending in weekly] == [1, 7]
    for sending in weekly:
        assert len(set(sending.records.tolist())) == len(sending.records)
    first, second = (set(sending.records.tolist()) for sending in weekly)
    own = set((world.records.force == 0).nonzero()[0].tolist())
    assert first | second == own
    assert len(first & second) > 50
    assert (world.records.first[list(second - first)] > 1).all()


def test_a_snapshot_has_all_crimes_that_stand() -> None:
    plan = Plan(seed=6, crimes=500, nights=3, forces=("36", "06"), cancelled=0.3)
    world = build_world(plan)
    nights = [sending for sending in sendings(plan, world.records, world.cases) if sending.force == "36"]
    sent = [{record["crime_ref"] for record in expected_records(world, sending)["crime"]} for sending in nights]
    assert len(sent[0] - sent[1]) > 5
    assert len(sent[1] - sent[0]) > 5
    assert len(sent[0] & sent[1] & sent[2]) > 80


def test_case_reviews_move_on_from_identified_to_closed() -> None:
    cases = draw_cases(Plan(seed=7, crimes=2000, nights=20, forces=ALL_FORCES))
    assert len(set(cases.case.tolist())) == 60
    histories: dict[int, list[tuple[int, int]]] = {}
    for case, status, on in zip(cases.case.tolist(), cases.status.tolist(), cases.status_on.tolist(), strict=True):
        histories.setdefault(case, []).append((status, on))
    for history in histories.values():
        statuses = [status for status, _ in history]
        assert statuses[0] == IDENTIFIED
        assert CLOSED not in statuses[:-1]
        assert [on for _, on in history] == sorted(on for _, on in history)
    assert [status for history in histories.values() for status, _ in history[-1:]].count(CLOSED) > 20
    closed = cases.status == CLOSED
    assert ((cases.reason > 0) == closed).all()
    assert len(cases.latest) == 60
    assert not len(draw_cases(Plan(seed=7, crimes=2000)).case)


def test_reviews_need_a_force_whose_cases_they_are() -> None:
    with pytest.raises(ValueError, match="forces must name one that records crimes"):
        Plan(seed=1, crimes=1, forces=("91",))


def test_every_field_of_a_layout_is_one_that_there_is() -> None:
    for force, layout in LAYOUTS.items():
        known = {*CASE_FIELDS} if layout.has_cases else {*CRIME_FIELDS, *PERSON_FIELDS}
        unknown = {name for name in layout.fields if name not in known and not name.startswith("=")}
        pieces = set(getattr(layout.form, "pieces", {})) | {"people"}
        assert unknown <= pieces, force


def test_equal_plans_give_equal_bytes_in_every_format(tmp_path: Path) -> None:
    """In another process too, whatever its hash seed and time zone, and whatever a process wrote before."""
    write_deliveries(Plan(seed=8, crimes=10, nights=1, forces=ALL_FORCES), tmp_path / "before")
    write_deliveries(Plan(seed=8, crimes=600, nights=2, forces=ALL_FORCES), tmp_path / "here")
    program = (
        "import sys; from pathlib import Path; from csae.synthetic import ALL_FORCES, Plan, write_deliveries\n"
        "write_deliveries(Plan(seed=8, crimes=600, nights=2, forces=ALL_FORCES), Path(sys.argv[1]))"
    )
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "there")], check=True, env=elsewhere)
    assert digest(tmp_path / "here") == digest(tmp_path / "there")
    endings = Counter(path.suffix for path in (tmp_path / "here").rglob("*") if path.is_file())
    assert {".csv", ".txt", ".DAT", ".tsv", ".xlsx", ".xls", ".ods", ".xml", ".json", ".ndjson", ".gz", ".zip"} <= {
        *endings
    }


def test_canaries_and_personal_values_are_there_for_every_source(tmp_path: Path) -> None:
    """So that a search of the bytes finds whatever leaks of any of them; fixed fields are wide enough."""
    plan = Plan(seed=9, crimes=400, nights=1, forces=ALL_FORCES, canary="Zqxcanary")
    truth = write_deliveries(plan, tmp_path)
    assert isinstance(truth, Truth)
    values = set(personal_values(plan))
    world = build_world(plan)
    for sending in sendings(plan, world.records, world.cases):
        for person in expected_records(world, sending).get("involvement", []):
            assert f"{person['surname']}, {person['forenames']}" in values
            assert {person["date_of_birth"], person["person_ref"]} <= values
            for name in ("surname", "forenames", "person_ref"):
                assert "zqxcanary" in str(person[name]).lower()


def test_a_text_that_is_too_long_for_its_field_is_refused(tmp_path: Path) -> None:
    world = build_world(Plan(seed=1, crimes=20, nights=1, forces=("54",)))
    table = Table("", "people", (Column("Name", "full_name", width=3),))
    source = batches(world, LAYOUTS["54"], 0, (world.records.crime >= 0).nonzero()[0])
    with pytest.raises(ValueError, match="field Name is 3 characters wide, which is too few"):
        write_fixed_width(FixedWidth("x.txt", (table,)), tmp_path, TUESDAY, source)
