"""What `csae force check` finds: values, a verdict, and what is wrong with a file."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from packed import ROWS, flagged, zipped
from sampleshire import PATH, YAML

from csae.checking import check as checking
from csae.checking.check import Problem, Report
from csae.checking.values import Profile, completeness, self_defined, unknown, unmapped
from csae.code_sets import CodeSets
from csae.readers import read_extract
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_source

NIGHT = date(2026, 9, 1)


# Values


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


# The verdict


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


# Files

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
