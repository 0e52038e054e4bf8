"""Who is one person is decided from scored pairs alone: the same for every order of the input."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.linkage.clustering import Evidence, Pair, cluster

JAMES, JOHN, J = 0, 1, 2
TWINS = {"twins": {(JAMES, JOHN)}}


def people(evidence: Evidence) -> list[list[int]]:
    """The groups, each in order."""
    found: dict[int, list[int]] = {}
    for record, first in sorted(cluster(evidence).items()):
        found.setdefault(first, []).append(record)
    return sorted(found.values())


def test_records_without_a_pair_are_people_of_their_own() -> None:
    assert people(Evidence([0, 1, 2], {})) == [[0], [1], [2]]


def test_a_chain_of_pairs_is_one_person() -> None:
    assert people(Evidence([0, 1, 2], {(0, 1): 5.0, (1, 2): 5.0})) == [[0, 1, 2]]


def test_a_chain_whose_ends_are_too_unlike_is_cut_at_its_weaker_pair() -> None:
    evidence = Evidence([0, 1, 2], {(0, 1): 5.0, (1, 2): 9.0}, against={"too unlike": {(0, 2)}})

    assert people(evidence) == [[0], [1, 2]]


def test_of_two_pairs_as_strong_the_one_with_the_smaller_records_is_joined_first() -> None:
    evidence = Evidence([0, 1, 2], {(0, 1): 5.0, (1, 2): 5.0}, against={"too unlike": {(0, 2)}})

    assert people(evidence) == [[0, 1], [2]]


def test_twins_stay_two() -> None:
    assert people(Evidence([JAMES, JOHN], {(JAMES, JOHN): 9.0}, against=TWINS)) == [[JAMES], [JOHN]]


def test_an_initial_that_fits_two_twins_is_one_of_them() -> None:
    evidence = Evidence([JAMES, JOHN, J], {(JAMES, J): 7.0, (JOHN, J): 7.0}, against=TWINS)

    assert people(evidence) == [[JAMES, J], [JOHN]]


def test_a_misspelt_record_is_no_twin_of_those_that_agree_with_a_record_it_belongs_to() -> None:
    misspelt, with_the_same_number, right = 0, 1, 2
    evidence = Evidence(
        [misspelt, with_the_same_number, right],
        {(misspelt, with_the_same_number): 27.0, (with_the_same_number, right): 9.0},
        against={"twins": {(misspelt, right)}},
        answers={"twins": {(with_the_same_number, right)}},
    )

    assert people(evidence) == [[0, 1, 2]]


def test_an_initial_answers_nothing_so_twins_with_it_stay_two() -> None:
    evidence = Evidence([JAMES, JOHN, J], {(JAMES, J): 27.0, (JOHN, J): 7.0}, against=TWINS, answers={"twins": set()})

    assert people(evidence) == [[JAMES, J], [JOHN]]


def test_one_contradiction_does_not_answer_another() -> None:
    evidence = Evidence(
        [0, 1, 2],
        {(0, 1): 9.0, (1, 2): 8.0},
        against={"twins": {(0, 2)}, "different PNC ids": {(0, 2)}},
        answers={"twins": {(1, 2)}, "different PNC ids": set()},
    )

    assert people(evidence) == [[0, 1], [2]]


def test_judged_the_same_are_one_whatever_speaks_against_it() -> None:
    evidence = Evidence([0, 1], {}, against={"twins": {(0, 1)}, "too unlike": {(0, 1)}}, same={(0, 1)})

    assert people(evidence) == [[0, 1]]


def test_judged_different_are_two_however_alike() -> None:
    assert people(Evidence([0, 1], {(0, 1): 60.0}, different={(0, 1)})) == [[0], [1]]


def test_a_record_between_two_judged_different_goes_with_the_more_like() -> None:
    evidence = Evidence([0, 1, 2], {(0, 1): 8.0, (1, 2): 9.0}, different={(0, 2)})

    assert people(evidence) == [[0], [1, 2]]


def test_judging_an_alias_the_same_keeps_the_person_s_other_records() -> None:
    """The alias is too unlike the other record, but its like vouches for it."""
    alias, record, other = 0, 1, 2
    evidence = Evidence(
        [alias, record, other], {(record, other): 9.0}, against={"too unlike": {(alias, other)}}, same={(alias, record)}
    )

    assert people(evidence) == [[0, 1, 2]]


def test_of_judgements_that_contradict_one_another_no_different_pair_ends_together() -> None:
    evidence = Evidence([0, 1, 2], {}, same={(0, 1), (1, 2)}, different={(0, 2)})

    assert people(evidence) == [[0, 1], [2]]


RECORDS = range(7)
PAIRS = list(itertools.combinations(RECORDS, 2))
some_pairs = st.sets(st.sampled_from(PAIRS), max_size=8)
weights = st.dictionaries(st.sampled_from(PAIRS), st.integers(0, 4).map(float), max_size=14)
kinds = st.fixed_dictionaries({"twins": some_pairs, "too unlike": some_pairs})
evidences = st.builds(
    Evidence,
    records=st.just(RECORDS),
    weights=weights,
    against=kinds,
    answers=st.fixed_dictionaries({"twins": some_pairs}),
    same=st.sets(st.sampled_from(PAIRS), max_size=3),
    different=st.sets(st.sampled_from(PAIRS), max_size=3),
)


@given(evidences, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(evidence: Evidence, rng: random.Random) -> None:
    def shuffled(pairs: object) -> list[Pair]:
        listed = list(pairs)  # type: ignore[call-overload]
        rng.shuffle(listed)
        return listed

    other = Evidence(
        rng.sample(list(evidence.records), len(evidence.records)),
        {ends: evidence.weights[ends] for ends in shuffled(evidence.weights)},
        {kind: shuffled(pairs) for kind, pairs in reversed(list(evidence.against.items()))},
        {kind: shuffled(pairs) for kind, pairs in evidence.answers.items()},
        shuffled(evidence.same),
        shuffled(evidence.different),
    )

    assert cluster(other) == cluster(evidence)


@given(evidences)
def test_no_pair_judged_different_ends_together(evidence: Evidence) -> None:
    person = cluster(evidence)

    assert [ends for ends in evidence.different if person[ends[0]] == person[ends[1]]] == []


@given(evidences)
def test_every_record_is_of_one_person_known_by_its_smallest_record(evidence: Evidence) -> None:
    person = cluster(evidence)

    assert sorted(person) == list(RECORDS)
    assert all(first == min(r for r, of in person.items() if of == first) for first in person.values())


@given(evidences)
def test_without_judgements_a_contradiction_within_a_person_is_one_that_something_answers(evidence: Evidence) -> None:
    person = cluster(Evidence(evidence.records, evidence.weights, evidence.against, evidence.answers))
    together = {ends for ends in PAIRS if person[ends[0]] == person[ends[1]]}

    assert not together & set(evidence.against["too unlike"])
    for one, other in together & set(evidence.against["twins"]):
        assert any(person[answer[0]] == person[one] == person[answer[1]] for answer in evidence.answers["twins"]), (
            one,
            other,
        )


@given(evidences)
def test_people_hang_together_by_pairs_and_judgements(evidence: Evidence) -> None:
    person = cluster(evidence)
    for first in set(person.values()):
        members = {record for record, of in person.items() if of == first}
        reached, ends = {first}, [*evidence.weights, *evidence.same]
        while grown := {r for pair in ends if set(pair) <= members and set(pair) & reached for r in pair} - reached:
            reached |= grown
        assert reached == members


@pytest.mark.parametrize("pairs", [1, 400])
def test_a_component_is_decided_in_time_however_many_pairs_it_has(pairs: int) -> None:
    records = range(pairs + 1)
    evidence = Evidence(records, {(record, record + 1): 1.0 for record in range(pairs)})

    assert people(evidence) == [list(records)]
