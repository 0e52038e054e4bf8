"""The embedded stack for real: servers are started, killed, crowded out and stopped, in homes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from botocore.exceptions import ClientError

from csae.local_stack import (
    Stack,
    StackError,
    ensure_running,
    postgres,
    processes,
    status,
    stop,
)
from integration.stacks import find_data, leave_data, running, s3, taken

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
