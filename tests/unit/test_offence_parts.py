"""Titles of offences read by their parts, by a section, by a CJS code, with slips; and what none of them may read."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import read_code_sets
from csae.code_sets.forms import normalised_form

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)
TITLES = CODES.seeds.sets["offence_title"]
PARTS = CODES.seeds.parts


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read(title: str) -> tuple[str | None, str]:
    reading = CODES.read("offence_title", title)
    return reading.code, reading.rule.name


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Rape of a girl aged 13 to 15 by a man", "019/07"),
        ("Sexual touching of a girl under 13", "020/06"),
        ("Sexual communication with a girl under 16", "071/17"),
        ("Possession of indecent images of a girl under 13", "086/10"),
        ("Voyeurism - female victim", "088/10"),
        ("Inciting a girl under 16 to engage in sexual activity (no penetration) by a man aged 18 or over", "022/20"),
        ("Penetrative sexual activity with a girl under 13 by an offender under 18 - male offender", None),
    ],
)
def test_a_title_that_only_one_offence_can_be_whatever_else_it_says(title: str, code: str | None) -> None:
    assert read(title) == (code, "title_parts" if code else "not_known")


@pytest.mark.parametrize(
    "title",
    [
        "Rape of a child under 13",
        "Sexual activity with a girl under 13, penetration",
        "Causing or inciting a girl under 13 to engage in sexual activity",
        "Sexual activity with a child family member",
        "Unlawful sexual intercourse with a child under 13",
        "Assault on a girl under 13",
        "Rape of a girl under 13 and under 16",
        "Sexual communication",
        "Possession of indecent images",
        "Voyeurism at the moon",
    ],
)
def test_a_title_that_may_be_several_offences_or_says_something_else_is_none(title: str) -> None:
    assert read(title) == (None, "not_known")


def test_parts_never_say_another_offence_than_a_listed_title_says() -> None:
    """Of 2,900 titles the parts read more than 1,000, and each as the list does."""
    listed = {normalised_form(item.written) for item in TITLES.wordings}
    by_parts = {form: code for form in listed if (code := PARTS.read(TITLES.words(form)))}
    assert len(by_parts) > 400
    assert {form: code for form, code in by_parts.items() if TITLES.by_form[form] != code} == {}


def test_the_parts_of_an_offence_are_those_of_its_title() -> None:
    """Each offence, said with all its parts, is itself and no other."""
    acts: dict[str, str] = {}
    for row in seed("offence_act"):
        acts.setdefault(row["offence_act"], row["wording"])
    words = {(row["part"], row["says"]): row["word"] for row in reversed(seed("offence_part"))}
    for row in seed("offence_by_part"):
        said = {part: says for part, says in row.items() if (part, says) in words}
        said |= {"victim_is_child": "yes"} if row["must_say"] == "victim_is_child" else {}
        text = " ".join(
            [PARTS.act_words(TITLES.words(normalised_form(acts[row["offence_act"]])))]
            + [words[item] for item in said.items()]
        )
        assert PARTS.read(" ".join(sorted(set(text.split())))) == row["home_office_code"], row


@given(st.sampled_from(seed("offence")), st.sampled_from(["MOON", "NOT", "TWELVE", "AGAIN", "14"]))
def test_a_word_that_is_nobodys_leaves_a_title_to_a_person(row: dict[str, str], word: str) -> None:
    assert PARTS.read(" ".join(sorted({*TITLES.words(normalised_form(row["title"])).split(), word}))) is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Section 66 Sexual Offences Act 2003", "088/09"),
        ("Sexual Offences Act 2003 s.67A", "088/12"),
        ("Contrary to s66A(1) of the Sexual Offences Act 2003", "088/14"),
        ("s160 Criminal Justice Act 1988", "086/10"),
        ("Section 5 of the Sexual Offences Act 1956", "021/00"),
        ("Section 5 of the Sexual Offences Act 2003", None),
        ("Section 66", None),
    ],
)
def test_a_section_alone_is_the_one_offence_of_it(title: str, code: str | None) -> None:
    assert CODES.decode("offence_title", title) == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("unlawful sexual intercourse with a girl under 13 contrary to Section 5 of the 1956 Act", "021/00"),
        ("USI girl under 16 (pre May 2004)", "022/00"),
        ("Rape of a female child under 16 - historic", "019/07"),
        ("Sexual assault on a male child under 1 3", "017/16"),
        ("Indecent assault on a girl between 13 and 16", "020/01"),
        ("Exposure [2]", "088/09"),
        ("Possess an extreme image portraying (S) rape", "086/16"),
    ],
)
def test_what_says_when_or_by_which_act_says_nothing(title: str, code: str) -> None:
    assert CODES.decode("offence_title", title) == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Act of outraging public decency - common law", "066/21"),
        ("Committing an act outraging public decency", "066/21"),
        ("Conspiracy to outrage public decency", "066/21"),
        ("Controlling a prostitute for gain", "024/18"),
        ("Controlling prostitutes for gain", "024/18"),
        ("Inciting a person to become a prostitute for gain", "024/17"),
        ("Managing a brothel used for prostitution", "024/19"),
        ("Causing, inciting or controlling prostitution for gain", None),
        ("Prostitution for gain", None),
        ("Keeping a brothel", None),
    ],
)
def test_the_person_stands_for_the_act(title: str, code: str | None) -> None:
    assert CODES.decode("offence_title", title) == code


def test_an_attempt_is_the_offence_before_its_title_or_behind_it_but_for_rape() -> None:
    sexual = [row for row in seed("offence") if row["is_sexual_offence"] == "true"]
    changed = []
    for row in sexual:
        alone = CODES.decode("offence_title", row["title"])
        for title in (f"Attempt - {row['title']}", f"{row['title']} (attempt)", f"{row['title']} - attempted"):
            found = CODES.decode("offence_title", title)
            if found != alone:
                changed.append((row["home_office_code"], found))
    rapes = {"019/07": "019/11", "019/08": "019/12", "019/09": "019/13", "019/10": "019/14"}
    rapes |= {"019/16": "019/18", "019/17": "019/19"}
    assert dict(changed) == rapes


def test_a_cjs_code_stands_for_the_title_beside_it() -> None:
    row = next(row for row in seed("cjs_offence") if row["cjs_code"] == "SX03007")
    for column in ("cjs_code", "home_office_code", "offence_title"):
        reading = CODES.read(column, "SX03007 - Something else (S)")
        assert (reading.code, reading.rule.name) == (row["home_office_code"], "code_with_title")
        assert CODES.decode(column, "SX03007 or SX03083") is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Possess an extreme pornograhphic image portraying rape", "086/16"),
        ("Take/make/distribute indecent photogrtaphs of childern", "086/02"),
        ("Voyeurisn", "088/10"),
        ("Exposre", "088/09"),
    ],
)
def test_a_slip_in_a_long_word_of_a_title_is_forgiven(title: str, code: str) -> None:
    assert read(title) == (code, "spelling")


def test_no_slip_makes_one_listed_title_another() -> None:
    assert TITLES.spelling
    assert [item.written for item in TITLES.wordings if TITLES.spelling.corrected(normalised_form(item.written))] == []


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Sexual activity involving child under 16", "22B"),
        ("Abuse of position of trust in a sexual nature (under 18)", "73"),
        ("Abuse of children through prostitution and pornography", "71"),
        ("Sexual grooming of children", "88A"),
        ("Sexual activity with a child under 16", None),
        ("Abuse of position of trust (sexual)", None),
        ("Indecent assault on a man", None),
    ],
)
def test_a_class_by_the_words_of_its_title(title: str, category: str | None) -> None:
    assert CODES.decode("offence_title", title) == category


def test_no_class_has_the_words_of_an_offence_of_another() -> None:
    main = {
        row["home_office_code"]: row["offence_category"]
        for row in seed("offence_category")
        if row["applies_to"] == "any_crime"
    }
    for words, category in CODES.seeds.classes.items():
        code = TITLES.by_words.get(words)
        assert code is None or main[code] == category, words


@pytest.mark.parametrize(
    ("title", "code"),
    [
        *(
            ("Rape of a male child under 13 (indictable)", "019/17"),
            ("Sexual assault F13+", "020/05"),
            ("Rape F<13", "019/16"),
        ),
        *(("Possess extreme porn - animal", "086/14"), ("Extreme pornography depicting rape", "086/16")),
        *(("Extreme pornographic images", None), ("Conspire to make indecent photographs of children", "086/02")),
        *(("Aid and abet sexual assault on a female", "020/05"), ("Aid and abet rape of a girl under 13", None)),
        *(("Solicit for the purpose of obtaining sexual services", "167/01"), ("Loitering for prostitution", None)),
        *(
            ("Defendant in possession of protected material", "086/06"),
            ("Give protected material to any other person", None),
        ),
        *(
            ("Fail to comply with the notification requirements", None),
            ("Breach of a sexual risk order (SRO)", "068/07"),
        ),
        *(("Fail to comply with notification requirements of s108(1)", "066/85"), ("Keep brothel", None)),
        *(("Trafficking into the UK for sexual exploitation", "72"), ("Human trafficking", None)),
    ],
)
def test_other_words_for_what_one_code_alone_is(title: str, code: str | None) -> None:
    assert CODES.decode("offence_title", title) == code


def test_several_cjs_codes_written_as_one_are_none() -> None:
    assert CODES.decode("cjs_code", "SX03001-004N") is None
    assert CODES.decode("cjs_code", "SX03005 - Rape of a girl under 13") is not None
