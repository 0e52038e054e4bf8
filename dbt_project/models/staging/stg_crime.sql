with crimes as (

    select * from {{ source('raw', 'crime') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

)

select
    crimes.load_id,
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
        and quarantined.record_kind = 'crime'
where loads.is_accepted and quarantined.load_id is null
