"""How well people are linked, and what it costs beside Splink alone.

Run: `python benchmarks/linkage.py` writes benchmarks/linkage.md and its picture. Worlds are drawn with seeds that the
model was not trained on.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median

import altair as alt
import polars as pl
import vl_convert
from figures import Figure, dearest, figures_table, keep, machine, parser, table
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
NAME, SEED = "linkage", 2
CURVE = (-6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 0.7, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
NEW = 1_000
"""Records of a night."""
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


def sample(model: Model) -> tuple[str, list[Figure]]:
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
    return f"Precision {got.precision:.4f}, recall {got.recall:.4f}; {people} of {truth.distinct_suspects} people.", [
        Figure("samples: pairwise F1 of suspects", (got.f1,), "", least=F1_OF_SAMPLE),
        Figure("samples: distinct suspects, share off", (off,), "", DISTINCT_OF_SAMPLE),
    ]


def curve(told: pl.DataFrame, model: Model) -> list[tuple[float, Score]]:
    def at(join: float) -> Score:
        thresholds = replace(model.thresholds, join=join, split=min(model.thresholds.split, join - 1))
        found = linked(told, replace(model, thresholds=thresholds))
        return score(found["person"], found["found"])

    return [(join, at(join)) for join in CURVE]


def draw(points: Sequence[tuple[float, Score]], model: Model, picture: Path) -> None:
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
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(vl_convert.vegalite_to_svg(chart.to_dict()), encoding="utf-8")


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


def cost(told: pl.DataFrame, model: Model, runs: int) -> Iterator[Figure]:
    """Figures of what linking costs, side by side with Splink alone."""
    records = records_of(told)
    with tempfile.TemporaryDirectory() as folder:
        work, tokens = Path(folder) / "work", Path(folder) / "tokens.parquet"
        records.drop("person").write_parquet(tokens)
        alone, ours, whole, night = [], [], [], []
        for run in range(runs):
            alone.append(splink_alone(tokens, model, work))
            ours.append(ours_alone(tokens, model, work))
            sys.stderr.write(f"run {run + 1}: Splink alone {alone[-1]:.1f} s, the same by us {ours[-1]:.1f} s\n")
        with store(records[:-NEW], work) as linked_store:
            for _ in range(runs):
                whole.append(linked_store(full=True))
                sys.stderr.write(f"with the warehouse {whole[-1]:.1f} s\n")
            for _ in range(runs):
                night.append(nightly(linked_store, records[-NEW:]))
                sys.stderr.write(f"a night {night[-1]:.1f} s\n")
        times = tuple(of_ours / of_splink for of_ours, of_splink in zip(ours, alone, strict=True))
        is_dear = median(times) > COST
        reason = dearest(lambda: ours_alone(tokens, model, work)) if is_dear else ""
        shutil.rmtree(work, ignore_errors=True)
    yield Figure(
        f"linking {len(records):,} records: read, predict, guards, cluster",
        times,
        "times Splink alone",
        COST,
        why=reason,
    )
    yield Figure("Splink alone: read, predict, cluster", tuple(alone), "s")
    yield Figure("the same by us: read, predict, guards, cluster", tuple(ours), "s")
    yield Figure("with the warehouse: records in, people out", tuple(whole), "s")
    yield Figure(f"a night of {NEW:,} new records", tuple(night), "s")


def harder(count: int, model: Model) -> tuple[pl.DataFrame, list[Figure], list[tuple[str, ...]]]:
    """The world's involvements, what is to be reached, and lines of what the model makes of them."""
    plan = HardPlan(SEED, count)
    told, bounds = written(people_of_hard_plan(plan)), evidence(draw_people(plan))
    most = f"{1 - bounds.undecidable / bounds.true_pairs:.4f}"
    lacking = told.with_columns(pl.lit(None, pl.String).alias(name) for name in OPTIONAL_TOKENS)

    def line(name: str, of: pl.DataFrame) -> tuple[Score, tuple[str, ...]]:
        found = linked(of, model)
        got = score(found["person"], found["found"])
        people = f"{found['found'].n_unique():,} of {found['person'].n_unique():,}"
        return got, (name, f"{got.precision:.4f}", f"{got.recall:.4f}", most, people)

    name = f"{count:,}"
    got, own = line(name, told)
    _, older = line(f"{name} as an older warehouse", lacking)
    figures = [
        Figure(f"harder world of {name}: precision", (got.precision,), "", least=PRECISION),
        Figure(f"harder world of {name}: recall", (got.recall,), "", least=RECALL, why=f"Of at most {most}"),
    ]
    return told, figures, [own, older]


def main() -> int:
    size = parser(__doc__).parse_args().size
    model, where = newest_model(), machine()
    sample_told, figures = sample(model)
    told, found, lines = harder(size.of(100_000, 10_000), model)
    figures += found
    draw(points := curve(told, model), model, size.folder / "linkage_curve.svg")
    told, found, more = harder(size.of(1_000_000, 30_000), model)
    figures += found
    figures += cost(told, model, size.of(3, 1))
    keep(size, NAME, where, figures)
    text = REPORT_TEXT.format(
        machine=f"{where} Splink {version('splink')} on DuckDB {version('duckdb')}.",
        model=model.version,
        join=model.thresholds.join,
        split=model.thresholds.split,
        overwhelming=model.thresholds.overwhelming,
        figures=figures_table(figures),
        sample=sample_told,
        worlds=table([*lines, *more], "involvements", "precision", "recall", "recall at most", "people"),
        curve=table(
            [(f"{join:g}", f"{got.precision:.4f}", f"{got.recall:.4f}", f"{got.f1:.4f}") for join, got in points],
            "threshold", "precision", "recall", "F1",
        ),
        of_curve=lines[0][0],
        seed=SEED,
    )  # fmt: skip
    size.report(NAME, text)
    return 0


REPORT_TEXT = """# How well people are linked, and what it costs

{machine}
Model {model}: joins at a weight of {join}, keeps people apart below {split}, and takes two PNC ids for one person's
from {overwhelming}.

{figures}

## The samples

Three forces. {sample}

## The harder world

Wrong dates, missing PNC ids, misspelt and shared names, aliases, twins: `csae.synthetic.hard_plan` has the rates.
Seed {seed}; shares are of pairs of involvements. 'Recall at most' is what is left when pairs that share no evidence at
all are taken away (`csae.synthetic.hard_evidence`). As an older warehouse: with records that were loaded before there
were tokens of consonants and flags of common names.

{worlds}

The threshold, with {of_curve} involvements:

{curve}

![Precision and recall by threshold](linkage_curve.svg)

## What it costs

Splink alone reads the tokens as text from a Parquet file with the same comparisons and blocking rules, predicts and
clusters by connected components. Ours puts 64-bit numbers in their place, and also scores every pair of a component,
looks for contradictions and decides the people. With the warehouse, records are read from PostgreSQL and people written
to it.
"""


if __name__ == "__main__":
    sys.exit(main())
