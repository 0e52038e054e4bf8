"""Which night brings which of a source's records: every night's changes, a week's together, or all that stand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from csae.synthetic.cases import Cases
from csae.synthetic.crimes import NEVER, Records, in_order, sent
from csae.synthetic.draws import Bools, Ints
from csae.synthetic.layouts import LAYOUTS, Layout
from csae.synthetic.plan import Plan

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Sending:
    """One source's delivery of one night."""

    force: str
    night: int
    records: Ints
    """Positions; one that stands twice in the file comes twice. Of a source of case reviews, those of the changes."""


def delivers(layout: Layout, plan: Plan, night: int) -> bool:
    """Whether a delivery is due; and every source delivers on the plan's last night, so that its end is whole."""
    weekday = plan.day(night).weekday()
    match layout.due:
        case "daily":
            due = True
        case "weekdays":
            due = weekday < 5
        case day:
            due = weekday == WEEKDAYS.index(day)
    return due or night == plan.nights - 1


def delivery_nights(force: str, plan: Plan) -> list[int]:
    return [night for night in range(plan.nights) if delivers(LAYOUTS[force], plan, night)]


def sendings(plan: Plan, records: Records, cases: Cases) -> list[Sending]:
    """Every delivery, night by night."""
    by_night = [sent(plan, records, night) for night in range(plan.nights)]
    places = {force: place for place, force in enumerate(plan.police)}
    found = []
    for force in plan.forces:
        due = delivery_nights(force, plan)
        for before, night in zip([-1, *due], due, strict=False):
            if force in plan.reviewers:
                own: Ints = np.flatnonzero((before < cases.night) & (cases.night <= night))
            elif LAYOUTS[force].snapshot:
                own = _standing(records, places[force], night, is_first=before < 0)
            else:
                own = _changed(records, places[force], by_night[before + 1 : night + 1])
            found.append(Sending(force, night, own))
    order = {force: place for place, force in enumerate(plan.forces)}
    return sorted(found, key=lambda sending: (sending.night, order[sending.force]))


def _changed(records: Records, place: int, nights: Sequence[Ints]) -> Ints:
    """Of several nights each record once, as the last of them has it."""
    own = [chosen[records.force[chosen] == place] for chosen in nights]
    return own[0] if len(own) == 1 else in_order(records, np.unique(np.concatenate(own)))


def _standing(records: Records, place: int, night: int, *, is_first: bool) -> Ints:
    """The junk comes once: the force corrects it by its next delivery."""
    stands = (records.force == place) & (records.first <= night) & (night < records.cancelled)
    if not is_first:
        stands &= records.crime >= 0
    return in_order(records, np.flatnonzero(stands))


def was_sent(plan: Plan, records: Records) -> Bools:
    """Whether a source ever sent each record: a snapshot never shows a crime that was cancelled before it."""
    shown = np.ones(len(records.crime), dtype=np.bool_)
    for place, force in enumerate(plan.police):
        if LAYOUTS[force].snapshot:
            own = np.flatnonzero(records.force == place)
            shown[own] = False
            for night in delivery_nights(force, plan):
                shown[own] |= (records.first[own] <= night) & (night < records.cancelled[own])
    return shown


def was_withdrawn(plan: Plan, records: Records) -> Bools:
    """The crimes that a force sent, and then took back."""
    withdrawn: Bools = (records.cancelled < NEVER) & was_sent(plan, records)
    return withdrawn
