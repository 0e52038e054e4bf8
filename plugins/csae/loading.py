"""One delivery into `raw.*`: choose its files, read, map, pseudonymise and COPY them in one transaction."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import psycopg
from psycopg import sql

from csae import archive, drift, history, landing, ledger, manifests, renames
from csae.choosing import choose, is_ignored
from csae.code_sets import CodeSets
from csae.drift import Profile
from csae.keys import in_use
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.ledger import KnownFile, Load, Signal
from csae.limits import Limits
from csae.manifests import Listing
from csae.mapping import map_batch
from csae.offence_days import OffenceDays
from csae.plain_names import shown
from csae.pseudonyms import (
    Keys,
    Made,
    add_days_of_offences,
    pseudonymise_case_reviews,
    pseudonymise_crimes,
    pseudonymise_people,
)
from csae.readers import ExtractError, read_extract
from csae.readers.tables import HeaderError
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.model import Extract, Layout, Source
from csae.unpacking import PlainFile, Unpacker, check_object
from csae.warehouse import Connection, ServiceAwayError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KINDS: tuple[RecordKind, ...] = ("crime", "involvement", "case_review")
_OF_ROWS = ("load_extract", "load_column", "load_value", "quarantined_row", "gate_result")
"""Tables of `ops` that say something of a load's rows."""


@dataclass(frozen=True)
class Outcome:
    """What became of one delivery: loaded, unchanged, waiting or rejected, and a sentence for the operator."""

    state: str
    message: str = ""


def load_delivery(
    connection: Connection,
    s3: "S3Client",
    bucket: str,
    spool_dir: Path,
    keys: Keys,
    source: LoadedSource,
    delivery: Delivery,
    codes: CodeSets | None = None,
    *,
    archive_bucket: str | None = None,
) -> Outcome:
    """Load one delivery, unless its content was dealt with before.

    The ledger is written whatever happens to the content, but for an object that is too large to be fetched. Raises
    `ServiceAwayError` and `ChangedUnderneathError`, and for a key that is not the warehouse's `OtherKeyError`, or
    `BusyError` while that is changed; after any, the delivery is in the warehouse whole or not at all, and the next
    run finds out which. With `codes`, a value that its code set has is told from one that nothing knows.
    """
    layout = source.spec.layout_on(delivery.delivery_on)
    if layout is None:
        return Outcome(
            "waiting",
            f"{delivery.delivery_on}: the YAML has no layout valid on this day; add one with an earlier 'valid_from'.",
        )
    files = [file for file in delivery.files if not is_ignored(layout, file.name)]
    with connection.transaction():
        load = ledger.load_of_files(connection, delivery, files)
        known = ledger.known_files(connection, delivery.source, files)
    if load and load.state != "received" and (load.state != "rejected" or load.spec_sha256 == source.sha256):
        return _outcome_of(load, delivery)
    try:
        for listed in files:
            check_object(listed, Limits.current())
    except ExtractError as error:  # not in the ledger, which knows by content: it is refused each night anew
        return Outcome("rejected", f"{delivery.delivery_on}: {error.sentence}")
    spooled: list[SpooledFile] = []
    try:
        with in_use.loading_under(connection, keys):
            spooled.extend(landing.spool(s3, bucket, file, spool_dir) for file in files)
            if archive_bucket:  # before the ledger: what that knows, the archive has
                for file in spooled:
                    archive.keep(s3, archive_bucket, file)
            return load_spooled(connection, spool_dir, keys, source, layout, delivery, spooled, known, codes)
    except (psycopg.OperationalError, psycopg.InternalError) as error:
        # It may have been committed: the ledger knows, and whoever loads this delivery again asks it first.
        raise ServiceAwayError(
            f"{delivery.delivery_on}: the warehouse broke off while this was loaded"
            f"{f' (SQLSTATE {error.sqlstate})' if error.sqlstate else ''}. It is loaded whole or not at all; "
            "run again, which looks it up in the ledger first."
        ) from None
    finally:
        for item in spooled:
            item.path.unlink(missing_ok=True)


def _outcome_of(load: Load, delivery: Delivery) -> Outcome:
    """Of a load that another run deals or dealt with: a rejected one goes on counting against its force."""
    if load.state == "received":
        return Outcome("waiting", f"{delivery.delivery_on}: another run is loading it; run again when that has ended.")
    message = f"{delivery.delivery_on}: {load.note}" if load.note else ""
    return Outcome("rejected" if load.state == "rejected" else "unchanged", message)


def load_spooled(
    connection: Connection,
    spool_dir: Path,
    keys: Keys,
    source: LoadedSource,
    layout: Layout,
    delivery: Delivery,
    spooled: Sequence[SpooledFile],
    known: dict[LandedFile, KnownFile],
    codes: CodeSets | None = None,
) -> Outcome:
    """Load files that are at hand. What is unpacked of them lies in `spool_dir` until this returns."""
    choice = choose(layout, spooled, known)
    with Unpacker(spool_dir) as unpacker:
        seen = manifests.look(layout, choice, delivery, unpacker)
        fault, missing = choice.fault or seen.fault, choice.missing(layout) or seen.awaited
        if missing and fault is None:
            return Outcome("waiting", f"{delivery.delivery_on}: waiting for {shown(' and '.join(missing))}.")
        with connection.transaction():
            load = ledger.receive(connection, delivery, choice.content, choice.entered, spec_sha256=source.sha256)
            if load.state == "duplicate":  # the gate may have refused it before its twin came
                forget_attempts(connection, [load.load_id])
        if not load.is_new:
            return _outcome_of(load, delivery)
        files: dict[str, PlainFile] = {}
        profile = Profile()
        try:
            try:
                if fault:
                    raise fault
                files.update((name, unpacker.plain(part)) for name, part in choice.by_extract(layout).items())
                _copy(connection, keys, source, layout, load, delivery, files, seen.listing, profile, codes)
            except ExtractError as error:
                with connection.transaction():
                    if isinstance(error, HeaderError):
                        error, signals = _explained(
                            connection, source, layout, delivery, files, profile.reading, error, codes
                        )
                        ledger.add_signals(connection, load.load_id, signals)
                    ledger.reject(connection, load.load_id, error.reason_code, error.sentence, attempt=load.attempt)
                    forget_attempts(connection, [load.load_id])
                return Outcome("rejected", f"{delivery.delivery_on}: {shown(error.sentence)}")
            except ledger.DuplicateError:
                with connection.transaction():
                    settled = ledger.settle_duplicate(connection, load)
                    if settled.state == "duplicate":
                        forget_attempts(connection, [load.load_id])
                    return _outcome_of(settled, delivery)
        except ledger.FencedError:
            return _outcome_of(ledger.state_of(connection, load.load_id), delivery)
    return Outcome("loaded")


def forget_attempts(connection: Connection, load_ids: Sequence[int]) -> None:
    """Of loads that were refused while they were read, or are duplicates: the rows of earlier attempts, what they were
    like, and what the gate said of them."""
    for place in (*(("raw", kind) for kind in KINDS), *(("ops", table) for table in _OF_ROWS)):
        delete = sql.SQL("delete from {} where load_id = any(%s)").format(sql.Identifier(*place))
        connection.execute(delete, [load_ids])
    connection.execute("update ops.extract set records_read = null where load_id = any(%s)", [load_ids])
    connection.execute(
        """
        update ops.load
        set layout_valid_from = null, pseudonym_key_id = null,
            crimes_read = null, involvements_read = null, case_reviews_read = null,
            crimes_quarantined = null, involvements_quarantined = null, case_reviews_quarantined = null
        where load_id = any(%s)
        """,
        [load_ids],
    )


def _explained(
    connection: Connection,
    source: LoadedSource,
    layout: Layout,
    delivery: Delivery,
    files: dict[str, PlainFile],
    name: str,
    error: HeaderError,
    codes: CodeSets | None,
) -> tuple[ExtractError, list[Signal]]:
    """What the columns that are missing may be called now, and a signal for each that does not fit."""
    if error.reason_code != "column_missing":
        return error, renames.header_signals(error, name, ())
    before = history.last_columns(connection, source.spec.source, name, delivery.delivery_on)
    file = files[name]
    found = renames.find(file.path, file.name, name, layout, source, error.columns, before, codes)
    return renames.explained(error, found), renames.header_signals(error, name, found)


def _copy(
    connection: Connection,
    keys: Keys,
    source: LoadedSource,
    layout: Layout,
    load: Load,
    delivery: Delivery,
    files: dict[str, PlainFile],
    listing: Listing | None,
    profile: Profile,
    codes: CodeSets | None,
) -> None:
    """Everything of the load in one transaction: its rows, its counts and its state."""
    spec = source.spec
    records_read: Counter[RecordKind] = Counter()
    records_by_file: Counter[PlainFile] = Counter(dict.fromkeys(files.values(), 0))
    if listing:
        for file in records_by_file:
            listing.check_bytes(file)
    with connection.transaction():
        for kind in KINDS:
            delete = sql.SQL("delete from raw.{} where load_id = %s").format(sql.Identifier(kind))
            connection.execute(delete, [load.load_id])
        with closing(_copied(connection, load.load_id, tables(keys, spec, layout, files, profile))) as copied:
            for table in copied:
                records_read[table.kind] += table.frame.height
                records_by_file[files[table.extract_name]] += table.frame.height
        if listing:
            for name, rows in _rows_by_file(layout, files, profile).items():
                listing.check_rows(name, rows)
        empty = [file.name for file, records in records_by_file.items() if not records]
        if empty and spec.bounds.crimes.min > 0 and not spec.waiver("too_few_crimes", delivery.delivery_on):
            raise ExtractError(
                "no_records",
                f"{', '.join(empty)}: there is no record in it. Ask the force to send it again; if it may have nothing "
                "to report, set bounds, crimes, min: 0 in the YAML.",
            )
        records_by_object: Counter[str] = Counter()
        for file, records in records_by_file.items():
            records_by_object[file.object_key] += records
        ledger.record_loaded(
            connection,
            load,
            layout_valid_from=layout.valid_from,
            key_id=keys.key_id,
            records_read=records_read,
            records_by_file=records_by_object,
        )
        file_names = {name: file.name for name, file in files.items()}
        history.record(connection, load.load_id, profile, spec, layout, file_names, codes)
        found: list[Signal] = []
        for name, file in files.items():
            beside = [layout.extracts[other] for other in _readers_of(file, files)]
            columns = profile.columns[name]
            unexpected = drift.unknown_to_all(profile.unexpected[name], layout.extracts[name], beside)
            found += drift.column_signals(file.name, name, layout.extracts[name], columns, unexpected)
            found += drift.damage_signals(file.name, name, profile)
            found += renames.document_signals(name, layout, source, columns, unexpected)
            alike = [other for other in _readers_of(file, files) if _table_of(layout, other) == _table_of(layout, name)]
            left = drift.rows_of_no_record(file.name, name, profile, alike)
            found += [left] if left and name == alike[0] else []
        ledger.add_signals(connection, load.load_id, drift.with_waivers(found, spec, delivery.delivery_on))


def _rows_by_file(layout: Layout, files: dict[str, PlainFile], profile: Profile) -> dict[str, int]:
    """Rows of each file; those that several extracts read, each its own kind, count once, however each parts them."""
    counted = {(file.name, _table_of(layout, name)): profile.rows[name] for name, file in files.items()}
    total: Counter[str] = Counter()
    for (name, _), rows in counted.items():
        total[name] += rows
    return dict(total)


def _readers_of(file: PlainFile, files: dict[str, PlainFile]) -> list[str]:
    return [name for name, one in files.items() if one == file]


def _table_of(layout: Layout, name: str) -> str:
    """Which rows of its file an extract looks at: those of a sheet or of a place in a document, else all."""
    return layout.extracts[name].format.model_dump_json(include={"sheet", "row"})


@dataclass(frozen=True)
class Table:
    extract_name: str
    kind: RecordKind
    frame: pl.DataFrame


def tables(keys: Keys, spec: Source, layout: Layout, files: dict[str, PlainFile], profile: Profile) -> Iterator[Table]:
    """Pseudonymous tables ready for `raw.*`, counted in the profile.

    Crimes come first, since an age needs the day of the offence.
    """
    offence_days = OffenceDays()
    made: Made = {}
    for name in sorted(files, key=lambda name: layout.extracts[name].crime is None):
        extract, file = layout.extracts[name], files[name]
        profile.reading = name
        days = offence_days
        for batch in read_extract(file.path, file.name, extract):
            mapped = map_batch(batch, extract, spec)
            profile.add(name, extract, batch, mapped)
            if "crime" in mapped:
                crimes = pseudonymise_crimes(mapped["crime"], keys)
                add_days_of_offences(offence_days, crimes)
                if extract.involvement:
                    add_days_of_offences(days := OffenceDays(), crimes)
                yield Table(name, "crime", crimes)
            if "involvement" in mapped:
                people = pseudonymise_people(mapped["involvement"], days, keys, spec.source, made)
                yield Table(name, "involvement", people)
            if "case_review" in mapped:
                reviews = pseudonymise_case_reviews(mapped["case_review"], keys)
                yield Table(name, "case_review", reviews)
        if profile.has_rows(name):
            _check_required(file.name, name, extract, profile)


def _check_required(file: str, name: str, extract: Extract, profile: Profile) -> None:
    """A required column that a whole file leaves empty is a layout that changed."""
    for kind, record in extract.records:
        empty = [
            " and ".join(column.origins)
            for canonical, column in record.columns.items()
            if column.required and profile.is_empty(name, kind, canonical)
        ]
        if empty:
            raise ExtractError(
                "required_column_empty",
                f"{file}: {', '.join(empty)} is empty in every record, and the YAML requires it. "
                "Ask the force whether its layout has changed.",
            )


def _copied(connection: Connection, load_id: int, made: Iterator[Table]) -> Generator[Table, None, None]:
    """Each table, on its way to `raw.*` while the next is made: half of the time is the warehouse's."""
    with ThreadPoolExecutor(1, "copy") as way:
        copying: Future[None] | None = None
        for table in made:
            if copying:
                copying.result()
            copying = way.submit(copy_table, connection, load_id, table, sql.Identifier("raw", table.kind))
            yield table
        if copying:
            copying.result()


def copy_table(connection: Connection, load_id: int, table: Table, into: sql.Identifier) -> None:
    """COPY one table. An error of the database is raised again without the row that it quotes."""
    columns = ["load_id", "extract_name", *table.frame.columns]
    frame = table.frame.select(
        pl.lit(load_id).alias("load_id"), pl.lit(table.extract_name).alias("extract_name"), pl.all()
    )
    stream = BytesIO()
    frame.write_csv(stream, include_header=False)
    content = stream.getvalue()
    if b"\x00" in content:
        raise ExtractError(
            "nul_character",
            f"extract '{table.extract_name}' holds a NUL character, which no text may have. "
            "Ask the force to send the file again.",
        )
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        into, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(content)
    except psycopg.errors.DataError as error:
        raise ExtractError(
            "copy_refused",
            f"extract '{table.extract_name}': the warehouse refused its text (SQLSTATE {error.sqlstate}). "
            "Report this with the file's name; it is a fault of the pipeline.",
        ) from None
