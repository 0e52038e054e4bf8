"""Case 18: a file in another encoding than declared is refused; one that was garbled before it was sent is named."""

from faults.bench import Bench
from faults.hostile_files import CSV, WINDOWS, WORKBOOK, XML, Hostile, reasons, row, table, workbook, xml

ZOE = table(row(1, "Zoë"), row(2, "Smith"))
GARBLED = "Zoë".encode().decode("cp1252")


def test_another_encoding_than_declared_is_refused(empty: Bench) -> None:
    hostile = Hostile(empty)
    latin = ZOE.decode().encode("cp1252")
    mixed = ZOE + row(3, "Zoë").encode("cp1252") + b"\n"
    sent = {
        "UTF-8": (CSV, "crimes.csv", ZOE),
        "UTF-8 with its mark": (CSV, "crimes.csv", b"\xef\xbb\xbf" + ZOE),
        "cp1252 called UTF-8": (CSV, "crimes.csv", latin),
        "UTF-16 called UTF-8": (CSV, "crimes.csv", ZOE.decode().encode("utf-16")),
        "a line of cp1252 in UTF-8": (CSV, "crimes.csv", mixed),
        "an overlong letter": (CSV, "crimes.csv", table(row(1, "A")).replace(b",A\n", b",\xc0\xaf\n")),
        "half of a pair": (CSV, "crimes.csv", table(row(1, "A")).replace(b",A\n", b",\xed\xa0\x80\n")),
        "cp1252": (WINDOWS, "crimes.csv", latin),
        "UTF-8 called cp1252": (WINDOWS, "crimes.csv", ZOE),
        "no letter of cp1252": (WINDOWS, "crimes.csv", latin + b"\x81\n"),
        "XML that lies": (XML, "crimes.xml", xml("ë").encode("cp1252")),
    }
    assert reasons(hostile.refused(sent)) == {
        "UTF-8": None,
        "UTF-8 with its mark": None,
        "cp1252 called UTF-8": "encoding_wrong",
        "UTF-16 called UTF-8": "encoding_wrong",
        "a line of cp1252 in UTF-8": "encoding_wrong",
        "an overlong letter": "encoding_wrong",
        "half of a pair": "encoding_wrong",
        "cp1252": None,
        "UTF-8 called cp1252": "encoding_wrong",
        "no letter of cp1252": "encoding_wrong",
        "XML that lies": "file_unreadable",
    }
    assert {title for (title,) in empty.rows("select distinct offence_title from raw.crime")} == {
        "Zoë",
        "Smith",
        "theft",
    }


def test_what_was_garbled_before_is_loaded_as_it_is_and_named(empty: Bench) -> None:
    hostile = Hostile(empty)
    bad = table(row(1, "Smith"), row(2, GARBLED), row(3, "a\ufffdb"))
    hostile.send(CSV, "crimes.csv", bad)
    # Mixed: as a whole it is no UTF-8, so each byte has a letter in Windows-1252.
    hostile.send(WINDOWS, "crimes.csv", table(row(1, "Zoë")) + row(2, "Zoë").encode("cp1252") + b"\n")
    hostile.send(WORKBOOK, "crimes.xlsx", workbook(row(1, GARBLED).split(",")))
    hostile.send(XML, "crimes.xml", xml("Zoë ÃBC Â Å").encode())
    hostile.night()
    told = hostile.notices(CSV)
    assert told.keys() == {"text_garbled"}
    assert told["text_garbled"].startswith("crimes.csv has 2 values in 'Title', first in row 3, in which accented")
    assert "has 1 value in 'Title', first in row 2" in hostile.notices(WINDOWS)["text_garbled"]
    assert hostile.notices(WORKBOOK).keys() == {"text_garbled"}
    assert hostile.notices(XML) == {}, "capital letters with accents are no sign"
    assert (GARBLED,) in empty.rows("select offence_title from raw.crime"), "nothing is repaired by guess"
