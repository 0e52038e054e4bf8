"""What may not fall by half from the generation that analysts read to the one that was just built."""

from dataclasses import dataclass

from psycopg import sql

from csae.generations.ledger import current
from csae.generations.store import MARTS, QUALITY, relations
from csae.warehouse import Connection

_CRIMES = "select force_code, sum(crimes)::bigint as rows from {} where is_counted_nationally group by force_code"
_PEOPLE = """
    select force_code, sum(people)::bigint as rows
    from {}
    where is_counted_nationally and measure = 'self_defined_ethnicity'
    group by force_code
"""
_BY_SENDER = """
    select l.source as force_code, count(*) as rows
    from {} as f inner join ops.load as l using (load_id)
    group by l.source
"""
_COUNTED = {
    "crimes": (QUALITY, "dq_offence_coding", _CRIMES),
    "people": (QUALITY, "dq_completeness", _PEOPLE),
    "case reviews": (MARTS, "fct_case_review", _BY_SENDER),
}
"""What may not fall by half, and where it is counted: a case review for the source that sent it. Crimes and people are
taken from quality's sums over the same records: to count the facts anew reads all of history."""


@dataclass(frozen=True)
class Fall:
    """A force whose number of crimes, people or case reviews fell by more than half from one generation to the next."""

    force_code: str
    counted: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"force {self.force_code} falls from {self.before} to {self.after} {self.counted}"


def falls(connection: Connection) -> list[Fall]:
    """Forces with less than half of the crimes, of the people on crimes, or of the case reviews, that analysts see."""
    if current(connection) is None:
        return []
    there = relations(connection, "curated")
    fallen = [
        Fall(force_code, counted, before, after)
        for counted, (schema, table, per_force) in _COUNTED.items()
        if table in there
        for force_code, before, after in connection.execute(
            sql.SQL(
                """
                select force_code, before.rows, coalesce(after.rows, 0)
                from ({before}) as before
                left join ({after}) as after using (force_code)
                where coalesce(after.rows, 0) * 2 < before.rows
                """
            ).format(
                before=sql.SQL(per_force).format(sql.Identifier("curated", table)),
                after=sql.SQL(per_force).format(sql.Identifier(schema, table)),
            )
        ).fetchall()
    ]
    return sorted(fallen, key=lambda fall: (fall.force_code, fall.counted))
