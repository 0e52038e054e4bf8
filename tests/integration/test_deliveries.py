"""What becomes of deliveries that come again, late, corrected, renamed, misplaced or broken off.

Real PostgreSQL, real S3, the real gate; Airflow and dbt are left out.
"""

import gzip
import hashlib
import io
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from pydantic import SecretStr

from csae import gates, landing, ledger, loading, pseudonyms, warehouse
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_source, load_sources

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAMPLES = PROJECT_DIR / "tests" / "samples" / "landing"
NIGHT = date(2026, 9, 1)
CRIMES, PEOPLE = "GMP_CSAE_CRIME_20260901.csv", "GMP_CSAE_NOMINAL_20260901.csv"


@dataclass
class Force:
    """Force 06 with a warehouse and a bucket of its own."""

    url: SecretStr
    s3: "S3Client"
    bucket: str
    spool: Path
    sources: dict[str, LoadedSource]

    def put(self, name: str, content: bytes, day: date = NIGHT) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"06/{day}/{name}", Body=content)

    def remove(self, name: str, day: date = NIGHT) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=f"06/{day}/{name}")

    def night(self) -> list[tuple[str, str]]:
        """Load and gate everything; the outcome of each delivery."""
        outcomes = self.load()
        with warehouse.connect(self.url, autocommit=True) as connection:
            gates.gate_loads(connection, self.url, PROJECT_DIR / "expectations", self.sources)
        return outcomes

    def load(self) -> list[tuple[str, str]]:
        found = landing.list_landing(self.s3, self.bucket, source="06")
        with warehouse.connect(self.url, autocommit=True) as connection:
            return [
                (outcome.state, outcome.message)
                for delivery in found.deliveries["06"]
                for outcome in [
                    loading.load_delivery(
                        connection, self.s3, self.bucket, self.spool, KEYS, self.sources["06"], delivery
                    )
                ]
            ]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url.get_secret_value()) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def states(self) -> list[tuple[str, str, int]]:
        return self.rows("select delivery_on::text, state, correction_number from ops.load order by load_id")


KEYS = pseudonyms.derive_keys(b"k" * 32)


@pytest.fixture
def force(shared: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Force:
    name = hashlib.sha256(request.node.name.encode()).hexdigest()[:20]
    with psycopg.connect(shared.warehouse_url, autocommit=True) as connection:
        connection.execute("drop schema if exists raw, ops, reference, staging, intermediate, curated cascade")
    url = SecretStr(shared.warehouse_url)
    with warehouse.connect(url, autocommit=True) as connection:
        warehouse.prepare(connection)
    s3 = boto3.client(
        "s3",
        endpoint_url=shared.s3_endpoint_url,
        aws_access_key_id=shared.access_key_id,
        aws_secret_access_key=shared.secret_access_key,
        region_name="eu-west-2",
    )
    s3.create_bucket(Bucket=name)
    return Force(url, s3, name, tmp_path / "spool", load_sources(PROJECT_DIR / "forces"))


def sample(name: str, day: str = "2026-09-01") -> bytes:
    return (SAMPLES / "06" / day / name).read_bytes()


def whole(force: Force, day: date = NIGHT) -> None:
    force.put(CRIMES, sample(CRIMES), day)
    force.put(PEOPLE, sample(PEOPLE), day)


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
            gates.gate_loads(connection, force.url, PROJECT_DIR / "expectations", force.sources)

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


# Archives, manifests and packed files


def manifest(**files: tuple[bytes, int]) -> bytes:
    rows = [f"{NAMES[key]};{rows};{hashlib.sha256(content).hexdigest()}" for key, (content, rows) in files.items()]
    return "\n".join(["File;Rows;SHA-256", *rows, ""]).encode()


def zipped(*, crimes: bytes, people: bytes, said: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in ((CRIMES, crimes), (PEOPLE, people), ("manifest.csv", said)):
            archive.writestr(f"extract/{name}", data)
    return content.getvalue()


def night_zip(*, crimes: bytes = b"", rows: int = 254) -> bytes:
    crimes, people = crimes or sample(CRIMES), sample(PEOPLE)
    return zipped(crimes=crimes, people=people, said=manifest(crimes=(crimes, rows), people=(people, 567)))


NAMES = {"crimes": CRIMES, "people": PEOPLE}
ARCHIVE = """    archive: GMP_*.zip
    manifest:
      {files: manifest.csv, format: {type: delimited, delimiter: ";", encoding: utf-8}, file: File, rows: Rows,
        sha256: SHA-256}
    extracts:
"""
CORRECTED = sample(CRIMES).replace(b"|LIVE|", b"|CANCELLED|", 1)


@pytest.fixture
def archiving(force: Force, tmp_path: Path) -> Force:
    """Force 06, sending its two files in an archive with a manifest."""
    folder = shutil.copytree(PROJECT_DIR / "forces", tmp_path / "forces")
    spec = folder / force.sources["06"].path.name
    spec.write_text(spec.read_text().replace("    extracts:\n", ARCHIVE, 1))
    force.sources = {"06": load_source(spec)}
    return force


def test_an_archive_is_loaded_once_and_known_as_the_object_that_it_is(archiving: Force) -> None:
    content = night_zip()
    archiving.put("GMP_1.zip", content)
    assert archiving.night() == [("loaded", "")]
    assert archiving.rows("select extract_name, object_key, records_read from ops.extract") == [
        ("archive", "06/2026-09-01/GMP_1.zip", 254 + 567)
    ]
    assert archiving.rows("select count(*) from raw.crime") == [(254,)]
    assert archiving.rows("select count(*) from raw.involvement") == [(567,)]
    assert archiving.night() == [("unchanged", "")]
    archiving.put("GMP_2.zip", content)
    assert archiving.night() == [("unchanged", "")], "the same bytes under another name"
    assert archiving.states == [("2026-09-01", "accepted", 0)]
    assert list(archiving.spool.iterdir()) == []


def test_an_archive_under_another_name_supersedes(archiving: Force) -> None:
    archiving.put("GMP_1.zip", night_zip())
    archiving.night()
    archiving.put("GMP_2.zip", night_zip(crimes=CORRECTED))
    assert archiving.night() == [("loaded", "")]
    assert archiving.night() == [("unchanged", "")]
    assert archiving.states == [("2026-09-01", "accepted", 0), ("2026-09-01", "accepted", 1)]
    (number,) = archiving.rows(
        "select count(*) from raw.crime join ops.load using (load_id) where record_status = 'cancelled' "
        "group by correction_number order by correction_number desc limit 1"
    )
    assert number == (CORRECTED.count(b"|CANCELLED|"),)


def test_a_wrong_count_in_a_manifest_rejects_until_a_right_one_comes(archiving: Force) -> None:
    archiving.put("GMP_1.zip", night_zip(rows=255))
    sentence = (
        f"2026-09-01: {CRIMES}: it has 254 records, and the manifest manifest.csv says 255. "
        "Ask the force to send the delivery again."
    )
    assert archiving.night() == [("rejected", sentence)]
    assert archiving.rows("select reason_code from ops.load") == [("manifest_row_count_wrong",)]
    assert archiving.rows("select count(*) from raw.crime") == [(0,)]
    archiving.put("GMP_2.zip", night_zip())
    assert archiving.night() == [("loaded", "")]
    assert archiving.states == [("2026-09-01", "rejected", 0), ("2026-09-01", "accepted", 1)]
    assert list(archiving.spool.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (manifest(crimes=(b"", 254), people=(sample(PEOPLE), 567)), "manifest_checksum_wrong"),
        (manifest(crimes=(sample(CRIMES), 254)), "manifest_file_unnamed"),
        (
            manifest(crimes=(sample(CRIMES), 254), people=(sample(PEOPLE), 567)) + b"more.csv;1;\n",
            "manifest_file_missing",
        ),
    ],
)
def test_an_archive_that_is_not_what_its_manifest_says(archiving: Force, said: bytes, reason: str) -> None:
    archiving.put("GMP_1.zip", zipped(crimes=sample(CRIMES), people=sample(PEOPLE), said=said))
    assert archiving.night()[0][0] == "rejected"
    assert archiving.rows("select reason_code from ops.load") == [(reason,)]


def test_a_damaged_archive_is_rejected_until_a_whole_one_comes(archiving: Force) -> None:
    archiving.put("GMP_1.zip", night_zip()[:-100])
    assert archiving.night()[0][0] == "rejected"
    assert archiving.rows("select reason_code from ops.load") == [("archive_unreadable",)]
    archiving.put("GMP_2.zip", night_zip())
    assert archiving.night() == [("loaded", "")]


def test_files_of_a_plain_manifest_are_waited_for(archiving: Force) -> None:
    crimes, people = sample(CRIMES), sample(PEOPLE)
    archiving.put("manifest.csv", manifest(crimes=(crimes, 254), people=(people, 567)))
    archiving.put(CRIMES, crimes)
    assert archiving.night() == [("waiting", "2026-09-01: waiting for GMP_*.zip.")]
    archiving.put(PEOPLE, people)
    assert archiving.night() == [("loaded", "")]
    assert archiving.rows("select extract_name, records_read from ops.extract order by object_key") == [
        ("crimes", 254),
        ("people", 567),
        ("manifest", None),
    ]


NESTED = """
source: "06"
name: Greater Manchester Police
status: live
owner: {team: Force data quality, contact: data-quality@gmp.example}
delivery: {mode: delta, due: "daily 03:00"}
layouts:
  - valid_from: 2026-09-01
    extracts:
      crimes:
        files: gmp_*.ndjson.gz
        format: {type: ndjson}
        crime:
          columns:
            crime_ref: {from: crimeRef, required: true}
            recorded_on: {from: recordedAt, extract: '^(.{10})T', date: yyyy-mm-dd}
            home_office_code: offence/code
            is_online: {from: flags, contains: ONLINE}
            record_status: {value: live}
        involvement:
          - each: suspects
            columns:
              role: {value: suspect}
              person_ref: personId
              surname: name/last
              nationalities: {from: nationalities, codes: iso_alpha3}
          - each: victims
            columns:
              role: {value: victim}
              person_ref: personId
              surname: name/last
              nationalities: {from: nationalities, codes: iso_alpha3}
        ignored_columns: [system]
"""


def test_nested_people_in_packed_ndjson(force: Force, tmp_path: Path) -> None:
    """Three crimes with 2, 0 and 1 suspects and 1, 0 and 2 victims: six people, numbered through."""
    spec = tmp_path / "06_nested.yml"
    spec.write_text(NESTED)
    force.sources = {"06": load_source(spec)}

    def person(number: int) -> dict[str, object]:
        return {"personId": number, "name": {"last": "x"}, "nationalities": ["GBR", "ROU"][: 1 + number % 2]}

    records = [
        {"crimeRef": "A", "flags": ["ONLINE"], "suspects": [person(1), person(2)], "victims": person(3)},
        {"crimeRef": "B", "suspects": [], "victims": None},
        {"crimeRef": "C", "suspects": [person(4)], "victims": [person(5), person(6)]},
    ]
    more = {"recordedAt": "2026-08-30T23:10:00Z", "offence": {"code": "019/07"}, "system": {"version": 4}, "weapon": 1}
    content = "".join(json.dumps({**record, **more}) + "\n" for record in records).encode()
    force.put("gmp_20260901.ndjson.gz", gzip.compress(content))
    assert force.night() == [("loaded", "")]
    assert force.rows(
        "select crime_ref_token is not null, recorded_on, is_online from raw.crime order by row_number"
    ) == [
        (True, "2026-08-30", "true"),
        (True, "2026-08-30", "false"),
        (True, "2026-08-30", "false"),
    ]
    assert force.rows("""
        select i.row_number, i.role, i.crime_row_number, i.nationalities, i.crime_ref_token = c.crime_ref_token
        from raw.involvement as i join raw.crime as c on c.row_number = i.crime_row_number order by i.row_number
    """) == [
        (1, "suspect", 1, '["GBR","ROU"]', True),
        (2, "suspect", 1, '["GBR"]', True),
        (3, "victim", 1, '["GBR","ROU"]', True),
        (4, "suspect", 3, '["GBR"]', True),
        (5, "victim", 3, '["GBR","ROU"]', True),
        (6, "victim", 3, '["GBR"]', True),
    ]
    assert force.rows("select records_read, state from ops.extract join ops.load using (load_id)") == [(9, "accepted")]
    signals = force.rows("select code, column_name from ops.load_notice order by column_name")
    assert signals == [("column_new", "system/version"), ("column_new", "weapon")]
    force.put("gmp_20260901.ndjson.gz", gzip.compress(content)[:-30])
    assert force.night()[0][0] == "rejected"
    assert force.rows("select reason_code from ops.load where state = 'rejected'") == [("archive_unreadable",)]
    assert list(force.spool.iterdir()) == []
