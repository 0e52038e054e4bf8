with versions as (

    select * from {{ ref('int_crime_version') }}

),

fates as (

    select * from {{ ref('int_crime_fate') }}

),

sources as (

    select * from {{ ref('stg_source') }}

)

select
    versions.crime_key,
    versions.force_code,
    versions.crime_ref_token,
    coalesce(sources.is_counted_nationally, false) as is_counted_nationally,

    versions.first_load_id,
    versions.load_id as current_load_id,
    versions.delivery_on,
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
    case when versions.transfer_direction = 'in' then versions.transfer_force_code end as transferred_from_force_code
from versions
inner join fates
    on
        versions.load_id = fates.load_id
        and versions.extract_name = fates.extract_name
        and versions.row_number = fates.row_number
left join sources on versions.force_code = sources.force_code
where fates.fate = 'current'
