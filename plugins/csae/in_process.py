"""A night in this process, through the same DAGs that Airflow runs on schedule."""

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from csae import progress
from csae.clients import clients
from csae.keys import in_use
from csae.landing import store_errors
from csae.night import Verdict, give_verdict
from csae.progress import Listener, Stopped
from csae.settings import Settings


class DagError(Exception):
    """Airflow could not read or run the DAGs. The message names the log."""


def run_night(
    settings: Settings, night_on: date | None, accepted_falls: Collection[str], listener: Listener
) -> Verdict:
    """Run `csae_ingest`, then `csae_transform`. What Airflow prints goes to a log. Raises `DagError`."""
    log = settings.logs_dir / "run.log"
    with clients(settings, prepare=True) as c, store_errors(c.s3):
        c.s3.head_bucket(Bucket=settings.landing_bucket)
        in_use.check_settings(c.connection, settings)
    with _output_to(log), _airflow_errors(log), progress.listening(listener):
        dags = _dags(settings.project_dir / "dags", log)
        ingest = dags["csae_ingest"].test(run_conf={"night": night_on.isoformat() if night_on else None})
        if progress.stop_requested.is_set():
            raise Stopped
        opened = ingest.get_task_instance("open_night").xcom_pull(task_ids="open_night")
        if not opened:
            raise DagError(f"The night could not be opened; {log} says why.")
        night_id = int(opened[0]["night_id"])
        progress.report("Building the national tables", 0, 1)
        dags["csae_transform"].test(run_conf={"night_id": night_id, "accept_falls": list(accepted_falls)})
    if progress.stop_requested.is_set():
        raise Stopped
    with clients(settings) as c:
        return give_verdict(c.connection, c.settings, c.sources, night_id)


def _dags(directory: Path, log: Path) -> dict[str, Any]:
    """Reading the DAGs loads Airflow, which takes seconds; so it is done only here."""
    progress.report("Starting Airflow", 0, 1)
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415

    bag = DagBag(dag_folder=str(directory))
    if bag.import_errors:
        raise DagError(f"Airflow cannot read {', '.join(sorted(bag.import_errors))}; {log} says why.")
    for task in (task for dag in bag.dags.values() for task in dag.tasks):
        task.retries = 0  # they are for workers that die; here somebody waits, and can run it again
    progress.report("Starting Airflow", 1, 1)
    return dict(bag.dags)


@contextmanager
def _airflow_errors(log: Path) -> Iterator[None]:
    """Turn an error of Airflow's own database into one clear sentence."""
    try:
        yield
    except SQLAlchemyError:
        raise DagError(
            "Airflow's own database does not answer or is not prepared; check AIRFLOW__DATABASE__SQL_ALCHEMY_CONN and "
            f"run airflow db migrate. {log} says more."
        ) from None


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Send what this process and its children print to a log, below Python too, since Airflow writes from both."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("a") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)
