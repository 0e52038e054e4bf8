"""The harder world: person records that linkage is measured on, and who they truly are.

The other worlds write a person nearly the same everywhere. Here dates of birth are wrong, PNC ids are missing, names
are misspelt, changed, cut and shared, and relatives look alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from csae.mapping import CRIME_ROW_NUMBER, ROW_NUMBER
from csae.sources.columns import CANONICAL_COLUMNS
from csae.synthetic.draws import Bools, Floats, Ints, below, happens, pick, stream
from csae.synthetic.fields import PNC_LETTERS
from csae.synthetic.hard_names import FORENAMES_BY_USE, MANY_FORENAMES, SURNAMES_BY_USE, misspell, use
from csae.synthetic.hard_plan import HardPlan
from csae.synthetic.names import without_marks

RELATIONS = ("alone", "twin", "sibling", "namesake")
ALONE, TWIN, SIBLING, NAMESAKE = range(len(RELATIONS))
SURNAMES_AS = ("own", "first", "second", "married", "both", "alias")
"""The person's own, a half of it, another taken by marriage, the own and the other, another altogether."""
OWN, FIRST, SECOND, MARRIED, BOTH, ALIAS = range(len(SURNAMES_AS))
SURNAME_SHIFT, FORENAME_SHIFT = 12, 6
MOST_COMMON = 6
TWINS_OF_ONE_SEX = 0.65
MALE = 0.75
KEEPS_OLD = 0.3
NO_YEAR = 0.2
YOUNGEST, OLDEST, YEAR = 8, 76, 365.25
EPOCH = date(1970, 1, 1).toordinal()
Texts = npt.NDArray[np.object_]
Truth = dict[str, npt.NDArray[Any]]
SURNAMES = np.asarray(SURNAMES_BY_USE, dtype=np.object_)
FORENAMES = np.asarray(FORENAMES_BY_USE, dtype=np.object_)


@dataclass(frozen=True)
class HardPeople:
    """Frames with one row a record in the same order, and one with one row a person.

    `records`: `row_number`, `crime_row_number` (null), `force` and the canonical columns of involvements, as
    `pseudonymise_people` takes those of one force. `truth`: `row_number`, `person` (a row of `persons`),
    `surname_as` (`SURNAMES_AS`) and, under the names of the plan's rates, which errors the record has. `persons`:
    `person`, `times` (its records), `relation` (`RELATIONS`) and `relative`, its own number where it has none.
    """

    records: pl.DataFrame
    truth: pl.DataFrame
    persons: pl.DataFrame


@dataclass(frozen=True)
class _Persons:
    """One element a person. Names are places in the lists by use, and -1 for none; days are ordinals."""

    times: Ints
    relation: Ints
    relative: Ints
    home: Ints
    male: Bools
    born: Ints
    never_known: Bools
    has_pnc: Bools
    surname: Ints
    second_surname: Ints
    married_surname: Ints
    married_from: Ints
    """The first record that has the married name; none of them for those who never marry."""
    keeps_old: Bools
    forename: Ints
    middle: Ints
    alias_surname: Ints
    alias_forename: Ints
    alias_born: Ints


def draw_people(plan: HardPlan) -> HardPeople:
    """A million records take about ten seconds and a gigabyte."""
    persons = _persons(plan)
    person = np.repeat(np.arange(len(persons.times)), persons.times)
    crime, force = _places(plan, persons, person)
    truth: Truth = {"person": person}
    is_suspect = happens(stream(plan.seed, "hard roles"), len(person), plan.suspect)
    columns = {
        "crime_ref": _texts(crime, "H/{}".format),
        "person_ref": _references(plan, person, truth),
        "role": np.asarray(["victim", "suspect"], dtype=np.object_)[is_suspect.astype(np.int8)],
        **_names(plan, persons, person, truth),
        "date_of_birth": _births(plan, persons, person, truth),
        "sex": _sexes(plan, persons, person, truth),
        "pnc_id": _pnc_ids(plan, persons, person, truth),
    }
    order = np.lexsort((stream(plan.seed, "hard order").random(len(person)), crime))
    number = pl.int_range(2, len(person) + 2, dtype=pl.Int64, eager=True).alias(ROW_NUMBER)
    forces = np.asarray(plan.forces, dtype=np.object_)[force]
    written = pl.DataFrame([number, *(pl.Series(name, of[order].tolist()) for name, of in columns.items())])
    return HardPeople(
        written.select(
            ROW_NUMBER,
            pl.lit(None, pl.Int64).alias(CRIME_ROW_NUMBER),
            pl.Series("force", forces[order].tolist()),
            *(
                pl.when(pl.col(name) != "").then(name) if name in columns else pl.lit(None, pl.String).alias(name)
                for name in CANONICAL_COLUMNS["involvement"]
            ),
        ),
        pl.DataFrame([number, *(pl.Series(name, values[order].tolist()) for name, values in truth.items())]),
        pl.DataFrame(
            {
                "person": np.arange(len(persons.times)),
                "times": persons.times,
                "relation": np.asarray(RELATIONS)[persons.relation],
                "relative": persons.relative,
            }
        ),
    )


def _persons(plan: HardPlan) -> _Persons:
    rng = stream(plan.seed, "hard persons")
    times = 1 + pick(rng, plan.records, plan.times_seen)
    count = int(np.searchsorted(np.cumsum(times), plan.records)) + 1
    times = times[:count]
    times[-1] -= times.sum() - plan.records
    own = np.arange(count)

    # Relatives are neighbours: the second of a pair takes after the first.
    related = (plan.twin, plan.sibling, plan.namesake)
    relation = np.where(own % 2 == 1, pick(rng, count, [1 - sum(related), *related]), ALONE)
    relative = own - (relation != ALONE)
    namesake = relation == NAMESAKE
    male = happens(rng, count, MALE)
    male = np.where((relation == TWIN) & happens(rng, count, TWINS_OF_ONE_SEX), male[relative], male)
    male[namesake] = male[relative[namesake]] = True

    born = _days(plan, rng, count)
    apart = 300 + below(rng, count, 4000)
    apart = np.where(namesake, int(18 * YEAR) + below(rng, count, int(16 * YEAR)), apart)
    elder = np.where(born[relative] - apart < plan.last_day.toordinal() - OLDEST * YEAR, -1, 1)
    born = np.where(relation == ALONE, born, born[relative] - np.where(relation == TWIN, 0, elder * apart))

    common = happens(rng, count, plan.common_name)
    surname = np.where(common, below(rng, count, MOST_COMMON), _drawn_surnames(rng, count))
    second = np.where(happens(rng, count, plan.double_barrelled), _drawn_surnames(rng, count), -1)
    given = np.where(common, below(rng, count, MOST_COMMON), _drawn_forenames(rng, count))
    same = (given == given[relative]) & (relation != ALONE) & (male == male[relative])
    given = np.where(namesake, given[relative], np.where(same, (given + 1) % MANY_FORENAMES, given))
    of_sex = np.where(male, 0, MANY_FORENAMES)
    marries = happens(rng, count, plan.married) & ~male & (times > 1)
    return _Persons(
        times=times,
        relation=relation,
        relative=relative,
        home=below(rng, count, len(plan.forces))[relative],
        male=male,
        born=born,
        never_known=happens(rng, count, plan.born_never_known),
        has_pnc=happens(rng, count, plan.pnc_of_people),
        surname=surname[relative],
        second_surname=second[relative],
        married_surname=_drawn_surnames(rng, count),
        married_from=np.where(marries, 1 + below(rng, count, times - 1), times),
        keeps_old=happens(rng, count, KEEPS_OLD),
        forename=of_sex + given,
        middle=np.where(happens(rng, count, plan.middle_name), of_sex + _drawn_forenames(rng, count), -1),
        alias_surname=_drawn_surnames(rng, count),
        alias_forename=of_sex + _drawn_forenames(rng, count),
        alias_born=_days(plan, rng, count),
    )


def _days(plan: HardPlan, rng: np.random.Generator, count: int) -> Ints:
    """Days of birth of people of 8 to 76 years, more of them young."""
    ages = YOUNGEST + (OLDEST - YOUNGEST) * rng.random(count) ** 1.6
    days: Ints = plan.last_day.toordinal() - (ages * YEAR).astype(np.int64)
    return days


def _drawn_surnames(rng: np.random.Generator, count: int) -> Ints:
    return pick(rng, count, use(len(SURNAMES_BY_USE), SURNAME_SHIFT))


def _drawn_forenames(rng: np.random.Generator, count: int) -> Ints:
    """Places among those of one sex."""
    return pick(rng, count, use(MANY_FORENAMES, FORENAME_SHIFT))


def _nth(times: Ints) -> Ints:
    """Of each record, how many the person had before."""
    before = np.cumsum(times) - times
    nth: Ints = np.arange(times.sum()) - np.repeat(before, times)
    return nth


def _places(plan: HardPlan, persons: _Persons, person: Ints) -> tuple[Ints, Ints]:
    """The crime and the force of each record. Nobody is on one crime twice."""
    rng, count = stream(plan.seed, "hard places"), len(person)
    elsewhere = happens(rng, count, plan.other_force)
    force = np.where(elsewhere, below(rng, count, len(plan.forces)), persons.home[person])
    order = np.lexsort((rng.random(count), force))
    joins = happens(rng, count, plan.with_others) & (np.diff(force[order], prepend=-1) == 0)
    crime = np.empty(count, dtype=np.int64)
    crime[order] = np.cumsum(~joins)

    nth, first = _nth(persons.times), persons.relative[person]
    together = (persons.relation[person] == TWIN) & (nth < persons.times[first])
    together &= happens(rng, count, plan.twins_together)
    with_twin = (np.cumsum(persons.times) - persons.times)[first[together]] + nth[together]
    crime[together], force[together] = crime[with_twin], force[with_twin]

    order = np.lexsort((person, crime))
    again = order[(np.diff(crime[order], prepend=-1) == 0) & (np.diff(person[order], prepend=-1) == 0)]
    crime[again] = crime.max() + 1 + np.arange(len(again))
    return crime, force


def _references(plan: HardPlan, person: Ints, truth: Truth) -> Texts:
    count = len(person)
    again = happens(stream(plan.seed, "hard references"), count, plan.reference_used_again)
    truth["reference_used_again"] = again
    return _texts(np.where(again, person, person[-1] + 1 + np.arange(count)), "N{}".format)


def _names(plan: HardPlan, persons: _Persons, person: Ints, truth: Truth) -> dict[str, Texts]:
    rng, count = stream(plan.seed, "hard names"), len(person)
    alias = happens(rng, count, plan.alias)
    married = (_nth(persons.times) >= persons.married_from[person]) & ~alias
    both = married & persons.keeps_old[person]
    second = np.where(alias | married, -1, persons.second_surname[person])
    half = happens(rng, count, plan.half_shown) & (second >= 0)
    is_second = half & happens(rng, count, 0.5)
    kinds = [alias, both, married, is_second, half]
    of_kind = [persons.alias_surname[person], persons.surname[person], persons.married_surname[person], second]
    first = np.select(kinds[:4], of_kind, persons.surname[person])
    second = np.select([both, half], [persons.married_surname[person], np.full(count, -1)], second)
    truth["surname_as"] = np.asarray(SURNAMES_AS)[np.select(kinds, [ALIAS, BOTH, MARRIED, SECOND, FIRST], OWN)]

    given = np.where(alias, persons.alias_forename[person], persons.forename[person])
    middle = np.where(~alias & happens(rng, count, plan.middle_shown), persons.middle[person], -1)
    initial, missing = happens(rng, count, plan.initial), happens(rng, count, plan.forename_missing)
    initial &= ~missing
    middle[initial | missing] = -1

    surnames, forenames = SURNAMES[first], FORENAMES[given]
    truth["surname_misspelt"] = _change(rng, surnames, plan.surname_misspelt)
    truth["forename_misspelt"] = _change(rng, forenames, np.where(initial | missing, 0, plan.forename_misspelt))
    _join(surnames, "-", SURNAMES, second)
    _join(forenames, " ", FORENAMES, middle)
    unmarked = happens(rng, count, plan.unmarked)
    truth["unmarked"] = _unmark(surnames, unmarked) | _unmark(forenames, unmarked)
    forenames[initial] = [name[0] for name in forenames[initial]]
    forenames[missing] = ""
    exchanged = happens(rng, count, plan.exchanged) & ~missing
    surnames[exchanged], forenames[exchanged] = forenames[exchanged], surnames[exchanged]
    truth |= {"alias": alias, "initial": initial, "forename_missing": missing, "exchanged": exchanged}
    return {"surname": surnames, "forenames": forenames}


def _change(rng: np.random.Generator, names: Texts, rate: float | Floats) -> Bools:
    """Misspell some of the names; which of them are now others."""
    before, chances = names.copy(), rng.random(len(names))
    chosen = happens(rng, len(names), rate)
    names[chosen] = [misspell(name, chance) for name, chance in zip(names[chosen], chances[chosen], strict=True)]
    return np.asarray(names != before, dtype=np.bool_)


def _unmark(names: Texts, which: Bools) -> Bools:
    """Take the marks from these names; which of them had some."""
    before = names.copy()
    names[which] = [without_marks(name) for name in names[which]]
    return np.asarray(names != before, dtype=np.bool_)


def _join(names: Texts, between: str, others: Texts, codes: Ints) -> None:
    has = codes >= 0
    names[has] = names[has] + between + others[codes[has]]


def _births(plan: HardPlan, persons: _Persons, person: Ints, truth: Truth) -> Texts:
    """One error a date at most, but for those of people whose date was never known."""
    rng, count = stream(plan.seed, "hard births"), len(person)
    other = np.asarray(truth["alias"]) & ~happens(rng, count, plan.alias_keeps_born)
    days = np.where(other, persons.alias_born[person], persons.born[person]) - EPOCH
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months).astype(np.int64) + 1

    unknown = persons.never_known[person]
    missing = happens(rng, count, plan.born_missing)
    placeholder = happens(rng, count, plan.born_placeholder) & ~missing & ~unknown
    no_year = placeholder & happens(rng, count, NO_YEAR)
    sound = ~missing & ~placeholder & ~unknown
    swapped = happens(rng, count, plan.born_swapped) & sound & (day <= 12) & (day != month)
    digit = happens(rng, count, plan.born_digit) & sound & ~swapped
    month[swapped], day[swapped] = day[swapped], month[swapped]
    year[digit], month[digit], day[digit] = _one_digit_wrong(rng, year[digit], month[digit], day[digit])
    month[unknown | placeholder] = day[unknown | placeholder] = 1
    year[no_year] = 1900
    truth |= {
        "alias_born": other,
        "born_never_known": unknown,
        "born_missing": missing,
        "born_placeholder": placeholder,
        "born_swapped": swapped,
        "born_digit": digit,
    }
    codes = np.where(missing, 0, year * 10_000 + month * 100 + day)
    return _texts(codes, lambda code: f"{code // 10_000}-{code // 100 % 100:02}-{code % 100:02}" if code else "")


def _one_digit_wrong(rng: np.random.Generator, year: Ints, month: Ints, day: Ints) -> tuple[Ints, Ints, Ints]:
    """Another date of the calendar: where the digit that was drawn makes none, the year's last one is wrong, and of a
    29 February the day's."""
    count = len(year)
    place, add = below(rng, count, 5), 1 + below(rng, count, 9)
    parts = (
        np.select([place == 0, place == 1], [_turn(year, 10, add), _turn(year, 1, add)], year),
        np.where(place == 2, _turn(month, 1, add), month),
        np.select([place == 3, place == 4], [_turn(day, 10, add), _turn(day, 1, add)], day),
    )
    leap_day = (month == 2) & (day == 29)
    instead = (np.where(leap_day, year, _turn(year, 1, add)), month, np.where(leap_day, 28, day))
    is_date = (parts[0] < 2020) & (parts[1] >= 1) & (parts[1] <= 12) & (parts[2] >= 1)
    is_date &= parts[2] <= _days_in(parts[0], np.clip(parts[1], 1, 12))
    made = [np.where(is_date, one, other) for one, other in zip(parts, instead, strict=True)]
    return made[0], made[1], made[2]


def _turn(number: Ints, unit: int | Ints, add: Ints) -> Ints:
    """With another digit in the place of this unit."""
    digit: Ints = number // unit % 10
    turned: Ints = (digit + add) % 10
    return number + (turned - digit) * unit


def _days_in(year: Ints, month: Ints) -> Ints:
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]")
    days: Ints = (following - first).astype(np.int64)
    return days


def _sexes(plan: HardPlan, persons: _Persons, person: Ints, truth: Truth) -> Texts:
    rng, count = stream(plan.seed, "hard sexes"), len(person)
    missing = happens(rng, count, plan.sex_missing)
    wrong = happens(rng, count, plan.sex_wrong) & ~missing
    truth |= {"sex_missing": missing, "sex_wrong": wrong}
    return np.asarray(["F", "M", ""], dtype=np.object_)[np.where(missing, 2, persons.male[person] != wrong)]


def _pnc_ids(plan: HardPlan, persons: _Persons, person: Ints, truth: Truth) -> Texts:
    """A year, a number that nobody else has and a letter; of a wrong one, a digit of the number."""
    rng, count = stream(plan.seed, "hard pnc ids"), len(person)
    hidden = np.asarray(truth["alias"]) & ~happens(rng, count, plan.alias_keeps_pnc)
    shown = persons.has_pnc[person] & happens(rng, count, plan.pnc_shown) & ~hidden
    wrong = shown & happens(rng, count, plan.pnc_digit)
    number = person.astype(np.int64) * 7_654_321 % 10**7
    unit = np.power(10, below(rng, count, 7), dtype=np.int64)
    number = np.where(wrong, _turn(number, unit, 1 + below(rng, count, 9)), number)
    truth |= {"pnc_shown": shown, "pnc_digit": wrong}
    codes = np.where(shown, person.astype(np.int64) * 10**7 + number, -1)
    return _texts(codes, _pnc_id)


def _pnc_id(code: int) -> str:
    person, number = divmod(code, 10**7)
    return f"{1995 + person % 31}/{number:07}{PNC_LETTERS[person % len(PNC_LETTERS)]}" if code >= 0 else ""


def _texts(codes: Ints, text: Callable[[int], str]) -> Texts:
    """The text of each code, made once for each different one."""
    different, places = np.unique(codes, return_inverse=True)
    return np.asarray([text(code) for code in different.tolist()], dtype=np.object_)[places]
