"""Text without a quotation mark is cut in whole blocks; it gives what the csv module gives, line by line."""

from pathlib import Path
from typing import Any

import pytest
from extracts import Table, crimes, table
from hypothesis import given, settings
from hypothesis import strategies as st

from csae.readers import unquoted
from csae.readers.tables import ExtractError

HEADER = ["Ref", "Name", "Note"]
CELLS = st.text("aé \u2028\x1f\x0b\u0085𐐷", max_size=3)
LINES = st.lists(CELLS, min_size=3, max_size=3) | st.lists(CELLS, max_size=4) | st.just(HEADER)


def outcome(path: Path, content: str, **form: Any) -> Table | tuple[str, str]:
    """What is read, or why not."""
    path.write_bytes(content.encode())
    form = {"type": "delimited", "encoding": "utf-8", "ends_with_newline": False, **form}
    try:
        return table(path, crimes(form, HEADER))
    except ExtractError as error:
        return error.reason_code, error.sentence


@settings(max_examples=500)
@given(
    rows=st.lists(LINES, max_size=8),
    delimiter=st.sampled_from(["|", ",", "~|~", "\t", " "]),
    ends=st.lists(st.sampled_from(["\n", "\n", "\r\n", "\r", "\r\r\n"]), min_size=9, max_size=9),
    is_last_open=st.booleans(),
    block=st.sampled_from([1, 7, 1000]),
)
def test_as_the_csv_module_reads_it(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    ends: list[str],
    is_last_open: bool,
    block: int,
) -> None:
    """A quotation mark in the header alone changes nothing in the rows, but who reads them."""
    path = tmp_path_factory.mktemp("unquoted") / "people.csv"
    lines = [delimiter.join(row) + end for row, end in zip(rows, ends, strict=False)]
    text = "".join(lines)[: -1 if is_last_open else None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unquoted, "_BLOCK_CHARACTERS", block)
        at_once = outcome(path, f"{delimiter.join(HEADER)}\n{text}", delimiter=delimiter)
    line_by_line = outcome(path, f'{delimiter.join(HEADER[:-1])}{delimiter}"Note"\n{text}', delimiter=delimiter)
    assert at_once == line_by_line


def test_a_cell_beyond_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_CELL_CHARACTERS", "10")
    rows = f"1|{'a' * 10}|b\n2|{'a' * 11}|c\n3|d\n"
    found = outcome(tmp_path / "people.csv", f"Ref|Name|Note\n{rows}", delimiter="|")
    assert found == outcome(tmp_path / "people.csv", f'Ref|Name|"Note"\n{rows}', delimiter="|")
    assert found[0] == "limit_exceeded"
    assert "row 3 has a field" in found[1]


def test_data_that_end_before_they_begin(tmp_path: Path) -> None:
    found = outcome(tmp_path / "people.csv", "one line\n", delimiter="|", header=HEADER, header_row=4)
    assert found[0] == "file_empty"


def test_no_header_in_the_file(tmp_path: Path) -> None:
    found = outcome(tmp_path / "people.csv", "above\n1|a|b\n\n2|c|d\n", delimiter="|", header=HEADER, header_row=2)
    assert found == Table([("1", "a", "b"), ("2", "c", "d")], [2, 4], ())
