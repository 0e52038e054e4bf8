"""Which of the things that the warehouse knows a key of digits names."""

from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from csae.tracing import persons
from csae.tracing.asking import BUILT, LINKED
from csae.tracing.keys import HashKey, UnknownKeyError, forms
from csae.warehouse import Connection

Thing = Literal["crime", "person", "person record", "involvement", "case"]
_LENGTH = 32
_WHOLE, _FIRST = sql.SQL("{0} = %(first)s"), sql.SQL("{0} >= %(first)s and {0} < %(first)s || 'g'")
_TABLES: tuple[tuple[Thing, str, str, str], ...] = (
    ("crime", BUILT, "intermediate.int_crime_version", "crime_key"),
    ("person", LINKED, "linkage.person", "person_key"),
    ("person record", LINKED, "linkage.person", "person_record_key"),
    ("involvement", BUILT, "intermediate.int_involvement_fate", "involvement_key"),
    ("case", BUILT, "intermediate.int_case_review_version", "case_key"),
)
"""What there is, the relation that is there when it is, and the table and column with its keys."""


@dataclass(frozen=True)
class Named:
    thing: Thing
    key: str
    """Whole."""
    asked: str
    """Differs from `key` where a person has another one now."""


def find(connection: Connection, key: HashKey, there: frozenset[str]) -> Named:
    """Raises `UnknownKeyError` when nothing has the key, or several have these first digits."""
    found = {
        value: thing
        for thing, needs, table, column in reversed(_TABLES)
        if {BUILT, needs} <= there
        for value in _keys(connection, table, column, key.digits)
    }
    if len(found) > 1:
        raise UnknownKeyError(
            f"Several keys begin with these {len(key.digits)} digits; give more of them, up to all {_LENGTH}."
        )
    for value, thing in found.items():
        return Named(thing, value, value)
    if {BUILT, LINKED, "linkage.person_change"} <= there and (current := persons.now(connection, key.digits)):
        return Named("person", current, key.digits)
    raise UnknownKeyError(
        f"Nothing in the last build has this key. A row that no build has seen is found by its place. {forms()}"
    )


def _keys(connection: Connection, table: str, column: str, digits: str) -> list[str]:
    """Two at the most. No digit comes after `f`, so a range has all that begin alike and an index serves it."""
    condition = _WHOLE if len(digits) == _LENGTH else _FIRST
    query = sql.SQL("select distinct {0} from {1} where {2} limit 2").format(
        sql.Identifier(column), sql.Identifier(*table.split(".")), condition.format(sql.Identifier(column))
    )
    return [value for (value,) in connection.execute(query, {"first": digits}).fetchall()]
