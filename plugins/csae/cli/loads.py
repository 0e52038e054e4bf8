"""`load list`, `load show`, `load quarantine`: the ledger, the reasons, the rows by number."""

from dataclasses import asdict
from typing import Annotated

import typer

from csae import reports, warehouse
from csae.cli.output import RECORDS, console, say_json, table, total
from csae.cli.stack import ready

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="The ledger: every delivery, and what became of it."
)

LoadId = Annotated[int, typer.Argument(help="A load's number, from csae load list.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_loads(
    source: Annotated[str | None, typer.Option(help="Only this source, such as 06.")] = None,
    state: Annotated[str | None, typer.Option(help="Only accepted, rejected, duplicate, received or loaded.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Every delivery, by source and date.

    Examples: `csae load list`, `csae load list --source 06 --state rejected`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        lines = reports.loads(connection, source=source, state=state)
    if as_json:
        say_json(reports.as_json(lines))
        return
    if not lines:
        console.print("No delivery was loaded yet; try csae deliver and csae run.")
        return
    table(
        "Loads",
        [
            ("Load", "right"),
            ("Source", "left"),
            ("Delivery", "left"),
            ("State", "left"),
            ("Records", "right"),
            ("Quarantined", "right"),
            ("People", "right"),
            ("Quarantined", "right"),
            ("Reason", "left"),
        ],
        [
            (
                line.load_id,
                line.source,
                line.delivery_on + (f" correction {line.correction_number}" if line.correction_number else ""),
                line.state,
                total(line.crimes_read, line.case_reviews_read),
                total(line.crimes_quarantined, line.case_reviews_quarantined),
                line.people_read,
                line.people_quarantined,
                line.reason or "",
            )
            for line in lines
        ],
        caption=RECORDS,
    )


@app.command()
def show(load_id: LoadId, *, as_json: AsJson = False) -> None:
    """One load: its files, what the gate found, and why it was accepted or rejected.

    Example: `csae load show 3`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        line = _existing(connection, load_id)
        details = reports.load_details(connection, load_id)
    if as_json:
        say_json({**asdict(line), **details})
        return
    console.print(f"Load {line.load_id}: source {line.source}, delivery of {line.delivery_on}, {line.state}.")
    if line.reason:
        console.print(line.reason, markup=False, soft_wrap=True)
    for notice in details["notices"]:
        console.print(f"{notice['level'].capitalize()}: {notice['message']}", markup=False, soft_wrap=True)
    table(
        "Files",
        [("Extract", "left"), ("Object", "left"), ("Bytes", "right"), ("Records", "right"), ("SHA-256", "left")],
        [
            (item["extract_name"], item["object_key"], item["size_bytes"], item["records_read"], item["sha256"][:16])
            for item in details["files"]
        ],
    )
    table(
        "What the gate found",
        [
            ("Records", "left"),
            ("Severity", "left"),
            ("Reason", "left"),
            ("Column", "left"),
            ("Rows", "right"),
            ("Of", "right"),
        ],
        [tuple(item.values()) for item in details["findings"]] or [("nothing", None, None, None, None, None)],
    )


@app.command()
def quarantine(load_id: LoadId, *, as_json: AsJson = False) -> None:
    """The rows of a load that the gate held back, by number, with the reason of each. Values are never shown.

    Example: `csae load quarantine 1`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        _existing(connection, load_id)
        lines = reports.quarantine(connection, load_id)
    if as_json:
        say_json(reports.as_json(lines))
        return
    if not lines:
        console.print(f"No row of load {load_id} is quarantined.")
        return
    table(
        f"Quarantined rows of load {load_id}",
        [("Record", "left"), ("Extract", "left"), ("Row", "right"), ("Reason", "left"), ("Column", "left")],
        [tuple(asdict(line).values()) for line in lines],
        caption="A row is counted as a spreadsheet counts it, the header included; in XML it is the record's place.",
    )


def _existing(connection: warehouse.Connection, load_id: int) -> reports.LoadLine:
    warehouse.prepare(connection)
    line = reports.load(connection, load_id)
    if line is None:
        raise typer.BadParameter(f"There is no load {load_id}; csae load list shows those there are.")
    return line
