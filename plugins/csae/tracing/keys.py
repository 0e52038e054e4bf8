"""What people write after `csae why`, and the only place where a clear reference is met.

A reference is made a token at once, with the key of the deliveries; it is in no query, no message and no story.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from csae.pseudonyms import Keys, normalise_reference, token

FORMS = (
    ("12:crimes:345", "row 345 of a load; see csae load quarantine 12"),
    ("06/2026-09-01/FILE", "a file; see csae load show 12"),
    ("06/REFERENCE", "a crime or a case, by its force's own reference"),
    ("CRIME_KEY", 'a crime; see csae sql "select * from fct_offence_type"'),
    ("CRIME_KEY:2", "the second person on it, as its page counts them"),
    ("PERSON_KEY", 'a person; see csae sql "select * from fct_ethnicity"'),
    ("another key", "a person_record_key, involvement_key or case_key"),
)
"""Each way to write a key, and where to find one."""
SHORTEST = 8
"""Of a key's digits, as many as a page shows of it at the least."""

_ROW = re.compile(r"(\d{1,9}):([\w.-]{1,100}):(\d{1,9})")
_FILE = re.compile(r"\d\d/\d{4}-\d\d-\d\d/.+")
_REFERENCE = re.compile(r"(\d\d)/(.+)")
_HASH = re.compile(rf"([0-9a-f]{{{SHORTEST},32}})(?::(\d{{1,4}}))?")


class UnknownKeyError(Exception):
    """The text is no key, or nothing has it. The message does not repeat it, since it may be a reference."""


@dataclass(frozen=True)
class RowKey:
    load_id: int
    extract_name: str
    row_number: int


@dataclass(frozen=True)
class FileKey:
    object_key: str


@dataclass(frozen=True)
class ReferenceKey:
    """A reference, already as its tokens: it may be that of a crime or of a case."""

    force_code: str
    crime_ref_token: str = field(repr=False)
    case_ref_token: str = field(repr=False)

    @property
    def crime_key(self) -> str:
        """As the macro `crime_key` makes it."""
        return hashlib.md5(f"{self.force_code}|{self.crime_ref_token}".encode(), usedforsecurity=False).hexdigest()

    @property
    def case_key(self) -> str:
        return hashlib.md5(f"{self.force_code}|{self.case_ref_token}".encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class HashKey:
    """A key of 32 digits, or its first ones; `place` is that of a person on a crime."""

    digits: str
    place: int | None = None


Key = RowKey | FileKey | ReferenceKey | HashKey


def read_key(text: str, keys: Callable[[], Keys]) -> Key:
    """Raises `UnknownKeyError` for a text of no form. `keys` is asked for a reference alone."""
    text = text.strip()
    if match := _ROW.fullmatch(text):
        return RowKey(int(match[1]), match[2], int(match[3]))
    if _FILE.fullmatch(text):
        return FileKey(text)
    if digits := read_digits(text):
        return digits
    if (match := _REFERENCE.fullmatch(text)) and (normal := normalise_reference(match[2])):
        by_key = keys()
        return ReferenceKey(match[1], token(by_key, "crime reference", normal), token(by_key, "case reference", normal))
    raise UnknownKeyError(f"This is no key. {forms()}")


def read_digits(text: str) -> HashKey | None:
    """None for a text that is no such key."""
    match = _HASH.fullmatch(text.strip().lower())
    return HashKey(match[1], int(match[2]) if match[2] else None) if match else None


def forms() -> str:
    """For a message: each form on a line of its own."""
    width = max(len(form) for form, _ in FORMS)
    return "A key is one of\n" + "\n".join(f"  {form.ljust(width)}  {found}" for form, found in FORMS)
