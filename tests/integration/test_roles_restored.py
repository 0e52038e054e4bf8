"""A warehouse that was restored has its rights from the matrix: docs/production.md's commands, run."""

import os
import subprocess
from collections.abc import Iterator

import pytest
from psycopg import sql
from pydantic import SecretStr

from csae import warehouse
from csae.local_stack import Stack
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.wheel import INSTALLATION
from csae.roles import comparing, granting
from integration.built import Built, new_built
from integration.rights import fill, superuser

RESTORED = "restored"


@pytest.fixture(scope="module")
def built(shared: Stack) -> Iterator[Built]:
    with new_built(shared) as made:
        fill(made, {"06": 2, "13": 3})
        made.switch()
        granting.add_force(made.connection, "06")
        granting.converge(made.connection)
        yield made


@pytest.fixture
def empty_database(shared: Stack) -> Iterator[str]:
    with superuser(shared) as boss:
        boss.execute(sql.SQL("create database {} owner csae").format(sql.Identifier(RESTORED)))
        yield RESTORED
        boss.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(RESTORED)))


def run(stack: Stack, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [INSTALLATION / "bin" / program, "-h", LOOPBACK, "-p", str(stack.postgres_port), "-U", "postgres", *arguments],
        env=os.environ | {"PGPASSWORD": stack.secrets.postgres_password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_restored_warehouse_belongs_to_its_owner_and_has_the_rights_of_the_matrix(
    shared: Stack, built: Built, empty_database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    dump = str(tmp_path_factory.mktemp("dump") / "warehouse.dump")
    run(shared, "pg_dump", "-Fc", "-f", dump, "warehouse")
    run(shared, "pg_restore", "--no-privileges", "--role=csae", f"--dbname={empty_database}", dump)
    url = SecretStr(built.url.get_secret_value().replace("/warehouse", f"/{empty_database}"))
    with warehouse.connect(url, autocommit=True) as connection:
        warehouse.prepare(connection)
        assert len(granting.put_right(connection).found) > 50, "no privilege came with the dump"
        assert comparing.differences(connection) == []
        counted = "select count(*) from {}.fct_ethnicity"
        with granting.acting_as(connection, "csae_force_06"):
            assert connection.execute(counted.format("curated_force").encode()).fetchone() == (2,)
        assert connection.execute(counted.format("curated").encode()).fetchone() == (5,)
