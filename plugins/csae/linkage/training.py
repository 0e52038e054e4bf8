"""Train the model on synthetic worlds, where the truth is known. A command's work, never a night's.

m (how often two records of one person come to a level) is counted over all true pairs; u (how often two records of
different people do) over a seeded sample of random pairs. Neither needs a guess; what expectation maximisation comes
to instead stands in benchmarks/linkage.md.
"""

import logging
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import vl_convert
from splink import DuckDBAPI, Linker, block_on

from csae.linkage import comparisons
from csae.linkage.model import Model, Thresholds
from csae.linkage.records import load_frame
from csae.linkage.scoring import workspace
from csae.linkage.worlds import people_of_hard_plan, people_of_plan, records_of, written
from csae.synthetic import Plan
from csae.synthetic.hard_plan import HardPlan

RARE = 1e-8
"""The u of a PNC id or a local reference that two different people share. Of a million people a pair drawn at random
is one person once in a million, so this says that of a hundred pairs with one number, one is a wrong entry."""
SELDOM = 1e-4
"""The least m and u of every other level: no finite world shows that something never happens."""
PRIOR = 1e-6
"""Of two records drawn at random, that they are one person: one other record in a million."""
U_PAIRS = 20_000_000
CRIMES_A_RECORD = 0.45
"""Of the samples' world."""
_NUMBERS_OF_ONE = ("PNC_id", "local_person_reference")
_SAID_BY_CHANCE = 0.02
"""The m of a different PNC id or local reference, at least: typing errors, and people with two."""


THRESHOLDS = Thresholds(join=2.0, split=-25.0, overwhelming=24.0)
"""Chosen on the harder world of a million records: docs/decisions/0022-people-from-records.md."""
Listener = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainedOn:
    """Kept in the model."""

    worlds: tuple[str, ...]
    seed: int
    records: int
    people: int
    method: str = "m counted over true pairs, u over random pairs"


def train_on_worlds(seed: int, records: int, day: date, version: str, tell: Listener = lambda *_: None) -> Model:
    """The project's model: half of its records from the world of the samples, half from the harder one."""
    steps = ("drawing people", "making tokens", "training")
    tell(steps[0], 0, 1)
    plan, hard = Plan(seed=seed, crimes=int(records * CRIMES_A_RECORD)), HardPlan(seed, records)
    worlds = (people_of_plan(plan), people_of_hard_plan(hard))
    tell(steps[1], 0, 1)
    people = pl.concat([worlds[0].with_columns(pl.col("person") + worlds[1]["person"].max() + 1), worlds[1]])
    found, strangers = records_of(written(people)), records_of(written(worlds[1]))
    tell(steps[2], 0, 1)
    told = (f"sample: {plan.crimes} crimes", f"harder: {hard.records} records")
    on = TrainedOn(told, seed, len(found), found["person"].n_unique())
    with TemporaryDirectory() as work_dir:
        model = train(
            found,
            strangers,
            on,
            Path(work_dir),
            version=version,
            day=day.isoformat(),
            thresholds=THRESHOLDS,
        )
    tell(steps[2], 1, 1)
    return model


def draw(model: Model, path: Path) -> None:
    """The weight of every level as SVG, drawn here: nothing is fetched."""
    with TemporaryDirectory() as work_dir, workspace(Path(work_dir)) as connection:
        connection.execute("create table records as select 0::bigint as record_id")
        linker = Linker(
            DuckDBAPI(connection).register("records"), model.creator(), log_level=None, validate_settings=False
        )
        chart = linker.visualisations.match_weights_chart().chart_dict
    chart["title"].pop("subtitle")  # It tells how to zoom, which a picture cannot.
    path.write_text(vl_convert.vegalite_to_svg(chart), encoding="utf-8")


def train(
    records: pl.DataFrame,
    strangers: pl.DataFrame,
    trained_on: TrainedOn,
    work_dir: Path,
    *,
    version: str,
    day: str,
    thresholds: Thresholds,
    by_expectation_maximisation: bool = False,
) -> Model:
    """m from `records`, u from `strangers`; both have `TOKENS` and `person`. The same of all give the same model.

    Strangers' names must be shared as seldom as real ones, which the two hundred of the samples' world are not.
    """
    logging.getLogger("splink").setLevel(logging.CRITICAL)
    with workspace(work_dir) as connection:
        linker = _labelled(connection, strangers)
        linker.training.estimate_u_using_random_sampling(U_PAIRS, seed=trained_on.seed, min_count_per_level=None)
        of_strangers = linker.misc.save_model_to_json()
    with workspace(work_dir) as connection:
        linker = _labelled(connection, records, of_strangers)
        if by_expectation_maximisation:
            _maximise_expectation(linker)
        else:
            linker.training.estimate_m_from_label_column("person")
        settings = linker.misc.save_model_to_json()
    return Model(version, day, thresholds, asdict(trained_on), floored(settings))


def _labelled(
    connection: duckdb.DuckDBPyConnection, records: pl.DataFrame, known: dict[str, Any] | None = None
) -> Linker:
    load_frame(connection, records, "unlabelled")
    connection.register("truth", records.select("person").with_row_index("record_id").to_arrow())
    connection.execute(
        "create table labelled as select unlabelled.*, truth.person from unlabelled "
        "inner join truth on unlabelled.record_id = truth.record_id order by record_id"
    )
    return Linker(DuckDBAPI(connection).register("labelled"), known or comparisons.settings(), log_level=None)


def _maximise_expectation(linker: Linker) -> None:
    """m without the truth: in two passes, each blind to the columns that it blocks on."""
    for columns in (("surname_sound", "forename_sound"), ("born",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))


def floored(settings: dict[str, Any]) -> dict[str, Any]:
    """Every level with an m and a u, none smaller than what a finite world can show; the prior as it is stated."""
    made = deepcopy(settings)
    made["probability_two_random_records_match"] = PRIOR
    for comparison in made["comparisons"]:
        of_one = comparison["output_column_name"] in _NUMBERS_OF_ONE
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for level in levels:
            last = level is levels[-1]
            least_m = _SAID_BY_CHANCE if of_one and last else SELDOM
            level["m_probability"] = max(float(level.get("m_probability") or 0.0), least_m)
            u = float(level.get("u_probability") or 0.0)
            level["u_probability"] = (1 - RARE if last else RARE) if of_one else max(u, SELDOM / 100)
            for part in ("fix_m_probability", "fix_u_probability"):
                level.pop(part, None)
    return made
