with transfers as (

    select * from {{ ref('int_crime_transfer') }}

),

chains as (

    select * from {{ ref('int_crime_chain') }}

),

versions as (

    select * from {{ ref('int_crime_version') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

-- Time is told by deliveries: no clock has a say in it.
newest as (

    select max(delivery_on) as delivery_on
    from loads
    where is_accepted

),

-- Where a reference leads nowhere, the record of that force that names this one is meant.
answers as (

    select distinct on (statements.crime_key, statements.turn)
        statements.crime_key,
        statements.turn,
        replies.crime_key as answered_by_crime_key
    from transfers as statements
    inner join transfers as replies
        on
            statements.crime_key = replies.other_crime_key
            and statements.other_force_code = replies.force_code
            and statements.transfer_direction <> replies.transfer_direction
    where
        replies.is_handover
        and not statements.is_confirmed
        and (statements.other_crime_key is null or statements.is_overruled or not statements.is_other_delivered)
    order by statements.crime_key asc, statements.turn asc, replies.said_order desc, replies.crime_key asc

),

statements as (

    select
        transfers.*,
        coalesce(answers.answered_by_crime_key, transfers.other_crime_key) as meant_crime_key
    from transfers
    left join answers on transfers.crime_key = answers.crime_key and transfers.turn = answers.turn

),

sides as (

    select
        *,
        case when transfer_direction = 'out' then crime_key else meant_crime_key end as from_crime_key,
        case when transfer_direction = 'out' then meant_crime_key else crime_key end as to_crime_key,
        case when transfer_direction = 'out' then force_code else other_force_code end as from_force_code,
        case when transfer_direction = 'out' then other_force_code else force_code end as to_force_code
    from statements

),

pairs as (

    select
        from_crime_key as sender_crime_key,
        from_force_code as sender_force_code,
        to_crime_key as taker_crime_key,
        to_force_code as taker_force_code,
        coalesce(bool_or(transfer_direction = 'out'), false) as is_said_by_sender,
        coalesce(bool_or(transfer_direction = 'in'), false) as is_said_by_taker,
        coalesce(bool_or(transfer_direction = 'out' and is_last_word), false) as is_last_word_of_sender,
        coalesce(bool_or(transfer_direction = 'in' and is_last_word), false) as is_last_word_of_taker,
        max(other_crime_key) filter (where transfer_direction = 'out') as sender_reference_crime_key,
        max(other_crime_key) filter (where transfer_direction = 'in') as taker_reference_crime_key,
        min(said_on) filter (where transfer_direction = 'out') as sender_said_on,
        min(said_on) filter (where transfer_direction = 'in') as taker_said_on,
        bool_or(is_handover) as is_handover,
        bool_and(is_overruled) as is_overruled
    from sides
    group by from_crime_key, from_force_code, to_crime_key, to_force_code

),

-- Both records say that the other force has the crime, or both that they took it from the other.
opposed as (

    select distinct
        pairs.sender_crime_key,
        pairs.taker_crime_key
    from pairs
    inner join pairs as reverse
        on pairs.sender_crime_key = reverse.taker_crime_key and pairs.taker_crime_key = reverse.sender_crime_key
    where
        (pairs.is_last_word_of_sender and reverse.is_last_word_of_sender)
        or (pairs.is_last_word_of_taker and reverse.is_last_word_of_taker)

),

named as (

    select sender_crime_key as crime_key from pairs
    union
    select taker_crime_key from pairs
    union
    select held_as_crime_key from chains

),

standing as (

    select
        versions.crime_key,
        versions.force_code,
        versions.transfer_direction,
        versions.is_withdrawn
    from versions
    inner join named on versions.crime_key = named.crime_key
    where versions.is_standing

),

judged as (

    select
        pairs.*,
        senders.crime_key is not null as is_sender_delivered,
        takers.crime_key is not null as is_taker_delivered,
        coalesce(taking_sources.is_counted_nationally, false) as is_taker_counted_nationally,
        coalesce(chains.chain_position, 1) as chain_position,
        coalesce(chains.chain_length, 2) as chain_length,
        case
            when pairs.is_overruled or opposed.sender_crime_key is not null then 'contradicted'
            when pairs.is_said_by_sender and pairs.is_said_by_taker then 'matched'
            when senders.crime_key is null or takers.crime_key is null then 'pending'
            when pairs.is_said_by_sender then 'one_sided_sender'
            else 'one_sided_taker'
        end as state,
        case
            when chains.crime_key is not null then chains.held_as_crime_key
            when not coalesce(senders.is_withdrawn, true) and sending_sources.is_counted_nationally
                then pairs.sender_crime_key
            when senders.crime_key is null and not takers.is_withdrawn and taking_sources.is_counted_nationally
                then pairs.taker_crime_key
        end as counted_as_crime_key
    from pairs
    left join standing as senders on pairs.sender_crime_key = senders.crime_key
    left join standing as takers on pairs.taker_crime_key = takers.crime_key
    left join sources as sending_sources on senders.force_code = sending_sources.force_code
    left join sources as taking_sources on takers.force_code = taking_sources.force_code
    left join opposed
        on pairs.sender_crime_key = opposed.sender_crime_key and pairs.taker_crime_key = opposed.taker_crime_key
    left join chains on pairs.is_handover and coalesce(senders.crime_key, takers.crime_key) = chains.crime_key

)

select
    md5(
        coalesce(judged.sender_force_code, '') || '|' || coalesce(judged.sender_crime_key, '')
        || '|' || coalesce(judged.taker_force_code, '') || '|' || coalesce(judged.taker_crime_key, '')
    ) as transfer_key,
    judged.state,
    judged.sender_force_code,
    judged.sender_crime_key,
    judged.sender_reference_crime_key,
    judged.taker_force_code,
    judged.taker_crime_key,
    judged.taker_reference_crime_key,
    judged.is_said_by_sender,
    judged.is_said_by_taker,
    judged.is_sender_delivered,
    judged.is_taker_delivered,
    judged.is_taker_counted_nationally,
    judged.chain_position,
    judged.chain_length,
    judged.counted_as_crime_key,
    holders.force_code as counted_for_force_code,
    judged.sender_said_on,
    judged.taker_said_on,
    case
        when judged.is_said_by_sender and judged.is_said_by_taker
            then abs(judged.taker_said_on - judged.sender_said_on)
        else newest.delivery_on - coalesce(judged.sender_said_on, judged.taker_said_on)
    end as days_waiting
from judged
left join standing as holders on judged.counted_as_crime_key = holders.crime_key
cross join newest
