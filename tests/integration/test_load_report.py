"""The report that goes back to a force: its own rows by number, reasons in plain words, and no personal value.

Real PostgreSQL, real S3, the real gate. Every value that stands for a person's begins with `Zqx`.
"""

import hashlib
import os
import re
import zipfile
from pathlib import Path

import pytest
from lxml import html
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from csae import force_report, report_files, reports, warehouse
from csae.cli import app
from csae.code_sets import read_code_sets
from csae.force_report import ForceReport, Table, in_plain_words
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources import load_sources
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: CrimeNo
recorded_on: {from: Recorded, date: dd/mm/yyyy}
outcome_code: Outcome
record_status: {value: live}
"""
PERSON = """
crime_ref: CrimeNo
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
sex: {from: Sex, map: {MALE: M, FEMALE: F}}
self_defined_ethnicity: {from: Ethnicity, codes: self_defined_2021}
"""
SPEC = spec(
    "06",
    extract("crimes", "CRIME_*.csv", crime=CRIME),
    extract("people", "PEOPLE_*.csv", involvement=PERSON),
    name="Testshire Police",
    due="",
    bounds="{crimes: {min: 1}, max_quarantined_share: 0.5}",
)
CRIMES = """CrimeNo,Recorded,Outcome
ZqxC1,01/08/2026,1
ZqxC2,31/02/2026,1
,01/08/2026,77
ZqxC4,01/08/2026,1
"""
PEOPLE = """CrimeNo,Role,Surname,Sex,Ethnicity,Note
ZqxC1,S,ZqxSmith,MALE,W1,a
ZqxC2,S,ZqxJones,FEMALE,W1,a
ZqxC4,witness,ZqxBrown,Zqxname,Q7,a
ZqxC4,V,ZqxGreen,=1+1,,a
"""
TITLES = ["Cover", "Files", "Summary", "Rows", "Signals", "Completeness", "Unknown codes"]


@pytest.fixture
def force(shared: Stack, tmp_path: Path) -> Warehouse:
    return new_warehouse(shared, tmp_path, [SPEC])


def delivered(force: Warehouse, crimes: str = CRIMES, people: str = PEOPLE, day: str = "2026-09-01") -> Warehouse:
    force.put("06", day, crimes, "CRIME_1.csv")
    force.put("06", day, people, "PEOPLE_1.csv")
    force.load(day)
    return force


def report_on(force: Warehouse, load_id: int = 1) -> ForceReport:
    with warehouse.connect(force.url, autocommit=True) as connection:
        line = reports.load(connection, load_id)
        assert line is not None
        codes = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
        return force_report.make(connection, line, load_sources(force.settings.sources_dir)["06"], codes)


def table(report: ForceReport, title: str) -> Table:
    return next(table for table in report.tables if table.title == title)


def test_the_cover_says_what_became_of_the_delivery_in_counts(force: Warehouse) -> None:
    report = report_on(delivered(force))
    assert report.title == "Report on the delivery of 2026-09-01, 06 Testshire Police"
    cover = dict(table(report, "Cover").rows)
    assert cover["Verdict"] == "Accepted. 4 records are held back until they are corrected; all others count."
    assert {key: cover[key] for key in cover if " " in str(key) and isinstance(cover[key], int)} == {
        "Number of the load": 1,
        "Crimes read": 4,
        "Crimes accepted": 2,
        "Crimes held back": 2,
        "People read": 4,
        "People accepted": 2,
        "People held back": 2,
    }
    assert table(report, "Files").rows == tuple(
        (name, extract, len(content), 4, hashlib.sha256(content.encode()).hexdigest())
        for name, extract, content in (("CRIME_1.csv", "crimes", CRIMES), ("PEOPLE_1.csv", "people", PEOPLE))
    )


def test_rows_are_named_as_a_spreadsheet_counts_them_with_the_force_s_own_columns(force: Warehouse) -> None:
    rows = [row[:7] for row in table(report_on(delivered(force)), "Rows").rows]
    assert rows == [
        (
            *("Crimes", "CRIME_1.csv", 3, None, "recorded_on", "Recorded"),
            "The day of recording is not a day in the calendar.",
        ),
        (
            *("Crimes", "CRIME_1.csv", 4, None, "crime_ref", "CrimeNo"),
            "There is no crime reference, so the record cannot be told from another or joined to its crime.",
        ),
        (
            *("People", "PEOPLE_1.csv", 3, None, "crime_ref", "CrimeNo"),
            "The person's crime is held back, and its people with it.",
        ),
        (
            *("People", "PEOPLE_1.csv", 4, None, "role", "Role"),
            "The person's role is neither suspect nor victim.",
        ),
    ]


def test_the_summary_counts_each_reason_and_what_only_warns(force: Warehouse) -> None:
    rows = [(row[0], row[1], row[3], row[4]) for row in table(report_on(delivered(force)), "Summary").rows]
    assert rows == [
        ("The record is held back", "People", "CrimeNo", 1),
        ("The record is held back", "Crimes", "CrimeNo", 1),
        ("The record is held back", "Crimes", "Recorded", 1),
        ("The record is held back", "People", "Role", 1),
        ("To be looked at", "Crimes", None, 4),
        ("To be looked at", "People", "Sex", 2),
        ("To be looked at", "Crimes", "Outcome", 1),
        ("To be looked at", "People", "Ethnicity", 1),
    ]


def test_codes_that_nothing_knows_are_shown_only_where_they_look_like_one(force: Warehouse) -> None:
    assert table(report_on(delivered(force)), "Unknown codes").rows == (
        ("outcome_code", "Outcome", "77", 1),
        ("role", "Role", "[not shown]", 1),
        ("self_defined_ethnicity", "Ethnicity", "Q7", 1),
        ("sex", "Sex", "[not shown]", 2),
    )


def test_completeness_stands_beside_that_of_the_last_accepted_delivery(force: Warehouse) -> None:
    delivered(force)
    delivered(force, CRIMES.replace("1,01/08", "9,02/08"), PEOPLE.replace(",W1,", ",,", 1), "2026-09-02")
    rows = {row[2]: row[4:] for row in table(report_on(force, 2), "Completeness").rows if row[0] == "People"}
    assert rows["self_defined_ethnicity"] == (4, 2, 0.5, 0.75)
    assert rows["surname"] == (4, 4, 1.0, 1.0)


def test_a_rejected_delivery_says_why_and_what_to_do(force: Warehouse) -> None:
    report = report_on(delivered(force, people=PEOPLE.replace("Surname", "LastName")))
    cover = dict(table(report, "Cover").rows)
    assert cover["Verdict"] == "Not accepted. Nothing of this delivery counts until it is corrected and sent again."
    assert cover["What to do"] == (
        "Send the file again with its usual columns. If the layout has changed for good, tell us from which day on."
    )
    assert cover["Found"] == (
        "PEOPLE_1.csv: the header in row 1 lacks 'Surname' and has 2 that the YAML does not name."
    )
    assert [row[:4] for row in table(report, "Signals").rows] == [
        ("The delivery was not taken", "people", "Surname", "The file lacks columns that it used to have.")
    ]
    assert [table(report, title).rows for title in ("Summary", "Rows", "Unknown codes")] == [(), (), ()]


def test_signals_tell_the_force_and_not_the_operator(force: Warehouse) -> None:
    assert table(report_on(delivered(force)), "Signals").rows == (
        (
            "To be looked at",
            "people",
            "Note",
            "The file has a column that we do not know.",
            "PEOPLE_1.csv has 'Note', which is new.",
            "Tell us what it holds. If it is not meant for this dataset, leave it out.",
        ),
    )


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("A.csv: row 2 has 3 fields. Ask the force to send it again.", "A.csv: row 2 has 3 fields."),
        ("'sex' is empty. It was not. Ask the force why.", "'sex' is empty. It was not."),
        (
            "'Old' is missing: 'New' is there. If it is, change the YAML:\n--- a\n+++ b",
            "'Old' is missing: 'New' is there.",
        ),
    ],
)
def test_plain_words_leave_out_what_is_for_the_operator(message: str, words: str) -> None:
    assert in_plain_words(message) == words


def test_the_workbook_has_one_table_a_sheet_with_its_header_frozen(force: Warehouse, tmp_path: Path) -> None:
    report = report_on(delivered(force))
    path = tmp_path / "report.xlsx"
    report_files.write(report, path, "xlsx")
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == TITLES
    for made in report.tables:
        rows = book.get_sheet_by_name(made.title).to_python()
        assert tuple(rows[0]) == made.headings
        assert len(rows) == 1 + max(1, len(made.rows))
    assert book.get_sheet_by_name("Rows").to_python()[1][2] == 3
    parts = contents(path)
    sheets = {name: text for name, text in parts.items() if name.startswith("xl/worksheets/sheet")}
    assert len(sheets) == len(TITLES)
    for text in sheets.values():
        assert 'state="frozen"' in text
        assert "<mergeCell" not in text
        assert "<f>" not in text
    assert sum(name.startswith("xl/tables/") for name in parts) == len(TITLES)
    assert not [name for name, text in parts.items() if "Zqx" in text]


def contents(path: Path) -> dict[str, str]:
    """The parts of a workbook, which is a zip of XML."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_page_is_read_without_scripts_and_says_what_each_cell_is_of(force: Warehouse, tmp_path: Path) -> None:
    report = report_on(delivered(force))
    path = tmp_path / "report.html"
    report_files.write(report, path, "html")
    text = path.read_text(encoding="utf-8")
    page = html.fromstring(text)
    assert page.get("lang") == "en-GB"
    assert page.findtext(".//title") == report.title
    assert [heading.text for heading in page.iter("h2")] == TITLES
    assert not page.xpath("//script | //link | //img")
    tables = page.xpath("//table")
    assert len(tables) == sum(bool(made.rows) for made in report.tables)
    for made in tables:
        assert made.findtext("caption")
        assert {cell.get("scope") for cell in made.xpath("thead//th")} == {"col"}
        assert {cell.get("scope") for cell in made.xpath("tbody//th")} == {"row"}
    assert "Zqx" not in text
    assert len(page.xpath("//section[.//h2[text()='Rows']]//tbody/tr")) == 4


def run(force: Warehouse, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    settings = force.settings
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", force.url.get_secret_value())
    monkeypatch.setenv("CSAE_FORCES_DIR", str(settings.forces_dir))
    monkeypatch.setenv("CSAE_HOME", str(settings.home))
    result = CliRunner().invoke(app, ["load", "report", *arguments], env=dict(os.environ))
    return result.exit_code, " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())


def test_the_command_names_the_file_and_writes_over_none(
    force: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(force)
    monkeypatch.chdir(tmp_path)
    name = "csae-report-06-2026-09-01-load-1.xlsx"
    assert run(force, monkeypatch, "1") == (0, f"Wrote {name}.")
    code, said = run(force, monkeypatch, "1")
    assert code == 2
    assert "is there already; give another name, or --force to write over it." in said
    assert run(force, monkeypatch, "1", "--force") == (0, f"Wrote {name}.")
    assert run(force, monkeypatch, "1", "--format", "html", "--output", "one.html") == (0, "Wrote one.html.")
    assert CalamineWorkbook.from_path(name).sheet_names == TITLES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["7"], "There is no load 7; csae load list shows those there are."),
        (
            ["1", "--output", "nowhere/report.xlsx"],
            "nowhere/report.xlsx cannot be written (No such file or directory).",
        ),
        (["1", "--format", "html", "--output", "nowhere/report.html"], "(No such file or directory). Give another"),
    ],
)
def test_the_command_says_what_is_wrong(
    force: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    delivered(force)
    monkeypatch.chdir(tmp_path)
    code, said = run(force, monkeypatch, *arguments)
    assert (code, message in said) == (2, True), said


def test_before_a_first_build_there_are_no_suspects_to_count(force: Warehouse) -> None:
    with warehouse.connect(force.url, autocommit=True) as connection:
        assert reports.suspects_by_group(connection) == []
