"""The first day of each crime's offence, kept while its people are read, since an age needs both days.

A delivery may hold millions of crimes, and people come in parts: twenty bytes a crime, sorted once, are looked up
without building anything for each part.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_NO_DAY = np.iinfo(np.int32).min


@dataclass(frozen=True)
class OffenceDays:
    tokens: npt.NDArray[np.bytes_]
    """Of crimes' references, 16 bytes each, in ascending order; of one that stands twice the last is meant."""
    days: npt.NDArray[np.int32]
    """Since 1970-01-01; the lowest number where the day is not known."""


def packed(tokens: pl.Series, days: pl.Series) -> OffenceDays:
    """Of one part of a delivery: tokens in hexadecimal, and days as dates. A crime without a token is left out."""
    known = pl.DataFrame([tokens.alias("token"), days.cast(pl.Int32).fill_null(_NO_DAY).alias("day")]).drop_nulls()
    return ordered([OffenceDays(_bytes(known["token"]), known["day"].to_numpy())])


def ordered(parts: Iterable[OffenceDays]) -> OffenceDays:
    """All parts in one, those that came first being the earlier."""
    empty = OffenceDays(np.empty(0, "S16"), np.empty(0, np.int32))
    whole = [empty, *parts]
    tokens, days = np.concatenate([part.tokens for part in whole]), np.concatenate([part.days for part in whole])
    order = np.argsort(tokens, kind="stable")
    return OffenceDays(tokens[order], days[order])


NO_DAYS = ordered([])


def look_up(known: OffenceDays, tokens: pl.Series) -> pl.Series:
    """The day for each token, as a date; null where there is none."""
    if not len(known.tokens):
        return pl.Series(tokens.name, [None] * len(tokens), pl.Date())
    wanted = _bytes(tokens.fill_null(""))
    at = np.searchsorted(known.tokens, wanted, side="right") - 1
    found = (known.tokens[at] == wanted) & (known.days[at] != _NO_DAY) & tokens.is_not_null().to_numpy() & (at >= 0)
    days = pl.Series(tokens.name, known.days[at], pl.Int32()).cast(pl.Date())
    return pl.select(pl.when(pl.Series(found)).then(days).alias(tokens.name)).to_series()


def _bytes(tokens: pl.Series) -> npt.NDArray[np.bytes_]:
    return np.array(tokens.str.decode("hex").to_list(), dtype="S16")
