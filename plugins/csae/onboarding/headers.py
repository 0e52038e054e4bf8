"""How like a column's header is to the words that police systems use for each of the dataset's columns."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from csae.sources.documents import read_document

_WORDS = Path(__file__).with_name("header_words.yml")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_WEAK_WEIGHT = 1 / 3
_LEAST_LIKE = 82
"""Of two words, in rapidfuzz's hundred: `recorded` and `record` are one, `offence` and `officer` are not."""
_SHORTEST_STEM = 4
_LATER = 0.08
_EACH_HALF = 0.55
_LAST_NAME = 0.95
"""The words of a column stand in order: the last counts so much less than the first."""


@dataclass(frozen=True)
class Likeness:
    score: float
    phrase: str


@dataclass(frozen=True)
class _Phrase:
    text: str
    tokens: tuple[str, ...]
    joined: str


@cache
def words() -> dict[str, Any]:
    return read_document(_WORDS).data


@cache
def _weak() -> frozenset[str]:
    return frozenset(map(str, words()["weak"]))


@cache
def _phrases(section: str) -> dict[str, list[_Phrase]]:
    return {
        target: [_Phrase(text, tokens := tokens_of(text), "".join(tokens)) for text in map(str, phrases)]
        for target, phrases in words()[section].items()
    }


@cache
def tokens_of(header: str) -> tuple[str, ...]:
    """Its words in lower case, without accents, abbreviations written out: `DT_REC` is `date recorded`."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", header) if not unicodedata.combining(c))
    abbreviations = words()["abbreviations"]
    plain = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda letters: letters[0].replace(".", ""), plain)  # D.O.B.
    found: list[str] = []
    for part in _PARTS.findall(plain):
        word = part.lower()
        found.extend(str(abbreviations.get(word, word)).split())
    return tuple(found)


def says_little(header: str) -> bool:
    """Nothing but words that any column may have: `@id`, `ref`."""
    return {*tokens_of(header)} <= _weak()


@cache
def likenesses(header: str, section: str = "columns") -> dict[str, Likeness]:
    """For each column of the section the phrase nearest to the header, from 0 to 1."""
    tokens = tokens_of(header)
    joined = "".join(tokens)
    found = {}
    for target, phrases in _phrases(section).items():
        likes = (
            (_likeness(tokens, joined, each) * (1 - _LATER * place / len(phrases)), each.text)
            for place, each in enumerate(phrases)
        )
        score, phrase = max(likes, default=(0.0, ""))
        found[target] = Likeness(round(score, 3), phrase)
    last = header.rsplit("/", 1)[-1]
    if last != header and not says_little(last):  # `offence/isOnline`: the last name of a place says most
        for target, like in likenesses(last, section).items():
            found[target] = max(
                found[target], Likeness(like.score * _LAST_NAME, like.phrase), key=lambda each: each.score
            )
    for target, like in _in_two_languages(header, section).items():
        found[target] = max(found[target], like, key=lambda each: each.score)
    return found


def _likeness(tokens: tuple[str, ...], joined: str, phrase: _Phrase) -> float:
    """How much of the phrase is in the header, and of the header in the phrase, weak words counting less."""
    if not tokens:
        return 0.0
    if joined == phrase.joined:
        return 1.0
    here = _found(phrase.tokens, tokens)
    there = _found(tokens, phrase.tokens)
    score = 2 * here * there / (here + there) if here + there else 0.0
    if {*tokens} | {*phrase.tokens} <= _weak():  # nothing but weak words: they must all agree
        score = 1.0 if {*tokens} == {*phrase.tokens} else score * 0.6
    whole = fuzz.ratio(joined, phrase.joined) / 100
    return max(score, whole * 0.95 if whole > 0.88 and len(joined) > 5 else 0.0)


def _in_two_languages(header: str, section: str) -> dict[str, Likeness]:
    """`Rôl / Role`: both halves say the same column."""
    halves = [half for half in re.split(r"\s*/\s*|\s+[-–]\s+|\s*[()]", header) if half.strip()]
    if len(halves) != 2 or "@" in header:
        return {}
    first, second = (likenesses(half, section) for half in halves)
    return {
        target: max(first[target], second[target], key=lambda like: like.score)
        for target in first
        if min(first[target].score, second[target].score) >= _EACH_HALF
    }


def _found(wanted: tuple[str, ...], among: tuple[str, ...]) -> float:
    """The weight of the wanted words that are among the others, as a share."""
    weights = [_WEAK_WEIGHT if word in _weak() else 1.0 for word in wanted]
    likes = [max(_word_likeness(word, other) for other in among) for word in wanted]
    return sum(weight * like for weight, like in zip(weights, likes, strict=True)) / sum(weights)


@cache
def _word_likeness(word: str, other: str) -> float:
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    if len(short) >= _SHORTEST_STEM and long.startswith(short):
        return 0.9
    like = fuzz.ratio(word, other)
    return like / 100 if like >= _LEAST_LIKE and len(short) > 3 else 0.0
