"""The crimes of a world, the records that forces keep of them, and what happens to a record on which night."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from csae.synthetic.draws import Bools, Ints, below, happens, pick, stream
from csae.synthetic.plan import OFFENCE_DELAY_DAYS, Plan
from csae.synthetic.vocabulary import OFFENCES, OUTCOMES_WITH_SUSPECT, OUTCOMES_WITHOUT

Column = npt.NDArray[Any]
NEVER = 2**14
"""A night that does not come."""
NO_DAY = -1
"""30 February: a day that layouts write and no calendar holds."""
NO_REFERENCE = -1
STAYS, OUT, IN = range(3)
UNTOUCHED, FILLED, OUTCOME, ELIMINATED, RESENT = range(5)
CHANGE_WEIGHTS = (45, 25, 10, 20)
"""Of records sent again: a suspect's ethnicity filled in, an outcome added, a suspect eliminated, nothing."""
GROUP_SIZES = (0, 2, 42, 32, 9, 10, 5)
"""Weights of 0, 1, 2, … suspects on a crime flagged as group-based: the others may not be identified yet."""
UNFLAGGED_PAIR = 0.012
JUNK_A_FORCE = 3
EPOCH = 719163
"""The ordinal of 1 January 1970, where numpy counts days from."""


@dataclass(frozen=True)
class Crimes:
    """What is true of a crime whoever records it; one element a crime."""

    force: Ints
    offence_code: Ints
    online: Bools
    group: Bools
    suspects: Ints
    victims: Ints


@dataclass(frozen=True)
class Records:
    """What forces record: a row for each crime, then one for each force that took a crime over, then the junk.

    Days are ordinals (`date.toordinal`), nights count from 0. An attribute that changes holds its last value
    and the night from which the force's record shows it.
    """

    crime: Ints
    """The position of the crime; -1 for junk."""
    force: Ints
    """The position of the force in the plan."""
    reference: Ints
    """The force's own number and the year's last two digits, as number * 100 + year; -1 for none."""
    first: Ints
    recorded: Ints
    offence: Ints
    offence_code: Ints
    online: Bools
    group: Bools
    direction: Ints
    other: Ints
    """The position of the record at the other force; -1 for none."""
    moved: Ints
    cancelled: Ints
    filled: Ints
    eliminated: Ints
    outcome: Ints
    outcome_day: Ints
    outcome_night: Ints


def draw_crimes(plan: Plan, sizes: Sequence[float]) -> Crimes:
    """`sizes` weighs the forces."""
    count = plan.crimes
    rng = stream(plan.seed, "crimes")
    force = pick(rng, count, sizes)
    group = happens(rng, count, plan.group_based)
    alone = np.where(happens(rng, count, plan.no_suspect), 0, 1)
    alone = np.where(happens(rng, count, UNFLAGGED_PAIR), 2, alone)
    return Crimes(
        force=force,
        offence_code=pick(rng, count, [offence.weight for offence in OFFENCES.values()]),
        online=happens(rng, count, plan.online),
        group=group,
        suspects=np.where(group, pick(rng, count, GROUP_SIZES), alone).astype(np.int32),
        victims=1 + happens(rng, count, 0.06).astype(np.int32),
    )


def draw_records(plan: Plan, crimes: Crimes) -> Records:
    """The records of the crimes with all that happens to them on the plan's nights."""
    records = _with_junk(plan, _with_takers(plan, crimes))
    return _with_changes(plan, crimes, records)


def _with_takers(plan: Plan, crimes: Crimes) -> Records:
    count = plan.crimes
    rng = stream(plan.seed, "records")
    zeros = np.zeros(count, dtype=np.int32)
    later = happens(rng, count, plan.new_later if plan.nights > 1 else 0)
    first = np.where(later, 1 + below(rng, count, plan.nights - 1), 0)
    moves = happens(rng, count, plan.transferred if len(plan.police) > 1 else 0)
    at_once = happens(rng, count, 0.5)
    moved = np.where(at_once, first, first + below(rng, count, plan.nights - first))
    same_night = happens(rng, count, 0.6)
    taken = np.where(same_night, moved, below(rng, count, plan.nights))
    gone = happens(rng, count, plan.cancelled) & ~moves
    cancelled = np.where(gone, first + below(rng, count, plan.nights - first), NEVER)

    known = plan.first_night.toordinal() + np.where(moves, np.minimum(first, taken), first)
    recorded = known - 1 - below(rng, count, plan.history_days)
    offence = recorded - (rng.random(count) ** 3 * OFFENCE_DELAY_DAYS).astype(np.int32)
    outcome = _outcomes(rng, crimes.suspects)
    outcome_day = recorded + 5 + below(rng, count, 150)
    outcome = np.where(happens(rng, count, 0.75) & (outcome_day < known), outcome, 0)

    takes = np.flatnonzero(moves)
    step = 1 + below(rng, count, max(len(plan.police) - 1, 1))
    takers = (crimes.force + step) % len(plan.police)
    taker_row = np.where(moves, count + np.cumsum(moves) - 1, -1)

    def both(own: Column, takers_own: Column | None = None) -> Column:
        return np.concatenate([own, own[takes] if takers_own is None else takers_own[takes]])

    number = np.arange(count)
    recorded_all = both(recorded)
    return Records(
        crime=both(number),
        force=both(crimes.force, takers),
        reference=both(number, number + _reference_span(plan) // 2) * 100 + _years(recorded_all),
        first=both(first, taken),
        recorded=recorded_all,
        offence=both(offence),
        offence_code=both(crimes.offence_code),
        online=both(crimes.online),
        group=both(crimes.group),
        direction=both(np.where(moves, OUT, STAYS), zeros + IN),
        other=both(taker_row, number),
        moved=both(np.where(moves, moved, NEVER), taken),
        cancelled=both(cancelled),
        filled=both(zeros),
        eliminated=both(zeros + NEVER),
        outcome=both(outcome),
        outcome_day=both(outcome_day),
        outcome_night=both(zeros),
    )


def _with_junk(plan: Plan, records: Records) -> Records:
    """Three records a force on the first night that no gate may let through, after all others."""
    first_day = plan.first_night.toordinal()
    future = plan.first_night.replace(year=plan.first_night.year + 5, month=1, day=1).toordinal()
    many = len(plan.police)
    count = many * JUNK_A_FORCE
    year = plan.first_night.year % 100
    base = _reference_span(plan) * 9 // 10
    references = [NO_REFERENCE, (base + 1) * 100 + year, (base + 2) * 100 + year]
    constants: dict[str, int] = {
        "crime": -1,
        "first": 0,
        "offence": first_day - 240,
        "offence_code": list(OFFENCES).index("020/05"),
        "online": False,
        "group": False,
        "direction": STAYS,
        "other": -1,
        "moved": NEVER,
        "cancelled": NEVER,
        "filled": 0,
        "eliminated": NEVER,
        "outcome": 0,
        "outcome_day": first_day,
        "outcome_night": 0,
    }
    junk = {name: np.full(count, value) for name, value in constants.items()}
    junk["force"] = np.repeat(np.arange(many), JUNK_A_FORCE)
    junk["reference"] = np.tile(np.asarray(references), many)
    junk["recorded"] = np.tile(np.asarray([first_day - 120, NO_DAY, future]), many)
    return Records(
        **{name: np.concatenate([column, junk[name].astype(column.dtype)]) for name, column in vars(records).items()}
    )


def _with_changes(plan: Plan, crimes: Crimes, records: Records) -> Records:
    """Put in what the later nights change: the last filling-in and outcome, the first elimination."""
    filled, eliminated = records.filled.copy(), records.eliminated.copy()
    outcome, outcome_day = records.outcome.copy(), records.outcome_day.copy()
    outcome_night = records.outcome_night.copy()
    suspects = np.append(crimes.suspects, 0)[records.crime]
    for night in range(1, plan.nights):
        kinds = changes(plan, records, night)
        filled[kinds == FILLED] = night
        eliminated[(kinds == ELIMINATED) & (eliminated == NEVER)] = night
        added = kinds == OUTCOME
        count = len(added)
        rng = stream(plan.seed, "outcomes", night)
        codes = _outcomes(rng, suspects)
        days = np.maximum(records.recorded, plan.day(night).toordinal() - 1 - below(rng, count, 20))
        outcome = np.where(added & (outcome == 0), codes, outcome)
        outcome_day = np.where(added, days, outcome_day)
        outcome_night = np.where(added, night, outcome_night)
    kept = {
        "filled": filled,
        "eliminated": eliminated,
        "outcome": outcome,
        "outcome_day": outcome_day,
        "outcome_night": outcome_night,
    }
    return Records(**{**vars(records), **kept})


def changes(plan: Plan, records: Records, night: int) -> Ints:
    """What is done to each record on a later night, UNTOUCHED to most; a withdrawn record is left alone."""
    count = len(records.crime)
    rng = stream(plan.seed, "changes", night)
    kinds = pick(rng, count, CHANGE_WEIGHTS) + FILLED
    open_ = (records.first < night) & (night < records.cancelled) & (records.crime >= 0)
    return np.where(open_ & happens(rng, count, plan.changed_a_night), kinds, UNTOUCHED)


def sent(plan: Plan, records: Records, night: int) -> Ints:
    """The positions of the records that a night's deliveries hold, one that stands twice in its file twice.

    In the order of the crimes, junk last.
    """
    moved_now = (records.direction == OUT) & (records.moved == night)
    now = (records.first == night) | (records.cancelled == night) | moved_now
    if night:
        now |= changes(plan, records, night) != UNTOUCHED
    twice = happens(stream(plan.seed, "twice in file", night), len(now), plan.crime_twice_in_file)
    chosen = in_order(records, np.flatnonzero(now))
    return np.repeat(chosen, 1 + (twice & (records.crime >= 0))[chosen])


def in_order(records: Records, chosen: Ints) -> Ints:
    """As files have them: in the order of the crimes, junk last."""
    crime = records.crime[chosen]
    ordered: Ints = chosen[np.argsort(np.where(crime < 0, len(records.crime), crime), kind="stable")]
    return ordered


def _outcomes(rng: np.random.Generator, suspects: Ints) -> Ints:
    count = len(suspects)
    some = np.asarray(list(OUTCOMES_WITH_SUSPECT))[pick(rng, count, list(OUTCOMES_WITH_SUSPECT.values()))]
    none = np.asarray(list(OUTCOMES_WITHOUT))[pick(rng, count, list(OUTCOMES_WITHOUT.values()))]
    return np.where(suspects > 0, some, none)


def _years(days: Ints) -> Ints:
    """The last two digits of the years of ordinals."""
    dates = (days.astype(np.int64) - EPOCH).astype("datetime64[D]")
    years: Ints = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    return years % 100


def _reference_span(plan: Plan) -> int:
    """References are below this: crimes in the first half, taken ones in the second, junk in the last tenth."""
    span = 10**6
    while plan.crimes > span * 4 // 10:
        span *= 10
    return span
