"""Malformed files in whole nights, over real stores: each load is whole or refused, and the bystander is as ever."""

import random
import tempfile
from collections import Counter
from pathlib import Path

from faults.bench import Bench, bench
from faults.hostile_files import (
    ARCHIVE,
    CSV,
    DOCUMENT,
    FIXED,
    LINES,
    PACKED,
    WINDOWS,
    WORKBOOK,
    XML,
    Hostile,
    Kind,
    gzipped,
    row,
    table,
    workbook,
    xml,
    zipped,
)
from fuzz.mutations import mutated, mutated_within

_ROWS = [row(number, "theft, and more" if number % 5 == 0 else "Zoë") for number in range(20)]
_CELLS = [line.split(",", 2) for line in _ROWS]
_TABLE = table(*(f'{ref},{day},"{title}"' for ref, day, title in _CELLS))
_LINES = "".join(f'{{"Crime": "{ref}", "Recorded": "{day}", "Title": "{title}"}}\n' for ref, day, title in _CELLS)
GOOD: tuple[tuple[Kind, str, bytes], ...] = (
    (CSV, "crimes.csv", _TABLE),
    (WINDOWS, "crimes.csv", _TABLE.decode().encode("cp1252")),
    (ARCHIVE, "night.zip", zipped({"out/crimes.csv": _TABLE})),
    (PACKED, "crimes.csv.gz", gzipped(_TABLE)),
    (WORKBOOK, "crimes.xlsx", workbook(*_CELLS)),
    (XML, "crimes.xml", xml(crimes=20).encode()),
    (LINES, "crimes.ndjson", _LINES.encode()),
    (DOCUMENT, "crimes.json", f"[{_LINES.strip().replace(chr(10), ',')}]".encode()),
    (FIXED, "crimes.txt", "".join(f"{ref:<12}{day:<10}{title:<18}\n" for ref, day, title in _CELLS).encode()),
)


def run(nights: int, first_seed: int, a_kind: int = 12) -> Counter[str]:
    """How many files met which end. Raises `AssertionError`, with the seed, when a night does not hold."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="csae-fuzz-nights-") as folder, bench(Path(folder) / "bench") as made:
        for seed in range(first_seed, first_seed + nights):
            try:
                outcomes += one(made, seed, a_kind)
            except AssertionError as error:
                raise AssertionError(f"night of seed {seed}: {error}") from error
    return outcomes


def one(made: Bench, seed: int, a_kind: int) -> Counter[str]:
    made.reset()
    draw = random.Random(f"night {seed}")
    sent: dict[str, tuple[Kind, str, bytes]] = {}
    for kind, name, content in GOOD:
        for number in range(a_kind):
            is_inside = content.startswith(b"PK") and draw.random() < 0.7
            sent[f"{kind.code} {number}"] = kind, name, (mutated_within if is_inside else mutated)(content, draw)
    loads = Hostile(made).refused(sent)
    return Counter(load.reason_code or load.state for load in loads.values())
