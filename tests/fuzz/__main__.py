"""Try many malformed files over every reader: `PYTHONPATH=tests .venv/bin/python -m fuzz --files 12000`.

Each must be read or end in a reason code, in time and without showing a cell. `--sample xml --seed 7` tries one again.
`--nights 20` sends malformed files through whole nights too, with real stores, beside a force whose file is good.
"""

import argparse
import json
import os
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from fuzz import nights
from fuzz.samples import samples
from fuzz.trying import attempt, malformed

WEIGHTS = {"xlsx": 0.5, "ods": 0.5, "xls": 0.35}
"""Readers that run in a process of their own take longer a file; the others get a full share."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=12_000)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--sample", help="only this one; see fuzz/samples.py")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--seconds", type=float, help="begin no further file after this time")
    parser.add_argument("--nights", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the files that failed")
    parser.add_argument("--figures", type=Path, help="append one JSON line")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ.setdefault("CSAE_LIMIT_MEMORY_BYTES", str(512 << 20))  # so that others on this machine have some left
    chosen = [item for item in samples() if given.sample in (None, item.name)]
    weights = [WEIGHTS.get(item.name, 1.0) for item in chosen]
    began = time.monotonic()
    outcomes: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    failed: list[str] = []
    for item, weight in zip(chosen, weights, strict=True):
        number = round(given.files * weight / sum(weights)) + 1
        seeds = [given.seed] if given.seed is not None else range(given.first_seed, given.first_seed + number)
        for seed in seeds:
            if given.seconds and time.monotonic() - began > given.seconds:
                break
            tried[item.name] += 1
            try:
                outcomes[attempt(item, seed).outcome] += 1
            except Exception:
                failed.append(f"--sample {item.name} --seed {seed}")
                print(f"{failed[-1]}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{item.name}-{seed}").write_bytes(malformed(item, seed).content)
    by_night = nights.run(given.nights, given.first_seed) if given.nights else Counter[str]()
    seconds = time.monotonic() - began
    for title, counts in (("by sample", tried), ("by outcome", outcomes), ("in whole nights", by_night)):
        print(title)
        for name, number in counts.most_common():
            print(f"{number:7,d}  {name}")
    total = tried.total() + by_night.total()
    print(f"{total:,} malformed files, {by_night.total():,} in whole nights, {len(failed)} failed, {seconds:.0f} s")
    if given.figures:
        line = {
            "tried": tried,
            "outcomes": outcomes,
            "nights": by_night,
            "failed": failed,
            "seconds": round(seconds, 1),
        }
        with given.figures.open("a") as stream:
            stream.write(json.dumps(line) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
