"""The dataset's columns, and the closed set of functions that make one of them from a force's own."""

import re
from typing import Annotated, Literal

import polars as pl
from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from csae.sources.base import IS_MAP, IS_TEXT, OneOrMore, SpecModel, ValueMap, as_list, by_shape
from csae.sources.dates import EXCEL, FORMATS_SHOWN, parse_date_format
from csae.sources.formats import one_group

RecordKind = Literal["crime", "involvement", "case_review"]

CANONICAL_COLUMNS: dict[RecordKind, tuple[str, ...]] = {
    "crime": (
        "crime_ref",
        "recorded_on",
        "offence_start_on",
        "home_office_code",
        "cjs_code",
        "offence_title",
        "offence_category",
        "is_online",
        "is_group_based",
        "is_child_abuse_flagged",
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
    "case_review": (
        "case_ref",
        "force",
        "identified_on",
        "status",
        "status_on",
        "reason_closed",
        "is_group_based",
    ),
}
DATE_COLUMNS = frozenset(
    {"recorded_on", "offence_start_on", "outcome_on", "date_of_birth", "identified_on", "status_on"}
)
PERSONAL_COLUMNS = frozenset({"surname", "forenames", "date_of_birth", "pnc_id", "person_ref"})
"""Never shown anywhere; nor are references."""
REFERENCE_COLUMNS = frozenset({"crime_ref", "transfer_ref", "case_ref"})
KEY_COLUMN: dict[RecordKind, str] = {"crime": "crime_ref", "involvement": "crime_ref", "case_review": "case_ref"}
SCHEMES: dict[str, frozenset[str]] = {
    "self_defined_ethnicity": frozenset(
        {"self_defined_2001", "self_defined_2011", "self_defined_2021", "prison_and_probation"}
    ),
    "observed_ethnicity": frozenset({"officer_observed_ic", "officer_observed_label"}),
    "nationalities": frozenset(
        {"iso_alpha2", "iso_alpha3", "nationality_demonym", "country_name", "prison_and_probation_nationality"}
    ),
}
ALL_SCHEMES = frozenset[str]().union(*SCHEMES.values())
HARMONISED = {
    "self_defined_ethnicity": re.compile(r"W[12349]|M[1239]|A[12349]|B[129]|O[29]|[WMABO]|NS|REFUSED|UNK|MISSING"),
    "observed_ethnicity": re.compile(r"[WMABO]|UNK|MISSING"),
    "nationalities": re.compile(r"[A-Z]{3}|STATELESS|REFUSED|NR"),
}
"""What a source's own code may stand for, by the column that it is written in."""
EXPECTED_VALUES: dict[str, frozenset[str]] = {
    "is_online": frozenset({"true", "false"}),
    "is_group_based": frozenset({"true", "false"}),
    "is_child_abuse_flagged": frozenset({"true", "false"}),
    "record_status": frozenset({"live", "cancelled"}),
    "transfer_direction": frozenset({"in", "out"}),
    "role": frozenset({"suspect", "victim"}),
    "sex": frozenset({"M", "F"}),
    "status": frozenset({"identified", "under_review", "reopened", "closed"}),
}
"""What the value functions must end in; anything else is what the force wrote and no map knows."""


class Column(SpecModel):
    """Where one canonical column comes from, and the closed set of functions that make its value.

    They run in this order: `from` (several columns are several values), `value` or `filled`; `split`, `extract`,
    `take`, `join`, `contains`, `map`, `date`. `extract` and `map` look at each of several values. A blank is no value,
    also when `map` gives it.
    """

    from_: OneOrMore = Field([], alias="from")
    value: str | None = Field(None, min_length=1)
    """The same for every record, where the file says it by what it is."""
    filled: dict[str, Annotated[str, Field(min_length=1)]] = {}
    """The value that each of these columns stands for when anything is in it: `{TransferredTo: out}`."""
    required: bool = False
    extract: str | None = None
    split: Annotated[
        list[Annotated[str, Field(min_length=1)]] | None,
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
    ] = None
    take: Literal["all", "first", "last"] | Annotated[int, Field(ge=1)] = "all"
    """Which part of several; by number, a part that is not there is no value."""
    join: str | None = None
    """What stands between several values when they become one text."""
    contains: str | None = None
    """`true` when one of the values is this text, else `false`."""
    map: (
        Annotated[
            Annotated[str, IS_TEXT] | Annotated[ValueMap, IS_MAP],
            by_shape('must be the name of a map, or a map such as {Y: "true"}'),
        ]
        | None
    ) = None
    date: Annotated[list[str] | None, BeforeValidator(as_list, json_schema_input_type=str | list[str])] = None
    codes: str | None = Field(None, json_schema_extra={"enum": [*sorted(ALL_SCHEMES), None]})
    """The code set, and its version, that the column is written in."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if isinstance(value, str | list):
            return {"from": value}
        if not isinstance(value, dict):
            raise ValueError("must be a column's name, or keys such as {from: Name}")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The short form too: a column's name, or several."""
        names = {"type": "string"}
        return {"anyOf": [names, {"type": "array", "items": names}, handler(core)]}

    @model_validator(mode="after")
    def _one_origin(self) -> "Column":
        if [bool(self.from_), self.value is not None, bool(self.filled)].count(True) != 1:
            raise ValueError(
                "needs 'from', the force's column, or 'value', the same for every record, or 'filled'; one of them"
            )
        return self

    @property
    def origins(self) -> list[str]:
        """The force's columns that it is made of."""
        return [*self.from_, *self.filled]

    @field_validator("extract")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        pattern = one_group(pattern)
        if pattern is None:
            return None
        try:
            pl.Series([""]).str.extract(pattern)
        except pl.exceptions.ComputeError:
            raise ValueError("uses look-around or a back-reference, which do not work here; write it without") from None
        return pattern

    @field_validator("date")
    @classmethod
    def _known_format(cls, formats: list[str] | None) -> list[str] | None:
        for name in formats or []:
            if name.lower() != EXCEL and parse_date_format(name) is None:
                two_digits = " (a year of two digits does not say its century)" if name.lower().count("y") == 2 else ""
                raise ValueError(
                    f"does not know the date format '{name}'{two_digits}; write it like one of {FORMATS_SHOWN}"
                )
        return formats

    @field_validator("codes")
    @classmethod
    def _known_scheme(cls, scheme: str | None) -> str | None:
        if scheme is not None and scheme not in ALL_SCHEMES:
            raise ValueError(f"does not know the code set '{scheme}'; use one of {', '.join(sorted(ALL_SCHEMES))}")
        return scheme
