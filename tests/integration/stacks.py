"""What the tests of the embedded stack share."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
from botocore.config import Config

from csae.local_stack import (
    Stack,
    status,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3(stack: Stack, secret: str | None = None) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=stack.s3_endpoint_url,
        aws_access_key_id=stack.access_key_id,
        aws_secret_access_key=secret or stack.secret_access_key,
        region_name="eu-west-2",
        config=Config(s3={"addressing_style": "path"}, response_checksum_validation="when_required"),
    )


def query(stack: Stack, statement: str) -> Any:
    with psycopg.connect(stack.warehouse_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone() if cursor.description else None


def leave_data(stack: Stack, mark: str) -> None:
    query(stack, f"CREATE TABLE mark AS SELECT '{mark}' AS text")
    s3(stack).put_object(Bucket="landing", Key="01/2026-09-01/mark.csv", Body=mark.encode())


def find_data(stack: Stack) -> tuple[str, str]:
    body = s3(stack).get_object(Bucket="landing", Key="01/2026-09-01/mark.csv")["Body"].read()
    return query(stack, "SELECT text FROM mark")[0], body.decode()


def running(home: Path) -> dict[str, int]:
    return {service.name: service.pid for service in status(home) if service.pid is not None}


@contextmanager
def taken(*ports: int) -> Iterator[None]:
    with ExitStack() as sockets:
        for port in ports:
            sockets.enter_context(socket.create_server(("127.0.0.1", port)))
        yield
