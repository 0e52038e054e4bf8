"""How a file is laid out: its format, encoding, delimiter, quotes, header, and what stands above and below the data."""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from csae.onboarding import nesting
from csae.onboarding.delimited import sniff_delimited
from csae.onboarding.field_lists import FieldList
from csae.onboarding.fixed_width import cut_by_list, has_even_lines, sniff_fixed_width
from csae.onboarding.samples import MONTH, Sample, SampleError
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.trailers import header_place, trailer_of
from csae.readers.sheet_rows import cell_text

_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MARK = b"PK\x03\x04"
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_ONE_BYTE = ("cp1252", "iso-8859-14", "cp850", "iso-8859-1")
_USUAL_LETTERS = frozenset("ÀÁÂÄÇÈÉÊËÌÍÎÏÑÒÓÔÖÙÚÛÜŴŶàáâäçèéêëìíîïñòóôöùúûüŵŷßøåæ£’‘–“”")
_HEAD_BYTES = 1 << 16
_LEAST_COLUMNS = 6
"""Of a delimited file; a comma in every packed name parts a line too, but not into so many."""


def sniff(sample: Sample, listed: FieldList | None = None) -> list[Sniffed]:
    """The file's layout, one entry a sheet that holds a table or a kind of rows. Raises `SampleError`.

    The list of fields is for text that has no header.
    """
    content = sample.path.read_bytes()
    if content.startswith((_OLE_MARK, _ZIP_MARK)):
        return _sniff_workbook(sample)
    encoding, about = find_encoding(content)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        raise SampleError(
            f"{sample.name}: is not text in any encoding known here, nor a workbook; ask the force for its format."
        ) from None
    start = text.lstrip()[:1]
    if start == "<":
        return [nesting.sniff_xml(sample, content)]
    if start in ("{", "["):
        return [nesting.sniff_json(sample, text, encoding)]
    found = sniff_delimited(sample, text, encoding, about)
    has_header = found is not None and "header" not in found.format
    if listed and not has_header:
        return list(cut_by_list(sample, text, encoding, about, listed))
    if not found or (not has_header and len(found.blocks[0].columns) < _LEAST_COLUMNS and has_even_lines(text)):
        found = sniff_fixed_width(sample, text, encoding, about) or found
    if found is None:
        raise SampleError(f"{sample.name}: no delimiter and no fixed columns were found; write 'format' by hand.")
    return [found]


def find_encoding(content: bytes) -> tuple[str, str]:
    """The encoding as the YAML names it, and how it shows."""
    for mark, name in _BOMS.items():
        if content.startswith(mark):
            return name, f"{name} with a byte order mark"
    head = content[:_HEAD_BYTES]
    for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros and zeros.count(0) > len(zeros) * 0.7:
            return name, f"{name} without a byte order mark"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        name = max(_ONE_BYTE, key=lambda name: (_likely(content, name), -_ONE_BYTE.index(name)))
        return name, f"{name}, by its letters beyond ASCII"
    return "utf-8", "utf-8" if not content.isascii() else "utf-8 (the sample is plain ASCII)"


def _likely(content: bytes, encoding: str) -> float:
    """The share of letters and marks beyond ASCII that British texts have, when the bytes are read so."""
    try:
        beyond = [character for character in content.decode(encoding) if not character.isascii()]
    except UnicodeDecodeError:
        return -1
    return sum(character in _USUAL_LETTERS for character in beyond) / max(1, len(beyond))


def _sniff_workbook(sample: Sample) -> list[Sniffed]:
    sheets = _sheets(sample.path, sample.name)
    found = []
    for sheet, rows in sheets.items():
        place = header_place(rows)
        if place is None:
            continue
        header = [" ".join(cell.split()) for cell in rows[place]]
        data = [row for row in rows[place + 1 :] if any(row)]
        trailer, data = trailer_of(data, lambda row: " ".join(filter(None, row)))
        form: dict[str, object] = {
            "type": "workbook",
            "sheet": sheet_pattern(sheet),
            "header_row": place + 1,
            **trailer,
        }
        names = [name if header.index(name) == at else f"{name} {at + 1}" for at, name in enumerate(header) if name]
        places = [at for at, name in enumerate(header) if name]
        columns = {
            name: [row[at] if at < len(row) else "" for row in data] for name, at in zip(names, places, strict=True)
        }
        about = f"workbook, sheet '{sheet}', header in row {place + 1}, {len(data):,} rows"
        found.append(Sniffed(sample, form, (Block(columns),), (about, *_said(trailer)), label=sheet))
    if not found:
        raise SampleError(f"{sample.name}: no sheet of the workbook holds a table with a header.")
    return found


def _said(trailer: dict[str, object]) -> tuple[str, ...]:
    return ("rows below the data say how many there are",) if trailer else ()


def sheet_pattern(sheet: str) -> str:
    """`*` for a date or a month in a sheet's name."""
    day = r"\d{1,4}([-_. ]\d{1,4}){2}|\d{6,8}|(?<![\d+])(19|20)\d\d(?!\d)"
    return re.sub(rf"(?:\d{{1,2}}[-_. ]?)?{MONTH}|{day}", "*", sheet, flags=re.IGNORECASE)


def _sheets(path: Path, name: str) -> dict[str, Sequence[list[str]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only workbooks need it

    try:
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            return {
                sheet: [[cell_text(cell) for cell in row] for row in book.get_sheet_by_name(sheet).iter_rows()]
                for sheet in book.sheet_names
            }
    except CalamineError:
        raise SampleError(f"{name}: the workbook is damaged or protected; ask for it again.") from None
