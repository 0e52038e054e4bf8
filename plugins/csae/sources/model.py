"""What a source's YAML may say. An unknown key is an error; every default is written here and nowhere else."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

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


def _text(value: object) -> object:
    """YAML reads `true` and `16` as a boolean and a number; a code is always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text)]
OneOrMore = Annotated[list[str], BeforeValidator(_as_list)]
ValueMap = dict[Text, Text]


class SpecModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(SpecModel):
    """Where one canonical column comes from, and the closed set of functions that make its value.

    They run in this order: `from` (several columns are several values), `extract`, `split`, `take`, `contains`,
    `map`, `date`; `join` puts what is left into one text.
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
        return {"from": value} if isinstance(value, str | list) else value

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
                    raise ValueError(
                        f"gives {kind} a column '{name}' that the dataset does not have; "
                        f"use one of {', '.join(CANONICAL_COLUMNS[kind])}"
                    )
            if record.each and not isinstance(self.format, MarkupFormat):
                raise ValueError(f"gives {kind} 'each', which only format xml has")
        if self.crime is None and self.involvement and "crime_ref" not in self.involvement.columns:
            raise ValueError("has people without 'crime_ref': add the column that names their crime")
        if self.crime and "crime_ref" not in self.crime.columns:
            raise ValueError("has crimes without 'crime_ref': add the column that holds the crime's reference")
        return self

    @model_validator(mode="after")
    def _code_sets_fit(self) -> "Extract":
        for record in self.records.values():
            for name, column in record.columns.items():
                allowed = SCHEMES.get(name)
                if allowed and column.codes not in allowed:
                    raise ValueError(
                        f"'{name}' needs the code set that it is written in; "
                        f"add codes: one of {', '.join(sorted(allowed))}"
                    )
                if column.codes and not allowed:
                    raise ValueError(f"'{name}' is not a coded column; take 'codes' away")
                if column.date and name not in DATE_COLUMNS:
                    raise ValueError(f"'{name}' is not a date; take 'date' away")
                if name in DATE_COLUMNS and not column.date:
                    raise ValueError(f"'{name}' needs its date format; add date: one of {', '.join(DATE_FORMATS)}")
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
        for scheme in codes:
            if scheme not in ALL_SCHEMES:
                raise ValueError(f"does not know the code set '{scheme}'; use one of {', '.join(sorted(ALL_SCHEMES))}")
        return codes

    @model_validator(mode="after")
    def _maps_exist(self) -> "Source":
        for layout in self.layouts:
            for extract_name, extract in layout.extracts.items():
                for record in extract.records.values():
                    for name, column in record.columns.items():
                        if isinstance(column.map, str) and column.map not in self.maps:
                            known = ", ".join(sorted(self.maps)) or "none"
                            raise ValueError(
                                f"extract '{extract_name}', column '{name}' uses the map '{column.map}', "
                                f"which neither this file nor its system has; known maps: {known}"
                            )
        days = [layout.valid_from for layout in self.layouts]
        if days != sorted(set(days)):
            raise ValueError("'layouts' must stand in order of 'valid_from', each day once")
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


def known_keys(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The keys that the model allows where an unknown key was met, for a suggestion."""
    models: dict[str, type[SpecModel]] = {
        "owner": Owner,
        "delivery": Delivery,
        "bounds": BoundsByKind,
        "crimes": Bounds,
        "columns": Column,
        "crime": Record,
        "involvement": Record,
        "extracts": Extract,
        "layouts": Layout,
    }
    names = [part for part in path if isinstance(part, str)]
    if "format" in names:
        formats = (DelimitedFormat, WorkbookFormat, MarkupFormat)
        return tuple(sorted({key for model in formats for key in model.model_fields}))
    model: type[SpecModel] = next((models[part] for part in reversed(names[:-1]) if part in models), Source)
    return tuple(field.alias or key for key, field in model.model_fields.items())
