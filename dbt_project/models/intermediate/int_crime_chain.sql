{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime')) }}",
        indexes=[{'columns': ['crime_key']}],
    )
}}

with recursive

versions as (

    {{ changed_rows(ref('int_crime_version'), 'crime_key', 'int_changed_crime') }}

),

transfers as (

    {{ changed_rows(ref('int_crime_transfer'), 'crime_key', 'int_changed_crime') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

handovers as (

    select distinct
        sender_crime_key,
        taker_crime_key
    from transfers
    where is_handover

),

neighbours as (

    select
        sender_crime_key as crime_key,
        taker_crime_key as neighbour_key
    from handovers
    union
    select
        taker_crime_key as crime_key,
        sender_crime_key as neighbour_key
    from handovers

),

-- What is connected is one crime under several references: mostly two, seldom more than three.
connected as (

    select
        crime_key,
        crime_key as connected_key
    from neighbours
    union
    select
        connected.crime_key,
        neighbours.neighbour_key as connected_key
    from connected
    inner join neighbours on connected.connected_key = neighbours.crime_key

),

-- Whoever has taken a crime back was not before those that it once sent it to, unless they say so.
steps as (

    select distinct
        sender_crime_key,
        taker_crime_key
    from transfers
    where is_handover and not is_taken_back

),

onward as (

    select
        sender_crime_key as crime_key,
        taker_crime_key as later_key
    from steps
    union
    select
        onward.crime_key,
        steps.taker_crime_key as later_key
    from onward
    inner join steps on onward.later_key = steps.sender_crime_key

),

chains as (

    select
        crime_key,
        min(connected_key) as chain_key,
        count(*) as chain_length
    from connected
    group by crime_key

),

-- Without a way back: where a crime goes round, none of those that it comes to is before another.
one_way as (

    select
        there.crime_key,
        there.later_key
    from onward as there
    left join onward as back on there.crime_key = back.later_key and there.later_key = back.crime_key
    where back.crime_key is null

),

positions as (

    select
        later_key as crime_key,
        count(*) + 1 as chain_position
    from one_way
    group by later_key

),

words as (

    select
        versions.crime_key,
        versions.delivery_order,
        coalesce(versions.transfer_direction || coalesce(versions.transfer_force_code, ''), '')
        = coalesce(standing.transfer_direction || coalesce(standing.transfer_force_code, ''), '') as is_last_word
    from versions
    inner join chains on versions.crime_key = chains.crime_key
    inner join versions as standing on versions.crime_key = standing.crime_key and standing.is_standing
    where versions.has_stood

),

-- Since when a crime's record has said what it says now, by the order of deliveries.
said as (

    select
        words.crime_key,
        min(words.delivery_order) as said_order
    from words
    left join words as otherwise
        on
            words.crime_key = otherwise.crime_key
            and words.delivery_order <= otherwise.delivery_order
            and not otherwise.is_last_word
    where otherwise.crime_key is null
    group by words.crime_key

),

-- Whoever does not say that it sent the crime on has it, or had it when it withdrew it. Whoever says so counts it where
-- nobody else has it. A crime that is both cancelled and sent on is neither.
members as (

    select
        chains.crime_key,
        chains.chain_key,
        scope.is_national,
        versions.is_withdrawn,
        versions.is_withdrawn or coalesce(versions.transfer_direction, '') = 'out' as is_had_no_more,
        said.said_order
    from chains
    inner join versions on chains.crime_key = versions.crime_key and versions.is_standing
    inner join said on chains.crime_key = said.crime_key
    left join sources on versions.force_code = sources.force_code
    -- Once among the forces that count nationally; and once among all, as if those on trial counted too.
    cross join (values (true), (false)) as scope (is_national)
    where
        (coalesce(versions.transfer_direction, '') <> 'out' or not versions.is_withdrawn)
        and (sources.is_counted_nationally or not scope.is_national)

),

passed_on as (

    select distinct
        one_way.crime_key,
        members.is_national
    from one_way
    inner join members on one_way.later_key = members.crime_key

),

-- The last in the chain. Where it goes round or splits, one that has it; of several, the one that said so last.
holders as (

    select distinct on (members.chain_key, members.is_national)
        members.chain_key,
        members.is_national,
        case when not members.is_withdrawn then members.crime_key end as crime_key
    from members
    left join passed_on
        on members.crime_key = passed_on.crime_key and members.is_national = passed_on.is_national
    order by
        members.chain_key asc,
        members.is_national asc,
        (passed_on.crime_key is not null) asc,
        members.is_had_no_more asc,
        members.said_order desc,
        members.crime_key desc

)

select
    chains.crime_key,
    chains.chain_key,
    coalesce(positions.chain_position, 1) as chain_position,
    chains.chain_length,
    counted.crime_key as held_as_crime_key,
    overall.crime_key as held_overall_as_crime_key
from chains
left join positions on chains.crime_key = positions.crime_key
left join holders as counted on chains.chain_key = counted.chain_key and counted.is_national
left join holders as overall on chains.chain_key = overall.chain_key and not overall.is_national
