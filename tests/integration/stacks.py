"""What the tests of the embedded stack share."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
from botocore.config import Config
from psycopg import sql

from csae.local_stack import Stack, postgres, status
from csae.local_stack.object_store import BUCKETS

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


def be_quick(stack: Stack) -> None:
    """The server may be crashed, never the machine: what it wrote is there without waiting for the disk."""
    with psycopg.connect(_superuser(stack), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")


def _superuser(stack: Stack, database: str = "postgres") -> str:
    return postgres.url(stack.postgres_port, "postgres", stack.secrets.postgres_password, database)


def roles(stack: Stack) -> set[str]:
    with psycopg.connect(_superuser(stack)) as boss:
        return {role for (role,) in boss.execute("select rolname from pg_roles").fetchall()}


def clear(stack: Stack, own_roles: set[str]) -> None:
    """As it was when it was started: nothing in the warehouse and its two buckets, no other bucket, no other role."""
    with psycopg.connect(_superuser(stack, "warehouse"), autocommit=True) as boss:
        drop_schemas(boss)
        for role in sorted(roles(stack) - own_roles):
            boss.execute(sql.SQL("drop owned by {} cascade").format(sql.Identifier(role)))
            boss.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
    with closing(s3(stack)) as client:
        for bucket in [item["Name"] for item in client.list_buckets()["Buckets"]]:
            for item in client.list_objects_v2(Bucket=bucket).get("Contents", []):
                client.delete_object(Bucket=bucket, Key=item["Key"])
            if bucket not in BUCKETS:
                client.delete_bucket(Bucket=bucket)


def drop_schemas(connection: psycopg.Connection[Any]) -> None:
    connection.execute("set client_min_messages = warning")
    for (schema,) in connection.execute(
        "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|public$)'"
    ).fetchall():
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))


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
