with versions as (

    select * from {{ ref('int_crime_version') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

chains as (

    select * from {{ ref('int_crime_chain') }}

)

-- A source that does not count nationally has its own view: what would count were it among them.
select
    versions.load_id,
    versions.extract_name,
    versions.row_number,
    versions.crime_key,
    versions.crime_ref_token,
    case
        when not versions.is_in_latest_load then 'superseded'
        when not versions.is_standing then 'duplicate'
        when versions.is_withdrawn then 'withdrawn'
        when chains.crime_key is null then 'current'
        when
            versions.crime_key = case
                when sources.is_counted_nationally then chains.held_as_crime_key
                else chains.held_overall_as_crime_key
            end
            then 'current'
        else 'transferred'
    end as fate,
    null as quarantine_reason
from versions
left join sources on versions.force_code = sources.force_code
left join chains on versions.crime_key = chains.crime_key
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
