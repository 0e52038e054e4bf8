"""Random histories of a small country: what forces deliver, night by night, in every way that deliveries go wrong.

Three forces send changes, one of them on trial, one sends people in a file of their own, two send all that stands, and
an agency sends case reviews. References, people and days are few, so that they meet: crimes are handed on in every
shape, people turn up under several names and in several forces.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

FIRST_DAY = date(2026, 9, 1)

_CRIME = """
        crime:
          columns:
            crime_ref: {from: Crime, required: true}
            recorded_on: {from: Recorded, date: yyyy-mm-dd}
            offence_start_on: {from: Start, date: yyyy-mm-dd}
            home_office_code: Offence
            outcome_code: Outcome
            outcome_on: {from: Closed, date: yyyy-mm-dd}
            record_status: {from: Status, map: {L: live, C: cancelled}}
            transfer_direction: {from: Direction, map: {I: in, O: out}}
            transfer_force: Force
            transfer_ref: Other
"""
_PERSON = """
        involvement:
          columns:
            {ref}person_ref: Person
            role: {{from: Role, map: {{S: suspect, V: victim}}}}
            surname: Surname
            forenames: Forename
            date_of_birth: {{from: Born, date: yyyy-mm-dd}}
            sex: {{from: Sex, map: {{M: M, F: F}}}}
            pnc_id: Pnc
            self_defined_ethnicity: {{from: Ethnicity, codes: self_defined_2001}}
            nationalities: {{from: Nationality, codes: country_name}}
"""
_FORCE = """
source: "{code}"
name: Force {code}
status: {status}
owner: {{team: Data quality, contact: data@force.example}}
delivery: {{mode: {mode}, due: "daily 03:00"}}
layouts:
  - valid_from: 2026-01-01
    extracts:{extracts}
bounds: {{crimes: {{min: 0}}, max_quarantined_share: 0.5}}
"""
_EXTRACT = """
      {name}:
        files: "{name}*.csv"
        format: {{type: delimited, delimiter: ",", encoding: utf-8}}"""
_AGENCY = """
source: "91"
name: Agency
status: live
owner: {team: Reviews, contact: reviews@agency.example}
delivery: {mode: snapshot, due: "daily 09:00"}
layouts:
  - valid_from: 2026-01-01
    extracts:
      records:
        files: "records*.csv"
        format: {type: delimited, delimiter: ",", encoding: utf-8}
        case_review:
          columns:
            case_ref: {from: Case, required: true}
            force: Force
            identified_on: {from: Identified, date: yyyy-mm-dd}
            status: {from: Status, map: {I: identified, R: under_review, C: closed}}
            status_on: {from: Since, date: yyyy-mm-dd}
bounds: {crimes: {min: 0}, max_quarantined_share: 0.5}
"""


@dataclass(frozen=True)
class Source:
    code: str
    mode: str = "delta"
    status: str = "live"
    has_people_apart: bool = False

    @property
    def spec(self) -> str:
        if self.code == AGENCY.code:
            return _AGENCY
        crime = _EXTRACT.format(name="records") + _CRIME
        people = _PERSON.format(ref="")
        if self.has_people_apart:
            people = _EXTRACT.format(name="people") + _PERSON.format(ref="crime_ref: Crime\n            ")
        return _FORCE.format(code=self.code, status=self.status, mode=self.mode, extracts=(crime + people).rstrip())


AGENCY = Source("91", mode="snapshot")
FORCES = (
    Source("03"),
    Source("04", has_people_apart=True),
    Source("05", status="trial"),
    Source("06", mode="snapshot"),
    Source("07", mode="snapshot"),
)
SOURCES = (*FORCES, AGENCY)


@dataclass(frozen=True)
class Delivery:
    """The files of one delivery. `number` tells one that corrects an earlier of its day from that earlier one."""

    source: str
    day: date
    number: int
    files: dict[str, str]


@dataclass(frozen=True)
class Night:
    deliveries: list[Delivery]
    is_held: bool
    """Built, and not shown to analysts."""
    is_reconsidered: bool
    """Rejected loads are taken up again."""


_CRIME_HEADER = "Crime,Recorded,Start,Offence,Outcome,Closed,Status,Direction,Force,Other"
_PERSON_HEADER = "Person,Role,Surname,Forename,Born,Sex,Pnc,Ethnicity,Nationality"
_REFERENCES = ("A", "B", "C", "D")
_NOBODY = ",,,,,,,,"
_PEOPLE = (
    "1,{role},Smith,John,1990-02-03,M,P1,W1,United Kingdom",
    "1,{role},Smyth,John,1990-02-03,M,P1,W1,Poland",
    ",{role},Smith,John,1990-02-03,M,,A1,",
    ",{role},Smith,John,1990-03-02,M,,,",
    "2,{role},Smith,J,1990-02-03,M,,W1,Nowhere",
    ",{role},Smith,James,1990-02-03,M,,,",
    "3,{role},Kowalska-Nowak,Anna,1985-07-30,F,P3,B1,Poland",
    ",{role},Nowak Kowalska,Anna Maria,1985-07-30,F,,,",
    ",{role},Jones,Mary,1970-01-01,F,,W1,",
    ",{role},,,,F,,,",
    ",{role},,,,F,,,",
)
_OFFENCES = ("019/08", "086/10", "", "nonsense")
_OUTCOMES = (",", "18,2026-08-20", "1,2026-08-21")
_DAYS = ("2026-08-01", "2026-08-02", "no day")


def histories(nights: int) -> st.SearchStrategy[list[Night]]:
    """By seed: where Hypothesis makes up every choice itself, its first histories are of next to nothing."""
    return st.integers(1, 2**32 - 1).map(lambda seed: _Country(Random(seed)).history(nights))


@dataclass
class _Country:
    """What was delivered so far, by which the next delivery is made up."""

    random: Random
    contents: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    numbers: dict[tuple[str, date], int] = field(default_factory=dict)

    def history(self, nights: int) -> list[Night]:
        return [self._night(place) for place in range(nights)]

    def _night(self, place: int) -> Night:
        latest = FIRST_DAY + timedelta(days=place)
        senders = [source for source in SOURCES if place == 0 or self._chance(2, 3)]
        return Night(
            [self._delivery(source, latest) for source in senders],
            is_held=place > 0 and self._chance(1, 4),
            is_reconsidered=self._chance(1, 2),
        )

    def _delivery(self, source: Source, latest: date) -> Delivery:
        """A new day's, one that is late or corrects an earlier, or one that repeats another day's, byte for byte."""
        day = latest - timedelta(days=self.random.choice((0, 0, 0, 1, 2)))
        number = self.numbers.get((source.code, day), 0)
        self.numbers[source.code, day] = number + 1
        before = self.contents.setdefault(source.code, [])
        if before and number == 0 and self._chance(1, 4):
            files = self.random.choice(before)
        elif source == AGENCY:
            files = self._reviews(number)
        else:
            files = _files(source, self._crimes(source.code), number)
        before.append(files)
        return Delivery(source.code, day, number, files)

    def _crimes(self, code: str) -> list[tuple[str, list[str]]]:
        """Records of crimes with their people: none at times, and at times the same crime twice."""
        if self._chance(1, 8):
            return []
        days = _DAYS if self._chance(1, 3) else _DAYS[:2]
        return [(self._crime(code, days), self._people()) for _ in range(self.random.randint(2, 7))]

    def _crime(self, code: str, days: tuple[str, ...]) -> str:
        pick = self.random.choice
        transfer = ",,"
        if self._chance(1, 3):
            others = [force.code for force in FORCES if force.code != code]
            transfer = f"{pick('IO')},{pick(others)},{pick((*_REFERENCES, ''))}"
        return (
            f"{pick(_REFERENCES)},{pick(days)},{pick(('2026-07-30', ''))},{pick(_OFFENCES)},{pick(_OUTCOMES)},"
            f"{pick('LLLLC')},{transfer}"
        )

    def _people(self) -> list[str]:
        return [
            self.random.choice(_PEOPLE).format(role=self.random.choice("SV")) for _ in range(self.random.randint(0, 3))
        ]

    def _reviews(self, number: int) -> dict[str, str]:
        pick = self.random.choice
        rows = [
            f"{pick(_REFERENCES)},{pick(('03', '06', '13', 'nobody'))},2026-08-01,{pick('IRC')},"
            f"{pick(('2026-08-01', '2026-08-05'))}"
            for _ in range(self.random.randint(0, 4))
        ]
        return {f"records_{number}.csv": "\n".join(["Case,Force,Identified,Status,Since", *rows, ""])}

    def _chance(self, times: int, of: int) -> bool:
        return self.random.randrange(of) < times


def _files(source: Source, crimes: list[tuple[str, list[str]]], number: int) -> dict[str, str]:
    if source.has_people_apart:
        people = [f"{crime.split(',')[0]},{person}" for crime, people in crimes for person in people]
        return {
            f"records_{number}.csv": "\n".join([_CRIME_HEADER, *(crime for crime, _ in crimes), ""]),
            f"people_{number}.csv": "\n".join([f"Crime,{_PERSON_HEADER}", *people, ""]),
        }
    rows = [f"{crime},{person}" for crime, people in crimes for person in people or [_NOBODY]]
    return {f"records_{number}.csv": "\n".join([f"{_CRIME_HEADER},{_PERSON_HEADER}", *rows, ""])}
