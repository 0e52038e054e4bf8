"""The code sets that the warehouse decodes by, read from the same seeds: what a value means, or may have meant.

`decode` says what `int_coded_value` will say of a value; a test holds the two together. A suggestion is never more
than that: nothing is decoded by likeness.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from csae.sources.columns import SCHEMES


class _Seed(NamedTuple):
    """Where a column's codes stand: the seed, and the columns in it."""

    name: str
    code: str
    harmonised: str
    label: str | None = None
    scheme: str | None = None


_ETHNICITY = _Seed("ethnicity_scheme_code", "code", "harmonised_code", "label", "scheme")
_SEEDS = {
    "self_defined_ethnicity": _ETHNICITY,
    "observed_ethnicity": _ETHNICITY,
    "nationalities": _Seed("nationality_form", "form", "nationality_code", None, "scheme"),
    "immigration_status": _Seed("immigration_status_form", "form", "immigration_status"),
    "home_office_code": _Seed("home_office_offence", "home_office_code", "home_office_code", "title"),
    "outcome_code": _Seed("outcome", "outcome_code", "outcome_code", "label"),
    "transfer_force": _Seed("forces", "force_code", "force_code", "name"),
}
CODED_COLUMNS = tuple(_SEEDS)
_ACCENT = re.compile("[\u0300-\u036f]")
_NOT_LETTER_OR_DIGIT = re.compile(r"[^A-Z0-9]+")
_CLASS_AND_SUBCLASS = re.compile(r"(\d{1,3}(?=[/-])|\d{3}(?=\d{2}$))[/-]?(\d{1,2})", re.ASCII)
_OUTCOME = re.compile(r"0*(\d{1,2})", re.ASCII)
_CODE_LIKE = re.compile(r"[A-Za-z0-9/ -]{1,6}")
_COMMON = 10
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


@dataclass(frozen=True)
class _Wording:
    """One text that stands for a code, in the normal form."""

    text: str
    code: str
    scheme: str | None
    own: str
    """The code as its set writes it."""
    label: str = ""
    """What the code stands for; such a wording decodes nothing, it only helps to find a likely code."""

    @property
    def shown(self) -> str:
        return f"{self.own} {self.label}".strip()


@dataclass(frozen=True)
class CodeSets:
    wordings: Mapping[str, tuple[_Wording, ...]]
    """By column, of all its code sets."""

    @cached_property
    def _meanings(self) -> dict[tuple[str, str | None], dict[str, str]]:
        found: dict[tuple[str, str | None], dict[str, str]] = {}
        for column, wordings in self.wordings.items():
            for item in wordings:
                if not item.label:
                    found.setdefault((column, item.scheme), {}).setdefault(item.text, item.code)
        return found

    def decode(
        self, column: str, value: str, scheme: str | None = None, own: Mapping[str, str] | None = None
    ) -> str | None:
        """The harmonised code, the source's `own` codes asked first; None for a value that is unmapped."""
        mine = {normalised_form(code): to for code, to in (own or {}).items()}
        normal = _NORMAL_FORMS.get(column, normalised_form)(value)
        return mine.get(normal) or self._meanings.get((column, scheme), {}).get(normal)

    def codes(self, column: str, scheme: str | None = None) -> dict[str, str]:
        """The codes of one set as it writes them, and what each stands for."""
        return {item.own: item.code for item in self.wordings[column] if item.scheme == scheme and not item.label}

    def labels(self, column: str, scheme: str) -> dict[str, str]:
        """The labels of one set in the normal form, and the set's own code for each."""
        return {item.text: item.own for item in self.wordings[column] if item.scheme == scheme and item.label}

    def suggest(self, column: str, value: str, scheme: str | None = None) -> Suggestion | None:
        """The code whose wording is most like the value, or None when none is like it."""
        form = normalised_form(value)
        if not form:
            return None
        own = [item for item in self.wordings.get(column, ()) if item.scheme == scheme]
        others = [item for item in self.wordings.get(column, ()) if item.scheme != scheme]
        for item in others:
            if item.text == form and not item.label:
                return Suggestion(item.code, 60, f"a code of {item.scheme}; is 'codes' right?")
        if len(form) <= _SHORT:
            return None
        return _most_like(form, own, 100, "") or _most_like(form, others, 60, " of another code set")


def _most_like(form: str, wordings: list[_Wording], most: int, of: str) -> Suggestion | None:
    """None also when another code is nearly as likely: S YORKSHIRE is as like to West as to South Yorkshire."""
    texts = [item.text for item in wordings]
    best = process.extract(form, texts, scorer=fuzz.token_sort_ratio, score_cutoff=_LIKE_ENOUGH, limit=5)
    if not best:
        return None
    found = wordings[best[0][2]]
    if any(wordings[at].code != found.code and score > best[0][1] - _CLEAR for _, score, at in best[1:]):
        return None
    return Suggestion(found.code, min(most, round(best[0][1])), f"like '{found.shown}'{of}")


def read_code_sets(seeds_dir: Path) -> CodeSets:
    return CodeSets({column: tuple(_wordings(seeds_dir, column, seed)) for column, seed in _SEEDS.items()})


def _wordings(seeds_dir: Path, column: str, seed: _Seed) -> Iterator[_Wording]:
    with (seeds_dir / f"{seed.name}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            scheme = row[seed.scheme] if seed.scheme else None
            if scheme and scheme not in SCHEMES[column]:
                continue
            code, to = row[seed.code], row[seed.harmonised]
            yield _Wording(normalised_form(code), to, scheme, code)
            if seed.label and (label := row[seed.label]) != code:
                for text in (label, f"{code} {label}"):
                    yield _Wording(normalised_form(text), to, scheme, code, label)


def normalised_form(text: str) -> str:
    """As the macro of this name: capitals and digits, other runs of characters one blank, accents off."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text))
    capitals = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in plain)
    return _NOT_LETTER_OR_DIGIT.sub(" ", capitals).strip(" ")


def _offence_form(text: str) -> str:
    """As `normalised_home_office_code`: `20/5` and `02005` are 020/05."""
    match = _CLASS_AND_SUBCLASS.fullmatch(text.strip(" "))
    return f"{match[1]:0>3} {match[2]:0>2}" if match else ""


def _outcome_form(text: str) -> str:
    """As `normalised_outcome_code`: `01` is 1."""
    match = _OUTCOME.fullmatch(text.strip(" "))
    return match[1] if match else ""


_NORMAL_FORMS = {"home_office_code": _offence_form, "outcome_code": _outcome_form}


def may_be_shown(value: str, rows: int) -> bool:
    """The rule of `dq_unmapped_code`: a column that is mapped wrongly may bring names, so only codes are shown."""
    is_code = _CODE_LIKE.fullmatch(value) is not None
    return rows >= _COMMON or (is_code and (len(value) <= _SHORT or any(letter in "0123456789" for letter in value)))
