"""What a running stack is to the processes that use it: addresses, keys, and the environment that says so."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from csae.local_stack import object_store, postgres
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.state import Secrets, airflow_passwords_file, logs_dir, pseudonym_key_file

REGION = "eu-west-2"
AIRFLOW_USER = "admin"


@dataclass(frozen=True)
class Stack:
    """A running stack. It holds passwords, and none of them shows when it is printed."""

    home: Path
    project_dir: Path
    postgres_port: int
    object_store_port: int
    airflow_port: int
    secrets: Secrets = field(repr=False)

    @property
    def warehouse_url(self) -> str:
        return postgres.url(self.postgres_port, "csae", self.secrets.warehouse_password, "warehouse")

    @property
    def airflow_database_url(self) -> str:
        password = self.secrets.airflow_database_password
        return postgres.url(self.postgres_port, "airflow", password, "airflow", "postgresql+psycopg2")

    @property
    def s3_endpoint_url(self) -> str:
        return object_store.url(self.object_store_port)

    @property
    def access_key_id(self) -> str:
        return self.secrets.access_key_id

    @property
    def secret_access_key(self) -> str:
        return self.secrets.secret_access_key

    @property
    def airflow_home(self) -> Path:
        return self.home / "airflow"

    @property
    def airflow_url(self) -> str:
        return f"http://{LOOPBACK}:{self.airflow_port}"

    def environment(self) -> dict[str, str]:
        """All that a process needs to use the stack: what an operator would set for real services.

        Put it over the process's own environment before Airflow, boto3 or dbt is imported.
        """
        return self._services() | self._airflow() | _QUIET

    def _services(self) -> dict[str, str]:
        return {
            "CSAE_HOME": str(self.home),
            "CSAE_PROJECT_DIR": str(self.project_dir),
            "CSAE_WAREHOUSE_URL": self.warehouse_url,
            "CSAE_S3_ENDPOINT_URL": self.s3_endpoint_url,
            "CSAE_PSEUDONYM_KEY_FILE": str(pseudonym_key_file(self.home)),
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": "",  # one left over from a real account would spoil every signature
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # rclone sends the whole object's checksum with a part of it, which boto3 would take for damage.
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "NO_PROXY": _without_proxy(),
            "no_proxy": _without_proxy(),
        }

    def _airflow(self) -> dict[str, str]:
        logs = logs_dir(self.home) / "airflow"
        return {
            "AIRFLOW_HOME": str(self.airflow_home),
            "AIRFLOW_CONN_CSAE_WAREHOUSE": self._warehouse_connection(),
            "AIRFLOW_CONN_CSAE_OBJECT_STORE": self._object_store_connection(),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.project_dir / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.project_dir / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(min(8, 2 * (os.cpu_count() or 1))),
            "AIRFLOW__CORE__FERNET_KEY": self.secrets.fernet_key,
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # asks no name server
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.airflow_url}/execution/",
            "AIRFLOW__CORE__AUTH_MANAGER": (
                "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
            ),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{AIRFLOW_USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(airflow_passwords_file(self.home)),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.airflow_database_url,
            "AIRFLOW__API__HOST": LOOPBACK,
            "AIRFLOW__API__PORT": str(self.airflow_port),
            "AIRFLOW__API__BASE_URL": self.airflow_url,
            "AIRFLOW__API__SECRET_KEY": self.secrets.api_secret_key,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": self.secrets.jwt_secret,
            "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.airflow_home / "bundles"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs),
            "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "dag_processor"),
            "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
            "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        }

    def _warehouse_connection(self) -> str:
        return json.dumps(
            {
                "conn_type": "postgres",
                "host": LOOPBACK,
                "port": self.postgres_port,
                "login": "csae",
                "password": self.secrets.warehouse_password,
                "schema": "warehouse",
            }
        )

    def _object_store_connection(self) -> str:
        return json.dumps(
            {
                "conn_type": "aws",
                "login": self.access_key_id,
                "password": self.secret_access_key,
                "extra": {
                    "endpoint_url": self.s3_endpoint_url,
                    "region_name": REGION,
                    "config_kwargs": {"s3": {"addressing_style": "path"}},
                },
            }
        )


_QUIET = {
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


def _without_proxy() -> str:
    """The caller's own exceptions and this machine: its servers are never reached through a proxy."""
    own = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    hosts = [host.strip() for host in own.split(",") if host.strip()]
    return ",".join(dict.fromkeys([*hosts, LOOPBACK, "localhost"]))
