"""The field list that a force sends with a packed fixed width file: what no look at the file can tell.

No message quotes a line of it: somebody may give a file of data in its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from csae.onboarding.samples import SampleError

_COMMENT = re.compile(r"(?:^|\s)#.*")
_SECTION = re.compile(r"\[(.*)\]")
_FIELD = re.compile(r"(?P<name>.*[^\s,;:])[\s,;:]+(?P<first>\d{1,5})[\s,;:–-]+(?P<last>\d{1,5})", re.ASCII)
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Field:
    name: str
    first: int
    last: int
    """Both counted from 1, as the YAML does."""
    line: int
    """Of the list."""


@dataclass(frozen=True)
class Section:
    """The fields of one kind of row; those above the first section are in each."""

    values: tuple[str, ...]
    """Of the record type; none where all rows are of one kind."""
    line: int
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class FieldList:
    file: str
    sections: tuple[Section, ...]

    @property
    def last_field(self) -> Field:
        return max((field for section in self.sections for field in section.fields), key=lambda field: field.last)


def read_field_list(path: Path) -> FieldList:
    """`CrimeNo 1-14` a line, below `[O]` where only rows of that record type have it. Raises `SampleError`."""
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise SampleError(f"{path}: there is no such field list; give a small text file, one field a line.")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return parse_field_list(text, path.name)


def parse_field_list(text: str, file: str) -> FieldList:
    """Raises `SampleError`."""
    found: dict[tuple[str, ...], tuple[int, list[Field]]] = {(): (1, [])}
    current: tuple[str, ...] = ()
    for number, line in _lines(text):
        section = _SECTION.fullmatch(line)
        if section:
            current = tuple(value.strip() for value in section[1].split(","))
            if "" in current:
                _fail(file, number, "names no record type; write it as it stands in the rows, such as [O]")
            if before := next((found[known][0] for known in found if set(known) & set(current)), None):
                _fail(file, number, f"has a record type of line {before} again; put all its fields below one of them")
            found[current] = (number, [])
        else:
            found[current][1].append(_field(line, number, file))
    _, common = found.pop(())
    sections = [Section(values, line, (*common, *fields)) for values, (line, fields) in found.items()]
    sections = sections or [Section((), 1, tuple(common))]
    for each in sections:
        _check(each, file)
    return FieldList(file, tuple(sections))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        plain = _COMMENT.sub("", line).strip()
        if plain:
            yield number, plain


def _field(line: str, number: int, file: str) -> Field:
    match = _FIELD.fullmatch(line)
    if match is None:
        _fail(file, number, "is no field; write its name, its first and its last character, such as CrimeNo 1-14")
    first, last = int(match["first"]), int(match["last"])
    if not 1 <= first <= last:
        _fail(
            file, number, "ends before it begins; write the first and the last character, counted from 1, not a length"
        )
    return Field(match["name"].strip("\"' \t"), first, last, number)


def _check(section: Section, file: str) -> None:
    if not section.fields:
        _fail(file, section.line, "has no fields below it; write one a line, such as CrimeNo 1-14")
    by_name: dict[str, Field] = {}
    reached: Field | None = None
    for field in section.fields:
        if field.name in by_name:
            _fail(file, field.line, f"has the name of line {by_name[field.name].line}; give each field its own")
        by_name[field.name] = field
    for field in sorted(section.fields, key=lambda field: (field.first, field.last)):
        if reached and field.first <= reached.last:
            one, other = sorted((reached.line, field.line))
            _fail(
                file,
                other,
                f"takes in characters of line {one}; correct one of them, leave out what only groups others, or put "
                "fields of rows of another kind below a line with their record type, such as [N]",
            )
        reached = field


def _fail(file: str, line: int, what: str) -> NoReturn:
    raise SampleError(f"{file}, line {line}: {what}.")
