"""Packed files become plain ones and leave nothing behind, or are refused."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from extracts import damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import PEOPLE, ROWS, flagged, landed, refusal, zipped

from csae import unpacking
from csae.landing import SpooledFile
from csae.readers import ExtractError
from csae.unpacking import Part, Unpacker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


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
    content = {"out/crimes.csv": ROWS, "out/": b"", "old\\people.csv.gz": gzip.compress(PEOPLE), "a..b/up.csv": b"x"}
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


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("crimes.csv", ROWS)
        archive.writestr("crimes.csv", PEOPLE)
    monkeypatch.setenv("CSAE_LIMIT_MEMBERS", "3")
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


@pytest.mark.parametrize(("limit", "said"), [("UNPACKED_BYTES", "9,999"), ("RATIO_FROM_BYTES", "300 times")])
def test_limits_on_what_is_unpacked(
    folder: Path, unpacker: Unpacker, monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    """A long run of the same line packs about a thousand times smaller; 300 times is the most that may be."""
    content = b"Zqx\n" * 1_000_000
    monkeypatch.setenv(f"CSAE_LIMIT_{limit}", "9999")
    archive = landed(folder, "night.zip", zipped({"crimes.csv": content}))
    packed = Part(landed(folder, "crimes.csv.gz", gzip.compress(content)))
    for call in (lambda: unpacking.members(archive), lambda: unpacker.plain(packed)):
        with pytest.raises(ExtractError) as caught:
            call()
        assert refusal(caught.value) == "archive_too_large"
        assert f"{said} that may be (CSAE_LIMIT_{limit.removesuffix('_FROM_BYTES')})" in caught.value.sentence


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
        "archive_member_refused",
        "archive_nested",
        "delivery_ambiguous",
    }
