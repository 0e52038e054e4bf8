"""What a force's delivery of a night says, column by column, in the force's own words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC as UTC_ZONE
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from csae.synthetic.cases import OPERATIONS, REASONS, case_ref
from csae.synthetic.crimes import NO_DAY, NO_REFERENCE, STAYS
from csae.synthetic.draws import Ints
from csae.synthetic.layouts import EXCEL, EXCEL_TEXT, LAYOUTS, UTC, Layout, Of
from csae.synthetic.names import SPELLINGS, spell_forename, spell_surname
from csae.synthetic.rendering import Batch
from csae.synthetic.vocabulary import HELD, OBSERVED, OFFENCES, SELF_DEFINED

Cell = str | int
"""A number stands for an Excel date only; everything else is text, '' where there is nothing."""
Render = Callable[[Batch], list[Cell]]
EXCEL_EPOCH = date(1899, 12, 30).toordinal()
LONDON = ZoneInfo("Europe/London")
PNC_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
BEATS = ("A1", "A2", "B4", "C7", "D3", "E5", "E9")
DISTRICTS = ("North", "South", "East", "West", "Central")
RANKS = ("PC", "DC", "PS", "DS", "DI")
UNITS = ("PVP", "CID", "Response", "Online CSE")
SUMMARIES = ("See log", 'Statement marked "A";\r\nexhibit listed', "Referred by school, then by social care", "")
"""With the quotes, separators and line breaks that free text has."""
UNMARKED_EACH = 8
MOST_KNOWN = 2
NO_DAY_PARTS = {"%d": "30", "%m": "02", "%b": "Feb", "%H": "09", "%M": "30", "%S": "00"}


def column(source: Batch, name: str, *, of: Of) -> list[Cell]:
    """A field of each of the batch's crimes or people; a crime's field is repeated for each of its people."""
    if name.startswith("="):
        return [name[1:]] * (len(source.records) if of in ("crimes", "cases") else len(source.rows))
    if of == "cases":
        return CASE_FIELDS[name](source)
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


def day_cell(source: Batch, ordinal: int, style: str) -> Cell:
    """A day as the layout writes it; 30 February as text, for no calendar has it."""
    if ordinal == NO_DAY:
        return _no_day(source.world.plan.first_night.year, style)
    if style in (EXCEL, EXCEL_TEXT):
        number = ordinal - EXCEL_EPOCH
        return number if style == EXCEL else str(number)
    moment = datetime.combine(date.fromordinal(ordinal), time(ordinal % 24, ordinal * 7 % 60))
    if style == UTC:
        return moment.replace(tzinfo=LONDON).astimezone(UTC_ZONE).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.strftime(style)


def _no_day(year: int, style: str) -> str:
    pattern = {EXCEL: "%Y-%m-%d", EXCEL_TEXT: "%d/%m/%Y", UTC: "%Y-%m-%dT%H:%M:%SZ"}.get(style, style)
    for part, text in {**NO_DAY_PARTS, "%Y": str(year)}.items():
        pattern = pattern.replace(part, text)
    return pattern


def local_id(source: Batch, number: int) -> str:
    return source.layout.person.format(number=number) + (source.world.plan.canary or "")


def pnc_text(layout: Layout, code: int, canary: str | None) -> str:
    letter, rest = divmod(code, 10**12)
    number, year = divmod(rest, 10**4)
    return layout.pnc.format(year=year, number=number, letter=(canary or "") + PNC_LETTERS[letter])


def _days(source: Batch, days: Ints) -> list[Cell]:
    return spread(days, lambda ordinal: day_cell(source, ordinal, source.layout.dates))


def _date_of_birth(source: Batch) -> list[Cell]:
    style = source.layout.births or source.layout.dates
    born = source.world.persons.born[source.world.people.person[source.rows]]
    return spread(born, lambda ordinal: day_cell(source, ordinal, style))


def outcomes(source: Batch) -> Ints:
    """Outcome codes, 0 where the night's version has none yet."""
    records, chosen = source.world.records, source.records
    return np.where(records.outcome_night[chosen] <= source.night, records.outcome[chosen], 0)


def outcome_days(source: Batch) -> Ints:
    """Ordinals, 0 where there is no outcome."""
    return np.where(outcomes(source) > 0, source.world.records.outcome_day[source.records], 0)


def _outcome_text(source: Batch) -> list[Cell]:
    return spread(outcomes(source), lambda code: source.layout.outcome.format(code=code) if code else "")


def _outcome_on(source: Batch) -> list[Cell]:
    style = source.layout.dates
    return spread(outcome_days(source), lambda ordinal: day_cell(source, ordinal, style) if ordinal else "")


def transfers(source: Batch) -> tuple[Ints, Ints]:
    """The direction of each record on the night, and the other side's record (any, where it stays)."""
    records, chosen = source.world.records, source.records
    direction = np.where(records.moved[chosen] <= source.night, records.direction[chosen], STAYS)
    return direction, records.other[chosen]


def _direction(source: Batch) -> list[Cell]:
    words = ("", *source.layout.directions)
    return spread(transfers(source)[0], lambda direction: words[direction])


def transfer_force(source: Batch) -> list[Cell]:
    direction, other = transfers(source)
    forces = np.where(direction == STAYS, -1, source.world.records.force[other])
    return spread(forces, lambda force: source.world.plan.police[force] if force >= 0 else "")


def _transfer(source: Batch) -> list[Cell]:
    parts = zip(_direction(source), transfer_force(source), strict=True)
    form = source.layout.transfer
    return [form.format(direction=direction, force=force) if direction else "" for direction, force in parts]


def transfer_ref(source: Batch) -> list[Cell]:
    direction, other = transfers(source)
    plan = source.world.plan
    codes = np.where(direction == STAYS, NO_REFERENCE, source.world.records.reference[other])
    forces = source.world.records.force[other].tolist()
    layouts = [LAYOUTS[force] for force in plan.police]
    return [reference(layouts[force], code) for force, code in zip(forces, codes.tolist(), strict=True)]


def _status(source: Batch) -> list[Cell]:
    gone = source.world.records.cancelled[source.records] <= source.night
    return spread(gone.astype(np.int8), lambda is_gone: source.layout.statuses[is_gone])


def offence_code(source: Batch) -> list[Cell]:
    parts = [code.split("/") for code in OFFENCES]
    codes = [source.layout.offence.format(main=int(main), sub=int(sub)) for main, sub in parts]
    return spread(source.world.records.offence_code[source.records], lambda code: codes[code])


def _offence_part(part: int) -> Render:
    """The class or the sub-class, where they stand in two columns."""
    return lambda source: [str(code).split("/")[part] for code in offence_code(source)]


def offence_words(source: Batch, part: str) -> list[Cell]:
    """What else stands for the offence: its title, its CJS code or its category."""
    words = [getattr(offence, part) for offence in OFFENCES.values()]
    return spread(source.world.records.offence_code[source.records], lambda code: words[code])


def offence_categories(source: Batch) -> list[Cell]:
    """19J or 19K for a rape by a group of which few are known, which its code does not say."""
    records, chosen = source.world.records, source.records
    suspects = np.append(source.world.crimes.suspects, 0)[records.crime[chosen]]
    by_group = (records.group[chosen] & (suspects <= MOST_KNOWN)).tolist()
    usual, of_many = offence_words(source, "category"), offence_words(source, "category_of_many")
    return [many if group and many else one for one, many, group in zip(usual, of_many, by_group, strict=True)]


def child_abuse(source: Batch) -> Ints:
    """All are child abuse; one mark in eight was forgotten."""
    numbers = source.world.records.reference[source.records] // 100
    marked: Ints = (numbers % UNMARKED_EACH != 0).astype(np.int8)
    return marked


def _flag(name: str) -> Render:
    def render(source: Batch) -> list[Cell]:
        words = getattr(source.layout, name)
        flags = getattr(source.world.records, name)[source.records]
        return spread(flags.astype(np.int8), lambda yes: words[yes])

    return render


def _flags(source: Batch) -> list[Cell]:
    pairs = zip(_flag("online")(source), _flag("group")(source), strict=True)
    return [source.layout.between_flags.join(str(flag) for flag in pair if flag) for pair in pairs]


def crime_refs(source: Batch) -> list[Cell]:
    return spread(source.world.records.reference[source.records], lambda code: reference(source.layout, code))


def _unwanted(texts: Sequence[str]) -> Render:
    """Something that forces send and nobody asked for, one of the texts by the crime's number."""
    return lambda source: spread(
        source.world.records.reference[source.records] // 100 % len(texts), lambda place: texts[place]
    )


def _extracted_on(source: Batch) -> list[Cell]:
    return [source.world.plan.day(source.night).isoformat()] * len(source.records)


CRIME_FIELDS: Mapping[str, Render] = {
    "ref": crime_refs,
    "recorded_on": lambda source: _days(source, source.world.records.recorded[source.records]),
    "offence_start_on": lambda source: _days(source, source.world.records.offence[source.records]),
    "home_office_code": offence_code,
    "offence_class": _offence_part(0),
    "offence_subclass": _offence_part(1),
    "cjs_code": lambda source: offence_words(source, "cjs_code"),
    "offence_title": lambda source: offence_words(source, "title"),
    "offence_category": offence_categories,
    "child_abuse": lambda source: spread(child_abuse(source), lambda yes: source.layout.child_abuse[yes]),
    "online": _flag("online"),
    "group": _flag("group"),
    "flags": _flags,
    "outcome": _outcome_text,
    "outcome_on": _outcome_on,
    "status": _status,
    "transfer": _transfer,
    "transfer_direction": _direction,
    "transfer_force": transfer_force,
    "transfer_ref": transfer_ref,
    "beat": _unwanted(BEATS),
    "district": _unwanted(DISTRICTS),
    "officer_rank": _unwanted(RANKS),
    "unit": _unwanted(UNITS),
    "summary": _unwanted(SUMMARIES),
    "extracted_on": _extracted_on,
}


def person_refs(source: Batch) -> list[Cell]:
    world = source.world
    force = world.records.force[source.records][source.owners]
    numbers = world.people.person[source.rows] + world.number_bases[force]
    numbers = numbers + source.second_listing * world.second_listing
    return [local_id(source, number) for number in numbers.tolist()]


def _role(source: Batch) -> list[Cell]:
    suspect, victim = source.layout.roles
    return [suspect if yes else victim for yes in source.world.people.is_suspect[source.rows].tolist()]


def surnames(source: Batch) -> list[Cell]:
    people, canary = source.world.people, source.world.plan.canary
    names = source.world.persons.surname[people.person[source.rows]]
    ways = 1 + len(SPELLINGS)
    codes = names.astype(np.int64) * ways + people.spelling[source.rows]

    def text(code: int) -> str:
        name = spell_surname(code // ways, code % ways, canary)
        return name.upper() if source.layout.capitals else name

    return spread(codes, text)


def _full_name(source: Batch) -> list[Cell]:
    return [f"{surname}, {given}" for surname, given in zip(surnames(source), forenames(source), strict=True)]


def forenames(source: Batch) -> list[Cell]:
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


def self_defined_codes(source: Batch) -> Ints:
    """Positions in `SELF_DEFINED`, as far as the night's version shows them."""
    people = source.world.people
    return np.where(people.filled[source.rows] <= source.night, people.self_defined[source.rows], 0)


def _self_defined(source: Batch) -> list[Cell]:
    written = source.layout.self_defined.written
    return spread(self_defined_codes(source), lambda code: written[SELF_DEFINED[code]])


def _observed(source: Batch) -> list[Cell]:
    words = [source.layout.observed.written[code] for code in OBSERVED]
    return spread(source.world.people.observed[source.rows], lambda code: words[code])


def _nationality(source: Batch) -> list[Cell]:
    words = [source.layout.nationality.written[code] for code in HELD]
    return spread(source.world.people.nationality[source.rows], lambda code: words[code])


def _second_nationality(source: Batch) -> list[Cell]:
    """Nobody writes that a second one is not recorded."""
    words = ["", *(source.layout.nationality.written[code] for code in HELD if code)]
    return spread(source.world.people.second_nationality[source.rows], lambda code: words[code])


def _nationalities(source: Batch) -> list[Cell]:
    between = source.layout.between_nationalities
    pairs = zip(_nationality(source), _second_nationality(source), strict=True)
    return [f"{first}{between}{second}" if second else first for first, second in pairs]


def pnc_ids(source: Batch) -> list[Cell]:
    people, canary = source.world.people, source.world.plan.canary
    codes = np.where(people.shows_pnc, source.world.persons.pnc[people.person], -1)[source.rows]
    return [pnc_text(source.layout, code, canary) if code >= 0 else "" for code in codes.tolist()]


def _immigration_status(source: Batch) -> list[Cell]:
    asylum = source.world.persons.asylum[source.world.people.person[source.rows]]
    return [source.layout.asylum if yes else "" for yes in asylum.tolist()]


PERSON_FIELDS: Mapping[str, Render] = {
    "person_ref": person_refs,
    "role": _role,
    "surname": surnames,
    "forenames": forenames,
    "full_name": _full_name,
    "date_of_birth": _date_of_birth,
    "sex": _sex,
    "self_defined": _self_defined,
    "observed": _observed,
    "nationality": _nationality,
    "second_nationality": _second_nationality,
    "nationalities": _nationalities,
    "pnc_id": pnc_ids,
    "immigration_status": _immigration_status,
}


CASE_FIELDS: Mapping[str, Render] = {
    "case_ref": lambda source: spread(source.world.cases.case[source.records], case_ref),
    "operation": lambda source: spread(
        source.world.cases.case[source.records] % len(OPERATIONS), lambda place: OPERATIONS[place]
    ),
    "case_force": lambda source: spread(
        source.world.cases.force[source.records], lambda place: source.world.plan.police[place]
    ),
    "identified_on": lambda source: _days(source, source.world.cases.identified[source.records]),
    "is_group_based": lambda source: spread(
        source.world.cases.is_group_based[source.records].astype(np.int8), lambda yes: source.layout.group[yes]
    ),
    "case_status": lambda source: spread(
        source.world.cases.status[source.records], lambda status: source.layout.statuses[status]
    ),
    "status_on": lambda source: _days(source, source.world.cases.status_on[source.records]),
    "reason_closed": lambda source: spread(source.world.cases.reason[source.records], lambda reason: REASONS[reason]),
}
