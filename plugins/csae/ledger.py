"""The ledger: every delivery once, known by source, date and the SHA-256 of its content, for ever.

Each function is one step in the life of a load and runs in the caller's transaction:
received → loaded → accepted or rejected; received → rejected; or duplicate of another load. A rejected one, and one
that was broken off, is received again as the next attempt. The database refuses every other change.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from psycopg import sql

from csae.landing import Delivery, LandedFile, SpooledFile
from csae.plain_names import shown
from csae.sources.columns import RecordKind
from csae.warehouse import Connection


@dataclass(frozen=True)
class KnownFile:
    sha256: str
    first_load_id: int
    """The load that it arrived with: what came later has a larger one."""


@dataclass(frozen=True)
class Load:
    load_id: int
    attempt: int
    state: str
    spec_sha256: str | None
    is_new: bool = False
    """True when its content is to be loaded now."""
    note: str = ""


@dataclass(frozen=True)
class Signal:
    """Something about a load that somebody should know: an error rejected it."""

    code: str
    level: Literal["info", "warning", "error"]
    message: str
    extract_name: str = ""
    column_name: str = ""


class FencedError(Exception):
    """Another run took this delivery over, so what this one read was not kept."""


class DuplicateError(Exception):
    """The same content was loaded for another date while this one was read."""


_SAID_OF_AN_ATTEMPT = ("load_notice", "quarantined_row", "gate_result")
"""Forgotten when the next one begins, whatever becomes of that."""
MOST_IDLE_SECONDS = 600
"""A run that sleeps while it has a source's lock loses it, and what it did, to those that wait."""


def content_sha256(files: Iterable[SpooledFile]) -> str:
    """Of the files' contents, whatever their names and order."""
    return hashlib.sha256("\n".join(sorted(file.sha256 for file in files)).encode()).hexdigest()


def known_files(connection: Connection, source: str, files: Sequence[LandedFile]) -> dict[LandedFile, KnownFile]:
    """What the ledger knows of these files, each known by its key, ETag and size."""
    rows = connection.execute(
        """
        select e.object_key, e.etag, e.size_bytes, min(e.sha256), min(e.load_id)
        from ops.extract as e
        join ops.load as l using (load_id)
        where l.source = %s and e.object_key = any(%s)
        group by e.object_key, e.etag, e.size_bytes
        """,
        [source, [file.key for file in files]],
    ).fetchall()
    known = {(key, etag, size): KnownFile(*rest) for key, etag, size, *rest in rows}
    keys = {file: (file.key, file.etag, file.size_bytes) for file in files}
    return {file: known[key] for file, key in keys.items() if key in known}


def load_of_files(connection: Connection, delivery: Delivery, files: Sequence[LandedFile]) -> Load | None:
    """The latest load of the delivery that was made of exactly these files."""
    row = connection.execute(
        """
        select l.load_id, l.attempt, l.state, l.spec_sha256, coalesce(l.reason, '')
        from ops.load as l
        join ops.extract as e using (load_id)
        where l.source = %(source)s and l.delivery_on = %(day)s
        group by l.load_id
        having array_agg(concat_ws('/', e.object_key, e.etag, e.size_bytes) order by e.object_key) = %(files)s
        order by l.load_id desc
        limit 1
        """,
        {
            "source": delivery.source,
            "day": delivery.delivery_on,
            "files": [f"{file.key}/{file.etag}/{file.size_bytes}" for file in sorted(files, key=lambda item: item.key)],
        },
    ).fetchone()
    if row is None:
        return None
    load_id, attempt, state, spec_sha256, reason = row
    return Load(load_id, attempt, state, spec_sha256, note=reason)


def receive(
    connection: Connection,
    delivery: Delivery,
    content: Sequence[SpooledFile],
    extracts: Sequence[tuple[str, SpooledFile]],
    *,
    spec_sha256: str,
) -> Load:
    """Enter a delivery, or find it. A rejected one is tried again only once its YAML has changed.

    `content` is what the delivery is known by; `extracts` are all its files, those that a correction leaves
    behind included, so that they are known when they are listed again.
    """
    source, day = delivery.source, delivery.delivery_on
    _lock(connection, source)
    sha256 = content_sha256(content)
    own = connection.execute(
        """
        select load_id, attempt, state, spec_sha256, coalesce(reason, '') from ops.load
        where source = %s and content_sha256 = %s and delivery_on = %s
        """,
        [source, sha256, day],
    ).fetchone()
    if own is None:
        load_id = _insert(connection, source, day, sha256, spec_sha256)
        load, is_to_load = Load(load_id, 1, "received", spec_sha256, is_new=True), True
    else:
        load_id, attempt, state, known_spec, reason = own
        load = Load(load_id, attempt, state, known_spec, note=reason)
        is_to_load = state == "received" or (state == "rejected" and known_spec != spec_sha256)
    _enter_files(connection, load_id, extracts)
    if not is_to_load:
        return load
    if twin := _twin(connection, load_id):
        return _mark_duplicate(connection, load, twin)
    if own is None:
        return load
    connection.execute(
        """
        update ops.load
        set state = 'received', attempt = attempt + 1, spec_sha256 = %s, reason_code = null, reason = null,
            decided_at = null, crimes_quarantined = null, involvements_quarantined = null,
            case_reviews_quarantined = null
        where load_id = %s
        """,
        [spec_sha256, load_id],
    )
    for table in _SAID_OF_AN_ATTEMPT:
        connection.execute(sql.SQL("delete from {} where load_id = %s").format(sql.Identifier("ops", table)), [load_id])
    return Load(load_id, load.attempt + 1, "received", spec_sha256, is_new=True)


def record_loaded(
    connection: Connection,
    load: Load,
    *,
    layout_valid_from: date,
    key_id: str,
    records_read: dict[RecordKind, int],
    records_by_file: dict[str, int],
) -> None:
    """The commit of a load.

    Raises `FencedError` when another attempt has taken it over, and `DuplicateError` when the same content was
    loaded for another date meanwhile.
    """
    _lock_of(connection, load.load_id)
    if _twin(connection, load.load_id):
        raise DuplicateError
    changed = connection.execute(
        """
        update ops.load
        set state = 'loaded', layout_valid_from = %s, pseudonym_key_id = %s,
            crimes_read = %s, involvements_read = %s, case_reviews_read = %s
        where load_id = %s and attempt = %s and state = 'received'
        """,
        [
            layout_valid_from,
            key_id,
            records_read.get("crime", 0),
            records_read.get("involvement", 0),
            records_read.get("case_review", 0),
            load.load_id,
            load.attempt,
        ],
    ).rowcount
    if changed != 1:
        raise FencedError
    for key, records in records_by_file.items():
        connection.execute(
            "update ops.extract set records_read = %s where load_id = %s and object_key = %s",
            [records, load.load_id, key],
        )


def add_signals(connection: Connection, load_id: int, signals: Iterable[Signal]) -> None:
    """What the operator should know of a load, whatever becomes of it."""
    for signal in signals:
        connection.execute(
            """
            insert into ops.load_notice (load_id, code, level, extract_name, column_name, message)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (load_id, code, extract_name, column_name) do update
            set level = excluded.level, message = excluded.message
            """,
            [load_id, signal.code, signal.level, signal.extract_name, shown(signal.column_name), shown(signal.message)],
        )


def settle_duplicate(connection: Connection, load: Load) -> Load:
    """After a `DuplicateError`: say so in the ledger. Raises `FencedError`."""
    _lock_of(connection, load.load_id)
    twin = _twin(connection, load.load_id)
    if twin is None:  # rejected by the gate meanwhile: the next run loads this one
        return state_of(connection, load.load_id)
    return _mark_duplicate(connection, load, twin)


def state_of(connection: Connection, load_id: int) -> Load:
    """What became of a load: for a run that was fenced off, or that does not know whether it committed."""
    row = connection.execute(
        "select attempt, state, spec_sha256, coalesce(reason, '') from ops.load where load_id = %s", [load_id]
    ).fetchone()
    if row is None:
        raise AssertionError(f"load {load_id} was entered before, and none is ever deleted")
    attempt, state, spec_sha256, reason = row
    return Load(load_id, attempt, state, spec_sha256, note=reason)


def reject(connection: Connection, load_id: int, reason_code: str, reason: str, *, attempt: int | None = None) -> None:
    """Without an attempt, a load that waits for the gate; with one, a load that this attempt is reading.

    Raises `FencedError` when it is not in that state any more.
    """
    _lock_of(connection, load_id)
    changed = connection.execute(
        """
        update ops.load set state = 'rejected', reason_code = %(code)s, reason = %(reason)s,
            decided_at = clock_timestamp()
        where load_id = %(load_id)s
            and case when %(attempt)s::integer is null then state = 'loaded'
                else state = 'received' and attempt = %(attempt)s end
        """,
        {"code": reason_code, "reason": shown(reason), "load_id": load_id, "attempt": attempt},
    ).rowcount
    if changed != 1:
        raise FencedError


def accept(connection: Connection, load_id: int) -> None:
    """Raises `FencedError` when the load does not wait for the gate."""
    changed = connection.execute(
        """
        update ops.load set state = 'accepted', decided_at = clock_timestamp()
        where load_id = %s and state = 'loaded'
        """,
        [load_id],
    ).rowcount
    if changed != 1:
        raise FencedError


def _lock(connection: Connection, source: str) -> None:
    """One step of a source at a time: what a step finds is still so when it commits."""
    connection.execute(f"set local idle_in_transaction_session_timeout = '{MOST_IDLE_SECONDS}s'")
    connection.execute("select pg_advisory_xact_lock(hashtextextended('csae load ' || %s, 0))", [source])


def _lock_of(connection: Connection, load_id: int) -> None:
    row = connection.execute("select source from ops.load where load_id = %s", [load_id]).fetchone()
    if row is None:
        raise FencedError
    _lock(connection, row[0])


def _insert(connection: Connection, source: str, day: date, sha256: str, spec_sha256: str) -> int:
    row = connection.execute(
        """
        insert into ops.load (source, delivery_on, content_sha256, correction_number, state, spec_sha256)
        select %(source)s, %(day)s, %(sha256)s, coalesce(max(correction_number) + 1, 0), 'received', %(spec)s
        from ops.load
        where source = %(source)s and delivery_on = %(day)s
        returning load_id
        """,
        {"source": source, "day": day, "sha256": sha256, "spec": spec_sha256},
    ).fetchone()
    if row is None:
        raise AssertionError("an insert with an aggregate returns one row")
    return int(row[0])


def _twin(connection: Connection, load_id: int) -> tuple[int, date] | None:
    """The load of another date that holds the same content, and that date. The caller has the source's lock."""
    return connection.execute(
        """
        select twin.load_id, twin.delivery_on
        from ops.load as l
        inner join ops.load as twin on l.source = twin.source and l.content_sha256 = twin.content_sha256
        where l.load_id = %s and twin.load_id <> l.load_id and twin.state in ('loaded', 'accepted')
        order by twin.load_id
        limit 1
        """,
        [load_id],
    ).fetchone()


def _mark_duplicate(connection: Connection, load: Load, twin: tuple[int, date]) -> Load:
    twin_id, day = twin
    changed = connection.execute(
        """
        update ops.load
        set state = 'duplicate', duplicate_of = %s, reason_code = null, reason = null, decided_at = clock_timestamp()
        where load_id = %s and attempt = %s and state in ('received', 'rejected')
        """,
        [twin_id, load.load_id, load.attempt],
    ).rowcount
    if changed != 1:
        raise FencedError
    note = f"the same content as the delivery of {day}; nothing of it was loaded again."
    return Load(load.load_id, load.attempt, "duplicate", load.spec_sha256, note=note)


def _enter_files(connection: Connection, load_id: int, extracts: Sequence[tuple[str, SpooledFile]]) -> None:
    for name, file in extracts:
        connection.execute(
            """
            insert into ops.extract (load_id, extract_name, object_key, etag, size_bytes, sha256)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (load_id, object_key) do update
            set etag = excluded.etag, size_bytes = excluded.size_bytes, sha256 = excluded.sha256
            """,
            [load_id, name, file.landed.key, file.landed.etag, file.landed.size_bytes, file.sha256],
        )
