"""Deliveries by hand, for the cases that say exactly what arrives. The oracle is told of each."""

import gzip
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from faults.bench import Bench
from faults.oracle import Oracle
from faults.world import FIRST_DAY, Crime, File, Person, Put, crimes_csv, people_csv


class Delivering:
    """What arrives at a bench. Names of files owe nothing to their content."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.oracle = Oracle()
        self._number = 0

    def crimes(
        self,
        serials: Iterable[str] = "ABC",
        *,
        source: str = "01",
        day: int | date = 0,
        name: str | None = None,
        broken: bool = False,
        fill: int = 0,
    ) -> File:
        """A file of crimes arrives; `fill` makes it larger by so many rows."""
        crimes = [Crime(serial) for serial in [*serials, *(f"fill-{number}" for number in range(fill))]]
        name = name or self._name("crimes", ".csv")
        return self.put(File(name, "crimes", tuple(crimes), (), broken, crimes_csv(crimes, broken)), source, day)

    def people(
        self, serials: Iterable[str] = "ab", *, day: int | date = 0, name: str | None = None, broken: bool = False
    ) -> File:
        """A file of source 03's people, of the first crimes of any of its files."""
        people = [Person(serial, f"{number}") for number, serial in enumerate(serials)]
        content = gzip.compress(people_csv(people, broken), mtime=0)
        name = name or self._name("people", ".csv.gz")
        return self.put(File(name, "people", (), tuple(people), broken, content), "03", day)

    def put(self, file: File, source: str, day: int | date) -> File:
        on = day if isinstance(day, date) else FIRST_DAY + timedelta(days=day)
        put = Put(source, on, file)
        self.bench.put([put])
        self.oracle.put([put])
        return file

    def night(self, *, gate: bool = False) -> dict[str, Any]:
        """A night without faults, after which the warehouse holds what the oracle says."""
        outcome = self.bench.clean_night(gate=gate)
        self.oracle.night(gate=gate)
        self.bench.check(self.oracle)
        return outcome

    def recovers(self, *, gate: bool = False) -> dict[str, Any]:
        """After a fault: every load is whole or absent, and the next night leaves what one without the fault would."""
        self.oracle.night(gate=gate)
        self.bench.recover()
        self.bench.check_whole(self.oracle)
        outcome = self.bench.clean_night(gate=gate)
        self.bench.check(self.oracle)
        return outcome

    @property
    def states(self) -> list[tuple[Any, ...]]:
        """Of all loads: source, day, number of the correction, state and attempt."""
        return self.bench.rows(
            "select source, delivery_on::text, correction_number, state, attempt from ops.load order by load_id"
        )

    def _name(self, kind: str, suffix: str) -> str:
        self._number += 1
        return f"{kind}_{self._number:03d}{suffix}"
