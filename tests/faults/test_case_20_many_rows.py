"""Case 20: a file streams: ten times the rows take no more memory. What has more than may be is refused by number."""

from pathlib import Path

import pytest

from csae.readers import ExtractError, read_extract
from csae.sources.model import Extract
from faults.hostile_files import HEADER, row
from faults.test_case_14_poison_file import peak

FORM = {"type": "delimited", "delimiter": ",", "encoding": "utf-8"}
MOST_KIB = 512 << 10


def written(path: Path, rows: int) -> Path:
    block = "".join(f"{row(number, 'a title of some length')}\n" for number in range(10_000))
    with path.open("w") as stream:
        stream.write(f"{HEADER}\n")
        for _ in range(rows // 10_000):
            stream.write(block)
    return path


def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path) -> None:
    few = peak(written(tmp_path / "few", 100_000), FORM)
    many = peak(written(tmp_path / "many", 1_000_000), FORM)
    assert (few[:2], many[:2]) == (("read", 100_000), ("read", 1_000_000))
    assert many[2] <= MOST_KIB
    assert many[2] - few[2] <= 64 << 10, f"{few[2] >> 10} MiB, then {many[2] >> 10}"


def test_rows_have_a_limit_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_ROWS", "99999")
    path = written(tmp_path / "crimes.csv", 100_000)
    extract = Extract.model_validate({"files": "*", "format": FORM, "crime": {"columns": {"crime_ref": "Crime"}}})
    with pytest.raises(ExtractError) as caught:
        list(read_extract(path, "crimes.csv", extract))
    assert str(caught.value) == (
        "crimes.csv: the file has more rows than the 99,999 that may be (CSAE_LIMIT_ROWS). "
        "Ask the force for its usual file."
    )
