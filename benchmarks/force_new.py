"""How well `csae force new` drafts each source of `forces/` from a generated delivery, its YAML hidden.

Run: `python benchmarks/force_new.py` writes benchmarks/force_new.md. A column of the force is right when the draft puts
it to the same columns of the dataset as the YAML does, or ignores it where the YAML does. With a packed fixed width
file a force sends its list of fields, so here too; it has their names and places, and nothing of what they mean.
"""

import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from figures import Figure, keep, machine, parser

from csae.choosing import choose
from csae.cli.force_new import make
from csae.landing import LandedFile, SpooledFile
from csae.onboarding.drafting import MOST_LINES, Draft, Identity
from csae.onboarding.field_lists import FieldList, parse_field_list
from csae.onboarding.matching import MADE_OF
from csae.onboarding.samples import SampleError
from csae.readers import read_extract
from csae.settings import Settings
from csae.sources import LoadedSource, load_sources
from csae.sources.formats import DelimitedFormat, FixedWidthFormat
from csae.sources.model import Extract
from csae.synthetic import ALL_FORCES, Plan, write_deliveries
from csae.unpacking import Unpacker

CRIMES, NIGHTS = 3000, 8
"""Eight nights, so that a weekly source sends something; a draft sees two deliveries at most."""
SEEDS = (20260901, 20260902, 20260903)
"""The tables are of the first."""
SEEN_DELIVERIES, AT_ONCE = 2, 2
NAME = "force_new"
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
    has_field_list: bool = False
    never_met: int = 0
    """Places of a document that no record of the sample has."""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def columns(self) -> int:
        return self.right + sum(self.wrong.values())

    @property
    def share(self) -> float:
        return self.right / max(1, self.columns)


def truth_of(source: LoadedSource) -> dict[Column, frozenset[str]]:
    """What the YAML makes of each column of the force."""
    truth: dict[Column, set[str]] = {}
    for extract in source.spec.layouts[-1].extracts.values():
        for _, record in extract.records:
            for name, column in record.columns.items():
                for origin in column.origins:
                    truth.setdefault((record.each or "", _key(extract, origin)), set()).add(name)
            for origin in record.where:
                truth.setdefault(("", _key(extract, origin)), set())
        for ignored in extract.ignored_columns:
            truth.setdefault(("", _key(extract, ignored)), set())
    return {column: frozenset(targets) for column, targets in truth.items()}


def _key(extract: Extract, name: str) -> str:
    """Where a file names no columns, the place instead of the name that somebody gave it."""
    match extract.format:
        case DelimitedFormat(header=header) if header and name in header:
            return f"{extract.files} Column {header.index(name) + 1}"
    return name


def field_list(source: LoadedSource) -> FieldList | None:
    """As the force would send it."""
    for extract in source.spec.layouts[-1].extracts.values():
        if isinstance(extract.format, FixedWidthFormat):
            return parse_field_list("\n".join(_field_lines(extract, extract.format)), "fields.txt")
    return None


def _field_lines(extract: Extract, form: FixedWidthFormat) -> Iterator[str]:
    """A section for each kind of row; what no record uses stands with the first that leaves its characters free."""
    kinds = [record for _, record in extract.records if record.where]
    if not kinds:
        yield from (f"{name} {span}" for name, span in form.fields.items())
        return
    used = {name for record in kinds for name in record.source_columns}
    unused = [name for name in form.fields if name not in used]
    for record in kinds:
        own = [name for name in form.fields if name in record.source_columns]
        taken = {at for name in own for at in range(*form.spans[name])}
        free = [name for name in unused if not taken & {*range(*form.spans[name])}]
        unused = [name for name in unused if name not in free]
        yield f"[{', '.join(*record.where.values())}]"
        yield from (f"{name} {form.fields[name]}" for name in (*own, *free))


def without_value(source: LoadedSource, files: list[Path]) -> set[Column]:
    """Columns of documents that no record of the sample gives a value."""
    layout = source.spec.layouts[-1]
    blank: set[Column] = set()
    filled: set[Column] = set()
    with tempfile.TemporaryDirectory() as scratch, Unpacker(Path(scratch)) as unpacker:
        for file in files:
            landed = LandedFile(file.name, source.spec.source, layout.valid_from, file.name, "", file.stat().st_size)
            parts = choose(layout, [SpooledFile(landed, file, "")], {}).by_pattern
            for extract in layout.extracts.values():
                if not extract.is_nesting:
                    continue
                for part in parts.get(extract.files, ()):
                    plain = unpacker.plain(part)
                    for batch in read_extract(plain.path, plain.name, extract):
                        for (_, record), frame in zip(extract.records, batch.frames, strict=True):
                            for name in record.source_columns:
                                (filled if any(frame[name]) else blank).add((record.each or "", name))
    return blank - filled


def drafted(draft: Draft) -> Iterator[tuple[Column, frozenset[str], str]]:
    for extract in draft.extracts:
        for record in extract.guess.records:
            for match in record.matches:
                targets = frozenset(MADE_OF.get(match.target, (match.target,)) if match.target else ())
                for name in (match.column, *match.more):
                    key = f"{extract.guess.files} {name}" if "header" in extract.guess.sniffed.format else name
                    yield (record.block.each or "", key), targets, match.confidence
            for name in record.block.where:
                yield ("", name), frozenset(), "medium"


def score(source: LoadedSource, landing: Path, settings: Settings) -> Score:
    spec = source.spec
    listed = field_list(source)
    found = Score(spec.source, spec.name, has_field_list=listed is not None)
    days = sorted((landing / spec.source).iterdir())[:SEEN_DELIVERIES]
    files = [file for day in days for file in sorted(day.iterdir())]
    began = time.perf_counter()
    try:
        made = make(files, Identity(spec.source, spec.name, None, {}), {}, settings, listed)
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
    blank = without_value(source, files)
    for column, wanted in truth.items():
        if column in blank and column not in seen:
            found.never_met += 1
            continue
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


def score_all(forces: tuple[str, ...], seed: int) -> list[Score]:
    """A draft of each force's deliveries."""
    settings = Settings()
    sources = load_sources(settings.sources_dir)
    with tempfile.TemporaryDirectory() as directory:
        landing = Path(directory)
        write_deliveries(Plan(seed=seed, forces=forces, crimes=CRIMES, nights=NIGHTS), landing)
        return [score(sources[code], landing, settings) for code in forces if (landing / code).exists()]


def main() -> int:
    size = parser(__doc__).parse_args().size
    where, known = machine(), load_sources(Settings().sources_dir)
    forces = size.of(tuple(code for code in ALL_FORCES if code in known), ("05", "06", "13"))
    seeds = size.of(SEEDS, SEEDS[:1])
    with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("spawn")) as several:
        by_seed = dict(zip(seeds, several.map(partial(score_all, forces), seeds), strict=True))
    figures = list[Figure]()
    for seed, scores in by_seed.items():
        right = sum(each.right for each in scores) / max(1, sum(each.columns for each in scores))
        figures.append(Figure(f"columns right, seed {seed}", (right,), "", least=TARGET))
        wrong = sum(each.wrong["high"] for each in scores)
        figures.append(Figure(f"columns wrong with high confidence, seed {seed}", (wrong,), "", 0))
    keep(size, NAME, where, figures)
    size.report(NAME, report(where, by_seed))
    return 0


def total(seed: int, scores: list[Score]) -> str:
    columns, right = sum(each.columns for each in scores), sum(each.right for each in scores)
    wrong = sum((each.wrong for each in scores), Counter[str]())
    schemes = f"{sum(each.schemes_right for each in scores)} of {sum(each.schemes for each in scores)}"
    reached = sum(each.share >= TARGET for each in scores)
    short = sum(0 < each.lines <= MOST_LINES for each in scores)
    return (
        f"| {seed} | {right:,} of {columns:,} ({right / max(1, columns):.1%}) | {reached} of {len(scores)} | "
        f"{wrong['high']} | {wrong['medium']} | {wrong['low']} | {wrong['absent']} | "
        f"{sum(each.never_met for each in scores)} | {schemes} | {short} |"
    )


def report(where: str, by_seed: dict[int, list[Score]]) -> str:
    first, scores = next(iter(by_seed.items()))
    listed = " and ".join(each.source for each in scores if each.has_field_list)
    lines = [
        "# `csae force new` on the generated layouts, each YAML hidden",
        "",
        where,
        "",
        f"{len(scores)} sources, {CRIMES:,} crimes, at most {SEEN_DELIVERIES} deliveries a source. Fixed width files "
        f"without a header come with the force's list of fields ({listed}). Places of documents that no record of the "
        "sample has cannot be mapped and are counted apart, as never met.",
        "",
        f"| seed | columns right | sources at {TARGET:.0%} or more | wrong: high | medium | low | absent | never met "
        f"| code sets right or asked for | drafts of at most {MOST_LINES} lines |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(total(seed, each) for seed, each in by_seed.items()),
        "",
        f"## Each source, seed {first}",
        "",
        "| source | columns | right | share | wrong: high | medium | low | absent | lines | seconds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for each in scores:
        by = " | ".join(str(each.wrong[name]) for name in ("high", "medium", "low", "absent"))
        counts = f"{each.columns} | {each.right} | {each.share:.0%} | {by} | {each.lines} | {each.seconds:.1f}"
        label = f"{each.source} {each.label}" + (", with a list of fields" if each.has_field_list else "")
        lines.append(f"| {label} | {counts} |")
    for seed, drafts in by_seed.items():
        lines += ["", f"## What was not right, seed {seed}", ""]
        lines += [f"- {each.source} {each.label}: {fault}" for each in drafts for fault in each.faults]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
