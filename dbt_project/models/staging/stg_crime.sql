{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        indexes=[{'columns': ['load_id']}, {'columns': ['crime_key']}],
    )
}}

with crimes as (

    {{ changed_rows(source('raw', 'crime'), 'load_id', 'int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}
    where record_kind = 'crime'

),

typed as (

    select
        crimes.load_id,
        loads.force_code,
        crimes.extract_name,
        crimes.row_number,

        crimes.crime_ref_token,
        {{ read_date('crimes.recorded_on') }} as recorded_on,
        {{ read_date('crimes.offence_start_on') }} as offence_start_on,
        crimes.home_office_code,
        crimes.cjs_code,
        crimes.offence_title,
        crimes.offence_category,
        {{ read_boolean('crimes.is_online') }} as is_online,
        {{ read_boolean('crimes.is_group_based') }} as is_group_based,
        {{ read_boolean('crimes.is_child_abuse_flagged') }} as is_child_abuse_flagged,

        crimes.outcome_code,
        {{ read_date('crimes.outcome_on') }} as outcome_on,

        crimes.record_status,
        crimes.transfer_direction,
        crimes.transfer_force,
        {{ read_force_code('crimes.transfer_force') }} as transfer_force_code,
        crimes.transfer_ref_token
    from crimes
    inner join loads on crimes.load_id = loads.load_id
    left join quarantined
        on
            crimes.load_id = quarantined.load_id
            and crimes.extract_name = quarantined.extract_name
            and crimes.row_number = quarantined.row_number
    where loads.is_accepted and quarantined.load_id is null

)

select
    load_id,
    extract_name,
    row_number,

    {{ crime_key('force_code', 'crime_ref_token') }} as crime_key,
    crime_ref_token,
    recorded_on,
    offence_start_on,
    home_office_code,
    cjs_code,
    offence_title,
    offence_category,
    is_online,
    is_group_based,
    is_child_abuse_flagged,

    outcome_code,
    outcome_on,

    record_status,
    transfer_direction,
    transfer_force,
    transfer_force_code,
    transfer_ref_token,
    {{ crime_key('transfer_force_code', 'transfer_ref_token') }} as other_half_crime_key
from typed
