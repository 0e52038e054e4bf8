"""What `csae force` rests on: code sets, changes to a YAML, headers, values, bounds, and the words that are said."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed import ROWS, flagged, zipped
from typer.testing import CliRunner

from csae.checking import check as checking
from csae.checking.check import Problem, Report
from csae.checking.values import Profile, completeness, self_defined, unknown, unmapped
from csae.checking.words import column_words, format_words
from csae.cli import app
from csae.code_sets import CodeSets, may_be_shown, normalised_form, read_code_sets
from csae.readers import read_extract
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_source
from csae.sources.documents import parse_document
from csae.sources.edits import add_codes, add_ignored_columns, diff, quoted, rename, set_crime_bounds
from csae.suggesting import propose_bounds

NIGHT = date(2026, 9, 1)
YAML = """source: "44"
name: Sampleshire Police
status: live
owner: {team: Data team, contact: data@sampleshire.example}
delivery: {mode: delta, due: "daily 03:00"}

layouts:
  - valid_from: 2026-09-01
    extracts:
      crimes:
        files: CRIME_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        crime:
          columns:
            crime_ref:          {from: CrimeNumber, required: true}
            recorded_on:        {from: DateRecorded, date: dd/mm/yyyy, required: true}
            is_online:          {from: OnlineYN, map: yes_no}
            transfer_direction: {from: TransferForce, extract: '^(TO|FROM) ', map: {TO: out, FROM: in}}
            transfer_force:     {from: TransferForce, extract: ' (..)$'}
      people:
        files: NOMINAL_*.csv
        format: {type: delimited, delimiter: "|", encoding: cp1252}
        involvement:
          columns:
            crime_ref:              {from: CrimeNumber, required: true}
            role:                   {from: Role, map: {Suspect: suspect, Victim: victim}, required: true}
            date_of_birth:          {from: DOB, date: dd/mm/yyyy}
            sex:                    {from: Sex, map: {Male: M, Female: F}}
            self_defined_ethnicity: {from: SDE, split: " - ", take: first, codes: self_defined_2021}
            nationalities:          {from: Nationality, split: "/", codes: nationality_demonym}

maps:
  yes_no: {Y: "true", N: "false"}
codes:
  # The 2021 set but for one code.
  self_defined_2021: {O2: O2, W4: W4}
bounds:
  crimes: {min: 1, max: 5000}
"""
PATH = Path("44_sampleshire.yml")
PEOPLE_COLUMN = ("layouts", 0, "extracts", "people", "involvement", "columns")


@pytest.fixture(scope="module")
def codes() -> CodeSets:
    return read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")


@pytest.mark.parametrize(
    ("column", "value", "scheme", "expected"),
    [
        ("self_defined_ethnicity", "O1", "self_defined_2001", "A4"),
        ("self_defined_ethnicity", "O1", "self_defined_2021", "O2"),
        ("self_defined_ethnicity", "O1", None, None),
        ("self_defined_ethnicity", "Pakistani", "self_defined_2021", "A2"),
        ("nationalities", "Côte d'Ivoire", "country_name", "CIV"),
        ("home_office_code", "20/5", None, "020/05"),
        ("home_office_code", "02005", None, "020/05"),
        ("home_office_code", "020/99", None, None),
        ("outcome_code", "01", None, "1"),
        ("outcome_code", "99", None, None),
        ("transfer_force", "14", None, "14"),
        ("transfer_force", "02", None, "01"),
        ("transfer_force", "00", None, None),
    ],
)
def test_a_value_is_decoded_by_its_code_set_alone(
    codes: CodeSets, column: str, value: str, scheme: str | None, expected: str | None
) -> None:
    assert codes.decode(column, value, scheme) == expected


def test_a_source_s_own_code_comes_first(codes: CodeSets) -> None:
    assert codes.decode("self_defined_ethnicity", "O1", "self_defined_2021", {"o1": "A4"}) == "A4"


@pytest.mark.parametrize(
    ("column", "value", "scheme", "expected"),
    [
        ("self_defined_ethnicity", "A2 - Pakistani", "self_defined_2021", ("A2", 100)),
        ("nationalities", "Romannien", "nationality_demonym", ("ROU", 88)),
        ("nationalities", "GBR", "country_name", ("GBR", 60)),
        ("transfer_force", "Greater Manchster", None, ("06", 97)),
    ],
)
def test_a_suggestion_says_how_alike_it_is(
    codes: CodeSets, column: str, value: str, scheme: str | None, expected: tuple[str, int]
) -> None:
    found = codes.suggest(column, value, scheme)
    assert found is not None
    assert (found.code, found.score) == expected


@pytest.mark.parametrize(
    ("column", "value"), [("transfer_force", "S Yorkshire"), ("outcome_code", "9x"), ("nationalities", "Zzyzx")]
)
def test_nothing_is_suggested_where_two_are_as_likely_or_none_is(codes: CodeSets, column: str, value: str) -> None:
    assert codes.suggest(column, value, "nationality_demonym" if column == "nationalities" else None) is None


@given(st.text())
def test_a_normal_form_is_its_own(text: str) -> None:
    form = normalised_form(text)
    assert normalised_form(form) == form
    assert set(form) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")


@pytest.mark.parametrize(
    ("value", "rows", "shown"),
    [("XYZ", 1, True), ("W1 / 2", 1, True), ("Smith", 9, False), ("Smith", 10, True), ("A1-long-one", 9, False)],
)
def test_a_value_is_shown_when_it_looks_like_a_code_or_is_common(value: str, rows: int, shown: bool) -> None:
    assert may_be_shown(value, rows) is shown


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Assault of a girl", True), ("Rape by Examplename", False), ("Examplename", False), ("C7", True)],
)
def test_a_title_is_shown_by_its_words_however_often_it_is_written(codes: CodeSets, title: str, shown: bool) -> None:
    assert [codes.may_be_shown("offence_title", title, rows) for rows in (1, 999)] == [shown] * 2


def edited(text: str, function: Any, *arguments: Any) -> list[str]:
    """The lines that the edit takes out and puts in."""
    after = function(parse_document(PATH, text), text, *arguments)
    assert after is not None
    return [line for line in diff(text, after, PATH).splitlines()[2:] if line[0] in "+-"]


def test_a_renamed_column_changes_one_line_and_leaves_its_layout() -> None:
    columns = [(*PEOPLE_COLUMN, "date_of_birth")]
    assert edited(YAML, rename, "DOB", "Date of birth", columns) == [
        "-            date_of_birth:          {from: DOB, date: dd/mm/yyyy}",
        "+            date_of_birth:          {from: Date of birth, date: dd/mm/yyyy}",
    ]


def test_a_renamed_column_that_several_come_from_changes_each_of_them() -> None:
    crime = ("layouts", 0, "extracts", "crimes", "crime", "columns")
    columns = [(*crime, "transfer_direction"), (*crime, "transfer_force")]
    found = edited(YAML, rename, "TransferForce", "Transfer: to", columns)
    assert [line[0] for line in found] == ["-", "-", "+", "+"]
    assert all('{from: "Transfer: to", extract: ' in line for line in found[2:])


def test_codes_go_into_the_block_that_is_there_or_into_a_new_one() -> None:
    assert edited(YAML, add_codes, "self_defined_2021", {"X9": "A9", "W4": "W4"}) == [
        "-  self_defined_2021: {O2: O2, W4: W4}",
        "+  self_defined_2021: {O2: O2, W4: W4, X9: A9}",
    ]
    assert edited(YAML, add_codes, "nationality_demonym", {"Brit: ish": "GBR"}) == [
        '+  nationality_demonym: {"Brit: ish": GBR}'
    ]
    without = YAML.replace("codes:\n", "").replace("  self_defined_2021: {O2: O2, W4: W4}\n", "")
    assert edited(without, add_codes, "iso_alpha3", {"UKX": "GBR"}) == ["+codes:", "+  iso_alpha3: {UKX: GBR}"]


def test_bounds_are_replaced_or_added() -> None:
    assert edited(YAML, set_crime_bounds, 20, 900) == [
        "-  crimes: {min: 1, max: 5000}",
        "+  crimes: {min: 20, max: 900}",
    ]
    without = YAML.replace("bounds:\n  crimes: {min: 1, max: 5000}\n", "")
    assert edited(without, set_crime_bounds, 20, 900) == ["+bounds:", "+  crimes: {min: 20, max: 900}"]


def test_ignored_columns_are_added_below_the_files_or_to_those_there() -> None:
    extract = ("layouts", 0, "extracts", "people")
    assert edited(YAML, add_ignored_columns, extract, ["Shoe size", "a,b"]) == [
        '+        ignored_columns: [Shoe size, "a,b"]'
    ]
    there = YAML.replace(
        "        files: NOMINAL_*.csv\n", "        files: x*\n        ignored_columns:\n          - One\n"
    )
    assert edited(there, add_ignored_columns, extract, ["One", "Two"]) == ["+          - Two"]


def test_a_yaml_that_cannot_be_changed_line_by_line_is_left_alone() -> None:
    text = YAML.replace("  crimes: {min: 1, max: 5000}", "  crimes:\n    min: 1\n    max: 5000")
    assert set_crime_bounds(parse_document(PATH, text), text, 20, 900) is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.isprintable))
def test_a_quoted_name_reads_back_as_it_was(name: str) -> None:
    data = parse_document(Path("x.yml"), f"a: {{from: {quoted(name)}, b: [{quoted(name)}]}}\n").data
    assert data == {"a": {"from": name, "b": [name]}}


@pytest.mark.parametrize(
    ("counts", "minimum", "expected"),
    [
        ([60, 50, 70], 1, (25, 140, 3, 0, False)),
        ([1250, 60, 50, 70], 1, (25, 140, 3, 1, False)),
        ([60, 50, 70], 40, (40, 140, 3, 0, True)),
        ([1234, 1500, 1999], 10, (610, 4000, 3, 0, False)),
        ([0, 0, 0], 0, (0, 1, 3, 0, False)),
    ],
)
def test_bounds_rest_on_usual_deliveries_and_never_fall(
    counts: list[int], minimum: int, expected: tuple[int, int, int, int, bool]
) -> None:
    found = propose_bounds(counts, minimum)
    assert found is not None
    assert (found.minimum, found.maximum, found.deliveries, found.left_out, found.kept_minimum) == expected


def test_two_deliveries_are_too_few_for_bounds() -> None:
    assert propose_bounds([60, 50], 1) is None


@given(st.lists(st.integers(0, 10**7), min_size=3), st.integers(0, 10**7))
def test_a_bound_never_lets_less_through_than_stands(counts: list[int], minimum: int) -> None:
    found = propose_bounds(counts, minimum)
    assert found is not None
    assert minimum <= found.minimum <= found.maximum


def profile(**columns: list[str | None]) -> Profile:
    """People of a sample, the columns that are not named blank."""
    blank = [None] * len(next(iter(columns.values())))
    names = ("role", "sex", "self_defined_ethnicity", "observed_ethnicity", "nationalities", "immigration_status")
    others = ("crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id")
    frame = pl.DataFrame(
        {name: columns.get(name, blank) for name in (*names, *others)},
        schema=dict.fromkeys((*names, *others), pl.String),
    )
    made = Profile()
    made.add({"involvement": frame})
    return made


@pytest.fixture
def yaml(tmp_path: Path) -> Path:
    """The YAML of the one source in a folder of its own."""
    (tmp_path / "forces").mkdir()
    path = tmp_path / "forces" / PATH
    path.write_text(YAML)
    return path


@pytest.fixture
def source(yaml: Path) -> LoadedSource:
    return load_source(yaml)


def test_blank_refused_and_undecodable_are_three_facts(source: LoadedSource, codes: CodeSets) -> None:
    found = self_defined(
        profile(self_defined_ethnicity=["A2", "W1", "NS", None, None, "Q9"]),
        source.spec,
        source.spec.layouts[0].extracts,
        codes,
    )
    assert (found.recorded, found.not_stated, found.not_recorded, found.unmapped) == (2, 1, 2, 1)


def test_unmapped_values_are_counted_and_named_only_where_they_may_be(source: LoadedSource, codes: CodeSets) -> None:
    sample = profile(
        self_defined_ethnicity=["Q9", "Q9", "A2", None, "Zqxname"],
        nationalities=['["British","Romannien"]', '["Romannien"]', '["Zqxname"]', None, None],
    )
    found = unmapped(sample, source.spec, source.spec.layouts[0].extracts, codes)
    assert [(item.column, item.value, item.rows) for item in found] == [
        ("nationalities", None, 2),
        ("nationalities", None, 1),
        ("self_defined_ethnicity", "Q9", 2),
        ("self_defined_ethnicity", None, 1),
    ]
    assert [item.suggestion.code if item.suggestion else None for item in found] == ["ROU", None, None, None]


def test_a_value_that_no_map_leads_to_is_near_one_that_does(source: LoadedSource) -> None:
    found = unknown(
        profile(role=["suspect", "Suspct", None], sex=["M", "9", None]), source.spec, source.spec.layouts[0].extracts
    )
    assert [(item.column, item.value, item.rows) for item in found] == [("role", None, 1), ("sex", "9", 1)]
    assert found[0].suggestion is not None
    assert found[0].suggestion.code == "suspect"


def test_completeness_is_of_the_columns_that_the_yaml_fills() -> None:
    found = completeness(profile(role=["suspect", None], sex=[None, None]), {"involvement": frozenset({"role", "sex"})})
    assert [(item.column, item.filled, item.rows) for item in found] == [("role", 1, 2), ("sex", 0, 2)]


@pytest.mark.parametrize(
    ("levels", "verdict", "exit_code"),
    [
        ([], "ready", 0),
        (["note"], "ready", 0),
        (["note", "warning"], "ready with warnings", 1),
        (["warning", "error", "note"], "not ready", 3),
    ],
)
def test_the_worst_problem_gives_the_verdict(levels: list[str], verdict: str, exit_code: int) -> None:
    report = Report("06", "", "live", "", "2026-09-01", None, problems=tuple(Problem(level, "") for level in levels))
    assert (report.verdict, report.exit_code) == (verdict, exit_code)


def test_without_a_sample_the_yaml_alone_is_checked(load_with: Any, codes: CodeSets) -> None:
    loaded = load_with(
        "bounds:",
        """waivers:
  - {rule: too_few_crimes, reason: New system, owner: Registrar, expires: 2026-08-31}
  - {rule: volume_jump, reason: Backlog, owner: Registrar, expires: 2026-09-30}
  - {rule: value_new, reason: New list, owner: Registrar, expires: 2027-09-30}
examples:
  - {extract: crimes, given: {CrimeNo: 1/26, Online: Y}, expect: {is_online: "false"}}
bounds:""",
    )
    report = checking.check(loaded, [], NIGHT, codes, PROJECT_DIR / "expectations")
    assert [(problem.level, problem.message.split(";")[0]) for problem in report.problems] == [
        ("error", "Example 1 of crimes: is_online is 'true', expected 'false'"),
        ("warning", "The waiver of too_few_crimes expired on 2026-08-31"),
        ("warning", "The waiver of volume_jump expires in 29 days"),
        ("note", "No file was read"),
    ]
    assert [item.days_left for item in report.waivers] == [-1, 29, 394]


@pytest.mark.parametrize(
    "owner", ["{team: FILL IN, contact: data@testshire.example}", "{team: Data team, contact: FILL IN}"]
)
def test_an_owner_that_nobody_filled_in_is_a_warning(load_with: Any, codes: CodeSets, owner: str) -> None:
    loaded = load_with("owner: {team: Data team, contact: data@testshire.example}", f"owner: {owner}")
    report = checking.check(loaded, [], NIGHT, codes, PROJECT_DIR / "expectations")
    assert [problem.message for problem in report.problems if problem.level == "warning"] == [
        "Its owner still says FILL IN; name who answers questions about the data."
    ]
    assert report.exit_code == 1


def test_a_day_before_the_first_layout_is_not_ready(source: LoadedSource, codes: CodeSets) -> None:
    report = checking.check(source, [], date(2026, 8, 31), codes, PROJECT_DIR / "expectations")
    assert report.exit_code == 3
    assert report.problems[0].message.startswith("No layout is valid on 2026-08-31, the first is from 2026-09-01")


def test_a_yaml_is_put_into_words(source: LoadedSource) -> None:
    crimes, people = (source.spec.layouts[0].extracts[name] for name in ("crimes", "people"))
    assert format_words(crimes.format) == "text parted by bars; cp1252; header in row 1"
    assert crimes.crime is not None
    words = {name: column_words(column, source.spec) for name, column in crimes.crime.columns.items()}
    words |= {name: column_words(column, source.spec) for name, column in people.involvement[0].columns.items()}
    assert words["recorded_on"] == "DateRecorded; a date as dd/mm/yyyy; required"
    assert words["is_online"] == "OnlineYN; map yes_no: Y → true, N → false"
    assert words["self_defined_ethnicity"] == (
        "SDE; parted at ' - '; the first part; codes of self_defined_2021 and 2 of its own"
    )


@pytest.fixture
def csae(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, yaml: Path) -> CliRunner:
    """The command line for that source without any service, in an empty home."""
    monkeypatch.delenv("CSAE_WAREHOUSE_URL", raising=False)
    monkeypatch.setenv("CSAE_FORCES_DIR", str(yaml.parent))
    monkeypatch.setenv("CSAE_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_the_list_works_without_a_warehouse(csae: CliRunner) -> None:
    done = csae.invoke(app, ["force", "list", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "sources": [
            {
                "source": "44",
                "name": "Sampleshire Police",
                "system": None,
                "status": "live",
                "layouts": 1,
                "formats": "delimited",
                "mode": "delta",
                "due": "daily 03:00",
                "waivers": [],
                "last_delivery_on": None,
            }
        ],
        "faults": [],
    }
    assert "44 Sampleshire Police" in csae.invoke(app, ["force", "list"]).stdout


def test_the_list_goes_on_over_a_yaml_that_cannot_be_used(csae: CliRunner, yaml: Path) -> None:
    yaml.with_name("45_broken.yml").write_text('source: "45"\nnmae: Broken\n')
    done = csae.invoke(app, ["force", "list", "--json"])
    assert done.exit_code == 3
    told = json.loads(done.stdout)
    assert [line["source"] for line in told["sources"]] == ["44"]
    assert "45_broken.yml, line 2: unknown key 'nmae'; did you mean 'name'?" in told["faults"][0]
    assert csae.invoke(app, ["force", "show", "44"]).exit_code == 0


def test_a_source_is_shown_in_words_and_as_json(csae: CliRunner) -> None:
    shown = csae.invoke(app, ["force", "show", "44"]).stdout
    assert "A delivery without crimes is rejected; more than 5,000 crimes leave a notice. One with more" in shown
    assert "Own codes of self_defined_2021: O2 → O2, W4 → W4." in shown
    told = json.loads(csae.invoke(app, ["force", "show", "44", "--json"]).stdout)
    assert told["source"] == "44"
    assert told["delivery"] == {"mode": "delta", "due": "daily 03:00"}
    assert told["example_faults"] == []


@pytest.mark.parametrize(
    ("least", "said"),
    [
        (0, "A delivery may be empty; more than 5,000 crimes leave a notice."),
        (1, "A delivery without crimes is rejected; more than 5,000"),
        (20, "A delivery of fewer than 20 crimes is rejected; more than 5,000"),
    ],
)
def test_the_fewest_crimes_are_put_into_words(csae: CliRunner, yaml: Path, least: int, said: str) -> None:
    yaml.write_text(YAML.replace("min: 1", f"min: {least}"))
    assert said in csae.invoke(app, ["force", "show", "44"]).stdout


def test_records_of_several_people_are_numbered_from_1(csae: CliRunner, yaml: Path) -> None:
    yaml.write_text(YAML.replace("    extracts:", f"    extracts:{INCIDENTS.rstrip()}"))
    shown = csae.invoke(app, ["force", "show", "44"]).stdout
    headings = [line.strip() for line in shown.splitlines() if line.strip().startswith("involvement")]
    assert headings == ["involvement 1 (each Suspect)", "involvement 2 (each Victim)", "involvement"]


INCIDENTS = """
      incidents:
        files: "*.xml"
        format: {type: xml, row: Incident}
        crime: {columns: {crime_ref: "@urn"}}
        involvement:
          - {each: Suspect, columns: {role: {value: suspect}}}
          - {each: Victim, columns: {role: {value: victim}}}
"""
ARCHIVED = YAML.replace("    extracts:", "    archive: NIGHT_*.zip\n    extracts:")
SHEETS = (
    YAML[: YAML.index("layouts:")]
    + """layouts:
  - valid_from: 2026-09-01
    extracts:
      crimes:
        files: NIGHT_*.xlsx
        format: {type: workbook, sheet: Crimes}
        crime: {columns: {crime_ref: Ref}}
      people:
        files: NIGHT_*.xlsx
        format: {type: workbook, sheet: People}
        involvement: {columns: {crime_ref: Ref}}
"""
)


@pytest.mark.parametrize(
    ("text", "name", "content", "said"),
    [
        (SHEETS, "NIGHT_1.xlsx", b"no workbook", "NIGHT_1.xlsx: "),
        (ARCHIVED, "NIGHT_1.zip", flagged(zipped({"CRIME_1.csv": ROWS})), "NIGHT_1.zip: the archive is protected by"),
        (ARCHIVED, "NIGHT_1.zip", b"no archive", "NIGHT_1.zip: the file is not a whole .zip"),
    ],
    ids=["a workbook that two extracts read", "an archive with a password", "a damaged archive"],
)
def test_what_is_wrong_with_a_file_is_told_once(
    tmp_path: Path, codes: CodeSets, text: str, name: str, content: bytes, said: str
) -> None:
    path, sample = tmp_path / PATH, tmp_path / name
    path.write_text(text)
    sample.write_bytes(content)
    report = checking.check(load_source(path), [sample], NIGHT, codes, PROJECT_DIR / "expectations")
    (error,) = [problem.message for problem in report.problems if problem.level == "error"]
    assert error.startswith(said)
    assert not [problem for problem in report.problems if "give a sample" in problem.message]


def test_a_column_that_no_extract_of_a_file_names_is_told_once(tmp_path: Path, codes: CodeSets) -> None:
    text = SHEETS.replace("NIGHT_*.xlsx", "NIGHT_*.csv")
    for sheet in ("Crimes", "People"):
        text = text.replace(f"workbook, sheet: {sheet}", 'delimited, delimiter: ",", encoding: utf-8')
    path = tmp_path / PATH
    path.write_text(text)
    (tmp_path / "NIGHT_1.csv").write_text("Ref,Shoe\nA,1\n")
    (tmp_path / "notes.txt").write_text("")  # so that the gate, which needs a database, is not tried
    sample = [tmp_path / "NIGHT_1.csv", tmp_path / "notes.txt"]
    report = checking.check(load_source(path), sample, NIGHT, codes, PROJECT_DIR / "expectations")
    assert [problem.message for problem in report.problems if problem.level == "warning"] == [
        "NIGHT_1.csv has 'Shoe' too; use it, or add it to 'ignored_columns'."
    ]


def test_a_closed_archive_hides_no_file_that_is_not_expected(tmp_path: Path, codes: CodeSets) -> None:
    path = tmp_path / PATH
    path.write_text(ARCHIVED)
    (tmp_path / "NIGHT_1.zip").write_bytes(b"no archive")
    (tmp_path / "notes.txt").write_text("")
    sample = [tmp_path / "NIGHT_1.zip", tmp_path / "notes.txt"]
    report = checking.check(load_source(path), sample, NIGHT, codes, PROJECT_DIR / "expectations")
    assert [problem.message.split(" ")[0] for problem in report.problems if problem.level == "error"] == [
        "notes.txt",
        "NIGHT_1.zip:",
    ]


KINDS = """
      kinds:
        files: KINDS_*.txt
        format: {type: fixed_width, encoding: utf-8, fields: {Kind: 1-1, Ref: 2-9}}
        crime: {where: {Kind: [C]}, columns: {crime_ref: Ref}}
        involvement: {where: {Kind: [P]}, columns: {crime_ref: Ref}}
"""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("C1\nP1\nP1\n", []),
        (
            "C1\nC2\nV1\n",
            ["x.txt: kinds takes no involvement from its 3 rows; are the values of 'Kind' in 'where' right?"],
        ),
    ],
    ids=["both kinds", "people of a kind that the YAML misspells"],
)
def test_a_kind_of_rows_that_no_row_is_of_is_told(tmp_path: Path, rows: str, said: list[str]) -> None:
    path = tmp_path / "44_sampleshire.yml"
    path.write_text(YAML.replace("    extracts:", f"    extracts:{KINDS.rstrip()}"))
    extract = load_source(path).spec.layouts[0].extracts["kinds"]
    (tmp_path / "x.txt").write_text(rows)
    (batch,) = read_extract(tmp_path / "x.txt", "x.txt", extract)
    taken = [frame.height for frame in batch.frames]
    assert list(checking._none_taken("x.txt", "kinds", extract, batch.rows, taken)) == said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "99"], "There is no 99_*.yml"),
        (["check", "44", "--sample", "nowhere.csv"], "There is no file nowhere.csv"),
        (["check", "43", "--file", "{yaml}"], "is of source 44, not of 43"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(csae: CliRunner, yaml: Path, arguments: list[str], message: str) -> None:
    arguments = [argument.format(yaml=yaml) for argument in arguments]
    done = csae.invoke(app, ["force", *arguments], env={"COLUMNS": "400"})
    assert done.exit_code == 2  # which the command itself gives as 64
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize("command", ["list", "show", "check", "suggest"])
def test_every_command_has_help_with_an_example(csae: CliRunner, command: str) -> None:
    done = csae.invoke(app, ["force", command, "--help"])
    assert done.exit_code == 0
    assert f"csae force {command}" in done.stdout
    assert "--json" in done.stdout
