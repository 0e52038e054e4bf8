"""`keys show`, `keys rotate`: the pseudonym key of the warehouse, by its id, and its change for another."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csae import warehouse
from csae.cli.exits import INTERRUPTED_EXIT
from csae.cli.output import console, errors, progress_bars, say_json, table
from csae.cli.stack import ready
from csae.keys import in_use
from csae.pseudonyms import read_keys
from csae.settings import Settings
from csae.warehouse import Connection

if TYPE_CHECKING:
    from csae.keys.rotating import Rotation

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="The pseudonym key: which one is in use, and its change."
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
_CHANGES = ("rotated_at", "old_key_ids", "new_key_id", "loads", "records", "judgements")


@app.command()
def show(*, as_json: AsJson = False) -> None:
    """The id of the key at hand, and of the keys that the tokens of the warehouse are under. No key is shown.

    Exit code: 0 a night can run, 1 it cannot, since the warehouse is under another key; 3 the key file is missing or
    refused.

    Keys of `--json`: key_id, loads_by_key_id, rotations.

    Examples: `csae keys show`, `csae keys show --json`
    """
    settings = ready(quiet=as_json)
    keys = read_keys(settings.pseudonym_key_file)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        warehouse.prepare(connection)
        by_key, changes = in_use.loads_by_key(connection), _changes(connection)
    is_usable = not by_key.keys() - {keys.key_id}
    if as_json:
        say_json({"key_id": keys.key_id, "loads_by_key_id": by_key, "rotations": changes})
        raise typer.Exit(0 if is_usable else 1)
    console.print(f"The key at hand: {keys.key_id} ({settings.pseudonym_key_file})", markup=False, soft_wrap=True)
    if not by_key:
        console.print("Nothing was loaded yet, so the warehouse is under no key.")
    else:
        table("Keys of the warehouse", [("Key", "left"), ("Loads", "right")], list(by_key.items()))
    if changes:
        table(
            "Changes of the key, the newest first",
            [("When", "left"), ("From", "left"), ("To", "left"), ("Loads", "right"), ("Records", "right"),
             ("Judgements", "right")],
            [(line["rotated_at"][:16], " ".join(line["old_key_ids"]), *list(line.values())[2:]) for line in changes],
        )  # fmt: skip
    if not is_usable:
        console.print("\nNo night runs under this key: put the other file back, or see csae keys rotate --help.")
    raise typer.Exit(0 if is_usable else 1)


@app.command()
def rotate(
    new_key: Annotated[
        Path, typer.Option("--new-key", metavar="FILE", help="The new key; csae keys rotate does not make one.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Read all that was loaded again, under a new key, and put the new rows in place at once.

    Each load is read from the archive, or from landing where its very bytes still lie there, by the YAML of its day.
    Every row must be what it was but for its tokens, and every token alike in the same rows: else nothing is changed,
    and a sentence says which load, file and column. Judgements on people are taken over. The old key is not needed.

    No night may be at work. It takes about three times as long as loading did, and the rows are there twice meanwhile.
    Broken off at any point, it changes nothing. Afterwards put FILE where CSAE_PSEUDONYM_KEY_FILE points, and run a
    night: it builds everything anew, and nobody can go back to generations from before.

    Exit code: 0 the key is changed, 3 it is not, or the local stack could not be given it, 130 stopped; after 3 and 130
    `csae keys show` says which one is in use.

    Keys of `--json`: old_key_ids, new_key_id, loads, records, judgements.

    Examples: `(umask 077; head -c 32 /dev/urandom > new.key)`, then `csae keys rotate --new-key new.key`
    """
    from csae import landing, progress  # noqa: PLC0415 - csae keys show need not wait for them
    from csae.keys import of_local_stack, rotating  # noqa: PLC0415
    from csae.sources import load_sources  # noqa: PLC0415

    is_embedded = Settings().is_embedded
    settings = ready(quiet=as_json)
    try:
        with (
            warehouse.connect(settings.warehouse_url, autocommit=True) as connection,
            progress_bars(quiet=as_json) as listener,
            progress.listening(listener),
        ):
            warehouse.prepare(connection)
            broken_off = _broken_off(connection, settings, new_key) if is_embedded else None
            made = broken_off or rotating.rotate(
                connection,
                landing.client(settings.s3_endpoint_url),
                settings,
                load_sources(settings.sources_dir),
                new_key,
            )
            if is_embedded:
                of_local_stack.replace_key(settings.home_dir, new_key)
    except progress.Stopped:
        errors.print("Stopped. A change is made whole or not at all: csae keys show says which key is in use.")
        raise typer.Exit(INTERRUPTED_EXIT) from None
    if as_json:
        say_json(asdict(made))
        return
    if broken_off:
        console.print("The warehouse was under this key already; the local stack has it too now.")
        return
    console.print(
        f"The key is {made.new_key_id} now: {made.records:,} records of {made.loads:,} loads were made anew, and "
        f"{made.judgements:,} judgements taken over."
    )
    if is_embedded:
        console.print("The local stack has the new key; csae run builds the national tables anew.")
    else:
        console.print(f"Put {new_key} where CSAE_PSEUDONYM_KEY_FILE points, then csae run.", markup=False)


def _broken_off(connection: Connection, settings: Settings, new_key: Path) -> "Rotation | None":
    """A change that the warehouse has and its local stack has not."""
    from csae.keys import of_local_stack  # noqa: PLC0415
    from csae.keys.rotating import Rotation  # noqa: PLC0415

    keys = read_keys(new_key)
    if [*in_use.loads_by_key(connection)] != [keys.key_id] or of_local_stack.has_key(settings.home_dir, keys):
        return None
    made = (line for line in _changes(connection) if line["new_key_id"] == keys.key_id)
    return next((Rotation(**{name: line[name] for name in _CHANGES[1:]}) for line in made), None)


def _changes(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        """
        select to_char(rotated_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI'), old_key_ids, new_key_id, loads,
            records, judgements
        from ops.key_rotation order by rotation_id desc
        """
    ).fetchall()
    return [dict(zip(_CHANGES, row, strict=True)) for row in rows]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="keys")
