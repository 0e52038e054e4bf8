"""XML: one element a record below the root, people nested in it; streamed, without DTDs, entities or the network."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree

from csae.readers.nested import RecordPlaces, RecordRows, batch
from csae.readers.tables import BATCH_ROWS, VALUE_SEPARATOR, Batch, ExtractError
from csae.sources.formats import MarkupFormat

_HEAD_BYTES = 1 << 16


def read(
    path: Path, name: str, form: MarkupFormat, places: Sequence[RecordPlaces], wanted: dict[str, bool]
) -> Iterator[Batch]:
    """Batches with a table for each record. Raises `ExtractError`."""
    _refuse_document_type(path, name)
    nested = frozenset(record.each for record in places if record.each)
    rows = RecordRows[etree._Element](places, etree._Element.findall, _value)
    seen: dict[str, None] = {}
    for element in _elements(path, name, form, seen):
        rows.add(element)
        seen.update(dict.fromkeys(_paths_in(element, nested)))
        if rows.height >= BATCH_ROWS:
            yield batch(name, rows, seen, wanted)
    yield batch(name, rows, seen, wanted)


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
