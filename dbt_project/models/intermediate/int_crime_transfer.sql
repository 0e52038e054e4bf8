{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['taker_crime_key']}],
    )
}}

with versions as (

    {{ changed_rows(ref('int_crime_version'), 'crime_key', 'int_changed_crime') }}

),

standing as (

    select
        crime_key,
        force_code,
        is_withdrawn,
        transfer_direction,
        transfer_force_code
    from versions
    where is_standing

),

-- A record has room for one transfer. What a crime's earlier records said stands beside its last word, back to the
-- last of them that said nothing: a crime that was taken over and then sent on was still taken over.
spoken as (

    select
        versions.crime_key,
        versions.force_code,
        versions.delivery_order,
        versions.delivery_on,
        versions.transfer_direction,
        versions.transfer_force_code,
        nullif(versions.other_half_crime_key, versions.crime_key) as other_crime_key,
        max(versions.delivery_order) filter (where versions.transfer_direction is null) over (
            partition by versions.crime_key
        ) as last_silent_order
    from versions
    inner join standing on versions.crime_key = standing.crime_key
    where versions.has_stood and standing.transfer_direction is not null

),

turning as (

    select
        *,
        coalesce(
            transfer_direction || coalesce(transfer_force_code, '')
            <> lag(transfer_direction || coalesce(transfer_force_code, '')) over by_delivery,
            true
        ) as is_turn
    from spoken
    where last_silent_order is null or delivery_order > last_silent_order
    window by_delivery as (partition by crime_key order by delivery_order)

),

-- Out to one force, in from it and out to another are three turns. Within one, the last reference given stands.
turns as (

    select
        *,
        count(*) filter (where is_turn) over (partition by crime_key order by delivery_order) as turn
    from turning

),

statements as (

    select distinct on (crime_key, turn)
        crime_key,
        force_code,
        turn,
        turn = max(turn) over one_crime as is_last_word,
        transfer_direction = 'out'
        and first_value(transfer_direction) over (partition by crime_key order by delivery_order desc) = 'in'
            as is_taken_back,
        transfer_direction,
        transfer_force_code,
        other_crime_key,
        min(delivery_order) over one_turn as said_order,
        min(delivery_on) over one_turn as said_on,
        case when transfer_direction = 'out' then crime_key else other_crime_key end as sender_crime_key,
        case when transfer_direction = 'out' then other_crime_key else crime_key end as taker_crime_key
    from turns
    window
        one_turn as (partition by crime_key, turn),
        one_crime as (partition by crime_key)
    order by crime_key asc, turn asc, other_crime_key is null asc, delivery_order desc

),

confirmed as (

    select
        sender_crime_key,
        taker_crime_key
    from statements
    where sender_crime_key is not null and taker_crime_key is not null
    group by sender_crime_key, taker_crime_key
    having count(distinct transfer_direction) = 2

),

-- A withdrawn record takes nothing from a force that does not say that it sent something there.
heard as (

    select
        statements.*,
        counterparts.crime_key is not null as is_other_delivered,
        confirmed.sender_crime_key is not null as is_confirmed,
        coalesce(
            speakers.is_withdrawn
            and speakers.transfer_direction = 'in'
            and statements.transfer_direction = 'in'
            and (counterparts.transfer_direction = 'out' and counterparts.transfer_force_code = statements.force_code)
            is not true,
            false
        ) as is_void
    from statements
    inner join standing as speakers on statements.crime_key = speakers.crime_key
    left join standing as counterparts on statements.other_crime_key = counterparts.crime_key
    left join confirmed
        on
            statements.sender_crime_key = confirmed.sender_crime_key
            and statements.taker_crime_key = confirmed.taker_crime_key

),

-- A taker's reference is wrong where the sender does not know of it and another crime of that sender names the taker.
taken_from_another as (

    select distinct
        takers.crime_key,
        takers.turn
    from heard as takers
    inner join heard as senders
        on
            takers.crime_key = senders.other_crime_key
            and takers.transfer_force_code = senders.force_code
            and takers.other_crime_key <> senders.crime_key
    where
        takers.transfer_direction = 'in'
        and senders.transfer_direction = 'out'
        and not takers.is_confirmed

),

-- Two records of one force are two crimes by its own word. Where both say that they were the same crime elsewhere, that
-- holds for one: the one that the sender names, else the one that said so first.
takers as (

    select
        heard.crime_key,
        heard.turn,
        heard.force_code,
        heard.other_crime_key,
        heard.is_confirmed,
        row_number() over (
            partition by heard.force_code, heard.other_crime_key
            order by heard.is_confirmed desc, heard.said_order asc, heard.crime_key asc
        ) as place
    from heard
    left join taken_from_another
        on heard.crime_key = taken_from_another.crime_key and heard.turn = taken_from_another.turn
    where
        heard.transfer_direction = 'in'
        and heard.other_crime_key is not null
        and not heard.is_void
        and taken_from_another.crime_key is null

),

-- A sender's reference is wrong where another crime of the force that it names says that it was taken from the sender.
taken_by_another as (

    select distinct
        senders.crime_key,
        senders.turn
    from heard as senders
    inner join takers
        on
            senders.crime_key = takers.other_crime_key
            and senders.transfer_force_code = takers.force_code
            and senders.other_crime_key <> takers.crime_key
    where senders.transfer_direction = 'out' and not senders.is_confirmed

),

judged as (

    select
        heard.*,
        case
            when heard.transfer_direction = 'out' then taken_by_another.crime_key is not null
            when heard.other_crime_key is null then false
            else takers.crime_key is null or (takers.place > 1 and not takers.is_confirmed)
        end as is_overruled
    from heard
    left join takers on heard.crime_key = takers.crime_key and heard.turn = takers.turn
    left join taken_by_another
        on heard.crime_key = taken_by_another.crime_key and heard.turn = taken_by_another.turn

),

-- One crime that has not arrived may stand between a sender and a taker. More than one of either are strangers who were
-- given the same reference.
missing_links as (

    select other_crime_key as crime_key
    from judged
    where not is_other_delivered and not is_overruled and other_crime_key is not null
    group by other_crime_key
    having
        count(distinct crime_key) filter (where transfer_direction = 'out') = 1
        and count(distinct crime_key) filter (where transfer_direction = 'in') = 1

)

select
    judged.crime_key,
    judged.force_code,
    judged.turn,
    judged.is_last_word,
    judged.is_taken_back,
    judged.transfer_direction,
    judged.transfer_force_code as other_force_code,
    judged.other_crime_key,
    judged.sender_crime_key,
    judged.taker_crime_key,
    judged.said_order,
    judged.said_on,
    judged.is_other_delivered,
    judged.is_confirmed,
    judged.is_overruled,
    judged.other_crime_key is not null
    and not judged.is_overruled
    and (judged.is_other_delivered or missing_links.crime_key is not null) as is_handover
from judged
left join missing_links on judged.other_crime_key = missing_links.crime_key
