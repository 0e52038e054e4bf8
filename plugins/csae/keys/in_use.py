"""Which key the tokens of a warehouse are under, and that nothing is loaded under another."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from pydantic import ValidationError

from csae.keys.files import PseudonymKeyError
from csae.pseudonyms import Keys, read_keys
from csae.settings import Settings
from csae.warehouse import BusyError, Connection

_LOCK = "hashtextextended('csae pseudonym key', 0)"
"""Shared by loads, taken whole by a rotation. It ends with the session at the latest."""
WITH_ROWS = "('loaded', 'accepted', 'rejected')"
"""States of a load whose rows are of its last attempt: in any other, those that stand count for nothing."""


class OtherKeyError(Exception):
    """The key at hand is not the one that the tokens of the warehouse are under. The message has both ids."""


def loads_by_key(connection: Connection) -> dict[str, int]:
    """How many loads hold tokens under each key, by its id."""
    rows = connection.execute(
        f"select pseudonym_key_id, count(*) from ops.load where pseudonym_key_id is not null and state in {WITH_ROWS} "  # noqa: S608 - our own words
        "group by pseudonym_key_id order by pseudonym_key_id"
    ).fetchall()
    return dict(rows)


def check(connection: Connection, keys: Keys) -> None:
    """Raises `OtherKeyError` when the warehouse holds tokens of another key: they would match none of this one."""
    known = loads_by_key(connection)
    if not known.keys() - {keys.key_id}:
        return
    held = " and ".join(f"{key_id} ({loads} loads)" for key_id, loads in known.items())
    raise OtherKeyError(
        f"The key in CSAE_PSEUDONYM_KEY_FILE has the id {keys.key_id}, and the people in the warehouse are known by "
        f"{held}, so it finds none of them: put the file of that key back, or make all tokens anew with "
        "csae keys rotate."
    )


def check_settings(connection: Connection, settings: Settings) -> None:
    """Before a night begins. Raises `PseudonymKeyError`, `OtherKeyError`, and `BusyError` while a key is changed."""
    refuse_of_a_demo(settings)
    with loading_under(connection, read_keys(settings.pseudonym_key_file)):
        pass


def refuse_of_a_demo(settings: Settings) -> None:
    """Raises `PseudonymKeyError` for the key of a local stack beside the warehouse of another."""
    from csae.local_stack import state  # noqa: PLC0415 - only to know a key of its own

    path, url = settings.pseudonym_key_file, settings.warehouse_url
    if path is None or url is None or not path.with_name("stack.json").is_file():
        return
    with suppress(ValidationError, psycopg.ProgrammingError):
        known = state.Secrets.model_validate_json(path.with_name("stack.json").read_bytes())
        parts = psycopg.conninfo.conninfo_to_dict(url.get_secret_value())
        if parts.get("password") == known.warehouse_password:
            return
    raise PseudonymKeyError(
        f"The pseudonym key file {path} is that of a local stack, and the warehouse is another; make a key of its own: "
        "(umask 077; head -c 32 /dev/urandom > FILE)."
    )


@contextmanager
def loading_under(connection: Connection, keys: Keys) -> Iterator[None]:
    """While a delivery is loaded: its key is the warehouse's and stays so. Raises `OtherKeyError`, `BusyError`."""
    with _holding(connection, "_shared", "The pseudonym key is being changed at this moment"):
        check(connection, keys)
        yield


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """While the key is changed nothing is loaded. Raises `BusyError` when something is."""
    with _holding(connection, "", "Another night is loading at this moment, or another command changes the key"):
        yield


@contextmanager
def _holding(connection: Connection, kind: str, busy: str) -> Iterator[None]:
    row = connection.execute(f"select pg_try_advisory_lock{kind}({_LOCK})").fetchone()
    if row is None or row[0] is False:
        raise BusyError(f"{busy}; run again when that is done.")
    try:
        yield
    finally:
        with suppress(psycopg.Error):  # the session is gone, or its transaction is broken and ends with it
            if not connection.closed:
                connection.execute(f"select pg_advisory_unlock{kind}({_LOCK})")
