"""The first day of each crime's offence, kept while its people are read, since an age needs both days.

A delivery may hold millions of crimes, and people come in parts: 24 bytes a crime, sorted once where they stand, are
looked up without building anything for each part.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

_NO_DAY = np.iinfo(np.int32).min
_CRIME = np.dtype([("token", "S16"), ("place", ">u4"), ("day", "<i4")])
"""The token of a crime's reference, how many were added before, and days since 1970-01-01, or the lowest number.

Bytes in this order sort by token, and where one stands twice by place: one sort without a copy does for both.
"""
_BYTES = np.dtype(f"S{_CRIME.itemsize}")
_LAST_PLACE = np.iinfo(np.uint32).max


class OffenceDays:
    """Crimes' days by their tokens, of which all are added before the first is looked up."""

    def __init__(self) -> None:
        self._crimes = bytearray()  # grows where it stands, as no array does
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._crimes) // _CRIME.itemsize

    def add(self, tokens: pl.Series, days: pl.Series) -> None:
        """Tokens in hexadecimal, and days as dates, null where they are not known. A crime without a token is left
        out; of one that stands twice the last is meant."""
        known = pl.DataFrame([tokens.alias("token"), days.cast(pl.Int32).fill_null(_NO_DAY).alias("day")])
        known = known.filter(pl.col("token").is_not_null())
        added = np.empty(known.height, _CRIME)
        added["token"], added["day"] = _bytes(known["token"]), known["day"].to_numpy()
        added["place"] = np.arange(len(self), len(self) + known.height)
        self._crimes += added.tobytes()
        self._is_sorted = False

    def look_up(self, tokens: pl.Series) -> pl.Series:
        """The day for each token, as a date; null where there is none."""
        if not self._crimes:
            return pl.Series(tokens.name, [None] * len(tokens), pl.Date())
        if not self._is_sorted:
            np.frombuffer(self._crimes, _BYTES).sort()
            self._is_sorted = True
        crimes = np.frombuffer(self._crimes, _CRIME)
        wanted, place = np.unique(_bytes(tokens.fill_null("")), return_inverse=True)  # in order they are found faster
        last = np.empty(len(wanted), _CRIME)
        last["token"], last["place"], last["day"] = wanted, _LAST_PLACE, -1
        at = np.searchsorted(crimes.view(_BYTES), last.view(_BYTES), side="right") - 1
        is_known = (at >= 0) & (crimes["token"][at] == wanted) & (crimes["day"][at] != _NO_DAY)
        days = pl.Series(tokens.name, crimes["day"][at][place], pl.Int32()).cast(pl.Date())
        found = pl.Series(is_known[place]) & tokens.is_not_null()
        return pl.select(pl.when(found).then(days).alias(tokens.name)).to_series()


NO_DAYS = OffenceDays()


def _bytes(tokens: pl.Series) -> npt.NDArray[np.bytes_]:
    return np.array(tokens.str.decode("hex").to_list(), dtype="S16")
