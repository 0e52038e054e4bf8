"""What a layout can say: the file formats, and the words in which a force writes what it records.

A field is one of those in `fields`; a layout says which it writes where, under which name and in which words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Any, Literal

from csae.synthetic.people import Missing

EXCEL = "excel"
"""As a date style: the day number of a real Excel date."""
EXCEL_TEXT = "excel_text"
"""The same number, written as text."""
UTC = "utc"
"""A moment of the day in London, written in UTC: early on a summer's day that is the day before."""
Of = Literal["crimes", "people", "suspects", "victims", "cases"]


@dataclass(frozen=True)
class Column:
    header: str
    field: str
    """A field's name, or `=` and a word that is the same in every row."""
    kind: Literal["text", "number", "date", "flag"] = "text"
    """How a workbook or a JSON document writes the cell, where it can."""
    width: int = 0
    """Characters, in a file of fixed width."""


@dataclass(frozen=True)
class Table:
    """One delimited file, one sheet, or one kind of line in a file of fixed width.

    `name` and the lines above and below the table are formatted with the delivery's `day` and the number of `rows`
    (known only below).
    """

    name: str
    of: Of
    columns: tuple[Column, ...]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delimited:
    tables: tuple[Table, ...]
    separator: str
    encoding: str = "utf-8"
    quoting: Literal["needed", "all", "none"] = "needed"
    has_header: bool = True
    line_end: str = "\r\n"


@dataclass(frozen=True)
class FixedWidth:
    """One file. With several tables a crime's line is followed by those of its people."""

    name: str
    tables: tuple[Table, ...]
    encoding: str = "utf-8"
    line_end: str = "\r\n"


@dataclass(frozen=True)
class Markup:
    """One file of people nested in crimes. The templates name fields in braces; `pieces` are named in braces too
    and left out where the field they begin with is empty. `opening` also knows `day` and `occurrences`, and
    `crime` knows `people`."""

    name: str
    opening: str
    crime: str
    person: str
    pieces: Mapping[str, tuple[str, str]]
    closing: str
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Workbook:
    """One workbook of one or several sheets, and a sheet of notes; the name's ending says of which kind."""

    name: str
    sheets: tuple[Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """JSON: one document with the crimes at the place `row`, or a crime a line where there is no `row`.

    A record is nested keys that end in a column, a tuple of columns (a list without the empty ones), or `people`,
    `suspects` or `victims` (a list of persons). `head` has the other places of a document, `row_count` the one that
    says how many crimes there are.
    """

    name: str
    crime: Mapping[str, Any]
    person: Mapping[str, Any]
    row: str = ""
    row_count: str = ""
    head: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    empty: Literal["null", "left_out", "blank"] = "null"
    encoding: str = "utf-8"


Form = Delimited | FixedWidth | Markup | Workbook | Document


@dataclass(frozen=True)
class Archive:
    """A `.zip` around the form's files, with a manifest whose columns are named by `file`, `rows` and `sha256`."""

    name: str
    manifest: str
    columns: Mapping[str, str]
    separator: str = ","


@dataclass(frozen=True)
class Coded:
    """How a force writes each code of the world (`written`), and what its columns say when they are read (`read`)."""

    written: Mapping[str, str]
    read: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    form: Form
    reference: str = ""
    """The force's crime reference, from `number` and `year`."""
    person: str = "{number}"
    """The force's local person id, from `number`."""
    pnc: str = "{year}/{number:07d}{letter}"
    dates: str = "%Y-%m-%d"
    """A `strftime` form, EXCEL, EXCEL_TEXT or UTC."""
    births: str = ""
    """The same for dates of birth, where they are written otherwise."""
    self_defined: Coded = field(default_factory=lambda: Coded({}, {}))
    observed: Coded = field(default_factory=lambda: Coded({}, {}))
    nationality: Coded = field(default_factory=lambda: Coded({}, {}))
    between_nationalities: str = "/"
    sexes: tuple[str, ...] = ("M", "F")
    """Male, female."""
    roles: tuple[str, ...] = ("Suspect", "Victim")
    statuses: tuple[str, ...] = ("LIVE", "CANCELLED")
    online: tuple[str, ...] = ("N", "Y")
    """No, yes."""
    group: tuple[str, ...] = ("N", "Y")
    child_abuse: tuple[str, ...] = ("N", "Y")
    between_flags: str = ";"
    """In the field `flags`, which holds the words of both that are not empty."""
    directions: tuple[str, ...] = ("out", "in")
    """Transferred out, taken over."""
    transfer: str = "{direction} {force}"
    """The field `transfer`."""
    offence: str = "{main:03d}/{sub:02d}"
    outcome: str = "{code}"
    capitals: bool = False
    """Surnames are in capitals."""
    asylum: str = ""
    snapshot: bool = False
    """Each delivery has all crimes that stand, so that one that is missing was withdrawn."""
    due: str = "daily"
    """daily, weekdays, or the day of the week."""
    archive: Archive | None = None
    size: float = 1.0
    """Share of the world's crimes, as a weight."""
    missing: Missing = field(default_factory=Missing)
    folded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Harmonised codes that the force's code set cannot say, and the one that it then holds."""

    @property
    def is_flat(self) -> bool:
        """Crimes are said on the rows of their people only."""
        tables = tables_of(self.form)
        return bool(tables) and all(table.of != "crimes" for table in tables)

    @property
    def has_cases(self) -> bool:
        """It is of case reviews."""
        return any(table.of == "cases" for table in tables_of(self.form))

    @property
    def fields(self) -> frozenset[str]:
        """Every field that the force writes."""
        return frozenset(_fields(self.form))


def tables_of(form: Form) -> tuple[Table, ...]:
    match form:
        case Delimited() | FixedWidth():
            return form.tables
        case Workbook():
            return form.sheets
        case _:
            return ()


def _fields(form: Form) -> Iterator[str]:
    match form:
        case Markup():
            pieces = [text for _, text in form.pieces.values()]
            for template in (form.crime, form.person, *pieces):
                yield from (name for _, name, _, _ in Formatter().parse(template) if name)
        case Document():
            yield from (column.field for column in columns_in((form.crime, form.person)))
        case _:
            yield from (column.field for table in tables_of(form) for column in table.columns)


def columns_in(template: Any) -> Iterator[Column]:
    """The columns of a record of a document, wherever they are nested."""
    match template:
        case Column():
            yield template
        case Mapping():
            for inner in template.values():
                yield from columns_in(inner)
        case tuple():
            for inner in template:
                yield from columns_in(inner)
