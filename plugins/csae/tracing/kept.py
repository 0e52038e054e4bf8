"""In which generations analysts saw a row, and what differed from one to the next: schema `generation`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from psycopg import sql

from csae.warehouse import Connection

_VALIDITY = ("valid_from_generation", "valid_to_generation")
_FOREVER = 2**63 - 1
_NOT_A_CHANGE = frozenset({*_VALIDITY, "crime_ref_token"})


@dataclass(frozen=True)
class Span:
    """A row of a table of facts as generations had it."""

    table: str
    since: int
    until: int | None
    """The first generation without it; None where the latest has it."""
    changed: tuple[str, ...]
    """The columns in which it differs from the row before it; none where there was none just before."""

    is_seen: bool
    """In the generation that analysts see now: after going back that is not the latest."""


@dataclass(frozen=True)
class Generation:
    generation_id: int
    state: str
    night_id: int | None
    built_at: str | None


def spans(connection: Connection, table: str, key: Mapping[str, str]) -> list[Span]:
    """The rows of one crime, or of one person on one, by validity."""
    query = sql.SQL("select row_to_json(t) from {} as t where {} order by valid_from_generation").format(
        sql.Identifier("generation", table),
        sql.SQL(" and ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in key),
    )
    rows = [row for (row,) in connection.execute(query, dict(key)).fetchall()]
    return as_spans(table, rows, current(connection))


def as_spans(table: str, rows: Sequence[Mapping[str, Any]], seen: int | None) -> list[Span]:
    """Of rows of one thing in the order of their generations; `seen` is the one that analysts see."""
    return [_span(table, before, row, seen) for before, row in pairwise([None, *rows]) if row is not None]


def _span(table: str, before: Mapping[str, Any] | None, row: Mapping[str, Any], seen: int | None) -> Span:
    since, until = (row[name] for name in _VALIDITY)
    follows = before is not None and before[_VALIDITY[1]] == since
    changed = [name for name in row if name not in _NOT_A_CHANGE and before and before.get(name) != row[name]]
    return Span(
        table,
        since,
        None if until == _FOREVER else until,
        tuple(changed) if follows else (),
        is_seen=seen is not None and since <= seen < until,
    )


def current(connection: Connection) -> int | None:
    """The generation that analysts see."""
    row = connection.execute("select generation_id from ops.generation where state = 'current'").fetchone()
    return row[0] if row else None


def built(connection: Connection) -> int | None:
    """The generation that the built state was last switched to; None while it is altered or after that broke off."""
    row = connection.execute("select generation_id from ops.build_state").fetchone()
    return row[0] if row else None


def generations(connection: Connection, ids: Sequence[int]) -> list[Generation]:
    rows = connection.execute(
        """
        select generation_id, state, night_id, to_char(ended_at, 'YYYY-MM-DD HH24:MI')
        from ops.generation where generation_id = any(%s) order by generation_id
        """,
        [[*ids]],
    ).fetchall()
    return [Generation(*row) for row in rows]


def generations_with(connection: Connection, load_id: int) -> list[Generation]:
    """Those that were built with the load among what they knew."""
    rows = connection.execute(
        "select generation_id from ops.generation_load where load_id = %s order by generation_id", [load_id]
    ).fetchall()
    return generations(connection, [generation_id for (generation_id,) in rows])
