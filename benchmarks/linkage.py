"""How well people are linked, and what it costs beside Splink alone.

Run: `python benchmarks/linkage.py` writes benchmarks/linkage.md and its picture. Worlds are drawn with seeds that the
model was not trained on. `--quick` leaves the million records out.
"""

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

import altair as alt
import polars as pl
import psutil
import vl_convert
from figures import Figure, keep
from linkage_store import nightly, store
from splink import DuckDBAPI, Linker

from csae.linkage.comparisons import PARTS
from csae.linkage.model import Model, newest_model
from csae.linkage.records import OPTIONAL_TOKENS, load_frame, name_parts, numbers
from csae.linkage.resolving import resolve
from csae.linkage.scoring import workspace
from csae.linkage.worlds import PEOPLE, people_of_hard_plan, records_of, written
from csae.settings import PROJECT_DIR
from csae.synthetic.hard_evidence import evidence
from csae.synthetic.hard_people import draw_people
from csae.synthetic.hard_plan import HardPlan
from csae.synthetic.recount import recount
from csae.synthetic.truth import read_truth

SAMPLES = PROJECT_DIR / "tests" / "samples"
REPORT = Path(__file__).with_suffix(".md")
PICTURE = Path(__file__).with_name("linkage_curve.svg")
SEED, RECORDS, MILLION = 2, 100_000, 1_000_000
CURVE = (-6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 0.7, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
RUNS = 3
F1_OF_SAMPLE, DISTINCT_OF_SAMPLE, PRECISION, RECALL, COST = 0.99, 0.01, 0.995, 0.95, 1.2


@dataclass(frozen=True)
class Score:
    """Of pairs of involvements: those found that are one person, and those of one person that are found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score(truth: pl.Series, found: pl.Series) -> Score:
    def pairs(*columns: pl.Series) -> int:
        sizes = pl.DataFrame([c.alias(str(n)) for n, c in enumerate(columns)]).group_by(pl.all()).len()["len"]
        return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())

    both = pairs(truth, found)
    return Score(both / pairs(found), both / pairs(truth))


def linked(told: pl.DataFrame, model: Model) -> pl.DataFrame:
    """What `written` gives, each row with the record that its person is known by, in `found`."""
    records = records_of(told)
    with tempfile.TemporaryDirectory() as work, workspace(Path(work)) as connection:
        load_frame(connection, records)
        person = resolve(connection, model).person
    keys = records.select("person_record_key", found=pl.Series(person))
    return told.join(keys, on="person_record_key", maintain_order="left")


def sample(model: Model) -> tuple[list[tuple[str, str, str]], list[Figure]]:
    """The three forces of the samples, read by plain loops that share nothing with the pipeline."""
    truth = read_truth(SAMPLES / "truth.json")
    _, suspects = recount(SAMPLES / "landing")
    numbers: dict[str, list[int]] = {}
    for _, reference, person in truth.links:
        numbers.setdefault(reference, []).append(person)
    rows = [
        {
            "force": crime.force,
            "person": numbers[crime.reference].pop(0),
            "crime_ref": crime.reference,
            "person_ref": person.local_id,
            "surname": person.surname,
            "forenames": person.forenames,
            "date_of_birth": person.born,
            "pnc_id": person.pnc,
            "sex": "",
        }
        for crime, person in suspects
    ]
    found = linked(written(pl.DataFrame(rows).select(PEOPLE)), model)
    got, people = score(found["person"], found["found"]), found["found"].n_unique()
    off = abs(people - truth.distinct_suspects) / truth.distinct_suspects
    figures = [
        Figure("samples: pairwise F1 of suspects", (got.f1,), "", least=F1_OF_SAMPLE),
        Figure("samples: distinct suspects, share off", (off,), "", DISTINCT_OF_SAMPLE),
    ]
    return [
        ("pairwise F1 of suspects", f"{got.f1:.4f}", f"at least {F1_OF_SAMPLE}"),
        ("precision, recall", f"{got.precision:.4f}, {got.recall:.4f}", ""),
        (
            "distinct suspects",
            f"{people} of {truth.distinct_suspects} ({off:.2%} off)",
            f"within {DISTINCT_OF_SAMPLE:.0%}",
        ),
    ], figures


def curve(told: pl.DataFrame, model: Model) -> list[tuple[float, Score]]:
    def at(join: float) -> Score:
        thresholds = replace(model.thresholds, join=join, split=min(model.thresholds.split, join - 1))
        found = linked(told, replace(model, thresholds=thresholds))
        return score(found["person"], found["found"])

    return [(join, at(join)) for join in CURVE]


def draw(points: Sequence[tuple[float, Score]], model: Model) -> None:
    rows = [
        {"threshold": join, "measure": name, "share": getattr(got, name)}
        for join, got in points
        for name in ("precision", "recall")
    ]
    lines = (
        alt.Chart(alt.Data(values=rows), title="Harder world: precision and recall by the threshold to join")
        .mark_line(point=True, clip=True)
        .encode(
            x=alt.X("threshold:Q", title="threshold to join (match weight)"),
            y=alt.Y("share:Q", title="share of pairs", scale=alt.Scale(domain=[0.85, 1.0])),
            color=alt.Color("measure:N", title=None),
            strokeDash=alt.StrokeDash("measure:N", title=None),
        )
    )
    rule = alt.Chart(alt.Data(values=[{"at": model.thresholds.join}])).mark_rule(color="grey").encode(x="at:Q")
    chart = (lines + rule).properties(width=520, height=300)
    PICTURE.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


def splink_alone(tokens: Path, model: Model, work: Path) -> float:
    """Seconds that Splink takes by itself for the same: read the tokens, predict, cluster."""
    started = time.monotonic()
    with workspace(work) as connection:
        connection.execute(text_records(tokens))
        linker = Linker(DuckDBAPI(connection).register("records"), model.creator(), log_level=None)
        pairs = linker.inference.predict(threshold_match_weight=model.thresholds.join)
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_weight=model.thresholds.join
        )
        connection.table(found.physical_name).aggregate("count(distinct cluster_id)").fetchall()
    return time.monotonic() - started


def ours_alone(tokens: Path, model: Model, work: Path) -> float:
    """Seconds for the same without the warehouse: read the tokens, resolve."""
    started = time.monotonic()
    with workspace(work) as connection:
        load_frame(connection, pl.read_parquet(tokens))
        resolve(connection, model)
    return time.monotonic() - started


def text_records(tokens: Path) -> str:
    """The table of records with the tokens as they are, without our numbers in their place."""
    made = ", ".join(f"{expression} as {column}" for column, expression in numbers("{}").items())
    return (
        f"create table records as select * exclude ({', '.join(PARTS)}), {name_parts()} as name_parts "  # noqa: S608 - our own names
        f"from (select row_number() over (order by person_record_key) - 1 as record_id, {made} from '{tokens}')"
    )


def cost(told: pl.DataFrame, model: Model, figures: list[Figure]) -> Iterator[tuple[str, str, str]]:
    records = records_of(told)
    with tempfile.TemporaryDirectory() as folder:
        work, tokens = Path(folder) / "work", Path(folder) / "tokens.parquet"
        records.drop("person").write_parquet(tokens)
        alone, ours, whole, night = [], [], [], []
        for run in range(RUNS):
            alone.append(splink_alone(tokens, model, work))
            ours.append(ours_alone(tokens, model, work))
            sys.stderr.write(f"run {run + 1}: Splink alone {alone[-1]:.1f} s, the same by us {ours[-1]:.1f} s\n")
        with store(records[:-1000], work) as linked_store:
            for _ in range(RUNS):
                whole.append(linked_store(full=True))
                sys.stderr.write(f"with the warehouse {whole[-1]:.1f} s\n")
            for _ in range(RUNS):
                night.append(nightly(linked_store, records[-1000:]))
                sys.stderr.write(f"a night {night[-1]:.1f} s\n")
        shutil.rmtree(work, ignore_errors=True)
    times = tuple(of_ours / of_splink for of_ours, of_splink in zip(ours, alone, strict=True))
    figures.append(Figure("linking a million", times, "times Splink alone", COST))
    yield ("records", f"{len(records):,}", "")
    yield ("Splink alone: read, predict, cluster", seconds(alone), "")
    yield (
        "the same by us: read, predict, guards, cluster",
        f"{seconds(ours)}, {median(ours) / median(alone):.2f} times",
        f"at most {COST} times",
    )
    yield (
        "with the warehouse: records in, people out",
        f"{seconds(whole)}, {median(whole) / median(alone):.2f} times",
        "",
    )
    yield (
        "a night of 1,000 new records",
        f"{seconds(night)}, {median(night) / median(whole):.0%} of the whole",
        "not the whole",
    )


def seconds(runs: Sequence[float]) -> str:
    return f"{median(runs):.1f} s ({min(runs):.1f} to {max(runs):.1f})"


def lines(rows: Sequence[tuple[str, ...]], *headings: str) -> str:
    table = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in table)


def harder(count: int, model: Model, figures: list[Figure]) -> tuple[pl.DataFrame, list[tuple[str, ...]]]:
    """The world's involvements, and lines of what the model makes of them."""
    plan = HardPlan(SEED, count)
    told, bounds = written(people_of_hard_plan(plan)), evidence(draw_people(plan))
    most = f"{1 - bounds.undecidable / bounds.true_pairs:.4f}"
    lacking = told.with_columns(pl.lit(None, pl.String).alias(name) for name in OPTIONAL_TOKENS)

    def line(name: str, of: pl.DataFrame) -> tuple[str, ...]:
        found = linked(of, model)
        got = score(found["person"], found["found"])
        figures.append(Figure(f"harder world of {name}: precision", (got.precision,), "", least=PRECISION))
        figures.append(Figure(f"harder world of {name}: recall", (got.recall,), "", least=RECALL))
        people = f"{found['found'].n_unique():,} of {found['person'].n_unique():,}"
        return name, f"{got.precision:.4f}", f"{got.recall:.4f}", most, people

    return told, [line(f"{count:,}", told), line(f"{count:,} as an older warehouse", lacking)]


def machine() -> str:
    return (
        f"{date.today()}: Splink {version('splink')} on DuckDB {version('duckdb')}, "
        f"Python {platform.python_version()}; "
        f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB of memory. Load average at the start: "
        f"{', '.join(f'{load:.1f}' for load in os.getloadavg())}."
    )


def main(arguments: Sequence[str]) -> int:
    model, where = newest_model(), machine()
    of_sample, figures = sample(model)
    told, hundred = harder(RECORDS, model, figures)
    points = curve(told, model)
    draw(points, model)
    worlds, costs = hundred, []
    if "--quick" not in arguments:
        told, million = harder(MILLION, model, figures)
        worlds += million
        costs = list(cost(told, model, figures))
    keep("linkage", [figure for figure in figures if "older" not in figure.what])
    text = REPORT_TEXT.format(
        machine=where,
        model=model.version,
        join=model.thresholds.join,
        split=model.thresholds.split,
        overwhelming=model.thresholds.overwhelming,
        sample=lines(of_sample, "three forces of the samples", "found", "to reach"),
        worlds=lines(worlds, "involvements", "precision", "recall", "recall at most", "people"),
        curve=lines(
            [(f"{join:g}", f"{got.precision:.4f}", f"{got.recall:.4f}", f"{got.f1:.4f}") for join, got in points],
            "threshold", "precision", "recall", "F1",
        ),
        cost=lines(costs, "a million involvements of the harder world", "median of runs (least to most)", "to reach")
        if costs
        else "Not measured in this run.",
        precision=PRECISION,
        recall=RECALL,
        seed=SEED,
    )  # fmt: skip
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


REPORT_TEXT = """# How well people are linked, and what it costs

{machine}
Model {model}: joins at a weight of {join}, keeps people apart below {split}, and takes two PNC ids for one person's
from {overwhelming}.

## The samples

{sample}

## The harder world

Wrong dates, missing PNC ids, misspelt and shared names, aliases, twins: `csae.synthetic.hard_plan` has the rates.
Seed {seed}; shares are of pairs of involvements. To reach: precision {precision}, recall {recall}. 'Recall at most' is
what is left when pairs that share no evidence at all are taken away (`csae.synthetic.hard_evidence`). As an older
warehouse: with records that were loaded before there were tokens of consonants and flags of common names.

{worlds}

The threshold, with {hundred} involvements:

{curve}

![Precision and recall by threshold](linkage_curve.svg)

## What it costs

Splink alone reads the tokens as text from a Parquet file with the same comparisons and blocking rules, predicts and
clusters by connected components. Ours puts 64-bit numbers in their place, and also scores every pair of a component,
looks for contradictions and decides the people.

{cost}
""".replace("{hundred}", f"{RECORDS:,}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
