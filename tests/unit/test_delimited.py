"""Delimited text is read exactly, or refused whole with a reason."""

import codecs
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from extracts import Table, crimes, damaged, outcome, refusal, table
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from csae.readers import delimited
from csae.readers.tables import ExtractError

GOOD = 'Ref|Name|Note\n1|ZqxZoë|"a|b"\n2|ZqxTwo|"say ""hi"""\n'


def pipes(**changes: Any) -> dict[str, Any]:
    return {"type": "delimited", "delimiter": "|", "encoding": "utf-8", **changes}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def read(path: Path, content: str | bytes, **form: Any) -> Table:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table(path, crimes(pipes(**form), ["Ref", "Name"]))


def refused(path: Path, content: str | bytes, **form: Any) -> ExtractError:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return refusal(path, crimes(pipes(**form), ["Ref", "Name"]))


# What is read


def test_rows_by_the_names_in_the_header(path: Path) -> None:
    assert read(path, "Name|Ref\nAnn|1\nBob|2\n").rows == [("1", "Ann"), ("2", "Bob")]


def test_quotes_hold_delimiters_quotes_and_line_breaks(path: Path) -> None:
    assert read(path, 'Ref|Name\n1|"a|""b""\r\nc"\n').rows == [("1", 'a|"b"\r\nc')]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_rows_are_numbered_as_a_spreadsheet_does(path: Path, end: str) -> None:
    content = end.join(["Ref|Name", '1|"two', 'lines"', "2|b", "", "3|c", ""])
    assert read(path, content).numbers == [2, 3, 5]


def test_rows_without_any_value_are_no_records(path: Path) -> None:
    assert read(path, "Ref|Name\n1|a\n|\n||||\n\n2|b\n").rows == [("1", "a"), ("2", "b")]


def test_a_byte_order_mark_is_not_part_of_the_first_name(path: Path) -> None:
    assert read(path, codecs.BOM_UTF8 + b"Ref|Name\n1|a\n").rows == [("1", "a")]


def test_windows_1252(path: Path) -> None:
    content = "Ref|Name\n1|Zoë – O’Brien\n".encode("cp1252")
    assert read(path, content, encoding="cp1252").rows == [("1", "Zoë – O’Brien")]


def test_other_delimiter_quote_and_header_row(path: Path) -> None:
    content = "Made on 1 September\n\nRef\tName\n1\t'a\tb'\n"
    assert read(path, content, delimiter="\t", quote="'", header_row=3) == Table([("1", "a\tb")], [4], ())


def test_a_header_alone_is_no_records(path: Path) -> None:
    assert read(path, "Ref|Name\n") == Table([], [], ())


def test_a_short_header_alone_is_not_an_empty_file(path: Path) -> None:
    path.write_bytes(b"R\n")
    assert table(path, crimes(pipes(), ["R"])).rows == []


def test_blanks_around_a_name_in_the_header(path: Path) -> None:
    assert read(path, " Ref |Name \n1|a\n").rows == [("1", "a")]


def test_columns_that_the_yaml_does_not_name_are_signalled(path: Path) -> None:
    assert read(path, "Ref|Name|Shoe size\n1|a|9\n").unexpected == ("Shoe size",)


def test_ignored_columns_are_not_signalled_and_may_be_away(path: Path) -> None:
    path.write_bytes(b"Ref|Notes\n1|a\n")
    extract = crimes(pipes(), ["Ref"], ignored=["Notes", "Remarks"])
    assert table(path, extract) == Table([("1",)], [2], ())


def test_a_column_called_row_number_is_a_column(path: Path) -> None:
    path.write_bytes(b"Ref|row_number\n1|ZqxSeven\n")
    assert table(path, crimes(pipes(), ["Ref", "row_number"])) == Table([("1", "ZqxSeven")], [2], ())


def test_batches_go_on_counting(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BATCH_ROWS", 2)
    assert read(path, "Ref|Name\n1|a\n2|b\n3|c\n4|d\n5|e\n").numbers == [2, 3, 4, 5, 6]


def test_a_last_line_without_its_end_where_the_yaml_allows_it(path: Path) -> None:
    assert read(path, "Ref|Name\n1|a", ends_with_newline=False).rows == [("1", "a")]


# What is refused

CP1252 = {"encoding": "cp1252"}
ANY_END = {"ends_with_newline": False}
THIRD_ROW = {"header_row": 3}
LONG = "Zqx" * 50_000
WIDE = "Zqx|" * 900_000
ZOE = "Ref|Name\n1|ZqxZoë"


@pytest.mark.parametrize(
    ("content", "form", "reason", "words"),
    [
        pytest.param("", {}, "file_empty", "the file is empty", id="empty"),
        pytest.param(codecs.BOM_UTF8, {}, "file_empty", "the file is empty", id="byte order mark alone"),
        pytest.param("Ref|Name\n", THIRD_ROW, "file_empty", "before its header in row 3", id="no header row"),
        pytest.param("Ref|Nam\n1|ZqxA\n", {}, "column_missing", "row 1 lacks 'Name'", id="column renamed"),
        pytest.param("ref|name\n1|ZqxA\n", {}, "column_missing", "lacks 'Ref', 'Name'", id="other case"),
        pytest.param("Ref,Name\n1,ZqxA\n", {}, "column_missing", "lacks 'Ref', 'Name'", id="other delimiter"),
        pytest.param("1|ZqxA\n2|ZqxB\n", {}, "column_missing", "has 2 that the YAML", id="no header"),
        pytest.param("Ref|Name|Name\n1|ZqxA|b\n", {}, "column_repeated", "'Name' more than once", id="column twice"),
        pytest.param("Ref|Name\n1|ZqxA|c\n", {}, "row_shape_wrong", "row 2 has 3 fields", id="field too many"),
        pytest.param("Ref|Name\n1|a\n\nZqxA\n", {}, "row_shape_wrong", "row 4 has 1 fields", id="field too few"),
        pytest.param('Ref|Name\n1|"ZqxA\n2|b\n', {}, "row_unreadable", "row 2 cannot be read", id="quote left open"),
        pytest.param('Ref|Name\n1|"Zqx"A\n', {}, "row_unreadable", "row 2 cannot be read", id="text after a quote"),
        pytest.param(f"Ref|Name\n1|{LONG}\n", {}, "row_unreadable", "row 2 cannot be read", id="field too long"),
        pytest.param(f"Ref|Name\n1|{WIDE}\n", {}, "row_unreadable", "line 2 is longer", id="line too long"),
        pytest.param("Ref|Name\n1|ZqxA", {}, "file_cut_short", "line (2) has no line end", id="no line end"),
        pytest.param("Ref|Name\n1|ZqxA\r", {}, "file_cut_short", "line (2) has no line end", id="half a line end"),
        pytest.param(ZOE.encode()[:-1], ANY_END, "file_cut_short", "within a character", id="half a character"),
        pytest.param(f"{ZOE}\n".encode("cp1252"), {}, "encoding_wrong", "byte (0xeb)", id="cp1252 called UTF-8"),
        pytest.param(f"{ZOE}\n", CP1252, "encoding_wrong", "the file is UTF-8", id="UTF-8 called cp1252"),
        pytest.param(b"Ref|Name\n1|Zqx\x81\n", CP1252, "encoding_wrong", "line 2 holds a byte (0x81)", id="not cp1252"),
        pytest.param(ZOE.encode("utf-16"), {}, "encoding_wrong", "not UTF-8 text", id="UTF-16 with its mark"),
        pytest.param(ZOE.encode("utf-16-le"), {}, "encoding_wrong", "(UTF-16, perhaps)", id="UTF-16"),
        pytest.param("Ref|Name\n1|a\n2|Zqx\0\n", {}, "encoding_wrong", "row 3 holds a NUL byte", id="NUL byte"),
    ],
)
def test_refused(path: Path, content: str | bytes, form: dict[str, Any], reason: str, words: str) -> None:
    error = refused(path, content, **form)
    assert error.reason_code == reason
    assert words in error.sentence


def test_a_file_without_its_header_shows_no_name(path: Path) -> None:
    assert str(refused(path, "1|ZqxSmith\n2|ZqxJones\n")) == (
        "people.csv: the header in row 1 lacks 'Ref', 'Name' and has 2 that the YAML does not name. "
        "Ask the force for its usual columns, or add the new layout to the YAML."
    )


def test_a_quote_left_open_in_the_header_shows_no_name(path: Path) -> None:
    assert read(path, 'Ref|Name|"Shoe size\n1|ZqxSmith|9\n2|ZqxJones|"\n').unexpected == ("Shoe size",)


def test_cut_at_any_byte_it_is_refused_or_read_to_the_end_of_a_row(path: Path) -> None:
    content = GOOD.encode()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        read_whole = outcome(path, crimes(pipes(), ["Ref", "Name", "Note"])) == "read"
        assert read_whole == (length > 0 and content[length - 1] == ord("\n")), length


# Whatever the file holds

NAMES = st.text("ABCDEFGHIJ", min_size=1, max_size=4)


ENCODINGS = st.sampled_from(["utf-8", "cp1252"])
WRITERS = st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)])


@settings(max_examples=300)
@given(data=st.data(), encoding=ENCODINGS, delimiter=st.sampled_from("|,;\t"), writer=WRITERS)
def test_any_table_reads_back_as_it_was_written(
    path: Path, data: st.DataObject, encoding: str, delimiter: str, writer: tuple[str, int]
) -> None:
    header = data.draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    cell = st.text(st.characters(codec=encoding, exclude_characters="\0"), max_size=12)
    rows = data.draw(st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), max_size=5))
    lineterminator, quoting = writer
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=lineterminator, quoting=quoting).writerows([header, *rows])
    content = text.getvalue().encode(encoding)
    assume(encoding == "utf-8" or content.isascii() or not is_utf8(content))
    path.write_bytes(content)
    found = table(path, crimes(pipes(delimiter=delimiter, encoding=encoding), header))
    written = [(number, tuple(row)) for number, row in enumerate(rows, start=2) if any(row)]
    assert list(zip(found.numbers, found.rows, strict=True)) == written


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(max_examples=600)
@given(
    content=st.binary(max_size=60) | damaged(GOOD.encode()) | damaged(GOOD.encode("cp1252")),
    encoding=ENCODINGS,
    ends_with_newline=st.booleans(),
)
def test_any_bytes_are_read_or_refused(path: Path, content: bytes, encoding: str, ends_with_newline: bool) -> None:
    path.write_bytes(content)
    form = pipes(encoding=encoding, ends_with_newline=ends_with_newline)
    assert outcome(path, crimes(form, ["Ref", "Name", "Note"])) in {
        "read",
        "file_empty",
        "file_cut_short",
        "encoding_wrong",
        "column_missing",
        "column_repeated",
        "row_shape_wrong",
        "row_unreadable",
    }
