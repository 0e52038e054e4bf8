"""What the values of a column are like, without saying which column it is."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from statistics import median

import polars as pl

from csae.readers.tables import VALUE_SEPARATOR
from csae.sources.dates import DateFormat, parse_date_format

_DATE_FORMATS = (
    "yyyy-mm-dd", "dd/mm/yyyy", "dd-mm-yyyy", "dd.mm.yyyy", "yyyy/mm/dd", "yyyymmdd", "ddmmyyyy", "dd mon yyyy",
    "dd-mon-yyyy", "dd/mon/yyyy", "ddmonyyyy", "dd month yyyy", "mm/dd/yyyy", "mon dd, yyyy", "yyyy.mm.dd",
)  # fmt: skip
_TIMES = ("", " hh:mm", " hh:mm:ss", "Thh:mm", "Thh:mm:ss", "Thh:mm:ssZ", "Thh:mmZ", " hh:mm:ssZ")
_EXCEL_DAY = re.compile(r"[1-5]\d{4}(?:\.\d+)?")
_MOST_VALUES = 20_000
_SOME = 0.02
_ENOUGH = 0.8
_NEARLY_ALL = 0.995


@dataclass(frozen=True)
class Days:
    """A column of days: the format that reads most of them, and the share that it reads."""

    formats: tuple[str, ...]
    share: float
    years: tuple[int, ...]
    newest: date
    is_ambiguous: bool
    """Day and month could stand the other way round."""

    @property
    def middle_year(self) -> float:
        return median(self.years)


@dataclass(frozen=True)
class Profile:
    name: str
    cells: list[str]

    @cached_property
    def filled_cells(self) -> list[str]:
        return [cell for cell in self.cells if cell]

    @cached_property
    def values(self) -> list[str]:
        """Without blanks; each of several in a cell."""
        return [part for cell in self.filled_cells[:_MOST_VALUES] for part in cell.split(VALUE_SEPARATOR)]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.values)

    @property
    def filled(self) -> float:
        return len(self.filled_cells) / max(1, len(self.cells))

    @property
    def distinct(self) -> float:
        """The share of different ones among the values."""
        return len(self.counts) / max(1, len(self.values))

    @cached_property
    def repeats_in_cells(self) -> bool:
        return any(VALUE_SEPARATOR in cell for cell in self.filled_cells)

    def share(self, pattern: str) -> float:
        """Of the values that the whole of a regular expression fits."""
        form = re.compile(pattern)
        fitting = sum(times for value, times in self.counts.items() if form.fullmatch(value))
        return fitting / max(1, len(self.values))

    def share_among(self, known: frozenset[str] | set[str]) -> float:
        return sum(times for value, times in self.counts.items() if value in known) / max(1, len(self.values))

    @cached_property
    def days(self) -> Days | None:
        return find_days(self.values)


def find_days(values: list[str]) -> Days | None:
    """None when most of the values are not days."""
    if not values or sum(any(c.isdigit() for c in value) for value in values[:200]) < _ENOUGH * len(values[:200]):
        return None
    head = values[:500]
    read = {name: _read(pl.Series(head, dtype=pl.String()), name) for name in _that_may_fit(head)}
    likely = {name: len(days) / len(head) for name, days in read.items() if len(days) > _SOME * len(head)}
    if not likely or max(likely.values()) < 0.3:
        return _excel_days(values)
    full = pl.Series(values, dtype=pl.String())
    order = list(_candidates())
    best = max(likely, key=lambda name: (round(likely[name], 3), -order.index(name)))
    days = _read(full, best)
    formats, share = [best], len(days) / len(full)
    for name in sorted(likely, key=lambda name: -likely[name]):
        if share < _NEARLY_ALL and name != best and not _is_swapped(name, best):
            joined = {**dict(_read(full, name)), **dict(days)}
            if len(joined) > len(days) * 1.005:
                days, share = sorted(joined.items()), len(joined) / len(full)
                formats.append(name)
    if share < _ENOUGH:
        return None
    ambiguous = any(_is_swapped(name, best) and likely[name] >= likely[best] for name in likely)
    only = [day for _, day in days]
    return Days(tuple(formats), share, tuple(day.year for day in only), max(only), ambiguous)


@cache
def _candidates() -> dict[str, DateFormat]:
    names = (f"{day}{time}" for time in _TIMES for day in _DATE_FORMATS)
    return {name: form for name in names if (form := parse_date_format(name))}


@cache
def _any_candidate() -> re.Pattern[str]:
    return re.compile("|".join(form.pattern for form in _candidates().values()))


def _that_may_fit(texts: list[str]) -> list[str]:
    """The candidates that have the form of some of the texts: to try each on what is no day takes most of a draft."""
    days = [text for text in texts if _any_candidate().match(text)]
    if len(days) <= _SOME * len(texts):
        return []
    return [name for name, form in _candidates().items() if any(map(re.compile(form.pattern).match, days))]


def _is_swapped(name: str, other: str) -> bool:
    return name != other and name.replace("dd/mm", "mm/dd") == other.replace("dd/mm", "mm/dd")


def _read(texts: pl.Series, name: str) -> list[tuple[int, date]]:
    """The places of the texts that are days in this format, and the days."""
    form = _candidates()[name]
    days = texts.str.extract(form.pattern, 1).str.to_date(form.strptime, strict=False)
    return [(at, day) for at, day in enumerate(days.to_list()) if day is not None]


def _excel_days(values: list[str]) -> Days | None:
    numbers = [int(float(value)) for value in values if _EXCEL_DAY.fullmatch(value)]
    if len(numbers) < _ENOUGH * len(values):
        return None
    days = [date.fromordinal(date(1899, 12, 30).toordinal() + number) for number in numbers]
    return Days(("excel",), len(numbers) / len(values), tuple(day.year for day in days), max(days), is_ambiguous=False)
