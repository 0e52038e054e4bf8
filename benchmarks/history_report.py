"""What `history.py` found, as Markdown and as pictures."""

import re
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import altair as alt
import vl_convert
from figures import Figure, figures_table, table

from csae.settings import PROJECT_DIR
from csae.warehouse import Connection

if TYPE_CHECKING:
    from history import Found, Timed
    from history_nodes import Node

GUIDE = PROJECT_DIR / "docs" / "analysts.md"
RATIO, REBUILD, BY_HAND, MEDIAN_MS, SLOWEST_MS = 1.3, 300.0, 2.0, 100.0, 1000.0
LOAD, GATE, SUGGESTING = "reading, tokens and COPY", "the gate", "suggestions for unmapped values"
DBT = {"before_linkage": "dbt before linking", "after_linkage": "dbt after linking, with the tests"}
LINKING, BOUNDS, SWITCH = "linking people", "bounds", "the switch"
REST = "the rest: reference tables, rights, starting dbt"
STEPS = (LOAD, GATE, SUGGESTING, DBT["before_linkage"], LINKING, DBT["after_linkage"], BOUNDS, SWITCH, REST)
"""Of a night. They add up to all of it."""
MOST_LISTED = 15
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


def named(days: int) -> str:
    years = round(days / 365)
    return f"{days} days" if days < 365 else f"{years} years" if years > 1 else "1 year"


def counted(short: Connection, long: Connection) -> list[tuple[str, ...]]:
    def rows(connection: Connection, table: str) -> str:
        (count,) = connection.execute(f"select count(*) from {table}".encode()).fetchall()[0]  # noqa: S608
        return f"{count:,}"

    return [(label, rows(short, table), rows(long, table)) for label, table in COUNTED.items()]


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


def figures(found: "Found") -> list[Figure]:
    short, long = named(found.scale.short), named(found.scale.long)
    pairs = list(zip(found.long, found.short, strict=True))
    times = [median(ms) for ms in found.asked.values()]
    by_hand = tuple(_models_alone(found.full) / seconds for seconds in found.script)
    slowest = max(found.asked, key=lambda name: median(found.asked[name]))
    return [
        Figure(
            f"a night's delta, {long} / {short}",
            tuple(more.whole / less.whole for more, less in pairs),
            "times",
            RATIO,
            why=_what_grows(found),
        ),
        Figure(
            "the same, dbt's tests taken away",
            tuple(_without_tests(more) / _without_tests(less) for more, less in pairs),
            "times",
        ),
        Figure(f"a night on {long}", tuple(night.whole for night in found.long), "s"),
        Figure(f"a rebuild of {long}", (found.full.whole,), "s", REBUILD, why=_most_of(found.full)),
        Figure("the rebuild's models and tests / the script", by_hand, "times", BY_HAND, why=_dearest_of(found.full)),
        Figure("analysts' questions, the median one", (median(times),), "ms", MEDIAN_MS),
        Figure("analysts' questions, the slowest", tuple(found.asked[slowest]), "ms", SLOWEST_MS, why=slowest),
    ]


def _models_alone(build: "Timed") -> float:
    """The two stages of dbt: the script is given who is one person, too."""
    return build.of(*DBT.values())


def _without_tests(build: "Timed") -> float:
    """Tests run beside each other in dbt's two threads."""
    return build.whole - build.of_tests / 2


def _what_grows(found: "Found") -> str:
    more = {
        step: median(night.of(step) for night in found.long) - median(night.of(step) for night in found.short)
        for step in STEPS
    }
    parts = ", ".join(f"{step} {more[step]:+.1f} s" for step in sorted(STEPS, key=lambda step: -more[step])[:4])
    tests = median(night.of_tests for night in found.long) - median(night.of_tests for night in found.short)
    return f"On the longer history: {parts}; dbt's tests are {tests:+.1f} s of it, summed over two threads"


def _most_of(build: "Timed") -> str:
    return ", ".join(f"{step} {build.of(step):.0f} s" for step in sorted(STEPS, key=lambda step: -build.of(step))[:4])


def _dearest_of(build: "Timed") -> str:
    dearest = sorted(build.nodes, key=lambda node: -node.seconds)[:4]
    return (
        f"Models {build.of_models:.0f} s and tests {build.of_tests:.0f} s, summed over two threads; the dearest are "
        f"{', '.join(f'{node.name} {node.seconds:.0f} s' for node in dearest)}"
    )


def steps(found: "Found") -> list[tuple[str, ...]]:
    nights = found.short, found.long
    rows = [(step, *(spread([night.of(step) for night in each]) for each in nights)) for step in STEPS]
    return [
        ("**all of it**", *(spread([night.whole for night in each]) for each in nights)),
        *rows,
        ("dbt's models, summed over two threads", *(spread([night.of_models for night in each]) for each in nights)),
        ("dbt's tests, summed over two threads", *(spread([night.of_tests for night in each]) for each in nights)),
    ]


def growing(found: "Found") -> list[tuple[str, ...]]:
    """The nodes of a night that cost most more on the longer history."""
    short = {node.name: node.seconds for node in found.short[-1].nodes}
    more = sorted(found.long[-1].nodes, key=lambda node: short.get(node.name, 0.0) - node.seconds)[:MOST_LISTED]
    return [(node.name[:70], f"{short.get(node.name, 0.0):.2f}", f"{node.seconds:.2f}") for node in more]


def rebuilding(found: "Found") -> str:
    days = sorted(found.rebuilt)
    by_step = [(step, *(f"{found.rebuilt[each].of(step):.0f}" for each in days)) for step in STEPS[2:]]
    whole = [("**all of it**", *(f"{found.rebuilt[each].whole:.0f}" for each in days))]
    dearest: list[Node] = sorted(found.full.nodes, key=lambda node: -node.seconds)[:MOST_LISTED]
    return "\n\n".join(
        [
            table(whole + by_step, "seconds", *map(named, days)),
            f"The dearest nodes of dbt on {named(found.scale.long)}:",
            table([(node.kind, node.name[:70], f"{node.seconds:.1f}") for node in dearest], "kind", "node", "seconds"),
        ]
    )


def report(where: str, found: "Found", last_day: date) -> str:
    scale = found.scale
    short, long = named(scale.short), named(scale.long)
    loads = [build.load_average for build in (*found.rebuilt.values(), *found.short, *found.long)]
    asked = sorted(found.asked.items(), key=lambda asked: -median(asked[1]))
    return TEXT.format(
        machine=f"{where} dbt-core {version('dbt-core')} with two threads, Splink {version('splink')}.",
        loads=f"{min(loads):.1f} to {max(loads):.1f}",
        scale=scale,
        last_day=last_day,
        figures=figures_table(figures(found)),
        steps=table(steps(found), "seconds", short, long),
        growing=table(growing(found), "node", f"{short}, s", f"{long}, s"),
        rebuilding=rebuilding(found),
        curve=table(
            [
                (named(days), spread([one.whole for one in nights]), str(len(nights)))
                for days, nights in sorted(found.curve.items())
            ],
            "history", "seconds of a night", "nights",
        ),
        script=spread(found.script, ".0f"),
        asked=table([(name, spread(ms, ".0f")) for name, ms in asked], "question", "ms"),
        counts=table(found.counts, "rows", short, long),
        sizes=table(found.sizes, "schema", "GB"),
    )  # fmt: skip


def draw_and_list(where: str, found: "Found", folder: Path) -> None:
    """The curve, and the plans of the dearest statements."""
    parts = [
        f"## {node.kind} {node.name}, {node.seconds:.2f} s in the night\n\n```\n{plan}\n```\n"
        for node, plan in found.dearest
    ]
    (folder / "history_plans.md").write_text(
        f"# Plans of the ten dearest statements of a night on {named(found.scale.long)}\n\n{where}\n\n"
        + "\n".join(parts),
        encoding="utf-8",
    )
    groups = {
        "all of it": STEPS,
        "dbt": tuple(DBT.values()),
        LINKING: (LINKING,),
        SWITCH: (SWITCH,),
        "loading and the gate": (LOAD, GATE),
    }
    rows = [
        {"years": days / 365, "seconds": one.of(*steps), "part": part}
        for days, nights in found.curve.items()
        for one in nights
        for part, steps in groups.items()
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("years:Q", title="years of history"), color=alt.Color("part:N", title=None, sort=list(groups))
    )
    dots = base.mark_point(opacity=0.5).encode(y=alt.Y("seconds:Q", title="seconds of a night"))
    line = base.mark_line().encode(y=alt.Y("median(seconds):Q"))
    chart = (dots + line).properties(width=520, height=300, title="A night of 1,000 changed crimes, by history")
    (folder / "history_curve.svg").write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


TEXT = """# What history costs

{machine}
Load average of the minute before each build: {loads}. Nights of each history, in turn: {scale.nights}; rebuilds of
each: 1; runs of the script: {scale.scripts}; every question is asked {scale.asked} times.

{figures}

A night brings some 1,000 crimes of the last year again, as their forces would send them, in files of all sources that
send changes. All of it is timed: the files are read, made to tokens and copied into the warehouse,
gated, built by `building.build` with both stages of dbt, all data tests and the linking of people between them, held
against the bounds, and switched to. Not in it are the object store, Airflow, and the 6 s in which a process imports
Great Expectations; [the night](night.md) has those.

## A night by step

{steps}

## What grows

The nodes of dbt whose seconds grow most with history, in the last night of each:

{growing}

## The curve

{curve}

![Seconds of a night by years of history](history_curve.svg)

## A rebuild of everything

{rebuilding}

## By hand

`hand_written.sql` makes the three facts from the raw rows in one script: {script} seconds. Its rows are compared with
dbt's and are the same. It makes no quality table, no index and no test, carries nothing to the next night, and takes
as given who is one person and what each value is decoded to. It is held against the two stages of dbt.

## Analysts' questions

Each of [the guide's](../docs/analysts.md#questions-to-begin-with), asked of the curated views on the longer history.

{asked}

## The data

Deliveries up to {last_day} of all sources, a load a day each or as often as its YAML says, one tenth of the crimes
delivered twice. The four sources of snapshots are taken as deltas and bring nothing on the nights: one of theirs is of
all their crimes. Who is one person is linked for real; a name stands in every twelfth copy of the night that all is
made from. A crime that a night changes keeps its people and may have other dates than in its history.

{counts}

{sizes}
"""
