"""Who is one person, decided from scored pairs: constrained agglomeration, the same for every order of the input.

Pairs are joined from the strongest to the weakest (of equal ones, that with the smaller records first). Two groups
become one only where no pair across them speaks against it, so a chain of likenesses never joins two people who
are known to differ: a complete-linkage rule on the evidence against, a single-linkage rule on the evidence for.
People's judgements come first: 'same' joins before anything else, and 'different' is never joined.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Pair = tuple[int, int]
"""Two records, the smaller first. Records are whole numbers in the order of their keys."""


@dataclass(frozen=True)
class Evidence:
    """What is known of the records of one component: everything that decides how it falls into people."""

    records: Sequence[int]
    weights: Mapping[Pair, float]
    """The pairs that may be joined, each with its match weight."""
    against: Mapping[str, Collection[Pair]] = field(default_factory=dict)
    """Contradictory pairs, by kind."""
    answers: Mapping[str, Collection[Pair]] = field(default_factory=dict)
    """Pairs that agree where a contradiction of the kind would have them differ. A kind that is not here is never
    answered."""
    same: Collection[Pair] = frozenset()
    different: Collection[Pair] = frozenset()


def pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def cluster(evidence: Evidence) -> dict[int, int]:
    """For each record the smallest record of its person.

    Records judged the same stand for one another: a contradiction of a kind that is never answered counts against
    them only where each of them has it. None is joined with a record that any of them is judged different from.
    """
    groups = _Groups(evidence.records)
    apart = _Across(groups, evidence.different)
    against = {kind: _Across(groups, pairs) for kind, pairs in evidence.against.items()}
    answers = {kind: _Across(groups, pairs) for kind, pairs in evidence.answers.items()}
    counts = (apart, *against.values(), *answers.values())

    for one, other in sorted(evidence.same):
        left, right = pair(groups.of(one), groups.of(other))
        if left != right and not apart.between(left, right):
            _join(groups, counts, left, right)
    for kind, contradictions in against.items():
        if kind not in answers:
            contradictions.keep_whole(groups)

    for one, other in sorted(evidence.weights, key=lambda ends: (-evidence.weights[ends], ends)):
        left, right = pair(groups.of(one), groups.of(other))
        if left == right or apart.between(left, right):
            continue
        standing = (
            contradictions.between(left, right) and not (kind in answers and answers[kind].between(left, right))
            for kind, contradictions in against.items()
        )
        if not any(standing):
            _join(groups, counts, left, right)
    return {record: members[0] for members in groups.members() for record in members}


class _Groups:
    """Disjoint sets, each known by its smallest record."""

    def __init__(self, records: Iterable[int]) -> None:
        self._members = {record: [record] for record in sorted(records)}
        self._label = {record: record for record in self._members}

    def of(self, record: int) -> int:
        return self._label[record]

    def size(self, label: int) -> int:
        return len(self._members[label])

    def join(self, kept: int, gone: int) -> None:
        moved = self._members.pop(gone)
        for record in moved:
            self._label[record] = kept
        self._members[kept] += moved

    def members(self) -> list[list[int]]:
        return [sorted(members) for _, members in sorted(self._members.items())]


class _Across:
    """How many of some pairs stand across each two groups, kept up as groups are joined."""

    def __init__(self, groups: _Groups, pairs: Iterable[Pair]) -> None:
        self._counts: dict[int, Counter[int]] = defaultdict(Counter)
        for one, other in set(pairs):
            left, right = groups.of(one), groups.of(other)
            self._counts[left][right] += 1
            self._counts[right][left] += 1

    def between(self, left: int, right: int) -> int:
        return self._counts[left][right] if left in self._counts else 0

    def join(self, kept: int, gone: int) -> None:
        for third, count in self._counts.pop(gone, Counter()).items():
            self._counts[third].pop(gone, None)
            if third != kept:
                self._counts[third][kept] += count
                self._counts[kept][third] += count

    def keep_whole(self, groups: _Groups) -> None:
        """Forget those of two groups of which not every pair is one."""
        for left, others in self._counts.items():
            for right, count in list(others.items()):
                if count < groups.size(left) * groups.size(right):
                    del others[right]


def _join(groups: _Groups, counts: Iterable[_Across], kept: int, gone: int) -> None:
    groups.join(kept, gone)
    for count in counts:
        count.join(kept, gone)
