"""Tokens of names: whole, cut to an initial, in parts, by sound and by consonants."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pseudonymised import KEYS, people, tokens

from csae.common_names import common_names
from csae.pseudonyms import derive_keys, name_parts, normalise_name, phonetic_form, token
from csae.synthetic import names

# Normal forms


@pytest.mark.parametrize(
    "names",
    [
        ["O'Brien", "O’Brien", "OBRIEN", "o brien", "O`Brien"],
        ["Zoë", "ZOË", "Zoe", "Zoe\u0308", " zoe "],
        ["Smith-Jones", "Smith Jones", "SMITHJONES", "Smith–Jones"],
        ["Straße", "STRASSE"],
        ["Łukasz", "Lukasz"],
        ["Ægir", "Aegir"],
        ["Nguyễn", "NGUYEN"],
        ["李", " 李 "],
    ],
    ids=lambda names: names[0],
)
def test_spellings_of_one_name(names: list[str]) -> None:
    assert len({normalise_name(name) for name in names}) == 1
    assert len(set(tokens("surname_token", "surname", *names))) == 1


@pytest.mark.parametrize(("one", "other"), [("Smith", "Smyth"), ("Ann", "Anne"), ("李", "王")])
def test_names_that_differ(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


# Forenames cut to an initial


@pytest.mark.parametrize(
    ("forenames", "is_initial"),
    [("J", "true"), ("J.", "true"), ("Jo", "false"), ("J R", "false"), ("李", "false"), ("-", None), (None, None)],
)
def test_an_initial_is_told(forenames: str | None, is_initial: str | None) -> None:
    assert tokens("forename_is_initial", "forenames", forenames) == [is_initial]


def test_an_initial_compares_with_the_name() -> None:
    frame = people({"forenames": "Zoë Ann"}, {"forenames": "z."})
    assert frame["forename_initial_token"][0] == frame["forename_initial_token"][1] == frame["forename_token"][1]


# Parts and sounds of names


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Smith-Jones", ["SMITH", "JONES"]),
        ("Smith – Jones", ["SMITH", "JONES"]),
        ("O'Brien", ["OBRIEN"]),
        ("o brien", ["OBRIEN"]),
        ("van der Berg", ["VANDERBERG"]),
        ("de Souza Silva", ["DESOUZA", "SILVA"]),
        ("Le", ["LE"]),
        ("Ann Mac", ["ANN", "MAC"]),
        ("Zoë J. R.", ["ZOE", "J", "R"]),
        ("J.R.", ["J", "R"]),
        ("O J", ["O", "J"]),
        ("李 小龙", ["李", "小龙"]),
        ("' -", []),
    ],
)
def test_the_parts_of_a_name(name: str, parts: list[str]) -> None:
    assert name_parts(name) == parts


@pytest.mark.parametrize(
    "names",
    [
        ["Mohammed", "Muhammad", "Mohamed", "MOHAMMAD", "Muhammed"],
        ["Hussain", "Hussein"],
        ["MacDonald", "McDonald", "Mc Donald"],
        ["Smith-Jones", "Jones Smyth", "JONES-SMITH"],
        ["Zoë", "Zoe"],
    ],
    ids=lambda names: names[0],
)
def test_spellings_that_sound_alike(names: list[str]) -> None:
    assert len(set(tokens("surname_phonetic_token", "surname", *names))) == 1
    assert len({phonetic_form(name_parts(name)) for name in names}) == 1


def test_names_that_sound_different() -> None:
    assert len(set(tokens("surname_phonetic_token", "surname", "Smith", "Jones", "Smith-Jones"))) == 3


@pytest.mark.parametrize("slip", ["Marsetn", "Marssten", "Marstn", "MARSTEN"])
def test_slips_of_the_keys_that_leave_the_consonants(slip: str) -> None:
    assert len(set(tokens("surname_consonants_token", "surname", "Marsten", slip))) == 1
    assert len(set(tokens("forename_consonants_token", "forenames", "Marsten", f"{slip} Ann"))) == 1


def test_consonants_and_a_sound_that_are_written_alike_do_not_compare() -> None:
    row = people({"surname": "Fort", "forenames": "Fort"}).row(0, named=True)
    assert row["surname_consonants_token"] == row["forename_consonants_token"] != row["surname_phonetic_token"]


@pytest.mark.parametrize(
    ("surname", "forenames", "is_common"),
    [
        ("Smith", "James", ["true", "true"]),
        ("O'Neill", "ANN-MARIE", ["true", "true"]),
        ("Mc Donald", "José", ["true", "true"]),
        ("Ramsbottom", "Thandiwe", ["false", "false"]),
        ("Smith-Jones", "Thandiwe Ann", ["false", "false"]),
        ("James", "Smith", ["true", "false"]),
    ],
)
def test_names_that_are_common(surname: str, forenames: str, is_common: list[str]) -> None:
    row = people({"surname": surname, "forenames": forenames}).row(0, named=True)
    assert [row["surname_is_common"], row["forename_is_common"]] == is_common


def test_whether_a_name_is_common_is_the_same_under_every_key() -> None:
    rows = pl.concat(
        [people({"surname": "Smith", "forenames": "Thandiwe"}, keys=keys) for keys in (KEYS, derive_keys(bytes(32)))]
    )
    assert rows["surname_token"].n_unique() == 2
    assert rows.select("surname_is_common", "forename_is_common").unique().rows() == [("true", "false")]


@pytest.mark.parametrize(("part", "many"), [("surname", 578), ("forename", 642)])
def test_the_list_of_common_names_is_in_normal_form(part: str, many: int) -> None:
    listed = common_names(part)
    assert (len(listed), {normalise_name(name) for name in listed}) == (many, listed)


def test_a_surname_that_is_used_as_a_forename_compares() -> None:
    row = people({"surname": "Martin", "forenames": "Martin"}).row(0, named=True)
    assert row["surname_phonetic_token"] == row["forename_phonetic_token"]
    assert row["surname_token"] == row["first_forename_token"] == row["name_part_tokens"]


def test_middle_names_come_and_go() -> None:
    frame = people({"forenames": "Mary-Jane Ann"}, {"forenames": "mary"}, {"forenames": "Mary J"})
    assert frame["first_forename_token"].n_unique() == frame["forename_phonetic_token"].n_unique() == 1
    assert frame["forename_token"].n_unique() == 3


@pytest.mark.parametrize(
    ("surname", "forenames", "parts"),
    [
        ("Smith-Jones", "Zoë J", ["JONES", "SMITH", "ZOE"]),
        ("Zoe", "Jones Smith", ["JONES", "SMITH", "ZOE"]),
        ("Smith", "Smith", ["SMITH"]),
        (None, "Ann", ["ANN"]),
        ("Smith", None, ["SMITH"]),
    ],
)
def test_tokens_of_the_parts_of_a_whole_name(surname: str | None, forenames: str | None, parts: list[str]) -> None:
    row = people({"surname": surname, "forenames": forenames}).row(0, named=True)
    assert row["name_part_tokens"] == " ".join(sorted(token(KEYS, "name", part) for part in parts))


def test_marked_names_of_a_synthetic_world_have_every_token() -> None:
    mark, spellings = "Zqxmark", (names.AS_KNOWN, names.UPPER, names.SWAPPED, names.PLAIN)
    marked = [
        {"surname": names.spell_surname(code, how, mark), "forenames": names.spell_forename(code % 100, how, mark)}
        for code in range(0, len(names.SURNAMES) * 8, 7)
        for how in spellings
    ]
    columns = ("surname_phonetic_token", "first_forename_token", "forename_phonetic_token", "name_part_tokens")
    assert len(marked) > 500
    assert people(*marked).select(columns).null_count().row(0) == (0, 0, 0, 0)


# Whatever the names

NAMES = st.lists(st.text("aAáÁ'- bBßs.", max_size=4), min_size=1, max_size=12)


@settings(max_examples=200)
@given(NAMES)
def test_tokens_are_equal_exactly_when_normal_forms_are(names: list[str]) -> None:
    found = tokens("surname_token", "surname", *names)
    for one, one_token in zip(names, found, strict=True):
        assert (one_token is None) == (normalise_name(one) == "")
        for other, other_token in zip(names, found, strict=True):
            assert (one_token == other_token) == (normalise_name(one) == normalise_name(other))


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_name_is_its_parts_one_after_the_other(text: str) -> None:
    assert "".join(name_parts(text)) == normalise_name(text)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["Ann", "Zoë", "de Souza", "李", "Smith-Jones", "J."]), min_size=1, max_size=5), st.data()
)
def test_neither_order_nor_column_of_the_parts_matters(parts: list[str], data: st.DataObject) -> None:
    moved = data.draw(st.permutations(parts))
    cuts = [data.draw(st.integers(0, len(parts))) for _ in range(2)]
    frame = people(
        *(
            {"surname": " ".join(order[:cut]), "forenames": " ".join(order[cut:])}
            for order, cut in zip((parts, moved), cuts, strict=True)
        )
    )
    assert frame["name_part_tokens"].n_unique() == 1
