"""`why`: where a figure comes from, and what became of a row."""

from dataclasses import asdict
from typing import Annotated

import psycopg
import typer

from csae import warehouse
from csae.cli import why_pages
from csae.cli.output import say_json
from csae.cli.stack import ready
from csae.failures import StepError
from csae.keys import in_use
from csae.pseudonyms import Keys, read_keys
from csae.settings import Settings
from csae.tracing.context import Context
from csae.tracing.keys import UnknownKeyError
from csae.tracing.telling import tell
from csae.warehouse import Connection


def why(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A crime, person, involvement, row or file.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Where a figure comes from, and what became of a row.

    Backward from a crime, a person or a person on a crime: every delivery that tells of it, the row that stands and
    why, what each coded column was read from and decoded to, who was taken for one, and the generations that had it.
    Forward from a row or a file: what the gate and the last build made of it, and what rests on it.

    KEY is one of

    - `12:crimes:345`: a row, by load, extract and row number, as `csae load quarantine` lists them
    - `06/2026-09-01/FILE`: a file, as `csae load show` lists them
    - `06/REFERENCE`: a crime or case, by its force's own reference, which is made a token at once and kept nowhere
    - a `crime_key`, a `crime_key:2` (its second person), a `person_key`, a `person_record_key`, an `involvement_key`,
      a `case_key`; the first eight digits will do

    No name, date of birth or reference is shown, and of a token its first eight digits.

    Exit code: 0, 64 nothing has the key, 3 a reference where the pseudonym key at hand is not the warehouse's.

    Keys of `--json`: kind (crime, person, involvement, row, file, case), and what docs/tracing.md lists for each.

    Examples: `csae why 1:crimes:253`, `csae why 06/2026-09-01/GMP_CSAE_CRIME_20260901.csv`,
    `csae why "$(csae sql --csv 'select crime_key from fct_offence_type limit 1' | tail -1)"`
    """
    settings = ready(quiet=as_json)
    with warehouse.connect(settings.warehouse_url, autocommit=True) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        at = Context(
            connection,
            settings.sources_dir,
            settings.project_dir / "dbt_project" / "seeds",
            lambda: _keys(connection, settings),
        )
        try:
            with connection.transaction():
                story = tell(at, key)
        except UnknownKeyError as error:
            raise typer.BadParameter(str(error), param_hint="KEY") from None
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            raise StepError("The tables were built by an earlier version; csae run builds them anew.") from None
    if as_json:
        say_json(asdict(story))
    else:
        why_pages.show(story)


def _keys(connection: Connection, settings: Settings) -> Keys:
    """Those of the warehouse: a token of another key would find nothing, as if the reference had never come."""
    keys = read_keys(settings.pseudonym_key_file)
    in_use.check(connection, keys)
    return keys


def register(app: typer.Typer) -> None:
    app.command()(why)
