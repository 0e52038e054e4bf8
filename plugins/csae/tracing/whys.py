"""In a sentence: why a row has its fate, and why a crime is under a definition. Functions of what was asked alone."""

from collections.abc import Mapping, Sequence

from csae.tracing.crimes import CrimeVersion, Membership, Partner, Statement
from csae.tracing.deliveries import Delivery
from csae.tracing.people import Involvement

_LOAD_STATES = {
    "received": "The load is being read, or was broken off; the next csae run takes it up.",
    "loaded": "The load waits for the gate; the next csae run decides over it.",
}
_PARTS = {
    "surname": ("sound of the surname", "parts of the name"),
    "forename": ("first forename", "sound of the forename", "initial"),
    "date of birth": ("date with day and month exchanged",),
}
"""What follows from the whole."""


def version(
    row: CrimeVersion,
    standing: CrimeVersion | None,
    deliveries: Mapping[int, Delivery],
    partners: Sequence[Partner] = (),
    snapshot: int | None = None,
) -> str:
    """Of a crime's row. `snapshot` is the latest load of a source that sends all its crimes each time."""
    match row.fate:
        case "superseded":
            return _superseded(standing, deliveries.get(row.load_id))
        case "duplicate" if standing:
            return f"Row {standing.row_number} of the same delivery tells of the crime again; the last row counts."
        case "withdrawn" if row.record_status == "cancelled":
            return "The force says that the crime is cancelled."
        case "withdrawn":
            load = f", load {snapshot}," if snapshot else ""
            return f"The force sends all its crimes each time, and its latest delivery{load} does not list this one."
        case "transferred":
            return _transferred(partners)
        case _:
            return "It stands: no later delivery tells of the crime." if row.fate == "current" else ""


def _superseded(standing: CrimeVersion | None, delivery: Delivery | None) -> str:
    if delivery and delivery.replaced_by:
        return f"Load {delivery.replaced_by} corrects the delivery of the same day and counts in its place."
    later = f"Load {standing.load_id} of {standing.delivery_on}" if standing else "A later delivery"
    return f"{later} tells of the crime again."


def _transferred(partners: Sequence[Partner]) -> str:
    taker = next((item for item in partners if item.counts or item.is_holder), None)
    if taker is None and any(item.fate == "withdrawn" for item in partners):
        return "The force handed the crime over, and the one that took it has withdrawn it."
    if taker is None:
        return "The force handed the crime to another one, which has sent it."
    name = f" ({taker.force_name})" if taker.force_name else ""
    return f"The force handed the crime over; force {taker.force_code}{name} counts it as {taker.crime_key}."


def statement(said: Statement) -> str:
    """Of a transfer, and whether the other force bears it out."""
    way = "sent to" if said.transfer_direction == "out" else "taken from"
    force = f"force {said.other_force_code}" if said.other_force_code else "a force that is not told"
    where = f" as {said.other_crime_key}" if said.other_crime_key else ", without its reference"
    if said.is_overruled:
        borne_out = "another crime of that force fits, so the reference is taken for a mistake"
    elif said.is_confirmed:
        borne_out = "the other force says so too"
    elif said.is_other_delivered:
        borne_out = "the other force has sent that crime and does not say so"
    else:
        borne_out = "the other half has not arrived"
    later = "" if said.is_last_word else "; later deliveries say something else"
    return f"Since {said.said_on}: {way} {force}{where}; {borne_out}{later}."


def involvement(row: Involvement, places: Mapping[str, int]) -> str:
    """Of a person's row; `places` are those of the rows on the crime's page."""
    if row.fate == "duplicate" and row.kept_involvement_key:
        place = places.get(row.kept_involvement_key)
        kept = f"person {place} of the crime" if place else row.kept_involvement_key
        return f"The same person as {kept}, which is counted: {agreement(row.same)}."
    return {
        "current": "Counts with the crime.",
        "superseded": "A later delivery tells of the crime and its people again.",
        "duplicate": "The crime's row that the person stands in is told again in the same delivery.",
        "withdrawn": "The crime is withdrawn, and its people with it.",
        "transferred": "The crime counts for another force, with the people that it sent.",
        "quarantined": "The person's crime was not accepted.",
    }.get(row.fate, "")


def agreement(same: Mapping[str, bool | None]) -> str:
    """What two records have in common, what they differ on, and what one of them lacks.

    A part of something is only told where the whole is not the same.
    """
    implied = {part: whole for whole, parts in _PARTS.items() for part in parts}
    told = {name: value for name, value in same.items() if name not in implied or (value and not same[implied[name]])}
    groups = (
        ("the same ", [name for name, value in told.items() if value]),
        ("another ", [name for name, value in told.items() if value is False]),
        ("not both with a ", [name for name, value in told.items() if value is None]),
    )
    return "; ".join(f"{before}{_and(names)}" for before, names in groups if names) or "nothing to compare"


def definition(member: Membership, *, counts: bool, has_child_victim: bool, is_flagged: bool) -> str:
    if member.is_always_in is None:
        return "the offence is not in it"
    if member.is_always_in:
        return "its offence always counts"
    if counts and has_child_victim:
        return "counts because a victim was under 18"
    if counts and is_flagged:
        return "counts because the force flags child abuse"
    return "would count if a victim were known to be under 18, or the force flagged child abuse"


def undecided(delivery: Delivery, *, is_built: bool) -> str:
    """Of a row that no build has given a fate."""
    if delivery.state == "rejected":
        return f"The whole load was not accepted: {delivery.reason or delivery.reason_code or 'no reason is kept'}"
    if delivery.state == "accepted":
        next_build = "The load is accepted and waits for the next build; csae run makes it."
        return next_build if is_built else f"Nothing is built yet. {next_build}"
    return _LOAD_STATES.get(delivery.state, f"The load is {delivery.state}.")


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
