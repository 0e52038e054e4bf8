"""Which names are common in England and Wales, so that two people share one easily.

`common_names.csv` holds 578 surnames and 642 first forenames of both sexes and all ages, in their normal form. They are
names that stand high in public rankings (counts of surnames in registers and censuses, of babies' names by year of
birth), as at November 2026. It copies no one ranking, and no name
comes from a delivery, so the list tells nothing of one and is the same under every
key. It is frozen with the linkage model: with another list records are written otherwise, and the model is to be
trained again.
"""

import csv
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_suffix(".csv")


@cache
def common_names(part: str) -> frozenset[str]:
    """The common names of a `part`, 'surname' or 'forename'."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["name"] for row in csv.DictReader(lines) if row["part"] == part)
