"""What a force's delivery of a night says, column by column, in the force's own words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from csae.synthetic.crimes import NO_DAY, NO_REFERENCE, STAYS
from csae.synthetic.draws import Bools, Ints, spans
from csae.synthetic.layouts import EXCEL, LAYOUTS, Layout
from csae.synthetic.names import SPELLINGS, spell_forename, spell_surname
from csae.synthetic.vocabulary import HELD, OBSERVED, OFFENCES, SELF_DEFINED
from csae.synthetic.world import World

Cell = str | int
"""A number stands for an Excel date only; everything else is text, '' where there is nothing."""
Render = Callable[["Batch"], list[Cell]]
BATCH = 20_000
EXCEL_EPOCH = date(1899, 12, 30).toordinal()
PNC_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@dataclass(frozen=True)
class Batch:
    """Some of the records that a force sends on a night, with their people."""

    world: World
    layout: Layout
    night: int
    records: Ints
    rows: Ints
    """The involvements, record by record."""
    owners: Ints
    """For each of the rows, which of the records it is on."""
    second_listing: Bools
    """For each of the rows: the person listed under a second number."""


def batches(world: World, layout: Layout, night: int, sent: Ints) -> Iterator[Batch]:
    """The records at the positions `sent`, a bounded number at a time."""
    for start in range(0, len(sent), BATCH):
        yield batch(world, layout, night, sent[start : start + BATCH])


def batch(world: World, layout: Layout, night: int, records: Ints) -> Batch:
    people = world.people
    counts = (people.suspects + people.victims)[records]
    rows = spans(people.starts[records], counts)
    owners = np.repeat(np.arange(len(records)), counts)
    still = people.eliminated[rows] > night
    rows, owners = rows[still], owners[still]
    twice = people.twice[rows]
    all_rows, all_owners = np.concatenate([rows, rows[twice]]), np.concatenate([owners, owners[twice]])
    order = np.argsort(all_owners, kind="stable")
    second = (np.arange(len(all_rows)) >= len(rows))[order]
    return Batch(world, layout, night, records, all_rows[order], all_owners[order], second)


def column(source: Batch, name: str, *, of: str) -> list[Cell]:
    """A field of each of the batch's "crimes" or "people"; a crime's field is repeated for each of its people."""
    if name in PERSON_FIELDS:
        return PERSON_FIELDS[name](source)
    cells = CRIME_FIELDS[name](source)
    if of == "crimes":
        return cells
    return [cells[owner] for owner in source.owners.tolist()]


def spread(codes: Ints, text: Callable[[int], Cell]) -> list[Cell]:
    """The text of each code, made once for each different one."""
    different, places = np.unique(codes, return_inverse=True)
    texts = [text(code) for code in different.tolist()]
    return [texts[place] for place in places.tolist()]


def reference(layout: Layout, code: int) -> str:
    number, year = divmod(code, 100)
    return "" if code == NO_REFERENCE else layout.reference.format(number=number, year=year)


def day_cell(source: Batch, ordinal: int) -> Cell:
    """A day as the layout writes it; 30 February as text, for no calendar has it."""
    style = source.layout.dates
    if ordinal == NO_DAY:
        pattern = "%Y-%m-%d" if style == EXCEL else style
        year = source.world.plan.first_night.year
        return pattern.replace("%d", "30").replace("%m", "02").replace("%Y", str(year))
    return ordinal - EXCEL_EPOCH if style == EXCEL else date.fromordinal(ordinal).strftime(style)


def local_id(source: Batch, number: int) -> str:
    return source.layout.person.format(number=number) + (source.world.plan.canary or "")


def pnc_text(code: int, canary: str | None) -> str:
    letter, rest = divmod(code, 10**12)
    number, year = divmod(rest, 10**4)
    return f"{year}/{number:07d}{canary or ''}{PNC_LETTERS[letter]}"


def _days(source: Batch, days: Ints) -> list[Cell]:
    return spread(days, lambda ordinal: day_cell(source, ordinal))


def _outcome(source: Batch) -> Ints:
    """Outcome codes, 0 where the night's version has none yet."""
    records, chosen = source.world.records, source.records
    return np.where(records.outcome_night[chosen] <= source.night, records.outcome[chosen], 0)


def _outcome_on(source: Batch) -> list[Cell]:
    days = np.where(_outcome(source) > 0, source.world.records.outcome_day[source.records], 0)
    return spread(days, lambda ordinal: day_cell(source, ordinal) if ordinal else "")


def _transfers(source: Batch) -> tuple[Ints, Ints]:
    """The direction of each record on the night, and the other side's record (any, where it stays)."""
    records, chosen = source.world.records, source.records
    direction = np.where(records.moved[chosen] <= source.night, records.direction[chosen], STAYS)
    return direction, records.other[chosen]


def _direction(source: Batch) -> list[Cell]:
    words = ("", *source.layout.directions)
    return spread(_transfers(source)[0], lambda direction: words[direction])


def _transfer_force(source: Batch) -> list[Cell]:
    direction, other = _transfers(source)
    forces = np.where(direction == STAYS, -1, source.world.records.force[other])
    return spread(forces, lambda force: source.world.plan.forces[force] if force >= 0 else "")


def _transfer(source: Batch) -> list[Cell]:
    parts = zip(_direction(source), _transfer_force(source), strict=True)
    return [f"{direction} {force}" if direction else "" for direction, force in parts]


def _transfer_ref(source: Batch) -> list[Cell]:
    direction, other = _transfers(source)
    plan = source.world.plan
    codes = np.where(direction == STAYS, NO_REFERENCE, source.world.records.reference[other])
    forces = source.world.records.force[other].tolist()
    layouts = [LAYOUTS[force] for force in plan.forces]
    return [reference(layouts[force], code) for force, code in zip(forces, codes.tolist(), strict=True)]


def _status(source: Batch) -> list[Cell]:
    gone = source.world.records.cancelled[source.records] <= source.night
    return spread(gone.astype(np.int8), lambda is_gone: source.layout.statuses[is_gone])


def _offence_code(source: Batch) -> list[Cell]:
    codes = [code.replace("/", source.layout.offence_separator) for code in OFFENCES]
    return spread(source.world.records.offence_code[source.records], lambda code: codes[code])


CRIME_FIELDS: Mapping[str, Render] = {
    "ref": lambda source: spread(
        source.world.records.reference[source.records], lambda code: reference(source.layout, code)
    ),
    "recorded_on": lambda source: _days(source, source.world.records.recorded[source.records]),
    "offence_start_on": lambda source: _days(source, source.world.records.offence[source.records]),
    "home_office_code": _offence_code,
    "online": lambda source: spread(
        source.world.records.online[source.records].astype(np.int8), lambda yes: source.layout.online[yes]
    ),
    "group": lambda source: spread(
        source.world.records.group[source.records].astype(np.int8), lambda yes: source.layout.group[yes]
    ),
    "outcome": lambda source: spread(_outcome(source), lambda code: str(code) if code else ""),
    "outcome_on": _outcome_on,
    "status": _status,
    "transfer": _transfer,
    "transfer_direction": _direction,
    "transfer_force": _transfer_force,
    "transfer_ref": _transfer_ref,
}


def _person_ref(source: Batch) -> list[Cell]:
    world = source.world
    force = world.records.force[source.records][source.owners]
    numbers = world.people.person[source.rows] + world.number_bases[force]
    numbers = numbers + source.second_listing * world.second_listing
    return [local_id(source, number) for number in numbers.tolist()]


def _role(source: Batch) -> list[Cell]:
    suspect, victim = source.layout.roles
    return [suspect if yes else victim for yes in source.world.people.is_suspect[source.rows].tolist()]


def _surname(source: Batch) -> list[Cell]:
    people, canary = source.world.people, source.world.plan.canary
    names = source.world.persons.surname[people.person[source.rows]]
    ways = 1 + len(SPELLINGS)
    codes = names.astype(np.int64) * ways + people.spelling[source.rows]
    return spread(codes, lambda code: spell_surname(code // ways, code % ways, canary))


def _forenames(source: Batch) -> list[Cell]:
    people, canary = source.world.people, source.world.plan.canary
    names = source.world.persons.forename[people.person[source.rows]]
    ways = 1 + len(SPELLINGS)
    codes = (names.astype(np.int64) * ways + people.spelling[source.rows]) * 2 + source.second_listing

    def text(code: int) -> str:
        spelt, second = divmod(code, 2)
        name = spell_forename(spelt // ways, spelt % ways, canary)
        return name[:1] if second else name

    return spread(codes, text)


def _sex(source: Batch) -> list[Cell]:
    male, female = source.layout.sexes
    men = source.world.persons.male[source.world.people.person[source.rows]]
    return [male if yes else female for yes in men.tolist()]


def _self_defined(source: Batch) -> list[Cell]:
    people = source.world.people
    shown = people.filled[source.rows] <= source.night
    words = [source.layout.self_defined[code] for code in SELF_DEFINED]
    return spread(np.where(shown, people.self_defined[source.rows], 0), lambda code: words[code])


def _observed(source: Batch) -> list[Cell]:
    words = [source.layout.observed[code] for code in OBSERVED]
    return spread(source.world.people.observed[source.rows], lambda code: words[code])


def _nationality(source: Batch) -> list[Cell]:
    words = [source.layout.nationality[code] for code in HELD]
    return spread(source.world.people.nationality[source.rows], lambda code: words[code])


def _second_nationality(source: Batch) -> list[Cell]:
    words = [source.layout.nationality[code] for code in HELD]
    return spread(source.world.people.second_nationality[source.rows], lambda code: words[code])


def _nationalities(source: Batch) -> list[Cell]:
    pairs = zip(_nationality(source), _second_nationality(source), strict=True)
    return [f"{first}/{second}" if second else first for first, second in pairs]


def _pnc_id(source: Batch) -> list[Cell]:
    people, canary = source.world.people, source.world.plan.canary
    codes = np.where(people.shows_pnc, source.world.persons.pnc[people.person], -1)[source.rows]
    return [pnc_text(code, canary) if code >= 0 else "" for code in codes.tolist()]


def _immigration_status(source: Batch) -> list[Cell]:
    asylum = source.world.persons.asylum[source.world.people.person[source.rows]]
    return [source.layout.asylum if yes else "" for yes in asylum.tolist()]


PERSON_FIELDS: Mapping[str, Render] = {
    "person_ref": _person_ref,
    "role": _role,
    "surname": _surname,
    "forenames": _forenames,
    "date_of_birth": lambda source: _days(source, source.world.persons.born[source.world.people.person[source.rows]]),
    "sex": _sex,
    "self_defined": _self_defined,
    "observed": _observed,
    "nationality": _nationality,
    "second_nationality": _second_nationality,
    "nationalities": _nationalities,
    "pnc_id": _pnc_id,
    "immigration_status": _immigration_status,
}
