"""Backward from a crime or from a person on one: every row, which stands, and what the rest became."""

from collections.abc import Mapping, Sequence
from typing import Any

from csae.tracing import crimes, deliveries, people, persons, whys
from csae.tracing.asking import LINKED, short
from csae.tracing.coding import TracedColumn
from csae.tracing.context import Context
from csae.tracing.crimes import CrimeVersion
from csae.tracing.deliveries import RowOfReference
from csae.tracing.kept import Span
from csae.tracing.keys import ReferenceKey, UnknownKeyError
from csae.tracing.people import FACTS, Involvement
from csae.tracing.stories import CrimeStory, Definition, InvolvementStory, PersonOnCrime, Transfer, Version

_NOT_COUNTED = "Stands with its crime, which is not counted nationally."
_EARLIER = frozenset({"superseded", "quarantined"})


def of_crime(at: Context, crime_key: str) -> CrimeStory:
    """Of a crime that a build has seen."""
    found = crimes.versions(at.connection, crime_key)
    first = found[0]
    sent = deliveries.rows_of_reference(at.connection, first.force_code, first.crime_ref_token)
    return _story(at, crime_key, first.force_code, first.crime_ref_token, found, sent)


def of_reference(at: Context, key: ReferenceKey) -> CrimeStory | None:
    """Also of a crime of which no row was ever accepted; None for one that no delivery has."""
    found = crimes.versions(at.connection, key.crime_key) if at.is_built else []
    sent = deliveries.rows_of_reference(at.connection, key.force_code, key.crime_ref_token)
    return _story(at, key.crime_key, key.force_code, key.crime_ref_token, found, sent) if sent else None


def _story(
    at: Context,
    crime_key: str,
    force_code: str,
    ref_token: str,
    found: Sequence[CrimeVersion],
    sent: Sequence[RowOfReference],
) -> CrimeStory:
    rows = [(item.load_id, item.extract_name, item.row_number) for item in found]
    held = [item for item in sent if (item.load_id, item.extract_name, item.row_number) not in rows]
    rows += [(item.load_id, item.extract_name, item.row_number) for item in held]
    loads = deliveries.loads(at.connection, [load_id for load_id, _, _ in rows])
    places = deliveries.places(at.connection, rows)
    standing = next((row for row in found if row.is_standing), None)
    others = crimes.partners(at.connection, crime_key) if standing else []
    said = crimes.statements(at.connection, crime_key) if standing else []
    snapshot = deliveries.latest_snapshot(at.connection, force_code) if standing and standing.is_dropped else None
    row = crimes.published(at.connection, crime_key) if standing else {}
    layout: str | None = None
    columns: list[TracedColumn] = []
    notes: list[str] = []
    if standing:
        delivery = loads[standing.load_id]
        layout, columns = at.columns(delivery, "crime", standing.extract_name, standing.row_number)
        notes = at.notes(delivery)
    spans = at.spans("fct_offence_type", {"crime_key": crime_key})
    everybody = people.on_crime(at.connection, crime_key) if standing else []
    return CrimeStory(
        crime_key=crime_key,
        force_code=force_code,
        force_name=next((item.source_name for item in loads.values()), None),
        crime_ref=short(ref_token) or "",
        says=_says(standing, counts=bool(row)),
        versions=[
            Version(
                loads[item.load_id],
                places[item.load_id, item.extract_name, item.row_number],
                item.fate,
                item.is_standing,
                whys.version(item, standing, loads, others, snapshot),
            )
            for item in found
        ],
        held_back=[
            Version(
                loads[item.load_id],
                places[item.load_id, item.extract_name, item.row_number],
                "quarantined" if item.reason_code or item.state == "rejected" else "waiting",
                stands=False,
                why=at.reason(item.reason_code).meaning
                if item.reason_code
                else whys.undecided(loads[item.load_id], is_built=at.is_built),
            )
            for item in held
        ],
        transfers=[Transfer(item, whys.statement(item)) for item in said],
        partners=others,
        layout=layout,
        columns=columns,
        published=row,
        definitions=_definitions(at, crime_key, row) if row else [],
        people=_numbered(everybody),
        earlier_people=sum(item.fate in _EARLIER for item in everybody),
        kept=spans,
        generations=at.generations(spans),
        notes=notes,
    )


def _says(standing: CrimeVersion | None, *, counts: bool) -> str:
    if standing is None:
        return "No row of this crime stands, so it is counted nowhere."
    if counts:
        return f"Counted once, for force {standing.force_code}, by the row that stands."
    return {
        "withdrawn": "Not counted: it is withdrawn.",
        "transferred": f"Not counted for force {standing.force_code}, which handed it over.",
    }.get(standing.fate, "Stands, and is not counted nationally.")


def _definitions(at: Context, crime_key: str, row: Any) -> list[Definition]:
    has_child_victim = crimes.has_child_victim(at.connection, crime_key)
    is_flagged = bool(row.get("is_child_abuse_flagged"))
    return [
        Definition(
            item.definition,
            item.label,
            counts := bool(row.get(f"is_in_{item.definition}")),
            whys.definition(item, counts=counts, has_child_victim=has_child_victim, is_flagged=is_flagged),
        )
        for item in crimes.memberships(at.connection, crime_key)
    ]


def _numbered(everybody: Sequence[Involvement]) -> list[PersonOnCrime]:
    """Those of the delivery that stands; others were said again since."""
    shown = [item for item in everybody if item.fate not in _EARLIER]
    places = {item.involvement_key: place for place, item in enumerate(shown, start=1)}
    return [PersonOnCrime(places[item.involvement_key], item, whys.involvement(item, places)) for item in shown]


def person_at(at: Context, crime_key: str, place: int) -> str:
    """The involvement that the crime's page counts as this one. Raises `UnknownKeyError`."""
    shown = _numbered(people.on_crime(at.connection, crime_key))
    if not 1 <= place <= len(shown):
        raise UnknownKeyError(f"The crime has {len(shown)} people; csae why {crime_key} lists them.")
    return shown[place - 1].row.involvement_key


def of_involvement(at: Context, involvement_key: str) -> InvolvementStory:
    row = people.involvement(at.connection, involvement_key)
    if row is None:
        raise AssertionError("the key was found in the same table")
    delivery = deliveries.loads(at.connection, [row.load_id])[row.load_id]
    layout, columns = at.columns(delivery, "involvement", row.extract_name, row.row_number)
    shown = _numbered(people.on_crime(at.connection, row.crime_key)) if row.crime_key else []
    mine = next((item for item in shown if item.row.involvement_key == involvement_key), None)
    where = (row.load_id, row.extract_name, row.row_number)
    why = mine.why if mine else whys.involvement(row, {})
    is_current = row.fate == "current"
    facts: dict[str, Sequence[Mapping[str, Any]]] = {}
    spans: list[Span] = []
    if is_current and row.crime_key and row.person_key and row.role:
        facts = people.published(at.connection, row.crime_key, row.person_key, row.role)
        key = {"crime_key": row.crime_key, "person_key": row.person_key, "role": row.role}
        spans = [span for table in FACTS for span in at.spans(table, key)]
    linked = LINKED in at.there and row.person_key
    return InvolvementStory(
        person=row,
        place_on_crime=mine.place if mine else None,
        why=_NOT_COUNTED if is_current and not any(facts.values()) else why,
        delivery=delivery,
        place=deliveries.places(at.connection, [where])[where],
        layout=layout,
        columns=columns,
        published=facts,
        records_of_person=len(persons.records(at.connection, row.person_key)) if linked and row.person_key else 0,
        kept=spans,
        generations=at.generations(spans),
        notes=at.notes(delivery),
    )
