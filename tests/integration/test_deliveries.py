"""What becomes of deliveries that come again, late, corrected, renamed, misplaced or broken off.

Real PostgreSQL, real S3, the real gate; Airflow and dbt are left out.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from csae import gates, landing, ledger, warehouse
from csae.settings import PROJECT_DIR
from csae.sources import load_sources
from integration.one_force import CODES, CRIMES, PEOPLE, Force, sample, whole


def test_the_same_bytes_under_another_name_are_nothing_new(force: Force) -> None:
    whole(force)
    assert force.night() == [("loaded", "")]
    force.put("GMP_CSAE_CRIME_again.csv", sample(CRIMES))
    assert force.night() == [("unchanged", "")]
    assert force.states == [("2026-09-01", "accepted", 0)]


def test_the_same_bytes_for_another_date_are_a_duplicate_however_late(force: Force) -> None:
    whole(force)
    force.night()
    whole(force, date(2027, 10, 6))
    note = "2027-10-06: the same content as the delivery of 2026-09-01; nothing of it was loaded again."
    assert force.night() == [("unchanged", ""), ("unchanged", note)]
    assert force.states == [("2026-09-01", "accepted", 0), ("2027-10-06", "duplicate", 0)]
    assert force.rows("select count(*) from raw.crime") == [(254,)]


def test_a_delivery_put_in_the_wrong_folder_loads_once_it_is_moved(force: Force) -> None:
    whole(force, date(2026, 1, 1))
    assert force.night()[0][0] == "waiting", "no layout is valid on that day"
    for name in (CRIMES, PEOPLE):
        force.remove(name, date(2026, 1, 1))
    whole(force)
    assert force.night() == [("loaded", "")]


def test_a_rejected_delivery_moved_to_its_right_date_is_loaded(force: Force) -> None:
    force.put(CRIMES, sample(CRIMES))
    force.put(PEOPLE, sample(PEOPLE))
    force.put("note.txt", b"hello")
    assert force.night()[0][0] == "rejected"
    for name in (CRIMES, PEOPLE, "note.txt"):
        force.remove(name)
    whole(force, date(2026, 9, 2))
    assert force.night() == [("loaded", "")]


@pytest.mark.parametrize(
    ("extra", "reason"), [("note.txt", "file_unexpected"), ("GMP_CSAE_CRIME_other.csv", "delivery_ambiguous")]
)
def test_taking_the_wrong_file_out_is_enough(force: Force, extra: str, reason: str) -> None:
    whole(force)
    force.put(extra, sample(CRIMES).replace(b"/26|", b"/27|"))
    state, message = force.night()[0]
    assert state == "rejected"
    assert force.rows("select reason_code from ops.load") == [(reason,)]
    assert force.night() == [(state, message)], "it goes on counting against the force"
    force.remove(extra)
    assert force.night() == [("loaded", "")]


def test_a_correction_under_another_name_supersedes(force: Force) -> None:
    whole(force)
    force.night()
    force.put("GMP_CSAE_CRIME_v2.csv", sample(CRIMES).replace(b"|LIVE|", b"|CANCELLED|", 1))
    assert force.night() == [("loaded", "")]
    assert force.night() == [("unchanged", "")]
    assert force.states == [("2026-09-01", "accepted", 0), ("2026-09-01", "accepted", 1)]


def test_a_correction_that_was_broken_off_is_taken_up_again(force: Force, monkeypatch: pytest.MonkeyPatch) -> None:
    whole(force)
    force.night()
    force.put("GMP_CSAE_CRIME_v2.csv", sample(CRIMES).replace(b"|LIVE|", b"|CANCELLED|", 1))

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "record_loaded", killed)
        with pytest.raises(Killed):
            force.load()
    assert force.states[-1] == ("2026-09-01", "received", 1)
    assert force.rows("select count(*) from raw.crime") == [(254,)], "nothing of the broken load is there"
    assert force.night() == [("loaded", "")]
    assert force.states == [("2026-09-01", "accepted", 0), ("2026-09-01", "accepted", 1)]
    assert list(force.spool.iterdir()) == []


def test_putting_the_good_file_back_ends_a_rejection(force: Force) -> None:
    whole(force)
    force.night()
    force.put(CRIMES, sample(CRIMES)[:-40])
    assert force.night()[0][0] == "rejected"
    force.put(CRIMES, sample(CRIMES))
    assert force.night() == [("unchanged", "")]


def test_a_mended_yaml_tries_a_rejected_delivery_again(force: Force, tmp_path: Path) -> None:
    whole(force)
    good = force.sources["06"]
    folder = tmp_path / "forces"
    shutil.copytree(PROJECT_DIR / "forces", folder)
    spec = folder / good.path.name
    spec.write_text(spec.read_text().replace("HOClass", "HOCode"))
    force.sources = load_sources(folder)
    state, message = force.night()[0]
    assert state == "rejected"
    assert "lacks 'HOCode' and has 1 that the YAML does not name" in message
    force.sources["06"] = good
    assert force.night() == [("loaded", "")]
    assert force.states == [("2026-09-01", "accepted", 0)]


def test_a_file_of_people_without_people_is_refused(force: Force) -> None:
    force.put(CRIMES, sample(CRIMES))
    force.put(PEOPLE, sample(PEOPLE).splitlines(keepends=True)[0])
    state, message = force.night()[0]
    assert state == "rejected"
    assert message.startswith(f"2026-09-01: {PEOPLE}: there is no record in it.")
    assert force.rows("select count(*) from raw.crime") == [(0,)]


def test_two_runs_at_once_load_a_delivery_once(force: Force) -> None:
    whole(force)
    with ThreadPoolExecutor(2) as both:
        for future in [both.submit(force.load) for _ in range(2)]:
            future.result()
    assert force.rows("select count(*) from raw.crime") == [(254,)]
    assert force.rows("select state from ops.load") == [("loaded",)]


def test_two_gates_at_once_quarantine_each_row_once(force: Force) -> None:
    whole(force)
    force.load()

    def gate() -> None:
        with warehouse.connect(force.url, autocommit=True) as connection:
            gates.gate_loads(connection, force.url, PROJECT_DIR / "expectations", force.sources, CODES)

    with ThreadPoolExecutor(2) as both:
        for future in [both.submit(gate) for _ in range(2)]:
            future.result()
    assert force.rows("select state, crimes_quarantined, involvements_quarantined from ops.load") == [
        ("accepted", 3, 3)
    ]


def test_a_replaced_object_is_not_read_for_the_one_that_was_listed(force: Force) -> None:
    whole(force)
    listed = landing.list_landing(force.s3, force.bucket).deliveries["06"][0].files[0]
    force.put(CRIMES, sample(CRIMES) + b"\n")
    with pytest.raises(landing.ChangedUnderneathError):
        landing.spool(force.s3, force.bucket, listed, force.spool)
    assert list(force.spool.iterdir()) == []


def test_an_object_above_the_limit_is_refused_before_it_is_fetched(
    force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger knows by content, and nothing of this one is read: so the night says it, each time anew."""
    whole(force)
    size = len(sample(PEOPLE))
    assert size > len(sample(CRIMES)), "of two files one is too large, and neither is fetched"
    fetched: list[str] = []
    force.s3.meta.events.register("before-call.s3.GetObject", lambda **_: fetched.append("an object"))
    monkeypatch.setenv("CSAE_LIMIT_OBJECT_BYTES", f"{size - 1}")
    said = (
        f"2026-09-01: {PEOPLE}: it has {size:,} bytes, more than the {size - 1:,} that may be "
        "(CSAE_LIMIT_OBJECT_BYTES). Ask the force for its usual file."
    )
    assert force.night() == [("rejected", said)]
    assert force.night() == [("rejected", said)], "it goes on counting against the force"
    assert (fetched, force.states, force.spool.exists()) == ([], [], False)
    monkeypatch.setenv("CSAE_LIMIT_OBJECT_BYTES", f"{size}")
    assert force.night() == [("loaded", "")]
    assert len(fetched) == 2
    monkeypatch.setenv("CSAE_LIMIT_OBJECT_BYTES", "10")
    assert force.night() == [("unchanged", "")], "what was loaded stays so"


def test_no_more_of_an_object_is_kept_than_was_listed(force: Force, tmp_path: Path) -> None:
    """A store that sends without end fills no disk."""
    whole(force)
    (delivery,) = landing.list_landing(force.s3, force.bucket, source="06").deliveries["06"]
    shorter = [replace(file, size_bytes=10) for file in delivery.files]
    for file in shorter:
        with pytest.raises(warehouse.ServiceAwayError, match="and more came and 10 were listed, 4 times in a row"):
            landing.spool(force.s3, force.bucket, file, tmp_path / "spool")
    assert list((tmp_path / "spool").iterdir()) == []
