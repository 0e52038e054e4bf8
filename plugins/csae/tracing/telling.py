"""From a key to its story."""

from csae.tracing import crime_story, finding, person_story, persons, row_story
from csae.tracing.asking import STARTED, present
from csae.tracing.context import Context
from csae.tracing.finding import Named
from csae.tracing.keys import FileKey, HashKey, ReferenceKey, RowKey, UnknownKeyError, read_digits, read_key
from csae.tracing.stories import PersonStory, Story
from csae.warehouse import Connection


def tell(at: Context, text: str) -> Story:
    """Raises `UnknownKeyError`; the message does not repeat the text, which may be a reference."""
    if STARTED not in at.there:
        raise UnknownKeyError("No delivery was loaded yet; try csae deliver and csae run.")
    key = read_key(text, at.keys)
    if isinstance(key, RowKey):
        return row_story.of_row(at, key)
    if isinstance(key, FileKey):
        return row_story.of_file(at, key.object_key)
    if isinstance(key, ReferenceKey):
        return _of_reference(at, key)
    return _of_digits(at, key)


def tell_of_person(connection: Connection, text: str) -> PersonStory:
    """The story of a person, by their key or that of one of their records. Raises `UnknownKeyError`."""
    there = present(connection)
    key = read_digits(text)
    try:
        named = finding.find(connection, key, there) if key and key.place is None else None
    except UnknownKeyError:
        named = None
    if named is None or named.thing not in ("person", "person record"):
        raise UnknownKeyError(
            "No person or record of a person has this key, or several begin with it; "
            "keys are in curated.fct_ethnicity, and csae why shows them."
        )
    return _of_person(connection, there, named)


def _of_reference(at: Context, key: ReferenceKey) -> Story:
    story = crime_story.of_reference(at, key)
    if story is not None:
        return story
    try:
        case = finding.find(at.connection, HashKey(key.case_key), at.there)
    except UnknownKeyError:
        raise UnknownKeyError(
            f"No delivery of source {key.force_code} has this reference. It is compared without blanks and in capital "
            "letters, and with the key that the deliveries were read with."
        ) from None
    return row_story.of_case(at, case.key)


def _of_digits(at: Context, key: HashKey) -> Story:
    named = finding.find(at.connection, key, at.there)
    if key.place is not None and named.thing != "crime":
        raise UnknownKeyError("Only the key of a crime takes a person's place behind it, such as CRIME_KEY:2.")
    if named.thing == "crime" and key.place is not None:
        return crime_story.of_involvement(at, crime_story.person_at(at, named.key, key.place))
    match named.thing:
        case "crime":
            return crime_story.of_crime(at, named.key)
        case "involvement":
            return crime_story.of_involvement(at, named.key)
        case "case":
            return row_story.of_case(at, named.key)
        case "person" | "person record":
            return _of_person(at.connection, at.there, named)


def _of_person(connection: Connection, there: frozenset[str], named: Named) -> PersonStory:
    is_record = named.thing == "person record"
    person_key = persons.of_record(connection, named.key) if is_record else named.key
    return person_story.of_person(connection, there, person_key, named.asked)
