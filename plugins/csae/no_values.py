"""What a library says of an error may quote a row, so it reaches neither a log nor whoever called a step.

Our own steps raise sentences of ours. This is for all else: an error that nobody foresaw, and what libraries write to
the log by themselves.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from csae.failures import safe_message
from csae.warehouse import step_error

_SEE_ROWS = frozenset({"psycopg", "sqlalchemy", "great_expectations", "splink", "duckdb", "botocore", "urllib3"})
"""Loggers, with all below them, of libraries that rows pass through: of their text only its place is kept."""
_OURS = ("csae.", "airflow.")
_WITHHELD = "What %s says at %s:%d is not kept, since it may quote a row."


@contextmanager
def errors_without_values() -> Iterator[None]:
    """Raises `StepError`, without the text, for an error that is neither ours nor Airflow's."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.startswith(_OURS):
            raise
        raise step_error(error, safe_message(error)) from None


def filter_logs() -> None:
    """From now on no record of this process's log has a library's text of an error. May be called again."""
    if not isinstance(logging.getLogRecordFactory(), _WithoutValues):
        logging.setLogRecordFactory(_WithoutValues(logging.getLogRecordFactory()))


class _WithoutValues:
    """Makes records as the factory before it does. A filter would not do: it sees one logger's records or handler's."""

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *parts: Any, **more: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*parts, **more)
        if record.name.partition(".")[0] in _SEE_ROWS:
            record.msg, record.args, record.exc_info = _WITHHELD, (record.name, record.filename, record.lineno), None
        if isinstance(record.args, tuple):
            record.args = tuple(map(_safe, record.args))
        elif record.args:
            record.args = {name: _safe(value) for name, value in record.args.items()}
        record.msg = _safe(record.msg)
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = "%s (%s)", (record.getMessage(), _safe(record.exc_info[1]))
            record.exc_info = None
        return record


def _safe(value: Any) -> Any:
    return safe_message(value) if isinstance(value, BaseException) else value
