"""The command line: `csae --help`."""

import os
import signal
import sys
from types import FrameType

import typer

from csae.cli import forces, loads, nightly, query, stack
from csae.cli.nightly import NightExit
from csae.cli.output import errors
from csae.failures import safe_message
from csae.progress import Stopped, stop_requested

USAGE_EXIT = 64
"""Of sysexits.h; 2, the usual one, says that a night was held."""
CANNOT_EXIT = 3
_INTERRUPTED_EXIT = 130

app = typer.Typer(
    name="csae",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="The National CSAE Dataset: police extracts in, national tables of ethnicity, nationality, offence out.",
)
stack.register(app)
nightly.register(app)
query.register(app)
app.add_typer(forces.app, name="force")
app.add_typer(loads.app, name="load")


def main() -> None:
    """Run a command; every expected failure is one sentence on standard error and exit code 3."""
    signal.signal(signal.SIGINT, _stop)
    try:
        app()
    except NightExit:
        raise
    except SystemExit as stop:
        sys.exit(USAGE_EXIT if stop.code == 2 else stop.code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Stopped:
        errors.print("Stopped. What was loaded is kept, and running again takes up the rest.")
        sys.exit(_INTERRUPTED_EXIT)
    except Exception as error:
        errors.print(safe_message(error), style="red", markup=False, soft_wrap=True)
        sys.exit(CANNOT_EXIT)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """The first Ctrl-C ends the work in good order; a second one ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    stop_requested.set()
    raise Stopped
