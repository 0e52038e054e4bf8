"""Judgements on people taken over to the new keys of their records, by the place of a row of each.

`person_record_key` is made by dbt of a record's tokens (`int_involvement_version`). Here it is made once more, of the
tokens that stand and of those that take their place; where the first does not give the very key that was judged, the
rule is another than this one and nothing is carried.
"""

from psycopg import sql

from csae.keys.comparing import after
from csae.linkage.records import TOKENS
from csae.warehouse import Connection

_TOKENS_AND_MORE = tuple("full_forename_token" if name == "forename_token" else name for name in TOKENS)
"""What a person is written by, in the order of the model; an initial is no full forename."""
_MOST_ON_A_CRIME = 10_000
"""People of one role on a crime who are written alike: who is known no further has their number in the key."""


class CarryingError(Exception):
    """A judgement cannot be taken over. The message says which and what to do."""


def find(connection: Connection) -> None:
    """Table `carried`: old and new key of every record that was judged.

    A judgement that was withdrawn is carried where its records are known, and else stays as it is. Raises
    `CarryingError` for one in force.
    """
    connection.execute("create temporary table carried (old_key text primary key, new_key text) on commit drop")
    if connection.execute("select to_regclass('intermediate.int_involvement_version')").fetchone() != (None,):
        connection.execute(
            sql.SQL(
                """
                insert into carried (old_key, new_key)
                with judged as (
                    select distinct unnest(array[record_key_l, record_key_r]) as old_key from ops.person_judgement
                ),

                placed as (
                    select distinct on (judged.old_key)
                        judged.old_key, version.load_id, version.extract_name, version.row_number, version.force_code
                    from judged
                    inner join intermediate.int_involvement_version as version
                        on judged.old_key = version.person_record_key
                    order by judged.old_key, version.load_id, version.extract_name, version.row_number
                ),

                made as (
                    select placed.old_key, {was} as as_it_was, {now} as as_it_will_be
                    from placed
                    inner join staging.stg_involvement as o using (load_id, extract_name, row_number)
                    inner join {new} as n using (load_id, extract_name, row_number)
                    cross join lateral generate_series(1, {most}) as place (number)
                    where o.role is not distinct from n.role and (place.number = 1 or not {is_known})
                )

                select old_key, min(as_it_will_be) from made where as_it_was = old_key
                group by old_key having count(distinct as_it_will_be) = 1
                """
            ).format(
                was=_key("o", sql.SQL("o.crime_key")),
                now=_key("n", sql.SQL("md5(placed.force_code || '|' || n.crime_ref_token)")),
                is_known=_is_known("o"),
                new=after("involvement"),
                most=sql.Literal(_MOST_ON_A_CRIME),
            )
        )
    left = connection.execute(
        """
        select string_agg(judgement_id::text, ', ' order by judgement_id) from ops.person_judgement
        where withdrawn_at is null and not (
            record_key_l in (select old_key from carried) and record_key_r in (select old_key from carried)
        )
        """
    ).fetchone()
    if left and left[0]:
        raise CarryingError(
            f"The records of judgement {left[0]} are not in the tables that were built last, so it cannot be taken "
            "over. Nothing was changed: run csae run first, or take the judgement back with csae person withdraw."
        )


def carry(connection: Connection) -> int:
    """In the transaction that puts the new rows in place. How many judgements it was."""
    return connection.execute(
        """
        update ops.person_judgement as j
        set record_key_l = least(l.new_key collate "C", r.new_key collate "C"),
            record_key_r = greatest(l.new_key collate "C", r.new_key collate "C")
        from carried as l, carried as r
        where j.record_key_l = l.old_key and j.record_key_r = r.old_key
        """
    ).rowcount


def _key(side: str, crime_key: sql.SQL) -> sql.Composed:
    written = sql.SQL("concat_ws('|', {})").format(
        sql.SQL(", ").join(sql.SQL("coalesce({}::text, '')").format(_part(side, name)) for name in _TOKENS_AND_MORE)
    )
    return sql.SQL(
        "md5(case when {is_known} then {written} else 'record|' || coalesce({crime_key}, '') || '|' || "
        "coalesce(o.role, '') || '|' || place.number::text || '|' || {written} end)"
    ).format(is_known=_is_known(side), written=written, crime_key=crime_key)


def _part(side: str, name: str) -> sql.Composable:
    if name == "full_forename_token":
        return sql.SQL("case when not coalesce(o.forename_is_initial, false) then {} end").format(
            sql.Identifier(side, "forename_token")
        )
    return sql.Identifier(side if name.endswith(("_token", "_tokens")) else "o", name)


def _is_known(side: str) -> sql.Composed:
    """Beyond their crime."""
    return sql.SQL(
        "(num_nonnulls({}, {}) > 0 or (num_nonnulls({}, {}, {}) = 3 "
        "and not coalesce(o.date_of_birth_is_placeholder, false)))"
    ).format(
        *(
            _part(side, name)
            for name in ("person_ref_token", "pnc_token", "surname_token", "full_forename_token", "date_of_birth_token")
        )
    )
