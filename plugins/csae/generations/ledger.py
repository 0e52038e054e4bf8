"""The generations that were built, which of them analysts see, and what the newest was built from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg.rows import class_row

import csae
from csae.generations.store import MARTS
from csae.inputs import project_files
from csae.sources import LoadedSource
from csae.warehouse import Connection

_UNSURE = ""
"""In place of what the built state was built with, while it is being altered or after that was broken off."""

DAYS_BETWEEN_ALL_TESTS = 7


@dataclass(frozen=True)
class Generation:
    generation_id: int
    input_sha256: str


@dataclass(frozen=True)
class GenerationLine:
    """A generation as it is listed; `is_kept` says whether analysts' views can be pointed at it."""

    generation_id: int
    night_id: int | None
    night_on: str | None
    state: str
    mode: str | None
    tests: str | None
    """`all` where the tests read every row, `changed` where those that the build replaced."""
    crimes: int | None
    involvements: int | None
    started_at: str
    seconds: float | None
    is_kept: bool
    message: str | None


def current(connection: Connection) -> Generation | None:
    """The generation that analysts see."""
    row = connection.execute(
        "select generation_id, input_sha256 from ops.generation where state = 'current'"
    ).fetchone()
    return Generation(*row) if row else None


def newest(connection: Connection) -> Generation | None:
    """The last generation that was built to its end. Analysts see another only after a rollback."""
    row = connection.execute(
        """
        select generation_id, input_sha256 from ops.generation
        where state in ('current', 'previous') order by generation_id desc limit 1
        """
    ).fetchone()
    return Generation(*row) if row else None


def went_back(now: Generation, newest: Generation) -> str:
    """What holds after a rollback, and until when."""
    return (
        f"analysts see generation {now.generation_id}, to which csae generation rollback went back from "
        f"{newest.generation_id}. They go on with it until a night has something new to build from; csae generation "
        f"rollback {newest.generation_id} goes forward again."
    )


def kept(connection: Connection) -> list[int]:
    """Generations that the store still holds, the newest first."""
    rows = connection.execute(
        """
        select distinct g.generation_id from ops.generation as g
        inner join ops.generation_table using (generation_id)
        where g.state in ('current', 'previous')
        order by g.generation_id desc
        """
    ).fetchall()
    return [row[0] for row in rows]


def listing(connection: Connection, generation_id: int | None = None) -> list[GenerationLine]:
    """All generations or one, the newest first."""
    with connection.cursor(row_factory=class_row(GenerationLine)) as cursor:
        return cursor.execute(
            """
            select
                g.generation_id, g.night_id, n.night_on::text, g.state, g.mode, g.tests, g.crimes, g.involvements,
                to_char(g.started_at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI') as started_at,
                extract(epoch from g.ended_at - g.started_at)::double precision as seconds,
                g.state in ('current', 'previous')
                and exists (select 1 from ops.generation_table as t where t.generation_id = g.generation_id) as is_kept,
                g.message
            from ops.generation as g
            left join ops.night as n using (night_id)
            where %(generation_id)s::bigint is null or g.generation_id = %(generation_id)s
            order by g.generation_id desc
            """,
            {"generation_id": generation_id},
        ).fetchall()


def loads(connection: Connection, generation_id: int) -> dict[str, int]:
    """How many loads the generation knew, by the state that they had then."""
    rows = connection.execute(
        "select state, count(*) from ops.generation_load where generation_id = %s group by state order by state",
        [generation_id],
    ).fetchall()
    return dict(rows)


def rules_sha256(sources: Mapping[str, LoadedSource], project_dir: Path) -> str:
    """Of how deliveries are read: the sources' YAML, the code sets and the dbt project."""
    digest = hashlib.sha256()
    for code in sorted(sources):
        digest.update(sources[code].sha256.encode())
    for path, content in project_files(project_dir):
        digest.update(path.encode())
        digest.update(content)
    return digest.hexdigest()


def input_sha256(connection: Connection, sources: Mapping[str, LoadedSource], project_dir: Path) -> str:
    """Of everything that a build rests on: decided loads, how they are read, and what is known of people."""
    digest = hashlib.sha256()
    snapshots = [code for code, loaded in sources.items() if loaded.spec.delivery.mode == "snapshot"]
    loads = connection.execute(
        """
        select load_id, content_sha256, state, attempt, pseudonym_key_id from ops.load
        where state in ('accepted', 'rejected') or (state = 'duplicate' and source = any(%s))
        order by load_id
        """,
        [snapshots],
    ).fetchall()
    judgements = connection.execute(
        "select judgement_id, verdict, record_key_l, record_key_r from ops.person_judgement "
        "where withdrawn_at is null order by judgement_id"
    ).fetchall()
    for row in (*loads, *judgements):
        digest.update(repr(row).encode())
    for path in sorted((Path(csae.__file__).parent / "linkage" / "model").glob("*.json")):
        digest.update(path.read_bytes())
    digest.update(rules_sha256(sources, project_dir).encode())
    return digest.hexdigest()


def needs_full(connection: Connection, rules: str) -> bool:
    """Whether the built state cannot be taken up where the newest generation left it.

    So it is without one, when YAML, code sets or models are others, and after a build that was broken off or failed:
    what that one left is built anew.
    """
    row = connection.execute(
        "select inputs_sha256 from ops.build_state where to_regclass(%s) is not null", [f"{MARTS}.fct_offence_type"]
    ).fetchone()
    return row is None or row[0] != rules


def tests_are_due(connection: Connection) -> bool:
    """Whether the tests have read every row for the last time a week ago or longer: decision 0034."""
    row = connection.execute(
        """
        select not exists (
            select from ops.generation
            where tests = 'all' and state in ('current', 'previous') and started_at > now() - %s * interval '1 day'
        )
        """,
        [DAYS_BETWEEN_ALL_TESTS],
    ).fetchone()
    return row is not None and bool(row[0])


def open_generation(
    connection: Connection,
    night_id: int,
    sha256: str,
    *,
    rules: str = _UNSURE,
    full: bool = True,
    all_tested: bool = False,
) -> int:
    """A new generation in state `building`. Until it has ended, the built state counts as unsure."""
    with connection.transaction():
        connection.execute(
            "update ops.generation set state = 'failed', message = 'broken off', ended_at = clock_timestamp() "
            "where state = 'building'"
        )
        connection.execute("update ops.build_state set inputs_sha256 = %s", [_UNSURE])
        row = connection.execute(
            "insert into ops.generation (night_id, state, input_sha256, rules_sha256, mode, tests) "
            "values (%s, 'building', %s, %s, %s, %s) returning generation_id",
            [
                *(night_id, sha256, rules),
                "full" if full else "incremental",
                "all" if full or all_tested else "changed",
            ],
        ).fetchone()
    if row is None:
        raise AssertionError("an insert returns its row")
    return int(row[0])


def close(connection: Connection, generation_id: int, state: str, message: str) -> None:
    """End a build that analysts will not see: `held` or `failed`.

    What an incremental build made stays sure when it is held: the next one makes the same crimes anew, and more. After
    a full one that is held, the next is full too, since all crimes differ from what the store has.
    """
    with connection.transaction():
        connection.execute(
            "update ops.generation set state = %s, message = %s, ended_at = clock_timestamp() where generation_id = %s",
            [state, message, generation_id],
        )
        if state == "held":
            connection.execute(
                """
                update ops.build_state set inputs_sha256 = g.rules_sha256
                from ops.generation as g where g.generation_id = %s and g.mode = 'incremental'
                """,
                [generation_id],
            )


def succeed(connection: Connection, generation_id: int) -> None:
    """In the switch: the generation is the newest, and the next build starts from it."""
    connection.execute(
        "update ops.generation set ended_at = clock_timestamp() where generation_id = %s", [generation_id]
    )
    # Those that changed alone: every row that is written is held against the ledger, and a history has 100,000.
    connection.execute(
        """
        delete from ops.built_load as b
        where not exists (
            select from staging.stg_load as l where l.load_id = b.load_id and l.fingerprint = b.fingerprint
        )
        """
    )
    connection.execute(
        """
        insert into ops.built_load (load_id, fingerprint)
        select l.load_id, l.fingerprint from staging.stg_load as l
        where not exists (select from ops.built_load as b where b.load_id = l.load_id)
        """
    )
    connection.execute("truncate ops.build_state")
    connection.execute(
        """
        insert into ops.build_state (generation_id, inputs_sha256)
        select generation_id, rules_sha256 from ops.generation where generation_id = %s
        """,
        [generation_id],
    )
    connection.execute(
        """
        insert into ops.generation_load (generation_id, load_id, state)
        select %s, load_id, state from ops.load where state in ('accepted', 'rejected', 'duplicate')
        """,
        [generation_id],
    )


def show(connection: Connection, generation_id: int) -> None:
    """In the switch or a rollback: the generation is the one that analysts see."""
    connection.execute("update ops.generation set state = 'previous' where state = 'current'")
    connection.execute("update ops.generation set state = 'current' where generation_id = %s", [generation_id])
