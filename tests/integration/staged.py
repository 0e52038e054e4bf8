"""Builds in their two stages with person linkage between them, and what they came to.

The switch, which has tests of its own, is left out, and the data tests where they are not asked for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from csae import generations, linkage, transform, warehouse
from csae.code_sets import read_code_sets
from csae.force_forms import write_force_forms
from csae.generations import ledger
from csae.transform import Build
from csae.warehouse import Connection
from integration.nights import Warehouse

_SCHEMAS = ("staging", "intermediate", "marts", "quality")
_LISTS_OF_CHANGES = (
    "int_changed_load",
    "int_changed_crime",
    "int_changed_person_record",
    "int_changed_person_crime",
    "int_person_record_before",
    "int_person_before",
    "int_slice_before",
    "int_changed_slice",
    "int_compared_crime",
    "int_changed_accounting",
)
"""Tables that say what a build did, and not what it came to."""


def emptied(country: Warehouse, name: str) -> Warehouse:
    """The same sources with nothing delivered yet. Code sets, and what dbt knows of its project, stay."""
    with warehouse.connect(country.url, autocommit=True) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('raw', 'ops', 'linkage')"
        ).fetchall()
        connection.execute(f"truncate {', '.join(table for (table,) in tables)} restart identity".encode())
    bucket = f"{country.settings.landing_bucket}-{name}"
    country.s3.create_bucket(Bucket=bucket)
    return replace(country, settings=country.settings.model_copy(update={"landing_bucket": bucket}))


def build(country: Warehouse, *, full: bool, with_tests: bool = False, is_shown: bool = True) -> None:
    """Every model; with the data tests too, as a night reads and then of all rows.

    Of one that is shown, the next build only builds what changed since.
    """
    with warehouse.connect(country.url, autocommit=True) as connection:
        number = _open(connection, country, full=full)
        mode = ["--full-refresh"] if full else []
        left_out = ["unit_test", *(["seed"] if _has_code_sets(connection) else [])]
        _dbt(country, ["build", "--selector", "before_linkage", *mode, "--exclude-resource-type", "test", *left_out])
        linkage.link(connection, country.settings.home_dir, generation_id=number, full=full)
        left_out += [] if with_tests else ["test"]
        checked = ["--vars", f"{{checked: {'all' if full else 'changed'}}}"]
        _dbt(country, ["build", "--selector", "after_linkage", *mode, *checked, "--exclude-resource-type", *left_out])
        if with_tests and not full:
            _dbt(country, ["test", "--exclude-resource-type", "unit_test"])
        if is_shown:
            with connection.transaction():
                ledger.succeed(connection, number)


def _open(connection: Connection, country: Warehouse, *, full: bool) -> int:
    codes = read_code_sets(country.settings.project_dir / "dbt_project" / "seeds")
    write_force_forms(connection, codes)
    transform.write_reference(connection, country.sources)
    transform.write_suggestions(connection, country.sources, codes, full=full)
    night = connection.execute("insert into ops.night default values returning night_id").fetchone()
    assert night is not None
    return generations.open_generation(connection, night[0], "", full=full)


def _has_code_sets(connection: Connection) -> bool:
    return connection.execute("select to_regclass('reference.offence')").fetchone() != (None,)


def _dbt(country: Warehouse, command: list[str]) -> Build:
    project_dir = country.settings.project_dir / "dbt_project"
    result = transform.run_dbt(command, country.url, project_dir, country.settings.home_dir / "dbt", lambda *_: None)
    assert result.faults == ()
    return result


class Answering(Protocol):
    """Whatever can be asked for rows."""

    def rows(self, query: str, parameters: Sequence[Any] = (), /) -> list[tuple[Any, ...]]: ...


def state(
    country: Answering, *, with_named_loads: bool = False, schemas: Sequence[str] = _SCHEMAS, kind: str = "BASE TABLE"
) -> dict[str, Counter[str]]:
    """The rows of every table that was built, as text; loads by number, or by name where they arrived in any order."""
    columns = country.rows(
        """
        select format('%%I.%%I', c.table_schema, c.table_name), string_agg(
            case
                when %s and c.column_name = 'fingerprint' then 'null'
                when %s and c.column_name ~ '(^|_)load_id$' then format(
                    '(select concat_ws(''/'', l.force_code, l.delivery_on, l.correction_number)
                    from staging.stg_load as l where l.load_id = t.%%I)', c.column_name
                )
                else format('t.%%I', c.column_name)
            end, ', ' order by c.ordinal_position
        )
        from information_schema.columns as c
        inner join information_schema.tables as t using (table_schema, table_name)
        where c.table_schema = any(%s) and t.table_type = %s and c.table_name <> all(%s)
        group by 1
        """,
        [with_named_loads, with_named_loads, list(schemas), kind, list(_LISTS_OF_CHANGES)],
    )
    found = {
        table: Counter(row for (row,) in country.rows(f"select row({chosen})::text from {table} as t"))
        for table, chosen in columns
    }
    people = country.rows("select person_record_key || ' ' || person_key from linkage.person")
    return found | {"linkage.person": Counter(row for (row,) in people)}


def differences(one: dict[str, Counter[str]], other: dict[str, Counter[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """By table, up to three rows of each that the other has not."""
    return {
        table: (sorted((one[table] - other[table]).elements())[:3], sorted((other[table] - one[table]).elements())[:3])
        for table in sorted(one.keys() | other.keys())
        if one.get(table) != other.get(table)
    }
