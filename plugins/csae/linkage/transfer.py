"""Records out of PostgreSQL into DuckDB by binary COPY: every row has one length, so numpy reads them as they are."""

import binascii
from collections.abc import Iterator

import duckdb
import numpy as np
import numpy.typing as npt
from psycopg import sql

from csae.linkage.comparisons import PARTS, SCALARS
from csae.linkage.records import name_parts
from csae.warehouse import Connection

COLUMNS = (*SCALARS, *PARTS)
_HEADER = 19
"""Bytes: the signature (11), flags (4) and the length of an extension (4), which PostgreSQL leaves empty."""
_ROW = np.dtype(
    [("fields", ">i2"), ("key_length", ">i4"), ("key", "V16")]
    + [part for column in COLUMNS for part in ((f"{column}_length", ">i4"), (column, ">i8"))]
)
_BLOCK = _ROW.itemsize * 100_000
Keys = npt.NDArray[np.bytes_]
"""Record keys as 32 hexadecimal digits each, in order: a record's id is its place."""


def load_records(
    connection: Connection, duck: duckdb.DuckDBPyConnection, records: sql.Composable, table: str = "records"
) -> Keys:
    """Fill a DuckDB table with the records of a SQL query that has the columns of `linkage.record`; their keys."""
    duck.execute(
        f"create or replace table {table} (record_id bigint, {', '.join(f'{c} bigint' for c in SCALARS)}, "
        "name_parts bigint[])"
    )
    keys, count = [], 0
    for block in _blocks(connection, records):
        columns = {column: block[column].astype(np.int64) for column in COLUMNS}
        duck.register("block", {"record_id": np.arange(count, count + len(block)), **columns})
        known = ", ".join(f"nullif({column}, 0) as {column}" for column in COLUMNS)
        duck.execute(
            f"insert into {table} select record_id, {', '.join(SCALARS)}, {name_parts()} "  # noqa: S608 - our own names
            f"from (select record_id, {known} from block)"
        )
        duck.unregister("block")
        keys.append(np.frombuffer(binascii.hexlify(block["key"].tobytes()), dtype="S32"))
        count += len(block)
    return np.concatenate(keys) if keys else np.zeros(0, dtype="S32")


def _blocks(connection: Connection, records: sql.Composable) -> Iterator[npt.NDArray[np.void]]:
    numbers = sql.SQL(", ").join(sql.SQL("coalesce({}, 0)").format(sql.Identifier(column)) for column in COLUMNS)
    statement = sql.SQL(
        "copy (select person_record_key::uuid, {} from ({}) as chosen order by person_record_key::uuid) "
        "to stdout (format binary)"
    ).format(numbers, records)
    waiting, skip = bytearray(), _HEADER
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            waiting += data
            if skip and len(waiting) >= skip:
                del waiting[:skip]
                skip = 0
            if not skip and len(waiting) > _BLOCK:
                yield np.frombuffer(bytes(waiting[:_BLOCK]), dtype=_ROW)
                del waiting[:_BLOCK]
    # What is left ends with a trailer shorter than a row.
    whole = len(waiting) // _ROW.itemsize * _ROW.itemsize
    if whole and not skip:
        yield np.frombuffer(bytes(waiting[:whole]), dtype=_ROW)
