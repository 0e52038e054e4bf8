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
    environment |= {"PATH": "/usr/bin:/bin", "AIRFLOW_HOME": str(shared.airflow_home)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK],
        env={**environment, "CSAE_PROJECT_DIR": str(PROJECT_DIR)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "csae ['archive', 'landing'] 45"
