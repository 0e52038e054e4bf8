"""Keyed tokens in place of names, dates of birth and references, made before anything reaches the database.

A token is the first 128 bits of HMAC-SHA256 (RFC 2104) over the normalised value, in hexadecimal. Each purpose
has its own key, derived by HKDF (RFC 5869) from one secret, so tokens of different purposes never compare.
A value that is missing has no token: otherwise all unknown people would be one person.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import jellyfish
import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from csae.common_names import common_names
from csae.distinct import of_each_distinct
from csae.keys.files import read_secret
from csae.linkage.spelling import consonants
from csae.mapping import CRIME_ROW_NUMBER, ROW_NUMBER
from csae.offence_days import OffenceDays
from csae.readers.tables import VALUE_SEPARATOR

if TYPE_CHECKING:
    from hashlib import _Hash

PURPOSES = (
    "crime reference",
    "person reference",
    "name",
    "sound of a name",
    "date of birth",
    "year and month of birth",
    "year and day of birth",
    "month and day of birth",
    "pnc id",
    "case reference",
)
_TOKEN_DIGITS = 32
_BLOCK_BYTES = 64
"""Of SHA-256, which a key is filled up to."""
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_WITHOUT_STROKE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŧ": "t"}
)
"""Letters that Unicode does not take apart into a letter and an accent."""
_BETWEEN_PARTS = re.compile(r"[\s.,;/&+_\-\u2010-\u2015\u2212]+")
"""Blanks, dashes and what else stands between the parts of a name; an apostrophe stands within one."""
_PARTICLE = re.compile("AL|BIN|BINT|DA?|D[EIU]|DEL|DE[NR]|DOS|EL|IBN|L[AE]|MA?C|NI|O|ST|TER|UI|VAN|VON")
"""Written with the part that they lead or apart from it, so read with it: `Mc Donald`, `De Souza`, `O Brien`."""
_PLACEHOLDER_DAYS = frozenset({"1899-12-30", "1899-12-31", "9999-12-31"})
"""Besides every 1 January: the days that spreadsheets write for zero, and systems for no end."""


Made = dict[str, pl.DataFrame]
"""By column, the values that were met, and beside them the columns that were made of each."""


@dataclass(frozen=True)
class Keys:
    key_id: str
    by_purpose: dict[str, bytes] = field(repr=False)


def read_keys(path: Path | None) -> Keys:
    """Raises `PseudonymKeyError`: `csae.keys.files` says what a key file must be."""
    return derive_keys(read_secret(path))


def derive_keys(secret: bytes) -> Keys:
    by_purpose = {
        purpose: HKDF(SHA256(), length=32, salt=None, info=f"csae {purpose}".encode()).derive(secret)
        for purpose in (*PURPOSES, "key id")
    }
    return Keys(hashlib.sha256(by_purpose["key id"]).hexdigest()[:12], by_purpose)


def token(keys: Keys, purpose: str, value: str) -> str:
    inner, outer = _begun(keys.by_purpose[purpose])
    inner, outer = inner.copy(), outer.copy()
    inner.update(value.encode())
    outer.update(inner.digest())
    return outer.hexdigest()[:_TOKEN_DIGITS]


@lru_cache(maxsize=64)
def _begun(key: bytes) -> "tuple[_Hash, _Hash]":
    """The two hashes of HMAC begun with the key, which is the same for all values (RFC 2104, section 4).

    To begin them anew for each value takes longer than all the rest.
    """
    block = key.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))
    return inner, outer


def normalise_name(name: str) -> str:
    """Letters only, upper case, without accents: `O'Brien` and `OBRIEN` are one, `Łukasz` and `Lukasz` too."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = decomposed.casefold().translate(_WITHOUT_STROKE)
    return "".join(letter for letter in plain if letter.isalpha()).upper()


def name_parts(name: str) -> list[str]:
    """The normal forms of a name's parts in the order written, a particle with the part that it leads.

    An initial is a part too: one letter of a script that has capitals.
    """
    parts: list[str] = []
    leading = ""
    for part in filter(None, map(normalise_name, _BETWEEN_PARTS.split(name))):
        if _PARTICLE.fullmatch(part):
            leading += part
        elif _is_letter(part):
            parts.extend(filter(None, (leading, part)))
            leading = ""
        else:
            parts.append(leading + part)
            leading = ""
    return [*parts, leading] if leading else parts


def full_parts(parts: Sequence[str]) -> list[str]:
    """The parts but for initials, which say too little to find a person by; each once, in alphabetical order."""
    return sorted({part for part in parts if not _is_letter(part)})


def first_forename(parts: Sequence[str]) -> str:
    """The first part: middle names come and go. Nothing where it is an initial."""
    return "" if not parts or _is_letter(parts[0]) else parts[0]


def phonetic_form(parts: Sequence[str]) -> str:
    """The Metaphone codes of a name's full parts in alphabetical order, so that halves change places freely.

    Metaphone (L. Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990) as jellyfish has it. Of the
    phonetic forms there it keeps the spellings of one name together most often for as few different names that it
    confuses: Soundex confuses twice as many, NYSIIS and the Match Rating codex tell more of Mohammed's spellings
    apart. It knows the sounds of English and plain letters only: nothing comes of a name in another script.
    """
    return " ".join(sorted({jellyfish.metaphone(part) for part in full_parts(parts)} - {""}))


def consonant_form(parts: Sequence[str]) -> str:
    """The consonants of a name, marked as such: they share a key with sounds, and are none."""
    form = consonants(parts)
    return form and f"consonants {form}"


def normalise_reference(reference: str) -> str:
    return "".join(unicodedata.normalize("NFKC", reference).split()).upper()


def normalise_pnc_id(pnc_id: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", pnc_id)).upper()


def pseudonymise_crimes(crimes: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """The columns of `raw.crime` but for the load and extract."""
    return crimes.with_columns(
        _tokens(crimes["crime_ref"], keys, "crime reference", normalise_reference).alias("crime_ref_token"),
        _tokens(crimes["transfer_ref"], keys, "crime reference", normalise_reference).alias("transfer_ref_token"),
    ).drop("crime_ref", "transfer_ref")


def add_days_of_offences(days: OffenceDays, crimes: pl.DataFrame) -> None:
    """Of crimes as `pseudonymise_crimes` gives them."""
    days.add(crimes["crime_ref_token"], crimes.select(_day("offence_start_on")).to_series())


def pseudonymise_people(
    people: pl.DataFrame, offence_days: OffenceDays, keys: Keys, source: str, made: Made | None = None
) -> pl.DataFrame:
    """The columns of `raw.involvement` but for the load and extract.

    `offence_days` are for the age at the offence. `made` keeps, from one part of a delivery to the next, what was made
    of names and dates.
    """

    def local(reference: str) -> str:
        normal = normalise_reference(reference)
        return normal and f"{source}{VALUE_SEPARATOR}{normal}"

    born = _day("date_of_birth")
    crimes = _tokens(people["crime_ref"], keys, "crime reference", normalise_reference).alias("crime_ref_token")
    people = people.with_columns(
        crimes,
        _tokens(people["person_ref"], keys, "person reference", local).alias("person_ref_token"),
        _tokens(people["pnc_id"], keys, "pnc id", normalise_pnc_id).alias("pnc_token"),
        *_of_people(people, keys, {} if made is None else made),
        # A date of birth that is no date leaves a mark, so that the gate can count it.
        pl.when(pl.col("date_of_birth").is_not_null())
        .then(pl.coalesce(born.dt.to_string("%Y"), pl.lit("invalid")))
        .alias("birth_year"),
        _age(born, pl.lit(offence_days.look_up(crimes))).alias("age_at_offence"),
    )
    return people.drop("crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id").select(
        ROW_NUMBER, CRIME_ROW_NUMBER, pl.exclude(ROW_NUMBER, CRIME_ROW_NUMBER)
    )


def pseudonymise_case_reviews(reviews: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """The columns of `raw.case_review` but for the load and extract."""
    return reviews.with_columns(
        _tokens(reviews["case_ref"], keys, "case reference", normalise_reference).alias("case_ref_token"),
    ).drop("case_ref")


def _day(name: str) -> pl.Expr:
    """Null where the text is no day; alone, the parser would take `26-01-31` for the year 26."""
    text = pl.col(name)
    return pl.when(text.str.contains(_ISO_DATE)).then(text.str.to_date("%Y-%m-%d", strict=False))


def _age(born: pl.Expr, on: pl.Expr) -> pl.Expr:
    """Whole years, as text."""
    not_yet = _day_of_year(on) < _day_of_year(born)
    return (on.dt.year() - born.dt.year() - not_yet.cast(pl.Int32)).cast(pl.String)


def _day_of_year(day: pl.Expr) -> pl.Expr:
    """A number in the order of days in a year; polars' month has 8 bits, too few to count hundreds in."""
    return day.dt.month().cast(pl.Int32) * 100 + day.dt.day()


def _date_only(value: str) -> str:
    """Nothing for a day that does not exist: all who have 0000-00-00 would be one person."""
    try:
        return value if date.fromisoformat(value).isoformat() == value else ""
    except ValueError:
        return ""


def _date_parts(value: str) -> list[str]:
    """Year, month and day, or nothing."""
    return _date_only(value).split("-") if _date_only(value) else []


def _swapped_date(parts: Sequence[str]) -> str:
    """With day and month exchanged; nothing where that is no date."""
    year, month, day = parts
    return _date_only(f"{year}-{day}-{month}")


def _is_placeholder(parts: Sequence[str]) -> bool:
    """Whether the date is one that is written where none is known, and so shared by many."""
    return tuple(parts[1:]) == ("01", "01") or "-".join(parts) in _PLACEHOLDER_DAYS


def _is_letter(normal_name: str) -> bool:
    """Whether this is one letter and no name: scripts without capitals have names of one letter."""
    return len(normal_name) == 1 and normal_name.lower() != normal_name


_Parts = Sequence[str]
_Make = Callable[[Keys, _Parts], str | None]
"""A value of a new column from the parts of a value, of which there is at least one."""


def _one(purpose: str, form: Callable[[_Parts], str]) -> _Make:
    """The token of a form of the parts, with the key of this purpose; none where there is no such form."""

    def make(keys: Keys, parts: _Parts) -> str | None:
        normal = form(parts)
        return token(keys, purpose, normal) if normal else None

    return make


def _all(purpose: str, forms: Callable[[_Parts], Sequence[str]]) -> _Make:
    return lambda keys, parts: " ".join(token(keys, purpose, normal) for normal in forms(parts)) or None


def _flag(holds: Callable[[_Parts], bool], known: Callable[[_Parts], object] = bool) -> _Make:
    """Nothing where what it rests on is not known."""
    return lambda _, parts: str(holds(parts)).lower() if known(parts) else None


_OF_A_PERSON: Mapping[str, tuple[Callable[[str], _Parts], Mapping[str, _Make]]] = {
    "surname": (
        name_parts,
        {
            "surname_token": _one("name", "".join),
            "surname_phonetic_token": _one("sound of a name", phonetic_form),
            "surname_consonants_token": _one("sound of a name", consonant_form),
            "surname_is_common": _flag(lambda parts: "".join(parts) in common_names("surname")),
            "surname_part_tokens": _all("name", full_parts),
        },
    ),
    "forenames": (
        name_parts,
        {
            "forename_token": _one("name", "".join),
            "forename_initial_token": _one("name", lambda parts: parts[0][:1]),
            "forename_is_initial": _flag(lambda parts: _is_letter("".join(parts))),
            "first_forename_token": _one("name", first_forename),
            "forename_phonetic_token": _one("sound of a name", lambda parts: phonetic_form([first_forename(parts)])),
            "forename_consonants_token": _one("sound of a name", lambda parts: consonant_form([first_forename(parts)])),
            "forename_is_common": _flag(lambda parts: parts[0] in common_names("forename"), known=first_forename),
            "forename_part_tokens": _all("name", full_parts),
        },
    ),
    "date_of_birth": (
        _date_parts,
        {
            "date_of_birth_token": _one("date of birth", "-".join),
            "date_of_birth_swapped_token": _one("date of birth", _swapped_date),
            "date_of_birth_is_placeholder": _flag(_is_placeholder),
            "birth_year_month_token": _one("year and month of birth", lambda parts: "-".join(parts[:2])),
            "birth_year_day_token": _one("year and day of birth", lambda parts: "-".join(parts[::2])),
            "birth_month_day_token": _one("month and day of birth", lambda parts: "-".join(parts[1:])),
        },
    ),
}
"""By column: how its value is taken apart, and the columns that are made of its parts."""
_MOST_KEPT = 100_000
"""So many values of a column, and what was made of them, are kept until it begins anew."""
_FEWEST_KEPT = 100
"""New ones that are fewer are made anew in each part: kept, they would hold as much memory as many (8 KiB a column)."""
_PART_TOKENS = ("surname_part_tokens", "forename_part_tokens")
"""Only put together, as `name_part_tokens`."""


def _of_people(people: pl.DataFrame, keys: Keys, made: Made) -> list[pl.Series]:
    columns = [
        series
        for column, (take_apart, makers) in _OF_A_PERSON.items()
        for series in _made_of_parts(people[column], keys, take_apart, makers, made)
    ]
    parts = [column for column in columns if column.name in _PART_TOKENS]
    return [*(column for column in columns if column.name not in _PART_TOKENS), _name_parts(parts)]


def _made_of_parts(
    values: pl.Series, keys: Keys, take_apart: Callable[[str], _Parts], makers: Mapping[str, _Make], made: Made
) -> list[pl.Series]:
    """Names and dates repeat: what each distinct value makes is made once, and kept in `made`."""

    def make(value: str) -> list[str | None]:
        parts = take_apart(value)
        return [maker(keys, parts) if parts else None for maker in makers.values()]

    def looked_up(distinct: pl.Series) -> list[pl.Series]:
        known = made.get(values.name)
        if known is None or known.height > _MOST_KEPT:
            known = pl.DataFrame(schema=dict.fromkeys([values.name, *makers], pl.String()))
        new = distinct.to_frame().join(known, on=values.name, how="anti")[values.name]
        rows = [(value, *make(value)) for value in new.drop_nulls().to_list()]
        known = pl.concat([known, pl.DataFrame(rows, schema=known.schema, orient="row")], rechunk=True)
        if len(rows) >= _FEWEST_KEPT:
            made[values.name] = known
        return distinct.to_frame().join(known, on=values.name, how="left", maintain_order="left").get_columns()[1:]

    return of_each_distinct(values, looked_up)


def _name_parts(parts: Sequence[pl.Series]) -> pl.Series:
    """The tokens of all parts of the surname and forenames, each once, in their own order, with blanks between.

    So it does not matter in which of the two columns, or in what order, the parts stand.
    """
    both = pl.concat_str(*parts, separator=" ", ignore_nulls=True)
    tokens = both.str.split(" ").list.unique().list.sort().list.join(" ")
    return pl.select(pl.when(tokens != "").then(tokens).alias("name_part_tokens")).to_series()


def _tokens(values: pl.Series, keys: Keys, purpose: str, normalise: Callable[[str], str]) -> pl.Series:
    """A token for each value; none where the value or its normal form is empty."""

    def tokenise(value: str | None) -> str | None:
        normal = value and normalise(value)
        return token(keys, purpose, normal) if normal else None

    def tokenised(distinct: pl.Series) -> list[pl.Series]:
        return [pl.Series(values.name, [tokenise(value) for value in distinct.to_list()], pl.String())]

    return of_each_distinct(values, tokenised)[0]
