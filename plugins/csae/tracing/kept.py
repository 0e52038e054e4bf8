"""In which generations analysts saw a row, and what differed from one to the next: schema `generation`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from psycopg import sql

from csae.generations import ledger
from csae.generations.store import FROM, OPEN, STORE, TO
from csae.warehouse import Connection

_NOT_A_CHANGE = frozenset({FROM, TO, "crime_ref_token"})


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
    query = sql.SQL("select row_to_json(t) from {} as t where {} order by {}").format(
        sql.Identifier(STORE, table),
        sql.SQL(" and ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in key),
        sql.Identifier(FROM),
    )
    rows = [row for (row,) in connection.execute(query, dict(key)).fetchall()]
    now = ledger.current(connection)
    return as_spans(table, rows, now.generation_id if now else None)


def as_spans(table: str, rows: Sequence[Mapping[str, Any]], seen: int | None) -> list[Span]:
    """Of rows of one thing in the order of their generations; `seen` is the one that analysts see."""
    return [_span(table, before, row, seen) for before, row in pairwise([None, *rows]) if row is not None]


def _span(table: str, before: Mapping[str, Any] | None, row: Mapping[str, Any], seen: int | None) -> Span:
    since, until = (row[name] for name in (FROM, TO))
    follows = before is not None and before[TO] == since
    changed = [name for name in row if name not in _NOT_A_CHANGE and before and before.get(name) != row[name]]
    return Span(
        table,
        since,
        None if until == OPEN else until,
        tuple(changed) if follows else (),
        is_seen=seen is not None and since <= seen < until,
    )


def last_begun(connection: Connection) -> Generation | None:
    """The generation whose build made the fates what they are, whether or not analysts ever saw it."""
    row = connection.execute("select max(generation_id) from ops.generation").fetchone()
    return next(iter(generations(connection, row)), None) if row else None


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
