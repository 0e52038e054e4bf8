"""Every benchmark, one after the other, and one table of what they found beside what is to be reached.

Run: `make bench` for all of them, `make bench ONLY="loading night"` for some, `make bench ONLY=none` for the table of
the runs before. A benchmark that fails is told of, and the others go on. Writes benchmarks/RESULTS.md.
"""

import argparse
import subprocess
import sys
import time

from figures import FOLDER, Figure, kept, table

PARTS = {
    "loading": "Loading a delivery",
    "readers": "Reading workbooks and XML",
    "night": "The night through Airflow",
    "history": "Ten years of history",
    "linkage": "Linking people",
    "decoding": "Decoding",
    "force_new": "Drafting a force's YAML",
    "faults": "Faults and malformed files",
}
"""Each a script beside this one, with a report of the same name."""
LONG = ("faults",)
"""Only when named: it takes an hour and more."""


def run(part: str) -> float | None:
    """Its seconds, or None when it failed."""
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-W", "ignore", str(FOLDER / f"{part}.py")], check=False)
    return None if ended.returncode else time.monotonic() - began


def rows(part: str, figures: list[Figure]) -> list[tuple[str, ...]]:
    return [(f"[{PARTS[part]}]({part}.md)", *figure.row()) for figure in figures]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*PARTS, "none"], help="these and no others")
    given = parser.parse_args()
    wanted = [part for part in (given.only or [part for part in PARTS if part not in LONG]) if part != "none"]
    failed = []
    for number, part in enumerate(wanted, start=1):
        sys.stderr.write(f"[{number} of {len(wanted)}] {PARTS[part]} ...\n")
        if run(part) is None:
            failed.append(part)
    found = {part: before for part in PARTS if (before := kept(part))}
    text = REPORT.format(
        figures=table(
            [row for part, (_, figures) in found.items() for row in rows(part, figures)],
            "benchmark", "what", "median (lowest to highest)", "to reach", "reached",
        ),
        machines=table([(PARTS[part], machine) for part, (machine, _) in found.items()], "benchmark", "when and where"),
        others="\n".join(f"- [{title}]({part}.md)" for part, title in PARTS.items() if part not in found),
    )  # fmt: skip
    (FOLDER / "RESULTS.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    for part in failed:
        sys.stderr.write(f"{PARTS[part]} failed: run python benchmarks/{part}.py to see why.\n")
    return 1 if failed else 0


REPORT = """# Results

The last run of each benchmark, beside the figure to reach. Ratios are of runs side by side on one machine.

{figures}

{machines}

With a report of their own:

{others}
"""

if __name__ == "__main__":
    sys.exit(main())
