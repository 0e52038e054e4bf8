"""The words of cells that stand for one of the dataset's values, read from `value_words.yml`."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from csae.sources.documents import read_document

_LOADED: dict[str, Any] = read_document(Path(__file__).with_name("value_words.yml")).data
PERSON_PLACES: dict[str, str] = _LOADED["person_places"]
_MEANINGS: dict[str, dict[str, dict[str, None]]] = {
    kind: {meaning: dict.fromkeys(map(str, forms)) for meaning, forms in meanings.items()}
    for kind, meanings in _LOADED.items()
    if kind != "person_places"
}


def plain(text: str) -> str:
    """Lower case, no accents, single blanks for marks."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def meanings(kind: str, texts: Iterable[str]) -> dict[str, str]:
    """What each text stands for; a text that has no or two meanings is left out.

    A word of one letter is known only among others of the same kind: `C` is cancelled beside `L`, not by itself.
    """
    known = _MEANINGS[kind]
    found: dict[str, str] = {}
    for text in texts:
        for form in (text, text.lower(), plain(text)):
            of = [meaning for meaning, forms in known.items() if form in forms]
            if of:
                break
        if len(of) == 1:
            found[text] = of[0]
    letters = {text for text in found if len(plain(text)) == 1}
    if letters and len(set(found.values())) < 2:
        return {text: meaning for text, meaning in found.items() if text not in letters}
    return found


def parts_that_mean(kind: str, texts: Iterable[str]) -> dict[str, str]:
    """As `meanings`, where a text need only hold the word: `CSE-GROUP`, but not `Webb`."""
    found: dict[str, str] = {}
    for text in texts:
        word = f" {plain(text)} "
        of = {
            meaning for meaning, forms in _MEANINGS[kind].items() if any(f" {plain(form)} " in word for form in forms)
        }
        if len(of) == 1:
            found[text] = of.pop()
    return found
