"""A word with one letter wrong: read where it can be but one word, as `int_spelling` does in SQL; a test holds both.

One letter may be missing, too many, another one, or have changed places with the next. The word meant has seven letters
or more and begins with the same letter. Where any word that means something else shares all letters but one with what
is written, or with the word meant, nothing is read: so `Austrlian` is neither Austrian nor Australian.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

_LETTERS = re.compile("[A-Z]{6,}")
_SHORTEST = 7


class Spelling:
    def __init__(self, read_meanings: Callable[[], Mapping[str, str]]) -> None:
        """By every word that is known, what it means; two words of one meaning stand in nobody's way.

        They are read when a word is first asked for: who looks up one value needs no other column's.
        """
        self._read_meanings = read_meanings

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        return self._read_meanings()

    def corrected(self, form: str) -> str | None:
        """The normal form with its misspelt words put right; None where there are none."""
        words = form.split(" ")
        found = [self._meant(word) or word for word in words]
        return " ".join(found) if found != words else None

    def rows(self) -> Iterator[tuple[str, int, str, str, bool]]:
        """Every key: its letters, the place of the one left out, the word, its meaning, and whether it may be meant."""
        for letters, found in self._by_key.items():
            for word, place in found:
                yield letters, place, word, self.meanings[word], self._may_be_meant(word)

    def _may_be_meant(self, word: str) -> bool:
        return len(word) >= _SHORTEST and word not in self._crowded

    def _meant(self, word: str) -> str | None:
        if word in self.meanings or not _LETTERS.fullmatch(word):
            return None
        pairs = [(known, place, at) for key, place in _keys(word) for known, at in self._by_key.get(key, ())]
        near = {known for known, place, at in pairs if _is_one_letter(word, place, known, at)}
        meant = sorted(known for known in near if known[0] == word[0] and self._may_be_meant(known))
        is_sure = len({self.meanings[known] for known, *_ in pairs}) == 1
        return meant[0] if meant and is_sure else None

    @cached_property
    def _crowded(self) -> frozenset[str]:
        """Words that share all letters but one with one that means something else, as Nigerian and Nigerien do."""
        shared = [
            {known for known, _ in found}
            for found in self._by_key.values()
            if len({self.meanings[known] for known, _ in found}) > 1
        ]
        return frozenset[str]().union(*shared)

    @cached_property
    def _by_key(self) -> Mapping[str, list[tuple[str, int]]]:
        """The known words, and the place of the letter left out, by all that they are with at most one left out."""
        found: dict[str, list[tuple[str, int]]] = {}
        for word in self.meanings:
            if len(word) >= _SHORTEST - 2:
                for key, place in _keys(word):
                    found.setdefault(key, []).append((word, place))
        return found


def _keys(word: str) -> Iterator[tuple[str, int]]:
    yield word, 0
    for place in range(1, len(word) + 1):
        yield word[: place - 1] + word[place:], place


def _is_one_letter(written: str, place: int, known: str, at: int) -> bool:
    """A letter too many or too few, another at the same place, or two that changed places."""
    if not place or not at or place == at:
        return True
    return abs(place - at) == 1 and written[place - 1] == known[at - 1]
