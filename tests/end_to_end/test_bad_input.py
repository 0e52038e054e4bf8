"""Bad input gets a clear reason, loses nothing and stops nobody else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.conftest import SAMPLES, Csae

pytestmark = pytest.mark.end_to_end

NIGHT = "2026-09-01"
CRIMES = f"06/{NIGHT}/GMP_CSAE_CRIME_20260901.csv"
WORKBOOK = f"14/{NIGHT}/SYP CSAE 01-09-2026.xlsx"
XML = f"13/{NIGHT}/niche_csae_20260901.xml"


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """The first night of all three forces, to be spoilt."""
    for force in ("06", "13", "14"):
        shutil.copytree(SAMPLES / "landing" / force / NIGHT, tmp_path / force / NIGHT)
    return tmp_path


def spoil(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def test_one_night_with_three_faults_then_corrections(home: Callable[[str], Csae], delivery: Path) -> None:
    """Every force sends something bad; each is rejected for its own reason and taken once it is corrected."""
    csae = home("bad input")
    spoil(delivery / XML, lambda content: content[: len(content) // 2])
    spoil(delivery / WORKBOOK, lambda content: content[:9000])
    csae("deliver", str(delivery))
    done = csae("run")
    assert done.returncode == 1, done.stderr
    assert "Complete with forces missing or rejected: 13 rejected, 14 rejected." in done.stdout
    loads = {line["source"]: line for line in csae.json("load", "list")}
    assert [loads[source]["state"] for source in ("06", "13", "14")] == ["accepted", "rejected", "rejected"]
    assert loads["13"]["reason_code"] == loads["14"]["reason_code"] == "file_unreadable"
    assert loads["14"]["reason"] == (
        "SYP CSAE 01-09-2026.xlsx: this is not a whole workbook; it is cut short, damaged or of another format. "
        "Ask the force to send it again."
    )
    assert (csae.home / "s3" / "landing" / WORKBOOK).read_bytes() == (delivery / WORKBOOK).read_bytes()

    again = csae("run")
    assert again.returncode == 1, "a rejected delivery counts against its force until it is corrected"
    assert len(csae.json("load", "list")) == 3

    csae("deliver", str(SAMPLES / "landing"))
    assert csae("run", "--date", NIGHT).returncode == 0
    states = [(line["source"], line["state"], line["correction_number"]) for line in csae.json("load", "list")]
    assert states == [
        ("06", "accepted", 0),
        ("13", "rejected", 0),
        ("13", "accepted", 1),
        ("14", "rejected", 0),
        ("14", "accepted", 1),
    ]


def test_half_a_delivery_waits_and_a_force_that_sends_nothing_is_missing(
    home: Callable[[str], Csae], delivery: Path
) -> None:
    csae = home("waiting")
    nominal = delivery / CRIMES.replace("CRIME", "NOMINAL")
    kept = nominal.read_bytes()
    nominal.unlink()
    csae("deliver", str(delivery))
    done = csae("run")
    assert done.returncode == 1
    assert "06 waiting: 2026-09-01: waiting for GMP_CSAE_NOMINAL_*.csv." in done.stdout
    assert {line["source"] for line in csae.json("load", "list")} == {"13", "14"}

    nominal.write_bytes(kept)
    shutil.copytree(SAMPLES / "landing" / "06" / "2026-09-02", delivery / "06" / "2026-09-02")
    csae("deliver", str(delivery))
    done = csae("run")
    assert done.returncode == 1
    assert "Complete with forces missing or rejected: 13 missing, 14 missing." in done.stdout
    assert "13 missing: nothing was delivered for 2026-09-02; its last delivery is of 2026-09-01." in done.stdout
    assert [(line["source"], line["delivery_on"], line["state"]) for line in csae.json("load", "list")] == [
        ("06", "2026-09-01", "accepted"),
        ("06", "2026-09-02", "accepted"),
        ("13", "2026-09-01", "accepted"),
        ("14", "2026-09-01", "accepted"),
    ]
