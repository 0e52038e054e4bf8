"""A form of a name that slips of the keys leave as it is: two letters exchanged, one doubled, a vowel dropped."""

from collections.abc import Sequence

_VOWELS = frozenset("AEIOUY")


def consonants(parts: Sequence[str]) -> str:
    """Of each normalised part the first letter and then its other consonants, each once, in alphabetical order.

    Where a sound tells `James` from `Jaems` or `Marsten` from `Marsetn`, this does not; it confuses about as many
    different names as a sound does, and others. Initials say too little and are left out. The parts stand in
    alphabetical order, so that halves of a name change places freely.
    """
    return " ".join(sorted({_of_part(part) for part in parts if len(part) > 1}))


def _of_part(part: str) -> str:
    return part[0] + "".join(sorted(set(part[1:]) - _VOWELS))
