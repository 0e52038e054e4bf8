"""The code that an unmapped value is likely to mean, for a person to decide on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from csae.code_sets.damage import may_have_been
from csae.code_sets.forms import normalised_form
from csae.code_sets.seeds import CodeSet
from csae.code_sets.wordings import AMBIGUOUS

_LIKE_ENOUGH = 78.0
_CLEAR = 4.0
_SHORT = 3
"""Up to this length likeness says nothing: A2 is as near to A3 as to W2."""


@dataclass(frozen=True)
class Suggestion:
    code: str
    """What the value would be mapped to."""
    score: int
    """0 to 100: how alike the texts are; of another code set's, 60 at most."""
    evidence: str


class _Text(NamedTuple):
    form: str
    code: str
    shown: str


def suggest(code_set: CodeSet, value: str, scheme: str | None) -> Suggestion | None:
    """The code whose wording is most like the value, or None when none is like it."""
    form = normalised_form(value)
    if not form:
        return None
    elsewhere = {
        str(other): codes[form].code for other, codes in code_set.by_scheme.items() if other != scheme and form in codes
    }
    if elsewhere:
        return _of_another_version(elsewhere)
    if len(form) <= _SHORT:
        return None
    own = [*_texts(code_set, scheme), *_wordings(code_set)]
    others = [text for other in code_set.by_scheme if other != scheme for text in _texts(code_set, other)]
    return _most_like(form, own, 100, "") or _most_like(form, others, 60, " of another code set")


def _of_another_version(elsewhere: Mapping[str, str]) -> Suggestion | None:
    """None where the others do not agree: W4 is Roma in one and a Traveller in another."""
    codes = set(elsewhere.values())
    return (
        Suggestion(codes.pop(), 60, f"a code of {', '.join(elsewhere)}; is 'codes' right?") if len(codes) == 1 else None
    )


def before_damage(code_set: CodeSet, value: str) -> Suggestion | None:
    """What an offence code was before a spreadsheet took it for a date; day and month are tried in both orders."""
    codes = may_have_been(value, {item.code for item in code_set.codes})
    return Suggestion(codes[0], 50, f"a spreadsheet's date or number of {' or '.join(codes)}") if codes else None


def _texts(code_set: CodeSet, scheme: str | None) -> Iterator[_Text]:
    for item in code_set.by_scheme.get(scheme, {}).values():
        shown = item.written if item.label == item.written else f"{item.written} {item.label}"
        for text in dict.fromkeys((item.written, item.label, shown)):
            yield _Text(_listed_form(text), item.code, shown)


def _wordings(code_set: CodeSet) -> Iterator[_Text]:
    for item in code_set.wordings:
        if item.code != AMBIGUOUS:
            yield _Text(_listed_form(item.written), item.code, item.written)


@cache
def _listed_form(text: str) -> str:
    """The same few thousand texts are compared with every value."""
    return normalised_form(text)


def _most_like(form: str, texts: Sequence[_Text], most: int, of: str) -> Suggestion | None:
    """None also when another code is nearly as likely: S YORKSHIRE is as like to West as to South Yorkshire."""
    forms = [text.form for text in texts]
    best = process.extract(form, forms, scorer=fuzz.token_sort_ratio, score_cutoff=_LIKE_ENOUGH, limit=5)
    if not best:
        return None
    found = texts[best[0][2]]
    if any(texts[at].code != found.code and score > best[0][1] - _CLEAR for _, score, at in best[1:]):
        return None
    return Suggestion(found.code, min(most, round(best[0][1])), f"like '{found.shown}'{of}")
