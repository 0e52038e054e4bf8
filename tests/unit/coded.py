"""What the tests of code sets share: the seeds, the lists they are held against, and misspellings."""

import csv
from collections.abc import Iterator
from pathlib import Path

from csae.code_sets import read_code_sets

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


DEMONYMS = rows(PROJECT / "tests" / "reference" / "nationality_demonyms.csv")


def misspelt(word: str) -> Iterator[str]:
    """The word with each of its letters left out, doubled, moved or changed."""
    for at in range(len(word)):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before + after[:1] + letter + after[1:]
        yield from (before + other + after for other in "AEIKSZ")
