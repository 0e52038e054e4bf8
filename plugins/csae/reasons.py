"""Every code that a row, a file or a delivery can be found fault with by, in words for the force that sent it."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PATH = Path(__file__).with_name("reasons.csv")


@dataclass(frozen=True)
class Reason:
    code: str
    level: Literal["rejected", "quarantined", "warning", "info"]
    """What it does to the delivery or the row; the last two do nothing but tell."""
    meaning: str
    what_to_do: str
    who: str


def read_reasons() -> dict[str, Reason]:
    with PATH.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: Reason(**row) for row in csv.DictReader(stream)}  # type: ignore[arg-type]
