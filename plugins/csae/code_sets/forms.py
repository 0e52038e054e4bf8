"""How a written value is made comparable. The macros of the same names do the same in SQL; a test holds both."""

import re
import unicodedata
from collections.abc import Mapping

_ACCENT = re.compile("[\u0300-\u036f]")
_NOT_LETTER_OR_DIGIT = re.compile(r"[^A-Z0-9]+")
_UNDER_AGE = re.compile(r"\b(?:UNDER|U)(?: THE AGE OF| AGE| AGED)? ([0-9]+)\b")


def normalised_form(text: str) -> str:
    """Capitals and digits, other runs of characters one blank, accents off."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    capitals = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in plain)
    return _NOT_LETTER_OR_DIGIT.sub(" ", capitals).strip(" ")


def word_key(form: str, stands_for: Mapping[str, str]) -> str:
    """The words of a normal form that say something, each once and sorted: in what order they stand says nothing.

    `UNDER 18` is one word, or it could not be told whose age it is: `child under 13, offender 18`.
    """
    words = " ".join(stands_for.get(word, word) for word in _UNDER_AGE.sub(r"UNDER\1", form).split(" "))
    return " ".join(sorted({*words.split()}))
