"""Packed samples of a force are unpacked within the limits of a night, and refused by the limit's name."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from packed import PEOPLE, ROWS, flagged, zipped

from csae.onboarding.samples import Sample, SampleError, unpack

BOMB = 80 << 20


def unpacked(folder: Path, name: str, content: bytes) -> list[Sample]:
    path = folder / name
    path.write_bytes(content)
    return unpack([path], folder / "scratch")


def refusal(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(SampleError) as caught:
        unpacked(folder, name, content)
    return str(caught.value)


def test_a_gz_and_a_zip_and_a_gz_in_a_zip_become_plain_files(tmp_path: Path) -> None:
    content = zipped({"out/crimes.csv": ROWS, "out/people.csv.gz": gzip.compress(PEOPLE)})
    found = unpacked(tmp_path, "night.zip", content)
    assert [(one.name, one.archive, one.path.read_bytes()) for one in found] == [
        ("crimes.csv", "night.zip", ROWS),
        ("people.csv.gz", "night.zip", PEOPLE),
    ]
    assert {one.path.parent for one in found} == {tmp_path / "scratch" / "0"}, "no member has a file of its name"


def test_a_gz_is_known_by_its_bytes(tmp_path: Path) -> None:
    (found,) = unpacked(tmp_path, "crimes.dat", gzip.compress(ROWS))
    assert (found.name, found.path.read_bytes()) == ("crimes.dat", ROWS)


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    (found,) = unpacked(tmp_path, "crimes.xlsx", zipped({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"}))
    assert (found.name, found.path) == ("crimes.xlsx", tmp_path / "crimes.xlsx")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv.gz", gzip.compress(b"0" * BOMB), "larger by more than the 300 times that may be (CSAE_LIMIT_RATIO)"),
        ("a.zip", zipped({"a.csv": b"0" * BOMB}), "larger by more than the 300 times that may be (CSAE_LIMIT_RATIO)"),
        (
            "a.zip",
            zipped({f"{at}.csv": b"" for at in range(1_001)}),
            "holds 1,001 files, more than the 1,000 that may be (CSAE_LIMIT_MEMBERS)",
        ),
        ("a.zip", zipped({"../a.csv": ROWS}), "a file whose name leads out of its folder"),
        ("a.zip", zipped({"a\u202ecsv": ROWS}), "a file whose name leads out of its folder"),
        ("a.zip", zipped({"b.csv.gz": gzip.compress(gzip.compress(ROWS))}), "what is in it is packed again"),
        ("a.zip", flagged(zipped({"a.csv": ROWS})), "protected by a password"),
        ("a.zip", zipped({"a.csv": ROWS})[:-30], "is not a whole .zip"),
        ("a.csv.gz", gzip.compress(ROWS * 9)[:-12], "is not a whole .gz"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",  # what gzip makes holds the time
)
def test_a_sample_is_refused_as_by_night(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert said in refusal(tmp_path, name, content)


def test_bytes_that_come_out_have_a_limit_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_UNPACKED_BYTES", "1000")
    assert "more bytes than the 1,000 that may be (CSAE_LIMIT_UNPACKED_BYTES)" in refusal(
        tmp_path, "a.csv.gz", gzip.compress(b"0" * 1_001)
    )


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", ROWS)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", PEOPLE)
    assert "two files named a.csv" in refusal(tmp_path, "a.zip", content.getvalue())


def test_a_name_that_hides_a_character_is_shown_written_out(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a\u202evsc.exe", ROWS).startswith("a\\u202evsc.exe: a name with such characters")
