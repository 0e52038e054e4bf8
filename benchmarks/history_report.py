"""What `history.py` found, as Markdown and as a picture."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import altair as alt
import psutil
import vl_convert

from csae.settings import PROJECT_DIR
from csae.warehouse import Connection

if TYPE_CHECKING:
    from history import Found, Timed

HERE = Path(__file__).parent
REPORT, PICTURE, PLANS = HERE / "history.md", HERE / "history_curve.svg", HERE / "history_plans.md"
GUIDE = PROJECT_DIR / "docs" / "analysts.md"
RATIO, REBUILD, BY_HAND, MEDIAN_MS, SLOWEST_MS = 1.3, 300.0, 2.0, 100.0, 1000.0
COUNTED = {
    "loads": "ops.load",
    "crimes, as delivered": "raw.crime",
    "people on crimes, as delivered": "raw.involvement",
    "the gate's results": "ops.gate_result",
    "crimes that count": "marts.fct_offence_type",
    "people on them": "marts.fct_ethnicity",
    "ways of writing a person": "intermediate.int_person_record",
}


def questions() -> list[tuple[str, str]]:
    """Each question of the analysts' guide by its heading, a comment above its SQL."""
    blocks = re.findall(r"```sql\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    asked = [question.strip() for block in blocks for question in block.split(";") if question.strip()]
    return [(question.partition("\n")[0].removeprefix("-- "), question) for question in asked]


def counted(connection: Connection) -> list[tuple[str, int]]:
    return [
        (label, connection.execute(f"select count(*) from {table}".encode()).fetchall()[0][0])  # noqa: S608
        for label, table in COUNTED.items()
    ]


def sized(connection: Connection) -> list[tuple[str, str]]:
    """Gigabytes of each schema, the largest first."""
    return connection.execute(
        """
        select
            schemaname,
            round(sum(pg_total_relation_size(format('%I.%I', schemaname, tablename))) / 2.0 ^ 30, 2)::text
        from pg_tables where schemaname not in ('pg_catalog', 'information_schema')
        group by 1 order by sum(pg_total_relation_size(format('%I.%I', schemaname, tablename))) desc
        """
    ).fetchall()


def spread(values: Sequence[float], form: str = ".1f") -> str:
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def within(value: float, most: float) -> tuple[str, str]:
    """The figure to reach, and whether it is reached."""
    return f"at most {most:g}", "yes" if value <= most else "**no**"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [headings, ["---"] * len(headings), *rows])


def figures(found: "Found") -> list[tuple[str, str, str, str]]:
    pairs = list(zip(found.long, found.short, strict=True))
    ratios = [long.whole / short.whole for long, short in pairs]
    without_tests = [without(long) / without(short) for long, short in pairs]
    full = [build.whole for build in found.full]
    by_hand = [build.without_linking / seconds for build in found.full for seconds in found.script]
    times = [median(ms) for ms in found.asked.values()]
    slow, slowest = median(times), max(times)
    return [
        ("a night's delta, ten years / one year", spread(ratios, ".2f"), *within(median(ratios), RATIO)),
        ("the same, dbt's tests taken away", spread(without_tests, ".2f"), "", ""),
        ("a rebuild of everything, seconds", spread(full, ".0f"), *within(median(full), REBUILD)),
        ("of it linking people", spread([build.linking for build in found.full], ".0f"), "", ""),
        ("the rebuild without linking / the script", spread(by_hand, ".2f"), *within(median(by_hand), BY_HAND)),
        ("analysts' questions, median, ms", f"{slow:.0f}", *within(slow, MEDIAN_MS)),
        ("analysts' questions, the slowest, ms", f"{slowest:.0f}", *within(slowest, SLOWEST_MS)),
    ]


def without(build: "Timed") -> float:
    """Tests run beside each other in dbt's two threads."""
    return build.whole - build.of_tests / 2


def steps(found: "Found") -> list[tuple[str, str, str]]:
    names = {
        "whole": "the night's build", "before_linkage": "dbt before linkage", "linking": "linking people",
        "after_linkage": "dbt after linkage, with the tests", "of_models": "models, summed over two threads",
        "of_tests": "tests, summed over two threads", "switch": "the switch, not in the build",
    }  # fmt: skip
    return [
        (label, spread([getattr(one, name) for one in found.short]), spread([getattr(one, name) for one in found.long]))
        for name, label in names.items()
    ]


def growing(found: "Found") -> list[tuple[str, str, str]]:
    """The nodes of a night that cost most more on the longer history."""
    short = {node.name: node.seconds for node in found.short[-1].nodes}
    more = sorted(found.long[-1].nodes, key=lambda node: short.get(node.name, 0.0) - node.seconds)[:15]
    return [(node.name[:70], f"{short.get(node.name, 0.0):.2f}", f"{node.seconds:.2f}") for node in more]


def machine() -> str:
    return (
        f"{date.today()}: PostgreSQL 18 of the embedded stack, dbt-core {version('dbt-core')} with two threads, Splink "
        f"{version('splink')}, Python {platform.python_version()}; {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB of memory."
    )


def report(found: "Found", last_day: date) -> str:
    loads = [build.load for build in (*found.full, *found.short, *found.long)]
    return TEXT.format(
        machine=machine(),
        loads=f"{min(loads):.1f} to {max(loads):.1f}",
        runs=len(found.long),
        last_day=last_day,
        figures=table(["figure", "median (least to most)", "to reach", "reached"], figures(found)),
        steps=table(["seconds", "one year", "ten years"], steps(found)),
        growing=table(["node", "one year, s", "ten years, s"], growing(found)),
        curve=table(
            ["years", "seconds of a night", "load average"],
            [
                (str(years), spread([one.whole for one in nights]), f"{median(one.load for one in nights):.1f}")
                for years, nights in sorted(found.curve.items())
            ],
        ),
        script=spread(found.script, ".0f"),
        asked=table(
            ["question", "ms"],
            [
                (name, spread(ms, ".0f"))
                for name, ms in sorted(found.asked.items(), key=lambda asked: -median(asked[1]))
            ],
        ),
        counts=table(["rows", ""], [(label, f"{count:,}") for label, count in found.counts]),
        sizes=table(["schema", "GB"], found.sizes),
    )  # fmt: skip


def write(found: "Found", text: str) -> None:
    REPORT.write_text(text, encoding="utf-8")
    parts = [
        f"## {node.kind} {node.name}, {node.seconds:.2f} s in the night\n\n```\n{plan}\n```\n"
        for node, plan in found.dearest
    ]
    PLANS.write_text(
        f"# Plans of the ten dearest statements of a night on ten years\n\n{machine()}\n\n" + "\n".join(parts),
        encoding="utf-8",
    )
    rows = [
        {"years": years, "seconds": one.whole, "part": "run"} for years, nights in found.curve.items() for one in nights
    ]
    base = alt.Chart(alt.Data(values=rows))
    x = alt.X("years:Q", title="years of history")
    dots = base.mark_point(opacity=0.5).encode(x=x, y=alt.Y("seconds:Q", title="seconds of the night's build"))
    line = base.mark_line().encode(x=x, y=alt.Y("median(seconds):Q"))
    chart = (dots + line).properties(width=520, height=300, title="A night of 1,000 changed crimes, by history")
    PICTURE.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


TEXT = """# What history costs

{machine}
Load average of the minute before each build: {loads}. {runs} nights each, one year and ten years in turn.

{figures}

A night brings 1,000 crimes of the last year again, with another outcome and their people, of whom one in ten is written
as somebody new. The build is `building.make`: both dbt stages with all data tests, and the linking of people between
them. Reading, COPY and the gate come before it and never see history.

## By step

{steps}

## What grows

The nodes of dbt whose seconds grow most from one year to ten, in the last night of each:

{growing}

## The curve

{curve}

![Seconds of a night by years of history](history_curve.svg)

## By hand

`hand_written.sql` makes the three facts from the raw rows in one script: {script} seconds. Its rows are compared with
dbt's and are the same. It makes no quality table, no index and no test, carries nothing to the next night, and takes
as given who is one person and what each value is decoded to.

## Analysts' questions

Each of [the guide's](../docs/analysts.md#questions-to-begin-with), asked five times of the curated views on ten years.

{asked}

## The data

Deliveries up to {last_day} of all sources, a load a day each or as often as its YAML says, one tenth of the crimes
delivered twice. The four sources of snapshots are taken as deltas: a night of such a source is of all its crimes. Who
is one person is linked for real; a name stands in every twelfth copy of the night that all is made from.

{counts}

{sizes}
"""
