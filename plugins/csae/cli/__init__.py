"""The command line: `csae --help`."""

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from csae.cli.exits import CANNOT_EXIT, INTERRUPTED_EXIT, USAGE_EXIT, NightExit
from csae.cli.output import errors
from csae.failures import safe_message
from csae.progress import Stopped, stop_requested

_MODULE_OF = {
    **dict.fromkeys(("up", "down", "status"), "stack"),
    **dict.fromkeys(("demo", "deliver", "run", "night"), "nightly"),
    "sql": "query",
    "why": "why",
    "person": "person",
    "force": "forces",
    "load": "loads",
    "generation": "generation",
    "roles": "roles",
    "keys": "keys",
    "code": "codes",
}
"""The module that registers a command, in the order of the help."""


class _OnDemand(TyperGroup):
    """Imports the module of the command that is run; those of all for the help, or to say what a typo may mean."""

    def list_commands(self, ctx: Any) -> list[str]:
        self._register(*_MODULE_OF.values())
        return sorted(super().list_commands(ctx), key=list(_MODULE_OF).index)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        self._register(*([_MODULE_OF[cmd_name]] if cmd_name in _MODULE_OF else _MODULE_OF.values()))
        return super().get_command(ctx, cmd_name)

    def _register(self, *modules: str) -> None:
        for module in dict.fromkeys(modules):
            if not any(_MODULE_OF[name] == module for name in self.commands):
                part = typer.Typer(rich_markup_mode="markdown")
                import_module(f"csae.cli.{module}").register(part)
                self.commands.update(get_group(part).commands)


app = typer.Typer(
    name="csae",
    cls=_OnDemand,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="The National CSAE Dataset: police extracts in, national tables of ethnicity, nationality, offence out.",
)


@app.callback()
def _csae() -> None:
    """Makes a group of an app that has no command yet."""


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
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        errors.print(safe_message(error), style="red", markup=False, soft_wrap=True)
        sys.exit(CANNOT_EXIT)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """The first Ctrl-C ends the work in good order; a second one ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    stop_requested.set()
    raise Stopped
