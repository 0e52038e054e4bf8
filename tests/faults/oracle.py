"""What the warehouse must hold, worked out in memory from what was delivered.

It knows deliveries as rows, never reads a file, and shares no code with the pipeline.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from faults.world import MIN_CRIMES, MOST_QUARANTINED, PATTERNS, SOURCES, File, Put

Row = tuple[str, date, int, str]
"""Source, day, number of the correction, serial."""


@dataclass
class Entry:
    """A load as the ledger must have it."""

    source: str
    day: date
    digest: str
    correction: int
    state: str
    files: tuple[File, ...]
    duplicate_of: "Entry | None" = None
    quarantined: tuple[int, int] | None = None
    """Crimes and people, once the gate has decided."""

    @property
    def has_rows(self) -> bool:
        return self.state in {"loaded", "accepted"} or self.quarantined is not None

    @property
    def crimes(self) -> list[str]:
        return [crime.serial for file in self.files for crime in file.crimes] if self.has_rows else []

    @property
    def people(self) -> list[str]:
        return [person.serial for file in self.files for person in file.people] if self.has_rows else []

    @property
    def as_shown(self) -> tuple[object, ...]:
        read = (len(self.crimes), len(self.people)) if self.has_rows else (None, None)
        return (
            self.source,
            self.day,
            self.digest,
            self.correction,
            self.state,
            *read,
            *(self.quarantined or (None, None)),
        )


class Oracle:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._landing: dict[tuple[str, date], dict[str, File]] = {}
        self._seen: dict[tuple[str, date], dict[str, int]] = {}
        """By digest, the number of the load that a file came with."""

    def put(self, puts: Iterable[Put]) -> None:
        for put in puts:
            self._landing.setdefault((put.source, put.day), {})[put.file.name] = put.file

    def night(self, *, gate: bool) -> None:
        """A night without any fault."""
        for source, day in sorted(self._landing):
            if source in SOURCES:
                self._load(source, day)
        if gate:
            for entry in self.entries:
                if entry.state == "loaded":
                    self._decide(entry)

    def crime_rows(self) -> Counter[Row]:
        return Counter(
            (entry.source, entry.day, entry.correction, serial) for entry in self.entries for serial in entry.crimes
        )

    def person_rows(self) -> Counter[Row]:
        return Counter(
            (entry.source, entry.day, entry.correction, serial) for entry in self.entries for serial in entry.people
        )

    def _load(self, source: str, day: date) -> None:
        files = self._landing[source, day]
        seen = self._seen.setdefault((source, day), {})
        chosen: list[File] = []
        for kind in PATTERNS[source]:
            present = [file for file in files.values() if file.kind == kind]
            if not present:
                return  # waits, and the ledger knows nothing of it
            fresh = [file for file in present if _digest([file]) not in seen]
            newest = fresh or [max(present, key=lambda file: seen[_digest([file])])]
            if len({_digest([file]) for file in newest}) != 1:
                raise AssertionError("the world delivered two versions at once")
            chosen.append(newest[0])
        digest = _digest(chosen)
        same_day = [entry for entry in self.entries if (entry.source, entry.day) == (source, day)]
        known = next((entry for entry in same_day if entry.digest == digest), None)
        if known is None:
            twin = next(
                (
                    entry
                    for entry in self.entries
                    if entry.source == source and entry.digest == digest and entry.state in {"loaded", "accepted"}
                ),
                None,
            )
            state = "duplicate" if twin else "rejected" if any(file.is_broken for file in chosen) else "loaded"
            known = Entry(source, day, digest, len(same_day), state, tuple(chosen), twin)
            self.entries.append(known)
        for file in files.values():
            seen.setdefault(_digest([file]), self.entries.index(known))

    def _decide(self, entry: Entry) -> None:
        crimes = [crime for file in entry.files for crime in file.crimes]
        bad = {f"{number}" for number, crime in enumerate(crimes) if not crime.has_day}
        there = {f"{number}" for number in range(len(crimes))}
        people = [person for file in entry.files for person in file.people]
        bad_people = sum(person.crime in bad or person.crime not in there for person in people)
        entry.quarantined = (len(bad), bad_people)
        too_many = len(bad) > len(crimes) * MOST_QUARANTINED or bad_people > len(people) * MOST_QUARANTINED
        entry.state = "rejected" if len(crimes) < MIN_CRIMES or too_many else "accepted"


def _digest(files: Iterable[File]) -> str:
    """Of contents, whatever their names and order."""
    each = sorted(hashlib.sha256(file.content).hexdigest() for file in files)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()
