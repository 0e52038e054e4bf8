"""How a file is laid out before any column is looked at: one model a format."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from csae.sources.base import SpecModel, fault

Encoding = Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1", "iso-8859-14", "cp850"]
"""UTF-8 is read with and without a byte order mark; `utf-16` needs one, the other two have none."""
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "space": " "}
_SPAN = re.compile(r"(\d+)-(\d+)")
TAGS = r"(?:\{[^}]*\})?[\w.-]+(?:/(?:\{[^}]*\})?[\w.-]+)*"


def _delimiter(value: object) -> object:
    return _NAMED_DELIMITERS.get(value, value) if isinstance(value, str) else value


def _quote(value: object) -> object:
    return None if value == "none" else value


class Trailer(SpecModel):
    """Rows below the data that say how many there were."""

    rows: int = Field(1, ge=1, le=100)
    """How many rows at the end of the file are not data."""
    row_count: str | None = None
    """A regular expression whose group is the count, looked for in the trailer as it stands in the file."""
    counts: Literal["records", "rows", "lines"] = "records"
    """What the count counts: the rows of data, these with header and trailer, or these and all that stands above."""

    @field_validator("row_count")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        return one_group(pattern)


def one_group(pattern: str | None) -> str | None:
    """Raises ValueError when the text is not a regular expression with exactly one group."""
    if pattern is None:
        return None
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"has {groups} groups in parentheses; give it exactly one, the part to keep")
    return pattern


class DelimitedFormat(SpecModel):
    type: Literal["delimited"]
    delimiter: Annotated[str, Field(min_length=1, max_length=5), BeforeValidator(_delimiter)]
    """One character or a few; `tab` is a tab."""
    encoding: Encoding
    quote: Annotated[
        str | None, Field(min_length=1, max_length=1), BeforeValidator(_quote, json_schema_input_type=str | None)
    ] = '"'
    """`none` where the force never quotes, so that a quotation mark is a character like any other."""
    header_row: int = Field(1, ge=1)
    """The line of the header, counted from 1; what stands above it is passed over."""
    header: list[str] | None = Field(None, min_length=1)
    """The names of the columns in a file that has no header; data begin in row `header_row`."""
    trailer: Trailer | None = None
    ends_with_newline: bool = True
    """A last row without its line end is taken as a sign that the file was cut short."""

    @model_validator(mode="after")
    def _marks_differ(self) -> "DelimitedFormat":
        if (self.quote or "\n") in self.delimiter or set(self.delimiter + (self.quote or "")) & set("\r\n\0"):
            raise fault("must differ from 'quote', and neither may be a line end", "delimiter")
        if self.header and len(set(self.header)) < len(self.header):
            raise fault("names a column twice; give each its own name", "header")
        return self


class FixedWidthFormat(SpecModel):
    type: Literal["fixed_width"]
    encoding: Encoding
    fields: dict[str, str] = Field(min_length=1)
    """The first and the last character of each field, counted from 1: `CrimeNo: 1-14`."""
    lines_above: int = Field(0, ge=0)
    """How many lines at the top are not data."""
    trailer: Trailer | None = None
    ends_with_newline: bool = True

    @field_validator("fields")
    @classmethod
    def _spans(cls, fields: dict[str, str]) -> dict[str, str]:
        for name, span in fields.items():
            match = _SPAN.fullmatch(span)
            if match is None or not 1 <= int(match[1]) <= int(match[2]):
                raise fault("must be its first and last character, counted from 1, such as 1-14", name)
        return fields

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """For slicing: from 0, the end excluded."""
        ends = {name: _SPAN.fullmatch(span) for name, span in self.fields.items()}
        return {name: (int(match[1]) - 1, int(match[2])) for name, match in ends.items() if match}


class WorkbookFormat(SpecModel):
    type: Literal["workbook"]
    sheet: str
    """The sheet's name; `*` stands for what changes in it."""
    header_row: int = Field(1, ge=1)
    trailer: Trailer | None = None


class MarkupFormat(SpecModel):
    type: Literal["xml"]
    row: str
    """The element that is one record, below the root: `Occurrence` or `Body/Occurrence`."""
    row_count: str | None = None
    """Where the root says how many records there are: `@occurrences` or `Header/Count`."""

    @model_validator(mode="after")
    def _places(self) -> "MarkupFormat":
        if not re.fullmatch(TAGS, self.row):
            raise fault("must be an element below the root: Tag or Tag/Tag", "row")
        if self.row_count and not re.fullmatch(rf"@[\w.-]+|{TAGS}(?:/@[\w.-]+)?", self.row_count):
            raise fault("must be a place below the root: @attribute, Tag, Tag/Tag or Tag/@attribute", "row_count")
        return self


class JsonFormat(SpecModel):
    """`ndjson` has a record a line; `json` is one document, whose `row` is the list of records."""

    type: Literal["json", "ndjson"]
    encoding: Encoding = "utf-8"
    row: str | None = None
    """The keys that lead to the list, parted by `/`; left out where the document is the list."""
    row_count: str | None = None
    """The keys that lead to how many records there are."""

    @model_validator(mode="after")
    def _one_document(self) -> "JsonFormat":
        for key in ("row", "row_count"):
            if self.type == "ndjson" and getattr(self, key):
                raise fault("is only for type json, which is one document; take it away", key)
        return self


Format = Annotated[
    DelimitedFormat | FixedWidthFormat | WorkbookFormat | MarkupFormat | JsonFormat, Field(discriminator="type")
]
FORMAT_TYPES = ("delimited", "fixed_width", "workbook", "xml", "json", "ndjson")
NESTING_FORMATS = (MarkupFormat, JsonFormat)
"""Formats whose columns are places, and in which people can be nested in crimes."""
