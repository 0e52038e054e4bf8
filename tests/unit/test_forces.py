"""Every YAML in `forces/` is a test case: it loads, it fits the national lists, and it reads its force's sample."""

import csv
from fnmatch import fnmatchcase
from pathlib import Path

import polars as pl
import pytest

from csae.mapping import map_batch
from csae.readers import read_extract
from csae.sources import LoadedSource, load_source, load_sources
from csae.sources.columns import RecordKind

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / "forces").glob("*.yml"))
SAMPLES = PROJECT / "tests" / "samples" / "landing"
DATASET_VALUES: dict[RecordKind, dict[str, set[str | None]]] = {
    "crime": {
        "is_online": {"true", "false", None},
        "is_group_based": {"true", "false", None},
        "record_status": {"live", "cancelled"},
        "transfer_direction": {"in", "out", None},
    },
    "involvement": {"role": {"suspect", "victim"}, "sex": {"M", "F", None}},
}


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def force(request: pytest.FixtureRequest) -> LoadedSource:
    return load_source(request.param)


@pytest.fixture
def sample_files(force: LoadedSource) -> list[Path]:
    return sorted(path for path in (SAMPLES / force.spec.source).glob("*/*") if path.is_file())


def test_the_file_is_named_after_its_source(force: LoadedSource) -> None:
    assert force.path.name.startswith(f"{force.spec.source}_")


def test_the_force_is_in_the_national_list(force: LoadedSource) -> None:
    (listed,) = (row for row in seed("forces") if row["force_code"] == force.spec.source)
    assert force.spec.name.startswith(listed["name"])
    assert force.spec.system == listed["records_system"].lower()


def test_somebody_can_be_asked(force: LoadedSource) -> None:
    assert force.spec.owner.team
    assert "@" in force.spec.owner.contact


def test_own_codes_lead_to_codes_of_the_dataset(force: LoadedSource) -> None:
    harmonised = {row["ethnicity_code"] for row in seed("ethnicity")}
    harmonised |= {row["nationality_code"] for row in seed("nationality")}
    assert {code for codes in force.spec.codes.values() for code in codes.values()} <= harmonised


def test_every_sample_file_is_of_one_extract(force: LoadedSource, sample_files: list[Path]) -> None:
    assert sample_files
    for layout in force.spec.layouts:
        for path in sample_files:
            assert sum(fnmatchcase(path.name, extract.files) for extract in layout.extracts.values()) == 1, path.name


def test_the_sample_holds_nothing_that_the_yaml_does_not_name(force: LoadedSource, sample_files: list[Path]) -> None:
    for path in sample_files:
        extract = next(x for x in force.spec.layouts[-1].extracts.values() if fnmatchcase(path.name, x.files))
        assert [batch.unexpected_columns for batch in read_extract(path, path.name, extract)] == [()]


def test_the_sample_s_values_become_those_of_the_dataset(force: LoadedSource, sample_files: list[Path]) -> None:
    found: dict[RecordKind, list[pl.DataFrame]] = {"crime": [], "involvement": []}
    for path in sample_files:
        extract = next(x for x in force.spec.layouts[-1].extracts.values() if fnmatchcase(path.name, x.files))
        for batch in read_extract(path, path.name, extract):
            for kind, frame in map_batch(batch, extract, force.spec).items():
                found[kind].append(frame)
    for kind, allowed in DATASET_VALUES.items():
        frame = pl.concat(found[kind])
        assert frame.height > 0
        for name, values in allowed.items():
            assert set(frame[name]) <= values, f"{kind}.{name}"


def test_every_system_is_some_force_s() -> None:
    systems = {path.stem for path in (PROJECT / "forces" / "systems").glob("*.yml")}
    assert systems == {source.spec.system for source in load_sources(PROJECT / "forces").values()}
