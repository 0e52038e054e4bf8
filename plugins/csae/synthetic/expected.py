"""What reading a delivery through its source's YAML must give: the dataset's own columns, straight from the world."""

from collections.abc import Iterable, Mapping
from datetime import date

from csae.synthetic.cases import REASONS, STATUSES, case_ref
from csae.synthetic.crimes import NO_DAY
from csae.synthetic.draws import Ints
from csae.synthetic.fields import (
    child_abuse,
    crime_refs,
    day_cell,
    forenames,
    offence_categories,
    offence_code,
    offence_words,
    outcome_days,
    outcomes,
    person_refs,
    pnc_ids,
    self_defined_codes,
    surnames,
    transfer_force,
    transfer_ref,
    transfers,
)
from csae.synthetic.layouts import LAYOUTS
from csae.synthetic.rendering import Batch, batches
from csae.synthetic.schedule import Sending
from csae.synthetic.vocabulary import HELD, OBSERVED, SELF_DEFINED
from csae.synthetic.world import World

Record = dict[str, str | None]
STATUSES_OF = ("live", "cancelled")
DIRECTIONS = ("", "out", "in")
WRITTEN_IN: Mapping[str, frozenset[str]] = {
    "offence_start_on": frozenset({"offence_start_on"}),
    "home_office_code": frozenset({"home_office_code", "offence_class"}),
    "cjs_code": frozenset({"cjs_code"}),
    "offence_title": frozenset({"offence_title"}),
    "offence_category": frozenset({"offence_category"}),
    "is_online": frozenset({"online", "flags"}),
    "is_group_based": frozenset({"group", "flags", "is_group_based"}),
    "is_child_abuse_flagged": frozenset({"child_abuse"}),
    "outcome_code": frozenset({"outcome"}),
    "outcome_on": frozenset({"outcome_on"}),
    "transfer_direction": frozenset({"transfer", "transfer_direction"}),
    "transfer_force": frozenset({"transfer", "transfer_force"}),
    "transfer_ref": frozenset({"transfer_ref"}),
    "observed_ethnicity": frozenset({"observed"}),
    "nationalities": frozenset({"nationality", "nationalities"}),
    "pnc_id": frozenset({"pnc_id"}),
    "immigration_status": frozenset({"immigration_status"}),
}
"""The fields that give a column, where a source may send none of them."""


def expected_records(world: World, sending: Sending) -> dict[str, list[Record]]:
    """The records of one delivery by their kind; None where there is no value."""
    layout = LAYOUTS[sending.force]
    found = list(batches(world, layout, sending.night, sending.records))
    if layout.has_cases:
        return {"case_review": [record for each in found for record in _cases(each)]}
    return {
        "crime": [record for each in found for record in _without_repeats(each, _crimes(each))],
        "involvement": [record for each in found for record in _people(each)],
    }


def _crimes(source: Batch) -> list[Record]:
    records, chosen = source.world.records, source.records
    directions = transfers(source)[0]
    return _records(
        source,
        crime_ref=crime_refs(source),
        recorded_on=_days(source, records.recorded[chosen]),
        offence_start_on=_days(source, records.offence[chosen]),
        home_office_code=offence_code(source),
        cjs_code=offence_words(source, "cjs_code"),
        offence_title=offence_words(source, "title"),
        offence_category=offence_categories(source),
        is_online=_flags(records.online[chosen].tolist()),
        is_group_based=_flags(records.group[chosen].tolist()),
        is_child_abuse_flagged=_flags(child_abuse(source).tolist()),
        outcome_code=[str(code or "") for code in outcomes(source).tolist()],
        outcome_on=_days(source, outcome_days(source)),
        record_status=[
            "cancelled" if night <= source.night else "live" for night in records.cancelled[chosen].tolist()
        ],
        transfer_direction=[DIRECTIONS[direction] for direction in directions.tolist()],
        transfer_force=transfer_force(source),
        transfer_ref=transfer_ref(source),
    )


def _people(source: Batch) -> list[Record]:
    world, rows, layout = source.world, source.rows, source.layout
    people, persons = world.people, world.persons
    person = people.person[rows]
    crimes = crime_refs(source)
    held, observed = list(HELD), list(OBSERVED)
    return _records(
        source,
        crime_ref=[crimes[owner] for owner in source.owners.tolist()],
        person_ref=person_refs(source),
        role=["suspect" if yes else "victim" for yes in people.is_suspect[rows].tolist()],
        surname=surnames(source),
        forenames=forenames(source),
        date_of_birth=[date.fromordinal(day).isoformat() for day in persons.born[person].tolist()],
        sex=["M" if yes else "F" for yes in persons.male[person].tolist()],
        self_defined_ethnicity=[
            layout.self_defined.read[SELF_DEFINED[code]] for code in self_defined_codes(source).tolist()
        ],
        observed_ethnicity=[layout.observed.read[observed[code]] for code in people.observed[rows].tolist()],
        nationalities=[
            _as_list(layout.nationality.read[held[first]], layout.nationality.read[held[second]] if second else "")
            for first, second in zip(
                people.nationality[rows].tolist(), people.second_nationality[rows].tolist(), strict=True
            )
        ],
        pnc_id=pnc_ids(source),
        immigration_status=[layout.asylum if asylum else "" for asylum in persons.asylum[person].tolist()],
    )


def _cases(source: Batch) -> list[Record]:
    cases, chosen = source.world.cases, source.records
    return _records(
        source,
        case_ref=[case_ref(case) for case in cases.case[chosen].tolist()],
        force=[source.world.plan.police[place] for place in cases.force[chosen].tolist()],
        identified_on=_days(source, cases.identified[chosen]),
        status=[STATUSES[status] for status in cases.status[chosen].tolist()],
        status_on=_days(source, cases.status_on[chosen]),
        reason_closed=[REASONS[reason] for reason in cases.reason[chosen].tolist()],
        is_group_based=_flags(cases.is_group_based[chosen].tolist()),
    )


def _records(source: Batch, **columns: Iterable[str | int | None]) -> list[Record]:
    """Row by row; a column that the source does not send is None throughout."""
    fields = source.layout.fields
    sent = [name not in WRITTEN_IN or not WRITTEN_IN[name].isdisjoint(fields) for name in columns]
    return [
        {name: str(cell) if there and cell not in ("", None) else None
         for name, there, cell in zip(columns, sent, cells, strict=True)}
        for cells in zip(*columns.values(), strict=True)
    ]  # fmt: skip


def _without_repeats(source: Batch, crimes: list[Record]) -> list[Record]:
    """A flat file says a crime on each of its people's rows, so one that stands twice in a row stands there once."""
    if not source.layout.is_flat:
        return crimes
    before: list[Record | None] = [None, *crimes[:-1]]
    return [crime for crime, last in zip(crimes, before, strict=True) if crime != last or crime["crime_ref"] is None]


def _days(source: Batch, ordinals: Ints) -> list[str]:
    """ISO; the 30th of February stays as it was written."""
    return [
        str(day_cell(source, day, source.layout.dates))
        if day == NO_DAY
        else date.fromordinal(day).isoformat()
        if day
        else ""
        for day in ordinals.tolist()
    ]


def _flags(flags: Iterable[bool]) -> list[str]:
    return ["true" if flag else "false" for flag in flags]


def _as_list(*values: str) -> str:
    """The JSON text of a list; '' for none."""
    held = [f'"{value}"' for value in values if value]
    return f"[{','.join(held)}]" if held else ""
