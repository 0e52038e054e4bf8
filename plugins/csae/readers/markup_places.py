"""Places in XML as the YAML names them, and as they stand in a file."""

import re
from collections.abc import Iterable, Iterator

_ANY_NAMESPACE = "{*}"
_NAMESPACE = re.compile(r"\{[^}]*\}")
_PARTING = re.compile(r"/(?![^{]*\})")
"""A `/` within a namespace parts nothing."""
Tags = tuple[str, ...]


class Places:
    """Places as the YAML names them; one with `{*}` before its tags is met in any namespace, or in none."""

    def __init__(self, places: Iterable[str]) -> None:
        named = list(places)
        self._exact = {place for place in named if _ANY_NAMESPACE not in place}
        self._local = {place.replace(_ANY_NAMESPACE, ""): place for place in named if _ANY_NAMESPACE in place}
        self._above = {above for place in self._exact for above in _above(place)}
        self._above_local = {above for place in self._local for above in _above(place)}

    def __contains__(self, place: str) -> bool:
        return place in self._exact or (bool(self._local) and _NAMESPACE.sub("", place) in self._local)

    def as_named(self, place: str) -> str:
        """A place of the file as the YAML writes it, so that what was met can be told from what is missing."""
        return place if place in self._exact else self._local.get(_NAMESPACE.sub("", place), place)

    def are_below(self, place: str) -> bool:
        return place in self._above or (bool(self._local) and _NAMESPACE.sub("", place) in self._above_local)


def _above(place: str) -> Iterator[str]:
    """The elements that a place stands in."""
    for slash in _PARTING.finditer(place):
        yield place[: slash.start()]


def named(tags: Tags, attribute: str) -> str:
    """A place as the YAML names it: `Tag`, `Tag/Tag`, `Tag/@attribute` or `@attribute`."""
    return "/".join((*tags, f"@{attribute}") if attribute else tags)


def parted(place: str) -> Tags:
    return tuple(_PARTING.split(place)) if place else ()


def fit(tags: Tags, wanted: Tags) -> bool:
    """Whether the file's tags are those that the YAML names, where `{*}` stands for any namespace or none."""
    return len(tags) == len(wanted) and all(
        tag == one or (one.startswith(_ANY_NAMESPACE) and _NAMESPACE.sub("", tag) == one.removeprefix(_ANY_NAMESPACE))
        for tag, one in zip(tags, wanted, strict=True)
    )
