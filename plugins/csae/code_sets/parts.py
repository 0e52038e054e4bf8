"""An offence's title read by its parts: the act, and whose sex and age, the penetration and who did it it says.

`int_part_reading` does the same in SQL; a test holds both.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class OffenceParts:
    """What an offence's title may say beside the act; what it does not name may be anything."""

    code: str
    act: str
    says: Mapping[str, str]
    must_say: str
    """The part without which a title is another offence's; empty for none."""

    def may_be(self, said: Mapping[str, str]) -> bool:
        is_said = not self.must_say or self.must_say in said
        return is_said and all(self.says.get(part, says) == says for part, says in said.items())


@dataclass(frozen=True)
class PartReader:
    """Reads a title of which every word is a part's or the act's, and which only one offence can be."""

    part_of: Mapping[str, tuple[str, str]]
    """The part that a word says, and what it says of it."""
    acts: Mapping[str, frozenset[str]]
    """By their words, without those of a part."""
    offences: tuple[OffenceParts, ...]

    def read(self, words: str) -> str | None:
        """The one code of these words, each once and sorted."""
        said: dict[str, str] = {}
        for word in words.split():
            part, says = self.part_of.get(word, ("", ""))
            if said.setdefault(part, says) != says:
                return None
        said.pop("", None)
        acts = self.acts.get(self.act_words(words), frozenset())
        codes = {item.code for item in self.offences if item.act in acts and item.may_be(said)}
        return codes.pop() if len(codes) == 1 else None

    def act_words(self, words: str) -> str:
        return _without(words, self.part_of)


def read_parts(
    words: Iterable[Mapping[str, str]],
    acts: Iterable[Mapping[str, str]],
    offences: Iterable[Mapping[str, str]],
    words_of: Callable[[str], str],
) -> PartReader:
    """From the rows of the seeds; `words_of` gives the sorted words of a text."""
    part_of = {row["word"]: (row["part"], row["says"]) for row in words}
    by_words: dict[str, set[str]] = {}
    for row in acts:
        by_words.setdefault(_without(words_of(row["wording"]), part_of), set()).add(row["offence_act"])
    parts = {part for part, _ in part_of.values()}
    return PartReader(
        part_of,
        {key: frozenset(found) for key, found in by_words.items()},
        tuple(
            OffenceParts(
                row["home_office_code"],
                row["offence_act"],
                {part: says for part, says in row.items() if part in parts and says},
                row["must_say"],
            )
            for row in offences
        ),
    )


def _without(words: str, part_of: Mapping[str, tuple[str, str]]) -> str:
    return " ".join(word for word in words.split() if word not in part_of)
