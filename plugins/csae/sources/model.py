"""What a source's YAML may say. An unknown key is an error; every default is written here and nowhere else."""

import re
from datetime import date
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

RecordKind = Literal["crime", "involvement"]

CANONICAL_COLUMNS: dict[RecordKind, tuple[str, ...]] = {
    "crime": (
        "crime_ref",
        "recorded_on",
        "offence_start_on",
        "home_office_code",
        "cjs_code",
        "is_online",
        "is_group_based",
        "outcome_code",
        "outcome_on",
        "record_status",
        "transfer_direction",
        "transfer_force",
        "transfer_ref",
    ),
    "involvement": (
        "crime_ref",
        "person_ref",
        "role",
        "surname",
        "forenames",
        "date_of_birth",
        "sex",
        "self_defined_ethnicity",
        "observed_ethnicity",
        "nationalities",
        "pnc_id",
        "immigration_status",
    ),
}
DATE_COLUMNS = frozenset({"recorded_on", "offence_start_on", "outcome_on", "date_of_birth"})
SCHEMES: dict[str, frozenset[str]] = {
    "self_defined_ethnicity": frozenset(
        {"self_defined_2001", "self_defined_2011", "self_defined_2021", "prison_and_probation"}
    ),
    "observed_ethnicity": frozenset({"officer_observed_ic", "officer_observed_label"}),
    "nationalities": frozenset({"iso_alpha3", "nationality_demonym", "country_name"}),
}
ALL_SCHEMES = frozenset[str]().union(*SCHEMES.values())
HARMONISED = {
    "self_defined_ethnicity": re.compile(r"W[12349]|M[1239]|A[12349]|B[129]|O[29]|NS|UNK"),
    "observed_ethnicity": re.compile(r"[WMABO]|UNK"),
    "nationalities": re.compile(r"[A-Z]{3}|STATELESS|REFUSED|NR"),
}
"""What a source's own code may stand for, by the column that it is written in."""
DATE_FORMATS = {
    "yyyy-mm-dd": "%Y-%m-%d",
    "dd/mm/yyyy": "%d/%m/%Y",
    "dd-mm-yyyy": "%d-%m-%Y",
    "dd.mm.yyyy": "%d.%m.%Y",
    "yyyymmdd": "%Y%m%d",
    "ddmmyyyy": "%d%m%Y",
    "dd mon yyyy": "%d %b %Y",
    "dd-mon-yyyy": "%d-%b-%Y",
}


_XML_TAGS = r"(?:\{[^}]*\})?[\w.-]+(?:/(?:\{[^}]*\})?[\w.-]+)*"
_XML_PATH = re.compile(rf"{_XML_TAGS}(?:/@[\w.-]+)?|@[\w.-]+")


def _fault(text: str, *where: str | int) -> PydanticCustomError:
    """A fault at the key `where`, below the model that found it, so that the message names that key's line."""
    return PydanticCustomError("fault", "{text}", {"text": text, "where": where})


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[list[str], BeforeValidator(_as_list)]
ValueMap = dict[str, str]


class SpecModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(SpecModel):
    """Where one canonical column comes from, and the closed set of functions that make its value.

    They run in this order: `from` (several columns are several values), `extract`, `split`, `take`, `contains`,
    `map`, `date`; `join` puts what is left into one text. `extract` and `map` look at each nationality, and at each
    of several columns. A blank is no value, also when `map` gives it.
    """

    from_: OneOrMore = Field(alias="from", min_length=1)
    required: bool = False
    extract: str | None = None
    split: str | None = Field(None, min_length=1)
    take: Literal["all", "first", "last"] = "all"
    contains: str | None = None
    """`true` when one of the values is this text, else `false`."""
    map: str | ValueMap | None = None
    date: Annotated[list[str] | None, BeforeValidator(_as_list)] = None
    join: str | None = None
    codes: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if isinstance(value, str | list):
            return {"from": value}
        if not isinstance(value, dict):
            raise ValueError("must be a column's name, or keys such as {from: Name}")
        return value

    @field_validator("extract")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from error
        if groups != 1:
            raise ValueError(f"has {groups} groups in parentheses; give it exactly one, the part to keep")
        try:
            pl.Series([""]).str.extract(pattern)
        except pl.exceptions.ComputeError:
            raise ValueError("uses look-around or a back-reference, which do not work here; write it without") from None
        return pattern

    @field_validator("date")
    @classmethod
    def _known_format(cls, formats: list[str] | None) -> list[str] | None:
        for name in formats or []:
            if name.lower() not in DATE_FORMATS:
                raise ValueError(f"does not know the date format '{name}'; use one of {', '.join(DATE_FORMATS)}")
        return formats

    @field_validator("codes")
    @classmethod
    def _known_scheme(cls, scheme: str | None) -> str | None:
        if scheme is not None and scheme not in ALL_SCHEMES:
            raise ValueError(f"does not know the code set '{scheme}'; use one of {', '.join(sorted(ALL_SCHEMES))}")
        return scheme


class DelimitedFormat(SpecModel):
    type: Literal["delimited"]
    delimiter: Annotated[str, Field(min_length=1, max_length=1)]
    encoding: Literal["utf-8", "cp1252"]
    quote: Annotated[str, Field(min_length=1, max_length=1)] = '"'
    header_row: int = Field(1, ge=1)
    ends_with_newline: bool = True
    """A last row without its line end is taken as a sign that the file was cut short."""

    @model_validator(mode="after")
    def _marks_differ(self) -> "DelimitedFormat":
        if self.delimiter == self.quote or {self.delimiter, self.quote} & set("\r\n\0"):
            raise _fault("must differ from 'quote', and neither may be a line end", "delimiter")
        return self


class WorkbookFormat(SpecModel):
    type: Literal["workbook"]
    sheet: str
    header_row: int = Field(1, ge=1)


class MarkupFormat(SpecModel):
    type: Literal["xml"]
    row: str
    """The element that is one record, directly below the root."""
    row_count: str | None = None
    """An attribute of the root that says how many records there are, such as `@occurrences`."""


Format = Annotated[DelimitedFormat | WorkbookFormat | MarkupFormat, Field(discriminator="type")]


class Record(SpecModel):
    """How one kind of record is read; in XML, `each` names the element below the row that holds it."""

    each: str | None = None
    columns: dict[str, Column]


class Extract(SpecModel):
    """One file of a delivery and the records in it."""

    files: str
    format: Format
    crime: Record | None = None
    involvement: Record | None = None
    ignored_columns: list[str] = []

    @property
    def records(self) -> dict[RecordKind, Record]:
        pairs: tuple[tuple[RecordKind, Record | None], ...] = (
            ("crime", self.crime),
            ("involvement", self.involvement),
        )
        return {kind: record for kind, record in pairs if record is not None}

    @model_validator(mode="after")
    def _records_fit(self) -> "Extract":
        if not self.records:
            raise ValueError("has no record: give it 'crime:' or 'involvement:' with its columns")
        for kind, record in self.records.items():
            for name in record.columns:
                if name not in CANONICAL_COLUMNS[kind]:
                    known = ", ".join(CANONICAL_COLUMNS[kind])
                    raise _fault(f"is not a column of the dataset's {kind}; use one of {known}", kind, "columns", name)
            if record.each and (kind == "crime" or not isinstance(self.format, MarkupFormat)):
                raise _fault("is only for people nested in a crime in format xml; take it away", kind, "each")
        if self.crime is None and self.involvement and "crime_ref" not in self.involvement.columns:
            raise _fault("has people without 'crime_ref': add the column that names their crime", "involvement")
        if self.crime and "crime_ref" not in self.crime.columns:
            raise _fault("has crimes without 'crime_ref': add the column that holds the crime's reference", "crime")
        return self

    @model_validator(mode="after")
    def _columns_fit(self) -> "Extract":
        for kind, record in self.records.items():
            for name, column in record.columns.items():
                where = (kind, "columns", name)
                allowed = SCHEMES.get(name)
                if allowed and column.codes not in allowed:
                    known = ", ".join(sorted(allowed))
                    raise _fault(f"needs the code set that it is written in; add codes: one of {known}", *where)
                if column.codes and not allowed:
                    raise _fault("is not a coded column; take 'codes' away", *where)
                if column.date and name not in DATE_COLUMNS:
                    raise _fault("is not a date; take 'date' away", *where)
                if name in DATE_COLUMNS and not column.date:
                    raise _fault(f"needs its date format; add date: one of {', '.join(DATE_FORMATS)}", *where)
        return self

    @model_validator(mode="after")
    def _places_are_in_xml(self) -> "Extract":
        if not isinstance(self.format, MarkupFormat):
            return self
        for kind, record in self.records.items():
            if record.each and not re.fullmatch(_XML_TAGS, record.each):
                raise _fault("must be an element below the row: Tag or Tag/Tag", kind, "each")
            for name, column in record.columns.items():
                if not all(_XML_PATH.fullmatch(place) for place in column.from_):
                    raise _fault(
                        "must come from a place in XML: Tag, Tag/Tag, Tag/@attribute or @attribute",
                        *(kind, "columns", name),
                    )
        return self


class Layout(SpecModel):
    """How deliveries look from a day on, until the next layout's day."""

    valid_from: date
    extracts: dict[str, Extract] = Field(min_length=1)
    ignored_files: list[str] = []

    @model_validator(mode="after")
    def _has_crimes(self) -> "Layout":
        if not any(extract.crime for extract in self.extracts.values()):
            raise ValueError("has no extract with crimes; one of them needs 'crime:'")
        return self


class Bounds(SpecModel):
    """Crimes in one delivery: fewer than `min` reject it, more than `max` warn."""

    min: int = Field(1, ge=0)
    max: int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Bounds":
        if self.max is not None and self.max < self.min:
            raise _fault("must not be below 'min'", "max")
        return self


class BoundsByKind(SpecModel):
    crimes: Bounds = Bounds()
    max_quarantined_share: float = Field(0.2, ge=0, le=1)
    """A delivery of which a larger share of crimes is quarantined is rejected whole."""


class Owner(SpecModel):
    team: str
    contact: str


class Delivery(SpecModel):
    mode: Literal["delta"]
    due: str | None = None


class Source(SpecModel):
    """One YAML file in `forces/`."""

    source: Annotated[str, Field(pattern=r"^\d{2}$")]
    name: str
    system: str | None = None
    status: Literal["draft", "trial", "live", "retired"]
    owner: Owner
    delivery: Delivery
    maps: dict[str, ValueMap] = {}
    layouts: list[Layout] = Field(min_length=1)
    codes: dict[str, ValueMap] = {}
    """This source's own codes, asked before the code set named: scheme, then code, then harmonised code."""
    bounds: BoundsByKind = BoundsByKind()

    @field_validator("codes")
    @classmethod
    def _schemes_known(cls, codes: dict[str, ValueMap]) -> dict[str, ValueMap]:
        for scheme, own in codes.items():
            column = next((name for name, schemes in SCHEMES.items() if scheme in schemes), None)
            if column is None:
                raise _fault(f"is not a code set; use one of {', '.join(sorted(ALL_SCHEMES))}", scheme)
            for code, harmonised in own.items():
                if not HARMONISED[column].fullmatch(harmonised):
                    raise _fault(f"is '{harmonised}', which is not a harmonised code of {column}", scheme, code)
        return codes

    @model_validator(mode="after")
    def _maps_exist(self) -> "Source":
        known = ", ".join(sorted(self.maps)) or "none"
        for number, layout in enumerate(self.layouts):
            for extract_name, extract in layout.extracts.items():
                for kind, record in extract.records.items():
                    for name, column in record.columns.items():
                        if isinstance(column.map, str) and column.map not in self.maps:
                            raise _fault(
                                f"is '{column.map}', which neither this file nor its system has; known maps: {known}",
                                *("layouts", number, "extracts", extract_name, kind, "columns", name, "map"),
                            )
        return self

    @model_validator(mode="after")
    def _layouts_in_order(self) -> "Source":
        days = [layout.valid_from for layout in self.layouts]
        if days != sorted(set(days)):
            raise _fault("must stand in order of 'valid_from', each day once", "layouts")
        return self

    @property
    def label(self) -> str:
        return f"{self.source} {self.name}"

    @property
    def is_loaded(self) -> bool:
        return self.status in ("live", "trial")

    def layout_on(self, day: date) -> Layout | None:
        """The layout that a delivery of this day follows, or None when the day is before the first."""
        valid = [layout for layout in self.layouts if layout.valid_from <= day]
        return valid[-1] if valid else None

    def value_map(self, column: Column) -> dict[str, str]:
        return self.maps[column.map] if isinstance(column.map, str) else dict(column.map or {})

    def code_schemes(self) -> list[tuple[date, str, str]]:
        """`(layout valid from, column, code set)` of every coded column."""
        return [
            (layout.valid_from, name, column.codes)
            for layout in self.layouts
            for extract in layout.extracts.values()
            for record in extract.records.values()
            for name, column in record.columns.items()
            if column.codes
        ]


_PLACES: tuple[tuple[str, tuple[type[SpecModel], ...]], ...] = (
    (r"", (Source,)),
    (r"owner", (Owner,)),
    (r"delivery", (Delivery,)),
    (r"bounds", (BoundsByKind,)),
    (r"bounds/crimes", (Bounds,)),
    (r"layouts/\d+", (Layout,)),
    (r"layouts/\d+/extracts/[^/]+", (Extract,)),
    (r".*/format", (DelimitedFormat, WorkbookFormat, MarkupFormat)),
    (r".*/(crime|involvement)", (Record,)),
    (r".*/columns/[^/]+", (Column,)),
)


def known_keys(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the model allows where an unknown key, the last of `path`, was met."""
    place = "/".join(map(str, path[:-1]))
    models = next((models for pattern, models in _PLACES if re.fullmatch(pattern, place)), ())
    return tuple(dict.fromkeys(field.alias or key for model in models for key, field in model.model_fields.items()))
