"""Every YAML in `forces/` is a test case: it loads, it fits the national lists, its examples hold, and it reads what
its force sends: the records that the generator knows, row for row."""

import csv
import functools
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from csae import manifests
from csae.choosing import choose
from csae.code_sets import read_code_sets
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.mapping import map_batch
from csae.readers import read_extract
from csae.sources import LoadedSource, load_source, load_sources
from csae.sources.columns import CANONICAL_COLUMNS, RecordKind
from csae.sources.examples import faults
from csae.synthetic import ALL_FORCES, Plan, write_deliveries
from csae.synthetic.deliveries import build_world
from csae.synthetic.expected import Record, expected_records
from csae.synthetic.layouts import LAYOUTS
from csae.synthetic.schedule import Sending, sendings
from csae.synthetic.vocabulary import HELD, OBSERVED, SELF_DEFINED
from csae.synthetic.world import World
from csae.unpacking import Unpacker

PROJECT = Path(__file__).parents[2]
FILES = sorted((PROJECT / "forces").glob("*.yml"))
SAMPLES = PROJECT / "tests" / "samples" / "landing"
MOST_LINES = 90
SCHEMA_LINE = "# yaml-language-server: $schema=source.schema.json"
DATASET_VALUES: dict[RecordKind, dict[str, set[str | None]]] = {
    "crime": {
        "is_online": {"true", "false", None},
        "is_group_based": {"true", "false", None},
        "record_status": {"live", "cancelled"},
        "transfer_direction": {"in", "out", None},
    },
    "involvement": {"role": {"suspect", "victim"}, "sex": {"M", "F", None}},
}
CODES = read_code_sets(PROJECT / "dbt_project" / "seeds")
SYSTEM_NAMES = {"connect": "Connect", "niche": "Niche", "athena": "Athena", "policeworks": "PoliceWorks"}


@dataclass(frozen=True)
class Delivered:
    """A small world of all sources over two nights, as it was delivered."""

    directory: Path
    world: World
    sendings: list[Sending]


@functools.cache
def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def force(request: pytest.FixtureRequest) -> LoadedSource:
    return load_source(request.param)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    plan = Plan(seed=3, crimes=2000, nights=2, forces=ALL_FORCES, transferred=0.1, cancelled=0.05)
    directory = tmp_path_factory.mktemp("landing")
    write_deliveries(plan, directory)
    world = build_world(plan)
    return Delivered(directory, world, sendings(plan, world.records, world.cases))


def test_there_is_one_for_every_source() -> None:
    """The 43 territorial forces, British Transport Police and the National Crime Agency."""
    sources = load_sources(PROJECT / "forces")
    assert set(sources) == {row["force_code"] for row in seed("forces")} == set(ALL_FORCES)
    assert len(sources) == 45
    assert {source.spec.status for source in sources.values()} == {"live"}


def test_the_file_is_named_after_its_source(force: LoadedSource) -> None:
    assert force.path.name.startswith(f"{force.spec.source}_")


def test_the_file_is_short_and_names_its_schema(force: LoadedSource) -> None:
    lines = force.path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == SCHEMA_LINE
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= 120


def test_the_force_is_in_the_national_list(force: LoadedSource) -> None:
    (listed,) = (row for row in seed("forces") if row["force_code"] == force.spec.source)
    assert force.spec.name.startswith(listed["name"])
    if listed["records_system"]:
        assert SYSTEM_NAMES[str(force.spec.system)] == listed["records_system"]


def test_somebody_can_be_asked(force: LoadedSource) -> None:
    assert force.spec.owner.team
    assert "@" in force.spec.owner.contact


def test_own_codes_lead_to_codes_of_the_dataset(force: LoadedSource) -> None:
    harmonised = {row["ethnicity_code"] for row in seed("ethnicity")}
    harmonised |= {row["nationality_code"] for row in seed("nationality")}
    assert {code for codes in force.spec.codes.values() for code in codes.values()} <= harmonised


def test_the_examples_hold(force: LoadedSource) -> None:
    """At least one for each kind of record of each extract."""
    assert faults(force.spec) == []
    shown = {(example.extract, example.record) for example in force.spec.examples}
    for name, extract in force.spec.layouts[-1].extracts.items():
        kinds: list[RecordKind | None] = [*extract.kinds] if len(extract.kinds) > 1 else [None]
        assert {(name, kind) for kind in kinds} <= shown


def test_a_delivery_reads_back_as_it_was_meant(force: LoadedSource, delivered: Delivered, tmp_path: Path) -> None:
    """Row for row, with no column that the YAML neither uses nor ignores."""
    own = [sending for sending in delivered.sendings if sending.force == force.spec.source]
    assert own
    for sending in own:
        day = delivered.world.plan.day(sending.night)
        folder = delivered.directory / sending.force / day.isoformat()
        read = read_back(force, folder, tmp_path)
        expected = expected_records(delivered.world, sending)
        assert set(read) == set(expected)
        for kind, rows in expected.items():
            assert rows, kind
            assert counted(read[kind]) == counted(rows), f"{kind} of {day}"


def test_what_is_read_is_decoded_to_what_the_force_meant(force: LoadedSource) -> None:
    """By the code set that the YAML names and the force's own codes; what its set cannot say is folded before."""
    layout = LAYOUTS[force.spec.source]
    if layout.has_cases:
        assert not force.spec.code_schemes()
        return
    for code in filter(None, SELF_DEFINED):
        value = layout.self_defined.read[code]
        assert decoded(force, "self_defined_ethnicity", value) == layout.folded.get(code, code)
    for code, group in list(OBSERVED.items())[1:]:
        assert decoded(force, "observed_ethnicity", layout.observed.read[code]) == group.replace("U", "UNK")
    for code in HELD[1:]:
        assert decoded(force, "nationalities", layout.nationality.read[code]) == code
    if blank := layout.nationality.read[""]:
        assert decoded(force, "nationalities", blank) == "NR"


def test_no_two_sources_have_the_same_layout() -> None:
    """In the files' formats and columns, as their order and their names go; nor do their references look alike."""
    layouts = [layout.form for layout in LAYOUTS.values()]
    assert all(one != other for at, one in enumerate(layouts) for other in layouts[at + 1 :])
    headers = Counter(
        tuple(column for extract in source.spec.layouts[-1].extracts.values() for column in extract.source_columns())
        for source in load_sources(PROJECT / "forces").values()
    )
    assert set(headers.values()) == {1}
    assert max(Counter(layout.reference for layout in LAYOUTS.values()).values()) == 1


def test_the_forces_differ_as_real_ones_do() -> None:
    """How many sources are due when, send what, and write in which code set."""
    specs = [source.spec for source in load_sources(PROJECT / "forces").values()]
    assert Counter(spec.delivery.mode for spec in specs) == {"delta": 41, "snapshot": 4}
    assert Counter(spec.delivery.due.every for spec in specs) == {"daily": 37, "weekdays": 4, "weekly": 4}
    schemes = {spec.source: {codes for _, name, codes in spec.code_schemes() if "self" in name} for spec in specs}
    assert Counter(scheme for found in schemes.values() for scheme in found) == {
        "self_defined_2001": 14,
        "self_defined_2011": 16,
        "self_defined_2021": 14,
    }


def test_every_system_is_some_force_s() -> None:
    systems = {path.stem for path in (PROJECT / "forces" / "systems").glob("*.yml")}
    assert systems == {source.spec.system for source in load_sources(PROJECT / "forces").values()}


@pytest.mark.parametrize("code", ["06", "13", "14"])
def test_the_sample_s_values_become_those_of_the_dataset(code: str, tmp_path: Path) -> None:
    """The samples, which the generator did not make."""
    force = load_sources(PROJECT / "forces")[code]
    folders = sorted((SAMPLES / code).iterdir())
    assert len(folders) == 3
    found = [read_back(force, folder, tmp_path) for folder in folders]
    for kind, allowed in DATASET_VALUES.items():
        records = [record for each in found for record in each[kind]]
        assert records
        for name, values in allowed.items():
            assert {record[name] for record in records} <= values, f"{kind}.{name}"


def decoded(force: LoadedSource, column: str, value: str) -> str | None:
    """As the warehouse decodes it: the force's own codes are asked first."""
    scheme = {name: scheme for _, name, scheme in force.spec.code_schemes()}[column]
    return CODES.decode(column, value, scheme, force.spec.codes.get(scheme, {}))


def read_back(force: LoadedSource, folder: Path, spool: Path) -> dict[str, list[Record]]:
    """A delivery's records by their kind, its files chosen, unpacked and checked as a night does it."""
    layout, landed = force.spec.layouts[-1], spooled(force, folder)
    delivery = Delivery(force.spec.source, date.fromisoformat(folder.name), tuple(file.landed for file in landed))
    choice = choose(layout, landed, {})
    found: dict[str, list[Record]] = {}
    with Unpacker(spool) as unpacker:
        seen = manifests.look(layout, choice, delivery, unpacker)
        assert (choice.fault, seen.fault, choice.missing(layout)) == (None, None, [])
        assert (seen.listing is None) == (layout.manifest is None)
        for name, part in choice.by_extract(layout).items():
            extract, file, rows = layout.extracts[name], unpacker.plain(part), 0
            for batch in read_extract(file.path, file.name, extract):
                assert batch.unexpected_columns == ()
                rows += batch.frames[0].height
                for kind, frame in map_batch(batch, extract, force.spec).items():
                    found.setdefault(kind, []).extend(records_of(frame, kind))
            if seen.listing:
                seen.listing.check_bytes(file)
                seen.listing.check_rows(file.name, rows)
    return found


def spooled(force: LoadedSource, folder: Path) -> list[SpooledFile]:
    day = date.fromisoformat(folder.name)
    return [
        SpooledFile(LandedFile(path.name, force.spec.source, day, path.name, "", 0), path, sha256=path.name)
        for path in sorted(folder.iterdir())
    ]


def records_of(frame: pl.DataFrame, kind: RecordKind) -> list[Record]:
    return frame.select(CANONICAL_COLUMNS[kind]).to_dicts()


def counted(records: list[Record]) -> Counter[tuple[tuple[str, str | None], ...]]:
    return Counter(tuple(record.items()) for record in records)
