"""The clients that a task needs: from the `CSAE_*` variables, or from Airflow's connections where those are not set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from csae import landing, no_values, warehouse
from csae.settings import Settings
from csae.sources import LoadedSource, load_sources
from csae.warehouse import Connection

if TYPE_CHECKING:
    from airflow.sdk import Connection as AirflowConnection
    from mypy_boto3_s3 import S3Client

WAREHOUSE_CONNECTION = "csae_warehouse"
OBJECT_STORE_CONNECTION = "csae_object_store"


@dataclass(frozen=True)
class Clients:
    settings: Settings
    sources: dict[str, LoadedSource]
    connection: Connection
    s3: "S3Client"


@contextmanager
def clients(settings: Settings | None = None, *, source: str | None = None, prepare: bool = False) -> Iterator[Clients]:
    """Open what a step works with: one source's YAML or all; `prepare` brings the warehouse's own tables up to date.

    Raises `ServiceAwayError` and `SourceError`, and `StepError` without a value for an error that nobody foresaw.
    """
    no_values.filter_logs()
    with no_values.errors_without_values():
        if settings is None:
            settings, s3 = _in_airflow(Settings())
        else:
            s3 = landing.client(settings.s3_endpoint_url)
        sources = load_sources(settings.sources_dir, source)
        connection = warehouse.connect(settings.warehouse_url, autocommit=True)
        with connection:
            if prepare:
                warehouse.prepare(connection)
            yield Clients(settings, sources, connection, s3)


@contextmanager
def clients_of_task(*, source: str | None = None, prepare: bool = False) -> Iterator[Clients]:
    """`clients` for a task, whose retries are for what may pass: a worker that died, a service that was away.

    Raises `AirflowFailException`, after which Airflow does not try again, for an error that another try would meet too.
    """
    from airflow.sdk.exceptions import AirflowException, AirflowFailException  # noqa: PLC0415 - only inside a task

    try:
        with clients(source=source, prepare=prepare) as c:
            yield c
    except (AirflowException, *warehouse.PASSING):
        raise
    except Exception as error:
        raise AirflowFailException(str(error)) from None


def _in_airflow(settings: Settings) -> "tuple[Settings, S3Client]":
    """What the variables say; where they say nothing, what Airflow's connections say, keys included."""
    if settings.warehouse_url is None and (found := _airflow_connection(WAREHOUSE_CONNECTION)):
        url = SecretStr(found.get_uri().replace("postgres://", "postgresql://", 1))
        settings = settings.model_copy(update={"warehouse_url": url})
    if settings.s3_endpoint_url is None and (found := _airflow_connection(OBJECT_STORE_CONNECTION)):
        endpoint = found.extra_dejson.get("endpoint_url")
        return settings, landing.client(endpoint, found.login, found.password)
    return settings, landing.client(settings.s3_endpoint_url)


def _airflow_connection(name: str) -> "AirflowConnection | None":
    from airflow.sdk import Connection  # noqa: PLC0415 - only inside a task
    from airflow.sdk.exceptions import AirflowNotFoundException  # noqa: PLC0415

    try:
        found: AirflowConnection = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return found
