"""Every benchmark, one after the other, and one table of what they found beside what is to be reached.

Run: `make bench` for all of them, `make bench ONLY="loading night"` for some, `make bench ONLY=none` for the table of
the runs before, `make bench SIZE=small` to see in some minutes whether all of them run to their end. A benchmark that
fails is told of, and the others go on. Writes benchmarks/RESULTS.md; small ones write below $CSAE_BENCH_HOME/small.
"""

import subprocess
import sys
import time
from dataclasses import dataclass

from figures import FOLDER, Figure, Size, kept, parser, table


@dataclass(frozen=True)
class Part:
    """A script beside this one, with a report of the same name."""

    title: str
    minutes: int
    """At full size on two cores with nothing else to do, with what is generated for it the first time."""
    is_asked_for: bool = False
    """Only taken when named."""


PARTS = {
    "loading": Part("Loading a delivery", 14),
    "readers": Part("Reading workbooks and XML", 4),
    "night": Part("The night through Airflow", 9),
    "history": Part("Ten years of history", 23),
    "linkage": Part("Linking people", 4),
    "decoding": Part("Decoding", 5),
    "force_new": Part("Drafting a force's YAML", 1),
    "faults": Part("Faults and malformed files", 90, is_asked_for=True),
}


def run(part: str, size: Size) -> float | None:
    """Its seconds, or None when it failed."""
    began = time.monotonic()
    command = [sys.executable, "-W", "ignore", str(FOLDER / f"{part}.py"), "--size", size.name]
    ended = subprocess.run(command, check=False)
    return None if ended.returncode else time.monotonic() - began


def rows(part: str, figures: list[Figure]) -> list[tuple[str, ...]]:
    return [(f"[{PARTS[part].title}]({part}.md)", *figure.row()) for figure in figures]


def listed() -> str:
    lines = [
        f"  {name:10} {part.minutes:3} min  {part.title}{' (only when named)' if part.is_asked_for else ''}"
        for name, part in PARTS.items()
    ]
    together = sum(part.minutes for part in PARTS.values() if not part.is_asked_for)
    return "\n".join(["full size, on two quiet cores:", *lines, f"  together   {together:3} min"])


def main() -> int:
    options = parser(__doc__)
    options.epilog = listed()
    options.add_argument("only", nargs="*", metavar="PART", help="these and no others, of those below; none for none")
    given = options.parse_args()
    if unknown := set(given.only) - {*PARTS, "none"}:  # `choices` would refuse to be given none
        options.error(f"there is no {' and no '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}, and none")
    size: Size = given.size
    wanted = given.only or [name for name, part in PARTS.items() if not part.is_asked_for]
    wanted = [name for name in wanted if name != "none"]
    failed = []
    for number, name in enumerate(wanted, start=1):
        sys.stderr.write(f"[{number} of {len(wanted)}] {PARTS[name].title} ...\n")
        seconds = run(name, size)
        if seconds is None:
            failed.append(name)
        else:
            sys.stderr.write(f"[{number} of {len(wanted)}] {PARTS[name].title}: {seconds / 60:.1f} min\n")
    found = {name: before for name in PARTS if (before := kept(size, name))}
    text = REPORT.format(
        figures=table(
            [row for name, (_, figures) in found.items() for row in rows(name, figures)],
            "benchmark", "what", "median (lowest to highest)", "runs", "to reach", "reached",
        ),
        machines=table([(PARTS[name].title, where) for name, (where, _) in found.items()], "benchmark", "when, where"),
    )  # fmt: skip
    others = [f"- {part.title}" for name, part in PARTS.items() if name not in found]
    size.report("RESULTS", text + ("\nNot measured yet:\n\n" + "\n".join(others) + "\n" if others else ""))
    for name in failed:
        sys.stderr.write(f"{PARTS[name].title} failed: run python benchmarks/{name}.py to see why.\n")
    return 1 if failed else 0


REPORT = """# Results

The last run of each benchmark, beside the figure to reach. Ratios are of runs side by side on one machine.

{figures}

{machines}
"""

if __name__ == "__main__":
    sys.exit(main())
