"""What a generation is built with: the same files are kept for it as decide whether all is built anew."""

from pathlib import Path

import pytest

from csae import generations, inputs
from csae.settings import Settings

WRITTEN = ("dbt_project.yml", "models/docs.md", "models/marts/fct_crime.sql", "seeds/offences.csv")
MADE = ("logs/dbt.log", "target/manifest.json", "target/compiled/fct_crime.sql", "models/.fct_crime.sql.swp")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path in (*WRITTEN, *MADE):
        file = tmp_path / inputs.PROJECT / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"-- {path}")
    (tmp_path / inputs.FORCES).mkdir()
    (tmp_path / inputs.FORCES / "06_force.yml").write_text('source: "06"')
    return tmp_path


def test_what_people_wrote_is_kept_and_what_dbt_made_of_it_is_not(project: Path) -> None:
    kept = dict(inputs.files(Settings(project_dir=project, forces_dir=project / inputs.FORCES)))
    assert kept == {
        **{f"dbt_project/{path}": f"-- {path}".encode() for path in WRITTEN},
        "forces/06_force.yml": b'source: "06"',
    }


@pytest.mark.parametrize(("path", "counts"), [*((path, True) for path in WRITTEN), *((path, False) for path in MADE)])
def test_the_next_build_is_full_after_any_kept_file_of_the_project_has_changed(
    project: Path, path: str, counts: bool
) -> None:
    before = generations.rules_sha256({}, project / inputs.PROJECT)
    with (project / inputs.PROJECT / path).open("a") as file:
        file.write("\n-- mended")
    assert (generations.rules_sha256({}, project / inputs.PROJECT) != before) is counts
