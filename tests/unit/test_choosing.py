"""Which file of a delivery is which, what a correction leaves behind, and what a manifest finds."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packed import CRIMES, CSV, DAY, PEOPLE, ROWS, landed, layout, refusal, zipped

from csae import choosing, manifests
from csae.choosing import Choice
from csae.landing import Delivery
from csae.ledger import KnownFile
from csae.readers import ExtractError
from csae.sources.model import Layout
from csae.unpacking import PlainFile, Unpacker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


# Which file is which


def chosen(folder: Path, plan: Layout, *files: tuple[str, bytes], known: Mapping[str, int] | None = None) -> Choice:
    """`known` says which files came with which load."""
    spooled = [landed(folder, name, content) for name, content in files]
    loads = known or {}
    ledger = {
        file.landed: KnownFile(file.sha256, loads[file.landed.name]) for file in spooled if file.landed.name in loads
    }
    return choosing.choose(plan, spooled, ledger)


def labels(choice: Choice) -> dict[str, list[str]]:
    return {pattern: [part.label for part in parts] for pattern, parts in choice.by_pattern.items()}


def test_members_take_part_beside_other_files(folder: Path) -> None:
    plan = layout(archive="night*.zip", ignored_files=["*.txt"])
    choice = chosen(
        folder, plan, ("night.zip", zipped({"out/crimes.csv": ROWS, "read me.txt": b""})), ("people.csv", PEOPLE)
    )
    assert labels(choice) == {"crimes*.csv": ["crimes.csv in night.zip"], "people*.csv": ["people.csv"]}
    assert (choice.fault, choice.missing(plan)) == (None, [])
    assert [(name, file.landed.name) for name, file in choice.entered] == [
        ("archive", "night.zip"),
        ("people", "people.csv"),
    ]


def test_extracts_of_one_pattern_share_the_file(folder: Path) -> None:
    both = {
        name: {"files": "all*.csv", "format": CSV, kind: {**CRIMES, "where": {"Type": [name]}}}
        for name, kind in (("crimes", "crime"), ("people", "involvement"))
    }
    plan = layout(extracts=both)
    choice = chosen(folder, plan, ("all.csv", ROWS))
    assert choice.fault is None
    assert {name: part.name for name, part in choice.by_extract(plan).items()} == {
        "crimes": "all.csv",
        "people": "all.csv",
    }
    assert [name for name, _ in choice.entered] == ["crimes, people"]


def test_two_patterns_for_one_file_are_a_mistake(folder: Path) -> None:
    extracts = layout().model_dump(by_alias=True)["extracts"]
    extracts["people"]["files"] = "*.csv"
    choice = chosen(folder, layout(extracts=extracts), ("crimes.csv", ROWS))
    assert refusal(choice.fault) == "file_unexpected"


def test_what_is_waited_for(folder: Path) -> None:
    plan = layout(archive="night*.zip")
    assert chosen(folder, plan, ("crimes.csv", ROWS)).missing(plan) == ["night*.zip"]
    assert chosen(folder, plan, ("night.zip", zipped({"crimes.csv": ROWS}))).missing(plan) == ["people*.csv"]
    assert chosen(folder, plan, ("crimes.csv", ROWS), ("people.csv", PEOPLE)).missing(plan) == []


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"crimes.csv": ROWS, "people.csv": PEOPLE, "note.txt": b""}, "file_unexpected"),
        ({"crimes.csv": ROWS, "people.csv": PEOPLE, "more.zip": zipped({})}, "file_unexpected"),
        ({"a/crimes.csv": ROWS, "b/crimes.csv": ROWS + b"C;x\n"}, "delivery_ambiguous"),
    ],
)
def test_members_that_are_refused(folder: Path, members: dict[str, bytes], reason: str) -> None:
    assert refusal(chosen(folder, layout(archive="*.zip"), ("night.zip", zipped(members))).fault) == reason


GOOD = zipped({"crimes.csv": ROWS, "people.csv": PEOPLE})
BETTER = zipped({"crimes.csv": ROWS + b"C;x\n", "people.csv": PEOPLE})


def content(choice: Choice) -> list[str]:
    return [file.landed.name for file in choice.content]


def test_a_later_archive_corrects_an_earlier_one(folder: Path) -> None:
    plan = layout(archive="*.zip")
    choice = chosen(folder, plan, ("v1.zip", GOOD), ("v2.zip", BETTER), known={"v1.zip": 1})
    assert (content(choice), choice.fault) == (["v2.zip"], None)
    both = chosen(folder, plan, ("v1.zip", GOOD), ("v2.zip", BETTER))
    assert refusal(both.fault) == "delivery_ambiguous"


@pytest.mark.parametrize("bad", [b"Zqx", zipped({"note.txt": b"x"}), zipped({"crimes.csv": b"", "note.txt": b"x"})])
def test_what_was_wrong_with_an_archive_does_not_matter_once_it_is_corrected(folder: Path, bad: bytes) -> None:
    plan = layout(archive="*.zip")
    assert chosen(folder, plan, ("v1.zip", bad)).fault is not None
    choice = chosen(folder, plan, ("v1.zip", bad), ("v2.zip", GOOD), known={"v1.zip": 1})
    assert (content(choice), choice.fault) == (["v2.zip"], None)


def test_an_archive_that_corrects_one_file_leaves_the_others(folder: Path) -> None:
    plan = layout(archive="*.zip")
    choice = chosen(
        folder, plan, ("v1.zip", GOOD), ("v2.zip", zipped({"crimes.csv": ROWS + b"C;x\n"})), known={"v1.zip": 1}
    )
    assert labels(choice) == {"crimes*.csv": ["crimes.csv in v2.zip"], "people*.csv": ["people.csv in v1.zip"]}
    assert content(choice) == ["v1.zip", "v2.zip"]


def test_the_same_archive_under_another_name_is_the_same(folder: Path) -> None:
    choice = chosen(folder, layout(archive="*.zip"), ("again.zip", GOOD), ("v1.zip", GOOD), known={"v1.zip": 1})
    assert (content(choice), choice.fault) == (["v1.zip"], None)


# Manifests


def manifest(**lines: tuple[object, str]) -> bytes:
    """File names with `_` for the dot, their rows and checksums."""
    rows = [f"{name.replace('_', '.')},{count},{checksum}\n" for name, (count, checksum) in lines.items()]
    return "".join(["File,Rows,SHA256\n", *rows]).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


WITH_MANIFEST = layout(
    archive="*.zip",
    manifest={
        "files": "manifest.csv",
        "format": {"type": "delimited", "delimiter": ",", "encoding": "utf-8"},
        "file": "File",
        "rows": "Rows",
        "sha256": "SHA256",
    },
    ignored_files=["*.txt"],
)
RIGHT = manifest(crimes_csv=(2, sha256(ROWS).upper()), people_csv=(1, sha256(PEOPLE)))


def look(folder: Path, *files: tuple[str, bytes]) -> manifests.Look:
    choice = chosen(folder, WITH_MANIFEST, *files)
    assert choice.fault is None
    delivery = Delivery("06", DAY, tuple(file.landed for _, file in choice.entered))
    with Unpacker(folder / "spool") as unpacker:
        return manifests.look(WITH_MANIFEST, choice, delivery, unpacker)


def packed(said: bytes, **more: bytes) -> tuple[str, bytes]:
    files = {name.replace("_", "."): data for name, data in more.items()}
    return ("night.zip", zipped({"crimes.csv": ROWS, "people.csv": PEOPLE, "manifest.csv": said, **files}))


def test_a_manifest_that_agrees(folder: Path) -> None:
    found = look(folder, packed(RIGHT, read_txt=b"x"))
    assert (found.fault, found.awaited) == (None, ())
    assert found.listing is not None
    path = folder / "crimes.csv"
    path.write_bytes(ROWS)
    found.listing.check_bytes(PlainFile("crimes.csv", path, path, ""))
    found.listing.check_rows("crimes.csv", 2)


@pytest.mark.parametrize("count", ["3", "", "two", "-2", "2.0", "Zqx", "9" * 40])
def test_rows_that_differ_from_the_manifest(folder: Path, count: str) -> None:
    found = look(folder, packed(manifest(crimes_csv=(count, ""), people_csv=(1, ""))))
    assert found.listing is not None
    with pytest.raises(ExtractError) as caught:
        found.listing.check_rows("crimes.csv", 2)
    assert refusal(caught.value) == "manifest_row_count_wrong"
    said = "3" if count == "3" else "no number"
    assert f"it has 2 records, and the manifest manifest.csv says {said}." in caught.value.sentence
    assert ("correct 'rows' in the YAML" in caught.value.sentence) is (said == "no number")


@pytest.mark.parametrize("checksum", ["", "0" * 64, sha256(ROWS)[:-1], hashlib.md5(ROWS).hexdigest()])  # noqa: S324
def test_a_checksum_that_differs(folder: Path, checksum: str) -> None:
    found = look(folder, packed(manifest(crimes_csv=(2, checksum), people_csv=(1, ""))))
    assert found.listing is not None
    path = folder / "crimes.csv"
    path.write_bytes(ROWS)
    with pytest.raises(ExtractError) as caught:
        found.listing.check_bytes(PlainFile("crimes.csv", path, path, ""))
    assert refusal(caught.value) == "manifest_checksum_wrong"
    assert "its SHA256 is not the one in the manifest manifest.csv" in caught.value.sentence


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param(manifest(crimes_csv=(2, "")), "manifest_file_unnamed", id="a file that it does not name"),
        pytest.param(
            manifest(crimes_csv=(2, ""), people_csv=(1, ""), more_csv=(1, "")),
            "manifest_file_missing",
            id="a file less",
        ),
        pytest.param(RIGHT + b"out/crimes.csv,2,\n", "manifest_unreadable", id="a file twice"),
        pytest.param(RIGHT + b",2,\n", "manifest_unreadable", id="a row without a file"),
        pytest.param(b"Name,Rows,SHA256\n", "column_missing", id="another header"),
        pytest.param(b"", "file_empty", id="empty"),
    ],
)
def test_a_manifest_that_disagrees(folder: Path, said: bytes, reason: str) -> None:
    assert refusal(look(folder, packed(said)).fault) == reason


def test_beside_a_plain_manifest_a_file_may_still_come(folder: Path) -> None:
    said = manifest(crimes_csv=(2, ""), people_csv=(1, ""), crimes2_txt=(1, ""))
    files = (("crimes.csv", ROWS), ("people.csv", PEOPLE), ("manifest.csv", said))
    assert look(folder, *files).awaited == ("crimes2.txt",)
    assert look(folder, *files, ("crimes2.txt", b"ignored")).awaited == ()
