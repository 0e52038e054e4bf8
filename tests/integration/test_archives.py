"""Archives with manifests, packed files and files of several extracts, from landing to the gate."""

import gzip
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from csae.settings import PROJECT_DIR
from csae.sources import load_source
from integration.one_force import CRIMES, PEOPLE, Force, sample


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


SEVERAL = """
source: "06"
name: Greater Manchester Police
status: live
owner: {team: Force data quality, contact: data-quality@gmp.example}
delivery: {mode: delta, due: "daily 03:00"}
layouts:
  - valid_from: 2026-09-01
    manifest: {files: manifest.json, format: {type: json, row: files}, file: name, rows: count}
    extracts:
      crimes:
        files: all_*.csv
        format: {type: delimited, delimiter: ";", encoding: utf-8}
        crime:
          where: {Type: [C]}
          columns: {crime_ref: Ref, recorded_on: {from: Day, date: yyyy-mm-dd}, record_status: {value: live}}
        ignored_columns: [Role]
      people:
        files: all_*.csv
        format: {type: delimited, delimiter: ";", encoding: utf-8}
        involvement:
          where: {Type: [P]}
          columns: {crime_ref: Ref, role: Role}
        ignored_columns: [Day]
"""


def test_two_kinds_of_rows_in_one_file_are_two_extracts_of_it(force: Force, tmp_path: Path) -> None:
    """Two crimes, one person and a row of another kind: the manifest counts four rows, the ledger three records."""
    spec = tmp_path / "06_several.yml"
    spec.write_text(SEVERAL)
    force.sources = {"06": load_source(spec)}
    force.put("all_1.csv", b"Type;Ref;Day;Role\nC;A;2026-08-30;\nP;A;;victim\nC;B;2026-08-30;\nX;;;\n")
    force.put("manifest.json", json.dumps({"files": [{"name": "all_1.csv", "count": 3}]}).encode())
    assert force.night()[0][1].startswith(
        "2026-09-01: all_1.csv: it has 4 records, and the manifest manifest.json says 3"
    )
    force.put("manifest.json", json.dumps({"files": [{"name": "all_1.csv", "count": 4}]}).encode())
    assert force.night() == [("loaded", "")]
    assert force.rows("""
        select extract_name, records_read, state from ops.extract join ops.load using (load_id)
        where state <> 'rejected' order by object_key
    """) == [("crimes, people", 3, "accepted"), ("manifest", None, "accepted")]
    assert force.rows("select extract_name, row_number from raw.crime order by row_number") == [
        ("crimes", 2),
        ("crimes", 4),
    ]
    assert force.rows("select extract_name, row_number, role from raw.involvement") == [("people", 3, "victim")]
    ((message,),) = force.rows("select message from ops.load_notice where code = 'rows_of_no_record'")
    assert message.startswith("all_1.csv: rows of no record: 1; no 'where' takes them.")


def test_rows_that_nobody_wants_are_ignored_by_name(force: Force, tmp_path: Path) -> None:
    spec = tmp_path / "06_several.yml"
    spec.write_text(
        SEVERAL.replace("ignored_columns: [Role]", "ignored_rows: {Type: [X]}\n        ignored_columns: [Role]")
    )
    force.sources = {"06": load_source(spec)}
    force.put("all_1.csv", b"Type;Ref;Day;Role\nC;A;2026-08-30;\nP;A;;victim\nX;;;\n")
    force.put("manifest.json", json.dumps({"files": [{"name": "all_1.csv", "count": 3}]}).encode())
    assert force.night() == [("loaded", "")]
    assert force.rows("select code from ops.load_notice") == []
