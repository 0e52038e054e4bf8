"""Keyed tokens in place of names, dates of birth and references, made before anything reaches the database.

A token is the first 128 bits of HMAC-SHA256 (RFC 2104) over the normalised value, in hexadecimal. Each purpose
has its own key, derived by HKDF (RFC 5869) from one secret, so tokens of different purposes never compare.
A value that is missing has no token: otherwise all unknown people would be one person.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from csae.mapping import CRIME_ROW_NUMBER, ROW_NUMBER
from csae.readers.tables import VALUE_SEPARATOR

PURPOSES = ("crime reference", "person reference", "name", "date of birth", "pnc id", "case reference")
_TOKEN_BYTES = 16
_MIN_SECRET_BYTES = 32
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_WITHOUT_STROKE = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŧ": "t"}
)
"""Letters that Unicode does not take apart into a letter and an accent."""
_BLANKS = re.compile(r"\s+")


class PseudonymKeyError(Exception):
    """The secret is missing or too short; the message says which file and what to do."""


@dataclass(frozen=True)
class Keys:
    key_id: str
    by_purpose: dict[str, bytes] = field(repr=False)


def read_keys(path: Path | None) -> Keys:
    """Raises `PseudonymKeyError`. The file holds at least 32 random bytes and is read whole."""
    if path is None:
        raise PseudonymKeyError(
            "No pseudonym key is set; point CSAE_PSEUDONYM_KEY_FILE at a file of at least 32 random bytes."
        )
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise PseudonymKeyError(
            f"The pseudonym key file {path} cannot be read ({error.strerror}); check CSAE_PSEUDONYM_KEY_FILE."
        ) from None
    if len(secret) < _MIN_SECRET_BYTES:
        raise PseudonymKeyError(
            f"The pseudonym key file {path} holds {len(secret)} bytes; put at least {_MIN_SECRET_BYTES} random ones in."
        )
    return derive_keys(secret)


def derive_keys(secret: bytes) -> Keys:
    by_purpose = {
        purpose: HKDF(SHA256(), length=32, salt=None, info=f"csae {purpose}".encode()).derive(secret)
        for purpose in (*PURPOSES, "key id")
    }
    return Keys(hashlib.sha256(by_purpose["key id"]).hexdigest()[:12], by_purpose)


def token(keys: Keys, purpose: str, value: str) -> str:
    digest = hmac.digest(keys.by_purpose[purpose], value.encode(), "sha256")
    return digest[:_TOKEN_BYTES].hex()


def normalise_name(name: str) -> str:
    """Letters only, upper case, without accents: `O'Brien` and `OBRIEN` are one, `Łukasz` and `Lukasz` too."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = decomposed.casefold().translate(_WITHOUT_STROKE)
    return "".join(letter for letter in plain if letter.isalpha()).upper()


def normalise_reference(reference: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", reference)).upper()


def normalise_pnc_id(pnc_id: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", pnc_id)).upper()


def pseudonymise_crimes(crimes: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """The columns of `raw.crime` but for the load and extract."""
    return crimes.with_columns(
        _tokens(crimes["crime_ref"], keys, "crime reference", normalise_reference).alias("crime_ref_token"),
        _tokens(crimes["transfer_ref"], keys, "crime reference", normalise_reference).alias("transfer_ref_token"),
    ).drop("crime_ref", "transfer_ref")


def pseudonymise_people(people: pl.DataFrame, offence_days: pl.DataFrame, keys: Keys, source: str) -> pl.DataFrame:
    """The columns of `raw.involvement` but for the load and extract.

    `offence_days` has `crime_ref_token` and `offence_start_on`, each crime once, for the age at the offence.
    """

    def local(reference: str) -> str:
        normal = normalise_reference(reference)
        return normal and f"{source}{VALUE_SEPARATOR}{normal}"

    born = _day("date_of_birth")
    people = people.with_columns(
        _tokens(people["crime_ref"], keys, "crime reference", normalise_reference).alias("crime_ref_token"),
    ).join(offence_days, on="crime_ref_token", how="left", maintain_order="left")
    people = people.with_columns(
        _tokens(people["person_ref"], keys, "person reference", local).alias("person_ref_token"),
        _tokens(people["surname"], keys, "name", normalise_name).alias("surname_token"),
        _tokens(people["forenames"], keys, "name", normalise_name).alias("forename_token"),
        _tokens(people["forenames"], keys, "name", lambda name: normalise_name(name)[:1]).alias(
            "forename_initial_token"
        ),
        _each_distinct(people["forenames"], _is_initial).alias("forename_is_initial"),
        _tokens(people["date_of_birth"], keys, "date of birth", _date_only).alias("date_of_birth_token"),
        _tokens(people["pnc_id"], keys, "pnc id", normalise_pnc_id).alias("pnc_token"),
        # A date of birth that is no date leaves a mark, so that the gate can count it.
        pl.when(pl.col("date_of_birth").is_not_null())
        .then(pl.coalesce(born.dt.to_string("%Y"), pl.lit("invalid")))
        .alias("birth_year"),
        _age(born, _day("offence_start_on")).alias("age_at_offence"),
    )
    return people.drop(
        "crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id", "offence_start_on"
    ).select(ROW_NUMBER, CRIME_ROW_NUMBER, pl.exclude(ROW_NUMBER, CRIME_ROW_NUMBER))


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


def _is_initial(forenames: str) -> str | None:
    letters = normalise_name(forenames)
    return None if not letters else "true" if len(letters) == 1 else "false"


def _tokens(values: pl.Series, keys: Keys, purpose: str, normalise: Callable[[str], str]) -> pl.Series:
    """A token for each value; none where the value or its normal form is empty."""

    def tokenise(value: str) -> str | None:
        normal = normalise(value)
        return token(keys, purpose, normal) if normal else None

    return _each_distinct(values, tokenise)


def _each_distinct(values: pl.Series, function: Callable[[str], str | None]) -> pl.Series:
    """Names and dates repeat, so each distinct value is worked on once."""
    distinct = values.drop_nulls().unique().to_list()
    return values.replace_strict(
        old=pl.Series(distinct, dtype=pl.String),
        new=pl.Series([function(value) for value in distinct], dtype=pl.String),
        default=None,
        return_dtype=pl.String,
    )
