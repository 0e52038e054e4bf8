"""The people of a world and their involvements: a person on a record in a role."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csae.synthetic.crimes import JUNK_A_FORCE, NEVER, Crimes, Records
from csae.synthetic.draws import Bools, Floats, Ints, below, happens, pick, spans, stream
from csae.synthetic.names import AS_KNOWN, FEMALE, FORENAMES, INITIAL, MALE, SPELLINGS, SURNAMES, compound
from csae.synthetic.plan import OFFENCE_DELAY_DAYS, Plan
from csae.synthetic.vocabulary import (
    ASYLUM,
    ETHNICITIES,
    HELD,
    NATIONALITIES,
    OBSERVED,
    OBSERVED_IF,
    SELF_DEFINED,
)

YEAR = 365.25
YOUNGEST_SUSPECT = 10
OLDEST_SUSPECT = 76
FILLED_LATER = 0.7
"""Of the suspects on a record whose ethnicities are filled in later: theirs was one of them."""
BLANK, NOT_STATED = 0, 1


@dataclass(frozen=True)
class Missing:
    """How much more or less often than the plan's average a force leaves a value out."""

    self_defined: float = 1.0
    not_stated: float = 1.0
    observed: float = 1.0
    nationality: float = 1.0


@dataclass(frozen=True)
class Persons:
    """One element a person. A person is a place on a crime: a suspect seen again leaves the later place unused."""

    surname: Ints
    forename: Ints
    male: Bools
    born: Ints
    ethnicity: Ints
    nationality: Ints
    second_nationality: Ints
    pnc: Ints
    """Check letter, number and year of the PNC id in one number; -1 for none."""
    asylum: Bools


@dataclass(frozen=True)
class Involvements:
    """One element a person on a record. `starts`, `suspects` and `victims` say where each record's people are,
    its suspects first."""

    starts: Ints
    suspects: Ints
    victims: Ints
    person: Ints
    is_suspect: Bools
    self_defined: Ints
    filled: Ints
    """The night from which the record shows the self-defined ethnicity."""
    eliminated: Ints
    observed: Ints
    nationality: Ints
    second_nationality: Ints
    spelling: Ints
    shows_pnc: Bools
    twice: Bools


@dataclass(frozen=True)
class Places:
    """The people of the crimes: one element a place on a crime, suspects first."""

    starts: Ints
    crime: Ints
    is_suspect: Bools
    person: Ints


def draw_places(plan: Plan, crimes: Crimes) -> Places:
    """Who is on which crime: victims once, some suspects on several crimes of any force."""
    counts = crimes.suspects + crimes.victims
    starts = np.cumsum(counts) - counts
    crime = np.repeat(np.arange(plan.crimes), counts)
    is_suspect = np.arange(len(crime)) - starts[crime] < crimes.suspects[crime]
    person = np.arange(len(crime))
    suspects = np.flatnonzero(is_suspect)
    person[suspects] = suspects[_who(plan, crime[suspects])]
    return Places(starts, crime, is_suspect, person)


def _who(plan: Plan, crime: Ints) -> Ints:
    """For each suspect in order, the first place of the same person; nobody is on one crime twice."""
    count = len(crime)
    rng = stream(plan.seed, "repeat suspects")
    own = np.arange(count)
    earlier = np.searchsorted(crime, crime)
    seen_before = happens(rng, count, plan.repeat_suspect) & (earlier > 0)
    parent = np.where(seen_before, below(rng, count, earlier), own)
    while True:
        root = parent
        while not np.array_equal(root, root[root]):
            root = root[root]
        order = np.lexsort((own, root, crime))
        again = (np.diff(crime[order], prepend=-1) == 0) & (np.diff(root[order], prepend=-1) == 0)
        if not again.any():
            return root
        parent[order[again]] = order[again]


def draw_persons(plan: Plan, records: Records, places: Places) -> Persons:
    """The people on the crimes, then one for each junk record."""
    rng = stream(plan.seed, "persons")
    junk = len(plan.police) * JUNK_A_FORCE
    count = len(places.crime) + junk
    suspect = np.concatenate([places.is_suspect, np.zeros(junk, dtype=np.bool_)])
    offence = np.concatenate([records.offence[places.crime], records.offence[len(records.offence) - junk :]])

    common = [1 / (rank + 12) for rank in range(len(SURNAMES))]
    double = np.where(happens(rng, count, 0.04), 1 + below(rng, count, len(SURNAMES)), 0)
    male = happens(rng, count, np.where(suspect, 0.82, 0.21))
    name, middle = _forenames(rng, male), _forenames(rng, male)
    middle = np.where(happens(rng, count, 0.05), 1 + middle, 0)
    nationality = 1 + pick(rng, count, [entry.weight for entry in NATIONALITIES.values()])
    refuge = np.isin(nationality, [HELD.index(code) for code in ASYLUM])
    born = _births(plan, rng, suspect, offence)
    return Persons(
        surname=compound(pick(rng, count, common), double, len(SURNAMES)),
        forename=compound(name, middle, len(FORENAMES)),
        male=male,
        born=born,
        ethnicity=2 + pick(rng, count, list(ETHNICITIES.values())),
        nationality=nationality,
        second_nationality=_second(plan, rng, nationality),
        pnc=np.where(suspect, _pnc(plan, rng, born), -1),
        asylum=refuge & happens(rng, count, 0.3),
    )


def _forenames(rng: np.random.Generator, male: Bools) -> Ints:
    count = len(male)
    return np.where(male, below(rng, count, len(MALE)), len(MALE) + below(rng, count, len(FEMALE)))


def _births(plan: Plan, rng: np.random.Generator, suspect: Bools, offence: Ints) -> Ints:
    """Victims are children at the offence, suspects at least ten. All were born before the first offence day, so
    that no other date of a world is anyone's date of birth."""
    count = len(suspect)
    earliest = plan.first_night.toordinal() - 1 - plan.history_days - OFFENCE_DELAY_DAYS
    latest = earliest - int(YOUNGEST_SUSPECT * YEAR)
    eldest = plan.first_night.toordinal() - int(OLDEST_SUSPECT * YEAR)
    adults = eldest + below(rng, count, latest - eldest)
    children = offence - int(4 * YEAR) - below(rng, count, int(13.8 * YEAR))
    return np.where(suspect, adults, np.minimum(children, earliest - 1 - below(rng, count, 200)))


def _second(plan: Plan, rng: np.random.Generator, nationality: Ints) -> Ints:
    """A second nationality for some: British for nearly all, and never the first again."""
    count = len(nationality)
    british = HELD.index("GBR")
    other = np.where(happens(rng, count, 0.9), british, 1 + below(rng, count, len(NATIONALITIES)))
    # The British are most of the people, so those with a foreign first nationality have their second often.
    rate = np.minimum(1.0, np.where(nationality == british, 0.1, 4.0) * plan.two_nationalities)
    return np.where(happens(rng, count, rate) & (other != nationality), other, 0)


def _pnc(plan: Plan, rng: np.random.Generator, born: Ints) -> Ints:
    """letter * 10**12 + number * 10**4 + year, the number another for each of up to ten million people."""
    count = len(born)
    number = (np.arange(count, dtype=np.int64) * 7654321 + plan.seed % 10**7) % 10**7
    year = plan.first_night.year - below(rng, count, 31)
    year = np.maximum(year, (born / YEAR).astype(np.int32) + 1 + YOUNGEST_SUSPECT)
    value = below(rng, count, 23).astype(np.int64) * 10**12 + number * 10**4 + year
    return np.where(happens(rng, count, plan.pnc_known), value, -1)


def draw_involvements(
    plan: Plan, crimes: Crimes, records: Records, places: Places, persons: Persons, missing: Sequence[Missing]
) -> Involvements:
    """What each record says of each of its people; a force that took a crime over asks them all again."""
    real = records.crime >= 0
    junk_people = len(persons.born) - len(places.crime)
    suspects = np.where(real, np.append(crimes.suspects, 0)[records.crime], 0)
    victims = np.where(real, np.append(crimes.victims, 0)[records.crime], 1)
    counts = suspects + victims
    starts = np.cumsum(counts) - counts
    place = spans(np.append(places.starts, 0)[records.crime[real]], counts[real])
    person = np.concatenate([places.person[place], len(places.crime) + np.arange(junk_people)])
    is_suspect = np.concatenate([places.is_suspect[place], np.zeros(junk_people, dtype=np.bool_)])
    record = np.repeat(np.arange(len(records.crime)), counts)

    count = len(person)
    rng = stream(plan.seed, "involvements")
    force = records.force[record]
    self_defined = _self_defined(plan, rng, persons.ethnicity[person], missing, force)
    late = is_suspect & happens(rng, count, FILLED_LATER)
    observed = _observed(rng, persons.ethnicity[person])
    unseen = happens(rng, count, _rates(plan.blank_observed, [m.observed for m in missing])[force])
    unasked = happens(rng, count, _rates(plan.blank_nationality, [m.nationality for m in missing])[force])
    no_initials = plan.canary is not None
    spellings = [spelling for spelling in SPELLINGS if not (no_initials and spelling == INITIAL)]
    spelt = np.asarray(spellings)[below(rng, count, len(spellings))]
    last_suspect = starts + suspects - 1
    loses = (records.eliminated < NEVER) & (suspects > 0)
    eliminated = np.full(count, NEVER)
    eliminated[last_suspect[loses]] = records.eliminated[loses]
    return Involvements(
        starts=starts,
        suspects=suspects,
        victims=victims,
        person=person,
        is_suspect=is_suspect,
        self_defined=self_defined,
        filled=np.where(late, records.filled[record], 0),
        eliminated=eliminated,
        observed=np.where(unseen, BLANK, observed),
        nationality=np.where(unasked, BLANK, persons.nationality[person]),
        second_nationality=np.where(unasked, BLANK, persons.second_nationality[person]),
        spelling=np.where(happens(rng, count, plan.misspelt), spelt, AS_KNOWN),
        shows_pnc=happens(rng, count, 0.9),
        twice=is_suspect & happens(rng, count, 0 if no_initials else plan.person_twice_on_crime),
    )


def _self_defined(
    plan: Plan, rng: np.random.Generator, ethnicity: Ints, missing: Sequence[Missing], force: Ints
) -> Ints:
    """Positions in `SELF_DEFINED`."""
    blank = _rates(plan.blank_ethnicity, [m.self_defined for m in missing])
    not_stated = np.minimum(_rates(plan.not_stated_ethnicity, [m.not_stated for m in missing]), 1 - blank)
    chance = rng.random(len(ethnicity))
    refused = chance < (blank + not_stated)[force]
    return np.where(chance < blank[force], BLANK, np.where(refused, NOT_STATED, ethnicity))


def _observed(rng: np.random.Generator, ethnicity: Ints) -> Ints:
    """Positions in `OBSERVED`, by what officers see of people of each ethnicity."""
    weights = np.asarray(
        [OBSERVED_IF.get(code, OBSERVED_IF[code[0]]) if code in ETHNICITIES else (1,) * len(OBSERVED)
         for code in SELF_DEFINED],
        dtype=np.float64,
    )  # fmt: skip
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    chance = rng.random(len(ethnicity))
    seen = np.zeros(len(ethnicity), dtype=np.int32)
    for step in range(len(OBSERVED) - 1):
        seen += chance >= edges[ethnicity, step]
    return seen


def _rates(average: float, weights: Sequence[float]) -> Floats:
    return np.clip(average * np.asarray(weights, dtype=np.float64), 0.0, 1.0)
