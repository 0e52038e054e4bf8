"""`roles show`, `check`, `grant`, `force-analyst`: who may do what in the warehouse."""

import csv
from dataclasses import asdict
from typing import Annotated

import typer

from csae import warehouse
from csae.cli.output import console, say_json, table
from csae.cli.stack import ready
from csae.roles import access, comparing, granting, matrix
from csae.roles.comparing import Difference
from csae.settings import Settings

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Who may do what in the warehouse, and whether it is so."
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command()
def show(*, as_json: AsJson = False) -> None:
    """The matrix: what each role may do, and the settings of its logins. It needs no running service.

    Keys of `--json`: roles, privileges, settings, rows_of_a_force.

    Examples: `csae roles show`, `csae roles show --json`
    """
    if as_json:
        say_json(
            {
                "roles": matrix.roles(),
                "privileges": [asdict(line) for line in matrix.lines()],
                "settings": [asdict(setting) for setting in matrix.settings()],
                "rows_of_a_force": [asdict(rule) for rule in matrix.force_rules().values()],
            }
        )
        return
    table("Roles", [("Role", "left"), ("Is for", "left")], list(matrix.roles().items()))
    table(
        "What each may do",
        [("Role", "left"), ("On", "left"), ("Where", "left"), ("What", "left"), ("Why", "left")],
        [
            (
                line.role,
                line.on,
                " ".join(line.schemas) + ("." + " ".join(line.objects) if line.objects else ""),
                " ".join(line.privileges).lower() + (f" ({' '.join(line.columns)})" if line.columns else ""),
                line.why or None,
            )
            for line in matrix.lines()
        ],
        caption="What is not listed nobody may do, but for the owner of the database, whose rights the pipeline has.",
    )
    table(
        "Settings of logins",
        [("Of the role", "left"), ("Setting", "left"), ("Value", "left")],
        [(setting.role, setting.name, setting.value) for setting in matrix.settings()],
    )


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Compare the actual rights with the matrix, and say how reads are logged. Exit code 1 if anything differs.

    Nothing is changed. Keys of `--json`: differences, access_log, repairs (the last twenty that were made).

    Examples: `csae roles check`, `csae roles check --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        if connection.execute("select to_regclass('access.repair') is null").fetchone() == (True,):
            raise granting.NotGrantedError("No rights were ever given in this warehouse; csae roles grant does.")
        found = comparing.differences(connection)
        log = access.in_force(connection)
        repairs = connection.execute(
            "select found_at::text, night_id, difference, was_repaired from access.repair "
            "order by found_at desc limit 20"
        ).fetchall()
    if as_json:
        say_json(
            {
                "differences": [asdict(item) for item in found],
                "access_log": asdict(log),
                "repairs": [
                    dict(zip(("found_at", "night_id", "difference", "was_repaired"), row, strict=True))
                    for row in repairs
                ],
            }
        )
    else:
        _say(found, "Rights are as the matrix says.")
        if repairs:
            table(
                "What nights and csae roles grant found, the newest first",
                [("Found", "left"), ("Night", "right"), ("What", "left"), ("Put right", "left")],
                [(at[:16], night, what, "yes" if mended else "no") for at, night, what, mended in repairs],
            )
        console.print(f"\nAccess log: {log.sentence}", soft_wrap=True, markup=False)
    raise typer.Exit(1 if found else 0)


@app.command()
def grant(*, as_json: AsJson = False) -> None:
    """Make rights what the matrix says: what is missing is given, and what is not in it is taken back.

    What differed is kept in access.repair, as when a night finds it.
    The exit code is 1 if something is left that this login may not change; its statement is then shown.

    Examples: `csae roles grant`, `csae roles grant --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        found, left = granting.put_right(connection)
    if as_json:
        say_json({"found": [asdict(item) for item in found], "left": [asdict(item) for item in left]})
    else:
        if found:
            console.print(f"{len(found) - len(left)} differences were put right.")
        _say(left, "Rights are as the matrix says.")
    raise typer.Exit(1 if left else 0)


@app.command("force-analyst")
def force_analyst(
    force_code: Annotated[str, typer.Argument(metavar="CODE", help="Home Office code of the force: 06.")],
) -> None:
    """Make the role of a force's own analysts, who see their force's rows alone, in the schema curated_force.

    A login is put into it by whoever makes logins; csae roles grant then gives the login its settings.

    Example: `csae roles force-analyst 06`
    """
    if len(force_code) != 2 or not force_code.isdecimal():
        raise typer.BadParameter("A force's code has two digits: 06.", param_hint="CODE")
    if not _is_known(force_code, Settings()):
        raise typer.BadParameter(f"{force_code} is neither in the list of forces nor a source.", param_hint="CODE")
    with warehouse.connect(ready().warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        name = granting.add_force(connection, force_code)
    console.print(f"The role {name} is there. To let somebody in: CREATE ROLE their_name LOGIN IN ROLE {name}")


def _is_known(force_code: str, settings: Settings) -> bool:
    """Of the seed forces.csv, or the force of a YAML: its file's name begins with its code."""
    with (settings.project_dir / "dbt_project" / "seeds" / "forces.csv").open(encoding="utf-8", newline="") as stream:
        listed = any(row["force_code"] == force_code for row in csv.DictReader(stream))
    return listed or any(settings.sources_dir.glob(f"{force_code}_*.yml"))


def _say(found: list[Difference], nothing: str) -> None:
    if not found:
        console.print(nothing)
        return
    table(
        "Rights that are not as the matrix says",
        [("", "left"), ("What", "left"), ("What mends it", "left")],
        [("wider" if item.is_wider else "", item.sentence, item.repair or "a person has to decide") for item in found],
        caption="csae roles grant mends what this login may; the rest is for the server's administrator.",
    )


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="roles")
