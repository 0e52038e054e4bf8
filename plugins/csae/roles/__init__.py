"""Who may do what in the warehouse: the matrix in data files, the comparison with what is, and the repair.

`matrix` reads the files, `reading` the database's catalogue, `comparing` says where they differ, `granting` puts it
right, `shown` has the views that show a force its own rows, and `access` who read what.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csae.warehouse import Connection


def prepare(connection: "Connection") -> None:
    """Make the roles and the schemas that rights rest on; safe to run again."""
    from csae.roles import granting  # noqa: PLC0415 - rests on the warehouse, which calls this

    granting.prepare(connection)
