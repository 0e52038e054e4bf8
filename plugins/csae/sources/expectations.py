"""What is expected of a source's deliveries: when they are due, how large they are, and what is waived for a time."""

import re
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from csae.sources.base import IS_LIST, IS_TEXT, SpecModel, Text, by_shape, fault

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = "|".join(WEEKDAYS)
_DUE = re.compile(
    rf"(?P<every>daily|weekdays|weekly (?P<weekday>{_WEEKDAY})|monthly (?P<day>\d\d?)) (?P<at>[0-2]\d:[0-5]\d)"
)
WAIVABLE_RULES: dict[str, str] = {
    "delivery_missing": "no delivery by the day that it was due",
    "delivery_rejected": "a rejected delivery that stays in landing",
    "too_few_crimes": "fewer crimes than bounds, crimes, min",
    "too_many_quarantined": "more quarantined rows than bounds, max_quarantined_share",
    "too_many_undecoded": "more undecoded ethnicities than bounds, max_undecoded_share",
    "many_crimes": "more crimes than bounds, crimes, max",
    "column_new": "a column that the YAML neither uses nor ignores",
    "columns_reordered": "columns in another order than last time",
    "value_new": "a value that this force has never sent in a coded column",
    "volume_jump": "far more or far fewer records than usual",
    "missingness_jump": "a column that is empty far more often than usual",
}
"""Rules that a waiver may name. What makes a row impossible to count, such as a missing reference, is not one."""


class Due(SpecModel):
    """When deliveries are due: `daily 03:00`, `weekdays 03:00`, `weekly monday 03:00` or `monthly 5 03:00`."""

    every: Literal["daily", "weekdays", "weekly", "monthly"]
    day: int = 0
    """Of the week, from 0, or of the month, from 1."""
    at: str

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{re.sub(r'[?]P<[a-z]+>', '', _DUE.pattern)}$",
            "description": cls.__doc__,
        }

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        match = _DUE.fullmatch(value.lower()) if isinstance(value, str) else None
        if match is None:
            raise ValueError("must be 'daily 03:00', 'weekdays 03:00', 'weekly monday 03:00' or 'monthly 5 03:00'")
        if match["day"] and not 1 <= int(match["day"]) <= 28:
            raise ValueError("must name a day of the month that every month has: 1 to 28")
        day = WEEKDAYS.index(match["weekday"]) if match["weekday"] else int(match["day"] or 0)
        return {"every": match["every"].split()[0], "day": day, "at": match["at"]}

    def __str__(self) -> str:
        day = {"weekly": f" {WEEKDAYS[self.day % 7]}", "monthly": f" {self.day}"}.get(self.every, "")
        return f"{self.every}{day} {self.at}"

    def latest(self, night_on: date) -> date:
        """The latest day, up to and including this one, for which a delivery was due."""
        day = night_on
        while not self._is_due(day):
            day -= timedelta(days=1)
        return day

    def _is_due(self, day: date) -> bool:
        match self.every:
            case "daily":
                return True
            case "weekdays":
                return day.weekday() < 5
            case "weekly":
                return day.weekday() == self.day
            case "monthly":
                return day.day == self.day


class Delivery(SpecModel):
    mode: Literal["delta", "snapshot"]
    """`delta`: crimes that are new or changed. `snapshot`: all crimes; one that is missing was withdrawn."""
    due: Due = Field("daily 03:00", validate_default=True)


class Bounds(SpecModel):
    """Records in one delivery: fewer than `min` reject it, more than `max` warn."""

    min: int = Field(1, ge=0)
    max: int | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Bounds":
        if self.max is not None and self.max < self.min:
            raise fault("must not be below 'min'", "max")
        return self


class BoundsByKind(SpecModel):
    crimes: Bounds = Bounds()
    """Of a source of case reviews: its cases."""
    max_quarantined_share: float = Field(0.2, ge=0, le=1)
    """A delivery of which a larger share of crimes or people is quarantined is rejected whole."""
    max_undecoded_share: float = Field(0.5, ge=0, le=1)
    """A delivery of which a larger share of ethnicities, self-defined or observed, is not decoded is rejected whole."""


class Waiver(SpecModel):
    """A rule that is not held against this source until the day `expires`, that day included."""

    rule: str = Field(json_schema_extra={"enum": [*WAIVABLE_RULES]})
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: date

    @property
    def sentence(self) -> str:
        return f"Waived until {self.expires} by {self.owner}: {self.reason.rstrip('.')}."

    @field_validator("rule")
    @classmethod
    def _known(cls, rule: str) -> str:
        if rule not in WAIVABLE_RULES:
            raise ValueError(f"is '{rule}', which cannot be waived; use one of {', '.join(WAIVABLE_RULES)}")
        return rule


_OneOrSeveral = Annotated[
    Annotated[Text, IS_TEXT] | Annotated[list[Text], IS_LIST], by_shape("must be text, or a list such as [a, b]")
]


def _texts(value: object) -> object:
    return {key: "" if item is None else item for key, item in value.items()} if isinstance(value, dict) else value


class Example(SpecModel):
    """One row as the force writes it, and the record that must come of it; it runs as a test."""

    extract: str
    record: Literal["crime", "involvement", "case_review"] | None = None
    """Needed only where a row of the extract holds more than one kind of record."""
    given: Annotated[dict[str, _OneOrSeveral], Field(min_length=1), BeforeValidator(_texts)]
    """Columns that are not named are blank. A list is a place in XML or JSON that repeats."""
    expect: Annotated[dict[str, _OneOrSeveral], Field(min_length=1), BeforeValidator(_texts)]
    """Only the columns named are compared; an empty value says that there is none."""
