"""The records of XML: one walk over the elements of each row, by what earlier rows have taught of their places."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from lxml import etree

from csae.limits import Limits
from csae.readers.markup_places import Tags, fit, named, parted
from csae.readers.markup_stream import too_deep
from csae.readers.nested import RecordPlaces, check_places, record_frame, too_many_places
from csae.readers.tables import VALUE_SEPARATOR

_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
"""Its attributes are about the XML: `xsi:nil` says of an empty element that it is empty."""


_ABOVE_EACH = 4
"""So many places may be learnt for each that a layout can have: a place is met, or others stand in it."""


class _Group:
    """The records that stand at one place: of each the values, in the order of its columns.

    All values stand in one list, record after record: a list for each record costs more to keep than to fill.
    """

    def __init__(self, each: str | None, columns: Iterable[str]) -> None:
        self.tags = parted(each or "")
        self.columns = tuple(dict.fromkeys(columns))
        self.blank: list[str | None] = [None] * len(self.columns)
        self.values: list[str | None] = []
        self.start = 0
        """Where the values of the record stand that is being walked."""
        self.count = 0

    def begin(self) -> None:
        self.start = len(self.values)
        self.values += self.blank
        self.count += 1

    def column(self, column: str) -> list[str | None]:
        return self.values[self.columns.index(column) :: len(self.columns)]

    def clear(self) -> None:
        self.values.clear()
        self.count = 0

    def slots(self, tags: Tags, attribute: str) -> list["_Slot"]:
        """The columns of what stands at these tags below the row, when that is at or below this group's place."""
        return [
            (self, self.values, at)
            for at, (wanted, _, wanted_attribute) in enumerate(column.partition("@") for column in self.columns)
            if wanted_attribute == attribute and fit(tags, self.tags + parted(wanted.rstrip("/")))
        ]


_Slot = tuple[_Group, list[str | None], int]
"""A group, its values, and the place of a column in each of its records."""


class _Place:
    """What was learnt of an element, or an attribute, at one place below the row."""

    __slots__ = (
        "attribute",
        "attributes",
        "begins",
        "below",
        "is_met",
        "is_nested",
        "met_as",
        "slots",
        "tags",
        "texts",
    )

    def __init__(self, tags: Tags, attribute: str, groups: Sequence[_Group]) -> None:
        self.tags, self.attribute = tags, attribute
        self.below: dict[str, _Place] = {}
        self.attributes: dict[str, _Place] = {}
        self.slots = [slot for group in groups for slot in group.slots(tags, attribute)]
        """Where its text goes."""
        nested = [group for group in groups if group.tags]
        self.begins = [] if attribute else [group for group in nested if fit(tags, group.tags)]
        """The groups of which it is a record."""
        above = [len(group.tags) for group in nested if fit(tags[: len(group.tags)], group.tags)]
        self.is_nested = bool(above)
        self.met_as = named(tags[min(above, default=0) :], attribute)
        """Its place as the YAML would name it, which in a nested record starts at that record; blank for a record."""
        is_silent = not self.met_as or attribute.startswith(_SCHEMA_INSTANCE)
        self.is_met = self.texts = is_silent
        """Whether it is known to have been met, and with a text."""


class MarkupRows:
    """The records of the rows, collected until they make a batch, and every place that was met in them."""

    def __init__(self, name: str, records: Sequence[RecordPlaces], met: dict[str, bool], row_depth: int) -> None:
        """`met` says of each place, as the YAML would name it, whether it holds a text."""
        self._name, self._records, self._met, self._row_depth = name, records, met, row_depth
        self._limits = Limits.current()
        columns: dict[str | None, list[str]] = {}
        for record in records:
            columns.setdefault(record.each, []).extend(record.columns)
        groups = {each: _Group(each, wanted) for each, wanted in columns.items()}
        self._groups = tuple(groups.values())
        self._group_of = [groups[record.each] for record in records]
        self._of_rows = [group for group in self._groups if not group.tags]
        self._numbers: list[list[int]] = [[] for _ in records]
        self._parents: list[list[int]] = [[] for _ in records]
        self._kept = tuple(zip(records, self._group_of, self._numbers, self._parents, strict=True))
        self._rows, self._people, self._rows_taken = 0, 0, 0
        self._top = _Place((), "", self._groups)
        self._places_met: list[_Place] = []
        self._learnt = 0

    @property
    def height(self) -> int:
        return max(map(len, self._numbers))

    def add(self, row: etree._Element) -> None:
        """Raises `ExtractError` for elements that stand too deep, and for more places than a layout can have."""
        self._rows += 1
        for group in self._of_rows:
            group.begin()
        attributes: Any = row.items()
        self._note_attributes(attributes, self._top)
        self._walk(row, self._top, self._row_depth + 1)
        for record, group, numbers, parents in self._kept:
            new = group.count - len(numbers)
            parents.extend([self._rows] * new)
            if record.has_own_numbers:
                numbers.extend(range(self._people + 1, self._people + new + 1))
                self._people += new
            else:
                numbers.extend([self._rows] * new)

    def take(self) -> tuple[tuple[pl.DataFrame, ...], int]:
        """A table for each record, and how many rows they are from; none of them is given again."""
        frames = tuple(
            record_frame(record, {column: group.column(column) for column in record.columns}, numbers, parents)
            for record, group, numbers, parents in self._kept
        )
        for group in self._groups:
            group.clear()
        for kept in (*self._numbers, *self._parents):
            kept.clear()
        rows, self._rows_taken = self._rows - self._rows_taken, self._rows
        return frames, rows

    def places(self, each: str | None) -> tuple[str, ...]:
        """Every place met in the records that stand at a place, in the order in which they were first met."""
        at = parted(each or "")
        return tuple(
            dict.fromkeys(
                named(place.tags[len(at) :], place.attribute)
                for place in self._places_met
                if (fit(place.tags[: len(at)], at) if at else not place.is_nested)
            )
        )

    def _walk(self, element: etree._Element, place: _Place, depth: int) -> None:
        """The one loop that every element passes: what it needs to know of a place is found in one look-up."""
        if depth > self._limits.nesting and len(element):
            raise too_deep(self._name, self._limits)
        known_below = place.below.get
        for child in element:
            at = known_below(child.tag) or self._learn(place, child.tag)
            text = child.text
            if text and (text := text.strip()):
                for group, values, column in at.slots:
                    where = group.start + column
                    known = values[where]
                    values[where] = text if known is None else f"{known}{VALUE_SEPARATOR}{text}"
                if not at.texts:
                    self._meet(at, has_text=True)
            for group in at.begins:
                group.begin()
            attributes: Any = child.items()
            if attributes:
                self._note_attributes(attributes, at)
            if len(child):
                self._walk(child, at, depth + 1)
            elif not (at.is_met or attributes or at.begins):
                self._meet(at, has_text=False)

    def _note_attributes(self, attributes: Sequence[tuple[str, str]], of: _Place) -> None:
        known_of = of.attributes.get
        for key, value in attributes:
            at = known_of(key) or self._learn_attribute(of, key)
            if at.slots and (text := value.strip()):
                for group, values, column in at.slots:
                    where = group.start + column
                    known = values[where]
                    values[where] = text if known is None else f"{known}{VALUE_SEPARATOR}{text}"
            if not at.texts:
                self._meet(at, has_text=True)

    def _learn(self, above: _Place, tag: str) -> _Place:
        self._learnt += 1
        if self._learnt > self._limits.columns * _ABOVE_EACH:
            raise too_many_places(self._name, self._limits)
        above.below[tag] = _Place((*above.tags, str(tag)), "", self._groups)
        return above.below[tag]

    def _learn_attribute(self, of: _Place, key: str) -> _Place:
        of.attributes[key] = _Place(of.tags, key, self._groups)
        return of.attributes[key]

    def _meet(self, place: _Place, *, has_text: bool) -> None:
        if not place.is_met:
            self._places_met.append(place)
        place.is_met, place.texts = True, has_text
        note(self._name, self._met, place.met_as, has_text, self._limits)


def note(name: str, met: dict[str, bool], place: str, has_text: bool, limits: Limits) -> None:
    """A place was met. Raises `ExtractError` for more places than a layout can have."""
    met[place] = has_text or met.get(place, False)
    check_places(name, met, limits)
