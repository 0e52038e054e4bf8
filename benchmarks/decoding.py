"""What decoding costs beside staging, over a million people on crimes in a warehouse that is thrown away.

Run: `python benchmarks/decoding.py` writes benchmarks/decoding.md. The rows are those of `copied_rows.py`. dbt builds
all of them with one thread, so that no model's seconds hold another's.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from copied_rows import fill
from figures import Figure, keep, machine, parser
from pydantic import SecretStr

from csae import transform, warehouse
from csae.code_sets import CodeSets, read_code_sets
from csae.local_stack.throwaway import throwaway_warehouse
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_sources
from csae.warehouse import Connection

NAME = "decoding"
TARGET = 0.20
SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
STAGES = ("before_linkage", "after_linkage")
FLAGS = ("--exclude-resource-type", "unit_test", "test", "--full-refresh", "--threads", "1")

CHOOSING = (
    *("stg_quarantined_row", "stg_crime", "stg_involvement"),
    *("int_crime_version", "int_crime_transfer", "int_crime_chain", "int_crime_fate", "int_crime_current"),
    *("int_involvement_version", "int_involvement_fate", "int_involvement_current"),
)
DEDUPLICATING = ("int_person_record", "int_involvement_duplicate")
DECODING = (
    *("int_nationality_list", "int_distinct_value", "int_listed_wording", "int_form", "int_form_key"),
    *("int_spelling", "int_wording", "int_code_map", "int_wording_reading", "int_label_reading"),
    *("int_ethnicity_list", "int_member_reading"),
    *("int_crime_code_reading", "int_part_reading", "int_value_reading", "int_coded_value"),
)
JOINING = ("int_involvement_ethnicity", "int_involvement_nationality", "int_crime_offence", "int_crime_outcome")
DECODING_SEEDS = (
    *("decoding_rule", "wording_word", "wording_phrase", "force_wording", "immigration_status_wording"),
    *("ethnicity_scheme_code", "ethnicity_wording", "ethnicity_heading", "ethnicity_detail", "ethnicity_answer"),
    *("ethnicity_label_code", "outcome_wording"),
    *("nationality_scheme_code", "nationality_wording"),
    *("cjs_offence", "offence_wording", "offence_code_pattern", "offence_part", "offence_act", "offence_by_part"),
    "offence_category_wording",
)
STEPS = {
    **dict.fromkeys(CHOOSING, "staging: choosing rows"),
    **dict.fromkeys(DEDUPLICATING, "staging: counting people once"),
    **dict.fromkeys(DECODING, "decoding"),
    **dict.fromkeys(JOINING, "joining decoded values to rows"),
}


@dataclass(frozen=True)
class Run:
    load: float
    """The machine's load average of the minute before the build."""
    seconds: Mapping[str, float]
    """By the unique id of each seed and model."""

    def of(self, names: Iterable[str], kind: str = "model") -> float:
        return sum(self.seconds[f"{kind}.csae.{name}"] for name in names)

    @property
    def of_models(self) -> float:
        return sum(seconds for name, seconds in self.seconds.items() if name.startswith("model."))


@dataclass(frozen=True)
class Reading:
    """Every distinct value of each source, read once by Python."""

    values: int
    seconds: float
    unmapped: int
    suggesting_seconds: float


def build(connection: Connection, url: SecretStr, sources: dict[str, LoadedSource], codes: CodeSets, work: Path) -> Run:
    """Every seed and model. Raises RuntimeError when one fails."""
    transform.write_reference(connection, sources)
    transform.write_suggestions(connection, sources, codes)
    load = os.getloadavg()[0]
    seconds: dict[str, float] = {}
    for stage in STAGES:
        if stage == "after_linkage":
            know_each_record_as_a_person(connection)
        command = ["build", "--selector", stage, *FLAGS]
        built = transform.run_dbt(command, url, PROJECT_DIR / "dbt_project", work, lambda *_: None)
        if built.faults:
            raise RuntimeError(f"dbt: {built.faults}")
        results = json.loads((work / "target" / "run_results.json").read_text())["results"]
        seconds |= {item["unique_id"]: item["execution_time"] for item in results}
    return Run(load, seconds)


def know_each_record_as_a_person(connection: Connection) -> None:
    """In place of linkage, which `linkage.py` measures: the copies of one name would all be compared."""
    with connection.transaction():
        connection.execute("truncate linkage.person")
        connection.execute(
            "insert into linkage.person (person_record_key, person_key, since_generation_id) "
            "select person_record_key, person_record_key, 1 from intermediate.int_person_record"
        )


def read_all(connection: Connection, sources: dict[str, LoadedSource], codes: CodeSets) -> Reading:
    """Raises RuntimeError where Python reads a value otherwise than the warehouse."""
    rows = connection.execute(
        "select force_code, column_name, value, scheme, harmonised_code, rule, is_unmapped "
        "from intermediate.int_coded_value order by 1, 2, 3"
    ).fetchall()
    asked = [
        (column, value, scheme, sources[force].spec.codes.get(scheme or "", {}))
        for force, column, value, scheme, *_ in rows
    ]
    began = time.perf_counter()
    readings = [codes.read(*one) for one in asked]
    seconds = time.perf_counter() - began
    expected = [(None if is_unmapped else code, rule) for *_, code, rule, is_unmapped in rows]
    if [(reading.code, reading.rule.name) for reading in readings] != expected:
        raise RuntimeError("Python and the warehouse read a value differently")
    unmapped = [one[:3] for one, row in zip(asked, rows, strict=True) if row[-1]]
    began = time.perf_counter()
    for one in unmapped:
        codes.suggest(*one)
    return Reading(len(rows), seconds, len(unmapped), time.perf_counter() - began)


def counted(connection: Connection) -> list[tuple[str, int]]:
    tables = {
        "rows of people, raw": "raw.involvement",
        "rows of crimes, raw": "raw.crime",
        "people standing on crimes": "intermediate.int_involvement_current",
        "crimes standing": "intermediate.int_crime_current",
        "distinct values decoded (source, layout, column, value)": "intermediate.int_coded_value",
        "of these unmapped": "intermediate.int_coded_value where is_unmapped",
    }
    return [
        (label, connection.execute(f"select count(*) from {table}".encode()).fetchall()[0][0])  # noqa: S608
        for label, table in tables.items()
    ]


def spread(values: Sequence[float], form: str) -> str:
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def report(versions: str, counts: list[tuple[str, int]], runs: Sequence[Run], readings: Sequence[Reading]) -> str:
    totals = {
        "staging": [run.of((*CHOOSING, *DEDUPLICATING)) for run in runs],
        "of it choosing rows": [run.of(CHOOSING) for run in runs],
        "of it counting people once": [run.of(DEDUPLICATING) for run in runs],
        "decoding": [run.of(DECODING) for run in runs],
        "the seeds that decoding reads": [run.of(DECODING_SEEDS, "seed") for run in runs],
        "joining decoded values to rows": [run.of(JOINING) for run in runs],
        "all models": [run.of_models for run in runs],
    }
    shares = {
        "**decoding / staging**": (["decoding"], "staging"),
        "decoding / staging, without counting people once": (["decoding"], "of it choosing rows"),
        "decoding and its seeds / staging": (["decoding", "the seeds that decoding reads"], "staging"),
        "decoding and joining / staging": (["decoding", "joining decoded values to rows"], "staging"),
        "decoding / all models": (["decoding"], "all models"),
        "decoding and joining / all models": (["decoding", "joining decoded values to rows"], "all models"),
    }
    reading_rates = [reading.values / reading.seconds for reading in readings]
    suggesting_rates = [reading.unmapped / reading.suggesting_seconds for reading in readings]
    lines = [
        "# What decoding costs beside staging",
        "",
        versions,
        "",
        f"Median of {len(runs)} builds in one session, with the lowest and the highest. Load average at their start: "
        f"{', '.join(f'{run.load:.1f}' for run in runs)}.",
        "",
        "| rows | |",
        "|---|---:|",
        *(f"| {label} | {count:,} |" for label, count in counts),
        "",
        "## The share",
        "",
        "The seconds are those that dbt gives each model: its query, its `analyze` and the work around them.",
        "",
        f"- Staging is what reads the raw rows, types them and chooses those that stand ({named(CHOOSING)}), and what "
        f"counts people once ({named(DEDUPLICATING)}). Reading files, COPY, the gate and the linking of people are not "
        "counted: they would make the share smaller.",
        f"- Decoding is what is there for nothing else: {named(DECODING)}.",
        "- Joining writes every person and every crime again, with the decoded values beside the other columns of the "
        f"facts: {named(JOINING)}. The stricter shares count all of that as decoding too.",
        "",
        f"Decoding is to cost under {TARGET:.0%} of staging: the first line.",
        "",
        "| share | |",
        "|---|---:|",
        *(f"| {label} | {share(totals, *parts)} |" for label, parts in shares.items()),
        "",
        "## Seconds",
        "",
        "| step | seconds |",
        "|---|---:|",
        *(f"| {label} | {spread(seconds, '.1f')} |" for label, seconds in totals.items()),
        "",
        "| model | step | seconds |",
        "|---|---|---:|",
        *(f"| {name} | {step} | {spread([run.of([name]) for run in runs], '.2f')} |" for name, step in STEPS.items()),
        "",
        "## Python",
        "",
        f"`CodeSets.read` of the same {readings[0].values:,} distinct values, each as the warehouse reads it: "
        f"{spread(reading_rates, ',.0f')} a second, {median(each.seconds for each in readings):.2f} s in all. "
        f"`CodeSets.suggest` for the {readings[0].unmapped:,} that are unmapped: {spread(suggesting_rates, ',.0f')} "
        "a second.",
    ]
    return "\n".join(lines) + "\n"


def share(totals: Mapping[str, Sequence[float]], parts: Sequence[str], whole: str) -> str:
    by_run = zip(*(totals[part] for part in parts), strict=True)
    return spread([sum(run) / of for run, of in zip(by_run, totals[whole], strict=True)], ".1%")


def named(models: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in models)


def described(where: str, connection: Connection) -> str:
    (server,) = connection.execute("show server_version").fetchall()[0]
    return (
        f"{where} PostgreSQL {server} of the embedded stack, dbt-core {version('dbt-core')} with dbt-postgres "
        f"{version('dbt-postgres')} and one thread."
    )


def figures(runs: Sequence[Run]) -> list[Figure]:
    shares = tuple(run.of(DECODING) / run.of((*CHOOSING, *DEDUPLICATING)) for run in runs)
    dearest = sorted(DECODING, key=lambda name: -runs[-1].of([name]))[:4]
    why = ", ".join(f"{name} {runs[-1].of([name]):.1f} s" for name in dearest)
    return [
        Figure("decoding beside staging", shares, "of its seconds", TARGET, why=why),
        Figure("all models and seeds but tests, one thread", tuple(sum(run.seconds.values()) for run in runs), "s"),
    ]


def main() -> int:
    size = parser(__doc__).parse_args().size
    where, sources, codes = machine(), load_sources(PROJECT_DIR / "forces"), read_code_sets(SEEDS)
    with (
        throwaway_warehouse() as url,
        tempfile.TemporaryDirectory() as work,
        warehouse.connect(url, autocommit=True) as connection,
    ):
        warehouse.prepare(connection)
        fill(connection, url, sources, codes, size.of(1_000_000, 40_000))
        times = size.of(2, 1)
        runs = [build(connection, url, sources, codes, Path(work)) for _ in range(times)]
        readings = [read_all(connection, sources, codes) for _ in range(times)]
        text = report(described(where, connection), counted(connection), runs, readings)
    keep(size, NAME, where, figures(runs))
    size.report(NAME, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
