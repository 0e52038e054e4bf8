with versions as (

    select * from {{ ref('int_crime_version') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

-- What a force that counts nationally holds, whatever became of it there.
held as (

    select
        versions.crime_key,
        versions.delivery_order,
        case when versions.transfer_direction = 'out' then versions.other_half_crime_key end as sent_on_to_crime_key
    from versions
    inner join sources on versions.force_code = sources.force_code
    where versions.is_standing and sources.is_counted_nationally

),

-- Each transfer is judged by its own other half. One that only points back, and is no newer than what it points
-- back to, has received nothing: without that, two forces that hand a crime to each other would lose it.
handed_over as (

    select versions.crime_key
    from versions
    inner join held on versions.other_half_crime_key = held.crime_key
    where
        versions.is_standing
        and versions.transfer_direction = 'out'
        and (
            held.sent_on_to_crime_key is distinct from versions.crime_key
            or held.delivery_order > versions.delivery_order
        )

)

select
    versions.load_id,
    versions.extract_name,
    versions.row_number,
    versions.crime_key,
    versions.crime_ref_token,
    case
        when not versions.is_in_latest_load then 'superseded'
        when not versions.is_standing then 'duplicate'
        when versions.record_status = 'cancelled' or versions.is_dropped then 'withdrawn'
        when handed_over.crime_key is not null then 'transferred'
        else 'current'
    end as fate,
    null as quarantine_reason
from versions
left join handed_over on versions.crime_key = handed_over.crime_key
union all
select
    load_id,
    extract_name,
    row_number,
    null as crime_key,
    null as crime_ref_token,
    'quarantined' as fate,
    reason_code as quarantine_reason
from quarantined
where record_kind = 'crime'
