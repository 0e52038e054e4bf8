"""XML: one element a record below the root, people nested in it; streamed, without DTDs, entities or the network."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from csae.limits import Limits
from csae.readers.markup_places import Places, parted
from csae.readers.markup_rows import MarkupRows, note
from csae.readers.markup_stream import closed_rows
from csae.readers.nested import RecordPlaces, batch
from csae.readers.tables import BATCH_ROWS, Batch, ExtractError, count_in
from csae.sources.formats import MarkupFormat

_HEAD_BYTES = 1 << 16
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)["']""")
_ENCODINGS = frozenset(
    {
        *("utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "windows-1252", "cp1252"),
        *("iso-8859-1", "iso-8859-14", "iso-8859-15"),
    }
)
"""In which a `<` is the byte of ASCII, perhaps with zero bytes beside it: others could hide a document type."""


def read(
    path: Path, name: str, form: MarkupFormat, places: Sequence[RecordPlaces], wanted: dict[str, bool] | None
) -> Iterator[Batch]:
    """Batches with a table for each record; without `wanted`, every place of a record is in its table.

    Raises `ExtractError`.
    """
    _check_head(path, name)
    if wanted is None:
        places = _with_every_place(path, name, form, places)
        wanted = {place: True for record in places for place in record.columns}
    known = Places([*wanted, form.row, *filter(None, [form.row_count])])
    met: dict[str, bool] = {}
    rows = MarkupRows(name, places, met, _depth(form.row))
    for element in _elements(path, name, form, met):
        rows.add(element)
        if rows.height >= BATCH_ROWS:
            yield _batch(name, rows, met, known)
    yield _batch(name, rows, met, known)


def _batch(name: str, rows: MarkupRows, met: dict[str, bool], known: Places) -> Batch:
    """An element that holds wanted ones is unexpected only if it has a text of its own."""
    made = batch(name, rows, met, ())
    unexpected = [
        place for place, has_text in met.items() if place not in known and (has_text or not known.are_below(place))
    ]
    columns = tuple(dict.fromkeys(map(known.as_named, made.columns)))
    return replace(made, columns=columns, unexpected_columns=tuple(unexpected))


def _with_every_place(path: Path, name: str, form: MarkupFormat, places: Sequence[RecordPlaces]) -> list[RecordPlaces]:
    rows = MarkupRows(name, [replace(record, columns=()) for record in places], {}, _depth(form.row))
    for element in _elements(path, name, form, {}):
        rows.add(element)
        if rows.height >= BATCH_ROWS:
            rows.take()
    return [replace(record, columns=rows.places(record.each)) for record in places]


def _depth(row: str) -> int:
    return len(parted(row))


def _elements(path: Path, name: str, form: MarkupFormat, met: dict[str, bool]) -> Iterator[etree._Element]:
    """Each row element; their number must be the declared one. Elements outside that hold no others go into `met`."""
    count_at, _, attribute = (form.row_count or "").partition("@")
    counts = Places([count_at.rstrip("/")] if form.row_count else [])
    said: list[str | None] = []
    limits = Limits.current()

    def outside(place: str, element: etree._Element) -> None:
        if place in counts:
            said.append(element.get(attribute) if attribute else element.text)
        elif place and not len(element):
            note(name, met, place, bool(element.text and element.text.strip()), limits)

    found = 0
    try:
        for row in closed_rows(path, name, form.row, outside, limits):
            found += 1
            yield row
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ExtractError(
            "file_unreadable",
            f"{name}: the XML breaks off or is wrong{f' at line {line}' if line else ''}. "
            "Ask the force to send the file again.",
        ) from None
    if form.row_count and {count_in(text) for text in said} != {found}:
        remedy = "" if found else ", or correct 'row' in the YAML"
        raise ExtractError(
            "row_count_wrong",
            f"{name}: the number of {form.row} elements, {found}, is not the one that {form.row_count} says. "
            f"Ask the force to send the file again{remedy}.",
        )


def _check_head(path: Path, name: str) -> None:
    """Before parsing: that the file begins as XML does, in an encoding that can hide nothing."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.removeprefix(mark)
    text = head.replace(b"\0", b"").lstrip()
    if not text:
        raise ExtractError("file_empty", f"{name}: the file is empty. Ask the force to send it again.")
    if not text.startswith(b"<"):
        raise ExtractError(
            "file_unreadable", f"{name}: the file does not begin as XML does. Ask the force to send the file again."
        )
    declared = _ENCODING.match(text)
    if declared and declared[1].decode("latin-1").strip().lower() not in _ENCODINGS:
        raise ExtractError(
            "encoding_wrong",
            f"{name}: the XML says that it is in another encoding than those that are read: "
            f"{', '.join(sorted(_ENCODINGS))}. Ask the force for UTF-8.",
        )
