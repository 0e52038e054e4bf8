"""XML as it passes: each row as soon as it is whole, and little of the file in memory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lxml import etree

from csae.limits import Limits
from csae.readers.markup_places import Tags, fit, parted
from csae.readers.signatures import DOCTYPE, document_type_refused
from csae.readers.tables import ExtractError, beyond

Outside = Callable[[str, etree._Element], None]
"""Is given an element outside of rows, and its place."""
_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
BLOCK_BYTES = 1 << 16
"""Of the file, between two looks at what the parser made of it: so much of a file stands in memory as elements."""


def closed_rows(path: Path, name: str, row: str, outside: Outside, limits: Limits) -> Iterator[etree._Element]:
    """Each row once it is closed. `outside` is given the root, whose place is blank, with its attributes only, and
    each closed element outside of rows. All of them are freed once they were used.

    The parser tells of the root and of what is called as rows are, and of nothing else. Raises `ExtractError` and
    `XMLSyntaxError`.
    """
    with path.open("rb") as stream:
        root_tag = _root_tag(_Wary(stream, name, limits), name)
    passing = _Passing(name, parted(row), outside, limits)
    parser = etree.XMLPullParser(events=("start", "end"), tag=(root_tag, parted(row)[-1]), **_PARSER)
    with path.open("rb") as stream:
        wary = _Wary(stream, name, limits)
        try:
            while block := wary.read(BLOCK_BYTES):
                parser.feed(block)
                for event, element in _events(parser):
                    if event == "start":
                        if passing.begins(element):
                            wary.record_bytes = 0
                    elif element is passing.row:
                        passing.before_row()
                        yield element
                        passing.row_is_done()
                        wary.record_bytes = None
                passing.free_closed()
            parser.close()
        except etree.XMLSyntaxError:
            for _, element in _events(parser):
                passing.begins(element)
            if passing.is_too_deep():
                raise too_deep(name, limits) from None
            raise
    passing.finish()


def _events(parser: etree.XMLPullParser) -> "Iterator[tuple[str, etree._Element]]":
    return cast("Iterator[tuple[str, etree._Element]]", parser.read_events())


def _root_tag(wary: "_Wary", name: str) -> str:
    _, root = next(iter(etree.iterparse(wary, events=("start",), **_PARSER)))
    if root.getroottree().docinfo.internalDTD is not None:
        raise document_type_refused(name)
    return str(root.tag)


class _Passing:
    """What the parser has made of the file so far: a tree of which little stands, since what was used is freed."""

    def __init__(self, name: str, row: Tags, outside: Outside, limits: Limits) -> None:
        self._name, self._row_tags, self._outside, self._limits = name, row, outside, limits
        self._root: etree._Element | None = None
        self.row: etree._Element | None = None
        """The row that is open."""
        self._done: etree._Element | None = None
        """The last row that was used: it stands there, and empty, until something follows it."""

    def begins(self, element: etree._Element) -> bool:
        """Whether a row begins with this element: one at its place, not one that is only called so."""
        if self._root is None:
            self._root = element
            self._outside("", element)
        elif self.row is None and self._is_row(element):
            self.row = element
            return True
        return False

    def _is_row(self, element: etree._Element) -> bool:
        tags: list[str] = []
        above: etree._Element | None = element
        while above is not None and above is not self._root and len(tags) <= len(self._row_tags):
            tags.append(str(above.tag))
            above = above.getparent()
        return fit(tuple(reversed(tags)), self._row_tags)

    def before_row(self) -> None:
        """Use and free what stands before the row in the file."""
        ways: list[tuple[etree._Element, etree._Element]] = []
        element = self.row
        while element is not None and element is not self._root and (above := element.getparent()) is not None:
            ways.append((above, element))
            element = above
        tags: Tags = ()
        for above, element in reversed(ways):
            while (first := above[0]) is not element:
                self._use(first, (*tags, str(first.tag)))
                del above[0]
            tags = (*tags, str(element.tag))

    def row_is_done(self) -> None:
        if self.row is not None:
            self.row.clear()
        self._done, self.row = self.row, None

    def free_closed(self) -> None:
        """Use and free all but the elements that may still be open: the last one of each, from the root down."""
        element, tags = self._root, tuple[str, ...]()
        while element is not None and element is not self.row and len(element):
            if len(tags) >= self._limits.nesting:
                raise too_deep(self._name, self._limits)
            last = element[-1]
            for child in element:
                if child is not last:
                    self._use(child, (*tags, str(child.tag)))
            del element[:-1]
            element, tags = last, (*tags, str(last.tag))

    def finish(self) -> None:
        """Use what is left when the file is over."""
        for child in () if self._root is None else self._root:
            self._use(child, (str(child.tag),))

    def is_too_deep(self) -> bool:
        """Whether the elements that are open where a file breaks off stand too deep."""
        element, depth = self._root, 0
        while element is not None and len(element):
            element, depth = element[-1], depth + 1
        return depth > self._limits.nesting

    def _use(self, element: etree._Element, tags: Tags) -> None:
        """A closed element outside of rows, after all that it holds."""
        if element is self._done:
            return
        if len(tags) > self._limits.nesting:
            raise too_deep(self._name, self._limits)
        for child in element:
            self._use(child, (*tags, str(child.tag)))
        self._outside("/".join(tags), element)


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


def too_deep(name: str, limits: Limits) -> ExtractError:
    return beyond(name, "elements stand within one another, deeper than the", limits, "nesting")
