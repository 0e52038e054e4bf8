"""Each person once, across crimes and forces: from keyed tokens only, with a frozen model.

`comparisons` says how two records are compared, `model` holds the trained parameters, `scoring` runs Splink on
DuckDB, `clustering` decides who is one person, `resolving` puts these together, `store` keeps the result in
PostgreSQL from night to night, `judgements` what people decided. `showing` takes a weight apart; `training` makes the
model, by command.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from csae.warehouse import Connection

SCHEMA = "linkage"


@dataclass(frozen=True)
class PeopleChanged:
    """What became of people whom analysts had seen."""

    merged: int
    """People who became part of another."""
    split: int
    """Parts taken off people."""


def prepare(connection: "Connection", schema: str = SCHEMA) -> None:
    """Make the schema and its tables, and the table of judgements; safe to run again."""
    text = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
    connection.execute(sql.SQL(text).format(linkage=sql.Identifier(schema)))


def link(
    connection: "Connection",
    work_dir: Path,
    *,
    generation_id: int,
    full: bool,
    schema: str = "intermediate",
    linkage_schema: str = SCHEMA,
) -> None:
    """Bring `linkage.person` up to the records of `int_person_record`, in one transaction.

    `full` compares all records; else only those that came, and decides anew only what they touch. Both give the same
    people. Raises `csae.linkage.model.ModelError`.
    """
    from csae.linkage.store import Linking  # noqa: PLC0415 - Splink takes half a second to import

    Linking(connection, work_dir, generation_id, schema, linkage_schema).run(full=full)


def people_changed(connection: "Connection", generation_id: int) -> PeopleChanged:
    """From the generation that analysts saw before this one; builds between the two that they did not see count too."""
    counts: dict[str, int] = dict(
        connection.execute(
            """
            select change, count(*) from linkage.person_change
            where generation_id <= %(number)s and generation_id > coalesce(
                (
                    select max(g.generation_id) from ops.generation as g
                    where g.generation_id < %(number)s and g.state in ('current', 'previous')
                ),
                0
            )
            group by change
            """,
            {"number": generation_id},
        ).fetchall()
    )
    return PeopleChanged(merged=counts.get("merged", 0), split=counts.get("split", 0))
