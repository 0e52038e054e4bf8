"""Who may do what: `matrix.csv`, `roles.csv`, `settings.csv` and `force_rows.csv`, read and spelled out.

A line of the matrix names objects by pattern (`*`, `dq_*`, and `!*_at_gate` for all but those); spelled out against
the objects that a database has, it is a set of `Grant`s. What is not in that set nobody may do.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

PUBLIC = "PUBLIC"
FORCE_PREFIX = "csae_force_"
FORCE_GROUP = "csae_force_analyst"
ANALYSTS = ("csae_analyst", FORCE_GROUP)
EVERYTHING = "*"
_FOLDER = Path(__file__).parent
_FILES = ("roles.csv", "matrix.csv", "settings.csv", "force_rows.csv")


@dataclass(frozen=True)
class Line:
    """A line of the matrix. `on` is database, schema, tables, columns or functions; the rest are words of its cells."""

    role: str
    on: str
    schemas: tuple[str, ...]
    objects: tuple[str, ...]
    columns: tuple[str, ...]
    privileges: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Setting:
    """What the logins of a role have. `connection limit` is a property of the login, all others are parameters."""

    role: str
    name: str
    value: str


@dataclass(frozen=True)
class ForceRule:
    """Which rows of a table are a force's own: all of them, or by the force in one, each or any of these columns."""

    table: str
    columns: tuple[str, ...]
    is_any: bool


@dataclass(frozen=True, order=True)
class Grant:
    """One privilege of one role on one thing.

    `on` is database, schema, table, column, function (or procedure) or default: of objects that are made later, where
    `name` is tables, functions or another kind, and an empty `schema` stands for all.
    """

    role: str
    on: str
    schema: str
    name: str
    column: str
    privilege: str
    is_grantable: bool = False

    @property
    def place(self) -> str:
        """Where it is, in words."""
        if self.on == "default":
            return f"{self.name} to be made in {self.schema or 'any schema'}"
        if self.on in ("database", "schema"):
            return f"{self.on} {self.schema}".rstrip()
        return f"{self.schema}.{self.name}" + (f" ({self.column})" if self.column else "")


@dataclass(frozen=True)
class Objects:
    """What a database has, but for PostgreSQL's own: columns by table, and functions with the types they take."""

    schemas: frozenset[str]
    tables: Mapping[tuple[str, str], Sequence[str]]
    functions: frozenset[tuple[str, str]]


@cache
def roles() -> dict[str, str]:
    """The roles, with what each is for."""
    return {row["role"]: row["for"] for row in _rows("roles.csv")}


@cache
def lines() -> tuple[Line, ...]:
    return tuple(
        Line(
            row["role"],
            row["on"],
            tuple(row["schema"].split()),
            tuple(row["objects"].split()),
            tuple(row["columns"].split()),
            tuple(row["privileges"].upper().split()),
            row["why"],
        )
        for row in _rows("matrix.csv")
    )


@cache
def settings() -> tuple[Setting, ...]:
    return tuple(Setting(row["role"], row["setting"], row["value"]) for row in _rows("settings.csv"))


@cache
def force_rules() -> dict[str, ForceRule]:
    """By table. A table without a rule is not shown to a force's analysts."""
    return {
        row["table"]: ForceRule(
            row["table"], tuple(name for name in row["own"].replace("|", "&").split("&") if name), "|" in row["own"]
        )
        for row in _rows("force_rows.csv")
    }


@cache
def fingerprint() -> str:
    """Of the matrix and of the tables that a version brings: what a database was last given its rights by."""
    files = [*(_FOLDER / name for name in _FILES), *sorted(_FOLDER.parent.rglob("*.sql"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def expected(there: Objects) -> frozenset[Grant]:
    """The matrix, spelled out for what there is. A schema that is not there yet is left out."""
    return frozenset(grant for line in lines() for grant in _spelled(line, there))


def chosen(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name is one that the patterns mean."""
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return any(fnmatchcase(name, pattern) for pattern in wanted) and not any(
        fnmatchcase(name, pattern) for pattern in unwanted
    )


def _spelled(line: Line, there: Objects) -> Iterator[Grant]:
    if line.on == "database":
        yield from (Grant(line.role, "database", "", "", "", privilege) for privilege in line.privileges)
        return
    for schema in there.schemas.intersection(line.schemas):
        for privilege in line.privileges:
            if line.on == "schema":
                yield Grant(line.role, "schema", schema, "", "", privilege)
            elif line.on == "functions":
                for of, name in there.functions:
                    if of == schema and chosen(name.partition("(")[0], line.objects):
                        yield Grant(line.role, "function", schema, name, "", privilege)
            else:
                yield from _of_tables(line, schema, privilege, there)


def _of_tables(line: Line, schema: str, privilege: str, there: Objects) -> Iterator[Grant]:
    if line.on == "tables" and line.objects == (EVERYTHING,):
        yield Grant(line.role, "default", schema, "tables", "", privilege)
    for (of, table), columns in there.tables.items():
        if of != schema or not chosen(table, line.objects):
            continue
        if line.on == "tables":
            yield Grant(line.role, "table", schema, table, "", privilege)
        for column in set(line.columns).intersection(columns):
            yield Grant(line.role, "column", schema, table, column, privilege)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, strict=True)
