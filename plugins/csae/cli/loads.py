"""`load list`, `load show`, `load quarantine`, `load report`: the ledger, the reasons, the rows by number."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from csae import reports, warehouse
from csae.cli.output import RECORDS, console, say_json, table, total
from csae.cli.stack import ready
from csae.sources import load_sources

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="The ledger: every delivery, and what became of it."
)


class ReportFormat(StrEnum):
    xlsx = "xlsx"
    html = "html"


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


@app.command()
def report(
    load_id: LoadId,
    *,
    output: Annotated[Path | None, typer.Option(help="The file to write.", show_default="in this folder")] = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="A workbook, or a page.")] = ReportFormat.xlsx,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write what is sent back to the force: its own rows by number, each reason in plain words, and what to do.

    It holds no name, date of birth or reference. Without `--output` the file is
    `csae-report-<source>-<date>-load-<n>.xlsx`.

    Examples: `csae load report 3`, `csae load report 3 --format html --output report.html`
    """
    from csae import force_report, report_files  # noqa: PLC0415 - other commands need not wait for them
    from csae.code_sets import read_code_sets  # noqa: PLC0415

    settings = ready()
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        line = _existing(connection, load_id)
        source = load_sources(settings.sources_dir).get(line.source)
        codes = read_code_sets(settings.project_dir / "dbt_project" / "seeds")
        made = force_report.make(connection, line, source, codes)
    path = output or Path(f"{made.file_stem}.{form.value}")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already; give another name, or --force to write over it.")
    try:
        report_files.write(made, path, form.value)
    except report_files.NotWrittenError as error:
        raise typer.BadParameter(f"{error} Give another --output.") from None
    console.print(f"Wrote {path}.", markup=False, soft_wrap=True)


def _existing(connection: warehouse.Connection, load_id: int) -> reports.LoadLine:
    warehouse.prepare(connection)
    line = reports.load(connection, load_id)
    if line is None:
        raise typer.BadParameter(f"There is no load {load_id}; csae load list shows those there are.")
    return line


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="load")
