"""The synthetic generator, against `recount`, which reads its files knowing nothing of how they were made."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from csae.synthetic import Plan, Truth, names, personal_values, read_truth, write_deliveries
from csae.synthetic.recount import Crime, Person, is_junk, once, pipes, read, read_xml, recount
from csae.synthetic.writers import workbooks

ALL = ("06", "13", "14")


def check_truth(truth: Truth, directory: Path) -> None:
    counts, suspects = recount(directory)
    told = asdict(truth)
    links = told.pop("links")
    distinct = told.pop("distinct_suspects")
    reviews = [told.pop(name) for name in ("case_reviews", "case_reviews_by_force", "case_review_changes")]
    assert reviews == [{}, {}, 0]
    assert told == counts
    assert Counter(reference for _, reference, _ in links) == Counter(crime.reference for crime, _ in suspects)
    assert {role for role, _, _ in links} <= {"SUSPECT"}
    assert len({person for _, _, person in links}) == distinct
    check_links(links, suspects)


def check_links(links: list[tuple[str, str, int]], suspects: list[tuple[Crime, Person]]) -> None:
    """A force's local number is one person, and so is a PNC id: somebody is on all the crimes that it is on."""
    on_crime: dict[str, set[int]] = {}
    for _, reference, number in links:
        on_crime.setdefault(reference, set()).add(number)
    assert sum(len(people) for people in on_crime.values()) == len(links), "one person twice on a crime"
    candidates: dict[str, set[int]] = {}
    for crime, person in suspects:
        people = on_crime[crime.reference]
        for identifier in (f"{crime.force} {person.local_id}", f"PNC {person.pnc}" if person.pnc else None):
            if identifier:
                candidates[identifier] = candidates.get(identifier, people) & people
    assert all(candidates.values())


def digest(directory: Path) -> str:
    hashed = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        hashed.update(str(path.relative_to(directory)).encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Path, Truth]:
    """A world of the samples' size."""
    plan = Plan(seed=7, crimes=900)
    directory = tmp_path_factory.mktemp("world")
    return plan, directory, write_deliveries(plan, directory)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(seed=1, crimes=900),
        Plan(seed=2, crimes=400, nights=7, changed_a_night=0.4, transferred=0.2, cancelled=0.1),
        Plan(seed=3, crimes=500, forces=("06",)),
        Plan(seed=4, crimes=500, forces=("13",)),
        Plan(seed=5, crimes=500, forces=("14",)),
        Plan(seed=6, crimes=600, forces=("14", "06"), transferred=0.3, repeat_suspect=0.7),
        Plan(seed=8, crimes=500, nights=1),
        Plan(seed=9, crimes=300, nights=2, person_twice_on_crime=0.5, crime_twice_in_file=0.5, misspelt=0.5),
        Plan(seed=10, crimes=300, nights=4, group_based=1.0, two_nationalities=1.0, history_days=3650),
        Plan(seed=11, crimes=300, blank_ethnicity=1.0, blank_observed=1.0, blank_nationality=1.0, pnc_known=0.0),
        Plan(seed=12, crimes=1),
        Plan(seed=13, crimes=0),
        Plan(seed=14, crimes=400, canary="Zqxcanary"),
        Plan(seed=15, crimes=200, first_night=date(2024, 2, 29), nights=2),
        Plan(seed=16, crimes=300, nights=10, transferred=0.5, history_days=1),
    ],
    ids=lambda plan: f"seed{plan.seed}",
)
def test_truth_is_what_the_files_say(plan: Plan, tmp_path: Path) -> None:
    truth = write_deliveries(plan, tmp_path)
    check_truth(truth, tmp_path)
    assert truth.crimes + truth.withdrawn == plan.crimes
    assert truth.junk_crimes == 3 * len(plan.forces)
    nights = {(plan.first_night + timedelta(days=night)).isoformat() for night in range(plan.nights)}
    assert {(folder.parent.name, folder.name) for folder in tmp_path.glob("*/*")} == {
        (force, night) for force in plan.forces for night in nights
    }
    if len(plan.forces) == 1:
        assert truth.transferred == 0


def test_equal_plans_give_equal_bytes(world: tuple[Plan, Path, Truth], tmp_path: Path) -> None:
    """In another process too, whatever its hash seed and time zone."""
    plan, directory, truth = world
    program = (
        "import sys; from pathlib import Path; from csae.synthetic import Plan, write_deliveries\n"
        f"write_deliveries(Plan(seed={plan.seed}, crimes={plan.crimes}), Path(sys.argv[1]))"
    )
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "again")], check=True, env=elsewhere)
    assert digest(tmp_path / "again") == digest(directory)
    assert write_deliveries(replace(plan, seed=8), tmp_path / "other") != truth
    assert digest(tmp_path / "other") != digest(directory)


def test_first_night_is_the_back_file_and_later_nights_are_deltas(world: tuple[Plan, Path, Truth]) -> None:
    plan, directory, _ = world
    sent: dict[date, set[tuple[str, str]]] = {}
    for night, crime in read(directory):
        if not is_junk(crime, night):
            sent.setdefault(night, set()).add((crime.force, crime.reference))
    first, second, third = (sent[plan.day(night)] for night in range(3))
    assert 0.75 * plan.crimes < len(first) < 0.87 * plan.crimes
    for later, before in ((second, first), (third, first | second)):
        assert 0.06 * plan.crimes < len(later - before) < 0.14 * plan.crimes
        assert 0.05 * plan.crimes < len(later & before) < 0.16 * plan.crimes


def test_every_trap_of_the_samples_is_there(world: tuple[Plan, Path, Truth]) -> None:
    _, directory, truth = world
    versions: dict[tuple[str, str], dict[date, Crime]] = {}
    for night, crime in read(directory):
        if not is_junk(crime, night):
            versions.setdefault((crime.force, crime.reference), {})[night] = crime
    changes = [pair for sent in versions.values() for pair in pairwise(sent.values())]
    assert truth.transferred > 5
    assert truth.withdrawn > 3
    assert any(not before.cancelled and after.cancelled for before, after in changes)
    assert any(not before.moved and after.moved == "out" for before, after in changes)
    assert any(before == after for before, after in changes), "sent again unchanged"
    assert any(len(once(before.people)) > len(once(after.people)) for before, after in changes), "eliminated"
    assert any(
        not old.self_defined and new.self_defined
        for before, after in changes
        for old, new in zip(before.people, after.people, strict=False)
        if old.local_id == new.local_id
    )
    everyone = [person for sent in versions.values() for crime in sent.values() for person in crime.people]
    assert any(len(person.nationalities) == 2 for person in everyone)
    assert any(person.surname.isupper() for person in everyone)
    assert any(len(person.forenames) == 1 for person in everyone)
    assert any(
        (one.surname, one.born, one.forenames[0]) == (other.surname, other.born, other.forenames)
        and one.local_id != other.local_id
        for sent in versions.values()
        for crime in sent.values()
        for one in crime.people
        for other in crime.people
    ), "one person under two numbers"
    assert any("-" in person.surname for person in everyone)
    assert any(not person.forenames.isascii() for person in everyone)
    names_of: dict[str, set[str]] = {}
    for person in everyone:
        if person.pnc:
            names_of.setdefault(person.pnc, set()).add(person.surname)
    assert any(len(spellings) > 1 for spellings in names_of.values()), "one person, spelled differently"


def test_every_transfer_ends_with_two_sides(world: tuple[Plan, Path, Truth]) -> None:
    _, directory, _ = world
    latest = {(crime.force, crime.reference): crime for _, crime in read(directory)}
    moved = [crime for crime in latest.values() if crime.moved]
    assert moved
    for crime in moved:
        other = latest[crime.other_force, crime.other_reference]
        assert {crime.moved, other.moved} == {"out", "in"}
        assert (other.other_force, other.other_reference) == (crime.force, crime.reference)


def test_a_crime_can_stand_twice_in_a_file_and_its_people_with_it(tmp_path: Path) -> None:
    write_deliveries(Plan(seed=1, crimes=60, crime_twice_in_file=1.0, nights=1), tmp_path)
    references = [row["CrimeNumber"] for row in pipes(tmp_path / "06/2026-09-01", "*CRIME*")]
    assert set(Counter(references[:-3]).values()) == {2}
    assert len(set(references[-3:])) == 3
    people = Counter((row["CrimeNumber"], row["NominalID"]) for row in pipes(tmp_path / "06/2026-09-01", "*NOMINAL*"))
    assert set(people.values()) == {1, 2}


def test_missing_values_differ_by_force(tmp_path: Path) -> None:
    write_deliveries(Plan(seed=1, crimes=3000, nights=1), tmp_path)
    blank: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for crime, person in recount(tmp_path)[1]:
        total[crime.force] += 1
        blank[crime.force] += not person.self_defined
    shares = [blank[force] / total[force] for force in ALL]
    assert shares == sorted(shares)
    assert 0.15 < shares[0] < 0.27
    assert 0.36 < shares[2] < 0.51


def test_16_plus_1_says_what_it_can(tmp_path: Path) -> None:
    write_deliveries(Plan(seed=1, crimes=4000, forces=("14", "13"), nights=1), tmp_path)
    for force, own, foreign in (("14", {"O1"}, {"A4", "W3", "W4", "O2"}), ("13", {"A4", "W3", "W4", "O2"}, {"O1"})):
        codes = set()
        for folder in tmp_path.glob(f"{force}/*"):
            if force == "14":
                (path,) = folder.glob("*.xlsx")
                rows = CalamineWorkbook.from_path(path).get_sheet_by_name("CSAE").to_python()[3:]
                codes |= {str(row[17]) for row in rows}
            else:
                codes |= {person.self_defined for crime in read_xml(folder) for person in crime.people}
        assert own <= codes
        assert not foreign & codes


def test_delimited_layout(world: tuple[Plan, Path, Truth]) -> None:
    _, directory, _ = world
    folder = directory / "06/2026-09-01"
    crimes = (folder / "GMP_CSAE_CRIME_20260901.csv").read_bytes()
    people = (folder / "GMP_CSAE_NOMINAL_20260901.csv").read_bytes()
    assert crimes.startswith(
        b"CrimeNumber|DateRecorded|OffenceFrom|HOClass|OnlineYN|GroupBasedYN|Outcome|OutcomeDate|RecordStatus|"
        b"TransferForce|TransferRef\r\n06A1/0"
    )
    assert people.startswith(
        b"CrimeNumber|NominalID|Role|Surname|Forenames|DOB|Sex|SelfDefinedEthnicity|OfficerDefinedEthnicity|"
        b"Nationality|PNCID|ImmigrationStatus\r\n06A1/0"
    )
    for content in (crimes, people):
        assert content.count(b"\n") == content.count(b"\r\n")
    with pytest.raises(UnicodeDecodeError):
        people.decode("utf-8")
    assert crimes.splitlines()[-3].startswith(b"|")
    assert crimes.splitlines()[-2].startswith(b"06A1/0900001/26|30/02/2026|")
    assert crimes.splitlines()[-1].startswith(b"06A1/0900002/26|01/01/2031|")


def test_markup_layout(world: tuple[Plan, Path, Truth]) -> None:
    _, directory, _ = world
    lines = (directory / "13/2026-09-02/niche_csae_20260902.xml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == '<?xml version="1.0" encoding="UTF-8"?>'
    assert lines[1].startswith('<CSAEExtract force="13" generated="2026-09-02T23:05:00Z" occurrences="')
    assert all(line.startswith('  <Occurrence urn="132') for line in lines[2:-1])
    assert lines[-1] == "</CSAEExtract>"
    (first,) = (directory / "13/2026-09-01").iterdir()
    element = etree.parse(first).getroot()[0]
    assert [child.tag for child in element][:4] == ["Recorded", "CommittedFrom", "HOOC", "Flags"]
    tags = [child.tag for child in element.findall("Person")[0] if child.tag != "Nationality"]
    assert tags == ["Surname", "Forename", "DOB", "Gender", "SDE", "IC", "PNC"]


def test_workbook_layout(world: tuple[Plan, Path, Truth]) -> None:
    _, directory, _ = world
    book = CalamineWorkbook.from_path(directory / "14/2026-09-01/SYP CSAE 01-09-2026.xlsx")
    assert book.sheet_names == ["CSAE", "Notes"]
    rows = book.get_sheet_by_name("CSAE").to_python()
    assert rows[0][0] == "South Yorkshire Police CSAE return 01 September 2026"
    assert rows[2][:3] == ["Crime No", "Recorded", "Offence start"]
    assert rows[2][-3:] == ["Nationality 1", "Nationality 2", "PNC ID"]
    assert len(rows[2]) == 22
    whole = rows[3]
    assert isinstance(whole[1], date)
    assert isinstance(whole[11], float)
    assert isinstance(whole[15], date)
    assert [row[0] for row in rows[-3:]] == ["", "14-900001-26", "14-900002-26"]
    assert rows[-2][1] == "2026-02-30"
    assert rows[-1][1] == date(2031, 1, 1)
    assert book.get_sheet_by_name("Notes").to_python() == [["Extracted from the records system; see force data lead"]]


def test_personal_values_are_all_that_is_personal(world: tuple[Plan, Path, Truth]) -> None:
    plan, directory, _ = world
    values = set(personal_values(plan))
    dates = set()
    for _, crime in read(directory):
        dates.add(crime.recorded)
        for person in crime.people:
            assert {f"{person.surname}, {person.forenames}", person.born, person.local_id} <= values
            assert not person.pnc or person.pnc in values
    assert not dates & values
    assert min(map(len, values)) >= 3


def test_no_other_date_is_a_date_of_birth(tmp_path: Path) -> None:
    """So a search for dates of birth finds no crime's dates."""
    write_deliveries(Plan(seed=1, crimes=500, forces=("06",), nights=1, history_days=3650), tmp_path)
    folder = tmp_path / "06/2026-09-01"
    born = [row["DOB"].split("/")[::-1] for row in pipes(folder, "*NOMINAL*")]
    offences = [row["OffenceFrom"].split("/")[::-1] for row in pipes(folder, "*CRIME*")]
    assert max(born) < min(offences)


def test_canary_is_in_every_personal_field(tmp_path: Path) -> None:
    plan = Plan(seed=3, crimes=200, nights=2, canary="Zqxcanary", misspelt=0.5)
    write_deliveries(plan, tmp_path)
    for _, crime in read(tmp_path):
        for person in crime.people:
            fields = [person.surname, person.forenames, person.local_id, *([person.pnc] if person.pnc else [])]
            assert all("Zqxcanary" in value for value in fields)
            assert "Zqxcanary" not in crime.reference


def test_progress_ends_with_everything(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_deliveries(Plan(seed=1, crimes=100), tmp_path, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] > 100


def test_truth_is_written_as_the_samples_have_it(world: tuple[Plan, Path, Truth], tmp_path: Path) -> None:
    _, _, truth = world
    truth.write(tmp_path / "truth.json")
    assert read_truth(tmp_path / "truth.json") == truth
    assert truth.to_json().startswith('{\n "crimes": ')


def test_names_are_written_in_windows_1252() -> None:
    for name in (*names.SURNAMES, *names.FORENAMES):
        assert name.encode("cp1252")
        assert name.upper().encode("cp1252")
        assert names.without_marks(name).isascii()
        assert len(names.without_marks(name)) >= len(name) - 1
    assert names.swap_last("Thomas") == "Thomsa"
    assert names.without_marks("O'Brien") == "OBrien"
    assert names.without_marks("Jørgensen-Peña") == "Jorgensen Pena"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"crimes": -1}, "crimes"),
        ({"nights": 0}, "nights"),
        ({"online": 1.5}, "online"),
        ({"forces": ()}, "forces"),
        ({"forces": ("06", "06")}, "forces"),
        ({"canary": "not letters"}, "canary"),
        ({"canary": "abc"}, "canary"),
    ],
)
def test_a_plan_says_what_is_wrong(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Plan(**{"seed": 1, "crimes": 1, **wrong})


def test_an_unknown_force_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no layout for force 99"):
        write_deliveries(Plan(seed=1, crimes=1, forces=("06", "99")), tmp_path)
    assert not list(tmp_path.iterdir())


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 100)
    with pytest.raises(ValueError, match="force 14 would send"):
        write_deliveries(Plan(seed=1, crimes=300), tmp_path)
    assert not list(tmp_path.iterdir())
