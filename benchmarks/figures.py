"""What benchmarks share: their size, a figure beside the one to reach, where data and peers are kept, and tables."""

import argparse
import cProfile
import json
import os
import platform
import pstats
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import altair as alt
import psutil
import vl_convert

from csae.settings import PROJECT_DIR

FOLDER = Path(__file__).parent
HOME = Path(os.environ.get("CSAE_BENCH_HOME") or PROJECT_DIR / ".csae" / "bench")
"""What is generated and installed for benchmarks: outside git, and made anew when it is removed."""

T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    """How much a benchmark measures: `full`, or `small` to see in minutes whether it runs to its end."""

    name: str

    def of(self, full: T, small: T) -> T:
        return small if self.name == "small" else full

    @property
    def folder(self) -> Path:
        """Of reports, pictures and figures. Those of a small run never take the place of the kept ones."""
        return self.of(FOLDER, HOME / "small")

    def report(self, name: str, text: str) -> None:
        """Write it, and show it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.md").write_text(text, encoding="utf-8")
        sys.stdout.write(text)


FULL = Size("full")


def parser(about: str | None) -> argparse.ArgumentParser:
    """With the option that every benchmark has."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--size",
        type=Size,
        choices=[FULL, Size("small")],
        default=FULL,
        metavar="{full,small}",
        help="small: to see whether it runs; its reports go below $CSAE_BENCH_HOME/small",
    )
    return made


@dataclass(frozen=True)
class Figure:
    """A measurement of several runs."""

    what: str
    values: tuple[float, ...]
    unit: str
    most: float | None = None
    least: float | None = None
    """The figure to reach, of the median; neither where it is told for comparison only."""
    why: str = ""
    """Where it is not reached: what stands in the way."""

    @property
    def reached(self) -> bool | None:
        found = median(self.values)
        if self.least is not None:
            return found >= self.least
        return None if self.most is None else found <= self.most

    def row(self) -> tuple[str, str, str, str, str]:
        verdict = {None: "", True: "yes", False: f"**no** {self.why}".strip()}[self.reached]
        bounds = ("at most", self.most), ("at least", self.least)
        reach = "".join(f"{bound} {shown(value, self.unit)}" for bound, value in bounds if value is not None)
        found = f"{shown(median(self.values), self.unit)}{spread(self.values)}"
        return self.what, found, str(len(self.values)), reach, verdict


def shown(value: float, unit: str) -> str:
    digits = 4 if abs(value) < 1 else 2 if abs(value) < 10 else 0
    return f"{value:,.{digits}f} {unit}".rstrip()


def spread(values: Sequence[float]) -> str:
    return f" ({min(values):,.2f} to {max(values):,.2f})" if len(values) > 1 else ""


def table(rows: Sequence[Sequence[str]], *headings: str) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figures_table(figures: Sequence[Figure]) -> str:
    rows = [figure.row() for figure in figures]
    return table(rows, "what", "median (lowest to highest)", "runs", "to reach", "reached")


def keep(size: Size, name: str, where: str, figures: Sequence[Figure]) -> None:
    """For `run.py`, which puts the figures of every benchmark into one table; `where` is `machine()` at the start."""
    kept = {"machine": where, "figures": [asdict(figure) for figure in figures]}
    path = size.folder / "figures" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def kept(size: Size, name: str) -> tuple[str, list[Figure]] | None:
    """The machine and the figures of the last run of a benchmark, if there was one."""
    path = size.folder / "figures" / f"{name}.json"
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return found["machine"], [Figure(**{**figure, "values": tuple(figure["values"])}) for figure in found["figures"]]


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{date.today()}: {os.cpu_count()} cores, {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"polars {version('polars')}, psycopg {version('psycopg')}, load average {os.getloadavg()[0]:.1f} at the start."
    )


def peak_mib() -> float:
    """The most memory that this process has held; `ru_maxrss` begins with the peak of the process that started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def peer(name: str, *packages: str) -> Path:
    """The Python of an environment with these packages and nothing of ours, installed when it is first asked for."""
    folder = HOME / "peers" / name
    python, done = folder / "bin" / "python", folder / "installed.json"
    if not done.exists() or json.loads(done.read_text()) != list(packages):
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True)
        done.write_text(json.dumps(packages))
    return python


def told(command: Sequence[str | Path]) -> Any:
    """The JSON on the last line that a command prints."""
    ended = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(ended.stdout.splitlines()[-1])


def dearest(function: Callable[[], object], most: int = 5) -> str:
    """The functions in which one more call spends most of its time, with their seconds, for the reason of a figure."""
    profile = cProfile.Profile()
    profile.runcall(function)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    own = sorted(((found[2], place) for place, found in stats.items()), reverse=True)[:most]
    return "under a profiler: " + ", ".join(
        f"{f'{Path(file).stem}.' if file != '~' else ''}{name.strip('<>')} {seconds:.1f} s"
        for seconds, (file, _, name) in own
    )


def draw(rows: list[dict[str, Any]], path: Path, title: str, x: alt.X, y: alt.Y, by: str) -> None:
    chart = (
        alt.Chart(alt.Data(values=rows), title=title)
        .mark_line(point=True)
        .encode(x=x, y=y, color=alt.Color(f"{by}:N", title=None), strokeDash=alt.StrokeDash(f"{by}:N", title=None))
        .properties(width=520, height=300)
    )
    path.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")
