"""A warehouse and a bucket of their own, and nights in them by the steps that the DAGs call. Airflow is left out."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import yaml
from pydantic import SecretStr

from csae import building, generations, night, warehouse
from csae.failures import StepError
from csae.local_stack import Stack
from csae.night import Verdict
from csae.roles import granting
from csae.settings import Settings
from csae.sources import LoadedSource, load_sources
from csae.transform import Build
from integration import stacks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Warehouse:
    settings: Settings
    s3: "S3Client"
    sources: dict[str, LoadedSource]

    @property
    def url(self) -> SecretStr:
        assert self.settings.warehouse_url is not None
        return self.settings.warehouse_url

    def put(self, source: str, day: str, content: str, name: str = "records.csv") -> None:
        self.s3.put_object(Bucket=self.settings.landing_bucket, Key=f"{source}/{day}/{name}", Body=content.encode())

    def load(self, day: str | None = None) -> int:
        """Load and gate what was delivered up to the day; the number of the night."""
        with warehouse.connect(self.url, autocommit=True) as connection:
            night_on = date.fromisoformat(day) if day else None
            night_id = night.open_night(connection, self.s3, self.settings, self.sources, night_on)
            for code in night.sources_to_load(self.sources):
                with suppress(StepError):
                    night.load_source(connection, self.s3, self.settings, self.sources[code], night_id)
            night.gate(connection, self.settings, self.sources, night_id)
        return night_id

    def verdict(self, night_id: int) -> Verdict:
        """What the night would come to if its tables were built: building them is what takes time."""
        with warehouse.connect(self.url, autocommit=True) as connection:
            sha256 = generations.input_sha256(connection, self.sources, self.settings.project_dir / "dbt_project")
            generation_id = generations.open_generation(connection, night_id, sha256)
            connection.execute("update ops.generation set state = 'previous' where state = 'current'")
            connection.execute("update ops.generation set state = 'current' where generation_id = %s", [generation_id])
            granting.converge(connection)  # the views of what is current now
            return night.give_verdict(connection, self.settings, self.sources, night_id)

    def build(self, *, full: bool = True) -> Build:
        """The tables of the next generation, with every data test. Analysts do not get to see it."""
        with warehouse.connect(self.url, autocommit=True) as connection:
            night_id = connection.execute("insert into ops.night default values returning night_id").fetchone()
            assert night_id is not None
            number = generations.open_generation(connection, night_id[0], "", full=full)
            return building.make(connection, self.settings, self.sources, number, full=full)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url.get_secret_value()) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def states(self, night_id: int) -> dict[str, tuple[str, bool, str]]:
        rows = self.rows(
            "select source, state, is_waived, coalesce(message, '') from ops.night_source where night_id = %s",
            [night_id],
        )
        return {source: (state, is_waived, message) for source, state, is_waived, message in rows}


def empty(connection: warehouse.Connection) -> None:
    stacks.drop_schemas(connection)
    warehouse.prepare(connection)


def new_key(folder: Path, name: str) -> Path:
    """A key file, the same for the same name."""
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(hashlib.sha256(name.encode()).digest())
    return path


def new_warehouse(stack: Stack, folder: Path, specs: Sequence[str]) -> Warehouse:
    """An empty warehouse and bucket for the sources of these YAML texts, below a folder of the test's own.

    What dbt knows of its project is the stack's: it reads it anew only where it changed, as from night to night.
    """
    url = SecretStr(stack.warehouse_url)
    with warehouse.connect(url, autocommit=True) as connection:
        empty(connection)
    parsed = stack.home / "dbt-target"
    parsed.mkdir(exist_ok=True)
    (folder / "dbt").mkdir()
    (folder / "dbt" / "target").symlink_to(parsed)
    forces = folder / "forces"
    forces.mkdir()
    for text in specs:
        (forces / f"{yaml.safe_load(text)['source']}_test.yml").write_text(text)
    key = new_key(folder, "pseudonym.key")
    bucket = hashlib.sha256(str(folder).encode()).hexdigest()[:20]
    s3 = stacks.s3(stack)
    s3.create_bucket(Bucket=bucket)
    settings = Settings(
        home=folder,
        forces_dir=forces,
        warehouse_url=url,
        s3_endpoint_url=stack.s3_endpoint_url,
        landing_bucket=bucket,
        pseudonym_key_file=key,
    )
    return Warehouse(settings, s3, load_sources(forces))
