"""How well `csae force new` drafts each source of `forces/` from a generated delivery, its YAML hidden.

Run: `python benchmarks/force_new.py` writes benchmarks/force_new.md. A column of the force is right when the draft puts
it to the same columns of the dataset as the YAML does, or ignores it where the YAML does.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from csae.cli.force_new import make
from csae.onboarding.drafting import MOST_LINES, Draft, Identity
from csae.onboarding.matching import MADE_OF
from csae.onboarding.samples import SampleError
from csae.settings import Settings
from csae.sources import LoadedSource, load_sources
from csae.sources.formats import DelimitedFormat, FixedWidthFormat
from csae.sources.model import Extract
from csae.synthetic import ALL_FORCES, Plan, write_deliveries

CRIMES, NIGHTS, SEED = 3000, 8, 20260901
"""Eight nights, so that a weekly source sends something; a draft sees two deliveries at most."""
SEEN_DELIVERIES = 2
REPORT = Path(__file__).with_suffix(".md")
TARGET = 0.85
Column = tuple[str, str]
"""The place of the people it is nested in, and its name."""


@dataclass
class Score:
    source: str
    label: str
    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    """By the confidence of the draft."""
    schemes_right: int = 0
    schemes: int = 0
    lines: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def columns(self) -> int:
        return self.right + sum(self.wrong.values())


def truth_of(source: LoadedSource) -> dict[Column, frozenset[str]]:
    """What the YAML makes of each column of the force."""
    truth: dict[Column, set[str]] = {}
    for extract in source.spec.layouts[-1].extracts.values():
        for _, record in extract.records:
            for name, column in record.columns.items():
                for origin in column.from_:
                    truth.setdefault((record.each or "", _key(extract, origin)), set()).add(name)
            for origin in record.where:
                truth.setdefault(("", _key(extract, origin)), set())
        for ignored in extract.ignored_columns:
            truth.setdefault(("", _key(extract, ignored)), set())
    return {column: frozenset(targets) for column, targets in truth.items()}


def _key(extract: Extract, name: str) -> str:
    """Where a file names no columns, the place instead of the name that somebody gave it."""
    match extract.format:
        case FixedWidthFormat(fields=fields) if name in fields:
            return f"characters {fields[name]}"
        case DelimitedFormat(header=header) if header and name in header:
            return f"{extract.files} Column {header.index(name) + 1}"
    return name


def drafted(draft: Draft) -> Iterator[tuple[Column, frozenset[str], str]]:
    for extract in draft.extracts:
        fields = extract.guess.sniffed.format.get("fields")
        for record in extract.guess.records:
            for match in record.matches:
                targets = frozenset(MADE_OF.get(match.target, (match.target,)) if match.target else ())
                for name in (match.column, *match.more):
                    key = f"characters {fields[name]}" if isinstance(fields, dict) else name
                    if "header" in extract.guess.sniffed.format:
                        key = f"{extract.guess.files} {name}"
                    yield (record.block.each or "", key), targets, match.confidence
            for name in record.block.where:
                yield ("", name), frozenset(), "medium"


def score(source: LoadedSource, landing: Path, settings: Settings) -> Score:
    spec = source.spec
    found = Score(spec.source, spec.name)
    days = sorted((landing / spec.source).iterdir())[:SEEN_DELIVERIES]
    files = [file for day in days for file in sorted(day.iterdir())]
    began = time.perf_counter()
    try:
        made = make(files, Identity(spec.source, spec.name, None, {}), {}, settings)
    except SampleError as error:
        found.wrong["absent"] = len(truth_of(source))
        found.faults.append(f"no draft: {type(error).__name__} {error}"[:300])
        return found
    found.seconds = time.perf_counter() - began
    found.lines = made.text.count("\n")
    truth = truth_of(source)
    seen: dict[Column, tuple[frozenset[str], str]] = {}
    for column, targets, confidence in drafted(made.draft):
        before = seen.get(column, (frozenset(), confidence))
        seen[column] = (before[0] | targets, confidence)
    # A place in a document that is ignored may be named from the row or from the people in it.
    places = {f"{each}/{name}" if each else name: (each, name) for each, name in seen}
    for column, wanted in truth.items():
        targets, confidence = seen.get(column) or seen.get(places.get(column[1], column), (None, "absent"))
        if targets == wanted or (targets is None and not wanted):
            found.right += 1
        else:
            found.wrong[confidence] += 1
            given = "absent" if targets is None else " + ".join(sorted(targets)) or "ignored"
            rightly = " + ".join(sorted(wanted)) or "ignored"
            found.faults.append(f"{'/'.join(filter(None, column))}: {given} ({confidence}), is {rightly}")
    _score_schemes(found, source, made.draft)
    return found


def _score_schemes(found: Score, source: LoadedSource, draft: Draft) -> None:
    wanted = {(name, scheme) for _, name, scheme in source.spec.code_schemes()}
    given = {
        (name, str(column.spec.get("codes")), bool(column.asks or column.spec.get("map")))
        for extract in draft.extracts
        for record in extract.records
        for name, column in record.columns.items()
        if "codes" in column.spec
    }
    found.schemes = len(wanted)
    for name, scheme in wanted:
        ours = [(codes, asks) for column, codes, asks in given if column == name]
        if any(codes == scheme or asks for codes, asks in ours):
            found.schemes_right += 1
        else:
            found.faults.append(f"code set of {name}: {', '.join(codes for codes, _ in ours) or 'none'}, is {scheme}")


def main() -> int:
    settings = Settings()
    sources = load_sources(settings.sources_dir)
    forces = tuple(code for code in ALL_FORCES if code in sources)
    with tempfile.TemporaryDirectory() as directory:
        landing = Path(directory)
        write_deliveries(Plan(seed=SEED, forces=forces, crimes=CRIMES, nights=NIGHTS), landing)
        scores = [score(sources[code], landing, settings) for code in forces if (landing / code).exists()]
    text = report(scores)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def report(scores: list[Score]) -> str:
    columns, right = sum(each.columns for each in scores), sum(each.right for each in scores)
    wrong = sum((each.wrong for each in scores), Counter[str]())
    lines = [
        "# `csae force new` on the generated layouts, each YAML hidden",
        "",
        f"{len(scores)} sources, {CRIMES:,} crimes, at most {SEEN_DELIVERIES} deliveries a source. "
        f"**{right:,} of {columns:,} columns right ({right / max(1, columns):.1%}; the aim is {TARGET:.0%}). "
        f"Wrong with high confidence: {wrong['high']}**, medium {wrong['medium']}, low {wrong['low']}, "
        f"absent {wrong['absent']}. "
        f"Code sets right or asked for: {sum(s.schemes_right for s in scores)} of {sum(s.schemes for s in scores)}. "
        f"Drafts of at most {MOST_LINES} lines: {sum(0 < s.lines <= MOST_LINES for s in scores)}.",
        "",
        "| source | columns | right | share | wrong: high | medium | low | absent | lines | seconds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for each in scores:
        share = f"{each.right / max(1, each.columns):.0%}"
        by = " | ".join(str(each.wrong[name]) for name in ("high", "medium", "low", "absent"))
        counts = f"{each.columns} | {each.right} | {share} | {by} | {each.lines} | {each.seconds:.1f}"
        lines.append(f"| {each.source} {each.label} | {counts} |")
    lines += ["", "## What was not right", ""]
    lines += [f"- {each.source} {each.label}: {fault}" for each in scores for fault in each.faults]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
