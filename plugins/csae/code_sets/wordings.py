"""Texts that stand for a code whatever the version, and those that are made of the listed ones."""

from collections.abc import Iterator
from typing import NamedTuple

AMBIGUOUS = "AMBIGUOUS"
"""What a wording is listed as that can mean more than one thing."""
Rows = list[dict[str, str]]


class Wording(NamedTuple):
    """A text that stands for a code whatever the version."""

    written: str
    code: str


def beside_force_codes(forces: Rows, wordings: tuple[Wording, ...]) -> Iterator[Wording]:
    """A force's wordings, each alone, and those that are words with the force's code before them or behind them.

    Its name is met with the number of a note below the table too, or of a footnote.
    """
    for row in forces:
        for note in range(1, 10):
            yield Wording(f"{row['name']} Note {note}", row["force_code"])
            yield Wording(f"{row['name']} {note}", row["force_code"])
    codes = {row["force_code"]: (row["force_code"], row["gss_code"]) for row in forces}
    for item in wordings:
        yield item
        if item.code != AMBIGUOUS and not any(letter in "0123456789" for letter in item.written):
            for code in filter(None, codes[item.code]):
                yield Wording(f"{code} {item.written}", item.code)
                yield Wording(f"{item.written} {code}", item.code)


def numbered(outcomes: Rows, wordings: Rows) -> Iterator[Wording]:
    """An outcome's wordings, each alone, and with its number before it or behind it; the number alone as `OC 1`.

    A bare number is left to the code: `-1` has the same normal form as `1`.
    """
    yield from (Wording(f"OC {row['outcome_code']}", row["outcome_code"]) for row in outcomes)
    for text, code in [(row["wording"], row["outcome_code"]) for row in wordings]:
        yield Wording(text, code)
        if code != AMBIGUOUS:
            for number in (code, f"OC {code}"):
                yield Wording(f"{number} {text}", code)
                yield Wording(f"{text} {number}", code)


def built_labels(headings: Rows, details: Rows) -> Iterator[Wording]:
    """A heading alone says its group; with a detail of the group, or an answer of any, it says the detail.

    What is written in, and the answers, stand below the shorter headings. One that names the other category of its
    group says that, whatever is written in below it.
    """
    for heading in headings:
        group, said = heading["ethnicity_group"], heading["harmonised_code"]
        yield Wording(heading["heading"], said)
        for detail in details:
            is_answer = not detail["ethnicity_group"]
            is_write_in = detail["is_write_in"] == "true"
            is_met = heading["takes_write_ins"] == "true" or not (is_write_in or is_answer)
            if (is_answer or detail["ethnicity_group"] == group) and is_met and (is_write_in or said == group):
                code = detail["harmonised_code"] if said == group else said
                yield Wording(f"{heading['heading']} {detail['detail']}", code)
    yield from (Wording(row["detail"], row["harmonised_code"]) for row in details if row["stands_alone"] == "true")
