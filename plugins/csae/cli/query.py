"""`sql`: a query as an analyst, read only, and a line in the access log."""

import sys
from datetime import datetime
from typing import Annotated

import psycopg
import typer
from pydantic import SecretStr

from csae import as_at, warehouse
from csae.cli import safe_csv
from csae.cli.output import console, errors, table
from csae.cli.stack import ready
from csae.roles import access, asking
from csae.roles.asking import Asker

_SHOWN_ROWS = 1000


def sql(
    statement: Annotated[str, typer.Argument(help="One SQL query over the tables of the schema curated.")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, every row.")] = False,
    day: Annotated[
        datetime | None,
        typer.Option("--as-at", formats=["%Y-%m-%d"], help="The tables as they were known on this day."),
    ] = None,
    force: Annotated[
        str | None,
        typer.Option("--force", metavar="CODE", help="As an analyst of this force, who sees its rows alone."),
    ] = None,
) -> None:
    """Ask the national tables a question, as an analyst would, with an analyst's limits of time and disk.

    Which tables were read is written to ops.access, with who asked and the statement without its values.

    Examples: `csae sql "select * from dim_force"`,
    `csae sql --csv "select force_code, count(*) from fct_offence_type group by 1" > crimes.csv`.
    With `--as-at 2026-09-02`, once `csae generation build --as-at 2026-09-02` has built them.
    With `--force 06`, once `csae roles force-analyst 06` has made the role.
    """
    here = ready(quiet=True).warehouse_url
    there = here
    with warehouse.connect(here, autocommit=True) as connection:
        asking.be_ready(connection)
        asker = asking.asker(connection, force)
        if day and here:
            there = as_at.find(connection, here, day.date())
    with warehouse.connect(there) as connection:
        connection.read_only = True
        asking.begin(connection, asker)
        try:
            cursor = connection.execute(statement.encode(), prepare=True)  # takes one statement and no more
            tables = access.tables_read(connection, asker.schema)
        except psycopg.Error as error:
            _note(here, there, asker, access.kept_of_failed(statement, error), [], "failed")
            errors.print(f"The query failed: {error.diag.message_primary or error}", style="red", markup=False)
            raise typer.Exit(1) from None
    _note(here, there, asker, access.masked(statement), tables, "answered")
    if cursor.description is None:
        errors.print("This statement gives no rows; ask with a select.", style="red")
        raise typer.Exit(1)
    columns = [column.name for column in cursor.description]
    if as_csv:
        safe_csv.write_rows(sys.stdout, columns, cursor)
        return
    rows = cursor.fetchmany(_SHOWN_ROWS)
    more = cursor.fetchone() is not None
    table(
        "",
        [
            (name, "right" if rows and isinstance(rows[0][at], int | float) else "left")
            for at, name in enumerate(columns)
        ],
        rows,
    )
    console.print(f"{len(rows)} rows" + (" and more; take --csv for all" if more else ""), style="dim")


def _note(
    here: SecretStr | None, there: SecretStr | None, asker: Asker, kept: str, tables: list[str], state: str
) -> None:
    """Before an answer is shown: without its line in the log there is none."""
    database = warehouse.where(there).rpartition("/")[2] if there else ""
    with warehouse.connect(here) as connection:
        connection.read_only = False  # an analyst's login reads only, unless a transaction says otherwise
        access.note(
            connection,
            database=database,
            tables=tables,
            statement=kept,
            state=state,
            role=asker.role,
            person=access.person(),
        )


def register(app: typer.Typer) -> None:
    app.command()(sql)
