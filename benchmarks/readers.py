"""How fast workbooks and XML are read, beside what their parser alone reaches.

Run: `python benchmarks/readers.py` writes benchmarks/readers.md. A reader streams: it checks, counts and gives tables;
the parser alone only walks through every cell or element.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from figures import HOME, Figure, dearest, figures_table, keep, machine, parser, peak_mib, table
from lxml import etree
from python_calamine import CalamineWorkbook

from csae.limits import Limits
from csae.readers import apart, read_extract, sheet_rows
from csae.settings import PROJECT_DIR
from csae.sources import load_source
from csae.sources.formats import MarkupFormat, WorkbookFormat
from csae.sources.model import Extract
from csae.synthetic import Plan, write_deliveries

NAME = "readers"
SEED = 20260906
SOURCES = {"XML": ("13", 60_000), "workbook (.xlsx)": ("14", 27_000), "workbook (.ods)": ("04", 27_000)}
"""Each with its crimes, so many that a file has some 60,000 records: of fewer, the start of a process is measured."""
SMALL_SHARE = 20
SHARE = 0.6
"""Of the parser's speed that is to be reached, so this many times its seconds at most."""


def largest(code: str, crimes: int) -> tuple[Path, Extract]:
    """The largest file of a source's delivery, generated once, and how it is read.

    It is generated in a process of its own, so that what this process takes is what reading takes.
    """
    folder = HOME / "data" / f"readers-{code}-{crimes}"
    if not (folder / "whole").exists():
        plan = Plan(seed=SEED, crimes=crimes, nights=1, forces=(code,))
        making = get_context("spawn").Process(target=write_deliveries, args=(plan, folder))
        making.start()
        making.join()
        if making.exitcode:
            raise RuntimeError(f"writing the files of {code} ended with {making.exitcode}")
        (folder / "whole").touch()
    path = max((path for path in folder.glob(f"{code}/*/*") if path.is_file()), key=lambda path: path.stat().st_size)
    source = load_source(next((PROJECT_DIR / "forces").glob(f"{code}_*.yml"))).spec
    extract = next(extract for extract in source.layouts[-1].extracts.values() if path.match(extract.files))
    return path, extract


def ours(path: Path, extract: Extract) -> int:
    return sum(batch.rows for batch in read_extract(path, path.name, extract))


def parser_alone(path: Path, extract: Extract) -> int:
    match extract.format:
        case MarkupFormat():
            count = 0
            for _, element in etree.iterparse(path, resolve_entities=False, no_network=True):
                count += element.text is not None
                if element.getparent() is not None and element.getparent().getparent() is None:
                    element.clear()
            return count
        case WorkbookFormat() as form:
            sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(str(form.sheet))
            return sum(len(row) for row in sheet.iter_rows())
        case _:
            raise ValueError(extract.format.type)


def why(path: Path, extract: Extract) -> str:
    """What a reader spends its time on: its functions, or what the process apart takes that reads a workbook."""
    match extract.format:
        case WorkbookFormat() as form:
            limits = Limits.current()
            given = map(str, (limits.memory_bytes, limits.seconds, limits.record_characters))
            began = time.monotonic()
            lines = sum(
                1 for _ in apart.lines(["-P", sheet_rows.__file__, str(path), form.sheet, *given], "", "", limits)
            )
            alone = time.monotonic() - began
            began = time.monotonic()
            subprocess.run([sys.executable, "-P", "-c", "import python_calamine"], check=True)
            start = time.monotonic() - began
            return (
                f"The process apart, which may use so much memory and no more, takes {alone:.2f} s for its {lines:,} "
                f"lines of cells, {start:.2f} s of it to start; {dearest(partial(ours, path, extract))}"
            )
        case _:
            return dearest(partial(ours, path, extract))


def seconds(function: Callable[[Path, Extract], int], path: Path, extract: Extract) -> float:
    began = time.monotonic()
    function(path, extract)
    return time.monotonic() - began


def main() -> int:
    size = parser(__doc__).parse_args().size
    where, figures, sizes, times_each = machine(), list[Figure](), [], size.of(5, 2)
    for label, (code, crimes) in SOURCES.items():
        path, extract = largest(code, crimes // size.of(1, SMALL_SHARE))
        runs = [(seconds(parser_alone, path, extract), seconds(ours, path, extract)) for _ in range(times_each)]
        times = tuple(of_ours / alone for alone, of_ours in runs)
        figures.append(Figure(label, times, "times the parser's seconds", 1 / SHARE, why=why(path, extract)))
        sizes.append(
            (
                label,
                f"{path.stat().st_size / 2**20:,.1f} MiB",
                f"{ours(path, extract):,}",
                f"{median(alone for alone, _ in runs):.2f}",
                f"{median(of_ours for _, of_ours in runs):.2f}",
            )
        )
    figures.append(Figure("memory of this process", (peak_mib(),), "MiB", 512))
    keep(size, NAME, where, figures)
    sizes_table = table(sizes, "file", "size", "records", "the parser alone, s", "ours, s")
    size.report(NAME, REPORT.format(machine=where, figures=figures_table(figures), sizes=sizes_table))
    return 0


REPORT = """# How fast workbooks and XML are read

{machine}

The best parsers alone (lxml's iterparse, calamine) walk through every element or cell of the same file and keep
nothing. Ours also checks the file for what may be hostile in it, its header, shape, limits and spreadsheet damage, and
gives tables. To reach at least 60% of the parser's speed is to take at most 1.67 times its seconds.

{figures}

{sizes}
"""

if __name__ == "__main__":
    sys.exit(main())
