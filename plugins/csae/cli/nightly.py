"""`deliver`, `run` and `demo`."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from csae import landing, linkage, reports, warehouse
from csae.cli.exits import NightExit
from csae.cli.output import RECORDS, console, progress_bars, say_json, share, table, total
from csae.cli.stack import ready
from csae.generations import ChangeLine, meanings
from csae.in_process import run_night
from csae.settings import Settings
from csae.sources import load_sources
from csae.synthetic import ALL_FORCES, Plan, write_deliveries
from csae.warehouse import Connection

_DAY = ["%Y-%m-%d"]


NEXT = (
    ("csae load list", "every delivery and what became of it"),
    ("csae load quarantine 1", "the rows of load 1 that no gate let through, and why"),
    ('csae sql "select * from fct_ethnicity limit 5"', "the national tables, as an analyst sees them"),
    ("csae up", "Airflow with its web pages, running every night"),
    ("csae down", "stop what this started; nothing is deleted"),
)


def deliver(
    directory: Annotated[
        Path, typer.Argument(help="A tree `<source>/<yyyy-mm-dd>/<files>`.", exists=True, file_okay=False)
    ],
) -> None:
    """Copy deliveries into the landing bucket. What is there already is left alone.

    Example: `csae deliver deliveries/`
    """
    _deliver(ready(), directory)


def run(
    date: Annotated[datetime | None, typer.Option(formats=_DAY, help="Load deliveries up to this day only.")] = None,
    accept_fall: Annotated[
        list[str] | None,
        typer.Option(metavar="FORCE", help="Let this force's count fall by half; say it again for more."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Load what was delivered, build the national tables, and say how the night went.

    Running again is always safe: what was loaded is not loaded twice.

    Exit code: 0 complete, 1 complete with forces missing or rejected, 2 held, 3 failed.

    Examples: `csae run`, `csae run --date 2026-09-01`, `csae run --json`
    """
    load_sources(Settings().sources_dir)  # a YAML that cannot be used is said before anything is started
    settings = ready(quiet=as_json)
    with progress_bars(quiet=as_json) as listener:
        verdict = run_night(settings, date.date() if date else None, accept_fall or [], listener)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        if as_json:
            say_json({**_night_as_json(connection, verdict.night_id), "exit_code": verdict.exit_code})
        else:
            show_night(connection, verdict.night_id)
    raise NightExit(verdict.exit_code)


def demo(
    crimes: Annotated[
        int,
        typer.Option(min=1, help="How many crimes to make up. Below 4,000 some forces have too few for their bounds."),
    ] = 9000,
    nights: Annotated[int, typer.Option(min=1, max=60, help="Over how many nights they are delivered.")] = 3,
    seed: Annotated[int, typer.Option(help="Another seed, another world.")] = 2026,
) -> None:
    """Start the local stack, deliver made-up extracts of every source, run the night, and show the national tables.

    Examples: `csae demo`, `csae demo --crimes 20000 --seed 7`
    """
    sources = load_sources(Settings().sources_dir)
    settings = ready()
    directory = settings.home_dir / "demo" / f"{seed}-{crimes}-{nights}"
    forces = tuple(code for code in ALL_FORCES if code in sources)
    with progress_bars() as listener:
        write_deliveries(
            Plan(seed=seed, crimes=crimes, nights=nights, forces=forces),
            directory,
            lambda done, total: listener("Writing made-up deliveries", done, total),
        )
    _deliver(settings, directory)
    with progress_bars() as listener:
        verdict = run_night(settings, None, [], listener)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        show_night(connection, verdict.night_id)
        show_national(connection)
    console.print()
    console.print("All of this is made up. It is for use inside: no figure here went through disclosure control.")
    table(
        "Try next",
        [("Command", "left"), ("What it shows", "left")],
        [(f".venv/bin/{name}", what) for name, what in NEXT],
    )
    raise NightExit(verdict.exit_code)


def night(
    night_id: Annotated[int | None, typer.Argument(help="A night's number; the latest when not given.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What the last night, or an earlier one, came to for every source.

    Examples: `csae night`, `csae night 7 --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        found = reports.night(connection, night_id)
        if found is None:
            raise typer.BadParameter("There is no such night; csae run makes one.")
        if as_json:
            say_json(_night_as_json(connection, found.night_id))
        else:
            show_night(connection, found.night_id)


def _night_as_json(connection: Connection, night_id: int) -> dict[str, Any]:
    found, is_last = reports.night(connection, night_id), _is_last(connection, night_id)
    generation_id, changed = reports.night_changes(connection, night_id)
    return {
        **(asdict(found) if found else {}),
        "sources": reports.as_json(reports.night_sources(connection, night_id)),
        "generation_id": generation_id,
        "changes": reports.as_json(changed),
        "people": asdict(linkage.people_changed(connection, generation_id)) if generation_id is not None else None,
        "coverage": reports.as_json(reports.coverage(connection) if is_last else []),
        "csae_totals": reports.as_json(reports.csae_totals(connection) if is_last else []),
    }


def _is_last(connection: Connection, night_id: int) -> bool:
    """Figures of the national tables are those of now, so they stand beside no earlier night."""
    last = reports.night(connection)
    return last is not None and last.night_id == night_id


def show_night(connection: Connection, night_id: int) -> None:
    found, lines = reports.night(connection, night_id), reports.night_sources(connection, night_id)
    table(
        "The night by source",
        [
            ("Source", "left"),
            ("Night", "left"),
            ("Loaded", "right"),
            ("Records", "right"),
            ("Quarantined", "right"),
            ("People", "right"),
            ("Last delivery", "left"),
        ],
        [
            (
                f"{line.source} {line.name or ''}".strip(),
                f"{line.state}, waived" if line.is_waived else line.state,
                line.deliveries,
                total(line.crimes, line.case_reviews),
                total(line.crimes_quarantined, line.case_reviews_quarantined),
                line.people,
                line.last_delivery_on,
            )
            for line in lines
        ],
        caption=RECORDS,
    )
    for line in lines:
        if line.message:
            console.print(f"\n{line.source} {line.state}: {line.message}", markup=False, soft_wrap=True)
    if found is None:
        return
    _show_changes(connection, night_id)
    if _is_last(connection, night_id):
        _show_coding(connection)
    if found.notice:
        console.print(f"\n{found.notice}", markup=False, soft_wrap=True)
    style = {"complete": "bold green", "failed": "bold red"}.get(found.verdict or "", "bold yellow")
    console.print()
    console.print(found.message or "The night is not over.", style=style, markup=False, soft_wrap=True)


def _show_changes(connection: Connection, night_id: int) -> None:
    """What the night changed for analysts, of all forces together."""
    generation_id, changed = reports.night_changes(connection, night_id)
    by_reason: dict[tuple[str, str, str], list[ChangeLine]] = {}
    for line in changed:
        by_reason.setdefault((line.record_kind, line.change, line.reason), []).append(line)
    if by_reason:
        table(
            "What changed",
            [("Records", "left"), ("Change", "left"), ("Count", "right"), ("Forces", "right"), ("Why", "left")],
            [
                (f"{kind}s", change, sum(line.records for line in lines), len(lines), meanings()[reason])
                for (kind, change, reason), lines in sorted(by_reason.items())
            ],
            caption=f"csae generation show {generation_id} has them by force.",
        )
    people = linkage.people_changed(connection, generation_id) if generation_id is not None else None
    if people and (people.merged or people.split):
        console.print(f"People: {people.merged} merged, {people.split} split.")


def _show_coding(connection: Connection) -> None:
    coverage, totals = reports.coverage(connection), reports.csae_totals(connection)
    is_all_decoded = all(line.rows_decoded == line.row_count for line in coverage)
    if coverage:
        table(
            "Codes that are decoded, of live sources",
            [
                ("Column", "left"),
                ("Values", "right"),
                ("Values decoded", "right"),
                ("Rows", "right"),
                ("Rows decoded", "right"),
                ("Of rows", "right"),
            ],
            [
                (
                    line.column_name,
                    line.distinct_values,
                    line.distinct_values_decoded,
                    line.row_count,
                    line.rows_decoded,
                    share(line.rows_decoded, line.row_count),
                )
                for line in coverage
            ],
            caption="" if is_all_decoded else "csae force suggest says what the others may mean.",
        )
    if totals:
        table(
            "Crimes under each definition",
            [("Definition", "left"), ("Crimes", "right")],
            [(line.label, line.crimes) for line in totals],
            caption="A crime can be in all of them: they are never added up.",
        )


def show_national(connection: Connection) -> None:
    groups = reports.suspects_by_group(connection)
    if not groups:
        return
    total = sum(group.suspects for group in groups)
    known = sum(group.suspects for group in groups if group.ethnicity_group != "U")
    table(
        "Suspects by ethnic group (self-defined, else as an officer saw them)",
        [("Group", "left"), ("Suspects", "right"), ("Of all", "right"), ("Of known", "right")],
        [
            (
                group.label,
                group.suspects,
                share(group.suspects, total),
                share(group.suspects, known) if group.ethnicity_group != "U" else None,
            )
            for group in groups
        ]
        + [("All suspects", total, share(total, total), None)],
        caption="A person counts once a crime.",
    )
    table(
        "How much is recorded of suspects",
        [
            ("Force", "left"),
            ("Suspects", "right"),
            ("Self-defined", "right"),
            ("Not stated", "right"),
            ("Not recorded", "right"),
            ("Unmapped", "right"),
            ("Observed only", "right"),
            ("Nationality", "right"),
        ],
        [
            (
                f"{line.force_code} {line.name}",
                line.suspects,
                *(
                    share(part, line.suspects)
                    for part in (
                        line.self_defined,
                        line.not_stated,
                        line.not_recorded,
                        line.unmapped,
                        line.observed_only,
                        line.nationality,
                    )
                ),
            )
            for line in reports.completeness(connection)
        ],
    )


def _deliver(settings: Settings, directory: Path) -> None:
    s3 = landing.client(settings.s3_endpoint_url)
    try:
        with progress_bars() as listener:
            copied, there = landing.deliver(
                s3, settings.landing_bucket, directory, lambda done, total, _: listener("Delivering", done, total)
            )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    console.print(f"Delivered {copied} files; {there} were there already.")


def register(app: typer.Typer) -> None:
    for command in (demo, deliver, run, night):
        app.command()(command)
