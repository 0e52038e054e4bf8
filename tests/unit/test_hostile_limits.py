"""Each limit can be set in the environment, and stops a file by its name and value."""

import gzip
import json
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from extracts import crimes, refusal, table
from packed import landed, zipped

from csae import unpacking
from csae.landing import SpooledFile
from csae.limits import Limits, LimitSettingError, variable
from csae.readers import ExtractError, documents, read_extract
from csae.unpacking import Part, Unpacker

BARS = {"type": "delimited", "delimiter": "|", "encoding": "utf-8"}
XML = {"type": "xml", "row": "Row"}
JSON: dict[str, Any] = {"type": "json"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people"


def test_limits_come_from_the_environment() -> None:
    assert Limits.current({}) == Limits()
    assert Limits.current({"CSAE_LIMIT_ROWS": " 12 ", "CSAE_LIMIT_SECONDS": ""}) == Limits(rows=12)
    assert {variable(field.name) for field in fields(Limits)} >= {"CSAE_LIMIT_ROWS", "CSAE_LIMIT_MEMORY_BYTES"}


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e6", "many", "٣", "9" * 40])
def test_a_limit_that_is_no_number_is_told_from_a_file_that_is_wrong(text: str) -> None:
    with pytest.raises(LimitSettingError, match="CSAE_LIMIT_ROWS must be a whole number above 0, such as 1000"):
        Limits.current({"CSAE_LIMIT_ROWS": text})


@pytest.mark.parametrize(
    ("limit", "value", "form", "content"),
    [
        ("rows", 2, BARS, "Ref\n1\n2\n3\n"),
        ("columns", 2, BARS, "Ref|a|b\n1|2|3\n"),
        ("columns", 2, XML, "<E><Row><Ref/><a>1</a><b>1</b><c>1</c></Row></E>"),
        ("cell_characters", 5, BARS, "Ref\n123456\n"),
        ("cell_characters", 5, XML, "<E><Row><Ref>123456</Ref></Row></E>"),
        ("cell_characters", 5, JSON, '[{"Ref": 123456}]'),
        ("record_characters", 9, BARS, "Ref\n123456789A\n"),
        ("record_characters", 9, {"type": "ndjson"}, '{"Ref": 1}\n'),
        ("nesting", 2, XML, "<E><Row><Ref><a><b/></a></Ref></Row></E>"),
        ("nesting", 2, JSON, '[{"Ref": [[1]]}]'),
        ("document_bytes", 9, JSON, '[{"Ref": 1}]'),
    ],
)
def test_a_reader_stops_by_name_and_value(
    path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, form: dict[str, Any], content: str
) -> None:
    path.write_text(content)
    extract = crimes(form, ["Ref"], ["a", "b", "c"] if form is BARS and "|" in content else [])
    assert table(path, extract).rows, "without the limit it is read"
    monkeypatch.setenv(variable(limit), str(value))
    error = refusal(path, extract)
    assert error.reason_code in {"limit_exceeded", "places_too_many", "file_too_large"}
    assert f"{value:,}" in error.sentence
    assert f"({variable(limit)})" in error.sentence


def test_time_is_a_limit_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("Ref\n1\n")
    ticks = iter(range(0, 10_000, 400))
    monkeypatch.setattr("csae.readers.watching.time.monotonic", lambda: next(ticks))
    monkeypatch.setenv("CSAE_LIMIT_SECONDS", "399")
    assert "more seconds than the 399 that may be (CSAE_LIMIT_SECONDS)" in refusal(path, crimes(BARS, ["Ref"])).sentence


def test_an_object_has_a_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_OBJECT_BYTES", "10")
    for file in (landed(tmp_path, "a.csv", b"A" * 11), landed(tmp_path, "a.csv.gz", gzip.compress(b"A"))):
        assert "than the 10 that may be (CSAE_LIMIT_OBJECT_BYTES)" in stopped(tmp_path, file)
    with pytest.raises(ExtractError, match="CSAE_LIMIT_OBJECT_BYTES"):
        unpacking.members(landed(tmp_path, "a.zip", zipped({"a": b"A"})))


def stopped(folder: Path, file: SpooledFile) -> str:
    with pytest.raises(ExtractError) as caught, Unpacker(folder / "spool") as unpacker:
        unpacker.plain(Part(file))
    return caught.value.sentence


# A document in a process of its own


def document(rows: int) -> str:
    head = {"system": "x", "count": rows}
    return json.dumps({**head, "data": [{"Ref": f"r{number}", "Note": "ë"} for number in range(rows)]})


@pytest.mark.parametrize("is_apart", [False, True])
def test_a_document_is_read_alike_here_and_apart(path: Path, monkeypatch: pytest.MonkeyPatch, is_apart: bool) -> None:
    monkeypatch.setattr(documents, "IN_PROCESS_BYTES", 0 if is_apart else 1 << 20)
    form = {"type": "json", "row": "data", "row_count": "count"}
    path.write_text(document(50))
    found = table(path, crimes(form, ["Ref", "Note"]))
    assert (found.rows[0], len(found.rows), found.unexpected) == (("r0", "ë"), 50, ("system",))
    refusals = {
        document(50).replace('"count": 50', '"count": 51'): "row_count_wrong",
        document(50)[:-9]: "file_unreadable",
        document(50).replace('"Ref": "r7"', '"Ref": 1, "Ref": 2'): "key_repeated",
        f'{{"data": {"[" * 3000}{"]" * 3000}}}': "limit_exceeded",
    }
    for content, reason in refusals.items():
        path.write_text(content)
        assert refusal(path, crimes(form, ["Ref", "Note"])).reason_code == reason


def test_a_document_that_blows_up_ends_its_own_process_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("[" + ",".join(["{}"] * 3_000_000) + "]")
    monkeypatch.setenv("CSAE_LIMIT_MEMORY_BYTES", str(64 << 20))
    sentence = refusal(path, crimes(JSON, ["Ref"])).sentence
    assert "memory than the 67,108,864 that may be (CSAE_LIMIT_MEMORY_BYTES)" in sentence


def test_a_document_that_takes_too_long_ends_its_own_process_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("[" + ",".join(['{"Ref": [1, 2, 3, 4, 5, 6, 7, 8]}'] * 900_000) + "]")
    monkeypatch.setenv("CSAE_LIMIT_SECONDS", "1")
    assert "seconds than the 1 that may be (CSAE_LIMIT_SECONDS)" in refusal(path, crimes(JSON, ["Ref"])).sentence


def test_days_are_not_taken_for_numbers_where_the_yaml_says_excel(path: Path) -> None:
    record = {"crime_ref": "Ref", "recorded_on": {"from": "Day", "date": ["excel", "dd/mm/yyyy"]}}
    extract = crimes(BARS, ["Ref"]).model_validate({"files": "*", "format": BARS, "crime": {"columns": record}})
    path.write_text(f"Ref|Day\n1|{(date(2026, 9, 1) - date(1899, 12, 30)).days}\n")
    assert [batch.damage for batch in read_extract(path, path.name, extract)] == [()]
