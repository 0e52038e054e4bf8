"""Backward from a person: the records taken for one, and why; and every crime that they stand on."""

from csae.tracing import people, persons
from csae.tracing.context import Context
from csae.tracing.stories import PersonStory


def of_person(at: Context, person_key: str, asked: str) -> PersonStory:
    records = persons.records(at.connection, person_key)
    keys = [item.person_record_key for item in records]
    mine = frozenset(keys)
    edges = persons.edges(at.connection, keys) if "linkage.edge" in at.there else []
    inside = [item for item in edges if {item.record_key_l, item.record_key_r} <= mine]
    involvements = people.of_person(at.connection, person_key)
    crimes = {item.crime_key for item in involvements if item.fate == "current"}
    return PersonStory(
        person_key=person_key,
        asked=asked,
        says=_says(person_key, asked, len(records), is_record=asked in mine),
        records=records,
        edges=inside,
        outside=[item for item in edges if item not in inside],
        judgements=persons.judgements(at.connection, keys) if "ops.person_judgement" in at.there else [],
        changes=persons.changes(at.connection, person_key) if "linkage.person_change" in at.there else [],
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
