"""Case reviews: closed cases of other forces that are looked at again, a row for each change of a case's status."""

from dataclasses import dataclass

import numpy as np

from csae.synthetic.draws import Bools, Ints, below, happens, pick, stream
from csae.synthetic.plan import Plan

IDENTIFIED, UNDER_REVIEW, REOPENED, CLOSED = range(4)
STATUSES = ("identified", "under_review", "reopened", "closed")
NEXT = {IDENTIFIED: (0, 80, 0, 20), UNDER_REVIEW: (0, 0, 55, 45), REOPENED: (0, 0, 0, 100)}
"""Weights of the status that follows; a closed case stays closed."""
OPERATIONS = ("Thimble", "Lantern", "Trellis", "Gasket", "Pebble", "Saucer", "Bobbin", "Ferrule", "Spindle", "Trowel")
REASONS = ("", "No line of enquiry left", "Victim does not wish to proceed", "Suspect has died", "Reviewed before")
FEWEST = 40
CRIMES_A_CASE = 100
CHANGED_BEFORE, CHANGED_A_NIGHT = 0.6, 0.1
"""Shares of the open cases that had moved on by the first night, and that move on each night after."""


@dataclass(frozen=True)
class Cases:
    """One element a change of a case's status, night by night; a case's force and first day on each of them."""

    case: Ints
    force: Ints
    identified: Ints
    is_group_based: Bools
    status: Ints
    status_on: Ints
    reason: Ints
    night: Ints

    @property
    def latest(self) -> Ints:
        """The positions of the changes that stand at the end."""
        last = len(self.case) - 1 - np.unique(self.case[::-1], return_index=True)[1]
        latest: Ints = np.sort(last)
        return latest


def draw_cases(plan: Plan) -> Cases:
    count = FEWEST + plan.crimes // CRIMES_A_CASE if plan.reviewers else 0
    rng = stream(plan.seed, "cases")
    force = below(rng, count, len(plan.police))
    identified = plan.first_night.toordinal() - 30 - below(rng, count, 400)
    group = happens(rng, count, 0.7)
    status = np.full(count, IDENTIFIED)
    every = np.arange(count)
    changes = [(every, status.copy(), identified, np.zeros(count, dtype=np.int32), 0)]
    for night in range(plan.nights):
        rate = CHANGED_A_NIGHT if night else CHANGED_BEFORE
        moves = np.flatnonzero(happens(rng, count, rate) & (status != CLOSED))
        new = _moved_on(rng, status[moves])
        status[moves] = new
        day = plan.day(night).toordinal()
        on = np.full(len(moves), day - 1) if night else day - 1 - below(rng, len(moves), 28)
        reason = np.where(new == CLOSED, 1 + below(rng, len(moves), len(REASONS) - 1), 0)
        changes.append((moves, new, on, reason, night))
    case = np.concatenate([moved for moved, *_ in changes])
    return Cases(
        case=case,
        force=force[case],
        identified=identified[case],
        is_group_based=group[case],
        status=np.concatenate([new for _, new, *_ in changes]),
        status_on=np.concatenate([on for _, _, on, *_ in changes]),
        reason=np.concatenate([reason for *_, reason, _ in changes]),
        night=np.concatenate([np.full(len(moved), night) for moved, *_, night in changes]),
    )


def _moved_on(rng: np.random.Generator, status: Ints) -> Ints:
    """The status that follows each."""
    new = np.full(len(status), CLOSED)
    for before, weights in NEXT.items():
        drawn = pick(rng, len(status), weights)
        new = np.where(status == before, drawn, new)
    return new


def case_ref(case: int) -> str:
    return f"Operation {OPERATIONS[case % len(OPERATIONS)]}/{case // len(OPERATIONS) + 1:03d}"
