"""Case 14: a file made to break its reader costs that file and nothing else: its force's other days load, and others.

A line of 200 MB, NUL bytes, 100,000 columns, a field that never ends, a cell at the far end of a sheet, lists within
lists: each is refused by name, within a quarter of a gibibyte.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from csae.sources.model import Extract
from faults.bench import Bench
from faults.hostile_files import (
    CANARY,
    CSV,
    DOCUMENT,
    FIXED,
    LINES,
    PEAK,
    WORKBOOK,
    XML,
    Hostile,
    reasons,
    row,
    sparse,
    table,
    with_part,
    workbook,
    xml,
)

MOST_KIB = 256 << 10
DEEP = 100_000
SHEET = "xl/worksheets/sheet1.xml"


def test_each_poison_is_refused_by_name_and_the_others_load(empty: Bench) -> None:
    hostile = Hostile(empty)
    wide = ",".join(f"c{number}" for number in range(100_000))
    poisons = {
        "a line of 8 MiB": (CSV, "crimes.csv", table(row(1, "A" * (8 << 20)))),
        "a field that is too long": (CSV, "crimes.csv", table(row(1, "A" * 200_000))),
        "a quotation mark left open": (CSV, "crimes.csv", table(row(1, f'"{CANARY}'), *map(row, range(2, 9_000)))),
        "a row without end": (CSV, "crimes.csv", table('1,2026-08-01,"' + '\n","' * 1_500_000)),
        "NUL bytes": (CSV, "crimes.csv", table(row(1, "A\0B"))),
        "NULs only": (CSV, "crimes.csv", bytes(10_000)),
        "100,000 columns": (CSV, "crimes.csv", table(",".join("x" * 100_003), header=f"{HEADER_OF_CSV},{wide}")),
        "a row of 100,000 fields": (CSV, "crimes.csv", table(row(1, "," * 100_000))),
        "nothing wrong": (CSV, "crimes.csv", table()),
        "a long fixed line": (FIXED, "crimes.txt", b"A" * (8 << 20) + b"\n"),
        "lists in lists": (DOCUMENT, "crimes.json", b'[{"Crime": ' + b"[" * DEEP + b"]" * DEEP + b"}]"),
        "a line of lists in lists": (LINES, "crimes.ndjson", b'{"Crime": ' + b"[" * DEEP + b"]" * DEEP + b"}\n"),
        "a record of 8 MiB": (LINES, "crimes.ndjson", b'{"Crime": "' + b"A" * (8 << 20) + b'"}\n'),
        "keys that are values": (LINES, "crimes.ndjson", ndjson_of_keys(5_000)),
        "elements in elements": (XML, "crimes.xml", xml("<a>" * 200 + "</a>" * 200).encode()),
        "a record of many elements": (XML, "crimes.xml", xml("<a/>" * 1_200_000).encode()),
        "a text of 16 MiB": (XML, "crimes.xml", xml("A" * (16 << 20)).encode()),
        "the last cell of a sheet": (
            WORKBOOK,
            "crimes.xlsx",
            with_part(workbook(), SHEET, b'r="B3"', b'r="XFD1048576"'),
        ),
    }
    found = hostile.refused(poisons)
    assert reasons(found) == {
        "a line of 8 MiB": "limit_exceeded",
        "a field that is too long": "limit_exceeded",
        "a quotation mark left open": "limit_exceeded",
        "a row without end": "limit_exceeded",
        "NUL bytes": "encoding_wrong",
        "NULs only": "encoding_wrong",
        "100,000 columns": "limit_exceeded",
        "a row of 100,000 fields": "row_shape_wrong",
        "nothing wrong": None,
        "a long fixed line": "limit_exceeded",
        "lists in lists": "limit_exceeded",
        "a line of lists in lists": "limit_exceeded",
        "a record of 8 MiB": "limit_exceeded",
        "keys that are values": "places_too_many",
        "elements in elements": "limit_exceeded",
        "a record of many elements": "limit_exceeded",
        "a text of 16 MiB": "limit_exceeded",
        "the last cell of a sheet": "limit_exceeded",
    }
    limits = {
        "a line of 8 MiB": "4,194,304 that may be (CSAE_LIMIT_RECORD_CHARACTERS)",
        "a field that is too long": "131,072 that may be (CSAE_LIMIT_CELL_CHARACTERS)",
        "100,000 columns": "100,003 columns, more than the 2,000 that may be (CSAE_LIMIT_COLUMNS)",
        "lists in lists": "64 that may be (CSAE_LIMIT_NESTING)",
        "keys that are values": "2,000 different places in its records (CSAE_LIMIT_COLUMNS)",
        "the last cell of a sheet": "(CSAE_LIMIT_MEMORY_BYTES)",
    }
    for title, words in limits.items():
        assert words in str(found[title].reason), title


HEADER_OF_CSV = "Crime,Recorded,Title"


def ndjson_of_keys(number: int) -> bytes:
    keys = ", ".join(f'"{CANARY}{at}": 1' for at in range(number))
    return f"{{{keys}}}\n".encode()


@pytest.mark.parametrize(
    ("head", "letter", "form", "ended"),
    [
        pytest.param(b"Crime\n", b"A", {"type": "delimited", "delimiter": ","}, "limit_exceeded", id="a line"),
        pytest.param(b"Crime\n", b'"\n",', {"type": "delimited", "delimiter": ","}, "limit_exceeded", id="a row"),
        pytest.param(b"Crime\n", b"\0", {"type": "delimited", "delimiter": ","}, "encoding_wrong", id="NULs"),
        pytest.param(b"", b"[", {"type": "ndjson"}, "limit_exceeded", id="brackets"),
        pytest.param(b"<E><Crime>", b"<a/>", {"type": "xml", "row": "Crime"}, "limit_exceeded", id="elements"),
        pytest.param(b"<E><Crime>", b"A", {"type": "xml", "row": "Crime"}, "limit_exceeded", id="text"),
    ],
)
def test_200_mb_without_end_take_little_memory_and_time(
    tmp_path: Path, head: bytes, letter: bytes, form: dict[str, str], ended: str
) -> None:
    path = sparse(tmp_path / "spooled", (200 << 20) // len(letter), head, letter=letter)
    began = time.monotonic()
    encoding = {} if form["type"] == "xml" else {"encoding": "utf-8"}
    reason, rows, kib = peak(path, {**form, **encoding})
    assert (reason, rows) == (ended, 0)
    assert kib <= MOST_KIB, f"{kib >> 10} MiB"
    assert time.monotonic() - began < 120


def peak(path: Path, form: dict[str, str]) -> tuple[str, int, int]:
    record = {"columns": {"crime_ref": "Crime"}}
    extract = Extract.model_validate({"files": "*", "format": form, "crime": record})
    made = [sys.executable, "-c", PEAK, str(path), extract.model_dump_json(by_alias=True)]
    said = subprocess.run(made, capture_output=True, text=True, check=True).stdout.split()
    return said[0], int(said[1]), int(said[2])
