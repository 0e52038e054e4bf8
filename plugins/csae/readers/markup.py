"""XML: one element a record below the root, people nested in it; streamed, without DTDs, entities or the network."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from csae.limits import Limits
from csae.readers.nested import RecordPlaces, RecordRows, batch, check_places
from csae.readers.signatures import DOCTYPE, document_type_refused
from csae.readers.tables import BATCH_ROWS, VALUE_SEPARATOR, Batch, ExtractError, beyond, count_in
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
_ANY_NAMESPACE = "{*}"
_NAMESPACE = re.compile(r"\{[^}]*\}")
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
"""Its attributes are about the XML: `xsi:nil` says of an empty element that it is empty."""


class _Places:
    """Places as the YAML names them; one with `{*}` before its tags is met in any namespace, or in none."""

    def __init__(self, places: Iterable[str]) -> None:
        named = list(places)
        self._exact = {place for place in named if _ANY_NAMESPACE not in place}
        self._local = {place.replace(_ANY_NAMESPACE, ""): place for place in named if _ANY_NAMESPACE in place}
        self._above = {above for place in self._exact for above in _above(place)}
        self._above_local = {above for place in self._local for above in _above(place)}

    def __contains__(self, place: str) -> bool:
        return place in self._exact or (bool(self._local) and _NAMESPACE.sub("", place) in self._local)

    def as_named(self, place: str) -> str:
        """A place of the file as the YAML writes it, so that what was met can be told from what is missing."""
        return place if place in self._exact else self._local.get(_NAMESPACE.sub("", place), place)

    def are_below(self, place: str) -> bool:
        return place in self._above or (bool(self._local) and _NAMESPACE.sub("", place) in self._above_local)


def _above(place: str) -> Iterator[str]:
    """The elements that a place stands in; a `/` within a namespace parts nothing."""
    for slash in re.finditer(r"/(?![^{]*\})", place):
        yield place[: slash.start()]


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
    nested = _Places(record.each for record in places if record.each)
    rows = RecordRows[etree._Element](places, etree._Element.findall, _value)
    known = _Places([*wanted, form.row, *filter(None, [form.row_count])])
    met: dict[str, bool] = {}
    limits = Limits.current()
    for element in _elements(path, name, form, met):
        rows.add(element)
        _meet(met, element, nested)
        check_places(name, met, limits)
        if rows.height >= BATCH_ROWS:
            yield _batch(name, rows, met, known)
    yield _batch(name, rows, met, known)


def _batch(name: str, rows: RecordRows[etree._Element], met: dict[str, bool], known: _Places) -> Batch:
    """An element that holds wanted ones is unexpected only if it has a text of its own."""
    made = batch(name, rows, met, ())
    unexpected = [
        place for place, has_text in met.items() if place not in known and (has_text or not known.are_below(place))
    ]
    columns = tuple(dict.fromkeys(map(known.as_named, made.columns)))
    return replace(made, columns=columns, unexpected_columns=tuple(unexpected))


def _with_every_place(path: Path, name: str, form: MarkupFormat, places: Sequence[RecordPlaces]) -> list[RecordPlaces]:
    nested = _Places(record.each for record in places if record.each)
    met: list[dict[str, bool]] = [{} for _ in places]
    limits = Limits.current()
    for element in _elements(path, name, form, {}):
        for record, found in zip(places, met, strict=True):
            for item in element.findall(record.each) if record.each else [element]:
                _meet(found, item, _Places(()) if record.each else nested, with_nested=False)
                check_places(name, found, limits)
    return [replace(record, columns=tuple(found)) for record, found in zip(places, met, strict=True)]


def _elements(path: Path, name: str, form: MarkupFormat, met: dict[str, bool]) -> Iterator[etree._Element]:
    """Each row element; their number must be the declared one. Elements outside that hold no others go into `met`."""
    rows = _Places([form.row])
    count_at, _, attribute = (form.row_count or "").partition("@")
    counts = _Places([count_at.rstrip("/")] if form.row_count else [])
    said: list[str | None] = []
    found = 0
    limits = Limits.current()
    for place, element in _closed(path, name, rows):
        if place in rows:
            found += 1
            yield element
        elif place in counts:
            said.append(element.get(attribute) if attribute else element.text)
        elif place and not len(element):
            check_places(name, met, limits)
            met[place] = met.get(place, False) or _has_text(element)
    if form.row_count and {count_in(text) for text in said} != {found}:
        remedy = "" if found else ", or correct 'row' in the YAML"
        raise ExtractError(
            "row_count_wrong",
            f"{name}: the number of {form.row} elements, {found}, is not the one that {form.row_count} says. "
            f"Ask the force to send the file again{remedy}.",
        )


def _closed(path: Path, name: str, rows: _Places) -> Iterator[tuple[str, etree._Element]]:
    """The root, whose place is blank, with its attributes only; then each row and each element outside of rows.

    They are freed once they were used.
    """
    tags: list[str] = []
    """The elements that are open, below the root."""
    row_depth = 0
    """How many of them when a row is open, else 0."""
    is_root = True
    limits = Limits.current()
    try:
        with path.open("rb") as stream:
            wary = _Wary(stream, name, limits)
            for event, element in etree.iterparse(
                wary,
                events=("start", "end"),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            ):
                if is_root:
                    is_root = False
                    if element.getroottree().docinfo.internalDTD is not None:
                        raise document_type_refused(name)
                    yield "", element
                elif event == "start":
                    tags.append(str(element.tag))
                    if len(tags) > limits.nesting:
                        raise beyond(name, "elements stand within one another, deeper than the", limits, "nesting")
                    if not row_depth and "/".join(tags) in rows:
                        row_depth, wary.record_bytes = len(tags), 0
                elif tags:
                    if row_depth in (0, len(tags)):
                        yield "/".join(tags), element
                        row_depth, wary.record_bytes = 0, None
                        _free(element)
                    tags.pop()
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ExtractError(
            "file_unreadable",
            f"{name}: the XML breaks off or is wrong{f' at line {line}' if line else ''}. "
            "Ask the force to send the file again.",
        ) from None


def _free(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _value(element: etree._Element, path: str) -> str | None:
    """The text at `@attribute`, `Tag`, `Tag/Tag` or `Tag/@attribute`; several are parted by `VALUE_SEPARATOR`."""
    tags, _, attribute = path.partition("@")
    tags = tags.rstrip("/")
    found = element.findall(tags) if tags else [element]
    texts = [item.get(attribute) if attribute else item.text for item in found]
    return VALUE_SEPARATOR.join(text.strip() for text in texts if isinstance(text, str) and text.strip()) or None


def _meet(
    met: dict[str, bool], element: etree._Element, nested: _Places, above: str = "", *, with_nested: bool = True
) -> None:
    """Note every place that holds a value, as the YAML would name it, and whether that is a text.

    Places in a nested record start at that record.
    """
    for attribute in map(str, element.attrib):
        if not attribute.startswith(_SCHEMA_INSTANCE):
            met[f"{above}@{attribute}"] = True
    for child in element:
        place = f"{above}{child.tag}"
        is_parted = len(child) > 0 or bool(child.attrib)
        if place in nested:
            if with_nested:
                _meet(met, child, _Places(()))
        elif is_parted:
            if _has_text(child):
                met[place] = True
            _meet(met, child, nested, f"{place}/", with_nested=with_nested)
        elif not met.get(place):
            met[place] = _has_text(child)


def _has_text(element: etree._Element) -> bool:
    return bool(element.text and element.text.strip())


class _Wary:
    """The file for the parser, which gets no block in which a document type is declared, and no record without end."""

    def __init__(self, stream: BinaryIO, name: str, limits: Limits) -> None:
        self._stream, self._name, self._limits = stream, name, limits
        self._tail = b""
        self.record_bytes: int | None = None
        """Read since a record began; None between records."""

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        text = self._tail + block.replace(b"\0", b"")
        if DOCTYPE in text:
            raise document_type_refused(self._name)
        self._tail = text[-len(DOCTYPE) :]
        if self.record_bytes is not None:
            self.record_bytes += len(block)
            if self.record_bytes > self._limits.record_characters:
                raise beyond(self._name, "a record has more characters than the", self._limits, "record_characters")
        return block


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
