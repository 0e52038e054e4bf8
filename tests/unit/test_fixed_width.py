"""Fixed width: fields by their first and last character, and nothing cut short or unnamed passes in silence."""

from pathlib import Path
from typing import Any

import pytest
from extracts import Table, crimes, damaged, drafted, is_utf8, outcome, refusal, table
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from csae.readers import fixed_width
from csae.readers.tables import ExtractError
from csae.sources.formats import FixedWidthFormat
from csae.sources.model import Extract

GOOD = "1   ZqxZoë  W1 \n22  ZqxTwo     \n"


def spans(**changes: Any) -> dict[str, Any]:
    fields = {"Ref": "1-4", "Name": "5-12", "Code": "13-15"}
    return {"type": "fixed_width", "encoding": "utf-8", "fields": fields, **changes}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.txt"


def read(path: Path, content: str | bytes, **form: Any) -> Table:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return table(path, crimes(spans(**form), ["Ref", "Name", "Code"]))


def refused(path: Path, content: str | bytes, **form: Any) -> ExtractError:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return refusal(path, crimes(spans(**form), ["Ref", "Name", "Code"]))


# What is read


def test_fields_by_their_characters_without_the_blanks_around_them(path: Path) -> None:
    assert read(path, GOOD) == Table([("1", "ZqxZoë", "W1"), ("22", "ZqxTwo", "")], [1, 2], ())


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_rows_are_numbered_as_lines_and_blank_ones_are_none(path: Path, end: str) -> None:
    lines = ["HEADER", "", "1   Ann     W1", "    ", "2   Bob     W2", ""]
    assert read(path, end.join(lines), lines_above=2).numbers == [3, 5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-14", "cp850"])
def test_a_letter_is_one_character_in_every_encoding(path: Path, encoding: str) -> None:
    content = "1   Siân Zoë\n".encode(encoding)
    assert read(path, content, encoding=encoding).rows == [("1", "Siân Zoë", "")]


def test_fields_may_overlap_and_leave_some_out(path: Path) -> None:
    path.write_text("AB20260901\n")
    form = spans(fields={"Ref": "1-10", "Force": "1-2", "Year": "3-6"})
    assert table(path, crimes(form, ["Year", "Ref"])) == Table([("2026", "AB20260901")], [1], ())


def test_text_outside_of_every_field_is_signalled(path: Path) -> None:
    form = spans(fields={"Ref": "1-4", "Code": "13-15"})
    path.write_text("1   Ann     W1 more\n2           W2 \n")
    assert table(path, crimes(form, ["Ref", "Code"])).unexpected == ("characters 5-12", "characters from 16")
    ignored = ["characters 5-12", "characters from 16"]
    assert table(path, crimes(form, ["Ref", "Code"], ignored=ignored)).unexpected == ()


def of_kind_c() -> Extract:
    form = spans(fields={"Kind": "1-1", "Ref": "2-5", "Online": "6-12"})
    record = {"where": {"Kind": ["C"]}, "columns": {"crime_ref": "Ref", "is_online": "Online"}}
    return Extract.model_validate({"files": "*", "format": form, "crime": record})


@pytest.mark.parametrize(
    ("line", "unexpected"),
    [
        pytest.param("P1   ANN     SMITH", (), id="longer, of another kind"),
        pytest.param("P1 ", (), id="shorter, of another kind"),
        pytest.param("C2   No     late", ("characters from 13",), id="longer, of this kind"),
        pytest.param(" 1   No     late", ("characters from 13",), id="longer, of no kind"),
    ],
)
def test_a_line_of_another_kind_is_not_held_to_these_fields(path: Path, line: str, unexpected: tuple[str, ...]) -> None:
    path.write_text(f"C1   Yes    \n{line}\nC3   No     \n")
    found = table(path, of_kind_c())
    assert (found.rows[0], found.rows[-1], found.unexpected) == (("1", "Yes"), ("3", "No"), unexpected)


def test_fields_that_no_record_uses_are_ignored(path: Path) -> None:
    path.write_text("1   Ann\n")
    assert table(path, crimes(spans(), ["Ref"])) == Table([("1",)], [1], ())


def test_blanks_that_were_taken_off_the_end_of_every_line(path: Path) -> None:
    content = "1   Ann     W1\n2   Bob\n3\n"
    assert read(path, content).rows == [("1", "Ann", "W1"), ("2", "Bob", ""), ("3", "", "")]


def test_a_line_may_end_before_fields_that_no_record_uses(path: Path) -> None:
    path.write_text("1   Ann \n2   Bob     W1\n")
    form = spans(fields={"Ref": "1-4", "Name": "5-8", "Code": "13-15"})
    assert table(path, crimes(form, ["Ref", "Name"])).rows == [("1", "Ann"), ("2", "Bob")]


@pytest.mark.parametrize(
    ("trailer", "end"),
    [
        ({"row_count": r"^TRL0*(\d+)"}, "TRL000002\n"),
        ({"row_count": r"^TRL0*(\d+)", "counts": "rows"}, "TRL000004\n\n"),
        ({"row_count": r"^TRL0*(\d+)", "counts": "lines"}, "TRL000004\n\n"),
        ({"rows": 2, "row_count": r"(\d+) records"}, "2 records\nEND\n"),
    ],
)
def test_a_trailer_whose_count_agrees(path: Path, trailer: dict[str, Any], end: str) -> None:
    assert read(path, f"HDR20260901\n{GOOD}{end}", trailer=trailer, lines_above=1).numbers == [2, 3]


def test_without_wanted_columns_every_field_is_in_the_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_width, "BATCH_ROWS", 1)
    path.write_text(GOOD)
    form = FixedWidthFormat.model_validate(spans())
    assert drafted(fixed_width.read(path, "x", form, None)) == {
        "Ref": ["1", "22"],
        "Name": ["ZqxZoë", "ZqxTwo"],
        "Code": ["W1", ""],
    }


# What is refused

COUNT = {"trailer": {"row_count": r"TRL(\d+)"}}


@pytest.mark.parametrize(
    ("content", "form", "reason", "words"),
    [
        pytest.param("", {}, "file_empty", "the file is empty", id="empty"),
        pytest.param("1   ZqxAnn  W1", {}, "file_cut_short", "has no line end", id="no line end"),
        pytest.param(GOOD.encode("cp1252"), {}, "encoding_wrong", "byte (0xeb)", id="cp1252 called UTF-8"),
        pytest.param(GOOD, {"encoding": "cp1252"}, "encoding_wrong", "the file is UTF-8", id="UTF-8 called cp1252"),
        pytest.param(f"{GOOD}3   Zqx\n", {}, "row_shape_wrong", "row 3 ends before character 15", id="cut short"),
        pytest.param(f"3   Zqx\n{GOOD}", {}, "row_shape_wrong", "row 1 ends before", id="cut short before the others"),
        pytest.param("1   Zqx\nA      W1 \n", {}, "row_shape_wrong", "cut short or broken in two", id="broken in two"),
        pytest.param(f"{GOOD}TRL3\n", COUNT, "row_count_wrong", "says 3 records and the file has 2", id="wrong count"),
        pytest.param(GOOD, COUNT, "trailer_missing", "probably cut short", id="no trailer"),
    ],
)
def test_refused(path: Path, content: str | bytes, form: dict[str, Any], reason: str, words: str) -> None:
    error = refused(path, content, **form)
    assert error.reason_code == reason
    assert words in error.sentence


@pytest.mark.parametrize("line", ["C2 ", "  2 "], ids=["of this kind", "of no kind"])
def test_a_line_that_may_be_of_this_kind_is_not_cut_short(path: Path, line: str) -> None:
    path.write_text(f"C1   Yes    \n{line}\nC3   No     \n")
    assert refusal(path, of_kind_c()).reason_code == "row_shape_wrong"


# Whatever the file holds

LETTERS = st.characters(codec="cp850", exclude_categories=["Cc", "Zs"])
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp850"])


@settings(max_examples=300)
@given(data=st.data(), encoding=ENCODINGS, is_padded=st.booleans())
def test_any_table_reads_back_as_it_was_written(
    path: Path, data: st.DataObject, encoding: str, is_padded: bool
) -> None:
    widths = data.draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    ends = [sum(widths[: at + 1]) for at in range(len(widths))]
    fields = {f"C{at}": f"{end - width + 1}-{end}" for at, (width, end) in enumerate(zip(widths, ends, strict=True))}
    row = st.tuples(*(st.text(LETTERS, max_size=width) for width in widths))
    rows = data.draw(st.lists(row, max_size=5))
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    written = [line if is_padded else line.rstrip(" ") for line in lines]
    content = "".join(f"{line}\n" for line in ["TITLE", *written, f"{len(rows)} END"]).encode(encoding)
    assume(encoding != "cp850" or content.isascii() or not is_utf8(content))
    path.write_bytes(content)
    trailer = {"row_count": r"^(\d+) END", "counts": "records"}
    kept = [(number, row) for number, row in enumerate(rows, start=2) if any(row)]
    form = spans(encoding=encoding, fields=fields, lines_above=1, trailer=trailer)
    if len(kept) < len(rows):
        assert outcome(path, crimes(form, list(fields))) == "row_count_wrong"
    else:
        found = table(path, crimes(form, list(fields)))
        assert list(zip(found.numbers, found.rows, strict=True)) == kept


@settings(max_examples=400)
@given(data=st.data(), encoding=ENCODINGS, ends_with_newline=st.booleans())
def test_any_bytes_are_read_or_refused(path: Path, data: st.DataObject, encoding: str, ends_with_newline: bool) -> None:
    content = f"{GOOD}TRL2\n".encode(encoding)
    path.write_bytes(data.draw(st.binary(max_size=60) | damaged(content)))
    form = spans(encoding=encoding, ends_with_newline=ends_with_newline, **COUNT)
    assert outcome(path, crimes(form, ["Ref", "Name", "Code"])) in {
        "read",
        "file_empty",
        "file_cut_short",
        "encoding_wrong",
        "row_shape_wrong",
        "row_unreadable",
        "row_count_wrong",
        "trailer_missing",
        "file_unreadable",
    }
