"""The embedded stack for real: servers are started, killed, crowded out and stopped, in homes of their own."""

import hashlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from pwd import getpwnam
from typing import TYPE_CHECKING, Any

import boto3
import psutil
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from csae.local_stack import (
    Stack,
    StackError,
    airflow,
    ensure_running,
    migrate_airflow,
    object_store,
    postgres,
    processes,
    start_airflow,
    status,
    stop,
)
from csae.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")

DAG = """
import pendulum
from airflow.sdk import DAG, task

with DAG("hello", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False):

    @task
    def reach() -> list[str]:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        buckets = S3Hook("csae_object_store").get_conn().list_buckets()["Buckets"]
        user, database = PostgresHook("csae_warehouse").get_first("select current_user, current_database()")
        return [user, database, *(bucket["Name"] for bucket in buckets)]

    reach()

with DAG("nap", schedule=None, start_date=pendulum.datetime(2026, 1, 1), catchup=False, params={"mark": ""}):

    @task
    def nap(params: dict[str, str]) -> None:
        import subprocess, sys

        command = [sys.executable, "-c", "import time; time.sleep(600)", params["mark"]]
        subprocess.Popen(command, start_new_session=True)
        subprocess.run(command, check=True)

    nap()
"""


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes paths for homes, and stops what runs in them at the end."""
    with ExitStack() as at_end:

        def make(name: str) -> Path:
            home = tmp_path / name
            at_end.callback(stop, home)
            return home

        yield make


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack for tests that leave it running and as it was. Its home has spaces in its name."""
    home = tmp_path_factory.mktemp("shared") / "a home"
    try:
        yield ensure_running(home)
    finally:
        stop(home)


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


# Starting and stopping


def test_a_second_start_finds_the_data_and_the_addresses_of_the_first(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    first = ensure_running(home)
    leave_data(first, "kept")
    assert set(running(home)) == {"postgresql", "object store"}

    assert stop(home) == ["object store", "postgresql"]
    assert running(home) == {}
    assert all(processes.port_is_free(port) for port in (first.postgres_port, first.object_store_port))

    second = ensure_running(home)
    assert second == first
    assert find_data(second) == ("kept", "kept")


def test_starting_what_runs_changes_nothing(shared: Stack) -> None:
    before = running(shared.home)
    assert ensure_running(shared.home) == shared
    assert running(shared.home) == before


def test_stopping_what_does_not_run_is_no_error_and_makes_nothing(tmp_path: Path) -> None:
    assert stop(tmp_path / "none") == []
    assert stop(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    assert [service.running for service in status(tmp_path / "none")] == [False] * 6
    assert not (tmp_path / "none").exists()


def test_stopping_twice(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    ensure_running(home)
    assert stop(home) == ["object store", "postgresql"]
    assert stop(home) == []


def test_a_relative_home_is_the_same_as_its_absolute_path(
    new_home: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home("relative home")
    monkeypatch.chdir(home.parent)
    stack = ensure_running(Path("relative home"))
    assert stack.home == home.resolve()
    assert ensure_running(home) == stack
    assert stop(Path("relative home")) == ["object store", "postgresql"]


def test_two_homes_side_by_side_do_not_meet(new_home: Callable[[str], Path]) -> None:
    one, two = ensure_running(new_home("one")), ensure_running(new_home("two"))
    leave_data(one, "one")
    leave_data(two, "two")
    assert (find_data(one), find_data(two)) == (("one", "one"), ("two", "two"))

    stop(one.home)
    assert find_data(two) == ("two", "two")
    with pytest.raises(ClientError):
        s3(two, one.secret_access_key).list_buckets()


def test_two_processes_that_start_the_same_home_at_once_get_one_stack(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    code = (
        "import sys; from pathlib import Path; from csae.local_stack import ensure_running;"
        "print(sorted(ensure_running(Path(sys.argv[1])).environment().items()))"
    )
    starts = [subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [start.communicate()[0] for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert outputs[0] == outputs[1]
    assert (
        len([line for _, line in processes.all_processes() if line[1:3] == ["-D", str(postgres.data_dir(home))]]) == 1
    )


# Recovering


def test_killed_servers_are_started_again_and_nothing_committed_is_lost(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    stack = ensure_running(home)
    leave_data(stack, "committed")
    busy = psycopg.connect(stack.warehouse_url)
    server = psutil.Process(busy.info.backend_pid)  # too busy to see its parent die
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
    for pid in running(home).values():
        os.kill(pid, signal.SIGKILL)
    assert ensure_running(home) == stack
    assert find_data(stack) == ("committed", "committed")
    assert not processes.is_alive(server)
    busy.close()


def test_pid_files_that_name_a_process_of_someone_else(new_home: Callable[[str], Path]) -> None:
    home, other = new_home("home"), new_home("other")
    stack = ensure_running(home)
    neighbour = ensure_running(other)
    leave_data(stack, "kept")
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pid_file = postgres.data_dir(home) / "postmaster.pid"
    try:
        for pid in (bystander.pid, running(other)["postgresql"]):
            lines = pid_file.read_text().splitlines()
            for server in running(home).values():
                os.kill(server, signal.SIGKILL)
            pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
            state_file = home / "run" / "stack.json"
            state = json.loads(state_file.read_text())
            state["postgres"]["pid"] = state["object_store"]["pid"] = pid
            state["airflow_pids"] = {"scheduler": pid}
            state_file.write_text(json.dumps(state))

            assert running(home) == {}
            assert find_data(ensure_running(home)) == ("kept", "kept")
        state_file.write_text(json.dumps(state))
        assert stop(home) == ["object store", "postgresql"]
        assert bystander.poll() is None
        assert ensure_running(other) == neighbour
    finally:
        bystander.kill()
        bystander.wait()


def test_a_home_that_was_moved_while_it_ran_is_not_served_twice(new_home: Callable[[str], Path]) -> None:
    home, moved = new_home("home"), new_home("moved")
    ensure_running(home)
    server = psutil.Process(running(home)["postgresql"])
    home.rename(moved)
    with pytest.raises(StackError, match=str(server.pid)):
        ensure_running(moved)
    moved.rename(home)
    assert stop(home) == ["object store", "postgresql"]


def test_a_half_written_pid_file_and_a_damaged_state_file(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    stack = ensure_running(home)
    leave_data(stack, "kept")
    stop(home)
    (postgres.data_dir(home) / "postmaster.pid").write_text("")
    (home / "run" / "stack.json").write_text("{")
    assert find_data(ensure_running(home)) == ("kept", "kept")


def test_taken_ports_are_left_to_others(new_home: Callable[[str], Path]) -> None:
    home = new_home("home")
    first = ensure_running(home)
    leave_data(first, "kept")
    stop(home)
    ports = first.postgres_port, first.object_store_port, first.airflow_port
    with taken(*ports):
        second = ensure_running(home)
        assert not {second.postgres_port, second.object_store_port, second.airflow_port} & set(ports)
        assert find_data(second) == ("kept", "kept")


def test_a_port_that_is_taken_at_the_last_moment(
    new_home: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home("home")
    first = ensure_running(home)
    stop(home)
    with taken(first.postgres_port, first.object_store_port):
        monkeypatch.setattr(processes, "port_is_free", lambda _port: True)
        second = ensure_running(home)
    assert second.postgres_port != first.postgres_port
    assert second.object_store_port != first.object_store_port


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


def test_the_owner_of_the_warehouse_makes_roles_and_is_no_superuser(shared: Stack) -> None:
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert query(shared, rights) == (False, True, False)
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
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["landing"]


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


# Airflow


class Api:
    """Airflow's REST interface, as a person who logs in uses it."""

    def __init__(self, port: int, password: str) -> None:
        self.port, self.token = port, ""
        answer = self.call("POST", "/auth/token", {"username": "admin", "password": password})
        self.token = answer["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        connection.request(method, path, json.dumps(body), headers)
        response = connection.getresponse()
        content = json.loads(response.read())
        connection.close()
        assert response.status < 300, (response.status, path)
        return content


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def naps(mark: Path) -> list[int]:
    return [process.pid for process, line in processes.all_processes() if line[-1] == str(mark)]


def test_airflow_comes_up_runs_a_task_and_leaves_nothing_behind(shared: Stack, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "dags" / "hello.py").write_text(DAG)
    stack = ensure_running(shared.home, project_dir=tmp_path)
    assert migrate_airflow(stack) > 0
    assert migrate_airflow(stack) == 0

    process = start_airflow(stack)
    family = airflow.own_processes(stack.home)
    try:
        assert start_airflow(stack) == process
        assert ensure_running(shared.home, project_dir=tmp_path) == stack
        assert set(running(stack.home)) == {
            "postgresql",
            "object store",
            *(f"airflow {component}" for component in airflow.COMPONENTS),
        }
        listening = [found for one in family for found in one.net_connections("inet") if found.status == "LISTEN"]
        assert {(found.laddr.ip, found.laddr.port) for found in listening} == {("127.0.0.1", stack.airflow_port)}

        api = Api(stack.airflow_port, json.loads(process.password_file.read_text())[process.user])
        run = api.call("POST", "/api/v2/dags/hello/dagRuns", {"logical_date": None})
        where = f"/api/v2/dags/hello/dagRuns/{run['dag_run_id']}"
        wait_for(lambda: api.call("GET", where)["state"] in ("success", "failed"))
        assert api.call("GET", where)["state"] == "success"
        value = api.call("GET", f"{where}/taskInstances/reach/xcomEntries/return_value")["value"]
        assert value == ["csae", "warehouse", "landing"]

        conf = {"mark": str(tmp_path)}
        api.call("POST", "/api/v2/dags/nap/dagRuns", {"logical_date": None, "conf": conf})
        wait_for(lambda: len(naps(tmp_path)) == 2)  # the task's own child, and one that left its session
    finally:
        stopped = stop(stack.home)
    assert stopped == ["airflow", "object store", "postgresql"]
    assert not [one for one in family if processes.is_alive(one)]
    assert naps(tmp_path) == []
    assert airflow.own_processes(stack.home) == []
    assert processes.port_is_free(stack.airflow_port)
    logs = [file.read_text() for file in (stack.home / "logs").rglob("*.log")]
    passwords = stack.secrets.warehouse_password, stack.secret_access_key, stack.secrets.airflow_admin_password
    assert not [secret for secret in passwords for text in logs if secret in text]
