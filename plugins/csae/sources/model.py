"""What a source's YAML may say. An unknown key is an error; every default is written here and nowhere else."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, field_validator, model_validator

from csae.sources.base import OneOrMore, SpecModel, ValueMap, fault
from csae.sources.columns import (
    ALL_SCHEMES,
    CANONICAL_COLUMNS,
    DATE_COLUMNS,
    EXPECTED_VALUES,
    HARMONISED,
    KEY_COLUMN,
    SCHEMES,
    Column,
    RecordKind,
)
from csae.sources.dates import FORMATS_SHOWN
from csae.sources.expectations import Bounds, BoundsByKind, Delivery, Example, Waiver
from csae.sources.formats import (
    NESTING_FORMATS,
    TAGS,
    DelimitedFormat,
    FixedWidthFormat,
    Format,
    JsonFormat,
    MarkupFormat,
    Trailer,
    WorkbookFormat,
)

_XML_PATH = re.compile(rf"{TAGS}(?:/@[\w.-]+)?|@[\w.-]+")


_ALL_COLUMNS: list[JsonValue] = [*dict.fromkeys(name for names in CANONICAL_COLUMNS.values() for name in names)]


class Record(SpecModel):
    """How one kind of record is read; `each` names the place below the row that holds it, where people are nested."""

    each: str | None = None
    where: dict[str, OneOrMore] = {}
    """Only rows with one of these values in the force's column are this record: `{RecordType: [P, V]}`."""
    columns: dict[str, Column] = Field(json_schema_extra={"propertyNames": {"enum": _ALL_COLUMNS}})

    @property
    def source_columns(self) -> list[str]:
        """Every column of the force that it uses, in the YAML's order."""
        origins = [source for column in self.columns.values() for source in column.origins]
        return list(dict.fromkeys([*origins, *self.where]))


def _records(value: object) -> object:
    return [value] if isinstance(value, dict | Record) else value


class Extract(SpecModel):
    """One file of a delivery (or one sheet of it) and the records in it."""

    files: str
    """A file's name; `*` stands for what changes in it. A name that ends in `.gz` is unpacked."""
    format: Format
    crime: Record | None = None
    involvement: Annotated[list[Record], BeforeValidator(_records, json_schema_input_type=Record | list[Record])] = []
    """People. A list where suspects and victims, or the first and the second suspect, stand in places of their own."""
    case_review: Record | None = None
    ignored_columns: list[str] = []
    ignored_rows: dict[str, OneOrMore] = {}
    """Rows with one of these values are no record, on purpose: `{RecordType: [H, T]}`."""

    @property
    def records(self) -> list[tuple[RecordKind, Record]]:
        """Crimes first."""
        pairs: list[tuple[RecordKind, Record | None]] = [("crime", self.crime), ("case_review", self.case_review)]
        pairs[1:1] = [("involvement", record) for record in self.involvement]
        return [(kind, record) for kind, record in pairs if record is not None]

    @property
    def kinds(self) -> list[RecordKind]:
        return list(dict.fromkeys(kind for kind, _ in self.records))

    @property
    def is_nesting(self) -> bool:
        """Columns are places in a document, and people can be nested in crimes."""
        return isinstance(self.format, NESTING_FORMATS)

    def placed(self) -> Iterator[tuple[tuple[str | int, ...], RecordKind, Record]]:
        """Each record with its place below the extract, for messages."""
        numbered = len(self.involvement) > 1
        counts: dict[RecordKind, int] = {}
        for kind, record in self.records:
            number = counts.setdefault(kind, 0)
            counts[kind] += 1
            yield ((kind, number) if numbered and kind == "involvement" else (kind,)), kind, record

    @model_validator(mode="after")
    def _records_fit(self) -> "Extract":
        if not self.records:
            raise ValueError("has no record: give it 'crime:', 'involvement:' or 'case_review:' with its columns")
        for place, kind, record in self.placed():
            for name in record.columns:
                if name not in CANONICAL_COLUMNS[kind]:
                    known = ", ".join(CANONICAL_COLUMNS[kind])
                    raise fault(f"is not a column of the dataset's {kind}; use one of {known}", *place, "columns", name)
            if record.each and (kind == "crime" or not self.is_nesting):
                raise fault("is only for people nested in a crime in format xml or json; take it away", *place, "each")
            if KEY_COLUMN[kind] not in record.columns and not (kind == "involvement" and self.crime):
                raise fault(*_KEY_MISSING[kind], *place)
        if self.case_review and (self.crime or self.involvement):
            raise fault("stands beside crimes or people; give case reviews an extract of their own", "case_review")
        return self

    @model_validator(mode="after")
    def _columns_fit(self) -> "Extract":
        for place, _, record in self.placed():
            for name, column in record.columns.items():
                where = (*place, "columns", name)
                allowed = SCHEMES.get(name)
                if allowed and column.codes not in allowed:
                    known = ", ".join(sorted(allowed))
                    raise fault(f"needs the code set that it is written in; add codes: one of {known}", *where)
                if column.codes and not allowed:
                    raise fault("is not a coded column; take 'codes' away", *where)
                if column.date and name not in DATE_COLUMNS:
                    raise fault("is not a date; take 'date' away", *where)
                if name in DATE_COLUMNS and not column.date and column.value is None:
                    raise fault(f"needs its date format; add date, such as {FORMATS_SHOWN}", *where)
        return self

    @model_validator(mode="after")
    def _places_are_there(self) -> "Extract":
        """Places in XML are well formed; columns of a file without a header are among those that it is said to have."""
        named = self.format.header if isinstance(self.format, DelimitedFormat) else None
        if isinstance(self.format, FixedWidthFormat):
            named = list(self.format.fields)
        for place, _, record in self.placed():
            if isinstance(self.format, MarkupFormat) and record.each and not re.fullmatch(TAGS, record.each):
                raise fault("must be an element below the row: Tag or Tag/Tag", *place, "each")
            origins = [
                (("columns", name), source) for name, column in record.columns.items() for source in column.origins
            ]
            for key, source in [*origins, *((("where", name), name) for name in record.where)]:
                if isinstance(self.format, MarkupFormat) and not _XML_PATH.fullmatch(source):
                    raise fault(
                        "must come from a place in XML: Tag, Tag/Tag, Tag/@attribute or @attribute", *place, *key
                    )
                if named is not None and source not in named:
                    key_name = "fields" if isinstance(self.format, FixedWidthFormat) else "header"
                    is_where = key[0] == "where"
                    what = "in 'where'" if is_where else f"comes from '{source}', which"
                    raise fault(f"{what} is not a field of 'format'; add it to '{key_name}'", *place, *key)
        for name in self.ignored_rows:
            if named is not None and name not in named:
                raise fault("in 'ignored_rows' is not a field of 'format'", "ignored_rows", name)
        return self

    @model_validator(mode="after")
    def _ignored_are_not_used(self) -> "Extract":
        used = set(self.source_columns())
        for number, name in enumerate(self.ignored_columns):
            if name in used:
                raise fault(
                    f"names '{name}', which a record uses; take it out of one of the two", "ignored_columns", number
                )
        return self

    def source_columns(self) -> list[str]:
        """Every column of the force that some record uses or a row is ignored by, in the YAML's order."""
        used = [source for _, record in self.records for source in record.source_columns]
        return list(dict.fromkeys([*used, *self.ignored_rows]))


_KEY_MISSING: dict[RecordKind, tuple[str]] = {
    "crime": ("has crimes without 'crime_ref': add the column that holds the crime's reference",),
    "involvement": ("has people without 'crime_ref': add the column that names their crime",),
    "case_review": ("has case reviews without 'case_ref': add the column that holds the case's reference",),
}


class Manifest(SpecModel):
    """A file that says what else was sent, so that a file that is missing or cut short is known for it."""

    files: str
    format: Format
    file: str
    """The manifest's column that names a file."""
    rows: str | None = None
    """Its column that says how many records the file holds."""
    sha256: str | None = None
    md5: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Manifest":
        if not (self.rows or self.sha256 or self.md5):
            raise ValueError("checks nothing; name its column of 'rows', 'sha256' or 'md5'")
        return self


class Layout(SpecModel):
    """How deliveries look from a day on, until the next layout's day."""

    valid_from: date
    archive: str | None = None
    """The name of a `.zip` that holds the files; `*` stands for what changes in it."""
    manifest: Manifest | None = None
    extracts: dict[str, Extract] = Field(min_length=1)
    ignored_files: list[str] = []

    @model_validator(mode="after")
    def _has_crimes(self) -> "Layout":
        if not any(extract.crime or extract.case_review for extract in self.extracts.values()):
            raise ValueError("has no extract with crimes; one of them needs 'crime:' (or 'case_review:')")
        return self


TO_FILL_IN = "FILL IN"
"""What a draft has where only a person knows."""


class Owner(SpecModel):
    team: str
    contact: str


class Source(SpecModel):
    """One YAML file in `forces/`."""

    source: Annotated[str, Field(pattern=r"^\d{2}$")]
    name: str
    system: str | None = None
    status: Literal["draft", "trial", "live", "retired"]
    """draft: not loaded; trial: loaded and reported, not counted nationally; live; retired: no longer expected."""
    owner: Owner
    delivery: Delivery
    maps: dict[str, ValueMap] = {}
    layouts: list[Layout] = Field(min_length=1)
    codes: dict[str, ValueMap] = {}
    """This source's own codes, asked before the code set named: scheme, then code, then harmonised code."""
    bounds: BoundsByKind = BoundsByKind()
    waivers: list[Waiver] = []
    examples: list[Example] = []

    @field_validator("codes")
    @classmethod
    def _schemes_known(cls, codes: dict[str, ValueMap]) -> dict[str, ValueMap]:
        for scheme, own in codes.items():
            column = next((name for name, schemes in SCHEMES.items() if scheme in schemes), None)
            if column is None:
                raise fault(f"is not a code set; use one of {', '.join(sorted(ALL_SCHEMES))}", scheme)
            for code, harmonised in own.items():
                if not HARMONISED[column].fullmatch(harmonised):
                    raise fault(f"is '{harmonised}', which is not a harmonised code of {column}", scheme, code)
        return codes

    @model_validator(mode="after")
    def _maps_fit(self) -> "Source":
        """Every map that is named is there, and leads to values that the dataset has."""
        known = ", ".join(sorted(self.maps)) or "none"
        for place, name, column in self.placed_columns():
            if isinstance(column.map, str) and column.map not in self.maps:
                raise fault(
                    f"is '{column.map}', which neither this file nor its system has; known maps: {known}", *place, "map"
                )
            allowed = EXPECTED_VALUES.get(name)
            wrong = {
                key: value for key, value in self.value_map(column).items() if value and value not in (allowed or ())
            }
            if allowed is not None and wrong:
                (key, value), *_ = wrong.items()
                text = f"leads from '{key}' to '{value}', and {name} can only be {' or '.join(sorted(allowed))}"
                raise fault(text, *place, "map")
        return self

    def placed_columns(self) -> Iterator[tuple[tuple[str | int, ...], str, Column]]:
        """Every column with its name and its place in the file, for messages."""
        for number, layout in enumerate(self.layouts):
            for extract_name, extract in layout.extracts.items():
                for place, _, record in extract.placed():
                    for name, column in record.columns.items():
                        yield (
                            ("layouts", number, "extracts", extract_name, *place, "columns", name),
                            name,
                            column,
                        )

    @model_validator(mode="after")
    def _layouts_in_order(self) -> "Source":
        days = [layout.valid_from for layout in self.layouts]
        if days != sorted(set(days)):
            raise fault("must stand in order of 'valid_from', each day once", "layouts")
        return self

    @model_validator(mode="after")
    def _examples_fit(self) -> "Source":
        """An example is of the newest layout that has its extract."""
        for number, example in enumerate(self.examples):
            extract = self.extract_of(example)
            if extract is None:
                known = ", ".join(dict.fromkeys(name for layout in self.layouts for name in layout.extracts))
                raise fault(
                    f"is '{example.extract}', which no layout has; known extracts: {known}",
                    "examples",
                    number,
                    "extract",
                )
            kinds = [kind for kind in extract.kinds if example.record in (None, kind)]
            if not kinds:
                raise fault(f"is not in the extract '{example.extract}'", "examples", number, "record")
            columns = {name for kind in kinds for name in CANONICAL_COLUMNS[kind]}
            for name in example.expect:
                if name not in columns:
                    raise fault(
                        f"is not a column of the dataset's {' or '.join(kinds)}", "examples", number, "expect", name
                    )
            for name in example.given:
                if name not in (*extract.source_columns(), *extract.ignored_columns):
                    raise fault(
                        f"is a column that the extract '{example.extract}' neither uses nor ignores",
                        *("examples", number, "given", name),
                    )
        return self

    @property
    def label(self) -> str:
        return f"{self.source} {self.name}"

    @property
    def is_loaded(self) -> bool:
        return self.status in ("live", "trial")

    @property
    def has_case_reviews(self) -> bool:
        return any(extract.case_review for layout in self.layouts for extract in layout.extracts.values())

    def layout_on(self, day: date) -> Layout | None:
        """The layout that a delivery of this day follows, or None when the day is before the first."""
        valid = [layout for layout in self.layouts if layout.valid_from <= day]
        return valid[-1] if valid else None

    def extract_of(self, example: Example) -> Extract | None:
        found = [layout.extracts[example.extract] for layout in self.layouts if example.extract in layout.extracts]
        return found[-1] if found else None

    def waiver(self, rule: str, on: date) -> Waiver | None:
        """The waiver that holds for a rule on a day: the delivery's, never the clock's."""
        return next((item for item in self.waivers if item.rule == rule and on <= item.expires), None)

    def value_map(self, column: Column) -> dict[str, str]:
        return self.maps[column.map] if isinstance(column.map, str) else dict(column.map or {})

    def code_schemes(self) -> list[tuple[date, str, str]]:
        """`(layout valid from, column, code set)` of every coded column."""
        found = [
            (layout.valid_from, name, column.codes)
            for layout in self.layouts
            for extract in layout.extracts.values()
            for _, record in extract.records
            for name, column in record.columns.items()
            if column.codes
        ]
        return list(dict.fromkeys(found))


_PLACES: tuple[tuple[str, tuple[type[SpecModel], ...]], ...] = (
    (r"", (Source,)),
    (r"owner", (Owner,)),
    (r"delivery", (Delivery,)),
    (r"bounds", (BoundsByKind,)),
    (r"bounds/crimes", (Bounds,)),
    (r"waivers/\d+", (Waiver,)),
    (r"examples/\d+", (Example,)),
    (r"layouts/\d+", (Layout,)),
    (r"layouts/\d+/manifest", (Manifest,)),
    (r"layouts/\d+/extracts/[^/]+", (Extract,)),
    (r".*/format", (DelimitedFormat, FixedWidthFormat, WorkbookFormat, MarkupFormat, JsonFormat)),
    (r".*/trailer", (Trailer,)),
    (r".*/(crime|involvement|involvement/\d+|case_review)", (Record,)),
    (r".*/columns/[^/]+", (Column,)),
)


def known_keys(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the model allows where an unknown key, the last of `path`, was met."""
    place = "/".join(map(str, path[:-1]))
    models = next((models for pattern, models in _PLACES if re.fullmatch(pattern, place)), ())
    return tuple(dict.fromkeys(field.alias or key for model in models for key, field in model.model_fields.items()))
