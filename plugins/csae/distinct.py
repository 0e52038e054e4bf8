"""Work on each distinct value of a column once: codes, names and days repeat far more often than they differ."""

from collections.abc import Callable, Sequence

import polars as pl

_VALUE = "\x1fvalue"
"""What no column of a file can be called."""


def of_each_distinct(values: pl.Series, make: Callable[[pl.Series], Sequence[pl.Series]]) -> list[pl.Series]:
    """The columns that `make` makes of the distinct values, for every row of `values`; a missing value is one too.

    A row of what `make` gives may depend on its own value only.
    """
    distinct = values.unique()
    made = pl.DataFrame([distinct.rename(_VALUE), *make(distinct)])
    rows = values.rename(_VALUE).to_frame()
    return rows.join(made, on=_VALUE, how="left", nulls_equal=True, maintain_order="left").get_columns()[1:]
