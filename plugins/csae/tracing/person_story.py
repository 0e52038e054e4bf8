"""Backward from a person: the records taken for one, and why; and every crime that they stand on."""

from csae.linkage import judgements
from csae.tracing import people, persons
from csae.tracing.stories import PersonStory
from csae.warehouse import Connection


def of_person(connection: Connection, there: frozenset[str], person_key: str, asked: str) -> PersonStory:
    """`there` are the relations that `csae.tracing.asking.present` finds."""
    records = persons.records(connection, person_key)
    keys = [item.person_record_key for item in records]
    mine = frozenset(keys)
    edges = persons.edges(connection, keys) if "linkage.edge" in there else []
    inside = [item for item in edges if {item.record_key_l, item.record_key_r} <= mine]
    involvements = people.of_person(connection, person_key)
    crimes = {item.crime_key for item in involvements if item.fate == "current"}
    return PersonStory(
        person_key=person_key,
        asked=asked,
        says=_says(person_key, asked, len(records), is_record=asked in mine),
        records=records,
        edges=inside,
        outside=[item for item in edges if item not in inside],
        judgements=judgements.of_records(connection, keys) if "ops.person_judgement" in there else [],
        changes=persons.changes(connection, person_key) if "linkage.person_change" in there else [],
        involvements=involvements,
        crimes=len(crimes),
    )


def _says(person_key: str, asked: str, records: int, *, is_record: bool) -> str:
    written = "is written in one way" if records == 1 else f"is written in {records} ways, which are taken for one"
    if asked == person_key:
        return f"A person who {written}."
    if is_record:
        return f"The record is one of a person who {written}."
    return f"The key that was asked for was merged or renamed; the person has this key now, and {written}."
