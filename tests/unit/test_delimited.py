"""Delimited text is read exactly, or refused whole with a reason."""

import codecs
from pathlib import Path
from typing import Any

import pytest
from extracts import Table, crimes, damaged, drafted, is_utf8, outcome, refusal, table
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from csae.readers import delimited
from csae.readers.tables import ExtractError
from csae.sources.formats import DelimitedFormat

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


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("iso-8859-1", "iso-8859-1"),
        ("iso-8859-14", "iso-8859-14"),
        ("cp850", "cp850"),
    ],
)
def test_every_encoding(path: Path, encoding: str, written: str) -> None:
    assert read(path, "Ref|Name\n1|Siân Zoë\n".encode(written), encoding=encoding).rows == [("1", "Siân Zoë")]


def test_big_endian_text_with_its_mark(path: Path) -> None:
    content = codecs.BOM_UTF16_BE + "Ref|Name\n1|Zoë\n".encode("utf-16-be")
    assert read(path, content, encoding="utf-16").rows == [("1", "Zoë")]
    assert read(path, content, encoding="utf-16-be").rows == [("1", "Zoë")]


def test_a_mark_is_not_part_of_the_first_value_where_the_file_has_no_header(path: Path) -> None:
    assert read(path, "1|a\n".encode("utf-8-sig"), header=["Ref", "Name"]) == Table([("1", "a")], [1], ())


def test_delimiters_of_several_characters_stay_as_they_are_in_quotes(path: Path) -> None:
    content = 'Ref~|~Name\n1~|~"a~|~b"\n2~|~c~|d\n'
    assert read(path, content, delimiter="~|~").rows == [("1", "a~|~b"), ("2", "c~|d")]


def test_a_delimiter_is_replaced_by_a_character_that_the_file_does_not_hold(path: Path) -> None:
    assert read(path, "Ref||Name\n1||\ufdd0\ufdd1\n", delimiter="||").rows == [("1", "\ufdd0\ufdd1")]


def test_without_quotes_a_quotation_mark_is_a_character(path: Path) -> None:
    assert read(path, 'Ref|Name\n1|"Ann\n2|5" b"\n', quote="none").rows == [("1", '"Ann'), ("2", '5" b"')]


def test_lines_above_the_header_are_free_text(path: Path) -> None:
    content = 'An "extract\n\nof |||| 2 rows\r\nRef|Name\n1|a\n'
    assert read(path, content, header_row=4) == Table([("1", "a")], [5], ())


def test_a_file_without_a_header(path: Path) -> None:
    content = "H|2026\n1|a|x\n2|b|y\n"
    assert read(path, content, header=["Ref", "Name", "Age"], header_row=2) == Table(
        [("1", "a"), ("2", "b")], [2, 3], ("Age",)
    )


def test_a_header_with_line_breaks_in_another_language_and_order(path: Path) -> None:
    path.write_bytes('"Enw\r\nllawn";Cyf\u0302eirnod;"Dyddiad  geni"\nAnn;1;x\n'.encode("utf-8-sig"))
    extract = crimes(pipes(delimiter=";"), ["Cyf\u0302eirnod", "Enw llawn"], ignored=["Dyddiad geni"])
    assert table(path, extract) == Table([("1", "Ann")], [2], ())


TRAILER = {"trailer": {"rows": 2, "row_count": r"^Records: ([\d,]+)$"}}


@pytest.mark.parametrize(
    "end", ["Records: 2\nEND\n", "\n\nRecords: 02\n\nEND\n\n", "END|||\r\nRecords: 2\r\n", "Records: 2|\nRecords: 2\n"]
)
def test_a_trailer_whose_count_agrees(path: Path, end: str) -> None:
    assert read(path, f"Ref|Name\n1|a\n2|b\n{end}", **TRAILER) == Table([("1", "a"), ("2", "b")], [2, 3], ())


@pytest.mark.parametrize(
    ("above", "form"),
    [("Title\n\nRef|Name\n", {"header_row": 3}), ("H|1\n", {"header": ["Ref", "Name"], "header_row": 2})],
    ids=["header", "lines above"],
)
def test_a_trailer_that_counts_rows_counts_the_header_and_itself(path: Path, above: str, form: dict[str, Any]) -> None:
    trailer = {"row_count": r"T\|(\d+)", "counts": "rows"}
    assert len(read(path, f"{above}1|a\n2|b\nT|4\n", trailer=trailer, **form).rows) == 2


@pytest.mark.parametrize(
    ("above", "form"),
    [("Title\n\nRef|Name\n", {"header_row": 3}), ("T\n\nH|1\n", {"header": ["Ref", "Name"], "header_row": 4})],
    ids=["header", "lines above"],
)
def test_a_trailer_that_counts_lines_counts_all_that_stand_above_the_data(
    path: Path, above: str, form: dict[str, Any]
) -> None:
    trailer = {"row_count": r"T\|(\d+)", "counts": "lines"}
    assert len(read(path, f"{above}1|a\n2|b\nT|6\n", trailer=trailer, **form).rows) == 2


def test_a_trailer_without_a_count(path: Path) -> None:
    assert read(path, "Ref|Name\n1|a\nEnd\n", trailer={}).rows == [("1", "a")]


def test_only_the_trailer_is_held_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BATCH_ROWS", 2)
    path.write_text("Ref|Name\n" + "1|a\n" * 5 + "Records: 5\nEND\n")
    form = DelimitedFormat.model_validate(pipes(**TRAILER))
    assert [frame.height for frame, _ in delimited.read(path, "x", form, None)] == [2, 2, 1]


def test_without_wanted_columns_every_one_is_in_the_table(path: Path) -> None:
    path.write_text('Ref||"Shoe\nsize"|Ref|Ref 4\n1|2|3|4|5\n')
    form = DelimitedFormat.model_validate(pipes())
    assert drafted(delimited.read(path, "x", form, None)) == {
        "Ref": ["1"],
        "column 2": ["2"],
        "Shoe size": ["3"],
        "Ref 4": ["4"],
        "Ref 4 5": ["5"],
    }


# What is refused

HEADLESS = {"header": ["Ref", "Name"]}
ANY_NUMBER = {"trailer": {"row_count": r"(\d+)"}}
BARS = {"delimiter": "||"}
THREE = {"trailer": {"rows": 3}}
UTF16 = {"encoding": "utf-16"}
UTF16LE = {"encoding": "utf-16-le"}
LATIN = {"encoding": "iso-8859-1"}
CP1252 = {"encoding": "cp1252"}
ANY_END = {"ends_with_newline": False}
THIRD_ROW = {"header_row": 3}
LONG = "Zqx" * 50_000
WIDE = "Zqx|" * 1_200_000
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
        pytest.param(
            f"Ref|Name\n1|{LONG}\n", {}, "limit_exceeded", "(CSAE_LIMIT_CELL_CHARACTERS)", id="field too long"
        ),
        pytest.param(
            f"Ref|Name\n1|{WIDE}\n", {}, "limit_exceeded", "(CSAE_LIMIT_RECORD_CHARACTERS)", id="line too long"
        ),
        pytest.param("Ref|Name\n1|ZqxA", {}, "file_cut_short", "line (2) has no line end", id="no line end"),
        pytest.param("Ref|Name\n1|ZqxA\r", {}, "file_cut_short", "line (2) has no line end", id="half a line end"),
        pytest.param(ZOE.encode()[:-1], ANY_END, "file_cut_short", "within a character", id="half a character"),
        pytest.param(f"{ZOE}\n".encode("cp1252"), {}, "encoding_wrong", "byte (0xeb)", id="cp1252 called UTF-8"),
        pytest.param(f"{ZOE}\n", CP1252, "encoding_wrong", "the file is UTF-8", id="UTF-8 called cp1252"),
        pytest.param(b"Ref|Name\n1|Zqx\x81\n", CP1252, "encoding_wrong", "line 2 holds a byte (0x81)", id="not cp1252"),
        pytest.param(ZOE.encode("utf-16"), {}, "encoding_wrong", "not UTF-8 text", id="UTF-16 with its mark"),
        pytest.param(ZOE.encode("utf-16-le"), {}, "encoding_wrong", "(UTF-16, perhaps)", id="UTF-16"),
        pytest.param("Ref|Name\n1|a\n2|Zqx\0\n", {}, "encoding_wrong", "row 3 holds a NUL byte", id="NUL byte"),
        pytest.param(codecs.BOM_UTF16_LE, UTF16, "file_empty", "the file is empty", id="UTF-16 mark alone"),
        pytest.param(f"{ZOE}\n", UTF16, "encoding_wrong", "not begin with the byte order mark", id="no UTF-16 mark"),
        pytest.param("Ref|Zqx\n1|ab\n", UTF16LE, "encoding_wrong", "a byte a letter", id="UTF-8 as UTF-16"),
        pytest.param(f"{ZOE}\n".encode("utf-16-be"), UTF16LE, "encoding_wrong", "in the other order", id="other order"),
        pytest.param(f"{ZOE}\n".encode("utf-16-le")[:-1], UTF16LE, "file_cut_short", "within", id="half of UTF-16"),
        pytest.param(f"{ZOE}\n\0\n".encode("utf-16"), UTF16, "encoding_wrong", "row 3 holds a NUL", id="NUL character"),
        pytest.param(
            f"{ZOE}\n".encode("utf-16-le") + b"\x00\xd8Z\0",
            UTF16LE,
            "encoding_wrong",
            "line 3 holds a byte (0x00) that UTF-16",
            id="half a pair",
        ),
        pytest.param(ZOE.encode("utf-16"), UTF16, "file_cut_short", "line (2) has no line end", id="UTF-16 cut short"),
        pytest.param(f"{ZOE}\n", LATIN, "encoding_wrong", "the file is UTF-8", id="UTF-8 called ISO-8859-1"),
        pytest.param("Ref|Name\n1|O’Zqx\n".encode("cp1252"), LATIN, "encoding_wrong", "(0x92)", id="cp1252 called ISO"),
        pytest.param("A title\n", THIRD_ROW, "file_empty", "before its header in row 3", id="only a title"),
        pytest.param("H\n", HEADLESS | THIRD_ROW, "file_empty", "before its data", id="no data row"),
        pytest.param("1|ZqxA|b\n", HEADLESS, "row_shape_wrong", "row 1 has 3", id="not the header"),
        pytest.param("Ref||Name\n1|||ZqxA||b\n", BARS, "row_shape_wrong", "3 fields", id="long delimiter"),
        pytest.param('Ref|Name\n1|"ZqxA\nb"\n', {"quote": "none"}, "row_shape_wrong", "row 3 has 1", id="no quotes"),
        pytest.param(
            "Ref|Name\n1|ZqxA\nRecords: 2\nEND\n",
            TRAILER,
            "row_count_wrong",
            "the trailer says 2 records and the file has 1. Ask",
            id="a record less than the trailer says",
        ),
        pytest.param(
            "Ref|Name\n1|ZqxA\nT2\n",
            {"trailer": {"row_count": r"T(\d+)", "counts": "rows"}},
            "row_count_wrong",
            "the trailer says 2 rows and the file has 3, with header and trailer",
            id="a row more than the trailer says",
        ),
        pytest.param("Ref|Name\n1|a\n2|ZqxB\n", TRAILER, "trailer_missing", "probably cut short", id="no trailer"),
        pytest.param("Ref|Name\n1|a\nEND\n", THREE, "trailer_missing", "cut short", id="too few rows"),
        pytest.param("Ref|Name\n9990001234|b\n", ANY_NUMBER, "trailer_missing", "a row count", id="an id"),
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


def test_a_quote_left_open_shows_no_name_and_takes_in_no_row(path: Path) -> None:
    header = 'Ref|Name|"Shoe size\n1|ZqxSmith|9\n2|ZqxJones|"\n'
    assert "a quotation mark left open in row 1 takes in the rows below it" in str(refused(path, header))
    rows = 'Ref|Name|Note\n1|ZqxA|"x\n2|ZqxB|y\n3|ZqxC|z"\n4|ZqxD|z\n'
    assert "a quotation mark left open in row 2 takes in the rows below it" in str(refused(path, rows))


def test_commas_of_a_sentence_in_a_note_are_no_row(path: Path) -> None:
    note = 'Ref,Name,Note\n1,Ann,"Seen at home.\nWell, calm, and sober"\n'
    assert read(path, note, delimiter=",").rows == [("1", "Ann")]
    three = 'Ref,Name,Note\n1,ZqxA,"x\n2,ZqxB,y\n3,ZqxC,z"\n'
    six = 'Ref,Name,a,b,c,Note\n1,ZqxA, , , ,"x\n2, ZqxB, , , ,y\n3,ZqxC,,,,z"\n'
    for rows in (three, six):
        refusal = str(refused(path, rows, delimiter=","))
        assert "a quotation mark left open in row 2 takes in the rows below it" in refusal


def test_of_a_header_of_several_lines_the_first_is_shown(path: Path) -> None:
    assert read(path, 'Ref|Name|"Shoe size\nZqxSmith"\n1|a|9\n').unexpected == ("Shoe size",)


def test_cut_at_any_byte_it_is_refused_or_read_to_the_end_of_a_row(path: Path) -> None:
    content = GOOD.encode()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        read_whole = outcome(path, crimes(pipes(), ["Ref", "Name", "Note"])) == "read"
        assert read_whole == (length > 0 and content[length - 1] == ord("\n")), length


# Whatever the file holds

NAMES = st.text("ABCDEFGHIJ", min_size=1, max_size=4)


CODECS = {
    "utf-8": "utf-8",
    "utf-8 with its mark": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-14": "iso-8859-14",
    "cp850": "cp850",
}
CONTROLS = "".join(map(chr, range(0x80, 0xA0)))
DELIMITERS = st.sampled_from(["|", ",", ";", "\t", " ", "||", "~|~", "<=>", "aab", "££"])
QUOTES = st.sampled_from([(end, quote) for end in ("\n", "\r\n") for quote in ('"', "'", "none")])


def in_quotes(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


@settings(max_examples=500)
@given(data=st.data(), written=st.sampled_from(list(CODECS)), delimiter=DELIMITERS, style=QUOTES)
def test_any_table_reads_back_as_it_was_written(
    path: Path, data: st.DataObject, written: str, delimiter: str, style: tuple[str, str]
) -> None:
    end, quote = style
    codec = CODECS[written]
    encoding = codec.removesuffix("-sig")
    forbidden = f"\0\ufeff{CONTROLS}" + (f"\r\n{delimiter}" if quote == "none" else "")
    header = data.draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    cell = st.text(st.characters(codec=encoding, exclude_characters=forbidden), max_size=12)
    cells = st.lists(cell, min_size=len(header), max_size=len(header))
    rows = data.draw(st.lists(cells, max_size=5))
    above = data.draw(st.lists(st.sampled_from(["", 'A "title', "x|y", "'"]), max_size=3))
    trailer = data.draw(st.sampled_from([None, {"row_count": r"(\d+) rows"}, {"rows": 2, "row_count": r"(\d+) rows"}]))

    filled = [(number, tuple(row)) for number, row in enumerate(rows, start=len(above) + 2) if any(row)]
    table_rows = [header, *rows] if quote == "none" else [[in_quotes(x, quote) for x in row] for row in [header, *rows]]
    lines = above + [delimiter.join(row) for row in table_rows]
    if trailer:
        lines += [f"{len(filled)} rows", "END"][: trailer.get("rows", 1)]
    content = "".join(line + end for line in lines).encode(codec)
    assume(header not in rows)
    assume(codec.startswith("utf") or content.isascii() or not is_utf8(content))
    path.write_bytes(content)
    form = pipes(delimiter=delimiter, encoding=encoding, quote=quote, header_row=len(above) + 1, trailer=trailer)
    found = table(path, crimes(form, header))
    assert list(zip(found.numbers, found.rows, strict=True)) == filled


@settings(max_examples=900)
@given(data=st.data(), written=st.sampled_from(list(CODECS)), ends_with_newline=st.booleans(), extra=st.booleans())
def test_any_bytes_are_read_or_refused(
    path: Path, data: st.DataObject, written: str, ends_with_newline: bool, extra: bool
) -> None:
    codec = CODECS[written]
    text = GOOD.replace("|", "||") + "2 rows\n" if extra else GOOD
    path.write_bytes(data.draw(st.binary(max_size=60) | damaged(text.encode(codec))))
    more = {"delimiter": "||", "trailer": {"row_count": r"(\d+) rows"}} if extra else {}
    form = pipes(encoding=codec.removesuffix("-sig"), ends_with_newline=ends_with_newline, **more)
    assert outcome(path, crimes(form, ["Ref", "Name", "Note"])) in {
        "read",
        "file_empty",
        "file_cut_short",
        "encoding_wrong",
        "column_missing",
        "column_repeated",
        "row_shape_wrong",
        "row_unreadable",
        "row_count_wrong",
        "trailer_missing",
        "header_repeated",
        "file_unreadable",
    }
