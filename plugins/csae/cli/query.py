"""`sql`: a query as the analyst role, read only."""

import sys
from datetime import datetime
from typing import Annotated

import psycopg
import typer

from csae import as_at, warehouse
from csae.cli import safe_csv
from csae.cli.output import console, errors, table
from csae.cli.stack import ready
from csae.warehouse import ANALYST_ROLE

_SHOWN_ROWS = 1000


def sql(
    statement: Annotated[str, typer.Argument(help="One SQL query over the tables of the schema curated.")],
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, every row.")] = False,
    day: Annotated[
        datetime | None,
        typer.Option("--as-at", formats=["%Y-%m-%d"], help="The tables as they were known on this day."),
    ] = None,
) -> None:
    """Ask the national tables a question, as an analyst would.

    Examples: `csae sql "select * from dim_force"`,
    `csae sql --csv "select force_code, count(*) from fct_offence_type group by 1" > crimes.csv`.
    With `--as-at 2026-09-02`, once `csae generation build --as-at 2026-09-02` has built them.
    """
    url = ready(quiet=True).warehouse_url
    if day and url:
        with warehouse.connect(url, autocommit=True) as connection:
            url = as_at.find(connection, url, day.date())
    with warehouse.connect(url) as connection:
        connection.read_only = True
        connection.execute(f"set local role {ANALYST_ROLE}")
        connection.execute("set local search_path = curated")
        try:
            cursor = connection.execute(statement.encode(), prepare=True)  # takes one statement and no more
        except psycopg.Error as error:
            errors.print(f"The query failed: {error.diag.message_primary or error}", style="red", markup=False)
            raise typer.Exit(1) from None
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


def register(app: typer.Typer) -> None:
    app.command()(sql)
