"""Who read which table: what of it this server writes down, and the line that `csae sql` leaves."""

import getpass
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from csae.roles import reading, shown
from csae.roles.matrix import ANALYSTS, FORCE_PREFIX
from csae.warehouse import Connection

AUDITOR = "csae_auditor"
_LEFT_OUT = re.compile(
    r"""
      --[^\n]*                                                          # a comment to the end of the line
    | (?P<comment>/\*)                                                  # or of several lines, one in another
    | (?<![\w$])\$(?P<tag>[^\W\d]\w*|)\$.*?(?:\$(?P=tag)\$|\Z)          # a text between dollars
    | (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)                         # a text with backslashes
    | '(?:[^']|'')*(?:'|\Z)                                             # a text
    | "(?:[^"]|"")*(?:"|\Z)                                             # a name that may be anything
    | (?<![\w$])\d[\w.]*                                                # a number
    """,
    re.VERBOSE | re.DOTALL,
)
_CONDITION = re.compile(r"\b(?:where|on|having|when|values|set|filter)\b|[=<>~]", re.IGNORECASE)
_COMMENT_MARK = re.compile(r"/\*|\*/")
_LONGEST = 4000


@dataclass(frozen=True)
class AccessLog:
    """`kind` is pgaudit: every read of a table by anybody; or csae sql: what is asked through that command."""

    kind: str
    sentence: str


def in_force(connection: Connection) -> AccessLog:
    """Which of the two this server has, and what would be missing for the better one."""
    row = connection.execute(
        "select e.installed_version is not null, current_setting('pgaudit.role', true) "
        "from pg_available_extensions as e where e.name = 'pgaudit'"
    ).fetchone()
    if row and row[0] and row[1] == AUDITOR:
        return AccessLog("pgaudit", "pgaudit writes every read of an analysts' table to the server's log.")
    why = "it has one that is not set up: docs/production.md says how" if row else "it has none"
    logins = [role for role in reading.people(connection).values() if role.can_login and _is_analyst(role)]
    logged = sum(role.settings.get("log_statement") == "all" for role in logins)
    beside = f" {logged} of {len(logins)} analysts' logins have log_statement = all." if logins else ""
    return AccessLog(
        "csae sql",
        "csae sql writes to ops.access who asked which tables what. What other clients read is not written down by "
        f"table, since that needs pgaudit on the server, and {why}.{beside}",
    )


def _is_analyst(role: reading.Role) -> bool:
    return any(group in ANALYSTS or group.startswith(FORCE_PREFIX) for group in role.member_of)


def tables_read(connection: Connection, schema: str) -> list[str]:
    """The views of a schema that this transaction read: it holds a lock on each, whatever the statement looks like."""
    rows = connection.execute(
        """
        select distinct n.nspname || '.' || c.relname
        from pg_locks as l
        inner join pg_class as c on l.relation = c.oid
        inner join pg_namespace as n on c.relnamespace = n.oid
        where l.pid = pg_backend_pid() and l.locktype = 'relation' and n.nspname = %s and c.relname <> %s
        order by 1
        """,
        [schema, shown.OWN],
    ).fetchall()
    return [row[0] for row in rows]


def masked(statement: str) -> str:
    """A statement without what may be a value: texts, numbers, names in quotes and comments become `?`.

    It is for a statement that the server could parse and whose names it knew: quotes that are not closed could hide
    where a text ends, and a surname without its quotes is a name like any other.
    """
    kept: list[str] = []
    at = 0
    while found := _LEFT_OUT.search(statement, at):
        kept += [statement[at : found.start()], "?"]
        at = _end_of_comment(statement, found.end()) if found["comment"] else found.end()
    return " ".join("".join([*kept, statement[at:]]).split())[:_LONGEST]


def kept_of_failed(statement: str, error: psycopg.Error) -> str:
    """What may be kept of a statement that failed, in which the server may not have come to know every name.

    `?` where it could not be parsed or a name is not known (SQLSTATE's class 42, but for what is refused, or none at
    all); else what comes before the first condition.
    """
    refused = isinstance(error, psycopg.errors.InsufficientPrivilege)
    if not refused and (error.sqlstate or "42").startswith("42"):
        return "?"
    kept = masked(statement)
    condition = _CONDITION.search(kept)
    return f"{kept[: condition.start()]}?" if condition else kept


def _end_of_comment(statement: str, at: int) -> int:
    depth = 1
    while depth:
        mark = _COMMENT_MARK.search(statement, at)
        if mark is None:
            return len(statement)
        depth += 1 if mark[0] == "/*" else -1
        at = mark.end()
    return at


def person() -> str | None:
    """Who asks, as the machine names them: several may share a login of the database."""
    with suppress(KeyError, OSError):
        return getpass.getuser()
    return None


def note(
    connection: Connection,
    *,
    database: str,
    tables: Sequence[str],
    statement: str,
    state: str,
    role: str,
    person: str | None,
) -> None:
    """Leave a line in `ops.access`, in the name of the login of this connection, with a statement that is `masked`."""
    connection.execute(
        "select access.note(%s, %s, %s, %s, %s, %s)", [database, list(tables), statement, state, role, person]
    )
