"""A session that asks as an analyst: the role, what it may read, and the role's limits."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from csae import warehouse
from csae.roles import reading, shown
from csae.roles.granting import NotGrantedError
from csae.roles.matrix import FORCE_GROUP, FORCE_PREFIX, settings
from csae.warehouse import ANALYST_ROLE, Connection


@dataclass(frozen=True)
class Asker:
    """The role to ask as, the one whose limits hold, and the schema that it reads."""

    role: str
    limited_as: str
    schema: str


def be_ready(connection: Connection) -> None:
    """Bring a warehouse of an earlier version up to date, where this login owns it."""
    row = connection.execute("select to_regnamespace('access') is null, current_user").fetchone()
    if row and row[0]:
        if row[1] != reading.owner(connection):
            raise NotGrantedError("This warehouse has no access log yet; its operator runs csae roles grant first.")
        warehouse.prepare(connection)


def asker(connection: Connection, force_code: str | None) -> Asker:
    """The national analyst, or a force's; without a force, what this login may be. Raises `NotGrantedError`."""
    rows = connection.execute(
        "select rolname from pg_roles where (rolname = %s or rolname ~ %s) and pg_has_role(oid, 'set') order by 1",
        [ANALYST_ROLE, rf"^{FORCE_PREFIX}\d\d$"],
    ).fetchall()
    names = [row[0] for row in rows]
    if force_code is None and ANALYST_ROLE in names:
        return Asker(ANALYST_ROLE, ANALYST_ROLE, shown.CURATED)
    wanted = f"{FORCE_PREFIX}{force_code}"
    if force_code is not None and wanted in names:
        return Asker(wanted, FORCE_GROUP, shown.OF_FORCE)
    if force_code is None and len(names) > 1:  # one role at a time is taken, and would count one force's rows
        raise NotGrantedError(f"You are in {', '.join(names[:-1])} and {names[-1]}; say which with --force.")
    if force_code is None and names:
        return Asker(names[0], FORCE_GROUP, shown.OF_FORCE)
    if force_code is None:
        raise NotGrantedError(f"Your login is in no role of analysts; ask for {ANALYST_ROLE} or {FORCE_PREFIX}NN.")
    raise NotGrantedError(
        f"There is no role {wanted}, or you are not in it; csae roles force-analyst {force_code} makes it."
    )


def begin(connection: Connection, who: Asker) -> None:
    """Give a session, which asks and then ends, the role's limits; and the role to the transaction that this begins."""
    for setting in settings():
        if setting.role == who.limited_as and setting.name not in ("connection limit", "default_transaction_read_only"):
            _limit(connection, setting.name, setting.value)
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(who.role)))


def _limit(connection: Connection, name: str, value: str) -> None:
    """Some limits only a superuser may set, or whom one lets: docs/production.md."""
    try:
        with connection.transaction():
            connection.execute("select set_config(%s, %s, false)", [name, value])
    except psycopg.errors.InsufficientPrivilege:
        return
