"""How the modules of this package ask: rows as dataclasses, and nothing of a table that is not there yet."""

from collections.abc import Sequence
from typing import Any, TypeVar

from psycopg.rows import class_row

from csae.warehouse import Connection

STARTED = "ops.load_extract"
BUILT = "curated.fct_offence_type"
"""Before analysts have a table there is no fate to tell of, though a build that was held may have left some."""
LINKED = "linkage.person"
KEPT = "generation.fct_offence_type"
T = TypeVar("T")
_RELATIONS = (STARTED, BUILT, LINKED, KEPT, "linkage.edge", "linkage.person_change", "ops.person_judgement")


def asked(connection: Connection, kind: type[T], query: str, parameters: dict[str, Any] | Sequence[Any]) -> list[T]:
    """The columns of the query are the fields of the dataclass, by name."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode(), parameters).fetchall()


def present(connection: Connection) -> frozenset[str]:
    """Which of the relations that a first night makes are there."""
    rows = connection.execute(
        "select name from unnest(%s::text[]) as name where to_regclass(name) is not null", [[*_RELATIONS]]
    ).fetchall()
    return frozenset(name for (name,) in rows)


def short(token: str | None) -> str | None:
    """What is shown of a token."""
    return token[:8] if token else None
