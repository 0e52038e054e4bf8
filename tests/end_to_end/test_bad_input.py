"""Bad input gets a clear reason, loses nothing and stops nobody else."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from end_to_end.conftest import SAMPLES, Csae

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1800)]  # six nights before the first test

FIRST, SECOND, THIRD = "2026-09-01", "2026-09-02", "2026-09-03"
LANDING = SAMPLES / "landing"
WORKBOOK = f"14/{FIRST}/SYP CSAE 01-09-2026.xlsx"
XML = f"13/{FIRST}/niche_csae_20260901.xml"
NOMINAL = f"06/{SECOND}/GMP_CSAE_NOMINAL_20260902.csv"
CANCELLED = f"13/{THIRD}/niche_csae_20260903.xml"


@dataclass(frozen=True)
class Told:
    """How a night ended, what it printed, the ledger after it, and the crimes of force 13 that analysts see."""

    code: int
    out: str
    loads: list[dict[str, Any]]
    crimes: int

    def each(self, *names: str) -> list[tuple[Any, ...]]:
        return [tuple(line[name] for name in names) for line in self.loads]


@dataclass(frozen=True)
class Nights:
    """Nights in one home, each after the other."""

    spoilt: Told
    """Two of three forces send something bad."""
    again: Told
    """Nothing new was delivered."""
    corrected: Told
    half: Told
    """The next day one of the three sends one of its two files."""
    held: Told
    """The other file and the day after, when another of the three cancels all its crimes and the last sends nothing."""
    accepted: Told
    """Nothing new was delivered, and that fall is said to be real."""
    landed: bytes
    """What lies in landing of the bad workbook after the first night."""


@pytest.fixture(scope="module")
def nights(home: Callable[[str], Csae], tmp_path_factory: pytest.TempPathFactory) -> Nights:
    csae, sent = home("bad input"), tmp_path_factory.mktemp("deliveries")

    def night(*corrected: str, options: Sequence[str] = ()) -> Told:
        for place in corrected:
            shutil.copy(LANDING / place, sent / place)
        csae("deliver", str(sent))
        done = csae("run", *options)
        crimes = csae.one("select count(*) from curated.fct_offence_type where force_code = '13'")
        return Told(done.returncode, done.stdout, csae.json("load", "list"), crimes)

    for force in ("06", "13", "14"):
        shutil.copytree(LANDING / force / FIRST, sent / force / FIRST)
    (sent / XML).write_bytes(cut(XML, (LANDING / XML).stat().st_size // 2))
    (sent / WORKBOOK).write_bytes(cut(WORKBOOK, 9000))
    spoilt = night()
    landed = (csae.home / "s3" / "landing" / WORKBOOK).read_bytes()
    again = night()
    corrected = night(XML, WORKBOOK)
    shutil.copytree(LANDING / "06" / SECOND, sent / "06" / SECOND)
    (sent / NOMINAL).unlink()
    half = night()
    shutil.copytree(LANDING / "06" / THIRD, sent / "06" / THIRD)
    (sent / CANCELLED).parent.mkdir()
    (sent / CANCELLED).write_bytes((LANDING / XML).read_bytes().replace(b'status="LIVE"', b'status="CANCELLED"'))
    held = night(NOMINAL)
    accepted = night(options=("--accept-fall", "13"))
    return Nights(spoilt, again, corrected, half, held, accepted, landed)


def cut(place: str, length: int) -> bytes:
    return (LANDING / place).read_bytes()[:length]


def test_each_bad_delivery_is_rejected_for_its_own_reason_and_the_good_one_is_taken(nights: Nights) -> None:
    spoilt = nights.spoilt
    assert spoilt.code == 1
    assert "Complete with forces missing or rejected: 13 rejected, 14 rejected." in spoilt.out
    assert spoilt.each("source", "state", "reason_code") == [
        ("06", "accepted", None),
        ("13", "rejected", "file_unreadable"),
        ("14", "rejected", "file_unreadable"),
    ]
    assert spoilt.loads[2]["reason"] == (
        "SYP CSAE 01-09-2026.xlsx: this is not a whole workbook; it is cut short, damaged or of another format. "
        "Ask the force to send it again."
    )
    assert nights.landed == cut(WORKBOOK, 9000), "it lies there as it came"


def test_a_rejected_delivery_counts_against_its_force_until_it_is_corrected(nights: Nights) -> None:
    assert nights.again.code == 1
    assert nights.again.loads == nights.spoilt.loads


def test_a_correction_is_taken_and_what_was_rejected_stays_in_the_ledger(nights: Nights) -> None:
    assert nights.corrected.code == 0
    assert nights.corrected.each("source", "state", "correction_number") == [
        ("06", "accepted", 0),
        ("13", "rejected", 0),
        ("13", "accepted", 1),
        ("14", "rejected", 0),
        ("14", "accepted", 1),
    ]


def test_half_a_delivery_waits(nights: Nights) -> None:
    assert nights.half.code == 1
    assert f"06 waiting: {SECOND}: waiting for GMP_CSAE_NOMINAL_*.csv." in nights.half.out
    assert nights.half.loads == nights.corrected.loads


def test_what_waited_is_taken_when_it_is_whole(nights: Nights) -> None:
    columns = ("source", "delivery_on", "state")
    corrected = nights.corrected.each(*columns)
    assert nights.held.each(*columns) == [
        *(("06", day, "accepted") for day in (FIRST, SECOND, THIRD)),
        *corrected[1:3],
        ("13", THIRD, "accepted"),
        *corrected[3:],
    ]


def test_a_fall_by_half_holds_the_night_until_it_is_accepted(nights: Nights) -> None:
    before, held, accepted = nights.half, nights.held, nights.accepted
    assert (held.code, held.crimes) == (2, before.crimes)
    assert f"Held: force 13 falls from {before.crimes} to " in held.out
    assert accepted.crimes < before.crimes / 2
    assert accepted.loads == held.loads


def test_a_force_that_sends_nothing_is_missing(nights: Nights) -> None:
    accepted = nights.accepted
    assert accepted.code == 1
    assert "Complete with forces missing or rejected: 14 missing." in accepted.out
    assert f"14 missing: nothing was delivered for {THIRD}; its last delivery is of {FIRST}." in accepted.out
