"""What the unit tests share."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sampleshire import PATH, YAML

from csae.code_sets import CodeSets, read_code_sets
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_source


@pytest.fixture
def forces(tmp_path: Path) -> Path:
    """A copy of `forces/` beside this file: one source, 43 Testshire Police, and its system, alpha."""
    return shutil.copytree(Path(__file__).with_name("forces"), tmp_path / "forces")


@pytest.fixture
def load_with(forces: Path) -> Callable[[str, str], LoadedSource]:
    """Testshire's YAML with one text in the place of another."""

    def load(right: str, wrong: str) -> LoadedSource:
        path = forces / "43_testshire.yml"
        text = path.read_text()
        assert right in text
        path.write_text(text.replace(right, wrong, 1))
        return load_source(path)

    return load


@pytest.fixture
def yaml(tmp_path: Path) -> Path:
    """The YAML of 44 Sampleshire Police, the one source in a folder of its own."""
    (tmp_path / "forces").mkdir()
    path = tmp_path / "forces" / PATH
    path.write_text(YAML)
    return path


@pytest.fixture
def source(yaml: Path) -> LoadedSource:
    """Sampleshire."""
    return load_source(yaml)


@pytest.fixture(scope="module")
def codes() -> CodeSets:
    """The code sets of the seeds."""
    return read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
