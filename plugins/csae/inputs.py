"""What a generation was made with besides its loads: the sources' YAML and the dbt project with its code sets.

Every file is kept once by its SHA-256, so that any generation can be built again with the reference data of its day.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from csae.settings import Settings
from csae.warehouse import Connection

PROJECT, FORCES = "dbt_project", "forces"
_SUFFIXES = frozenset({".sql", ".yml", ".csv", ".md"})
_MADE_BY_DBT = frozenset({"target", "logs"})


class LostInputError(Exception):
    """A generation's files are not there any more; the message says which."""


def project_files(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Path below the directory, with `/`, and content of each file that people wrote: none that dbt made of them."""
    for path in sorted(directory.rglob("*")):
        inside = path.relative_to(directory)
        if path.suffix in _SUFFIXES and not _MADE_BY_DBT & set(inside.parts):
            yield inside.as_posix(), path.read_bytes()


def files(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Path below the project, with `/`, and content of each file that decides what a generation holds."""
    for root, directory in ((PROJECT, settings.project_dir / PROJECT), (FORCES, settings.sources_dir)):
        for path, content in project_files(directory):
            yield f"{root}/{path}", content


def keep(connection: Connection, generation_id: int, settings: Settings) -> None:
    """Run in the transaction that lets analysts see the generation."""
    contents = {path: (hashlib.sha256(content).hexdigest(), content) for path, content in files(settings)}
    known = {
        row[0]
        for row in connection.execute(
            "select sha256 from ops.input_file where sha256 = any(%s)", [[sha256 for sha256, _ in contents.values()]]
        )
    }
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.input_file (sha256, content) values (%s, %s) on conflict (sha256) do nothing",
            [item for item in contents.values() if item[0] not in known],
        )
        cursor.executemany(
            "insert into ops.generation_input (generation_id, path, sha256) values (%s, %s, %s)",
            [(generation_id, path, sha256) for path, (sha256, _) in contents.items()],
        )


def restore(connection: Connection, generation_id: int, directory: Path) -> None:
    """Write the files of a generation below the directory. Raises `LostInputError` where there are none."""
    rows = connection.execute(
        """
        select i.path, f.content from ops.generation_input as i
        inner join ops.input_file as f using (sha256)
        where i.generation_id = %s
        """,
        [generation_id],
    ).fetchall()
    if not rows:
        raise LostInputError(
            f"Generation {generation_id} was built before the warehouse kept what it was built with, so it cannot be "
            "built again. Choose a later day; csae generation list shows them."
        )
    for path, content in rows:
        target = directory / path
        if not target.resolve().is_relative_to(directory.resolve()):
            raise AssertionError(f"a kept path leaves its folder: {path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
