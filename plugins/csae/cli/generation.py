"""`generation list`, `show`, `changes`, `rollback`, `build`: what analysts see or saw, and what changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from csae import generations, progress, reports, warehouse
from csae.cli.output import console, progress_bars, say_json, table
from csae.cli.stack import ready
from csae.generations import ChangeLine, GenerationLine, SwitchError
from csae.roles.granting import RightsError
from csae.warehouse import BusyError, Connection

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="The national tables as they were built night by night: which of them analysts see, and what changed.",
)

Number = Annotated[int | None, typer.Argument(help="A generation's number, from csae generation list.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_generations(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20, *, as_json: AsJson = False
) -> None:
    """Every build of the national tables, the newest first.

    Examples: `csae generation list`, `csae generation list --limit 100 --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        lines = generations.listing(connection)[:limit]
    if as_json:
        say_json(reports.as_json(lines))
        return
    if not lines:
        console.print("Nothing was built yet; csae run builds the first generation.")
        return
    table(
        "Generations",
        [
            ("Generation", "right"),
            ("Night", "right"),
            ("Of", "left"),
            ("State", "left"),
            ("Kept", "left"),
            ("Built", "left"),
            ("Tested", "left"),
            ("Begun", "left"),
            ("Seconds", "right"),
            ("Crimes", "right"),
            ("Involvements", "right"),
        ],
        [
            (
                line.generation_id,
                line.night_id,
                line.night_on,
                line.state,
                "yes" if line.is_kept else "no",
                line.mode,
                line.tests,
                line.started_at,
                None if line.seconds is None else round(line.seconds),
                line.crimes,
                line.involvements,
            )
            for line in lines
        ],
        caption="Analysts see the current one. csae generation rollback goes to any that is kept.",
    )


@app.command()
def show(generation_id: Number = None, *, as_json: AsJson = False) -> None:
    """One generation: how it was built, from how many deliveries, and what it changed. Without a number, the current.

    Examples: `csae generation show`, `csae generation show 7 --json`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        line = _existing(connection, generation_id)
        loads = generations.loads(connection, line.generation_id)
        changed = generations.of_generation(connection, line.generation_id)
    if as_json:
        say_json({**asdict(line), "loads": loads, "changes": reports.as_json(changed)})
        return
    built = f"built {line.mode}" if line.mode else "built"
    console.print(
        f"Generation {line.generation_id} of night {line.night_id} ({line.night_on}), {line.state}, {built} "
        f"in {line.seconds or 0:.0f} seconds from {line.started_at}.",
        soft_wrap=True,
    )
    if line.message:
        console.print(line.message, markup=False, soft_wrap=True)
    console.print(f"It knows {', '.join(f'{count} {state} loads' for state, count in loads.items()) or 'no loads'}.")
    _show_changes(f"What generation {line.generation_id} changed", changed)


@app.command()
def changes(
    since: Annotated[int | None, typer.Argument(help="The earlier generation; the one before UNTIL if none.")] = None,
    until: Annotated[int | None, typer.Argument(help="The later one; the current if none.")] = None,
    force: Annotated[str | None, typer.Option(help="Only this force, such as 06.")] = None,
    *,
    keys: Annotated[bool, typer.Option("--keys", help="List each crime and person, by key.")] = False,
    as_json: AsJson = False,
) -> None:
    """Crimes and involvements that were added, removed or changed between two generations, by force and reason.

    `csae why KEY` says more of any key that `--keys` lists.

    Examples: `csae generation changes`, `csae generation changes 5 8 --force 06 --keys`
    """
    with warehouse.connect(ready(quiet=as_json).warehouse_url, autocommit=True) as connection:
        last = _existing(connection, until).generation_id
        first = since if since is not None else _before(connection, last)
        for number in (first, last):
            _refuse_unless_kept(connection, number, f" Counts of an older one: csae generation show {number}.")
        if first > last:
            raise typer.BadParameter(f"Generation {first} is newer than {last}; give the earlier one first.")
        lines = generations.between(connection, first, last, force)
    if as_json:
        say_json(
            {
                "since": first,
                "until": last,
                "changes": reports.as_json(generations.counted(lines)),
                **({"keys": reports.as_json(lines)} if keys else {}),
            }
        )
        return
    _show_changes(f"From generation {first} to {last}", generations.counted(lines))
    if keys and lines:
        table(
            "",
            [
                ("Force", "left"),
                ("Record", "left"),
                ("Change", "left"),
                ("Reason", "left"),
                ("Crime", "left"),
                ("Person", "left"),
                ("Role", "left"),
            ],
            [tuple(asdict(line).values()) for line in lines],
        )


@app.command()
def rollback(generation_id: Number = None) -> None:
    """Let analysts see an earlier generation at once. Without a number, the last one before what they see now.

    Nothing is built or lost: the same command with the newest number goes forward again. Who asked, for what and what
    came of it is kept in access.rollback.

    Examples: `csae generation rollback`, `csae generation rollback 7`
    """
    with warehouse.connect(ready().warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        with _keeping_refusals(connection, generation_id):
            now = generations.current(connection)
            if now is None:
                raise typer.BadParameter("Nothing was built yet; csae run builds the first generation.")
            target = generation_id if generation_id is not None else _before(connection, now.generation_id)
            if target == now.generation_id:
                console.print(f"Analysts see generation {target} already.")
                return
            _refuse_unless_kept(connection, target)
            with warehouse.turn(connection, wait=False):
                generations.rollback(connection, target, asked_for=generation_id)
        newest = generations.newest(connection)
        then = generations.current(connection)
    if then and newest and then != newest:
        console.print(f"Now {generations.went_back(then, newest)}", soft_wrap=True)
    else:
        console.print(f"Analysts see generation {target}, the newest.")


@app.command()
def build(
    day: Annotated[datetime, typer.Option("--as-at", formats=["%Y-%m-%d"], help="The day, such as 2026-09-30.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Build the tables anew as they were known at the end of a day, in a database of their own.

    They are made from the deliveries, the YAML, the code sets and the judgements of that day, and compared with what
    analysts saw then where that is kept; 1 is the exit code when they differ. Nothing that analysts see changes.

    Example: `csae generation build --as-at 2026-09-30`, then `csae sql --as-at 2026-09-30 "select …"`
    """
    from csae.as_at import building  # noqa: PLC0415 - a list of generations need not wait for what builds them

    settings = ready(quiet=as_json)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        with (
            warehouse.turn(connection, wait=False),
            progress_bars(quiet=as_json) as listener,
            progress.listening(listener),
        ):
            built = building.build(connection, settings, day.date())
    if as_json:
        say_json(
            {
                "day": str(built.day),
                "generation": built.generation_id,
                "database": built.database,
                "rows": {table: found.rows for table, found in built.built.items()},
                "differing": built.differing if built.kept else None,
            }
        )
    else:
        console.print(
            f"As at {built.day}, from what generation {built.generation_id} knew: "
            f"{sum(found.rows for found in built.built.values()):,} rows in {len(built.built)} tables. "
            f'Ask them with csae sql --as-at {built.day} "select …".',
            soft_wrap=True,
        )
        if not built.kept:
            console.print("What analysts saw then is kept no longer, so there is nothing to compare it with.")
        elif built.differing:
            console.print(f"Not what analysts saw then: {', '.join(built.differing)}.", style="red", soft_wrap=True)
        else:
            console.print("Row for row what analysts saw then.")
    if built.differing:
        raise typer.Exit(1)


@contextmanager
def _keeping_refusals(connection: Connection, asked_for: int | None) -> Iterator[None]:
    """Of a rollback that is refused, keep who asked and why."""
    try:
        yield
    except (typer.BadParameter, BusyError, SwitchError, RightsError) as error:
        generations.note_refused(connection, asked_for, f"{error}")
        raise


def _existing(connection: Connection, generation_id: int | None) -> GenerationLine:
    warehouse.prepare(connection)
    now = generations.current(connection)
    if generation_id is None and now is None:
        raise typer.BadParameter("Nothing was built yet; csae run builds the first generation.")
    number = generation_id if generation_id is not None else now.generation_id if now else 0
    found = generations.listing(connection, number)
    if not found:
        raise typer.BadParameter(f"There is no generation {number}; csae generation list shows those there are.")
    return found[0]


def _refuse_unless_kept(connection: Connection, generation_id: int, besides: str = "") -> None:
    if generation_id not in generations.kept(connection):
        raise typer.BadParameter(
            f"Generation {generation_id} is not kept; csae generation list shows which are.{besides}"
        )


def _before(connection: Connection, generation_id: int) -> int:
    earlier = [number for number in generations.kept(connection) if number < generation_id]
    if not earlier:
        raise typer.BadParameter(f"No generation before {generation_id} is kept; csae generation list shows which are.")
    return earlier[0]


def _show_changes(title: str, lines: Sequence[ChangeLine]) -> None:
    if not lines:
        console.print(f"{title}: nothing, or there is nothing to compare with.")
        return
    said = generations.meanings()
    table(
        title,
        [("Force", "left"), ("Records", "left"), ("Change", "left"), ("Count", "right"), ("Why", "left")],
        [
            (line.force_code, f"{line.record_kind}s", line.change, line.records, said.get(line.reason, line.reason))
            for line in lines
        ],
    )


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="generation")
