"""One command line in homes of their own, with real PostgreSQL, S3, Airflow, GX and dbt."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from csae import local_stack
from csae.settings import PROJECT_DIR
from end_to_end.offline import offline, plainly, why_not
from end_to_end.warmed import Warmed

SAMPLES = Path(__file__).parents[1] / "samples"
SAMPLE_SOURCES = ("06", "13", "14")
"""A live force that the samples do not deliver would be missing, and rightly so."""


def copy_sources(directory: Path, codes: Sequence[str]) -> None:
    """Some of the sources in `forces/`, with all systems."""
    forces = PROJECT_DIR / "forces"
    shutil.copytree(forces / "systems", directory / "systems")
    for path in forces.glob("*.yml"):
        if path.name.startswith(tuple(codes)):
            shutil.copy(path, directory)


@dataclass(frozen=True)
class Csae:
    """The product in one home, driven as its users drive it."""

    home: Path

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return warmed().run(arguments, self.environment(environment))

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CSAE_", "AIRFLOW"))}
        own = self.home / "forces"
        forces = {"CSAE_FORCES_DIR": str(own)} if own.exists() else {}
        return {**clean, "CSAE_HOME": str(self.home), **forces, **given}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("csae")), *arguments],
            env=self.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        return json.loads(done.stdout)

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        stack = local_stack.ensure_running(self.home)
        with psycopg.connect(stack.warehouse_url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def counts(self, query: str) -> dict[str, int]:
        return dict(self.rows(query))

    def one(self, query: str) -> Any:
        return self.rows(query)[0][0]


@cache
def warmed() -> Warmed:
    return Warmed()


@pytest.fixture(scope="session", autouse=True)
def _ending_warmed() -> Iterator[None]:
    yield
    if warmed.cache_info().currsize:
        warmed().end()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Csae]]:
    """Homes by name; whatever runs in them is stopped at the end."""
    made: list[Path] = []

    def make(name: str) -> Csae:
        made.append(tmp_path_factory.mktemp(name))
        copy_sources(made[-1] / "forces", SAMPLE_SOURCES)
        return Csae(made[-1])

    yield make
    for path in made:
        local_stack.stop(path)


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    return dict(json.loads((SAMPLES / "truth.json").read_text()))


@dataclass(frozen=True)
class FirstRun:
    csae: Csae
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def first_run(home: Callable[[str], Csae]) -> FirstRun:
    """The samples' three nights, loaded in one run: where no network is, if this system has such a place."""
    csae = home("all nights at once")
    tool = shlex.quote(str(Path(sys.executable).with_name("csae")))
    script = (
        f"{tool} deliver {shlex.quote(str(SAMPLES / 'landing'))} && {tool} run --json && "
        f"{tool} sql --csv 'select count(*) as crimes from fct_offence_type'; code=$?; {tool} down; exit $code"
    )
    environment = csae.environment({})
    return FirstRun(csae, plainly(["sh", "-c", script], environment) if why_not() else offline(script, environment))


@pytest.fixture(scope="session")
def loaded(first_run: FirstRun) -> Csae:
    assert first_run.done.returncode == 0, first_run.done.stderr
    return first_run.csae
