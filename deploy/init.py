"""What must be there before Airflow starts: roles, databases, the bucket, Airflow's tables and its first user.

`docker compose up` runs it to its end each time, before anything else of ours. What exists is left as it is.
"""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from botocore.exceptions import ClientError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from csae import landing
from csae.settings import Settings
from csae.warehouse import ServiceAwayError

SUPERUSER = "postgres"
RIGHTS = {"warehouse": "LOGIN CREATEROLE CREATEDB", "airflow": "LOGIN"}
"""By database; the warehouse's owner makes the roles of its readers."""


def main() -> None:
    settings, secrets = Settings(), Path(os.environ["CSAE_SECRETS_DIR"])
    if settings.warehouse_url is None:
        sys.exit(f"There is no csae_warehouse_url in {secrets}: run deploy/make-secrets.")
    airflow_url = _read(secrets / "airflow_database_url").replace("+psycopg2", "", 1)
    for url in (settings.warehouse_url.get_secret_value(), airflow_url):
        prepare_database(url, secrets / "postgres_password")
    try:
        prepare_buckets(settings)
    except ServiceAwayError as error:
        sys.exit(str(error))
    place_passwords(secrets / "airflow_passwords.json")
    print("Bringing Airflow's tables to the installed version", flush=True)
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, umask=0o077)


def prepare_database(url: str, superuser_password: Path) -> None:
    """Make the role and the database that a URL names, unless it works already: then they are somebody else's care."""
    parts = conninfo_to_dict(url)
    role, database = str(parts["user"]), str(parts["dbname"])
    where = f"{parts['host']}:{parts.get('port', 5432)}/{database}"
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        pass
    else:
        print(f"Database {where} is there", flush=True)
        return
    password = _read(superuser_password)
    try:
        connection = psycopg.connect(
            host=str(parts["host"]),
            port=int(str(parts.get("port", 5432))),
            user=SUPERUSER,
            password=password,
            dbname=SUPERUSER,
            autocommit=True,
            connect_timeout=10,
        )
    except psycopg.OperationalError:
        sys.exit(
            f"PostgreSQL lets neither {role} into {where} nor {SUPERUSER} in to make it: "
            f"check that it runs there and that the passwords in secrets/ are right."
        )
    with connection:
        digest = connection.pgconn.encrypt_password(str(parts["password"]).encode(), role.encode(), b"scram-sha-256")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        command = sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL("ALTER" if known else "CREATE"),
            sql.Identifier(role),
            sql.SQL(RIGHTS[database]),
            sql.Literal(digest.decode()),
        )
        connection.execute(command)
        if database == "warehouse":  # so that it can limit how much of the disk an analyst's query takes
            connection.execute(sql.SQL("GRANT SET ON PARAMETER temp_file_limit TO {}").format(sql.Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            names = sql.Identifier(database), sql.Identifier(role)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
            if database != "warehouse":  # analysts log in to this server, and only the warehouse is for them
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(names[0]))
    print(f"Database {where} was made, or its role given the password of its URL", flush=True)


def prepare_buckets(settings: Settings) -> None:
    s3 = landing.client(settings.s3_endpoint_url)
    for bucket in filter(None, (settings.landing_bucket, settings.archive_bucket)):
        with landing.store_errors(s3):
            try:
                s3.head_bucket(Bucket=bucket)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in ("404", "NoSuchBucket"):
                    raise
                s3.create_bucket(Bucket=bucket)
        print(f"Bucket {bucket} is there", flush=True)


def place_passwords(secret: Path) -> None:
    """Airflow's simple auth manager opens its file for writing, which a secret is not: it gets a copy."""
    path = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(_read(secret) + "\n")


def _read(path: Path) -> str:
    return path.read_text().strip()


if __name__ == "__main__":
    main()
