"""A thousand nights with a fault each, and ten thousand malformed files: what became of them.

Run: `make faults`, or `python benchmarks/faults.py --runs 200 --files 2000` for fewer; it writes benchmarks/faults.md.
`--from FOLDER` writes the page from figures that were taken before. Exits 1 when one run or file failed.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from figures import Figure, keep, machine, parser

from csae.settings import PROJECT_DIR

NAME = "faults"
AT_ONCE = 2


@dataclass(frozen=True)
class Figures:
    runs: list[dict[str, Any]]
    files: list[dict[str, Any]]

    @property
    def failures(self) -> int:
        return sum("failed" in run for run in self.runs) + sum(len(part["failed"]) for part in self.files)


def take(folder: Path, runs: int, files: int) -> Figures:
    """The runs in two halves at once, each with servers of its own; then the files."""
    share = -(-runs // AT_ONCE)
    halves = [
        _start("faults.runs", "--seeds", f"{1 + n * share}-{min((n + 1) * share, runs)}", folder / f"runs_{n}.jsonl")
        for n in range(AT_ONCE if runs else 0)
    ]
    for half in halves:
        half.wait()
    if files:
        _start("fuzz", "--files", str(files), folder / "files.jsonl").wait()
    return read(folder)


def read(folder: Path) -> Figures:
    runs = [line for path in sorted(folder.glob("runs_*.jsonl")) for line in _lines(path)]
    files = [line for path in sorted(folder.glob("files*.jsonl")) for line in _lines(path)]
    return Figures(runs, files)


def _start(module: str, option: str, value: str, figures: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-W", "ignore", "-m", module, option, value, "--figures", str(figures)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PROJECT_DIR / "tests")})


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines():
        yield json.loads(line)


def page(figures: Figures) -> str:
    held = [run for run in figures.runs if "failed" not in run]
    struck = [run for run in held if run["struck"]]
    lines = [
        "# Nights with a fault, and malformed files",
        "",
        f"{date.today()}: PostgreSQL and the object store of the embedded stack, Python {platform.python_version()}; "
        f"{os.cpu_count()} cores.",
        "",
        "A run delivers to three forces, breaks the night that loads them in one way at a random place, looks whether "
        "every load is whole or absent, lets a night without faults follow, and compares the ledger and every raw row "
        "with a model that shares no code with the pipeline. No personal value may stand in a table or a log.",
        "`PYTHONPATH=tests .venv/bin/python -m faults.runs --seed 7` makes one run again.",
        "",
        "| | |",
        "|---|---:|",
        f"| runs | {len(figures.runs):,} |",
        f"| **ended as without the fault** | **{len(held):,}** |",
        f"| in which the fault struck | {len(struck):,} |",
        f"| with the gate | {sum(run['gate'] for run in held):,} |",
        f"| failed | {sum('failed' in run for run in figures.runs):,} |",
        f"| seconds a run, median | {median([run['seconds'] for run in held] or [0]):.1f} |",
        "",
        "The places are drawn from more than a night has, so some faults never strike: the night had ended by then.",
        "",
        "| fault | runs | struck |",
        "|---|---:|---:|",
    ]
    met = Counter(run["kind"] for run in struck)
    lines += [f"| {kind} | {number:,} | {met[kind]:,} |" for kind, number in _count(held, "kind")]
    lines += ["", "## Malformed files", ""]
    if not figures.files:
        return "\n".join([*lines, "Not taken in this run.", ""])
    tried, outcomes = Counter[str](), Counter[str]()
    for part in figures.files:
        tried.update(part["tried"])
        outcomes.update(part["outcomes"])
    failed = sum(len(part["failed"]) for part in figures.files)
    lines += [
        f"{tried.total():,} files, made of good ones by seeded damage; {failed:,} ended in a traceback, a hang or a "
        "cell in a message.",
        "",
        "| reader's sample | files |",
        "|---|---:|",
        *(f"| {name} | {number:,} |" for name, number in tried.most_common()),
        "",
        "| outcome | files |",
        "|---|---:|",
        *(f"| `{name}` | {number:,} |" for name, number in outcomes.most_common()),
        "",
    ]
    return "\n".join(lines)


def _count(runs: Sequence[dict[str, Any]], key: str) -> list[tuple[str, int]]:
    return Counter(run[key] for run in runs).most_common()


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--runs", type=int, help="nights with a fault; 1,000 at full size")
    options.add_argument("--files", type=int, help="malformed files; 12,000 at full size")
    options.add_argument("--from", dest="folder", type=Path)
    given, where = options.parse_args(), machine()
    size = given.size
    runs = size.of(1_000, 10) if given.runs is None else given.runs
    files = size.of(12_000, 200) if given.files is None else given.files
    with tempfile.TemporaryDirectory(prefix="csae-faults-") as folder:
        figures = read(given.folder) if given.folder else take(Path(folder), runs, files)
    size.report(NAME, page(figures))
    held = sum("failed" not in run for run in figures.runs)
    tried = sum(sum(part["tried"].values()) for part in figures.files)
    keep(
        size,
        NAME,
        where,
        [
            Figure("nights with a fault that ended as without it", (held,), "", least=1_000),
            Figure("nights with a fault that did not", (len(figures.runs) - held,), "", 0),
            Figure("malformed files, each ended in a reason", (tried,), "", least=10_000),
            Figure("malformed files that did not", (sum(len(part["failed"]) for part in figures.files),), "", 0),
        ],
    )
    print(f"{len(figures.runs):,} runs, {figures.failures} failures; see {size.folder / NAME}.md.")
    if given.folder is None and len(figures.runs) < runs:
        print(f"{runs - len(figures.runs):,} runs were asked for and never ended: what ran them broke off.")
        return 1
    return 1 if figures.failures or not figures.runs else 0


if __name__ == "__main__":
    sys.exit(main())
