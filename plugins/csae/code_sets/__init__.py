"""The code sets that the warehouse decodes by, read from the same seeds: what a value means, or may have meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from csae.code_sets import decoding, suggesting
from csae.code_sets.decoding import Reading
from csae.code_sets.forms import normalised_form
from csae.code_sets.seeds import Seeds, read_seeds
from csae.code_sets.suggesting import Suggestion

__all__ = [
    "CODED_COLUMNS",
    "CodeSets",
    "Reading",
    "Suggestion",
    "may_be_shown",
    "normalised_form",
    "read_code_sets",
]

CODED_COLUMNS = (
    "self_defined_ethnicity",
    "observed_ethnicity",
    "nationalities",
    "immigration_status",
    "home_office_code",
    "cjs_code",
    "offence_title",
    "offence_category",
    "outcome_code",
    "transfer_force",
)
_CODE_LIKE = re.compile(r"[A-Za-z0-9/ -]{1,6}")
_COMMON = 10
_SHORT = 3


@dataclass(frozen=True)
class CodeSets:
    seeds: Seeds

    def read(self, column: str, value: str, scheme: str | None = None, own: Mapping[str, str] | None = None) -> Reading:
        return decoding.read(self.seeds, column, value, scheme, own)

    def decode(
        self, column: str, value: str, scheme: str | None = None, own: Mapping[str, str] | None = None
    ) -> str | None:
        """The harmonised code, the source's `own` codes asked first; None for a value that is unmapped."""
        return self.read(column, value, scheme, own).code

    def codes(self, column: str, scheme: str | None = None) -> dict[str, str]:
        """The codes of one set as it writes them, and what each stands for."""
        return {item.written: item.code for item in self.seeds.sets[column].by_scheme.get(scheme, {}).values()}

    def labels(self, column: str, scheme: str) -> dict[str, str]:
        """The labels of one set in the normal form, and the set's own code for each."""
        items = self.seeds.sets[column].by_scheme.get(scheme, {}).values()
        texts = ((text, item) for item in items for text in (item.label, f"{item.written} {item.label}"))
        return {normalised_form(text): item.written for text, item in texts if text != item.written}

    def suggest(self, column: str, value: str, scheme: str | None = None) -> Suggestion | None:
        """The code whose wording is most like the value, or None when none is like it."""
        if column not in self.seeds.sets or self.read(column, value, scheme).rule.name == "ambiguous":
            return None
        if column == "home_office_code" and self.read(column, value).rule.name == "spreadsheet_damage":
            return suggesting.before_damage(self.seeds.sets[column], value)
        return suggesting.suggest(self.seeds.sets[column], value, scheme)

    def may_be_shown(self, column: str, value: str, rows: int) -> bool:
        """The rule of `dq_unmapped_code`.

        Where words are met, a name may stand however often: only words that are listed are shown, and short codes.
        """
        code_set = self.seeds.sets.get(column)
        if code_set is None or not code_set.wordings:
            return may_be_shown(value, rows)
        said = {*code_set.said(normalised_form(value)).split()}
        return may_be_shown(value, 1) or said <= code_set.listed_words


def read_code_sets(seeds_dir: Path) -> CodeSets:
    """Read once a process, and again when a seed has changed: a night has a step for each of 45 sources."""
    return _read(seeds_dir, max((path.stat().st_mtime_ns for path in seeds_dir.glob("*.csv")), default=0))


@lru_cache(maxsize=2)
def _read(seeds_dir: Path, _changed_ns: int) -> CodeSets:
    return CodeSets(read_seeds(seeds_dir))


def may_be_shown(value: str, rows: int) -> bool:
    """Of a column of codes: one that is mapped wrongly may bring names, so only what is short or common is shown."""
    is_code = _CODE_LIKE.fullmatch(value) is not None
    return rows >= _COMMON or (is_code and (len(value) <= _SHORT or any(letter in "0123456789" for letter in value)))
