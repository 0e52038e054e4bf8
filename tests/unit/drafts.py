"""Invented forces for drafts, and a draft that shows no person's value."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from csae.cli import app
from csae.sources import LoadedSource, load_source
from csae.sources.examples import faults

SURNAMES = ("Zqxley", "Zqxworth", "Zqxby", "Zqxton", "Zqxham", "O'Zqx", "Zqxfield", "Zqxmore", "Zqxdale", "Zqxwell")
FORENAMES = ("Zqxa", "Zqxine", "Zqxard", "Zqxolas", "Zqxie", "Zqxbert", "Zqxana", "Zqxel")
CODES_2011 = ("W1", "W1", "W9", "A2", "A4", "B2", "M1", "NS", "O2", "")
OFFENCES = ("086/02", "022/22", "020/06", "019/16", "088/01")
NATIONALITIES = ("GBR", "GBR", "POL", "ROU", "IND", "PAK", "IRL", "")
PERSONAL = "zqx"


@dataclass(frozen=True)
class World:
    """Invented crimes and people; every name begins with `Zqx`, so that a draft can be searched for them."""

    crimes: list[dict[str, str]]
    people: list[dict[str, str]]
    secrets: list[str] = field(default_factory=list)


def world(day_format: str = "%d/%m/%Y", count: int = 120) -> World:
    dice = random.Random(7)
    crimes: list[dict[str, str]] = []
    people: list[dict[str, str]] = []

    def day(first: int, last: int) -> str:
        return (date(2026, 8, 30) - timedelta(days=dice.randint(first, last))).strftime(day_format)

    for number in range(count):
        closed = dice.random() < 0.6
        crimes.append(
            {
                "ref": f"77C/{48213 + number * 7:06d}/26",
                "recorded": day(1, 300),
                "start": day(300, 2500),
                "code": dice.choice(OFFENCES),
                "online": dice.choice("YN"),
                "outcome": dice.choice(["1", "14", "15", "16", "18"]) if closed else "",
                "outcome_on": day(1, 100) if closed else "",
                "status": "Cancelled" if number % 29 == 3 else "Live",
            }
        )
        for role in ("Suspect", "Victim"):
            people.append(
                {
                    "ref": crimes[-1]["ref"],
                    "id": f"P{913004 + len(people) * 13}",
                    "role": role,
                    "surname": dice.choice(SURNAMES),
                    "forenames": dice.choice(FORENAMES),
                    "born": day(10 * 365, 60 * 365),
                    "sex": dice.choice(["Male", "Female"]),
                    "ethnicity": dice.choice(CODES_2011),
                    "nationality": dice.choice(NATIONALITIES),
                    "pnc": f"{dice.randint(1995, 2025)}/{dice.randint(1000000, 9999999)}K"
                    if dice.random() < 0.4
                    else "",
                }
            )
    secrets = [row[key] for row in people for key in ("id", "born", "pnc", "ref") if row[key]]
    return World(crimes, people, secrets)


def lines(rows: Sequence[dict[str, str]], header: dict[str, str], mark: str, end: str = "\r\n") -> str:
    cells = [header.values(), *([row[key] for key in header] for row in rows)]
    return "".join(mark.join(row) + end for row in cells)


@dataclass(frozen=True)
class Drafted:
    source: LoadedSource
    text: str
    output: str
    exit_code: int

    def columns(self, extract: str, kind: str = "crime") -> dict[str, Any]:
        layout = self.source.spec.layouts[-1].extracts[extract]
        return {
            name: column.from_[0] if len(column.from_) == 1 else column.from_ or column.value
            for one, record in layout.records
            if one == kind
            for name, column in record.columns.items()
        }


def draft(tmp_path: Path, *files: Path, more: Sequence[str] = (), secrets: Sequence[str] = ()) -> Drafted:
    """The draft, which loads, whose examples hold, and which shows no person's value on paper or on screen."""
    path = tmp_path / "77_testshire.yml"
    command = ["force", "new", "77", "--sample", *map(str, files), "--name", "Testshire", "--output", str(path), *more]
    result = CliRunner().invoke(app, command)
    assert path.exists(), result.output
    text = path.read_text(encoding="utf-8")
    for shown in (text, result.output):
        assert PERSONAL not in shown.lower()
        assert not [secret for secret in secrets if secret in shown]
    source = load_source(path)
    assert source.spec.status == "draft"
    assert text.splitlines()[0] == "# yaml-language-server: $schema=source.schema.json"
    assert len(text.splitlines()) <= 90
    assert faults(source.spec) == []
    assert 1 <= len(source.spec.examples) <= 2
    return Drafted(source, text, result.output, result.exit_code)


CRIME_HEADER = {
    "ref": "Crime Number", "recorded": "Date Recorded", "start": "Offence Start Date", "code": "HO Code",
    "online": "Online Flag", "outcome": "Outcome Code", "outcome_on": "Outcome Date", "status": "Record Status",
}  # fmt: skip
PERSON_HEADER = {
    "ref": "Crime Number", "id": "Nominal Ref", "role": "Role", "surname": "Surname", "forenames": "Forenames",
    "born": "DOB", "sex": "Gender", "ethnicity": "Self Defined Ethnicity", "nationality": "Nationality",
    "pnc": "PNC ID",
}  # fmt: skip
