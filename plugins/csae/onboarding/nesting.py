"""XML and JSON: which place repeats as the record, and where people are nested in it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from csae.onboarding.headers import tokens_of
from csae.onboarding.samples import Sample, SampleError
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.value_words import PERSON_PLACES
from csae.readers.tables import VALUE_SEPARATOR

_LEAST_LEAVES = 3
"""A place of people has at least as many values; less that repeats is a value of the record that repeats."""
Tree = Mapping[str, Any]
"""A record: a text, a list of texts, a tree or a list of trees by its key or tag; attributes begin with `@`."""


@dataclass
class _Place:
    most: int = 0
    """How often it repeats in one record."""
    leaves: set[str] = field(default_factory=set)


def sniff_xml(sample: Sample, content: bytes) -> Sniffed:
    """Raises `SampleError`."""
    if b"<!DOCTYPE" in content.replace(b"\0", b"")[:4096]:
        raise SampleError(f"{sample.name}: declares a document type, which is refused; ask for it without <!DOCTYPE>.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise SampleError(f"{sample.name}: the XML breaks off or is wrong at line {error.position[0]}.") from None
    places: Counter[str] = Counter()
    _count_places(root, "", places)
    row = max(places, key=lambda place: (places[place] > 1, -place.count("/"), places[place]), default=None)
    if row is None:
        raise SampleError(f"{sample.name}: the XML has no element below its root that could be a record.")
    elements = root.findall(row)
    form: dict[str, object] = {"type": "xml", "row": row}
    count = _xml_count(root, row, len(elements))
    if count:
        form["row_count"] = count
    return _nested(sample, form, [_tree(element) for element in elements], f"XML, a record is <{row}>", count)


def _count_places(element: Any, above: str, places: Counter[str]) -> None:
    """How often each element with something in it repeats below one parent; what repeats is not looked into."""
    own = Counter(str(child.tag) for child in element)
    for tag, times in own.items():
        place = f"{above}{tag}"
        first = element.find(tag)
        if len(first) or first.attrib:
            places[place] = max(places[place], times)
            if times == 1:
                _count_places(first, f"{place}/", places)


def _xml_count(root: Any, row: str, count: int) -> str | None:
    for name, value in root.attrib.items():
        if value.strip() == str(count):
            return f"@{name}"
    tree = root.getroottree()
    for element in root.iter():
        place = "" if element is root else tree.getelementpath(element)
        if place == row or place.startswith((f"{row}/", f"{row}[")):
            continue
        for name, value in element.attrib.items():
            if place and value.strip() == str(count):
                return f"{place}/@{name}"
        if place and len(element) == 0 and (element.text or "").strip() == str(count):
            return str(place)
    return None


def _tree(element: Any) -> Tree | str:
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        value = _tree(child)
        if child.tag in found:
            found[child.tag] = [
                *(found[child.tag] if isinstance(found[child.tag], list) else [found[child.tag]]),
                value,
            ]
        else:
            found[child.tag] = value
    text = (element.text or "").strip()
    if not found:
        return text
    if text:
        found[""] = text
    return found


def sniff_json(sample: Sample, text: str, encoding: str) -> Sniffed:
    """One document, or a record a line. Raises `SampleError`."""
    try:
        lines = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
        is_lines = bool(lines) and all(isinstance(line, dict) for line in lines)
    except ValueError:
        is_lines = False
    form: dict[str, object] = {"type": "ndjson" if is_lines else "json"}
    if encoding != "utf-8":
        form["encoding"] = encoding
    if is_lines and (len(lines) > 1 or _records_in(lines[0]) is None):
        return _nested(sample, form, lines, "NDJSON, a record a line", None)
    form["type"] = "json"
    try:
        document = json.loads(text, parse_float=str)
    except ValueError:
        raise SampleError(f"{sample.name}: the JSON breaks off or is wrong; ask for the file again.") from None
    found = ("", document) if isinstance(document, list) else _records_in(document)
    if found is None:
        raise SampleError(f"{sample.name}: the JSON has no list of records.")
    row, records = found
    if row:
        form["row"] = row
    count = _json_count(document, "", len(records), row) if isinstance(document, dict) else None
    if count:
        form["row_count"] = count
    return _nested(sample, form, records, "JSON" + (f", records below '{row}'" if row else ""), count)


def _records_in(document: Tree, above: str = "") -> tuple[str, list[Any]] | None:
    """The longest list of trees, nearest to the top."""
    lists = [
        (f"{above}{key}", value)
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    ]
    if lists:
        return max(lists, key=lambda item: len(item[1]))
    deeper = [_records_in(value, f"{above}{key}/") for key, value in document.items() if isinstance(value, dict)]
    return next((found for found in deeper if found), None)


def _json_count(document: Tree, above: str, count: int, row: str) -> str | None:
    for key, value in document.items():
        if isinstance(value, dict):
            inner = _json_count(value, f"{above}{key}/", count, row)
            if inner:
                return inner
        elif f"{above}{key}" != row and not isinstance(value, bool | list) and str(value) == str(count):
            return f"{above}{key}"
    return None


def _nested(sample: Sample, form: dict[str, object], records: Sequence[Any], what: str, count: str | None) -> Sniffed:
    trees = [record for record in records if isinstance(record, Mapping)]
    places: dict[str, _Place] = {}
    for tree in trees:
        _look(tree, "", places)
    people = [place for place, about in places.items() if _is_of_people(place, about)]
    people = [place for place in people if not _only_wraps(place, places[place], people)]
    outer = [place for place in people if not any(place.startswith(f"{other}/") for other in people)]
    blocks = [Block(_columns(trees, frozenset(outer)))]
    for place in outer:
        rows = [item for tree in trees for item in _at(tree, place) if isinstance(item, Mapping)]
        blocks.append(Block(_columns(rows, frozenset()), each=place, role=_role(place)))
    found = [what, f"{len(trees):,} records"]
    found += [f"people nested in '{block.each}': {block.rows:,}" for block in blocks[1:]]
    if count:
        found.append(f"the number of records stands in '{count}'")
    return Sniffed(sample, form, tuple(blocks), tuple(found))


def _look(tree: Tree, above: str, places: dict[str, _Place]) -> None:
    for key, value in tree.items():
        place = f"{above}{key}"
        items = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Mapping)]
        if not items:
            continue
        about = places.setdefault(place, _Place())
        about.most = max(about.most, len(items) if isinstance(value, list) else 1)
        for item in items:
            about.leaves.update(name for name, inner in _leaves(item, ""))
            _look(item, f"{place}/", places)


def _is_of_people(place: str, about: _Place) -> bool:
    tag = place.rsplit("/", 1)[-1].rsplit("}", 1)[-1]
    is_named = bool({*tokens_of(tag)} & PERSON_PLACES.keys())
    return len(about.leaves) >= _LEAST_LEAVES and (about.most > 1 or is_named) and (is_named or len(about.leaves) > 4)


def _only_wraps(place: str, about: _Place, people: list[str]) -> bool:
    """`Participants` has nothing of its own: all of it is in `Participants/Participant`."""
    inner = [f"{other[len(place) + 1 :]}/" for other in people if other.startswith(f"{place}/")]
    return bool(inner) and all(leaf.startswith(tuple(inner)) for leaf in about.leaves)


def _role(place: str) -> str | None:
    roles = {role for token in tokens_of(place) if (role := PERSON_PLACES.get(token))}
    return roles.pop() if len(roles) == 1 else None


def _at(tree: Any, place: str) -> Iterator[Any]:
    key, _, rest = place.partition("/")
    value = tree.get(key) if isinstance(tree, Mapping) else None
    for item in value if isinstance(value, list) else [value]:
        if item is not None:
            yield from _at(item, rest) if rest else iter((item,))


def _leaves(tree: Tree, above: str, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """`(place, text)` of every value; the text of an element that has attributes too is the element's own place."""
    for key, value in tree.items():
        place = f"{above}{key}" if key else above.rstrip("/")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                if place not in without:
                    yield from _leaves(item, f"{place}/", without)
            elif not isinstance(item, list):
                yield place, _text(item)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def _columns(rows: Sequence[Tree], without: frozenset[str]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for at, tree in enumerate(rows):
        cells: dict[str, list[str]] = {}
        for place, text in _leaves(tree, "", without):
            cells.setdefault(place, []).extend([text] if text else [])
        for place, texts in cells.items():
            columns.setdefault(place, [""] * at).append(VALUE_SEPARATOR.join(texts))
        for values in columns.values():
            if len(values) == at:
                values.append("")
    above = {place.rsplit("/", 1)[0] for place in columns if "/" in place}
    return {place: cells for place, cells in columns.items() if place not in above or any(cells)}
