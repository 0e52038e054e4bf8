"""How a written value is made comparable, as `normalised_form` and `int_form_key` do in SQL; a test holds both."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

_ACCENT = re.compile("[\u0300-\u036f]")
_NOT_LETTER_OR_DIGIT = re.compile(r"[^A-Z0-9]+")
_SIGNS = (
    (re.compile("(<|≤|&lt;)=? ?(?=[0-9])"), " under "),
    (re.compile("(>|≥|&gt;)=? ?(?=[0-9])"), " over "),
    (re.compile("([0-9]) ?[+](?! ?[0-9])"), r"\1 or over "),
    (re.compile("&(?:amp;)*([a-z])(?:acute|caron|cedil|circ|grave|ring|tilde|uml);", re.ASCII | re.IGNORECASE), r"\1"),
    (re.compile("&(?:amp;)*(?:[a-z]{2,6}|#x?[0-9a-f]{2,5});", re.ASCII | re.IGNORECASE), " "),
)
_MAY_BE_SIGN = re.compile("[<>≤≥+&]")


@dataclass(frozen=True)
class Phrase:
    """Words that stand together for others, or for nothing."""

    written: str
    """A pattern of whole words of a normal form."""
    stands_for: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Made when it is first asked for: there are many, and they are long."""
        return re.compile(rf"(?<![A-Z0-9])(?:{self.written})(?![A-Z0-9])")


def normalised_form(text: str) -> str:
    """Capitals and digits, other runs of characters one blank, accents off.

    The signs of `<13`, `>16` and `18+` are words first, or each would be the other; `&amp;` is the sign that it names.
    """
    if _MAY_BE_SIGN.search(text):
        for sign, word in _SIGNS:
            text = sign.sub(word, text)
    return _NOT_LETTER_OR_DIGIT.sub(" ", _capitals(text)).strip(" ")


def _capitals(text: str) -> str:
    """Accents off; a letter of which the capital is two stays as it is, as in SQL."""
    if text.isascii():
        return text.upper()
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in plain)


def said_words(form: str, stands_for: Mapping[str, str], phrases: Iterable[Phrase] = ()) -> str:
    """The words of a normal form that say something, in their order: phrases are replaced first, one by one."""
    for item in phrases:
        form = " ".join(item.pattern.sub(item.stands_for, form).split())
    return " ".join(" ".join(stands_for.get(word, word) for word in form.split(" ")).split())


def word_set(said: str) -> str:
    """Each word once and sorted."""
    return " ".join(sorted({*said.split()}))
