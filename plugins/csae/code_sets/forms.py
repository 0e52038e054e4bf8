"""How a written value is made comparable. The macros of the same names do the same in SQL; a test holds both."""

import re
import unicodedata
from collections.abc import Mapping

_ACCENT = re.compile("[\u0300-\u036f]")
_NOT_LETTER_OR_DIGIT = re.compile(r"[^A-Z0-9]+")


def normalised_form(text: str) -> str:
    """Capitals and digits, other runs of characters one blank, accents off."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    capitals = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in plain)
    return _NOT_LETTER_OR_DIGIT.sub(" ", capitals).strip(" ")


def word_key(form: str, stands_for: Mapping[str, str]) -> str:
    """The words of a normal form that say something, each once and sorted: in what order they stand says nothing."""
    words = " ".join(stands_for.get(word, word) for word in form.split(" "))
    return " ".join(sorted({*words.split()}))
