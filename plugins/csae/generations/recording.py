"""In the switch: which crimes and people on them a generation changes, and the one reason of each that comes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from csae.generations import store
from csae.generations.store import CHANGED_CRIMES, FROM, OPEN, STORE, TO, Table
from csae.warehouse import Connection

NOT_COUNTED = Table("pg_temp", "crime_not_counted", (("crime_key", "text"), ("force_code", "text"), ("reason", "text")))
"""Why each crime that is known does not count, kept as a table of the store: so `before` is there to compare with."""
_CRIMES, _PEOPLE, _NATIONALITIES = "fct_offence_type", "fct_ethnicity", "fct_nationality"
_PERSON = ("crime_key", "person_key", "role")
_LINEAGE = frozenset({"first_load_id", "current_load_id", "load_id"})
_OF_PEOPLE = frozenset({"suspect_count", "victim_count", "is_group_based_derived", "has_identified_suspect"})


@dataclass(frozen=True)
class Step:
    """A generation and the one it follows; without one, there is nothing to compare with."""

    generation_id: int
    before: int | None
    is_incremental: bool

    @property
    def of_changed(self) -> sql.Composable:
        return (
            sql.SQL("crime_key in (select crime_key from {})").format(CHANGED_CRIMES)
            if self.is_incremental
            else sql.SQL("true")
        )


def record(connection: Connection, step: Step) -> None:
    """In the switch, once the store has the generation: keep what it changes, by key and as counts."""
    _keep_not_counted(connection, step)
    if step.before is None:
        return
    _note_crimes(connection, step)
    _note_people(connection, step)
    connection.execute(
        """
        insert into ops.generation_change (
            generation_id, since_generation_id, force_code, record_kind, change, reason, records
        )
        select generation_id, %s, force_code, record_kind, change, reason, count(*)
        from ops.generation_change_key
        where generation_id = %s
        group by generation_id, force_code, record_kind, change, reason
        """,
        [step.before, step.generation_id],
    )


def _keep_not_counted(connection: Connection, step: Step) -> None:
    connection.execute(
        sql.SQL(
            """
            create temporary table crime_not_counted on commit drop as
            with known as (
                select
                    crime_key, force_code,
                    bool_or(is_standing) as is_standing,
                    bool_or(is_standing and is_dropped) as is_dropped
                from intermediate.int_crime_version
                where {of_changed}
                group by crime_key, force_code
            ),

            sent_on as (
                select crime_key from intermediate.int_crime_fate where fate = 'transferred' and {of_changed}
            ),

            counted as (
                select crime_key from marts.fct_offence_type where {of_changed}
            )

            select
                known.crime_key, known.force_code,
                case
                    when not coalesce(sources.is_counted_nationally, false) then 'source_not_live'
                    when not known.is_standing then 'dropped_by_correction'
                    when sent_on.crime_key is not null then 'transferred'
                    when known.is_dropped then 'dropped_from_snapshot'
                    else 'withdrawn'
                end as reason
            from known
            left join counted on known.crime_key = counted.crime_key
            left join sent_on on known.crime_key = sent_on.crime_key
            left join staging.stg_source as sources on known.force_code = sources.force_code
            where counted.crime_key is null
            """
        ).format(of_changed=step.of_changed)
    )
    for statement in store.shaping(connection, NOT_COUNTED):
        connection.execute(statement)
    store.keep_differences(connection, NOT_COUNTED, step.generation_id, only_changed=step.is_incremental)


def _note_crimes(connection: Connection, step: Step) -> None:
    connection.execute(
        sql.SQL(
            """
            create temporary table crime_change on commit drop as
            with before as (
                select * from {crimes} where {to} = {n} and {of_changed}
            ),

            after as (
                select * from {crimes} where {from} = {n} and {of_changed}
            ),

            pairs as (
                select
                    coalesce(after.crime_key, before.crime_key) as crime_key,
                    coalesce(after.force_code, before.force_code) as force_code,
                    coalesce(after.crime_ref_token, before.crime_ref_token) as crime_ref_token,
                    case
                        when before.crime_key is null then 'added'
                        when after.crime_key is null then 'removed'
                        else 'changed'
                    end as change,
                    before.current_load_id as load_before,
                    after.current_load_id as load_after,
                    after.transferred_from_force_code is not null as is_received,
                    {changed_columns} as changed_columns
                from before full join after on before.crime_key = after.crime_key
            )

            select
                pairs.*,
                was.reason as reason_before,
                now.reason as reason_after,
                {by_load} as reason_by_load
            from pairs
            left join {not_counted} as was on pairs.crime_key = was.crime_key and was.{to} = {n}
            left join {not_counted} as now on pairs.crime_key = now.crime_key and now.{to} = {open}
            left join ops.load as old_load on pairs.load_before = old_load.load_id
            left join ops.load as new_load on pairs.load_after = new_load.load_id
            """
        ).format(
            **_parts(step),
            crimes=sql.Identifier(STORE, _CRIMES),
            not_counted=sql.Identifier(STORE, NOT_COUNTED.name),
            changed_columns=_changed_columns(connection, _CRIMES),
            by_load=_by_load(),
        )
    )
    connection.execute("analyze crime_change")
    connection.execute(
        sql.SQL(
            """
            insert into ops.generation_change_key (
                generation_id, record_kind, change, reason, force_code, crime_key
            )
            select
                {n}, 'crime', change,
                case
                    when change = 'added' then case
                        when reason_before = 'source_not_live' then 'source_live'
                        when reason_before = 'transferred' then 'transfer_undone'
                        when reason_before is not null then 'reinstated'
                        when is_received then 'transferred_in'
                        else 'new'
                    end
                    when change = 'removed' then case
                        when reason_after = 'dropped_by_correction' and {is_quarantined} then 'quarantined'
                        else coalesce(reason_after, 'delivery_undone')
                    end
                    when changed_columns <@ {lineage} then 'sent_again'
                    when reason_by_load is not null then reason_by_load
                    when 'transferred_from_force_code' = any(changed_columns) then 'transfer_matched'
                    when changed_columns <@ {maturity} then 'maturity'
                    when {rules_changed} then 'read_otherwise'
                    when changed_columns && {of_people} then 'person_linked_otherwise'
                    else 'read_otherwise'
                end,
                force_code, crime_key
            from crime_change
            """
        ).format(
            **_parts(step),
            is_quarantined=_is_quarantined(step),
            rules_changed=_rules_changed(step),
            of_people=_array(_OF_PEOPLE),
            maturity=_array(_LINEAGE | {"data_maturity"}),
        )
    )


def _note_people(connection: Connection, step: Step) -> None:
    """A person whose nationalities alone changed has changed too."""
    same = sql.SQL(" and ").join(
        sql.SQL("before.{name} = after.{name}").format(name=sql.Identifier(name)) for name in _PERSON
    )
    connection.execute(
        sql.SQL(
            """
            create temporary table person_change on commit drop as
            with before as (
                select * from {people} where {to} = {n} and {of_changed}
            ),

            after as (
                select * from {people} where {from} = {n} and {of_changed}
            ),

            nationalities_before as (
                select crime_key, person_key, role, force_code, array_agg({nationality} order by {nationality}) as said
                from {nationalities} where {to} = {n} and {of_changed}
                group by crime_key, person_key, role, force_code
            ),

            nationalities_after as (
                select crime_key, person_key, role, force_code, array_agg({nationality} order by {nationality}) as said
                from {nationalities} where {from} = {n} and {of_changed}
                group by crime_key, person_key, role, force_code
            ),

            nationalities as (
                select
                    crime_key, person_key, role,
                    coalesce(after.force_code, before.force_code) as force_code,
                    before.said is distinct from after.said as is_changed
                from nationalities_before as before
                full join nationalities_after as after using (crime_key, person_key, role)
            ),

            people as (
                select
                    coalesce(after.crime_key, before.crime_key) as crime_key,
                    coalesce(after.person_key, before.person_key) as person_key,
                    coalesce(after.role, before.role) as role,
                    coalesce(after.force_code, before.force_code) as force_code,
                    case
                        when before.crime_key is null then 'added'
                        when after.crime_key is null then 'removed'
                        else 'changed'
                    end as change,
                    {changed_columns} as changed_columns
                from before full join after on {same}
            )

            select
                crime_key, person_key, role,
                coalesce(people.force_code, nationalities.force_code) as force_code,
                coalesce(people.change, 'changed') as change,
                people.changed_columns <@ {lineage} and not coalesce(nationalities.is_changed, false) as is_same
            from people
            full join nationalities using (crime_key, person_key, role)
            """
        ).format(
            **_parts(step),
            people=sql.Identifier(STORE, _PEOPLE),
            nationalities=sql.Identifier(STORE, _NATIONALITIES),
            nationality=_nationality(connection),
            changed_columns=_changed_columns(connection, _PEOPLE),
            same=same,
        )
    )
    connection.execute("analyze person_change")
    connection.execute(
        sql.SQL(
            """
            insert into ops.generation_change_key (
                generation_id, record_kind, change, reason, force_code, crime_key, person_key, role
            )
            select
                {n}, 'involvement', pairs.change,
                case
                    when pairs.change = crime.change and pairs.change in ('added', 'removed') then crime.reason
                    when pairs.change = 'changed' and pairs.is_same then 'sent_again'
                    when crime_change.reason_by_load is not null then crime_change.reason_by_load
                    when {rules_changed} then 'read_otherwise'
                    else 'person_linked_otherwise'
                end,
                pairs.force_code, pairs.crime_key, pairs.person_key, pairs.role
            from person_change as pairs
            left join crime_change on pairs.crime_key = crime_change.crime_key
            left join ops.generation_change_key as crime
                on pairs.crime_key = crime.crime_key and crime.record_kind = 'crime' and crime.generation_id = {n}
            """
        ).format(**_parts(step), rules_changed=_rules_changed(step))
    )


def _parts(step: Step) -> dict[str, sql.Composable]:
    return {
        "n": sql.Literal(step.generation_id),
        "from": sql.Identifier(FROM),
        "to": sql.Identifier(TO),
        "open": sql.Literal(OPEN),
        "of_changed": step.of_changed,
        "lineage": _array(_LINEAGE),
    }


def _array(names: Iterable[str]) -> sql.Composable:
    return sql.SQL("array[{}]").format(sql.SQL(", ").join(map(sql.Literal, sorted(names))))


def _changed_columns(connection: Connection, table: str) -> sql.Composable:
    """Names of the columns that differ, of a row `before` and a row `after`."""
    names = _names(connection, table)
    return sql.SQL("array_remove(array[{}], null)").format(
        sql.SQL(", ").join(
            sql.SQL("case when before.{name} is distinct from after.{name} then {text} end").format(
                name=sql.Identifier(name), text=sql.Literal(name)
            )
            for name in names
        )
    )


def _nationality(connection: Connection) -> sql.Composable:
    """What a row says of a nationality, without where it comes from."""
    said = [name for name in _names(connection, _NATIONALITIES) if name not in {*_PERSON, *_LINEAGE}]
    return sql.SQL("row({})::text").format(sql.SQL(", ").join(map(sql.Identifier, said)))


def _names(connection: Connection, table: str) -> Sequence[str]:
    return [name for name, _ in store.columns(connection, STORE, table) if name not in {FROM, TO}]


def _by_load() -> sql.Composable:
    """Which delivery took the place of which; null where the same one still stands."""
    return sql.SQL(
        """
        case
            when pairs.load_before = pairs.load_after then null
            when new_load.correction_number > 0 or new_load.delivery_on < old_load.delivery_on then 'corrected'
            when old_load.load_id is not null and new_load.load_id is not null then 'newer_delivery'
        end
        """
    )


def _is_quarantined(step: Step) -> sql.Composable:
    """Whether a load that the generation before did not know has the crime's row in quarantine."""
    return sql.SQL(
        """
        exists (
            select 1
            from ops.load as l
            inner join ops.quarantined_row as q on l.load_id = q.load_id and q.record_kind = 'crime'
            inner join raw.crime as c
                on q.load_id = c.load_id and q.extract_name = c.extract_name and q.row_number = c.row_number
            where l.source = crime_change.force_code and c.crime_ref_token = crime_change.crime_ref_token
                and not exists (
                    select 1 from ops.generation_load as known
                    where known.generation_id = {} and known.load_id = l.load_id
                )
        )
        """
    ).format(sql.Literal(step.before))


def _rules_changed(step: Step) -> sql.Composable:
    return sql.SQL(
        "(select count(distinct rules_sha256) > 1 from ops.generation where generation_id in ({}, {}))"
    ).format(sql.Literal(step.before), sql.Literal(step.generation_id))
