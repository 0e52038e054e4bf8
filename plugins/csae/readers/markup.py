"""XML: one element a record below the root, people nested in it; streamed, without DTDs, entities or the network."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from lxml import etree

from csae.readers.tables import BATCH_ROWS, CRIME_ROW_NUMBER, VALUE_SEPARATOR, Batch, ExtractError, text_frame
from csae.sources.formats import MarkupFormat

Places = list[tuple[str | None, tuple[str, ...]]]
"""For each record: the element below the row that repeats, if any, and the places read in it."""
_HEAD_BYTES = 1 << 16


def read(path: Path, name: str, form: MarkupFormat, places: Places, wanted: dict[str, bool]) -> Iterator[Batch]:
    """Batches with a table for each kind of record.

    The row number of a record is its place among its kind in the file, from 1. A nested table also has
    `CRIME_ROW_NUMBER`, the record that it stands in. Raises `ExtractError`.
    """
    _refuse_document_type(path, name)
    nested = frozenset(each for each, _ in places if each)
    counters: dict[bool, int] = {True: 0, False: 0}
    rows = [_Rows(columns, each, counters) for each, columns in places]
    seen: dict[str, None] = {}
    for number, element in enumerate(_elements(path, name, form, seen), start=1):
        for collected in rows:
            collected.add(element, number)
        seen.update(dict.fromkeys(_paths_in(element, nested)))
        if max(len(collected.numbers) for collected in rows) >= BATCH_ROWS:
            yield _batch(rows, seen, wanted)
    yield _batch(rows, seen, wanted)


def _batch(rows: "list[_Rows]", seen: dict[str, None], wanted: dict[str, bool]) -> Batch:
    return Batch(tuple(collected.take() for collected in rows), tuple(seen), _unexpected(seen, wanted))


class _Rows:
    """Rows of one record, collected column by column."""

    def __init__(self, columns: tuple[str, ...], each: str | None, counters: dict[bool, int]) -> None:
        self.each = each
        self.counters = counters
        """How many nested records there were, and how many others: people share one numbering."""
        self.columns: dict[str, list[str | None]] = {column: [] for column in columns}
        self.numbers: list[int] = []
        self.parents: list[int] = []

    def add(self, element: etree._Element, parent: int) -> None:
        for item in element.findall(self.each) if self.each else (element,):
            self.counters[bool(self.each)] += 1
            self.numbers.append(self.counters[bool(self.each)])
            self.parents.append(parent)
            for column, values in self.columns.items():
                values.append(_value(item, column))

    def take(self) -> pl.DataFrame:
        frame = text_frame(dict(self.columns), self.numbers)
        if self.each:
            frame = frame.with_columns(pl.Series(CRIME_ROW_NUMBER, self.parents, dtype=pl.Int64()))
        self.columns = {column: [] for column in self.columns}
        self.numbers, self.parents = [], []
        return frame


def _elements(path: Path, name: str, form: MarkupFormat, seen: dict[str, None]) -> Iterator[etree._Element]:
    """Each row element below the root, freed once it was used; the count that the root declares is checked.

    The names of other elements below the root go into `seen`.
    """
    count = 0
    root: etree._Element | None = None
    try:
        with path.open("rb") as stream:
            events = etree.iterparse(
                stream,
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
                remove_comments=True,
                remove_pis=True,
            )
            for _, element in events:
                if root is None:
                    tree = element.getroottree()
                    root = tree.getroot()
                    if tree.docinfo.internalDTD is not None:
                        raise _document_type_refused(name)
                if element.getparent() is not root:
                    continue
                if element.tag == form.row:
                    count += 1
                    yield element
                else:
                    seen[str(element.tag)] = None
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise ExtractError(
            "file_unreadable",
            f"{name}: the XML breaks off or is wrong{f' at line {line}' if line else ''}. "
            "Ask the force to send the file again.",
        ) from None
    if form.row_count and str(events.root.get(form.row_count.lstrip("@"))) != str(count):
        raise ExtractError(
            "row_count_wrong",
            f"{name}: the number of {form.row} elements, {count}, is not the one that {form.row_count} says. "
            "Ask the force to send the file again.",
        )


def _value(element: etree._Element, path: str) -> str | None:
    """The text at `@attribute`, `Tag`, `Tag/Tag` or `Tag/@attribute`; several are parted by `VALUE_SEPARATOR`."""
    tags, _, attribute = path.partition("@")
    tags = tags.rstrip("/")
    found = element.findall(tags) if tags else [element]
    texts = [item.get(attribute) if attribute else item.text for item in found]
    return VALUE_SEPARATOR.join(text.strip() for text in texts if isinstance(text, str) and text.strip()) or None


def _paths_in(element: etree._Element, nested: frozenset[str], above: str = "") -> Iterator[str]:
    """Every path that holds a value, as the YAML would name it; paths in a nested record start at that record."""
    for attribute in map(str, element.attrib):
        yield f"{above}@{attribute}"
    for child in element:
        if f"{above}{child.tag}" in nested:
            yield from _paths_in(child, frozenset())
        elif len(child) or child.attrib:
            yield from _paths_in(child, nested, f"{above}{child.tag}/")
        else:
            yield f"{above}{child.tag}"


def _unexpected(seen: dict[str, None], wanted: dict[str, bool]) -> tuple[str, ...]:
    containers = {path.rsplit("/", 1)[0] for path in wanted if "/" in path}
    return tuple(path for path in seen if path not in wanted and path not in containers)


def _refuse_document_type(path: Path, name: str) -> None:
    """Before parsing, as far as it shows in the first bytes; what hides further on is met with the first element."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head.strip():
        raise ExtractError("file_empty", f"{name}: the file is empty. Ask the force to send it again.")
    if b"<!DOCTYPE" in head.replace(b"\x00", b""):
        raise _document_type_refused(name)


def _document_type_refused(name: str) -> ExtractError:
    return ExtractError(
        "document_type_refused",
        f"{name}: the XML declares a document type, which can make a reader fetch or unfold other data. "
        "Ask the force to send it without <!DOCTYPE>.",
    )
