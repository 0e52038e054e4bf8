"""How the commands speak: tables, progress and plain sentences."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from csae.progress import Listener

_PIPED_WIDTH = None if sys.stdout.isatty() else 140
console = Console(highlight=False, width=_PIPED_WIDTH)
errors = Console(stderr=True, highlight=False)

RECORDS = "Records are crimes; of a source of case reviews, its cases."

STATE_STYLES = {
    "accepted": "green",
    "loaded": "green",
    "unchanged": "green",
    "complete": "bold green",
    "duplicate": "dim",
    "received": "yellow",
    "waiting": "yellow",
    "missing": "yellow",
    "incomplete": "bold yellow",
    "held": "bold yellow",
    "rejected": "red",
    "unknown": "red",
    "failed": "bold red",
    "decoded": "green",
    "ambiguous": "yellow",
    "unmapped": "red",
}


def say_json(value: Any) -> None:
    """Machine-readable output, on standard output and alone there."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def say_json_line(value: Any) -> None:
    """One of many, each on a line of its own."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")


def table(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]], caption: str = "") -> None:
    """A table; each column is its heading and `left` or `right`."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), caption=caption or None, caption_justify="left")
    for heading, side in columns:
        made.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        made.add_row(*(shown(value) for value in row))
    console.print()
    if title:
        console.print(title, style="bold", markup=False)
    console.print(made)


def shown(value: Any) -> Text:
    """As it is: `[not shown]` in a cell is no markup."""
    if isinstance(value, Text):
        return value
    if value is None:
        return Text("–")
    if isinstance(value, bool):
        return Text(str(value).lower())
    if isinstance(value, int):
        return Text(f"{value:,}")
    text = str(value)
    return Text(text, style=STATE_STYLES.get(text, ""))


def total(*parts: int | None) -> int | None:
    """Their sum, or nothing where nothing is known."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[Listener]:
    """A bar a step on standard error, kept on the terminal even while standard output goes to a log."""
    terminal = os.fdopen(os.dup(2), "w")
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=terminal, highlight=False),
        redirect_stdout=False,
        redirect_stderr=False,
        disable=quiet or not terminal.isatty(),
    )
    steps: dict[str, TaskID] = {}

    def listener(step: str, done: int, total: int) -> None:
        if step not in steps:
            steps[step] = bars.add_task(step, total=max(total, 1))
        bars.update(steps[step], completed=done if total else 1, total=max(total, 1))

    with terminal, bars:
        yield listener
