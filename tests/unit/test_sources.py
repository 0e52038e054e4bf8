"""A source's YAML is understood as it is written. What is a mistake in it, `test_source_mistakes` tells."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from csae.sources import LoadedSource, SourceError, load_source, load_sources

LoadWith = Callable[[str, str], LoadedSource]


@pytest.fixture
def testshire(forces: Path) -> LoadedSource:
    return load_source(forces / "43_testshire.yml")


def test_a_source(testshire: LoadedSource) -> None:
    spec = testshire.spec
    assert (spec.label, spec.is_loaded, spec.bounds.crimes.max) == ("43 Testshire Police", True, 50)


def test_a_column_s_short_form(testshire: LoadedSource) -> None:
    people = testshire.spec.layouts[0].extracts["people"].involvement
    assert [record.columns["crime_ref"].from_ for record in people] == [["CrimeNo"]]


@pytest.mark.parametrize("written", ['"06"', "06"], ids=["in quotation marks", "bare"])
def test_a_source_code_keeps_its_nought(load_with: LoadWith, written: str) -> None:
    assert load_with('"43"', written).spec.source == "06"


@pytest.mark.parametrize("word", ["06", "1.10", "1e3", "0x1F", "12:30", "no", "Yes", "on", "true", "2026-09-01"])
def test_codes_stay_as_written(load_with: LoadWith, word: str) -> None:
    spec = load_with("maps:\n", f"maps:\n  own: {{{word}: {word}}}\n").spec
    assert spec.maps["own"] == {word: word}


@pytest.mark.parametrize(
    ("status", "is_loaded"), [("draft", False), ("trial", True), ("live", True), ("retired", False)]
)
def test_trial_and_live_sources_are_loaded(load_with: LoadWith, status: str, is_loaded: bool) -> None:
    assert load_with("status: live", f"status: {status}").spec.is_loaded == is_loaded


def test_a_shared_map_is_used_and_a_force_s_own_wins(testshire: LoadedSource) -> None:
    assert testshire.spec.maps == {"yes_no": {"Y": "true", "N": "false"}, "role": {"S": "suspect", "V": "victim"}}


def test_every_coded_column_says_its_code_set(testshire: LoadedSource) -> None:
    assert testshire.spec.code_schemes() == [(date(2026, 1, 1), "observed_ethnicity", "officer_observed_ic")]


def test_the_hash_changes_with_the_system_s_file(forces: Path, testshire: LoadedSource) -> None:
    system = forces / "systems" / "alpha.yml"
    system.write_text(system.read_text().replace('N: "false"', 'N: "false", "": "false"'))
    assert load_source(testshire.path).sha256 != testshire.sha256


def test_the_hash_does_not_change_with_a_comment(load_with: LoadWith, testshire: LoadedSource) -> None:
    assert load_with("status: live", "status: live  # since May").sha256 == testshire.sha256


@pytest.mark.parametrize(
    ("day", "valid_from"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 6, 30), date(2026, 1, 1)),
        (date(2026, 7, 1), date(2026, 7, 1)),
        (date(2030, 1, 1), date(2026, 7, 1)),
    ],
    ids=str,
)
def test_the_layout_is_chosen_by_the_day_of_delivery(forces: Path, day: date, valid_from: date | None) -> None:
    path = forces / "43_testshire.yml"
    before, layout, after = _parts(path.read_text())
    path.write_text(f"{before}{layout}{layout.replace('2026-01-01', '2026-07-01')}{after}")
    chosen = load_source(path).spec.layout_on(day)
    assert (chosen and chosen.valid_from) == valid_from


def test_layouts_out_of_order(forces: Path) -> None:
    path = forces / "43_testshire.yml"
    before, layout, after = _parts(path.read_text())
    path.write_text(f"{before}{layout}{layout.replace('2026-01-01', '2025-01-01')}{after}")
    with pytest.raises(SourceError, match="line 7: 'layouts' must stand in order of 'valid_from', each day once"):
        load_source(path)


def _parts(text: str) -> tuple[str, str, str]:
    begin, end = text.index("  - valid_from"), text.index("maps:")
    return text[:begin], text[begin:end], text[end:]


# All sources together


def test_sources_by_code(forces: Path, testshire: LoadedSource) -> None:
    (forces / "44_other.yml").write_text(testshire.path.read_text().replace('"43"', '"44"'))
    assert list(load_sources(forces)) == ["43", "44"]


def test_two_files_of_one_source(forces: Path, testshire: LoadedSource) -> None:
    (forces / "44_other.yml").write_text(testshire.path.read_text())
    with pytest.raises(SourceError, match=r"44_other\.yml: source 43 is in 43_testshire\.yml too; keep one"):
        load_sources(forces)


def test_the_faults_of_all_files_are_told(forces: Path, testshire: LoadedSource) -> None:
    wrong = testshire.path.read_text().replace("status: live", "status: lve")
    for name in ("43_testshire.yml", "44_other.yml"):
        (forces / name).write_text(wrong)
    with pytest.raises(SourceError, match=r"(?s)43_testshire\.yml, line 4: .*44_other\.yml, line 4: "):
        load_sources(forces)


def test_a_folder_without_sources(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no source here; add a YAML file, or set CSAE_FORCES_DIR"):
        load_sources(tmp_path)


def test_one_source_is_read_by_the_name_of_its_file(forces: Path) -> None:
    (forces / "44_broken.yml").write_text("x: y")
    assert list(load_sources(forces, "43")) == ["43"]
    with pytest.raises(SourceError, match=r"there is no 45_\*\.yml here"):
        load_sources(forces, "45")


def test_a_file_that_is_not_named_after_its_source(forces: Path, testshire: LoadedSource) -> None:
    testshire.path.rename(forces / "testshire.yml")
    with pytest.raises(SourceError, match=r"name the file after its source: 43_<name>\.yml"):
        load_sources(forces)
