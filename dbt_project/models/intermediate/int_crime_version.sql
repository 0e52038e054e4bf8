{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime')) }}",
        indexes=[
            {'columns': ['crime_key']},
            {'columns': ['load_id']},
            {'columns': ['force_code']},
            {'columns': ['other_half_crime_key']},
            {'columns': ['outcome_code']},
        ],
    )
}}

with crimes as (

    {{ changed_rows(ref('stg_crime'), 'crime_key', 'int_changed_crime') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

in_latest_snapshot as (

    select * from {{ ref('stg_snapshot_reference') }}

),

-- The latest delivery's row is the one that may stand; within one delivery, its last row.
versions as (

    select
        crimes.crime_key,
        loads.force_code,
        crimes.crime_ref_token,

        crimes.load_id,
        crimes.extract_name,
        crimes.row_number,
        loads.delivery_on,
        loads.delivery_order,
        loads.delivery_mode,
        loads.is_current_correction,
        loads.layout_valid_from,

        row_number() over latest_first as version_rank,
        first_value(crimes.load_id) over latest_first as latest_load_id,
        lag(crimes.load_id) over latest_first as later_load_id,
        min(loads.delivery_order) over one_crime as first_delivery_order,

        crimes.recorded_on,
        crimes.offence_start_on,
        crimes.home_office_code,
        crimes.cjs_code,
        crimes.offence_title,
        crimes.offence_category,
        crimes.is_online,
        crimes.is_group_based,
        crimes.is_child_abuse_flagged,
        crimes.outcome_code,
        crimes.outcome_on,

        crimes.record_status,
        crimes.transfer_direction,
        crimes.transfer_force,
        crimes.transfer_force_code,
        crimes.other_half_crime_key
    from crimes
    inner join loads on crimes.load_id = loads.load_id
    window
        one_crime as (partition by loads.force_code, crimes.crime_ref_token),
        latest_first as (
            partition by loads.force_code, crimes.crime_ref_token
            order by
                loads.is_current_correction desc,
                loads.delivery_order desc,
                crimes.row_number desc,
                crimes.extract_name collate "C" desc
        )

)

select
    versions.crime_key,
    versions.force_code,
    versions.crime_ref_token,

    versions.load_id,
    versions.extract_name,
    versions.row_number,
    versions.delivery_on,
    versions.delivery_order,
    versions.layout_valid_from,

    first_loads.load_id as first_load_id,
    versions.is_current_correction and versions.load_id = versions.latest_load_id as is_in_latest_load,
    versions.is_current_correction and versions.version_rank = 1 as is_standing,
    versions.is_current_correction and coalesce(versions.load_id <> versions.later_load_id, true) as has_stood,
    versions.delivery_mode = 'snapshot' and in_latest_snapshot.ref_token is null as is_dropped,
    -- A source that sent a crime on may well stop listing it: that alone withdraws nothing.
    coalesce(versions.record_status = 'cancelled', false)
    or (
        versions.delivery_mode = 'snapshot'
        and in_latest_snapshot.ref_token is null
        and coalesce(versions.transfer_direction <> 'out', true)
    ) as is_withdrawn,

    versions.recorded_on,
    versions.offence_start_on,
    versions.home_office_code,
    versions.cjs_code,
    versions.offence_title,
    versions.offence_category,
    versions.is_online,
    versions.is_group_based,
    versions.is_child_abuse_flagged,
    versions.outcome_code,
    versions.outcome_on,

    versions.record_status,
    versions.transfer_direction,
    versions.transfer_force,
    versions.transfer_force_code,
    versions.other_half_crime_key
from versions
inner join loads as first_loads on versions.first_delivery_order = first_loads.delivery_order
left join in_latest_snapshot
    on
        versions.force_code = in_latest_snapshot.force_code
        and versions.crime_ref_token = in_latest_snapshot.ref_token
        and in_latest_snapshot.record_kind = 'crime'
