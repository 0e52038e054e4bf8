"""Case 17: a document type is refused by its bytes before a parser sees it, also in a workbook; nothing is fetched."""

from faults.bench import Bench
from faults.hostile_files import ENTITY_BOMB, OUTSIDE, WORKBOOK, XML, Hostile, reasons, with_part, workbook, xml

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def declared(encoding: str, content: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{content}'.encode(encoding)


def test_document_types_are_refused_wherever_they_hide(empty: Bench) -> None:
    hostile = Hostile(empty)
    bomb, outside = xml("&e8;", before=ENTITY_BOMB), xml("&e8;", before=OUTSIDE)
    late = xml("&e8;", before=f"<!--{'-_' * 200_000}-->{ENTITY_BOMB}")
    in_sheet = with_part(workbook(), SHEET, b"<worksheet", f"{ENTITY_BOMB}<worksheet".encode())
    in_strings = with_part(workbook(), STRINGS, b"<sst", f"{OUTSIDE}<sst".encode())
    in_utf_16 = with_part(workbook(), STRINGS, b"<?xml", f"{OUTSIDE}<?xml".encode("utf-16"))
    picture = with_part(workbook(), "docProps/app.xml", b"<?xml", b"<?xml")
    sent = {
        "an entity bomb": (XML, "crimes.xml", bomb.encode()),
        "a file of ours": (XML, "crimes.xml", outside.encode()),
        "in UTF-16": (XML, "crimes.xml", bomb.encode("utf-16")),
        "in UTF-32": (XML, "crimes.xml", bomb.encode("utf-32")),
        "in EBCDIC": (XML, "crimes.xml", declared("cp037", bomb)),
        "in UTF-7": (XML, "crimes.xml", declared("utf-7", bomb)),
        "behind a long comment": (XML, "crimes.xml", late.encode()),
        "an entity that nobody declared": (XML, "crimes.xml", xml("&e8;").encode()),
        "a bomb in a sheet": (WORKBOOK, "crimes.xlsx", in_sheet),
        "a file of ours in a workbook": (WORKBOOK, "crimes.xlsx", in_strings),
        "in UTF-16 in a workbook": (WORKBOOK, "crimes.xlsx", in_utf_16),
        "nothing wrong": (XML, "crimes.xml", xml("&amp; &#65;", crimes=3).encode()),
        "a workbook with nothing wrong": (WORKBOOK, "crimes.xlsx", picture),
    }
    found = hostile.refused(sent)
    assert reasons(found) == {
        "an entity bomb": "document_type_refused",
        "a file of ours": "document_type_refused",
        "in UTF-16": "document_type_refused",
        "in UTF-32": "document_type_refused",
        "in EBCDIC": "file_unreadable",
        "in UTF-7": "encoding_wrong",
        "behind a long comment": "document_type_refused",
        "an entity that nobody declared": "file_unreadable",
        "a bomb in a sheet": "document_type_refused",
        "a file of ours in a workbook": "document_type_refused",
        "in UTF-16 in a workbook": "document_type_refused",
        "nothing wrong": None,
        "a workbook with nothing wrong": None,
    }
    titles = empty.rows("select distinct offence_title from raw.crime where offence_title is not null")
    assert not any("root:" in title for (title,) in titles)
