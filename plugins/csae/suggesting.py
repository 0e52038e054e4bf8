"""What a source's history says of its YAML: bounds, codes and ignored columns to put in, for a person to decide on."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from statistics import median

from csae.code_sets import CodeSets, Suggestion
from csae.sources import LoadedSource
from csae.sources.columns import HARMONISED, SCHEMES
from csae.sources.documents import Document, parse_document
from csae.sources.edits import add_codes, add_ignored_columns, diff, set_crime_bounds
from csae.warehouse import Connection

MIN_DELIVERIES = 3
_USUAL = 4.0
"""A delivery is usual from a quarter of the median to four times it: a first one often brings years at once."""
_CERTAIN = 85


@dataclass(frozen=True)
class BoundsProposal:
    minimum: int
    maximum: int
    deliveries: int
    """How many usual ones it rests on."""
    left_out: int
    smallest: int
    largest: int
    kept_minimum: bool
    """True when history alone would have lowered the minimum."""


@dataclass(frozen=True)
class CodeProposal:
    column: str
    scheme: str | None
    value: str | None
    """None where it may not be shown."""
    rows: int
    first_seen_on: str
    last_seen_on: str
    reason: str
    """Why it is not decoded, a rule of `decoding_rule`."""
    suggestion: Suggestion | None
    in_diff: bool
    """Only what is very like a code's own wording is put into the diff."""


@dataclass(frozen=True)
class IgnoredProposal:
    extract: str
    column: str
    deliveries: int


@dataclass(frozen=True)
class Suggestions:
    source: str
    yaml: str
    bounds: BoundsProposal | None
    codes: tuple[CodeProposal, ...]
    ignored_columns: tuple[IgnoredProposal, ...]
    notes: tuple[str, ...]
    diff: str


def suggest(connection: Connection, loaded: LoadedSource, codes: CodeSets) -> Suggestions:
    """Reads the ledger and, once a generation was built, the values that it could not decode."""
    source = loaded.spec.source
    counts = _deliveries(connection, source)
    bounds = propose_bounds(counts, loaded.spec.bounds.crimes.min)
    found = tuple(_code_proposal(codes, *row) for row in _unmapped(connection, source))
    ignored = tuple(IgnoredProposal(*row) for row in _new_columns(connection, source))
    notes = list(_bounds_notes(bounds, len(counts), loaded.spec.bounds.crimes.min))
    before = loaded.path.read_text(encoding="utf-8")
    after, left = _edited(loaded, before, bounds, found, ignored)
    notes += [f"The YAML's {what} could not be changed as a diff; put the lines in by hand." for what in left]
    return Suggestions(source, str(loaded.path), bounds, found, ignored, tuple(notes), diff(before, after, loaded.path))


def propose_bounds(counts: Sequence[int], accepted_minimum: int) -> BoundsProposal | None:
    """Half of the smallest usual delivery to twice the largest, rounded outwards.

    Never below the minimum that stands: when output collapses, its history must not lower the bound that says so.
    """
    if len(counts) < MIN_DELIVERIES:
        return None
    middle = median(counts)
    usual = [count for count in counts if middle / _USUAL <= count <= middle * _USUAL]
    smallest, largest = min(usual), max(usual)
    lower = _rounded(smallest / 2, math.floor)
    return BoundsProposal(
        minimum=max(lower, accepted_minimum),
        maximum=max(_rounded(largest * 2, math.ceil), accepted_minimum, 1),
        deliveries=len(usual),
        left_out=len(counts) - len(usual),
        smallest=smallest,
        largest=largest,
        kept_minimum=lower < accepted_minimum,
    )


def _rounded(number: float, towards: Callable[[float], int]) -> int:
    """To two figures."""
    step = 10 ** max(0, math.floor(math.log10(number)) - 1) if number >= 1 else 1
    return towards(number / step) * step


def _bounds_notes(bounds: BoundsProposal | None, deliveries: int, minimum: int) -> list[str]:
    if bounds is None:
        return [f"{deliveries} deliveries were accepted; bounds need {MIN_DELIVERIES} to rest on."]
    if bounds.kept_minimum:
        return [
            f"The smallest usual delivery had {bounds.smallest:,}, which alone would give a lower minimum. "
            f"{minimum:,} is kept: history never lowers a bound, since output that collapses would lower its own. "
            "If deliveries are rightly smaller now, lower it yourself and say why."
        ]
    return []


def _code_proposal(
    codes: CodeSets, column: str, scheme: str | None, value: str | None, rows: int, first: date, last: date, reason: str
) -> CodeProposal:
    """With the suggestion of `dq_unmapped_code`, by the same function."""
    suggestion = codes.suggest(column, value, scheme) if value else None
    fits = bool(
        suggestion
        and scheme in SCHEMES.get(column, ())
        and suggestion.score >= _CERTAIN
        and HARMONISED[column].fullmatch(suggestion.code)
    )
    return CodeProposal(column, scheme, value, rows, f"{first}", f"{last}", reason, suggestion, fits)


def _edited(
    loaded: LoadedSource,
    text: str,
    bounds: BoundsProposal | None,
    codes: Sequence[CodeProposal],
    ignored: Sequence[IgnoredProposal],
) -> tuple[str, list[str]]:
    """The YAML with all of it, and what could not be put in."""
    edits: list[tuple[str, Callable[[Document, str], str | None]]] = []
    if bounds:
        edits.append(("bounds", partial(set_crime_bounds, minimum=bounds.minimum, maximum=bounds.maximum)))
    by_scheme: dict[str, dict[str, str]] = defaultdict(dict)
    for item in codes:
        if item.in_diff and item.scheme and item.value and item.suggestion:
            by_scheme[item.scheme][item.value] = item.suggestion.code
    edits += [("codes", partial(add_codes, scheme=scheme, codes=pairs)) for scheme, pairs in by_scheme.items()]
    by_extract: dict[str, list[str]] = defaultdict(list)
    for column in ignored:
        by_extract[column.extract].append(column.column)
    layout, number = loaded.spec.layouts[-1], len(loaded.spec.layouts) - 1
    for extract in sorted(by_extract.keys() & layout.extracts.keys()):
        place = ("layouts", number, "extracts", extract)
        edits.append(("ignored_columns", partial(add_ignored_columns, extract=place, columns=by_extract[extract])))
    left: list[str] = []
    for what, edit in edits:
        changed = edit(parse_document(loaded.path, text), text)
        if changed is None:
            left.append(what)
        text = changed or text
    return text, left


def _deliveries(connection: Connection, source: str) -> list[int]:
    """Crimes, or cases, of every accepted delivery, a corrected one once."""
    rows = connection.execute(
        """
        select distinct on (delivery_on) coalesce(nullif(case_reviews_read, 0), crimes_read, 0)
        from ops.load
        where source = %s and state = 'accepted'
        order by delivery_on, correction_number desc
        """,
        [source],
    ).fetchall()
    return [int(row[0]) for row in rows]


def _new_columns(connection: Connection, source: str) -> list[tuple[str, str, int]]:
    """Columns that loads have reported as neither used nor ignored."""
    return connection.execute(
        """
        select n.extract_name, n.column_name, count(distinct l.delivery_on)
        from ops.load_notice as n
        inner join ops.load as l on n.load_id = l.load_id
        where l.source = %s and n.code = 'column_new' and n.column_name <> ''
        group by n.extract_name, n.column_name
        order by n.extract_name, n.column_name
        """,
        [source],
    ).fetchall()


def _unmapped(connection: Connection, source: str) -> list[tuple[str, str | None, str | None, int, date, date, str]]:
    built = connection.execute("select to_regclass('curated.dq_unmapped_code') is not null").fetchone()
    if built is None or not built[0]:
        return []
    return connection.execute(
        """
        select column_name, scheme, nullif(value, '[not shown]'), row_count, first_seen_on, last_seen_on, reason
        from curated.dq_unmapped_code
        where force_code = %s
        order by row_count desc, column_name, value
        """,
        [source],
    ).fetchall()
