"""A million people on crimes for a benchmark, made from one night's deliveries by copying their rows in the warehouse.

Generated deliveries of every source of `forces/` are loaded and gated as on a night. Their accepted rows are then
copied, each copy under references of its own and one coded value in a hundred written another way.
"""

import csv
import hashlib
import io
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from psycopg import sql
from pydantic import SecretStr

from csae import gates, loading
from csae.code_sets import CodeSets
from csae.force_forms import write_force_forms
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.pseudonyms import derive_keys
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource
from csae.synthetic import ALL_FORCES, Plan, write_deliveries
from csae.warehouse import Connection

SEED = 20260904
CRIMES = 9000
"""Those that are generated and loaded, before any is copied."""
SPELLINGS, ONE_IN = 4, 100
"""In how many other ways each value of a source is written, and how rarely."""

CODED = {
    "crime": ("home_office_code", "cjs_code", "offence_title", "offence_category", "outcome_code", "transfer_force"),
    "involvement": ("self_defined_ethnicity", "observed_ethnicity", "nationalities", "immigration_status"),
}
TOKENS = {
    "crime": ("crime_ref_token", "transfer_ref_token"),
    "involvement": (
        "crime_ref_token",
        "person_ref_token",
        "pnc_token",
        "date_of_birth_token",
        "date_of_birth_swapped_token",
        "birth_year_month_token",
        "birth_year_day_token",
        "birth_month_day_token",
    ),
}
"""What each copy has of its own, so that its crimes and people are others."""
ROW_NUMBERS = ("row_number", "crime_row_number")


def fill(
    connection: Connection, url: SecretStr, sources: dict[str, LoadedSource], codes: CodeSets, people: int
) -> None:
    """Put at least so many rows of people, and their crimes, into the raw tables of an empty warehouse."""
    load_generated(connection, url, sources, codes)
    write_spellings(connection)
    multiply(connection, people)


def load_generated(connection: Connection, url: SecretStr, sources: dict[str, LoadedSource], codes: CodeSets) -> None:
    """One delivery of each source, through the night's own steps."""
    plan = Plan(seed=SEED, crimes=CRIMES, nights=1, forces=tuple(code for code in ALL_FORCES if code in sources))
    write_force_forms(connection, codes)
    with tempfile.TemporaryDirectory() as landing:
        write_deliveries(plan, Path(landing))
        load_day(connection, Path(landing), plan.first_night, sources, codes)
    gate_all(connection, url, sources, codes)


def load_day(
    connection: Connection, landing: Path, day: date, sources: dict[str, LoadedSource], codes: CodeSets
) -> None:
    """What each of these sources delivered for a day. Raises RuntimeError where a delivery does not load."""
    keys = derive_keys(b"k" * 32)
    with tempfile.TemporaryDirectory() as scratch:
        for code, source in sources.items():
            spooled = [spooled_file(path, code, day) for path in sorted((landing / code / day.isoformat()).glob("*"))]
            if not spooled:
                continue
            delivery = Delivery(code, day, tuple(file.landed for file in spooled))
            outcome = loading.load_spooled(
                connection, Path(scratch), keys, source, source.spec.layouts[-1], delivery, spooled, {}, codes
            )
            if outcome.state != "loaded":
                raise RuntimeError(f"source {code}: {outcome.state}: {outcome.message}")


def gate_all(connection: Connection, url: SecretStr, sources: dict[str, LoadedSource], codes: CodeSets) -> None:
    """Decide over all that waits. Raises RuntimeError where nothing does, or something is rejected."""
    decisions = gates.gate_loads(connection, url, PROJECT_DIR / "expectations", sources, codes)
    rejected = [decision.message for decision in decisions if not decision.accepted]
    if rejected or not decisions:
        raise RuntimeError(f"the gate rejected {rejected}")


def spooled_file(path: Path, source: str, day: date) -> SpooledFile:
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return SpooledFile(LandedFile(str(path), source, day, path.name, "", path.stat().st_size), path, sha256)


def write_spellings(connection: Connection) -> None:
    """A table of other ways to write each value of a coded column; of a list, its first element."""
    at = random.Random(SEED)  # noqa: S311 the same every time
    found = connection.execute(
        sql.SQL(" union all ").join(
            sql.SQL("select distinct load_id, {}, {} from raw.{} where {} <> ''").format(
                sql.Literal(column), sql.Identifier(column), sql.Identifier(kind), sql.Identifier(column)
            )
            for kind, columns in CODED.items()
            for column in columns
        )
        + sql.SQL(" order by 1, 2, 3")
    ).fetchall()
    connection.execute(
        "create temp table spelling (load_id bigint, column_name text, value text, number int, spelling text)"
    )
    text = io.StringIO()
    csv.writer(text).writerows(
        (load_id, column, value, number, spelling)
        for load_id, column, value in found
        for number, spelling in enumerate(spellings_of(column, value, at))
    )
    with connection.cursor() as cursor, cursor.copy("copy spelling from stdin (format csv)") as copy:
        copy.write(text.getvalue())
    connection.execute("analyze spelling")


def spellings_of(column: str, value: str, at: random.Random) -> Iterator[str]:
    if column != "nationalities":
        return spellings(value, at)
    first, *others = json.loads(value)
    return (json.dumps([spelling, *others], ensure_ascii=False) for spelling in spellings(first, at))


def spellings(value: str, at: random.Random) -> Iterator[str]:
    """Other capitals and spaces, other marks, another order of the words, and a slip of the keys: `SPELLINGS`."""
    words, place = value.split(), at.randrange(len(value) + 1)
    at.shuffle(words)
    yield f" {at.choice([value.upper(), value.lower()])}"
    yield value.replace(" - ", ": ") if " - " in value else f"{value}."
    yield f"{' '.join(words)}  "
    yield value[:place] + at.choice("aeiou19") + value[place:]


def multiply(connection: Connection, wanted: int) -> None:
    """Copy the accepted rows until there are enough people, and count them in the ledger anew."""
    (people, step), *_ = connection.execute(
        "select count(*), greatest(max(row_number), (select max(row_number) from raw.crime)) from raw.involvement"
    ).fetchall()
    for kind in CODED:
        connection.execute(copying(connection, kind, -(-wanted // people), step))
    connection.execute(
        """
        update ops.load set
            crimes_read = (select count(*) from raw.crime as c where c.load_id = load.load_id),
            involvements_read = (select count(*) from raw.involvement as i where i.load_id = load.load_id)
        """
    )
    connection.execute("vacuum analyze raw.crime, raw.involvement")


def copying(connection: Connection, kind: str, copies: int, step: int) -> sql.Composed:
    """The insert of all copies but the first, which is there. `step` is between the row numbers of two copies."""
    query = """
        select column_name from information_schema.columns
        where table_schema = 'raw' and table_name = %s
        order by ordinal_position
    """
    columns = [name for (name,) in connection.execute(query, [kind])]
    return sql.SQL(
        """
        insert into raw.{kind} ({columns})
        select {values}
        from raw.{kind} as r
        left join ops.quarantined_row as q
            on r.load_id = q.load_id and r.extract_name = q.extract_name and r.row_number = q.row_number
                and q.record_kind = {kind_name}
        cross join generate_series(2, {copies}) as n
        {spellings}
        where q.load_id is null
        order by n, r.load_id, r.row_number
        """
    ).format(
        kind=sql.Identifier(kind),
        kind_name=sql.Literal(kind),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(copied(kind, name, step) for name in columns),
        copies=sql.Literal(copies),
        spellings=sql.SQL(" ").join(map(spelt, CODED[kind])),
    )


def copied(kind: str, column: str, step: int) -> sql.Composed:
    name = sql.Identifier(column)
    if column in TOKENS[kind]:
        return sql.SQL("md5(r.{} || '-' || n)").format(name)
    if column in ROW_NUMBERS:
        return sql.SQL("r.{} + {} * (n - 1)").format(name, sql.Literal(step))
    if column in CODED[kind]:
        return sql.SQL("coalesce({}.spelling, r.{})").format(sql.Identifier(f"by_{column}"), name)
    return sql.SQL("r.{}").format(name)


def spelt(column: str) -> sql.Composed:
    return sql.SQL(
        """
        left join spelling as {alias}
            on r.load_id = {alias}.load_id and r.{column} = {alias}.value and {alias}.column_name = {name}
                and {alias}.number = (
                    hashtext(concat_ws('-', {name}, r.load_id, r.extract_name, r.row_number, n)) & 2147483647
                ) % {ways}
        """
    ).format(
        alias=sql.Identifier(f"by_{column}"),
        column=sql.Identifier(column),
        name=sql.Literal(column),
        ways=sql.Literal(SPELLINGS * ONE_IN),
    )
