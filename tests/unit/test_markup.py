"""XML is read record by record with the people nested in each, or refused whole with a reason."""

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from extracts import damaged, outcome, refusal, table
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from csae.limits import Limits
from csae.readers import markup, markup_stream, read_extract
from csae.readers.nested import RecordPlaces
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, ExtractError
from csae.sources.formats import MarkupFormat
from csae.sources.model import Extract

CRIME_PLACES = ["@urn", "Recorded", "Flags/Flag", "Outcome/@code"]
PERSON_PLACES = ["@id", "Surname", "Nationality"]
OCCURRENCES = Extract.model_validate(
    {
        "files": "*",
        "format": {"type": "xml", "row": "Occurrence", "row_count": "@occurrences"},
        "crime": {"columns": {"crime_ref": {"from": CRIME_PLACES}}},
        "involvement": {"each": "Person", "columns": {"person_ref": {"from": PERSON_PLACES}}},
        "ignored_columns": ["Remarks"],
    }
)
GOOD = """<?xml version="1.0" encoding="UTF-8"?>
<Extract occurrences="2">
  <Occurrence urn="A">
    <Recorded>2026-09-01</Recorded>
    <Flags><Flag>ONLINE</Flag><Flag>GROUP</Flag></Flags>
    <Outcome code="1A"/>
    <Person id="7"><Surname>ZqxZoë</Surname><Nationality>ROU</Nationality><Nationality>GBR</Nationality></Person>
    <Person id="8"><Surname>ZqxTwo</Surname></Person>
  </Occurrence>
  <Occurrence urn="B">
    <Person id="9"/>
  </Occurrence>
</Extract>
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "niche.xml"


def occurrence(inside: str, urn: str = "A") -> str:
    return f'<Extract occurrences="1"><Occurrence urn="{urn}">{inside}</Occurrence></Extract>'


def refused(path: Path, content: str | bytes) -> ExtractError:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return refusal(path, OCCURRENCES)


def recorded(path: Path, content: str | bytes) -> str | None:
    """What stands at `Recorded` in the only record."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ((_, value, *_),) = table(path, OCCURRENCES).rows
    return value


# What is read


def test_values_of_attributes_and_elements(path: Path) -> None:
    path.write_text(GOOD)
    assert table(path, OCCURRENCES).rows == [
        ("A", "2026-09-01", "ONLINE\x1fGROUP", "1A"),
        ("B", None, None, None),
    ]


def test_nested_people(path: Path) -> None:
    path.write_text(GOOD)
    assert table(path, OCCURRENCES, "involvement").rows == [
        ("7", "ZqxZoë", "ROU\x1fGBR"),
        ("8", "ZqxTwo", None),
        ("9", None, None),
    ]


@pytest.mark.parametrize("rows_in_a_batch", [1, 2, 50_000])
def test_records_are_numbered_by_their_place_and_people_know_their_crime(
    path: Path, monkeypatch: pytest.MonkeyPatch, rows_in_a_batch: int
) -> None:
    monkeypatch.setattr(markup, "BATCH_ROWS", rows_in_a_batch)
    path.write_text(GOOD)
    assert table(path, OCCURRENCES).numbers == [1, 2]
    assert table(path, OCCURRENCES, "involvement").numbers == [1, 2, 3]
    people = [batch.frames[1] for batch in read_extract(path, "niche.xml", OCCURRENCES)]
    assert [number for frame in people for number in frame[CRIME_ROW_NUMBER]] == [1, 1, 2]


def test_a_file_without_records(path: Path) -> None:
    path.write_text('<Extract occurrences="0"/>')
    assert table(path, OCCURRENCES).rows == []


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        pytest.param("<Recorded> x\n </Recorded>", "x", id="blanks around it"),
        pytest.param("<Recorded>  </Recorded>", None, id="blank"),
        pytest.param("<Recorded/>", None, id="empty"),
        pytest.param("", None, id="not there"),
        pytest.param("<Recorded>a&lt;b &amp;&#38; c</Recorded>", "a<b && c", id="escapes"),
        pytest.param("<Recorded><![CDATA[a<b]]></Recorded>", "a<b", id="CDATA"),
        pytest.param("<Recorded>a<!-- note -->b</Recorded>", "ab", id="comment"),
        pytest.param("<Recorded>a</Recorded><Recorded>b</Recorded>", "a\x1fb", id="twice"),
    ],
)
def test_text(path: Path, inside: str, value: str | None) -> None:
    assert recorded(path, occurrence(inside)) == value


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "windows-1252", "ISO-8859-1"])
def test_the_encoding_that_the_file_declares(path: Path, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?>' + occurrence("<Recorded>Zoë</Recorded>")
    assert recorded(path, content.encode(encoding)) == "Zoë"


def test_places_that_the_yaml_does_not_name_are_signalled(path: Path) -> None:
    people = '<Person id="7" shoe="9"><Alias><Surname>x</Surname></Alias></Person>'
    path.write_text(f"{occurrence(f'<Remarks>x</Remarks><Weapon/>{people}')[:-10]}<Trailer/></Extract>")
    (batch,) = read_extract(path, "niche.xml", OCCURRENCES)
    assert batch.unexpected_columns == ("Weapon", "@shoe", "Alias/Surname", "Trailer")


def test_people_may_stand_deeper(path: Path) -> None:
    record = {"each": "People/Person", "columns": {"person_ref": "@id"}}
    extract = Extract.model_validate({**OCCURRENCES.model_dump(by_alias=True), "involvement": record})
    path.write_text(occurrence('<People><Person id="7"/><Person id="8"/></People>'))
    found = table(path, extract, "involvement")
    assert (found.rows, found.unexpected) == ([("7",), ("8",)], ())


def test_a_description_beside_a_wanted_attribute_is_signalled(path: Path) -> None:
    path.write_text(occurrence('<Outcome code="1A">Charged</Outcome><Flags> </Flags>'))
    (batch,) = read_extract(path, "niche.xml", OCCURRENCES)
    assert batch.unexpected_columns == ("Outcome",)


def test_an_element_that_says_that_it_is_empty_is_not_signalled(path: Path) -> None:
    nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
    path.write_text(occurrence(f"<Recorded {nil}/>"))
    (batch,) = read_extract(path, "niche.xml", OCCURRENCES)
    assert (batch.frames[0]["Recorded"].to_list(), batch.unexpected_columns) == ([None], ())


def deeper(count: str | None, **names: str) -> Extract:
    """Rows below `Body`, counted at a place."""
    row, ref = names.get("row", "Body/Occurrence"), names.get("ref", "Ref")
    form = {"type": "xml", "row": row, "row_count": count}
    return Extract.model_validate({"files": "*", "format": form, "crime": {"columns": {"crime_ref": ref}}})


ROWS = "<Body><Occurrence><Ref>A</Ref></Occurrence><Occurrence><Ref>B</Ref></Occurrence></Body>"


@pytest.mark.parametrize(
    ("content", "count"),
    [
        pytest.param(f'<E n="2">{ROWS}</E>', "@n", id="attribute of the root"),
        pytest.param(f"<E><Header><Count> 02 </Count></Header>{ROWS}</E>", "Header/Count", id="above the rows"),
        pytest.param(f"<E>{ROWS}<Footer><Count>2</Count></Footer></E>", "Footer/Count", id="below the rows"),
        pytest.param(f'<E>{ROWS}<Footer><Count n="2"/></Footer></E>', "Footer/Count/@n", id="attribute below the root"),
        pytest.param(f"<E>{ROWS.replace('<Body>', '<Body><Count>2</Count>')}</E>", "Body/Count", id="beside the rows"),
        pytest.param(
            f"<E>{ROWS.replace('</Body>', '</Body><Body/>')}</E>", None, id="no count, and a body without rows"
        ),
    ],
)
def test_rows_below_the_root_and_their_count(path: Path, content: str, count: str | None) -> None:
    path.write_text(content)
    found = table(path, deeper(count))
    assert (found.rows, found.numbers, found.unexpected) == ([("A",), ("B",)], [1, 2], ())


def test_a_row_is_an_element_at_its_place_only(path: Path) -> None:
    inside = "<Body><Occurrence><Ref>x</Ref></Occurrence></Body>"
    path.write_text(f"<E><Occurrence><Ref>x</Ref></Occurrence>{ROWS.replace('<Ref>A</Ref>', inside)}</E>")
    found = table(path, deeper(None))
    assert (found.rows, found.unexpected) == ([(None,), ("B",)], ("Occurrence/Ref", "Body/Occurrence/Ref"))


def test_elements_outside_of_rows_are_signalled_by_their_place(path: Path) -> None:
    path.write_text(f"<E><Header><Made>today</Made><Count>2</Count></Header>{ROWS}</E>")
    assert table(path, deeper("Header/Count")).unexpected == ("Header/Made",)


@pytest.mark.parametrize("namespace", ["{*}", "{http://police.test/v1}"])
def test_names_in_a_namespace(path: Path, namespace: str) -> None:
    content = f"<E><Header><Count>2</Count></Header>{ROWS}</E>".replace("<E>", '<E xmlns="http://police.test/v1">')
    path.write_text(content)
    row, ref = f"{namespace}Body/{namespace}Occurrence", f"{namespace}Ref"
    found = table(path, deeper(f"{namespace}Header/{namespace}Count", row=row, ref=ref))
    assert (found.rows, found.unexpected) == ([("A",), ("B",)], ())


def test_places_in_any_namespace_are_met_as_the_yaml_writes_them(path: Path) -> None:
    path.write_text(f"<E>{ROWS}</E>".replace("<E>", '<E xmlns="http://police.test/v1">'))
    extract = deeper(None, row="{*}Body/{*}Occurrence", ref="{*}Ref")
    assert [batch.columns for batch in read_extract(path, "niche.xml", extract)] == [("{*}Ref",)]


def test_without_wanted_columns_every_place_is_in_its_table(path: Path) -> None:
    path.write_text(GOOD)
    form = MarkupFormat.model_validate(OCCURRENCES.format.model_dump())
    places = [RecordPlaces(None, (), False), RecordPlaces("Person", (), True)]
    (batch,) = markup.read(path, "niche.xml", form, places, None)
    crimes, people = (frame.columns[:-1] for frame in batch.frames)
    assert crimes == ["@urn", "Recorded", "Flags/Flag", "Outcome/@code"]
    assert people == ["@id", "Surname", "Nationality", ROW_NUMBER]
    assert [frame.height for frame in batch.frames] == [2, 3]


def test_what_was_read_is_not_kept(path: Path) -> None:
    rows = '<Occurrence urn="A"><Person id="1"/></Occurrence><Other><Part>x</Part></Other>' * 5_000
    path.write_text(f'<Extract occurrences="5000">{rows}</Extract>')
    form = MarkupFormat.model_validate(OCCURRENCES.format.model_dump())
    kept = [
        (len(list(row.itersiblings(preceding=True))), len(list(row.itersiblings())))
        for row in markup._elements(path, "x", form, {})
    ]
    before, after = (max(numbers) for numbers in zip(*kept, strict=True))
    assert (len(kept), before) == (5_000, 0)
    in_a_block = 2 * markup_stream.BLOCK_BYTES // (len(rows) // 5_000)
    assert after <= in_a_block + 1


def test_what_is_no_row_is_not_kept_either(path: Path) -> None:
    path.write_text(f"<E><Head>{'<Part>x</Part>' * 50_000}</Head></E>")
    seen: list[int] = []

    def outside(_: str, element: etree._Element) -> None:
        above = element.getparent()
        seen.append(0 if above is None else len(above))

    assert not list(markup_stream.closed_rows(path, "x", "Body/Occurrence", outside, Limits()))
    assert len(seen) == 50_002
    assert max(seen) <= markup_stream.BLOCK_BYTES // len("<Part>x</Part>") + 2


@settings(max_examples=60)
@given(block=st.integers(1, 90), is_deeper=st.booleans())
def test_it_is_read_alike_wherever_the_blocks_of_the_file_end(path: Path, block: int, is_deeper: bool) -> None:
    content = GOOD.replace("<Flags>", "<Mode><Kind/></Mode><Flags>").replace("</Extract>", "<End> </End></Extract>")
    form = {"type": "xml", "row": "Occurrence", "row_count": "@occurrences"}
    if is_deeper:
        content = content.replace('"2">', '"2"><Head><Made>x</Made></Head><All>', 1).replace("<End>", "</All><End>")
        form["row"] = "All/Occurrence"
    extract = Extract.model_validate({**OCCURRENCES.model_dump(by_alias=True), "format": form})
    path.write_text(content)
    whole = [batch.unexpected_columns for batch in read_extract(path, path.name, extract)]
    rows, people = table(path, extract).rows, table(path, extract, "involvement").rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup_stream, "BLOCK_BYTES", block)
        assert table(path, extract).rows == rows
        assert table(path, extract, "involvement").rows == people
        assert [batch.unexpected_columns for batch in read_extract(path, path.name, extract)] == whole
    assert whole == [(("Head/Made",) if is_deeper else ()) + ("Mode/Kind", "End")]
    assert (len(rows), len(people)) == (2, 3)


def test_people_in_people_are_read_by_the_place_that_each_has(path: Path) -> None:
    people = [{"each": "A", "columns": {"person_ref": ["@id", "B/N"]}}, {"each": "A/B", "columns": {"person_ref": "N"}}]
    extract = Extract.model_validate({**OCCURRENCES.model_dump(by_alias=True), "involvement": people})
    path.write_text(occurrence('<A id="1"><B><N>x</N></B><B><N>y</N></B></A><A id="2"/>'))
    (batch,) = read_extract(path, path.name, extract)
    outer, inner = batch.frames[1:]
    assert outer.select("@id", "B/N", ROW_NUMBER).rows() == [("1", "x\x1fy", 1), ("2", None, 2)]
    assert inner.select("N", ROW_NUMBER, CRIME_ROW_NUMBER).rows() == [("x", 3, 1), ("y", 4, 1)]


# What is refused

BOMB = '<!DOCTYPE x [<!ENTITY a "Zqx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/hostname">]>'
ENTITY = occurrence("<Recorded>&c;</Recorded>", urn="&c;")
PERSON = occurrence("<Recorded>ZqxZoë</Recorded>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("", "file_empty", id="empty"),
        pytest.param(" \n\n", "file_empty", id="blanks"),
        pytest.param("Ref|Name\n1|ZqxA\n", "file_unreadable", id="not XML"),
        pytest.param(occurrence("<Recorded>ZqxA</recorded>"), "file_unreadable", id="tags that do not match"),
        pytest.param(occurrence("<Recorded>Zqx & A</Recorded>"), "file_unreadable", id="bare ampersand"),
        pytest.param(occurrence("<Recorded>&zqx;</Recorded>"), "file_unreadable", id="unknown entity"),
        pytest.param(occurrence('<Outcome code="1" code="ZqxA"/>'), "file_unreadable", id="attribute twice"),
        pytest.param(occurrence("<Recorded>Zqx\0A</Recorded>"), "file_unreadable", id="NUL byte"),
        pytest.param(occurrence("<Recorded>Zqx&#0;</Recorded>"), "file_unreadable", id="NUL character"),
        pytest.param(occurrence("<a>" * 500 + "</a>" * 500), "limit_exceeded", id="very deep"),
        pytest.param(f"{PERSON}ZqxMore", "file_unreadable", id="text after the end"),
        pytest.param(f"{PERSON}{PERSON}", "file_unreadable", id="two files in one"),
        pytest.param(PERSON.encode("cp1252"), "file_unreadable", id="cp1252 without saying so"),
        pytest.param(f'<?xml version="1.0" encoding="UTF-16"?>{PERSON}', "file_unreadable", id="UTF-8 called UTF-16"),
        pytest.param(f'<?xml version="1.0" encoding="klingon"?>{PERSON}', "encoding_wrong", id="unknown encoding"),
        pytest.param(GOOD.replace('"2"', '"3"'), "row_count_wrong", id="wrong declared count"),
        pytest.param(GOOD.replace(' occurrences="2"', ""), "row_count_wrong", id="no declared count"),
        pytest.param(GOOD.replace("<Extract ", '<Extract xmlns="urn:x" '), "row_count_wrong", id="other namespace"),
        pytest.param(f"<!DOCTYPE x>{PERSON}", "document_type_refused", id="DOCTYPE"),
        pytest.param(f'<!DOCTYPE x SYSTEM "x.dtd">{PERSON}', "document_type_refused", id="external DOCTYPE"),
        pytest.param(f"{BOMB}{ENTITY}", "document_type_refused", id="entity bomb"),
        pytest.param(f"{OUTSIDE}{ENTITY}", "document_type_refused", id="entity from a file"),
        pytest.param(f"{BOMB}{ENTITY}".encode("utf-16"), "document_type_refused", id="entity bomb in UTF-16"),
        pytest.param(f"<!--{'-_' * 50_000}-->{BOMB}{ENTITY}", "document_type_refused", id="entity bomb further on"),
        pytest.param(
            '<?xml version="1.0" encoding="UTF-7"?>' + f"{BOMB}{ENTITY}".replace("!", "+ACE-").replace("<", "+ADw-"),
            "encoding_wrong",
            id="entity bomb in UTF-7",
        ),
    ],
)
def test_refused(path: Path, content: str | bytes, reason: str) -> None:
    assert refused(path, content).reason_code == reason


@pytest.mark.parametrize(
    "header",
    ["", "<Count/>", "<Count>Zqx</Count>", "<Count>3</Count>", "<Count>2</Count><Count>3</Count>"],
    ids=["none", "blank", "no number", "another", "two of them"],
)
def test_a_count_that_does_not_agree_is_refused(path: Path, header: str) -> None:
    path.write_text(f"<E><Header>{header}</Header>{ROWS}</E>")
    error = refusal(path, deeper("Header/Count"))
    assert error.reason_code == "row_count_wrong"
    assert "the number of Body/Occurrence elements, 2, is not the one that Header/Count says" in error.sentence


def test_the_line_is_named(path: Path) -> None:
    assert str(refused(path, GOOD.replace("</Surname></Person>", "</Person>"))) == (
        "niche.xml: the XML breaks off or is wrong at line 8. Ask the force to send the file again."
    )


def test_the_wrong_count_is_named(path: Path) -> None:
    assert str(refused(path, GOOD.replace('"2"', '"3"'))) == (
        "niche.xml: the number of Occurrence elements, 2, is not the one that @occurrences says. "
        "Ask the force to send the file again."
    )


def test_where_no_row_is_found_the_yaml_may_be_wrong(path: Path) -> None:
    path.write_text(GOOD.replace("Occurrence", "Incident"))
    assert str(refusal(path, OCCURRENCES)) == (
        "niche.xml: the number of Occurrence elements, 0, is not the one that @occurrences says. "
        "Ask the force to send the file again, or correct 'row' in the YAML."
    )


def test_a_file_that_breaks_off_in_elements_too_deep_is_refused_for_their_depth(path: Path) -> None:
    for content in (occurrence("<a>" * 100)[:400], "<E>" + "<a>" * 100):
        assert "deeper than the 64 that may be (CSAE_LIMIT_NESTING)" in str(refused(path, content))


def test_names_without_end_are_refused_though_none_holds_a_value(path: Path) -> None:
    nil = 'xmlns:x="http://www.w3.org/2001/XMLSchema-instance"'
    names = "".join(f'<Zqx{number} x:nil="true"/>' for number in range(9_000))
    path.write_text(f'<Extract {nil} occurrences="1"><Occurrence urn="A">{names}</Occurrence></Extract>')
    assert refusal(path, OCCURRENCES).reason_code == "places_too_many"


def test_cut_at_any_byte_it_is_refused(path: Path) -> None:
    content = GOOD.encode().rstrip()
    for length in range(len(content)):
        assert refused(path, content[:length]).reason_code in {"file_unreadable", "file_empty"}, length


# Whatever the file holds


@settings(max_examples=600)
@given(content=st.binary(max_size=60) | damaged(GOOD.encode()) | damaged(GOOD.encode("utf-16")))
def test_any_bytes_are_read_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert outcome(path, OCCURRENCES) in {
        "read",
        "file_empty",
        "file_unreadable",
        "row_count_wrong",
        "document_type_refused",
        "encoding_wrong",
    }


@settings(max_examples=300)
@given(data=st.data(), is_deeper=st.booleans(), is_counted_last=st.booleans())
def test_any_table_reads_back_as_it_was_written(
    path: Path, data: st.DataObject, is_deeper: bool, is_counted_last: bool
) -> None:
    letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    cells = data.draw(st.lists(st.text(letters, max_size=8), max_size=6))
    rows = "".join(f"<Occurrence><Ref>{escape(cell)}</Ref></Occurrence>" for cell in cells)
    rows = f"<Body>{rows}</Body>" if is_deeper else rows
    count = f"<Count>{len(cells)}</Count>"
    path.write_text(f"<E>{rows}{count}</E>" if is_counted_last else f"<E>{count}{rows}</E>", encoding="utf-8")
    found = table(path, deeper("Count", row="Body/Occurrence" if is_deeper else "Occurrence"))
    assert (found.rows, found.unexpected) == ([(cell.strip() or None,) for cell in cells], ())


@settings(max_examples=200)
@given(encoding=st.text("abcdefghijklmnopqrstuvwxyzUTFISO-_0123456789", min_size=1, max_size=12))
def test_any_declared_encoding_is_read_or_refused(path: Path, encoding: str) -> None:
    path.write_text(GOOD.replace("UTF-8", encoding))
    assert outcome(path, OCCURRENCES) in {"read", "file_unreadable", "row_count_wrong", "encoding_wrong"}
