"""The clients that a task needs: from the `CSAE_*` variables, or from Airflow's connections where those are not set."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from csae import landing, warehouse
from csae.settings import Settings
from csae.sources import LoadedSource, load_sources
from csae.warehouse import Connection

if TYPE_CHECKING:
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
def clients(settings: Settings | None = None, *, prepare: bool = False) -> Iterator[Clients]:
    """Open what a step works with; `prepare` also brings the warehouse's own tables up to date.

    Raises `ServiceAwayError` and `SourceError`.
    """
    settings = settings or settings_in_airflow()
    sources = load_sources(settings.sources_dir)
    connection = warehouse.connect(settings.warehouse_url, autocommit=True)
    with connection:
        if prepare:
            warehouse.prepare(connection)
        yield Clients(settings, sources, connection, landing.client(settings.s3_endpoint_url))


def settings_in_airflow() -> Settings:
    """The settings of this process; a real deployment may keep the warehouse and store as Airflow connections."""
    settings = Settings()
    if settings.warehouse_url and settings.s3_endpoint_url:
        return settings
    from airflow.sdk import Connection as AirflowConnection  # noqa: PLC0415 - only inside a task

    found = {}
    if settings.warehouse_url is None:
        uri = AirflowConnection.get(WAREHOUSE_CONNECTION).get_uri()
        found["warehouse_url"] = SecretStr(uri.replace("postgres://", "postgresql://", 1))
    if settings.s3_endpoint_url is None:
        store = AirflowConnection.get(OBJECT_STORE_CONNECTION)
        found["s3_endpoint_url"] = store.extra_dejson.get("endpoint_url")
    return settings.model_copy(update=found)
