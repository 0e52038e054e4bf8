"""Splink on DuckDB: which records are compared, and how strongly each pair is one person.

The connection is in memory, spills into the folder it is given, loads no extension and asks nothing of the network.
Splink writes tables and progress to its log, so its log is off: nothing it says can hold a value.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import numpy.typing as npt
from splink import DuckDBAPI, Linker

from csae.linkage.comparisons import COMPARISONS, DIFFERS, RECORD_ID, output_name
from csae.linkage.model import Model, ModelError

if TYPE_CHECKING:
    from splink.internals.splink_dataframe import SplinkDataFrame

Ids = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]
_DECIMALS = 6
"""Weights are sums of a few logarithms: rounded, so that no order of adding shows."""


@contextmanager
def workspace(work_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of one's own, gone at the end."""
    work_dir.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        ":memory:",
        config={
            "temp_directory": str(work_dir / "duckdb"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    try:
        connection.execute("set enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


class Scorer:
    """A frozen model over a table of records."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, model: Model, table: str = "records", *, explain: bool = False
    ) -> None:
        """Raises `ModelError` where a comparison is untrained: Splink would only warn, and guess."""
        logging.getLogger("splink").setLevel(logging.CRITICAL)
        self._connection = connection
        self._api = DuckDBAPI(connection)
        self._records = self._api.register(table)
        self._linker = Linker(self._records, model.creator(explain=explain), log_level=None, validate_settings=False)
        if not self._linker._settings_obj._is_fully_trained:
            raise ModelError(f"Model {model.version} has an untrained comparison; make another with csae person train.")

    def within(self, threshold: float) -> tuple[Ids, Ids, Weights]:
        """The pairs of the table that a blocking rule finds, at or above the threshold."""
        return self._fetch(self._linker.inference.predict(threshold_match_weight=threshold, warning_mode="never"))

    def between(self, new: str, old: str, threshold: float) -> tuple[Ids, Ids, Weights]:
        """As `within`, but each pair of one record of table `new` and one of table `old`."""
        left, right = self._api.register(new), self._api.register(old)
        return self._fetch(
            self._linker.inference.predict_between(left, right, threshold_match_weight=threshold, warning_mode="never")
        )

    def weights(self, table: str) -> tuple[Ids, Ids, Weights]:
        """As `within`, but just the pairs of a table with columns `join_key_l`, `join_key_r` and `match_key`."""
        return self._fetch(self._score(table))

    def levels(self) -> dict[tuple[int, int], dict[str, str]]:
        """For every pair of a small table, the level of each comparison that both records say something on."""
        self._connection.execute(
            "create or replace table every_pair as select l.record_id as join_key_l, r.record_id as join_key_r, "  # noqa: S608 - our own names
            f"'0' as match_key from {self._records.physical_name} as l "
            f"inner join {self._records.physical_name} as r on l.record_id < r.record_id"
        )
        scored = self._score("every_pair")
        labels = {
            comparison.name: [DIFFERS, *reversed([level.label for level in comparison.levels])]
            for comparison in COMPARISONS
        }
        columns = ", ".join(f"gamma_{output_name(comparison)}" for comparison in COMPARISONS)
        rows = self._connection.execute(
            f"select {RECORD_ID}_l, {RECORD_ID}_r, {columns} from {scored.physical_name}"  # noqa: S608 - our own names
        ).fetchall()
        return {
            (min(one, other), max(one, other)): {
                name: of_name[level] for (name, of_name), level in zip(labels.items(), found, strict=True) if level >= 0
            }
            for one, other, *found in rows
        }

    def _score(self, table: str) -> "SplinkDataFrame":
        pairs = self._api.register(table)
        self._linker.table_management.register_blocked_pairs_for_predict(pairs)
        return self._linker.inference.predict(warning_mode="never")

    def _fetch(self, predicted: "SplinkDataFrame") -> tuple[Ids, Ids, Weights]:
        found = self._connection.sql(
            f"select least({RECORD_ID}_l, {RECORD_ID}_r) as one, greatest({RECORD_ID}_l, {RECORD_ID}_r) as other, "  # noqa: S608 - our own names
            f"round(match_weight, {_DECIMALS}) as weight from {predicted.physical_name} order by one, other"
        ).fetchnumpy()
        predicted.drop_table_from_database_and_remove_from_cache()
        return found["one"], found["other"], found["weight"]
