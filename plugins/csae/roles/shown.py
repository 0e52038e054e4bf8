"""What the views of `curated` and `curated_force` should show, and what they do.

A force's analysts read `curated_force`: the views of `curated` with their force's rows alone. They are apart, so that
the national views stay as they are; and each is a security barrier, since a condition of the asker's own that fails
on another force's row would otherwise tell of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from csae.roles.matrix import ForceRule, force_rules
from csae.warehouse import Connection

CURATED, OF_FORCE, OWN = "curated", "curated_force", "own_force"
_OWN_FORCES = sql.SQL("any (array(select f.force_code from {} as f))").format(sql.Identifier(OF_FORCE, OWN))


@dataclass(frozen=True)
class ShownView:
    """A view, its body as the database writes it, and the statement that makes it; or a table in a view's place."""

    schema: str
    name: str
    body: str
    is_barrier: bool
    create: str = ""
    is_view: bool = True

    @property
    def place(self) -> str:
        return f"{self.schema}.{self.name}"


def of_force(rule: ForceRule, columns: Sequence[str]) -> sql.Composed | None:
    """A select of a force's own rows of a view of `curated`; None where a column that tells them is not there."""
    if not set(rule.columns) <= set(columns):
        return None
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    rows = sql.SQL("select {} from {}").format(names, sql.Identifier(CURATED, rule.table))
    if not rule.columns:
        return rows
    own = (sql.SQL("{} = {}").format(sql.Identifier(column), _OWN_FORCES) for column in rule.columns)
    return sql.SQL("{} where {}").format(rows, sql.SQL(" or " if rule.is_any else " and ").join(own))


def create_of_force(name: str, rows: sql.Composed) -> sql.Composed:
    return sql.SQL("create or replace view {} with (security_barrier) as {}").format(
        sql.Identifier(OF_FORCE, name), rows
    )


def own_force() -> sql.Composed:
    """A select of the forces whose rows the asker may read: what every view of `curated_force` rests on."""
    return sql.Composed([sql.SQL(Path(__file__).with_name("own_force.sql").read_text(encoding="utf-8"))])


def force_views(connection: Connection) -> dict[str, sql.Composed]:
    """The select of each view of `curated_force`, by name, for the views that `curated` has now."""
    there = connection.execute(
        """
        select c.relname, array_agg(a.attname::text order by a.attnum)
        from pg_class as c
        inner join pg_attribute as a on c.oid = a.attrelid
        where c.relnamespace = to_regnamespace(%s) and c.relkind = 'v' and a.attnum > 0
        group by c.relname
        """,
        [CURATED],
    ).fetchall()
    rules = force_rules()
    selects = {name: of_force(rules[name], columns) for name, columns in there if name in rules}
    return {name: rows for name, rows in selects.items() if rows is not None}


def standing(connection: Connection) -> list[ShownView]:
    rows = connection.execute(
        """
        select
            n.nspname, c.relname, case when c.relkind = 'v' then pg_get_viewdef(c.oid) else '' end,
            coalesce(c.reloptions::text like '%%security_barrier=true%%', false), '', c.relkind = 'v'
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = any(%s) and c.relkind in ('v', 'm', 'r', 'p', 'f')
        """,
        [[CURATED, OF_FORCE]],
    ).fetchall()
    return [ShownView(*row) for row in rows]


def wanted(connection: Connection) -> list[ShownView]:
    """What should stand, for the generation that analysts see."""
    from csae import generations  # noqa: PLC0415 - which itself asks for these
    from csae.generations import views  # noqa: PLC0415

    now = generations.current(connection)
    of_curated: dict[str, sql.Composed] = {}
    if now:
        tables = generations.tables_of(connection, now.generation_id)
        of_curated = {
            name: generations.rows_of(name, columns, now.generation_id) for name, columns in tables.items()
        } | {views.CHANGES: views.changes_up_to(now.generation_id)}
    of_own = force_views(connection)
    asked = [(CURATED, name, rows) for name, rows in of_curated.items()]
    asked += [(OF_FORCE, name, rows) for name, rows in ({OWN: own_force()} | of_own).items()]
    made: list[ShownView] = []
    with connection.transaction(force_rollback=True):
        for number, (_, _, rows) in enumerate(asked):
            draft = sql.Identifier("pg_temp", f"shown_{number}")
            connection.execute(sql.SQL("create temporary view {} as {}").format(draft, rows))
        bodies: dict[str, str] = dict(
            connection.execute(
                "select relname, pg_get_viewdef(oid) from pg_class where relnamespace = pg_my_temp_schema() "
                "and relkind = 'v' and relname like 'shown%%'"
            ).fetchall()
        )
    for number, (schema, name, rows) in enumerate(asked):
        is_barrier = schema == OF_FORCE
        create = (
            create_of_force(name, rows)
            if is_barrier
            else sql.SQL("create or replace view {} as {}").format(sql.Identifier(schema, name), rows)
        )
        made.append(ShownView(schema, name, bodies[f"shown_{number}"], is_barrier, create.as_string(connection)))
    return made
