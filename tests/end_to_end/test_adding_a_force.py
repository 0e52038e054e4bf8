"""The guide for adding a force is followed word for word: its commands, its edits, and what it says they print."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csae.settings import PROJECT_DIR
from csae.sources import load_source
from end_to_end.conftest import Csae, warmed

pytestmark = pytest.mark.end_to_end

GUIDE = PROJECT_DIR / "docs" / "adding-a-force.md"
BLOCK = re.compile(r"^```(console|diff|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT_CODES = {"csae force new": 1, "csae run": 1}
"""As the guide says: a draft needs a person, and the live forces are missing in an empty warehouse."""


def steps() -> Iterator[tuple[str, str]]:
    """Commands, edits and printed lines up to where the force is live."""
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8").split("## 6.")[0]):
        if kind == "console":
            yield from (("command", line.removeprefix("$ ")) for line in text.splitlines())
        elif kind == "diff":
            old, new = re.findall(r"^-(.*)$", text, re.MULTILINE), re.findall(r"^\+(.*)$", text, re.MULTILINE)
            yield from (("edit", "\0".join(pair)) for pair in zip(old, new, strict=True))
        else:
            yield from (("printed", line) for line in text.splitlines())


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_guide_works_as_it_stands(home: Callable[[str], Csae], tmp_path: Path) -> None:
    csae = home("a new force")
    folder = tmp_path / "project"
    shutil.copytree(GUIDE.with_suffix(""), folder / "docs" / "adding-a-force")
    environment = csae.environment({"COLUMNS": "160"})
    printed = ""
    for kind, step in steps():
        if kind == "command":
            tool, *arguments = shlex.split(step)
            if tool == "csae":
                done = warmed().run(arguments, environment, folder)
            else:
                done = subprocess.run(
                    [tool, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
                )
            expected = next((code for start, code in EXIT_CODES.items() if step.startswith(start)), 0)
            assert done.returncode == expected, f"{step}\n{done.stdout}{done.stderr}"
            printed = words(done.stdout)
        elif kind == "edit":
            old, new = step.split("\0")
            path = csae.home / "forces" / "65_ridings.yml"
            text = path.read_text(encoding="utf-8")
            assert text.count(f"{old}\n") == 1, old
            path.write_text(text.replace(f"{old}\n", f"{new}\n"), encoding="utf-8")
        else:
            assert words(step) in printed
    assert load_source(csae.home / "forces" / "65_ridings.yml").spec.status == "trial"
    assert (folder / "ridings.xlsx").stat().st_size > 0
    assert csae.rows("select state, crimes_read, involvements_read, crimes_quarantined from ops.load") == [
        ("accepted", 24, 53, 0)
    ]
    assert csae.one("select count(*) from curated.fct_offence_type") == 0, "a trial is counted nowhere"
