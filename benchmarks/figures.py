"""What benchmarks share: a figure beside the one to reach, where data and peers are kept, and a report's tables."""

import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import altair as alt
import psutil
import vl_convert

from csae.settings import PROJECT_DIR

FOLDER = Path(__file__).parent
HOME = Path(os.environ.get("CSAE_BENCH_HOME") or PROJECT_DIR / ".csae" / "bench")
"""What is generated and installed for benchmarks: outside git, and made anew when it is removed."""


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

    def row(self) -> tuple[str, str, str, str]:
        verdict = {None: "", True: "yes", False: f"**no** {self.why}".strip()}[self.reached]
        bounds = ("at most", self.most), ("at least", self.least)
        reach = "".join(f"{bound} {shown(value, self.unit)}" for bound, value in bounds if value is not None)
        return self.what, f"{shown(median(self.values), self.unit)}{spread(self.values)}", reach, verdict


def shown(value: float, unit: str) -> str:
    digits = 4 if abs(value) < 1 else 2 if abs(value) < 10 else 0
    return f"{value:,.{digits}f} {unit}".rstrip()


def spread(values: Sequence[float]) -> str:
    return f" ({min(values):,.2f} to {max(values):,.2f})" if len(values) > 1 else ""


def table(rows: Sequence[Sequence[str]], *headings: str) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def figures_table(figures: Sequence[Figure]) -> str:
    return table([figure.row() for figure in figures], "what", "median (lowest to highest)", "to reach", "reached")


def keep(name: str, figures: Sequence[Figure]) -> None:
    """For `run.py`, which puts the figures of every benchmark into one table."""
    kept = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
    path = HOME / "figures" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1))


def kept(name: str) -> tuple[str, list[Figure]] | None:
    """The machine and the figures of the last run of a benchmark, if there was one."""
    path = HOME / "figures" / f"{name}.json"
    if not path.exists():
        return None
    found = json.loads(path.read_text())
    return found["machine"], [Figure(**{**figure, "values": tuple(figure["values"])}) for figure in found["figures"]]


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{date.today()}: {os.cpu_count()} cores, {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"polars {version('polars')}, psycopg {version('psycopg')}, load average {os.getloadavg()[0]:.1f} at the start."
    )


def peak_mib() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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


def draw(rows: list[dict[str, Any]], path: Path, title: str, x: alt.X, y: alt.Y, by: str) -> None:
    chart = (
        alt.Chart(alt.Data(values=rows), title=title)
        .mark_line(point=True)
        .encode(x=x, y=y, color=alt.Color(f"{by}:N", title=None), strokeDash=alt.StrokeDash(f"{by}:N", title=None))
        .properties(width=520, height=300)
    )
    path.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")
