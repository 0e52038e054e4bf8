"""A throwaway warehouse of person records, linked as a night links them."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from csae import linkage, warehouse
from csae.linkage.records import OPTIONAL_TOKENS, TOKENS
from csae.local_stack.throwaway import throwaway_warehouse

BOOLEANS = ("forename_is_initial", "date_of_birth_is_placeholder", "surname_is_common", "forename_is_common")
TYPES = {**dict.fromkeys(BOOLEANS, "boolean"), "birth_year": "integer"}
Link = Callable[..., float]


@contextmanager
def store(records: pl.DataFrame, work: Path) -> Iterator[Link]:
    """Links the records, and any more that it is given; says how many seconds that took."""
    with throwaway_warehouse() as url, warehouse.connect(url, autocommit=True) as connection:
        warehouse.prepare(connection)
        columns = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in (*TOKENS, *OPTIONAL_TOKENS))
        connection.execute(
            f"create table intermediate.int_person_record (person_record_key text, first_seen text, {columns})"
        )
        nights = 0

        def put(more: pl.DataFrame) -> None:
            text = io.BytesIO()
            more.select(
                "person_record_key", pl.lit("20260901.0000.06").alias("at"), *TOKENS, *OPTIONAL_TOKENS
            ).write_csv(text, include_header=False)
            with (
                connection.cursor() as cursor,
                cursor.copy("copy intermediate.int_person_record from stdin (format csv)") as copy,
            ):
                copy.write(text.getbuffer())
            connection.execute("analyze intermediate.int_person_record")

        def link(*, full: bool, more: pl.DataFrame | None = None, gone: pl.DataFrame | None = None) -> float:
            nonlocal nights
            nights += 1
            if more is not None:
                put(more)
            if gone is not None:
                connection.execute(
                    "delete from intermediate.int_person_record where person_record_key = any(%s)",
                    [gone["person_record_key"].to_list()],
                )
            started = time.monotonic()
            linkage.link(connection, work, generation_id=nights, full=full)
            return time.monotonic() - started

        put(records)
        yield link


def nightly(link: Link, new: pl.DataFrame) -> float:
    """Seconds of a night on which these records come; the next night they are gone again."""
    taken = link(full=False, more=new)
    link(full=False, gone=new)
    return taken
