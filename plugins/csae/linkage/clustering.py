"""Who is one person, decided from scored pairs: constrained agglomeration, the same for every order of the input.

Pairs are joined from the strongest to the weakest (of equal ones, that with the smaller records first). Two groups
become one only where no pair across them speaks against it, so a chain of likenesses never joins two people who
are known to differ: a complete-linkage rule on the evidence against, a single-linkage rule on the evidence for.
People's judgements come first: 'same' joins before anything else, and 'different' is never joined.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[int, int]
"""Two records, the smaller first. Records are whole numbers in the order of their keys."""


@dataclass(frozen=True)
class Evidence:
    """What is known of the records of one component: everything that decides how it falls into people."""

    records: Sequence[int]
    weights: Mapping[Pair, float]
    """The pairs that may be joined, each with its match weight."""
    against: Collection[Pair] = frozenset()
    """Pairs that are contradictory."""
    same: Collection[Pair] = frozenset()
    different: Collection[Pair] = frozenset()


def pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def components(records: Iterable[int], pairs: Iterable[Pair]) -> list[list[int]]:
    """The connected components, each in order, by their smallest record."""
    groups = _Groups(records)
    for one, other in pairs:
        groups.join(groups.of(one), groups.of(other))
    return groups.members()


def cluster(evidence: Evidence) -> dict[int, int]:
    """For each record the smallest record of its person.

    Records judged the same stand for one another: a pair with one of them is as strong as the strongest with any,
    and is contradictory only where every pair with them is. A record may be judged different from any of them.
    """
    judged = _Groups(evidence.records)
    apart = _Apart(judged, evidence.different)
    for one, other in sorted(evidence.same):
        apart.join_unless_apart(judged.of(one), judged.of(other))

    people = _Groups(evidence.records)
    label = {record: judged.of(record) for record in evidence.records}
    for members in judged.members():
        for member in members:
            people.join(people.of(members[0]), people.of(member))

    weights: dict[Pair, float] = {}
    for (one, other), weight in evidence.weights.items():
        if label[one] != label[other]:
            across = pair(label[one], label[other])
            weights[across] = max(weight, weights.get(across, weight))

    refused = {pair(label[one], label[other]) for one, other in evidence.different}
    refused |= _wholly_contradictory(evidence, judged, label)
    no_join = _Apart(people, {(one, other) for one, other in refused if one != other})
    for one, other in sorted(weights, key=lambda across: (-weights[across], across)):
        no_join.join_unless_apart(people.of(one), people.of(other))
    return {record: members[0] for members in people.members() for record in members}


def _wholly_contradictory(evidence: Evidence, judged: "_Groups", label: Mapping[int, int]) -> set[Pair]:
    """The groups of records judged the same of which every pair across is contradictory."""
    found: dict[Pair, int] = defaultdict(int)
    for one, other in set(evidence.against):
        if label[one] != label[other]:
            found[pair(label[one], label[other])] += 1
    size = {members[0]: len(members) for members in judged.members()}
    return {(one, other) for (one, other), count in found.items() if count == size[one] * size[other]}


class _Groups:
    """Disjoint sets, each known by its smallest record."""

    def __init__(self, records: Iterable[int]) -> None:
        self._members = {record: [record] for record in sorted(records)}
        self._label = {record: record for record in self._members}

    def of(self, record: int) -> int:
        return self._label[record]

    def join(self, one: int, other: int) -> int:
        """The groups of these labels become one; its label."""
        if one == other:
            return one
        kept, gone = pair(one, other)
        moved = self._members.pop(gone)
        for record in moved:
            self._label[record] = kept
        self._members[kept] += moved
        return kept

    def members(self) -> list[list[int]]:
        return [sorted(members) for _, members in sorted(self._members.items())]


class _Apart:
    """Groups that must not be joined, kept up as groups are joined."""

    def __init__(self, groups: _Groups, pairs: Iterable[Pair]) -> None:
        self._groups = groups
        self._apart: dict[int, set[int]] = defaultdict(set)
        for one, other in pairs:
            left, right = groups.of(one), groups.of(other)
            self._apart[left].add(right)
            self._apart[right].add(left)

    def join_unless_apart(self, one: int, other: int) -> None:
        if one == other or other in self._apart[one]:
            return
        kept = self._groups.join(one, other)
        gone = other if kept == one else one
        for third in self._apart.pop(gone, set()):
            self._apart[third].discard(gone)
            self._apart[third].add(kept)
            self._apart[kept].add(third)
