"""A task finds its services by variables, or by Airflow's connections where no variable is set."""

import subprocess
import sys

import pytest

from csae.local_stack import Stack
from csae.settings import PROJECT_DIR

ASK = """
from csae.clients import clients

with clients() as c:
    user = c.connection.execute("select current_user").fetchone()[0]
    print(user, [bucket["Name"] for bucket in c.s3.list_buckets()["Buckets"]], len(c.sources))
"""


@pytest.mark.parametrize("prefixes", [("CSAE_", "AWS_"), ("AIRFLOW_CONN_", "AWS_DEFAULT_REGION")], ids=str)
def test_clients(shared: Stack, prefixes: tuple[str, ...]) -> None:
    environment = {name: value for name, value in shared.environment().items() if name.startswith(prefixes)}
    assert asked(shared, ASK, environment).splitlines()[-1] == "csae ['archive', 'landing'] 45"


def asked(stack: Stack, code: str, environment: dict[str, str]) -> str:
    """What the code prints, in a process without any other variable."""
    environment |= {"PATH": "/usr/bin:/bin", "AIRFLOW_HOME": str(stack.airflow_home)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**environment, "CSAE_PROJECT_DIR": str(PROJECT_DIR), "PYTHONPATH": str(PROJECT_DIR / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


FAIL = """
import psycopg

from csae.clients import clients_of_task
from csae.failures import PassingError, StepError
from csae.warehouse import BusyError, ServiceAwayError

errors = (StepError("a"), ValueError("b"), PassingError("c"), ServiceAwayError("d"), BusyError("e"))
for error in (*errors, psycopg.OperationalError("f")):
    try:
        with clients_of_task(source="06"):
            raise error
    except Exception as caught:
        print(type(error).__name__, type(caught).__name__)
"""


def test_a_task_is_tried_again_for_what_may_pass_and_for_nothing_else(shared: Stack) -> None:
    environment = {name: value for name, value in shared.environment().items() if name.startswith(("CSAE_", "AWS_"))}
    assert asked(shared, FAIL, environment).splitlines()[-6:] == [
        "StepError AirflowFailException",
        "ValueError AirflowFailException",
        "PassingError PassingError",
        "ServiceAwayError ServiceAwayError",
        "BusyError BusyError",
        "OperationalError PassingError",
    ]
