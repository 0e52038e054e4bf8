"""A seeded world: three forces, and what each of them delivers from step to step, in rows and in bytes.

Every personal field holds a marker that nothing else has, so that a leak is found by a search for bytes.
"""

import gzip
import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

CANARY = "Zqx"
FIRST_DAY = date(2026, 9, 1)
SOURCES = ("01", "03", "04")
MIN_CRIMES = 2
MOST_QUARANTINED = 0.5

_HEAD = """
source: "{code}"
name: Force {code}
status: live
owner: {{team: Data quality, contact: data@force.example}}
delivery: {{mode: delta, due: "daily 03:00"}}
bounds: {{crimes: {{min: {crimes}}}, max_quarantined_share: {share}}}
layouts:
  - valid_from: 2026-01-01
"""
_CRIMES = """
      crimes:
        files: "crimes*.csv"
        format: {type: delimited, delimiter: ",", encoding: utf-8}
        crime:
          columns:
            crime_ref: {from: Crime, required: true}
            recorded_on: {from: Recorded, date: yyyy-mm-dd, required: true}
            offence_title: Title
            record_status: {value: live}
"""
_PEOPLE = """
      people:
        files: "people*.csv%s"
        format: {type: delimited, delimiter: ",", encoding: utf-8}
        involvement:
          columns:
            crime_ref: {from: Crime, required: true}
            person_ref: {from: Person, required: true}
            role: {from: Role, map: {S: suspect, V: victim}, required: true}
            surname: Surname
            forenames: Forenames
            date_of_birth: {from: Born, date: yyyy-mm-dd}
            pnc_id: PNC
            immigration_status: Status
"""
PATTERNS = {"01": ("crimes",), "03": ("crimes", "people"), "04": ("bundle",)}
"""The kinds of object that make a delivery whole. Source 03's people come as `.gz`, 04 sends one `.zip`."""


def specs() -> dict[str, str]:
    """The YAML of each source."""
    heads = {code: _HEAD.format(code=code, crimes=MIN_CRIMES, share=MOST_QUARANTINED) for code in SOURCES}
    return {
        "01": f"{heads['01']}    extracts:{_CRIMES}",
        "03": f"{heads['03']}    extracts:{_CRIMES}{_PEOPLE % '.gz'}",
        "04": f'{heads["04"]}    archive: "bundle*.zip"\n    extracts:{_CRIMES}{_PEOPLE % ""}',
    }


@dataclass(frozen=True)
class Crime:
    serial: str
    """Stands in a column that the warehouse keeps as it is."""
    has_day: bool = True
    """Whether the day of recording is a day: the gate quarantines the row otherwise."""


@dataclass(frozen=True)
class Person:
    serial: str
    crime: str
    """The serial of the crime."""


@dataclass(frozen=True)
class File:
    """An object as delivered: what is in it, and its bytes."""

    name: str
    kind: str
    crimes: tuple[Crime, ...]
    people: tuple[Person, ...]
    is_broken: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Put:
    """One object that arrives, in place of another one of that name if there is one."""

    source: str
    day: date
    file: File


class World:
    """Draws what arrives. The same seed draws the same."""

    def __init__(self, draw: random.Random, rows: int = 6) -> None:
        self._draw = draw
        self._rows = rows
        self._serial = 0
        self._delivered: dict[tuple[str, date], dict[str, File]] = {}
        self._clock = dict.fromkeys(SOURCES, FIRST_DAY)

    def step(self, *, twins: bool = True) -> list[Put]:
        """What arrives before one night: for each source nothing, or one change."""
        puts: list[Put] = []
        for source in SOURCES:
            choices = ["new", "new", "correct", "again", "broken", "part", "few", "bad_days", "nothing"]
            choices += ["twin"] if twins else []
            puts += self._change(source, self._draw.choice(choices))
        return puts or self._change("03", "new")

    def _change(self, source: str, change: str) -> list[Put]:
        known = [
            day for (code, day), files in self._delivered.items() if code == source and self._is_whole(source, files)
        ]
        if change in {"correct", "again", "twin"} and not known:
            change = "new"
        match change:
            case "nothing":
                return []
            case "correct":
                day = self._draw.choice(known)
                kind = self._draw.choice(PATTERNS[source])
                name = self._draw.choice([self._delivered[source, day][kind].name, self._name(kind, source)])
                return [self._put(source, day, self._file(source, kind, name, drop=self._draw.random() < 0.3))]
            case "again":
                day = self._draw.choice(known)
                kind = self._draw.choice(PATTERNS[source])
                old = self._delivered[source, day][kind]
                return [self._put(source, day, File(self._name(kind, source), *_rest(old)))]
            case "twin":
                day = self._draw.choice(known)
                later = self._next_day(source, self._draw.choice([1, 65, 400]))
                return [self._put(source, later, file) for file in self._delivered[source, day].values()]
            case "part" if len(PATTERNS[source]) > 1:
                day = self._next_day(source)
                kind = self._draw.choice(PATTERNS[source])
                return [self._put(source, day, self._file(source, kind, self._name(kind, source)))]
        day = self._next_day(source)
        broken = self._draw.choice(PATTERNS[source]) if change == "broken" else None
        count = 1 if change == "few" else None
        return [
            self._put(
                source,
                day,
                self._file(
                    source,
                    kind,
                    self._name(kind, source),
                    broken=kind == broken,
                    count=count,
                    bad_days=change == "bad_days",
                ),
            )
            for kind in PATTERNS[source]
        ]

    def _is_whole(self, source: str, files: dict[str, File]) -> bool:
        return set(files) == set(PATTERNS[source])

    def _next_day(self, source: str, after: int = 1) -> date:
        self._clock[source] += timedelta(days=after)
        return self._clock[source]

    def _name(self, kind: str, source: str) -> str:
        self._serial += 1
        suffix = {"crimes": ".csv", "people": ".csv.gz", "bundle": ".zip"}[kind]
        return f"{kind}_{source}_{self._serial:04d}{suffix}"

    def _put(self, source: str, day: date, file: File) -> Put:
        self._delivered.setdefault((source, day), {})[file.kind] = file
        return Put(source, day, file)

    def _file(
        self,
        source: str,
        kind: str,
        name: str,
        *,
        broken: bool = False,
        count: int | None = None,
        bad_days: bool = False,
        drop: bool = False,
    ) -> File:
        count = count or max(self._draw.randint(MIN_CRIMES, self._rows) - (2 if drop else 0), MIN_CRIMES)
        crimes: list[Crime] = []
        people: list[Person] = []
        for number in range(count):
            self._serial += 1
            serial = f"S{source}-{self._serial:06d}"
            crimes.append(Crime(serial, not (bad_days and self._draw.random() < 0.5)))
            for nth in range(self._draw.randint(1, 2)):
                people.append(Person(f"{serial}/{nth}", f"{number}"))
        if kind == "people":  # of crimes by number, which any file of crimes of the source has
            people = [person for person in people if int(person.crime) < MIN_CRIMES]
            return File(name, kind, (), tuple(people), broken, gzip.compress(people_csv(people, broken), mtime=0))
        if kind == "crimes":
            return File(name, kind, tuple(crimes), (), broken, crimes_csv(crimes, broken))
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("out/crimes_1.csv"), crimes_csv(crimes, broken))
            archive.writestr(zipfile.ZipInfo("out/people_1.csv"), people_csv(people))
        return File(name, kind, tuple(crimes), tuple(people), broken, content.getvalue())


def _rest(file: File) -> tuple[str, tuple[Crime, ...], tuple[Person, ...], bool, bytes]:
    return file.kind, file.crimes, file.people, file.is_broken, file.content


def crimes_csv(crimes: Sequence[Crime], broken: bool = False) -> bytes:
    """References are numbers within the file, so that any file of people fits any file of crimes."""
    lines = ["Crime,Recorded,Title"]
    lines += [
        f"{CANARY}crime-{number},{'2026-08-01' if crime.has_day else '2026-02-31'},{crime.serial}"
        for number, crime in enumerate(crimes)
    ]
    return _text(lines, broken)


def people_csv(people: Sequence[Person], broken: bool = False) -> bytes:
    lines = ["Crime,Person,Role,Surname,Forenames,Born,PNC,Status"]
    lines += [
        f"{CANARY}crime-{person.crime},{CANARY}person-{person.serial},S,{CANARY}surname,{CANARY}forename,"
        f"1990-01-01,{CANARY}pnc-{person.serial},{person.serial}"
        for person in people
    ]
    return _text(lines, broken)


def _text(lines: list[str], broken: bool) -> bytes:
    if broken:
        lines[-1] += f",{CANARY}one,{CANARY}field,{CANARY}too many"
    return ("\n".join(lines) + "\n").encode()
