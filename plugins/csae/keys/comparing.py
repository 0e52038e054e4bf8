"""Rows made anew against those that stand: alike but for tokens, and tokens alike in the same places.

A token is in the same places before and after, or else something other than its key is another. Which places it is in
is told by how many there are and the sum of their hashes, so nothing has to be known of the old key. Loads under
different old keys are compared apart: between them no token was ever alike.
"""

from collections.abc import Iterator, Sequence

from psycopg import sql

from csae.loading import KINDS
from csae.sources.columns import RecordKind
from csae.warehouse import Connection

PURPOSE_OF = {
    "crime_ref_token": "crime reference",
    "transfer_ref_token": "crime reference",
    "case_ref_token": "case reference",
    "person_ref_token": "person reference",
    "pnc_token": "pnc id",
    "surname_token": "name",
    "forename_token": "name",
    "forename_initial_token": "name",
    "first_forename_token": "name",
    "name_part_tokens": "name",
    "surname_phonetic_token": "sound of a name",
    "surname_consonants_token": "sound of a name",
    "forename_phonetic_token": "sound of a name",
    "forename_consonants_token": "sound of a name",
    "date_of_birth_token": "date of birth",
    "date_of_birth_swapped_token": "date of birth",
    "birth_year_month_token": "year and month of birth",
    "birth_year_day_token": "year and day of birth",
    "birth_month_day_token": "month and day of birth",
}
"""Of each column of tokens the purpose whose key makes them: tokens of one purpose are compared with each other."""
_PLACE = ("load_id", "extract_name", "row_number")


class DifferenceError(Exception):
    """What was read anew is not what stands. The message says which load, file and column, and no value."""


def before(kind: RecordKind) -> sql.Identifier:
    return sql.Identifier("raw", kind)


def after(kind: RecordKind) -> sql.Identifier:
    """A table of this session alone: it is gone with it, however that ends."""
    return sql.Identifier("pg_temp", kind)


def make_tables(connection: Connection) -> None:
    for kind in KINDS:
        connection.execute(sql.SQL("create temporary table {} (like {})").format(after(kind), before(kind)))
        connection.execute(sql.SQL("create index on {} (load_id)").format(after(kind)))


def drop_tables(connection: Connection) -> None:
    for kind in KINDS:
        connection.execute(sql.SQL("drop table if exists {}").format(after(kind)))


def columns(connection: Connection, kind: RecordKind) -> list[str]:
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped "
        "order by attnum",
        [f"raw.{kind}"],
    ).fetchall()
    return [name for (name,) in rows]


def leave_empty_what_was(connection: Connection, load_id: int) -> None:
    """A column that is empty in all of a load stays so: a load from before there was the column goes on without it."""
    for kind in KINDS:
        names = columns(connection, kind)
        counted = sql.SQL("select {} from {} where load_id = {}")
        were, are = (
            connection.execute(
                counted.format(
                    sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(name)) for name in names),
                    table,
                    sql.Literal(load_id),
                )
            ).fetchone()
            or ()
            for table in (before(kind), after(kind))
        )
        new = [name for name, was, now in zip(names, were, are, strict=True) if now and not was and any(were)]
        for name in new:
            connection.execute(
                sql.SQL("update {} set {} = null where load_id = {}").format(
                    after(kind), sql.Identifier(name), sql.Literal(load_id)
                )
            )


def compare_rows(connection: Connection, load_id: int, label: str) -> None:
    """All columns of a load that are no token. Raises `DifferenceError`."""
    for kind in KINDS:
        plain = [name for name in columns(connection, kind) if name not in PURPOSE_OF]
        if extract := _differing(connection, kind, load_id, plain):
            lone = [name for name in plain if name not in _PLACE]
            names = [name for name in lone if _differing(connection, kind, load_id, [*_PLACE, name])]
            what = f"column {names[0]}" if names and _is_same_rows(connection, kind, load_id) else "its rows"
            raise DifferenceError(
                f"{label}, {extract} ({kind}): read again, {what} would be another than what stands. Nothing was "
                "changed. Its YAML, or how the pipeline reads, is another than on its day; put that back."
            )


def _is_same_rows(connection: Connection, kind: RecordKind, load_id: int) -> bool:
    return _differing(connection, kind, load_id, _PLACE) is None


def _differing(connection: Connection, kind: RecordKind, load_id: int, names: Sequence[str]) -> str | None:
    """The first extract of which these columns are not the same, each row as often as it is there."""
    side = sql.SQL("select {} from {} where load_id = {}")
    was, now = (
        side.format(sql.SQL(", ").join(map(sql.Identifier, names)), table, sql.Literal(load_id))
        for table in (before(kind), after(kind))
    )
    differing = sql.SQL(
        "select min(extract_name) from (({was} except all {now}) union all ({now} except all {was})) as d"
    )
    row = connection.execute(differing.format(was=was, now=now)).fetchone()
    return row[0] if row else None


def compare_tokens(connection: Connection, old_keys: Sequence[tuple[int, str | None]]) -> Iterator[str]:
    """Each purpose, after it was compared. `old_keys` has every load and its key. Raises `DifferenceError`."""
    with connection.transaction():
        connection.execute("create temporary table old_key (load_id bigint primary key, key_id text) on commit drop")
        with connection.cursor() as cursor:
            cursor.executemany("insert into old_key (load_id, key_id) values (%s, %s)", old_keys)
        for purpose in dict.fromkeys(PURPOSE_OF.values()):
            _compare_purpose(connection, purpose)
            yield purpose


def _compare_purpose(connection: Connection, purpose: str) -> None:
    held = sql.SQL(" union all ").join(
        _held(connection, kind, name, is_after=is_after)
        for kind in KINDS
        for name in columns(connection, kind)
        if PURPOSE_OF.get(name) == purpose
        for is_after in (False, True)
    )
    connection.execute(
        sql.SQL(
            """
            create temporary table known_token on commit drop as
            select k.key_id, h.is_after, h.token, count(*) as places, sum(h.place) as sum_of_places,
                min(array[h.load_id::text, h.extract_name, h.column_name]) as first_place
            from ({}) as h
            inner join old_key as k using (load_id)
            group by k.key_id, h.is_after, h.token
            """
        ).format(held)
    )
    row = connection.execute(
        """
        select min(first_place) from known_token
        group by key_id, places, sum_of_places
        having count(*) filter (where is_after) <> count(*) filter (where not is_after)
        order by min(first_place)
        limit 1
        """
    ).fetchone()
    connection.execute("drop table known_token")
    if row:
        load_id, extract, column = row[0]
        raise DifferenceError(
            f"load {load_id}, {extract}: read again, {column} would be alike in other rows than it is in those that "
            "stand. Nothing was changed. How values are normalised, or what was loaded, is another than on its day."
        )


def _held(connection: Connection, kind: RecordKind, name: str, *, is_after: bool) -> sql.Composed:
    """Each token of a column with the hash of its place: two people of one row are told apart by all else of theirs."""
    plain = [column for column in columns(connection, kind) if column not in PURPOSE_OF]
    return sql.SQL(
        """
        select {is_after} as is_after, t.load_id, t.extract_name, {name} as column_name, said.token,
            hashtextextended({kind} || '|' || {name} || '|' || row({plain})::text, 0) as place
        from {table} as t
        cross join lateral unnest(string_to_array(t.{column}, ' ')) as said (token)
        """
    ).format(
        is_after=sql.Literal(is_after),
        kind=sql.Literal(kind),
        name=sql.Literal(name),
        column=sql.Identifier(name),
        plain=sql.SQL(", ").join(sql.Identifier("t", column) for column in plain),
        table=after(kind) if is_after else before(kind),
    )
