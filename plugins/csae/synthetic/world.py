"""The whole world in compact columns: some 300 bytes a crime, whatever the number of nights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csae.synthetic.cases import Cases, draw_cases
from csae.synthetic.crimes import Crimes, Records, draw_crimes, draw_records
from csae.synthetic.draws import Ints, below, stream
from csae.synthetic.people import (
    Involvements,
    Missing,
    Persons,
    draw_involvements,
    draw_persons,
    draw_places,
)
from csae.synthetic.plan import Plan


@dataclass(frozen=True)
class World:
    plan: Plan
    crimes: Crimes
    records: Records
    persons: Persons
    people: Involvements
    number_bases: Ints
    """For each force, what it adds to a person's number to make its own local number of the person."""
    cases: Cases
    second_listing: int
    """What is added to the local number of a person listed on a crime for the second time."""


def build(plan: Plan, sizes: Sequence[float], missing: Sequence[Missing]) -> World:
    """The world of a plan; `sizes` and `missing` are in the order of the plan's forces."""
    crimes = draw_crimes(plan, sizes)
    records = draw_records(plan, crimes)
    places = draw_places(plan, crimes)
    persons = draw_persons(plan, records, places)
    people = draw_involvements(plan, crimes, records, places, persons, missing)
    span = 10**7
    while len(persons.born) > span // 10:
        span *= 10
    bases = [
        span // 10 + int(below(stream(plan.seed, "local numbers", force), 1, span // 5)[0]) for force in plan.police
    ]
    numbers = np.asarray(bases, dtype=np.int64)
    return World(plan, crimes, records, persons, people, numbers, draw_cases(plan), span // 2)
