"""What a text after `csae why` names; a reference is a token before anything else sees it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.pseudonyms import Keys, derive_keys, token
from csae.tracing.keys import FileKey, HashKey, ReferenceKey, RowKey, UnknownKeyError, read_key

KEYS = derive_keys(b"k" * 32)
REFERENCE = "06A1/0000104/26"
KEY = "2a3ed6da7eb77e2bad547c631374188b"


def keys() -> Keys:
    return KEYS


def no_keys() -> Keys:
    raise AssertionError("the secret is only for references")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("12:crimes:345", RowKey(12, "crimes", 345)),
        (" 1:person-list.v2:7 ", RowKey(1, "person-list.v2", 7)),
        ("06/2026-09-01/SYP CSAE 01-09-2026.xlsx", FileKey("06/2026-09-01/SYP CSAE 01-09-2026.xlsx")),
        ("06/2026-09-01/a/b.csv", FileKey("06/2026-09-01/a/b.csv")),
        (KEY, HashKey(KEY)),
        (KEY.upper(), HashKey(KEY)),
        (KEY[:8], HashKey(KEY[:8])),
        (f"{KEY}:2", HashKey(KEY, 2)),
    ],
)
def test_forms(text: str, named: object) -> None:
    assert read_key(text, no_keys) == named


@pytest.mark.parametrize(
    "text", [f"06/{REFERENCE}", f"06/{REFERENCE.lower()}", f" 06/ {REFERENCE[:4]} {REFERENCE[4:]}"]
)
def test_a_reference_becomes_the_token_that_the_deliveries_have(text: str) -> None:
    named = read_key(text, keys)
    assert isinstance(named, ReferenceKey)
    made = token(KEYS, "crime reference", REFERENCE)
    assert (named.force_code, named.crime_ref_token) == ("06", made)
    assert named.case_ref_token == token(KEYS, "case reference", REFERENCE)
    assert named.crime_key == hashlib.md5(f"06|{made}".encode(), usedforsecurity=False).hexdigest()
    assert repr(named) == "ReferenceKey(force_code='06')"


@pytest.mark.parametrize(
    "text", ["", "crimes", "2a3ed6d", f"{KEY}0", "2a3ed6dg", "12:crimes", "12:crimes:x", "6/1", "06/", "06/ "]
)
def test_any_other_text_is_no_key_and_the_forms_are_told(text: str) -> None:
    with pytest.raises(UnknownKeyError, match=r"(?s)12:crimes:345.*06/REFERENCE.*CRIME_KEY:2"):
        read_key(text, keys)


@given(st.text(min_size=13).map(lambda text: f"x{text}"))
def test_no_text_is_repeated_in_a_message(text: str) -> None:
    with pytest.raises(UnknownKeyError) as raised:
        read_key(text, keys)
    assert text not in str(raised.value)
