"""Force 06 with a warehouse and a bucket of its own, and nights in them: real PostgreSQL, real S3, the real gate."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
from pydantic import SecretStr

from csae import gates, landing, loading, pseudonyms, warehouse
from csae.code_sets import read_code_sets
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_sources
from integration.nights import empty

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SAMPLES = PROJECT_DIR / "tests" / "samples" / "landing"
NIGHT = date(2026, 9, 1)
CRIMES, PEOPLE = "GMP_CSAE_CRIME_20260901.csv", "GMP_CSAE_NOMINAL_20260901.csv"


@dataclass
class Force:
    """Force 06 with a warehouse and a bucket of its own."""

    url: SecretStr
    s3: "S3Client"
    bucket: str
    spool: Path
    sources: dict[str, LoadedSource]

    def put(self, name: str, content: bytes, day: date = NIGHT) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"06/{day}/{name}", Body=content)

    def remove(self, name: str, day: date = NIGHT) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=f"06/{day}/{name}")

    def night(self) -> list[tuple[str, str]]:
        """Load and gate everything; the outcome of each delivery."""
        outcomes = self.load()
        with warehouse.connect(self.url, autocommit=True) as connection:
            gates.gate_loads(connection, self.url, PROJECT_DIR / "expectations", self.sources, CODES)
        return outcomes

    def load(self) -> list[tuple[str, str]]:
        found = landing.list_landing(self.s3, self.bucket, source="06")
        with warehouse.connect(self.url, autocommit=True) as connection:
            return [
                (outcome.state, outcome.message)
                for delivery in found.deliveries["06"]
                for outcome in [
                    loading.load_delivery(
                        connection, self.s3, self.bucket, self.spool, KEYS, self.sources["06"], delivery
                    )
                ]
            ]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url.get_secret_value()) as connection:
            return connection.execute(query.encode()).fetchall()

    @property
    def states(self) -> list[tuple[str, str, int]]:
        return self.rows("select delivery_on::text, state, correction_number from ops.load order by load_id")


KEYS = pseudonyms.derive_keys(b"k" * 32)
CODES = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")


@cache
def _sources() -> dict[str, LoadedSource]:
    return load_sources(PROJECT_DIR / "forces")


def new_force(stack: Stack, folder: Path) -> Force:
    """An empty warehouse and bucket; `folder` is the test's own."""
    bucket = hashlib.sha256(str(folder).encode()).hexdigest()[:20]
    url = SecretStr(stack.warehouse_url)
    with warehouse.connect(url, autocommit=True) as connection:
        empty(connection)
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.s3_endpoint_url,
        aws_access_key_id=stack.access_key_id,
        aws_secret_access_key=stack.secret_access_key,
        region_name="eu-west-2",
    )
    s3.create_bucket(Bucket=bucket)
    return Force(url, s3, bucket, folder / "spool", dict(_sources()))


def sample(name: str, day: str = "2026-09-01") -> bytes:
    return (SAMPLES / "06" / day / name).read_bytes()


def whole(force: Force, day: date = NIGHT) -> None:
    force.put(CRIMES, sample(CRIMES), day)
    force.put(PEOPLE, sample(PEOPLE), day)
