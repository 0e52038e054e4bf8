"""Bringing rights to what the matrix says: at a new version, after every build, and by command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from csae.roles import shown
from csae.roles.comparing import Difference, differences, wider
from csae.roles.matrix import FORCE_GROUP, FORCE_PREFIX, fingerprint
from csae.warehouse import Connection

_BEYOND_US = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidGrantOperation,
    psycopg.errors.InvalidTableDefinition,
    psycopg.errors.DependentObjectsStillExist,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.WrongObjectType,
    psycopg.errors.SyntaxError,
)
"""What leaves a difference for somebody else, or for another time. A kind of object that a later PostgreSQL brings, of
which the statement here is not one, stops no night either."""
_ROUNDS = 3
"""A role that is made in one has no grants before the next."""
_NAMED = 3
"""Differences that a sentence names; csae roles check has all."""


class RightsError(Exception):
    """Somebody could see more than the matrix says, and it could not be put right; the message says who and what."""


class NotGrantedError(Exception):
    """What is asked rests on a right, a role or a choice that was not given; the message says which and what to do."""


class Settled(NamedTuple):
    """What was not as the matrix says, and what of it still is not."""

    found: list[Difference]
    left: list[Difference]


def prepare(connection: Connection) -> None:
    """Make what rights rest on; where the matrix is another than the one last given, give the rights it says.

    What it gives is not told. What it takes back is, since it may have been given by hand. Where the matrix is the same
    nothing here takes a lock, which could wait behind an analyst's query.
    """
    there = connection.execute("select to_regclass('access.matrix'), to_regclass('curated_force.own_force')").fetchone()
    if there and all(there):
        given = "select 1 from access.matrix where sha256 = %s"
        if connection.execute(given, [fingerprint()]).fetchone():
            return
    connection.execute(Path(__file__).with_name("schema.sql").read_bytes())
    if not (there and there[1]):
        connection.execute(shown.create_of_force(shown.OWN, shown.own_force()))
        connection.execute("comment on view curated_force.own_force is 'The forces whose rows you may read.'")
        connection.execute("comment on column curated_force.own_force.force_code is 'Home Office code of the force.'")
    found = differences(connection)
    left = converge(connection)
    if connection.execute("delete from access.matrix").rowcount:
        _tell(connection, wider(found), wider(left))
    connection.execute("insert into access.matrix (sha256) values (%s)", [fingerprint()])


def converge(connection: Connection, *, views: bool = True) -> list[Difference]:
    """Put right what differs. What is left, for which this login lacks the right or a person has to decide."""
    left: list[Difference] = []
    for _ in range(_ROUNDS):
        left = differences(connection, views=views)
        mended = [item for item in left if _repair(connection, item)]
        if not mended:
            return left
    return differences(connection, views=views)


def put_right(connection: Connection, *, views: bool = True) -> Settled:
    """Compare and put right, never silently: each difference is kept in `access.repair` and told in the night's notice.

    One that is left is kept once, and once more when it is gone.
    """
    found = differences(connection, views=views)
    with connection.transaction():
        left = converge(connection, views=views) if found else []
        _tell(connection, found, left)
        if views:
            _close(connection, left)
    return Settled(found, left)


def settle(connection: Connection, *, views: bool = True) -> Settled:
    """`put_right`. Raises `RightsError` when somebody could still see more than the matrix says."""
    settled = put_right(connection, views=views)
    if wider(settled.left):
        raise RightsError(held_by(settled.left))
    return settled


def held_by(left: Sequence[Difference]) -> str:
    """Why analysts must not see a new generation, and what to do."""
    return (
        f"rights are wider than the matrix says, and could not be taken back: {_named(wider(left))}. "
        "csae roles check has all of them with the statement that mends each"
    )


def told(settled: Settled) -> list[str]:
    """Sentences for the night; none when nothing differed."""
    mended = [item for item in settled.found if item.sentence not in {other.sentence for other in settled.left}]
    parts = []
    if mended:
        parts.append(f"Rights were not as they should be and were put right: {_named(mended)}.")
    if settled.left:
        parts.append(f"Rights that the server's administrator has to mend: {_named(settled.left)}; csae roles check.")
    return parts


def add_force(connection: Connection, force_code: str) -> str:
    """Make the role of a force's analysts, unless it is there. Its name."""
    name = f"{FORCE_PREFIX}{force_code}"
    role = sql.Identifier(name)
    with connection.transaction():
        if not connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create role {} nologin").format(role))
            connection.execute(sql.SQL("grant {} to current_user").format(role))
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(FORCE_GROUP), role))
        connection.execute(
            sql.SQL("comment on role {} is {}").format(role, sql.Literal(f"Analysts of the force {force_code}."))
        )
    return name


@contextmanager
def acting_as(connection: Connection, role: str) -> Iterator[None]:
    """With the rights of one role and no more, on a connection that is in no transaction."""
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):  # the session is gone, and its role with it
            if not connection.closed:
                connection.execute("reset role")


def _repair(connection: Connection, item: Difference) -> bool:
    """Whether it was put right: what this login may not do is left for one that may."""
    if item.repair is None:
        return False
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '2s'")  # others would queue up behind the wait for a view
            connection.execute(item.repair.encode())
            connection.execute("set local lock_timeout = default")
    except _BEYOND_US:
        return False
    return True


def _tell(connection: Connection, found: Sequence[Difference], left: Sequence[Difference]) -> None:
    """Keep and tell what was found, but for what was left before and is told already."""
    still = {item.sentence for item in left}
    known = still & _left_before(connection)
    night = connection.execute("select max(night_id) from ops.night where ended_at is null").fetchone()
    night_id = night[0] if night else None
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into access.repair (night_id, difference, was_repaired) values (%s, %s, %s)",
            [(night_id, item.sentence, item.sentence not in still) for item in found if item.sentence not in known],
        )
    for sentence in told(Settled(list(found), list(left))):
        connection.execute(
            "update ops.night set notice = concat_ws(' ', notice, %(told)s::text) "
            "where night_id = %(night)s and strpos(coalesce(notice, ''), %(told)s) = 0",
            {"told": sentence, "night": night_id},
        )


def _close(connection: Connection, left: Sequence[Difference]) -> None:
    """Keep that somebody put right what had been left, so that it is news if it comes again."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into access.repair (difference, was_repaired) values (%s, true)",
            [(sentence,) for sentence in sorted(_left_before(connection) - {item.sentence for item in left})],
        )


def _left_before(connection: Connection) -> set[str]:
    """The differences of which `access.repair` says last that they could not be put right."""
    rows = connection.execute(
        "select difference from (select distinct on (difference) difference, was_repaired from access.repair "
        "order by difference, found_at desc) as last_word where not was_repaired"
    ).fetchall()
    return {row[0] for row in rows}


def _named(items: Sequence[Difference]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return "; ".join(item.sentence for item in items[:_NAMED]) + more
