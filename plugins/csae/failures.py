"""What may be said of an error: our own sentences as they are; of any other, its kind and place and no more."""

import os
import sys
import traceback
from pathlib import Path


class StepError(Exception):
    """A step failed. The message holds no value of any row, whatever the error beneath it said."""


class PassingError(StepError):
    """A step failed for want of a service, or of its turn: the same step may succeed a little later."""


def safe_message(error: BaseException) -> str:
    """The text of a library's error may quote a row, a password or a key, so it is never shown."""
    if type(error).__module__.startswith("csae."):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if f"{os.sep}csae{os.sep}" in f.filename), frames[-1] if frames else None)
    where = f" at {Path(place.filename).name}:{place.lineno}" if place else ""
    psycopg = sys.modules.get("psycopg")  # loaded where the error can be one of it; `code lookup` does without
    if psycopg and isinstance(error, psycopg.OperationalError):
        state = f", SQLSTATE {error.sqlstate}" if error.sqlstate else ""
        return (
            f"the warehouse broke off ({type(error).__name__}{state}){where}. What was committed is kept; "
            "check that PostgreSQL runs and has disk left, then run again."
        )
    return f"an unexpected {type(error).__name__}{where}; report it, it is a fault of the pipeline."
