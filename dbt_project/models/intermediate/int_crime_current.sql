{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_crime'), after=ref('int_slice_before')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['month_slice']}],
    )
}}

with versions as (

    {{ changed_rows(ref('int_crime_version'), 'crime_key', 'int_changed_crime') }}

),

fates as (

    {{ changed_rows(ref('int_crime_fate'), 'crime_key', 'int_changed_crime') }}

),

sources as (

    select * from {{ ref('stg_source') }}

),

transfers as (

    {{ changed_rows(ref('int_crime_transfer'), 'crime_key', 'int_changed_crime') }}

),

-- The last handover to the crime, whichever of the two forces says it.
taken_over as (

    select distinct on (transfers.taker_crime_key)
        transfers.taker_crime_key as crime_key,
        case when transfers.transfer_direction = 'out' then transfers.force_code else transfers.other_force_code end
            as sender_force_code
    from transfers
    where transfers.is_handover
    order by
        transfers.taker_crime_key asc,
        transfers.said_order desc,
        transfers.sender_crime_key asc,
        transfers.transfer_direction asc

)

select
    versions.crime_key,
    versions.force_code,
    versions.crime_ref_token,
    coalesce(sources.is_counted_nationally, false) as is_counted_nationally,

    versions.first_load_id,
    versions.load_id as current_load_id,
    versions.delivery_on,
    versions.force_code || ' ' || to_char(versions.delivery_on, 'YYYY-MM') as month_slice,
    versions.layout_valid_from,

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
    versions.transfer_force,

    coalesce(versions.transfer_direction = 'out', false) as is_transfer_pending,
    case
        when versions.transfer_direction = 'in'
            then coalesce(versions.transfer_force_code, taken_over.sender_force_code)
        else taken_over.sender_force_code
    end as transferred_from_force_code
from versions
inner join fates
    on
        versions.load_id = fates.load_id
        and versions.extract_name = fates.extract_name
        and versions.row_number = fates.row_number
left join sources on versions.force_code = sources.force_code
left join taken_over on versions.crime_key = taken_over.crime_key
where fates.fate = 'current'
-- By slices, as nights would have brought them: what is counted of one is read from pages that lie together.
order by month_slice asc, versions.crime_key asc
