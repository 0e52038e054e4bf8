"""What a column's values say of one of the dataset's columns."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from csae.code_sets import CodeSets
from csae.onboarding.headers import likenesses
from csae.onboarding.profiles import Profile

TELLING_HEADER = 0.75
_MOST_LISTED = 40
_SEPARATORS = ("; ", ";", " / ", "/", ", ", ",", " | ", "|", " & ", " and ", "+")
_SOME = 0.005


@dataclass(frozen=True)
class Finding:
    fits: float
    alone: float = 0.0
    options: Mapping[str, object] = field(default_factory=dict)
    """The functions of the YAML that make the column of these values."""
    evidence: str = ""
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Around:
    """What a recogniser may know beside the values."""

    codes: CodeSets
    newest_year: int
    """Of all days in the sample."""
    schemes: Mapping[str, str] = field(default_factory=dict)
    """Code sets that a person named, by the force's column or the dataset's."""
    date_format: str = "dd/mm/yyyy"
    """The one used most in the sample."""
    references: frozenset[str] = frozenset()
    """The values that crimes of other files have as their reference."""


NOTHING = Finding(0.0)
Recogniser = Callable[[Profile, Around], Finding]


def unknown_list(profile: Profile, target: str) -> Finding:
    """A few values that no list here knows, below a header that says what they are."""
    told = likenesses(profile.name)[target].score >= TELLING_HEADER
    if not told or len(profile.counts) > _MOST_LISTED or profile.days is not None or profile.share(r".*\d{3,}.*") > 0:
        return NOTHING
    asks = (f"what do the values of this column ({len(profile.counts)}) stand for? Add a map.",)
    return Finding(0.7, 0.0, {}, "a few values that are not known here", asks)


def separator_of(profile: Profile, part: str) -> str:
    """What parts several values in one cell, where some cells have several."""
    for separator in _SEPARATORS:
        several = [value for value in profile.counts if separator in value]
        pieces = (piece.strip() for value in several for piece in value.split(separator))
        if (
            several
            and len(several) >= _SOME * len(profile.counts)
            and all(re.fullmatch(part, piece) for piece in pieces)
        ):
            return separator
    return ""
