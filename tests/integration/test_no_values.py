"""An error that nobody foresaw, and what libraries log, quote no row: real errors of PostgreSQL that do."""

import logging
import traceback
from collections.abc import Iterator

import psycopg
import pytest

from csae import no_values
from csae.clients import clients
from csae.failures import PassingError, StepError
from csae.ledger import FencedError
from csae.local_stack import Stack

CANARY = "zqxcanary"


@pytest.fixture
def factory() -> Iterator[None]:
    """The process's own way of making records, put back afterwards."""
    before = logging.getLogRecordFactory()
    no_values.filter_logs()
    no_values.filter_logs()
    yield
    logging.setLogRecordFactory(before)


@pytest.fixture
def error(shared: Stack) -> psycopg.Error:
    with psycopg.connect(shared.warehouse_url) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(f"select '{CANARY}'::date".encode())
    assert CANARY in str(caught.value), "what the library says does quote it"
    return caught.value


def test_an_error_that_leaves_a_step_is_told_by_its_kind_and_place(
    shared: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shared.environment().items():
        if name.startswith(("CSAE_", "AWS_")):
            monkeypatch.setenv(name, value)
    with pytest.raises(StepError) as caught, clients() as c:
        c.connection.execute(f"select '{CANARY}'::date".encode())
    assert f"{caught.value}".startswith("an unexpected InvalidDatetimeFormat at ")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_warehouse_that_broke_off_is_no_fault_of_the_pipeline(shared: Stack) -> None:
    connection = psycopg.connect(shared.warehouse_url)
    with pytest.raises(PassingError) as caught, no_values.errors_without_values():
        connection.execute("select pg_terminate_backend(pg_backend_pid())")
    message = str(caught.value)
    assert message.startswith("the warehouse broke off (AdminShutdown, SQLSTATE 57P01) at "), message
    assert message.endswith("check that PostgreSQL runs and has disk left, then run again.")


def test_errors_of_ours_stay_what_they_are() -> None:
    with pytest.raises(FencedError), no_values.errors_without_values():
        raise FencedError
    with pytest.raises(KeyboardInterrupt), no_values.errors_without_values():
        raise KeyboardInterrupt


@pytest.mark.usefixtures("factory")
def test_a_traceback_in_a_log_has_no_value(error: psycopg.Error, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("anything")
    try:
        raise error
    except psycopg.Error:
        log.exception("load %d broke off", 7)
    log.warning("ignored: %s", error)
    log.error(error)
    log.error("%(what)s: 100%% of %(rows)d", {"what": error, "rows": 9}, exc_info=error)
    assert CANARY not in caplog.text
    assert "load 7 broke off (an unexpected InvalidDatetimeFormat at" in caplog.text
    assert ": 100% of 9 (an unexpected InvalidDatetimeFormat at" in caplog.text
    assert caplog.text.count("an unexpected InvalidDatetimeFormat") == 5
    assert "Traceback" not in caplog.text


@pytest.mark.usefixtures("factory")
@pytest.mark.parametrize("name", ["psycopg", "psycopg.pool", "sqlalchemy.engine", "great_expectations.core.batch"])
def test_libraries_that_rows_pass_through_are_kept_by_place_alone(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger(name).warning(f"Failing row contains ({CANARY})")
    assert CANARY not in caplog.text
    assert f"What {name} says at test_no_values.py:" in caplog.text


@pytest.mark.usefixtures("factory")
def test_what_others_say_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("airflow.task").warning("task %(name)s ended with %(code)d", {"name": "gate", "code": 0})
    logging.getLogger("psycopgish").warning("of another name: %s", "kept")
    assert "task gate ended with 0" in caplog.text
    assert "of another name: kept" in caplog.text
