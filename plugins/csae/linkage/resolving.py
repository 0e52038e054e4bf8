"""From compared records to people: find the pairs, cut what hangs together into components, decide each.

What a component comes to depends on its own records and judgements alone. So people may be decided for all records
at once or for some whole components, with one result.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from csae.linkage.clustering import Evidence, Pair, cluster
from csae.linkage.comparisons import DIFFERENT_PNC, TWINS
from csae.linkage.model import Model, Thresholds
from csae.linkage.scoring import Ids, Scorer, Weights

LARGEST_COMPONENT = 500
"""Records. A larger one, where a wrong number ties strangers together, is first cut at higher and higher weights."""
_STEP = 1.0
Reasons = npt.NDArray[np.str_]
TWINS_REASON, PNC_REASON, WEAK_REASON = "twins", "different PNC ids", "too unlike"


@dataclass(frozen=True)
class Pairs:
    """Scored pairs, the smaller record first, in order. `reason` says why a pair is contradictory, '' if it is not."""

    one: Ids
    other: Ids
    weight: Weights
    reason: Reasons


@dataclass(frozen=True)
class Resolved:
    person: Ids
    """For each record the smallest record of its person."""
    pairs: Pairs
    """Every pair within a component, and what ties components that were cut."""


def resolve(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    same: Collection[Pair] = (),
    different: Collection[Pair] = (),
) -> Resolved:
    """Decide the people of table `records`, whose `record_id` counts from 0 in the order of the keys."""
    count = _count(connection)
    if count == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Resolved(nothing, Pairs(nothing, nothing, nothing.astype(np.float64), nothing.astype(np.str_)))
    scorer = Scorer(connection, model)
    edges = scorer.within(model.thresholds.join)
    component = cut_components(count, edges, same, model.thresholds.join)
    pairs = _scored(connection, scorer, component, edges, same, model.thresholds)
    return Resolved(_decided(component, pairs, same, different, model.thresholds), pairs)


def cut_components(
    count: int, edges: tuple[Ids, Ids, Weights], same: Collection[Pair], join: float, largest: int = LARGEST_COMPONENT
) -> Ids:
    """The component of each record, none with more than `largest` unless judgements make it so."""
    one, other, weight = edges
    judged = np.array(sorted(same), dtype=np.int64).reshape(-1, 2)
    kept = np.ones(len(one), dtype=np.bool_)
    threshold = join
    while True:
        component = _components(
            count, np.concatenate([one[kept], judged[:, 0]]), np.concatenate([other[kept], judged[:, 1]])
        )
        too_large = np.bincount(component, minlength=count)[component[one]] > largest
        if not (too_large & kept).any():
            return component
        threshold += _STEP
        kept &= ~(too_large & (weight < threshold))


def _components(count: int, one: Ids, other: Ids) -> Ids:
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    found: Ids = labels.astype(np.int64)
    return found


def _scored(
    connection: duckdb.DuckDBPyConnection,
    scorer: Scorer,
    component: Ids,
    edges: tuple[Ids, Ids, Weights],
    same: Collection[Pair],
    thresholds: Thresholds,
) -> Pairs:
    """Score every pair within a component that blocking did not, and say which pairs are contradictory."""
    one, other, weight = edges
    size = np.bincount(component)[component]
    linked_by_people = np.isin(component, component[_ends(same)])
    whole = (size > 2) | ((size > 1) & linked_by_people)
    # A pair alone in its component was scored when it was found; what ties two components was too.
    done = ~whole[one] | (component[one] != component[other])
    members = np.flatnonzero(whole)
    more_one, more_other, more_weight = one[:0], other[:0], weight[:0]
    if len(members):
        connection.register("in_components", {"record_id": members, "component": component[members]})
        connection.execute(
            "create or replace table pairs_in_components as select l.record_id as join_key_l, "
            "r.record_id as join_key_r, '0' as match_key from in_components as l inner join in_components as r "
            "on l.component = r.component and l.record_id < r.record_id"
        )
        connection.unregister("in_components")
        more_one, more_other, more_weight = scorer.weights("pairs_in_components")
        connection.execute("drop table pairs_in_components")
    one = np.concatenate([one[done], more_one])
    other = np.concatenate([other[done], more_other])
    weight = np.concatenate([weight[done], more_weight])
    order = np.lexsort((other, one))
    one, other, weight = one[order], other[order], weight[order]
    return Pairs(one, other, weight, _reasons(connection, one, other, weight, thresholds))


def _reasons(
    connection: duckdb.DuckDBPyConnection, one: Ids, other: Ids, weight: Weights, thresholds: Thresholds
) -> Reasons:
    """Why a pair is contradictory: a function of the two records and the model, and of nothing else."""
    reason = np.where(weight < thresholds.split, WEAK_REASON, "")
    if not len(one):
        return reason
    connection.register("scored", {"place": np.arange(len(one)), "one": one, "other": other, "weight": weight})
    guarded = connection.execute(
        f"select scored.place, case when {TWINS} then '{TWINS_REASON}' else '{PNC_REASON}' end as reason "  # noqa: S608 - our own conditions
        "from scored inner join records as l on scored.one = l.record_id "
        "inner join records as r on scored.other = r.record_id "
        f"where ({TWINS}) or ({DIFFERENT_PNC} and scored.weight < ?)",
        [thresholds.overwhelming],
    ).fetchnumpy()
    connection.unregister("scored")
    reason = reason.astype(f"<U{len(PNC_REASON)}")
    reason[guarded["place"]] = guarded["reason"]
    return reason


def _decided(
    component: Ids, pairs: Pairs, same: Collection[Pair], different: Collection[Pair], thresholds: Thresholds
) -> Ids:
    """The smallest record of each record's person. A component without a contradiction is one person."""
    person = _smallest(component)
    of_pair = component[pairs.one]
    inside = of_pair == component[pairs.other]
    disputed = np.unique(
        np.concatenate([of_pair[inside & (pairs.reason != "")], component[_ends(same)], component[_ends(different)]])
    )
    if not len(disputed):
        return person
    records = _grouped(component, disputed)
    chosen = np.flatnonzero(inside & np.isin(of_pair, disputed))
    weights: dict[int, dict[Pair, float]] = {number: {} for number in records}
    against: dict[int, set[Pair]] = {number: set() for number in records}
    columns = (of_pair, pairs.one, pairs.other, pairs.weight, pairs.reason != "")
    for number, one, other, weight, contradictory in zip(*(column[chosen].tolist() for column in columns), strict=True):
        if weight >= thresholds.join:
            weights[number][one, other] = weight
        if contradictory:
            against[number].add((one, other))
    judged_same, judged_different = _by_component(component, same), _by_component(component, different)
    for number, members in records.items():
        evidence = Evidence(
            members,
            weights[number],
            against[number],
            judged_same.get(number, set()),
            judged_different.get(number, set()),
        )
        for record, first in cluster(evidence).items():
            person[record] = first
    return person


def _smallest(component: Ids) -> Ids:
    first = np.full(int(component.max()) + 1, len(component), dtype=np.int64)
    np.minimum.at(first, component, np.arange(len(component)))
    found: Ids = first[component]
    return found


def _grouped(component: Ids, numbers: Ids) -> dict[int, list[int]]:
    members = np.flatnonzero(np.isin(component, numbers))
    groups: dict[int, list[int]] = {int(number): [] for number in numbers}
    for record, number in zip(members.tolist(), component[members].tolist(), strict=True):
        groups[number].append(record)
    return groups


def _by_component(component: Ids, judged: Collection[Pair]) -> dict[int, set[Pair]]:
    """Judgements within a component; one across two that nothing ties together has nothing to decide."""
    groups: dict[int, set[Pair]] = {}
    for one, other in judged:
        if component[one] == component[other]:
            groups.setdefault(int(component[one]), set()).add((one, other))
    return groups


def _ends(judged: Collection[Pair]) -> Ids:
    ends: Sequence[int] = [record for ends in judged for record in ends]
    return np.array(ends, dtype=np.int64)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    # Fetched whole: DuckDB gives the connection to nobody else while rows wait.
    return int(connection.execute("select count(*) from records").fetchall()[0][0])
