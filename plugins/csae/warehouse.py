"""The PostgreSQL warehouse: a connection that waits for a server that is away, and the tables of the pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from csae import linkage, roles
from csae.failures import PassingError, StepError

Connection = psycopg.Connection[tuple[Any, ...]]

ANALYST_ROLE = "csae_analyst"
_PATIENCE_SECONDS = 20
_PREPARE_LOCK = 0x63736165
_SCHEMA = ("raw", "ops", "reference", "older_warehouses", "gate")
"""The files of `schema/`, in the order in which each rests on those before it."""


class ServiceAwayError(Exception):
    """The warehouse or the object store does not answer. The message says which, and what to do."""


class BusyError(Exception):
    """Another process is at the same work."""


PASSING = (ServiceAwayError, BusyError, PassingError, psycopg.OperationalError)
"""What a step may meet once and not the next time: of all else, a second try fails as the first did."""


def step_error(error: Exception, message: str) -> StepError:
    """The error of a step that met this one: a `PassingError` where another try may help."""
    return PassingError(message) if isinstance(error, PASSING) else StepError(message)


def connect(url: SecretStr | None, *, autocommit: bool = False, patience: float = _PATIENCE_SECONDS) -> Connection:
    """Try again with growing pauses for up to `patience` seconds. Raises `ServiceAwayError`, without the password."""
    if url is None:
        raise ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL, or start the local stack with csae up.")
    attempts = Retrying(
        retry=retry_if_exception_type(psycopg.OperationalError),
        stop=stop_after_delay(patience),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        reraise=True,
    )
    try:
        return attempts(
            psycopg.connect, url.get_secret_value(), autocommit=autocommit, connect_timeout=5, application_name="csae"
        )
    except psycopg.ProgrammingError:
        raise ServiceAwayError(
            "CSAE_WAREHOUSE_URL is not a database's address; write postgresql://user:password@host:port/database."
        ) from None
    except psycopg.OperationalError:
        raise ServiceAwayError(
            f"The warehouse at {where(url)} does not answer after {patience:.0f} seconds; "
            "check that PostgreSQL runs there and that the user and password in CSAE_WAREHOUSE_URL are right."
        ) from None


@contextmanager
def turn(connection: Connection, *, wait: bool = True) -> Iterator[None]:
    """One gate or build at a time. The turn ends with the session at the latest, so a killed one gives it back.

    Raises `BusyError` when it is another's turn and the caller does not wait.
    """
    lock = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    row = connection.execute(f"select {lock}(hashtextextended('csae turn', 0))").fetchone()
    if row and row[0] is False:
        raise BusyError("Another night is deciding or building at this moment; run again when it is done.")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended('csae turn', 0))")


def where(url: SecretStr) -> str:
    """Host, port and database of a URL: what may be shown."""
    parts = psycopg.conninfo.conninfo_to_dict(url.get_secret_value())
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def prepare(connection: Connection) -> None:
    """Make the schemas, tables and roles; safe to run again and from several processes."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_PREPARE_LOCK])
        connection.execute("set local client_min_messages = warning")
        for part in _SCHEMA:
            connection.execute((Path(__file__).with_name("schema") / f"{part}.sql").read_bytes())
        linkage.prepare(connection)
        roles.prepare(connection)
