"""XML is read record by record with the people nested in each, or refused whole with a reason."""

from pathlib import Path

import pytest
from extracts import damaged, outcome, refusal, table
from hypothesis import given, settings
from hypothesis import strategies as st

from csae.readers import markup, read_extract
from csae.readers.tables import CRIME_ROW_NUMBER, ExtractError
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
        pytest.param(occurrence("<a>" * 500 + "</a>" * 500), "file_unreadable", id="very deep"),
        pytest.param(f"{PERSON}ZqxMore", "file_unreadable", id="text after the end"),
        pytest.param(f"{PERSON}{PERSON}", "file_unreadable", id="two files in one"),
        pytest.param(PERSON.encode("cp1252"), "file_unreadable", id="cp1252 without saying so"),
        pytest.param(f'<?xml version="1.0" encoding="UTF-16"?>{PERSON}', "file_unreadable", id="UTF-8 called UTF-16"),
        pytest.param(f'<?xml version="1.0" encoding="klingon"?>{PERSON}', "file_unreadable", id="unknown encoding"),
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
            "document_type_refused",
            id="entity bomb in UTF-7",
        ),
    ],
)
def test_refused(path: Path, content: str | bytes, reason: str) -> None:
    assert refused(path, content).reason_code == reason


def test_the_line_is_named(path: Path) -> None:
    assert str(refused(path, GOOD.replace("</Surname></Person>", "</Person>"))) == (
        "niche.xml: the XML breaks off or is wrong at line 8. Ask the force to send the file again."
    )


def test_the_wrong_count_is_named(path: Path) -> None:
    assert str(refused(path, GOOD.replace('"2"', '"3"'))) == (
        "niche.xml: the number of Occurrence elements, 2, is not the one that @occurrences says. "
        "Ask the force to send the file again."
    )


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
    }


@settings(max_examples=200)
@given(encoding=st.text("abcdefghijklmnopqrstuvwxyzUTFISO-_0123456789", min_size=1, max_size=12))
def test_any_declared_encoding_is_read_or_refused(path: Path, encoding: str) -> None:
    path.write_text(GOOD.replace("UTF-8", encoding))
    assert outcome(path, OCCURRENCES) in {"read", "file_unreadable", "row_count_wrong"}
