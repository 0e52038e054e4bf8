"""A valid file for each reader, and how it is to be read. Cells that stand for a person's data begin with `Zqx`."""

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from csae.sources.model import Extract

PERSONAL = "Zqx"
HEADER = ("Ref", "Recorded", "Surname", "Note")
ROWS = tuple(
    (f"06/{number}/26", f"2026-09-{number % 28 + 1:02d}", f"Zqx{name}", "a|b" if number % 3 else 'said "no"')
    for number, name in enumerate(["Zoë", "Ann", "Šmíd", "O’Hara", "Bob", "Łukasz", "Anaïs", "Eve"] * 3)
)
_LATIN_ROWS = tuple((*row[:2], row[2].encode("cp1252", "ignore").decode("cp1252"), row[3]) for row in ROWS)


@dataclass(frozen=True)
class Sample:
    """`packing` is what has to be undone before the file is read: nothing, `.gz` or `.zip`."""

    name: str
    content: bytes
    extract: Extract
    packing: str = ""

    @property
    def is_archive(self) -> bool:
        """Whether its members can be changed and packed again."""
        return self.content.startswith(b"PK")


def samples() -> list[Sample]:
    """In a fixed order."""
    table = _delimited(ROWS, "|")
    utf8 = {"type": "delimited", "delimiter": "|", "encoding": "utf-8"}
    counted = {**utf8, "delimiter": "~|~", "trailer": {"row_count": r"TRL(\d+)"}}
    fixed = {"Ref": "1-12", "Recorded": "13-22", "Surname": "23-40", "Note": "41-52"}
    return [
        Sample("delimited", table.encode(), _extract(utf8)),
        Sample("delimited_cp1252", _delimited(_LATIN_ROWS, ",").encode("cp1252"), _extract(_text(",", "cp1252"))),
        Sample("delimited_utf16", _delimited(ROWS, "\t").encode("utf-16"), _extract(_text("\t", "utf-16"))),
        Sample("delimited_counted", f"{_delimited(ROWS, '~|~')}TRL{len(ROWS)}\n".encode(), _extract(counted)),
        Sample(
            "fixed_width", _fixed().encode(), _extract({"type": "fixed_width", "encoding": "utf-8", "fields": fixed})
        ),
        Sample("ndjson", _lines().encode(), _nested({"type": "ndjson"})),
        Sample("json", _document().encode(), _nested({"type": "json", "row": "data/crimes", "row_count": "count"})),
        Sample("xml", _markup().encode(), _nested({"type": "xml", "row": "Body/Crime", "row_count": "@crimes"})),
        Sample("xlsx", _xlsx(), _extract({"type": "workbook", "sheet": "CSAE*"})),
        Sample("ods", _ods(), _extract({"type": "workbook", "sheet": "CSAE"})),
        Sample("xls", _xls(), _extract({"type": "workbook", "sheet": "CSAE"})),
        Sample("gz", gzip.compress(table.encode(), mtime=0), _extract(utf8), "gz"),
        Sample("zip", _zip(table.encode()), _extract(utf8), "zip"),
    ]


def _text(delimiter: str, encoding: str) -> dict[str, Any]:
    return {"type": "delimited", "delimiter": delimiter, "encoding": encoding}


def _extract(form: dict[str, Any]) -> Extract:
    columns = {"crime_ref": "Ref", "recorded_on": {"from": "Recorded", "date": "yyyy-mm-dd"}, "offence_title": "Note"}
    record = {"columns": columns}
    return Extract.model_validate({"files": "*", "format": form, "crime": record, "ignored_columns": ["Surname"]})


def _nested(form: dict[str, Any]) -> Extract:
    crime = {"columns": {"crime_ref": "Ref", "recorded_on": {"from": "Recorded", "date": "yyyy-mm-dd"}}}
    people = {"each": "Person", "columns": {"surname": "Name/Last", "immigration_status": "Nationality"}}
    return Extract.model_validate({"files": "*", "format": form, "crime": crime, "involvement": people})


def _delimited(rows: tuple[tuple[str, ...], ...], delimiter: str) -> str:
    quoted = [HEADER, *([*row[:3], '"' + row[3].replace('"', '""') + '"'] for row in rows)]
    return "".join(delimiter.join(row) + "\n" for row in quoted)


def _fixed() -> str:
    return "".join(f"{ref:<12}{day:<10}{name:<18}{note:<12}\n" for ref, day, name, note in ROWS)


def _crimes() -> list[dict[str, Any]]:
    return [
        {
            "Ref": ref,
            "Recorded": day,
            "Person": [{"Name": {"Last": name}, "Nationality": ["ROU", "GBR"]}, {"Name": {"Last": None}}],
        }
        for ref, day, name, _ in ROWS
    ]


def _lines() -> str:
    return "".join(json.dumps(crime, ensure_ascii=number % 2 == 0) + "\n" for number, crime in enumerate(_crimes()))


def _document() -> str:
    return json.dumps({"count": len(ROWS), "data": {"crimes": _crimes()}, "system": "x"}, ensure_ascii=False)


def _markup() -> str:
    crimes = "".join(
        f"<Crime><Ref>{ref}</Ref><Recorded>{day}</Recorded><Person><Name><Last>{name}</Last></Name>"
        f"<Nationality>ROU</Nationality><Nationality>GBR</Nationality></Person><Person/></Crime>\n"
        for ref, day, name, _ in ROWS
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<E crimes="{len(ROWS)}"><!-- x --><Head a="1">t</Head><Body>{crimes}</Body></E>'


def _xlsx() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("CSAE 2026")
        day_format = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, name in enumerate(HEADER):
            sheet.write_string(0, at, name)
        for row, (ref, day, name, note) in enumerate(ROWS, start=1):
            sheet.write_string(row, 0, ref)
            sheet.write_datetime(row, 1, date.fromisoformat(day), day_format)
            sheet.write_string(row, 2, name)
            sheet.write_string(row, 3, note)
    return content.getvalue()


def _ods() -> bytes:
    book = OpenDocumentSpreadsheet()
    table = Table(name="CSAE")
    for cells in (HEADER, *ROWS):
        row = TableRow()
        for cell in cells:
            item = TableCell(valuetype="string")
            item.addElement(P(text=cell))
            row.addElement(item)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    content = io.BytesIO()
    book.write(content)
    return content.getvalue()


def _xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("CSAE")
    for row, cells in enumerate((HEADER, *ROWS)):
        for column, cell in enumerate(cells):
            sheet.write(row, column, cell)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _zip(table: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("out/crimes.csv", (2026, 9, 1, 3, 0, 0)), table, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("more.csv.gz", (2026, 9, 1, 3, 0, 0)), gzip.compress(table, mtime=0))
    return content.getvalue()


def write(sample: Sample, folder: Path) -> Path:
    path = folder / sample.name
    path.write_bytes(sample.content)
    return path
