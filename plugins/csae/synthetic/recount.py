"""Read deliveries of the three layouts back and count them by the samples' rules, file by file in plain loops.

It shares no step with the world, its layouts or the pipeline, so it can judge all of them; nothing here is fast.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree
from python_calamine import CalamineWorkbook

from csae.synthetic.vocabulary import NATIONALITIES

DEMONYMS = {entry.demonym: code for code, entry in NATIONALITIES.items()}
COUNTRIES = {entry.country: code for code, entry in NATIONALITIES.items()}
WORDS = {
    "": "U",
    "White - North European": "W",
    "White - South European": "W",
    "Black": "B",
    "Asian": "A",
    "Chinese, Japanese or South East Asian": "A",
    "Middle Eastern": "O",
    "Unknown": "U",
}
IC = {"": "U", "1": "W", "2": "W", "3": "B", "4": "A", "5": "A", "6": "O", "9": "U"}


@dataclass(frozen=True)
class Person:
    local_id: str
    role: str
    surname: str
    forenames: str
    born: str
    self_defined: str
    """Harmonised; NS not stated, '' not recorded."""
    observed_group: str
    nationalities: tuple[str, ...]
    pnc: str


@dataclass(frozen=True)
class Crime:
    force: str
    reference: str
    recorded: str
    offence_code: str
    online: bool
    group: bool
    cancelled: bool
    moved: str
    """'', 'out' or 'in'."""
    other_force: str
    other_reference: str
    people: tuple[Person, ...]


def recount(directory: Path) -> tuple[dict[str, Any], list[tuple[Crime, Person]]]:
    """The keys of a truth except `links` and `distinct_suspects`, which no file tells; and the suspects counted."""
    latest: dict[tuple[str, str], Crime] = {}
    junk = 0
    for night, crime in read(directory):
        if is_junk(crime, night):
            junk += 1
        else:
            latest[crime.force, crime.reference] = crime
    live = [crime for crime in latest.values() if crime.moved != "out" and not crime.cancelled]
    people = [(crime, person) for crime in live for person in once(crime.people)]
    suspects = [(crime, person) for crime, person in people if person.role == "suspect"]
    counts = {
        "crimes": len(live),
        "crimes_by_force": Counter(crime.force for crime in live),
        "crimes_by_ho": Counter(crime.offence_code for crime in live),
        "suspect_involvements": len(suspects),
        "victim_involvements": len(people) - len(suspects),
        "suspects_self_defined": Counter(person.self_defined or "BLANK" for _, person in suspects),
        "suspects_group": Counter(ethnic_group(person) for _, person in suspects),
        "suspects_nationality": Counter(code for _, person in suspects for code in person.nationalities or ["BLANK"]),
        "transferred": sum(crime.moved == "in" for crime in latest.values()),
        "withdrawn": sum(crime.cancelled for crime in latest.values()),
        "junk_crimes": junk,
        "online": sum(crime.online for crime in live),
        "group_based": sum(crime.group for crime in live),
    }
    return counts, suspects


def ethnic_group(person: Person) -> str:
    return person.observed_group if person.self_defined in ("", "NS") else person.self_defined[0]


def is_junk(crime: Crime, night: date) -> bool:
    try:
        return not crime.reference or date.fromisoformat(crime.recorded) > night
    except ValueError:
        return True


def once(people: tuple[Person, ...]) -> list[Person]:
    """Each person of a crime once: the same number, or the same surname, birthday and initial."""
    kept: dict[tuple[str, ...], Person] = {}
    numbers = set()
    for person in people:
        key = (person.role, person.surname, person.born, person.forenames[0])
        if (person.role, person.local_id) not in numbers and key not in kept:
            kept[key] = person
        numbers.add((person.role, person.local_id))
    return list(kept.values())


def read(directory: Path) -> Iterator[tuple[date, Crime]]:
    """Every crime below `<force>/<date>/` as delivered, night by night."""
    for folder in sorted(directory.glob("*/*"), key=lambda folder: (folder.name, folder.parent.name)):
        for crime in READERS[folder.parent.name](folder):
            yield date.fromisoformat(folder.name), crime


def read_pipes(folder: Path) -> Iterator[Crime]:
    people: dict[str, list[Person]] = {}
    for row in pipes(folder, "GMP_CSAE_NOMINAL_*.csv"):
        person = Person(
            local_id=row["NominalID"],
            role=row["Role"].lower(),
            surname=row["Surname"],
            forenames=row["Forenames"],
            born=_iso(row["DOB"]),
            self_defined=row["SelfDefinedEthnicity"].split(" - ")[0],
            observed_group=WORDS[row["OfficerDefinedEthnicity"]],
            nationalities=tuple(DEMONYMS[word] for word in row["Nationality"].split("/") if word),
            pnc=row["PNCID"],
        )
        people.setdefault(row["CrimeNumber"], []).append(person)
    for row in pipes(folder, "GMP_CSAE_CRIME_*.csv"):
        direction, _, force = row["TransferForce"].partition(" ")
        yield Crime(
            force="06",
            reference=row["CrimeNumber"],
            recorded=_iso(row["DateRecorded"]),
            offence_code=row["HOClass"],
            online=row["OnlineYN"] == "Y",
            group=row["GroupBasedYN"] == "Y",
            cancelled=row["RecordStatus"] == "CANCELLED",
            moved={"": "", "TO": "out", "FROM": "in"}[direction],
            other_force=force,
            other_reference=row["TransferRef"],
            people=tuple(people[row["CrimeNumber"]]),
        )


def pipes(folder: Path, pattern: str) -> list[dict[str, str]]:
    """The rows of the one file of a pattern."""
    (path,) = folder.glob(pattern)
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter="|"))


def _iso(text: str) -> str:
    day, month, year = text.split("/")
    return f"{year}-{month}-{day}"


def read_xml(folder: Path) -> Iterator[Crime]:
    (path,) = folder.glob("niche_csae_*.xml")
    for element in etree.parse(path).getroot():
        flags = [flag.text for flag in element.iterfind("Flags/Flag")]
        transfer = element.find("Transfer")
        moved = {} if transfer is None else {str(key): str(value) for key, value in transfer.attrib.items()}
        code = element.findtext("HOOC", "")
        yield Crime(
            force="13",
            reference=element.get("urn", ""),
            recorded=element.findtext("Recorded", ""),
            offence_code=f"{code[:3]}/{code[3:]}",
            online="ONLINE" in flags,
            group="GROUP" in flags,
            cancelled=element.get("status") == "CANCELLED",
            moved=moved.get("direction", ""),
            other_force=moved.get("force", ""),
            other_reference=moved.get("ref", ""),
            people=tuple(_xml_person(person) for person in element.iterfind("Person")),
        )


def _xml_person(element: Any) -> Person:
    return Person(
        local_id=element.get("id"),
        role=element.get("involvement").lower(),
        surname=element.findtext("Surname"),
        forenames=element.findtext("Forename"),
        born=element.findtext("DOB"),
        self_defined=element.findtext("SDE"),
        observed_group=IC[element.findtext("IC")],
        nationalities=tuple(each.text for each in element.iterfind("Nationality")),
        pnc=element.findtext("PNC"),
    )


def read_workbook(folder: Path) -> Iterator[Crime]:
    (path,) = folder.glob("SYP CSAE *.xlsx")
    _, _, header, *rows = CalamineWorkbook.from_path(path).get_sheet_by_name("CSAE").to_python()
    crimes: dict[str, tuple[dict[str, str], list[Person]]] = {}
    for cells in rows:
        row = {str(name): _plain(cell) for name, cell in zip(header, cells, strict=True)}
        crimes.setdefault(row["Crime No"], (row, []))[1].append(_sheet_person(row))
    for reference, (row, people) in crimes.items():
        direction, _, force = row["Transferred to/from"].partition(" ")
        yield Crime(
            force="14",
            reference=reference,
            recorded=row["Recorded"],
            offence_code=row["HO code"],
            online=row["Cyber"] == "Yes",
            group=row["Multiple offenders"] == "Yes",
            cancelled=row["Cancelled"] == "Yes",
            moved={"": "", "to": "out", "from": "in"}[direction],
            other_force=force,
            other_reference=row["Other ref"],
            people=tuple(people),
        )


def _sheet_person(row: Mapping[str, str]) -> Person:
    code = row["Ethnicity (16+1)"]
    return Person(
        local_id=row["Person ID"],
        role=row["Suspect/Victim"].lower(),
        surname=row["Last name"],
        forenames=row["First name"],
        born=row["Date of birth"],
        self_defined={"O1": "A4"}.get(code, code),
        observed_group=IC[row["IC code"]],
        nationalities=tuple(COUNTRIES[row[name]] for name in ("Nationality 1", "Nationality 2") if row[name]),
        pnc=row["PNC ID"],
    )


def _plain(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:.0f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


READERS: Mapping[str, Callable[[Path], Iterator[Crime]]] = {"06": read_pipes, "13": read_xml, "14": read_workbook}
