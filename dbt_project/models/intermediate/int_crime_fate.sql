{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime'), loads=ref('int_changed_load')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['load_id']}],
    )
}}

with versions as (

    {{ changed_rows(ref('int_crime_version'), 'crime_key', 'int_changed_crime') }}

),

quarantined as (

    {{ changed_rows(ref('stg_quarantined_row'), 'load_id', 'int_changed_load') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

chains as (

    {{ changed_rows(ref('int_crime_chain'), 'crime_key', 'int_changed_crime') }}

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
