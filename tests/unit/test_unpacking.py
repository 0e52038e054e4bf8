"""Packed files become plain ones and leave nothing behind; archives and manifests are taken whole or refused."""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from extracts import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from csae import choosing, manifests, unpacking
from csae.choosing import Choice
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.ledger import KnownFile
from csae.readers import ExtractError
from csae.sources.model import Layout
from csae.unpacking import Part, PlainFile, Unpacker

DAY = date(2026, 9, 1)
CSV = {"type": "delimited", "delimiter": ";", "encoding": "utf-8"}
CRIMES = {"columns": {"crime_ref": "Ref"}}
ROWS = b"Ref;Name\nA;ZqxZo\xc3\xab\nB;ZqxTwo\n"
PEOPLE = b"Ref;Role\nA;S\n"


def layout(**keys: Any) -> Layout:
    extracts = {
        "crimes": {"files": "crimes*.csv", "format": CSV, "crime": CRIMES, "ignored_columns": ["Name"]},
        "people": {"files": "people*.csv", "format": CSV, "involvement": CRIMES, "ignored_columns": ["Role"]},
    }
    return Layout.model_validate({"valid_from": DAY, "extracts": extracts, **keys})


def zipped(files: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 9, 1, 3, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def landed(folder: Path, name: str, content: bytes) -> SpooledFile:
    path = folder / f"spooled {hashlib.sha256(name.encode() + content).hexdigest()[:12]}"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return SpooledFile(LandedFile(f"06/{DAY}/{name}", "06", DAY, name, sha256[:8], len(content)), path, sha256)


def refusal(found: Any) -> str:
    """The reason code, in words that show no cell and keep no other error."""
    assert isinstance(found, ExtractError)
    assert "zqx" not in f"{found!r} {found}".lower()
    assert found.__context__ is None or found.__suppress_context__
    return found.reason_code


# Packed files


@pytest.fixture
def unpacker(folder: Path) -> Iterator[Unpacker]:
    with Unpacker(folder / "spool") as made:
        yield made


def read(unpacker: Unpacker, file: SpooledFile, member: str | None = None) -> bytes:
    return unpacker.plain(Part(file, member)).path.read_bytes()


def test_a_gz_is_unpacked_and_keeps_its_name(folder: Path, unpacker: Unpacker) -> None:
    file = landed(folder, "crimes.csv.gz", gzip.compress(ROWS))
    plain = unpacker.plain(Part(file))
    assert (plain.name, plain.packed, plain.path.read_bytes()) == ("crimes.csv.gz", file.path, ROWS)
    assert plain.object_key == "06/2026-09-01/crimes.csv.gz"


def test_several_streams_in_one_gz_are_one_file(folder: Path, unpacker: Unpacker) -> None:
    assert read(unpacker, landed(folder, "crimes.csv.GZ", gzip.compress(b"a\n") + gzip.compress(b"b\n"))) == b"a\nb\n"


def test_a_gz_of_nothing_is_an_empty_file(folder: Path, unpacker: Unpacker) -> None:
    assert read(unpacker, landed(folder, "crimes.csv.gz", gzip.compress(b""))) == b""


def test_a_plain_file_is_read_where_it_lies(folder: Path, unpacker: Unpacker) -> None:
    file = landed(folder, "crimes.csv", ROWS)
    assert unpacker.plain(Part(file)).path == file.path


def test_members_by_their_own_names(folder: Path, unpacker: Unpacker) -> None:
    content = {"out/crimes.csv": ROWS, "out/": b"", "old\\people.csv.gz": gzip.compress(PEOPLE), "../../up.csv": b"x"}
    file = landed(folder, "night.zip", zipped(content))
    parts = unpacking.members(file)
    assert [part.name for part in parts] == ["crimes.csv", "people.csv.gz", "up.csv"]
    assert [unpacker.plain(part).path.read_bytes() for part in parts] == [ROWS, PEOPLE, b"x"]
    assert {path.parent for path in folder.rglob("*") if path.is_file()} == {folder, folder / "spool"}


def test_each_part_is_unpacked_once_and_nothing_is_left(folder: Path) -> None:
    file = landed(folder, "night.zip", zipped({"crimes.csv.gz": gzip.compress(ROWS)}))
    with Unpacker(folder / "spool") as unpacker:
        (part,) = unpacking.members(file)
        assert unpacker.plain(part) is unpacker.plain(part)
        assert len(list((folder / "spool").iterdir())) == 2, "the member, and what is in it"
    assert list((folder / "spool").iterdir()) == []


def test_nothing_is_left_of_what_breaks_off(folder: Path) -> None:
    file = landed(folder, "crimes.csv.gz", gzip.compress(ROWS * 1000)[:-20])
    with pytest.raises(ExtractError), Unpacker(folder / "spool") as unpacker:
        unpacker.plain(Part(file))
    assert list((folder / "spool").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(ROWS, id="not packed"),
        pytest.param(gzip.compress(ROWS)[:-1], id="cut short"),
        pytest.param(gzip.compress(ROWS)[:10], id="header alone"),
        pytest.param(gzip.compress(ROWS)[:-8] + bytes(8), id="wrong checksum"),
        pytest.param(gzip.compress(ROWS) + b"Zqx", id="more behind it"),
        pytest.param(zipped({"a": ROWS}), id="zip"),
    ],
)
def test_a_damaged_gz(folder: Path, unpacker: Unpacker, content: bytes) -> None:
    with pytest.raises(ExtractError) as caught:
        read(unpacker, landed(folder, "crimes.csv.gz", content))
    assert refusal(caught.value) == "archive_unreadable"
    assert caught.value.sentence == (
        "crimes.csv.gz: the file is not a whole .gz; it is cut short, damaged or packed in another way. "
        "Ask the force to send it again."
    )


def flagged(content: bytes) -> bytes:
    """The archive with the bit set that says that its members are encrypted."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01" + content[at + 9 :]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("crimes.csv", ROWS)
        archive.writestr("crimes.csv", PEOPLE)
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 3)
    reasons = {
        b"": "archive_unreadable",
        ROWS: "archive_unreadable",
        zipped({"crimes.csv": ROWS})[:-30]: "archive_unreadable",
        flagged(zipped({"crimes.csv": ROWS})): "archive_protected",
        zipped({f"{number}.csv": b"x" for number in range(4)}): "archive_too_large",
        twice.getvalue(): "delivery_ambiguous",
    }
    for content, reason in reasons.items():
        with pytest.raises(ExtractError) as caught:
            unpacking.members(landed(folder, "night.zip", content))
        assert refusal(caught.value) == reason


@pytest.mark.parametrize(("limit", "value"), [("MOST_BYTES", 9_999), ("RATIO_FROM_BYTES", 9_999)])
def test_limits_on_what_is_unpacked(
    folder: Path, unpacker: Unpacker, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """A long run of the same line packs about a thousand times smaller; 300 times is the most that may be."""
    content = b"Zqx\n" * 1_000_000
    monkeypatch.setattr(unpacking, limit, value)
    archive = landed(folder, "night.zip", zipped({"crimes.csv": content}))
    packed = Part(landed(folder, "crimes.csv.gz", gzip.compress(content)))
    for call in (lambda: unpacking.members(archive), lambda: unpacker.plain(packed)):
        with pytest.raises(ExtractError) as caught:
            call()
        assert refusal(caught.value) == "archive_too_large"
        assert ("300 times its packed size" if limit == "RATIO_FROM_BYTES" else "GiB") in caught.value.sentence


def unpacked(folder: Path, packed: Part | SpooledFile) -> str:
    """`read`, or the reason code; anything else fails the test."""
    try:
        with Unpacker(folder / "spool") as unpacker:
            for part in [packed] if isinstance(packed, Part) else unpacking.members(packed):
                unpacker.plain(part)
    except ExtractError as error:
        return refusal(error)
    return "read"


@settings(max_examples=300, deadline=None)
@given(content=damaged(gzip.compress(ROWS, mtime=0)) | st.binary(max_size=40))
def test_any_gz_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("gz")
    assert unpacked(folder, Part(landed(folder, "x.gz", content))) in {"read", "archive_unreadable"}


ARCHIVE = zipped({"crimes.csv": ROWS, "people.csv.gz": gzip.compress(PEOPLE, mtime=0), "folder/": b""})


@settings(max_examples=600, deadline=None)
@given(content=damaged(ARCHIVE) | st.binary(max_size=40))
def test_any_archive_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("zip")
    assert unpacked(folder, landed(folder, "x.zip", content)) in {
        "read",
        "archive_unreadable",
        "archive_protected",
        "archive_too_large",
        "delivery_ambiguous",
    }


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
