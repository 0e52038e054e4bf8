"""`csae force check` says what a night would, without one; `csae force suggest` speaks from what nights have left.

Real PostgreSQL, real S3, the real gate; Airflow and dbt are left out.
"""

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from csae import gates, landing, loading, pseudonyms, warehouse
from csae.cli import app
from csae.code_sets import read_code_sets
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources import load_source

SAMPLES = PROJECT_DIR / "tests" / "samples" / "landing"
SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
NIGHT = date(2026, 9, 1)
CODES = ["06", "13", "14"]
KEYS = pseudonyms.derive_keys(b"k" * 32)
Rows = set[tuple[str, str, str, int]]
"""Kind of record, extract, reason, row number."""


@pytest.fixture
def csae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """The command line without any service, in an empty home."""
    for name in ("CSAE_WAREHOUSE_URL", "CSAE_FORCES_DIR", "CSAE_S3_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CSAE_HOME", str(tmp_path / "home"))
    return lambda *arguments: CliRunner().invoke(app, ["force", *arguments])


@pytest.fixture(scope="module")
def loaded(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The samples' first night of every force, loaded and gated; the warehouse's address."""
    url = SecretStr(shared.warehouse_url)
    sources = {path.name[:2]: load_source(path) for path in (PROJECT_DIR / "forces").glob("*.yml")}
    with psycopg.connect(shared.warehouse_url, autocommit=True) as connection:
        connection.execute("drop schema if exists raw, ops, reference, staging, intermediate, curated cascade")
    s3 = boto3.client(
        "s3",
        endpoint_url=shared.s3_endpoint_url,
        aws_access_key_id=shared.access_key_id,
        aws_secret_access_key=shared.secret_access_key,
        region_name="eu-west-2",
    )
    s3.create_bucket(Bucket="force-commands")
    landing.deliver(s3, "force-commands", SAMPLES)
    found = landing.list_landing(s3, "force-commands", until=NIGHT)
    with warehouse.connect(url, autocommit=True) as connection:
        warehouse.prepare(connection)
        for code in CODES:
            for delivery in found.deliveries[code]:
                spool = tmp_path_factory.mktemp("spool")
                loading.load_delivery(connection, s3, "force-commands", spool, KEYS, sources[code], delivery)
        gates.gate_loads(connection, url, PROJECT_DIR / "expectations", sources, read_code_sets(SEEDS))
    return shared.warehouse_url


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of 06's first delivery."""
    return shutil.copytree(SAMPLES / "06" / "2026-09-01", tmp_path / "2026-09-01")


def changed(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_bytes().decode("cp1252")
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    path.write_bytes(text.encode("cp1252"))


@pytest.mark.parametrize("code", CODES)
def test_a_check_quarantines_what_the_night_does(code: str, csae: Callable[..., Result], loaded: str) -> None:
    done = csae("check", code, "--sample", str(SAMPLES / code / "2026-09-01"), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["verdict"], told["exit_code"]) == (1, "ready with warnings", 1)
    findings = [item for item in told["gate"]["findings"] if item["severity"] == "critical"]
    checked: Rows = {
        (item["record"], item["extract"], item["reason"], row) for item in findings for row in item["first_rows"]
    }
    with psycopg.connect(loaded) as connection:
        night: Rows = set(
            connection.execute(
                """
                select q.record_kind, q.extract_name, q.reason_code, q.row_number
                from ops.quarantined_row as q inner join ops.load as l using (load_id)
                where l.source = %s and l.delivery_on = %s
                """,
                [code, NIGHT],
            ).fetchall()
        )
        counts = connection.execute(
            "select crimes_read, involvements_read, state from ops.load where source = %s and delivery_on = %s",
            [code, NIGHT],
        ).fetchone()
    assert checked == night
    assert len(checked) >= 6
    assert sum(item["rows"] for item in findings) == len(night)
    assert (told["records"]["crime"], told["records"]["involvement"], told["gate"]["state"]) == counts
    assert all(item["why"] for item in findings)


def test_a_check_unpacks_as_the_night_does(csae: Callable[..., Result], sample: Path, tmp_path: Path) -> None:
    shutil.copytree(PROJECT_DIR / "forces" / "systems", tmp_path / "systems")
    text = next((PROJECT_DIR / "forces").glob("06_*.yml")).read_text()
    (tmp_path / "packed.yml").write_text(text.replace("_*.csv", "_*.csv.gz"))
    for path in list(sample.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    told = json.loads(
        csae("check", "06", "--file", str(tmp_path / "packed.yml"), "--sample", str(sample), "--json").stdout
    )
    assert [(item["file"], item["extract"], item["records"]) for item in told["files"]] == [
        ("GMP_CSAE_CRIME_20260901.csv.gz", "crimes", 254),
        ("GMP_CSAE_NOMINAL_20260901.csv.gz", "people", 567),
    ]
    assert told["gate"]["rows_quarantined"] == 6


def test_a_check_leaves_nothing_behind(csae: Callable[..., Result], tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    csae("check", "13", "--sample", str(SAMPLES / "13" / "2026-09-01"))
    assert not list((tmp_path / "tmp").iterdir())
    assert not (tmp_path / "home").exists()
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in lines if str(tmp_path) in line]


def test_a_check_shows_no_person(csae: Callable[..., Result], sample: Path) -> None:
    people = sample / "GMP_CSAE_NOMINAL_20260901.csv"
    columns = (sample / people).read_text("cp1252").splitlines()[0].split("|")
    rows = [line.split("|") for line in people.read_text("cp1252").splitlines()[1:]]
    personal = {row[columns.index(name)] for row in rows for name in ("CrimeNumber", "NominalID", "PNCID", "DOB")}
    names = {f"|{row[columns.index('Surname')]}|" for row in rows}
    said = (
        csae("check", "06", "--sample", str(sample)).stdout
        + csae("check", "06", "--sample", str(sample), "--json").stdout
    )
    assert len(personal) > 1000
    assert not [value for value in personal if value and value in said]
    assert not [name for name in names if name.replace("|", " ") in said]


def test_a_sample_whose_columns_were_renamed_is_not_ready_and_shows_the_change(
    csae: Callable[..., Result], sample: Path
) -> None:
    changed(sample / "GMP_CSAE_CRIME_20260901.csv", ("OffenceFrom|HOClass", "Offence From|HO_Class"))
    done = csae("check", "06", "--sample", str(sample), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["verdict"], told["gate"]) == (3, "not ready", None)
    crimes = next(item for item in told["headers"] if item["extract"] == "crimes")
    assert crimes["missing"] == ["OffenceFrom", "HOClass"]
    assert {(item["old"], item["new"]) for item in crimes["renames"]} == {
        ("OffenceFrom", "Offence From"),
        ("HOClass", "HO_Class"),
    }
    assert all("\n+            " in item["change"] for item in crimes["renames"])
    # One file's fault does not hide what is in the other.
    assert told["records"]["involvement"] == 567


def test_files_that_are_missing_or_unexpected_are_said(csae: Callable[..., Result], sample: Path) -> None:
    (sample / "GMP_CSAE_NOMINAL_20260901.csv").rename(sample / "people.csv")
    done = csae("check", "06", "--sample", str(sample), "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 3
    assert {item["file"]: item["extract"] for item in told["files"]} == {
        "GMP_CSAE_CRIME_20260901.csv": "crimes",
        "people.csv": None,
    }
    assert [item["message"].split(" ")[0] for item in told["problems"] if item["level"] == "error"] == [
        "people.csv",
        "No",
    ]


def test_values_that_nothing_knows_are_counted_with_what_they_may_be(csae: Callable[..., Result], sample: Path) -> None:
    changed(sample / "GMP_CSAE_NOMINAL_20260901.csv", ("A2 - Pakistani", "Q7 - Pakistani"), ("|Victim|", "|Victm|"))
    changed(sample / "GMP_CSAE_CRIME_20260901.csv", ("020/05", "020/98"))
    told = json.loads(csae("check", "06", "--sample", str(sample), "--json").stdout)
    unmapped = {(item["column"], item["value"]): item for item in told["unmapped"]}
    assert unmapped["home_office_code", "020/98"]["rows"] == 26
    assert unmapped["self_defined_ethnicity", "Q7"]["rows"] == told["self_defined"]["unmapped"] > 0
    (unknown,) = told["unknown"]
    assert (unknown["column"], unknown["value"], unknown["suggestion"]["code"]) == ("role", "Victm", "victim")
    roles = [item for item in told["gate"]["findings"] if item["reason"] == "role_unknown"]
    assert [item["rows"] for item in roles] == [unknown["rows"]]
    assert len(roles[0]["first_rows"]) == 10
    assert (told["gate"]["state"], told["gate"]["reason_code"]) == ("rejected", "too_many_quarantined")
    assert "csae load quarantine" not in told["gate"]["message"]


YAML = """source: "13"
name: Sampleshire Police
status: live
owner: {team: Data team, contact: data@sampleshire.example}
delivery: {mode: delta}
layouts:
  - valid_from: 2026-09-01
    extracts:
      occurrences:
        files: "*.xml"
        format: {type: xml, row: Occurrence}
        crime:
          columns: {crime_ref: "@urn"}
codes:
  self_defined_2021: {O2: O2, W4: W4}
bounds:
  crimes: {min: 1, max: 5000}
"""


def test_suggestions_rest_on_accepted_deliveries(
    csae: Callable[..., Result], loaded: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "13_sampleshire.yml").write_text(YAML)
    monkeypatch.setenv("CSAE_FORCES_DIR", str(tmp_path))
    with psycopg.connect(loaded, autocommit=True) as connection:
        for day, crimes, state in ((2, 60, "accepted"), (3, 50, "accepted"), (4, 70, "accepted"), (5, 1, "rejected")):
            connection.execute(
                """
                insert into ops.load (source, delivery_on, content_sha256, correction_number, state, crimes_read)
                values ('13', %s, %s, 0, %s, %s)
                """,
                [date(2026, 9, day), f"{day}", state, crimes],
            )
        load_id = connection.execute("select max(load_id) from ops.load").fetchone()
        connection.execute(
            """
            insert into ops.load_notice (load_id, code, extract_name, column_name, message)
            values (%s, 'column_new', 'occurrences', 'Shoe', '')
            """,
            load_id,
        )
        connection.execute(
            """
            create table curated.dq_unmapped_code as
            select * from (values
                ('13', 'nationalities', 'iso_alpha3', 'UKX', 40::bigint, date '2026-09-01', date '2026-09-04',
                    'not_known'),
                ('13', 'self_defined_ethnicity', 'self_defined_2021', 'A2 - Pakistani', 12, '2026-09-01', '2026-09-04',
                    'code_contradicts_label'),
                ('13', 'self_defined_ethnicity', 'self_defined_2021', '[not shown]', 3, '2026-09-01', '2026-09-04',
                    'not_known')
            ) as t (force_code, column_name, scheme, value, row_count, first_seen_on, last_seen_on, reason)
            """
        )
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", loaded)
    told = json.loads(csae("suggest", "13", "--json").stdout)
    bounds = told["bounds"]
    assert (bounds["minimum"], bounds["maximum"], bounds["deliveries"], bounds["left_out"]) == (25, 140, 3, 1)
    assert [(item["value"], item["reason"], item["in_diff"]) for item in told["codes"]] == [
        ("UKX", "not_known", False),
        ("A2 - Pakistani", "code_contradicts_label", True),
        (None, "not_known", False),
    ]
    assert [(item["extract"], item["column"]) for item in told["ignored_columns"]] == [("occurrences", "Shoe")]
    assert [line for line in told["diff"].splitlines()[2:] if line[0] in "+-"] == [
        "+        ignored_columns: [Shoe]",
        "-  self_defined_2021: {O2: O2, W4: W4}",
        "+  self_defined_2021: {O2: O2, W4: W4, A2 - Pakistani: A2}",
        "-  crimes: {min: 1, max: 5000}",
        "+  crimes: {min: 25, max: 140}",
    ]
    shown = csae("suggest", "13").stdout
    assert "+  crimes: {min: 25, max: 140}" in shown
    assert "3 usual deliveries held 50 to 70" in shown


def test_the_list_says_what_came_last(
    csae: Callable[..., Result], loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", loaded)
    lines = {line["source"]: line for line in json.loads(csae("list", "--json").stdout)["sources"]}
    assert lines["06"]["last_delivery_on"] == "2026-09-01"


def test_the_list_does_without_a_warehouse_that_is_away(
    csae: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    done = csae("list", "--json")
    assert done.exit_code == 0
    assert {line["last_delivery_on"] for line in json.loads(done.stdout)["sources"]} == {None}
