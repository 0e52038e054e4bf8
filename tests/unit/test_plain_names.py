"""No name that climbs, or that is not what it looks like, is taken, and no message shows one as it is."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae import landing
from csae.landing import LandedFile
from csae.plain_names import is_harmless, shown

HIDDEN = st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"])


@pytest.mark.parametrize(
    "name", ["crimes.csv", "a..b.csv", "Zoë's crimes (1).csv", "crimes %2e%2e%2f.csv", "…", "범죄"]
)
def test_names_as_forces_write_them_are_taken_and_shown_as_they_are(name: str) -> None:
    assert is_harmless(name)
    assert shown(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/../b", "a\\..\\b", "..\\a", "/etc/passwd", "\\\\server\\a", "C:a.csv", "c:\\a"]
)
def test_names_that_lead_out_are_not(name: str) -> None:
    assert not is_harmless(name)


@given(st.text(max_size=5), HIDDEN, st.text(max_size=5))
def test_nothing_hidden_is_taken_or_shown(before: str, mark: str, after: str) -> None:
    text = before + mark + after
    assert not is_harmless(text)
    left = {unicodedata.category(one) for one in shown(text).replace("\n", "")}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_what_is_hidden_is_written_out() -> None:
    assert shown("a\u202eb\x1b[2J\x85\u200b") == "a\\u202eb\\x1b[2J\\x85\\u200b"
    assert shown("one line\nand another") == "one line\nand another"


@given(st.text(alphabet=st.characters(exclude_characters="/"), min_size=1, max_size=8))
def test_a_key_is_a_delivery_s_only_with_a_harmless_name(name: str) -> None:
    found = landing._landed(f"06/2026-09-01/{name}", "etag", 1)
    taken = LandedFile(f"06/2026-09-01/{name}", "06", date(2026, 9, 1), name, "etag", 1)
    assert found == (taken if is_harmless(name) else None)


@pytest.mark.parametrize(
    "key",
    [
        "../06/2026-09-01/crimes.csv",
        "06/../13/2026-09-01/crimes.csv",
        "06/2026-09-01/../../13/crimes.csv",
        "06/2026-09-01/sub/crimes.csv",
        "06/2026-02-30/crimes.csv",
        "/06/2026-09-01/crimes.csv",
        "06/2026-09-01/",
        "06/2026-09-01/..",
        "06/2026-09-01/a\n",
        "٠٦/2026-09-01/crimes.csv",
        "06/٢٠٢٦-09-01/crimes.csv",
    ],
)
def test_a_key_of_another_shape_is_none(key: str) -> None:
    assert landing._landed(key, "etag", 1) is None
