"""From compared records to people: find the pairs, cut what hangs together into components, decide each.

What a component comes to depends on its own records and judgements alone. So people may be decided for all records
at once or for some whole components, with one result.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from csae.linkage.clustering import Evidence, Pair, cluster
from csae.linkage.comparisons import ANSWERS, CONTRADICTIONS, TOO_UNLIKE
from csae.linkage.model import Model, Thresholds
from csae.linkage.scoring import Ids, Scorer, Weights

LARGEST_COMPONENT = 500
"""Records. A larger one, where a wrong number ties strangers together, is first cut at higher and higher weights."""
_STEP = 1.0
Reasons = npt.NDArray[np.str_]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Scored pairs, the smaller record first, in order."""

    one: Ids
    other: Ids
    weight: Weights
    found: Bools
    """Which of them a blocking rule found, at or above the join threshold: only these join two records."""
    against: Mapping[str, Bools]
    """For each kind of contradiction, which pairs are contradictory: a function of the two records and the model."""

    @property
    def reason(self) -> Reasons:
        """Why a pair is contradictory, '' where it is not."""
        reason = np.full(len(self.one), "", dtype=f"<U{max(map(len, self.against))}")
        for kind, holds in self.against.items():
            reason[holds] = kind
        return reason


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
        return Resolved(
            nothing, Pairs(nothing, nothing, nothing.astype(np.float64), nothing > 0, {TOO_UNLIKE: nothing > 0})
        )
    scorer = Scorer(connection, model)
    edges = scorer.within(model.thresholds.join)
    component = cut_components(count, edges, same, model.thresholds.join)
    pairs = _scored(connection, scorer, component, edges, same, model.thresholds)
    return Resolved(_decided(connection, component, pairs, same, different), pairs)


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
    count = len(component)
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
    found = np.concatenate([done[done], np.isin(more_one * count + more_other, one * count + other)])
    one = np.concatenate([one[done], more_one])
    other = np.concatenate([other[done], more_other])
    weight = np.concatenate([weight[done], more_weight])
    order = np.lexsort((other, one))
    one, other, weight, found = one[order], other[order], weight[order], found[order]
    against = {TOO_UNLIKE: weight < thresholds.split}
    for kind, condition in CONTRADICTIONS.items():
        holds = condition.format(overwhelming=thresholds.overwhelming)
        against[kind] = _hold(connection, one, other, weight, holds)
    return Pairs(one, other, weight, found, against)


def _hold(connection: duckdb.DuckDBPyConnection, one: Ids, other: Ids, weight: Weights, condition: str) -> Bools:
    """Of which pairs a condition on records `l` and `r` holds."""
    holds = np.zeros(len(one), dtype=np.bool_)
    if len(one):
        connection.register("scored", {"place": np.arange(len(one)), "one": one, "other": other, "weight": weight})
        found = connection.execute(
            "select scored.place from scored inner join records as l on scored.one = l.record_id "  # noqa: S608 - our own conditions
            f"inner join records as r on scored.other = r.record_id where {condition}"
        ).fetchnumpy()
        connection.unregister("scored")
        holds[found["place"]] = True
    return holds


def _decided(
    connection: duckdb.DuckDBPyConnection,
    component: Ids,
    pairs: Pairs,
    same: Collection[Pair],
    different: Collection[Pair],
) -> Ids:
    """The smallest record of each record's person. A component without a contradiction is one person."""
    person = _smallest(component)
    of_pair = component[pairs.one]
    inside = of_pair == component[pairs.other]
    contradictory = np.logical_or.reduce(list(pairs.against.values()))
    disputed = np.unique(
        np.concatenate([of_pair[inside & contradictory], component[_ends(same)], component[_ends(different)]])
    )
    chosen = np.flatnonzero(inside & np.isin(of_pair, disputed))
    one, other, weight = pairs.one[chosen], pairs.other[chosen], pairs.weight[chosen]

    def grouped(holds: Bools) -> dict[int, list[Pair]]:
        return _by_component(component, zip(one[holds].tolist(), other[holds].tolist(), strict=True))

    joinable = grouped(pairs.found[chosen])
    weights = dict(zip(zip(one.tolist(), other.tolist(), strict=True), weight.tolist(), strict=True))
    against = {kind: grouped(holds[chosen]) for kind, holds in pairs.against.items()}
    answers = {kind: grouped(_hold(connection, one, other, weight, answer)) for kind, answer in ANSWERS.items()}
    judged_same, judged_different = _by_component(component, same), _by_component(component, different)
    for number, members in _members(component, disputed).items():
        evidence = Evidence(
            records=members,
            weights={ends: weights[ends] for ends in joinable.get(number, ())},
            against={kind: of_kind.get(number, ()) for kind, of_kind in against.items()},
            answers={kind: of_kind.get(number, ()) for kind, of_kind in answers.items()},
            same=judged_same.get(number, ()),
            different=judged_different.get(number, ()),
        )
        for record, first in cluster(evidence).items():
            person[record] = first
    return person


def _smallest(component: Ids) -> Ids:
    first = np.full(int(component.max()) + 1, len(component), dtype=np.int64)
    np.minimum.at(first, component, np.arange(len(component)))
    found: Ids = first[component]
    return found


def _members(component: Ids, numbers: Ids) -> dict[int, list[int]]:
    members = np.flatnonzero(np.isin(component, numbers))
    groups: dict[int, list[int]] = {int(number): [] for number in numbers}
    for record, number in zip(members.tolist(), component[members].tolist(), strict=True):
        groups[number].append(record)
    return groups


def _by_component(component: Ids, pairs: Iterable[Pair]) -> dict[int, list[Pair]]:
    """Pairs within a component; one across two that nothing ties together has nothing to decide."""
    groups: dict[int, list[Pair]] = {}
    for one, other in pairs:
        if component[one] == component[other]:
            groups.setdefault(int(component[one]), []).append((one, other))
    return groups


def _ends(judged: Collection[Pair]) -> Ids:
    ends: Sequence[int] = [record for ends in judged for record in ends]
    return np.array(ends, dtype=np.int64)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    # Fetched whole: DuckDB gives the connection to nobody else while rows wait.
    return int(connection.execute("select count(*) from records").fetchall()[0][0])
