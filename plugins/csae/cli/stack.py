"""`up`, `down`, `status`, and the readiness that other commands ask for."""

import os
from dataclasses import asdict
from typing import Annotated

import typer

from csae import local_stack
from csae.cli.output import console, errors, say_json, table
from csae.settings import Settings


def ready(*, quiet: bool = False) -> Settings:
    """Settings of services that answer: those of the environment, else the embedded stack, started if it is not up."""
    settings = Settings()
    if not settings.is_embedded:
        return settings

    def report(line: str) -> None:
        if not quiet:
            errors.print(line, style="dim", markup=False)

    running = local_stack.ensure_running(settings.home_dir, report=report)
    os.environ.update(running.environment())
    local_stack.migrate_airflow(running, report=report)
    return Settings()


def running() -> Settings | None:
    """Settings of services that there are already; nothing is started, so None when the embedded stack is down."""
    settings = Settings()
    if not settings.is_embedded:
        return settings
    services = local_stack.status(settings.home_dir)
    return ready(quiet=True) if all(item.running for item in services[:2]) else None


def up(
    airflow: Annotated[
        bool, typer.Option("--airflow/--no-airflow", help="Also start Airflow, its UI and schedule.")
    ] = True,
) -> None:
    """Start the local stack: PostgreSQL, S3 and Airflow, which then runs every night at 04:00.

    Examples: `csae up`, `csae up --no-airflow`
    """
    settings = Settings()
    if not settings.is_embedded:
        console.print("CSAE_WAREHOUSE_URL is set, so the services are yours to start; nothing was done.")
        return
    ready()
    if airflow:
        running = local_stack.ensure_running(settings.home_dir)
        started = local_stack.start_airflow(running, report=lambda line: errors.print(line, style="dim", markup=False))
        console.print(f"Airflow: {started.url} (user {started.user}, password in {started.password_file})")
    status()


def down() -> None:
    """Stop the local stack. Nothing is deleted; `csae up` takes up where it was.

    Example: `csae down`
    """
    stopped = local_stack.stop(Settings().home_dir)
    console.print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")


def status(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what of the local stack is running, and where.

    Examples: `csae status`, `csae status --json`
    """
    services = local_stack.status(Settings().home_dir)
    if as_json:
        say_json([asdict(service) for service in services])
        return
    table(
        f"Local stack in {Settings().home_dir}",
        [("Service", "left"), ("State", "left"), ("Where", "left"), ("Process", "right")],
        [
            (item.name, "running" if item.running else "stopped", item.detail, str(item.pid) if item.pid else None)
            for item in services
        ],
    )


def register(app: typer.Typer) -> None:
    for command in (up, down, status):
        app.command()(command)
