"""What the embedded stack keeps out, lets in and gives to those who use it."""

import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from pwd import getpwnam

import boto3
import psutil
import psycopg
import pytest
from botocore.exceptions import ClientError
from stacks import find_data, leave_data, query, running, s3

from csae import archive
from csae.landing import LandedFile, SpooledFile
from csae.local_stack import (
    Stack,
    StackError,
    ensure_running,
    object_store,
    postgres,
    processes,
    stop,
)
from csae.settings import Settings
from csae.warehouse import ServiceAwayError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")


# Keeping others out


def test_passwords_are_needed(shared: Stack) -> None:
    assert query(shared, "SELECT current_user, current_database()") == ("csae", "warehouse")
    for url in (
        shared.warehouse_url.replace(shared.secrets.warehouse_password, "wrong"),
        postgres.url(shared.postgres_port, "postgres", "", "postgres"),
        postgres.url(shared.postgres_port, "csae", shared.secrets.warehouse_password, "airflow"),
    ):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(url)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        s3(shared, "x" * 40).list_buckets()


def test_the_owner_of_the_warehouse_makes_roles_and_databases_and_is_no_superuser(shared: Stack) -> None:
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert query(shared, rights) == (False, True, True)
    encoding = "SELECT datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'warehouse'"
    assert query(shared, encoding) == ("C.UTF-8", "UTF8")
    assert query(shared, "SELECT 'Z' < 'a', upper('é'), current_setting('TimeZone')") == (True, "É", "UTC")


def test_servers_listen_on_this_machine_alone(shared: Stack) -> None:
    ports = {shared.postgres_port, shared.object_store_port}
    found = [one.laddr for one in psutil.net_connections("inet") if one.status == psutil.CONN_LISTEN and one.laddr]
    assert {(one.port, one.ip) for one in found if one.port in ports} == {(port, "127.0.0.1") for port in ports}


def test_no_value_of_a_row_reaches_the_database_log(shared: Stack) -> None:
    with psycopg.connect(shared.warehouse_url, autocommit=True) as connection:
        for statement in (
            "SELECT %s::text::int",
            "SELECT 1 / (length(%s) - 6)",
            "SELECT * FROM nowhere WHERE %s = 'a'",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode(), ["CANARY"])
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT 'CANARY'::int")
    assert "CANARY" not in postgres.log_file(shared.home).read_text()


def test_secrets_are_readable_by_their_owner_alone_and_shown_nowhere(shared: Stack) -> None:
    secrets = [value for name, value in shared.secrets if name != "pseudonym_key_sha256"]
    for path in (shared.home / "secrets", shared.home / "run", shared.home / "logs"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir() if file.suffix} == {0o600}
    shown = [repr(shared), *(" ".join(line) for _, line in processes.all_processes())]
    shown += [file.read_text() for file in (shared.home / "logs").rglob("*.log")]
    assert not [secret for secret in secrets for text in shown if secret in text]
    assert (shared.home / "secrets" / "pseudonym.key").stat().st_size == 32


def test_a_lost_pseudonym_key_is_not_replaced(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    ensure_running(home)
    stop(home)
    (home / "secrets" / "pseudonym.key").unlink()
    with pytest.raises(StackError, match="backup"):
        ensure_running(home)


def test_secrets_of_another_home_are_refused_with_the_remedy(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    ensure_running(home)
    (home / "secrets").rename(home / "elsewhere")
    with pytest.raises(StackError, match="does not accept the password"):
        ensure_running(home)


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="set CSAE_HOME"):
        ensure_running(tmp_path / "file" / "home")


# Users


@as_root
def test_root_opens_closed_folders_for_the_database_user_alone(new_home: Callable[[str], Path]) -> None:
    closed = new_home("closed")
    closed.mkdir(mode=0o700)
    lines: list[str] = []
    ensure_running(closed / "home", report=lines.append)
    assert any(str(closed) in line for line in lines)
    assert not closed.stat().st_mode & stat.S_IROTH
    stop(closed / "home")


@as_root
def test_a_home_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home" / "secrets").mkdir(parents=True)
    os.chown(tmp_path / "home" / "secrets", 12345, 12345)
    with pytest.raises(StackError, match="12345"):
        ensure_running(tmp_path / "home")


@as_root
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_user_without_rights_runs_it(shared: Stack) -> None:
    """In a forked process: the interpreter itself may lie where only root can run it."""
    assert find_free_text(shared) == "ready"  # all that the child needs is imported
    user = getpwnam("nobody")
    with tempfile.TemporaryDirectory(prefix="csae user ") as folder:
        os.chown(folder, user.pw_uid, user.pw_gid)
        report = Path(folder) / "report"
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                stack = ensure_running(Path(folder) / "home")
                leave_data(stack, "mine")
                found = find_data(stack)
                owners = {psutil.Process(pid).username() for pid in running(stack.home).values()}
                report.write_text(repr((found, owners, stop(stack.home))))
            except BaseException:
                report.write_text(traceback.format_exc())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert report.read_text() == repr((("mine", "mine"), {"nobody"}, ["object store", "postgresql"]))


def find_free_text(stack: Stack) -> str:
    s3(stack).list_buckets()
    return str(query(stack, "SELECT 'ready'")[0])


# The object store


def test_a_put_replaces_content_and_etag_at_once(shared: Stack) -> None:
    client = s3(shared)
    for number in range(20):
        body = f"{number:08}".encode()
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        assert client.put_object(Bucket="landing", Key="06/2026-09-01/same.csv", Body=body)["ETag"] == etag
        assert client.head_object(Bucket="landing", Key="06/2026-09-01/same.csv")["ETag"] == etag
        found = client.get_object(Bucket="landing", Key="06/2026-09-01/same.csv")
        assert (found["ETag"], found["Body"].read()) == (etag, body)
        (listed,) = client.list_objects_v2(Bucket="landing", Prefix="06/")["Contents"]
        assert listed["ETag"].strip('"') == etag.strip('"')
        assert listed["Size"] == len(body)
    client.delete_object(Bucket="landing", Key="06/2026-09-01/same.csv")
    assert "Contents" not in client.list_objects_v2(Bucket="landing")
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["archive", "landing"]


def test_large_objects_go_up_and_come_down_in_parts(shared: Stack) -> None:
    client, content = s3(shared), os.urandom(20 << 20)
    client.upload_fileobj(BytesIO(content), "landing", "large")
    found = BytesIO()
    client.download_fileobj("landing", "large", found)
    assert found.getvalue() == content
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert client.head_object(Bucket="landing", Key="large")["ETag"] == f'"{digest}"'
    client.delete_object(Bucket="landing", Key="large")


def test_uploads_that_a_crash_cut_off_are_cleared_away(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    ensure_running(home)
    stop(home)
    leftover = object_store.files_dir(home) / "landing" / ".rclone_temp_put_1"
    leftover.touch()
    ensure_running(home)
    assert not leftover.exists()


# The environment


def test_the_environment_is_all_that_the_settings_and_boto3_need(
    shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-real-account")
    for name, value in shared.environment().items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert not settings.is_embedded
    assert settings.home_dir == shared.home
    assert settings.pseudonym_key_file is not None
    assert len(settings.pseudonym_key_file.read_bytes()) == 32
    assert os.environ["NO_PROXY"] == "example.org,127.0.0.1,localhost"
    client = boto3.Session().client("s3", endpoint_url=settings.s3_endpoint_url)
    client.put_object(Bucket="landing", Key="part", Body=b"abcdef")
    assert client.get_object(Bucket="landing", Key="part", Range="bytes=1-2")["Body"].read() == b"bc"
    client.delete_object(Bucket="landing", Key="part")


def test_great_expectations_reaches_the_warehouse(shared: Stack) -> None:
    code = """
import os, great_expectations as gx
context = gx.get_context(mode="ephemeral")
url = os.environ["CSAE_WAREHOUSE_URL"].replace("postgresql://", "postgresql+psycopg://")
source = context.data_sources.add_postgres("warehouse", connection_string=url)
batch = source.add_query_asset("one", query="SELECT 1 AS n").add_batch_definition_whole_table("all").get_batch()
assert batch.validate(gx.expectations.ExpectTableRowCountToEqual(value=1)).success
"""
    subprocess.run([sys.executable, "-c", code], env=os.environ | shared.environment(), check=True, capture_output=True)


def test_an_archive_bucket_that_is_not_there_is_told_in_words(shared: Stack, tmp_path: Path) -> None:
    path = tmp_path / "spooled"
    path.write_bytes(b"Ref\n1\n")
    file = SpooledFile(LandedFile("06/2026-09-01/a.csv", "06", date(2026, 9, 1), "a.csv", "etag", 6), path, "0" * 64)
    with pytest.raises(ServiceAwayError, match="refused an upload; check that the bucket is there"):
        archive.keep(s3(shared), "nowhere", file)
