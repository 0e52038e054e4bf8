"""A change of the pseudonym key: all that was ever loaded is read again under the new one, and takes its place at once.

What is read again lies in tables of the session alone. Until the one transaction at the end nothing that anybody else
sees has changed, and whatever ends the session before leaves nothing behind. The old key is not needed.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from csae import loading, progress, warehouse
from csae.keys import carrying, comparing, in_use, rereading
from csae.keys.rereading import RereadingError, Standing
from csae.loading import KINDS
from csae.pseudonyms import Keys, read_keys
from csae.settings import Settings
from csae.sources import LoadedSource
from csae.warehouse import BusyError, Connection

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OF_PEOPLE = ("record", "edge", "person", "obeyed_judgement")
"""Tables of `linkage` that the next full build makes anew; what became of people in earlier ones stays."""
_STEPS = len(set(comparing.PURPOSE_OF.values()))


class RotationError(Exception):
    """There is nothing to change. The message says why."""


@dataclass(frozen=True)
class Rotation:
    """A change that was made."""

    old_key_ids: tuple[str, ...]
    new_key_id: str
    loads: int
    records: int
    judgements: int


def rotate(
    connection: Connection, s3: "S3Client", settings: Settings, sources: Mapping[str, LoadedSource], new_key: Path
) -> Rotation:
    """Make every token anew under the key in `new_key`, or change nothing.

    Raises `PseudonymKeyError`, `RotationError`, `RereadingError`, `DifferenceError`, `CarryingError`, `BusyError` while
    a night is at work, and `ServiceAwayError`.
    """
    in_use.refuse_of_a_demo(settings.model_copy(update={"pseudonym_key_file": new_key}))
    keys = read_keys(new_key)
    with in_use.changing(connection), warehouse.turn(connection, wait=False):
        loads = rereading.standing(connection)
        old = tuple(in_use.loads_by_key(connection))
        if not loads:
            raise RotationError(
                "Nothing was loaded yet, so there is nothing to change: point CSAE_PSEUDONYM_KEY_FILE at the new file."
            )
        if old == (keys.key_id,):
            raise RotationError(
                f"The warehouse is under this key already (id {keys.key_id}), since {_since(connection, keys)}. "
                "Give a new one: (umask 077; head -c 32 /dev/urandom > FILE)."
            )
        if lost := rereading.lost(s3, settings, loads):
            raise RereadingError(rereading.told_lost(lost))
        comparing.drop_tables(connection)
        comparing.make_tables(connection)
        try:
            _read_all(connection, s3, settings, keys, sources, loads)
            _compare_all(connection, loads)
            return _put_in_place(connection, keys, loads, old)
        finally:
            if not connection.closed:
                comparing.drop_tables(connection)


def _since(connection: Connection, keys: Keys) -> str:
    row = connection.execute(
        "select to_char(max(rotated_at) at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI') from ops.key_rotation "
        "where new_key_id = %s",
        [keys.key_id],
    ).fetchone()
    return row[0] if row and row[0] else "the first load"


def _read_all(
    connection: Connection,
    s3: "S3Client",
    settings: Settings,
    keys: Keys,
    sources: Mapping[str, LoadedSource],
    loads: list[Standing],
) -> None:
    specs = rereading.specs(connection, sources, loads)
    for done, load in enumerate(loads):
        progress.report("Reading every load again", done, len(loads))
        for table in rereading.tables(connection, s3, settings, keys, load, specs[load.load_id]):
            loading.copy_table(connection, load.load_id, table, comparing.after(table.kind))
        comparing.leave_empty_what_was(connection, load.load_id)
        comparing.compare_rows(connection, load.load_id, load.label)
    progress.report("Reading every load again", len(loads), len(loads))


def _compare_all(connection: Connection, loads: list[Standing]) -> None:
    for kind in KINDS:
        connection.execute(sql.SQL("analyze {}").format(comparing.after(kind)))
    progress.report("Comparing tokens", 0, _STEPS)
    for done, _ in enumerate(comparing.compare_tokens(connection, [(load.load_id, load.key_id) for load in loads])):
        progress.report("Comparing tokens", done + 1, _STEPS)


def _put_in_place(connection: Connection, keys: Keys, loads: list[Standing], old: tuple[str, ...]) -> Rotation:
    """All of it in one transaction, under locks that keep everybody else out of the rows."""
    progress.report("Putting the new rows in place", 0, 1)
    try:
        with connection.transaction():
            carrying.find(connection)
            connection.execute("set local lock_timeout = '10s'")
            loading.forget_attempts(connection, rereading.refused(connection))
            records = _exchange_rows(connection)
            _tell_ledger(connection, keys, [load.load_id for load in loads])
            judgements = carrying.carry(connection)
            _forget_what_was_built(connection)
            connection.execute(
                """
                insert into ops.key_rotation
                    (old_key_ids, new_key_id, loads, records, judgements, last_generation_id)
                select %s, %s, %s, %s, %s, max(generation_id) from ops.generation
                """,
                [list(old), keys.key_id, len(loads), records, judgements],
            )
    except psycopg.errors.LockNotAvailable:
        raise BusyError(
            "Somebody else is at the loaded rows at this moment; nothing was changed. Run again later."
        ) from None
    _analyze(connection)
    progress.report("Putting the new rows in place", 1, 1)
    return Rotation(old, keys.key_id, len(loads), records, judgements)


def _analyze(connection: Connection) -> None:
    """The key is changed by now, whatever becomes of this: the server does it itself some time."""
    with suppress(psycopg.Error):
        for kind in KINDS:
            connection.execute(sql.SQL("analyze {}").format(comparing.before(kind)))


def _exchange_rows(connection: Connection) -> int:
    """How many rows there are now. Those of loads that count for nothing are gone."""
    connection.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(comparing.before(kind) for kind in KINDS)))
    insert = sql.SQL("insert into {} ({names}) select {names} from {} order by load_id, extract_name, row_number")
    records = 0
    for kind in KINDS:
        names = sql.SQL(", ").join(map(sql.Identifier, comparing.columns(connection, kind)))
        statement = insert.format(comparing.before(kind), comparing.after(kind), names=names)
        records += connection.execute(statement).rowcount
    return records


def _tell_ledger(connection: Connection, keys: Keys, load_ids: list[int]) -> None:
    connection.execute(
        "update ops.load set pseudonym_key_id = case when load_id = any(%s) then %s end "
        "where load_id = any(%s) or pseudonym_key_id is not null",
        [load_ids, keys.key_id, load_ids],
    )


def _forget_what_was_built(connection: Connection) -> None:
    """What was linked is of old tokens, and so is what was built: the next build makes all of it anew."""
    for table in _OF_PEOPLE:
        connection.execute(sql.SQL("truncate {}").format(sql.Identifier("linkage", table)))
    connection.execute("update ops.build_state set inputs_sha256 = ''")
