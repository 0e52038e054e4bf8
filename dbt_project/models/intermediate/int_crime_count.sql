{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_slice', ref('int_changed_slice')) }}",
        indexes=[{'columns': ['month_slice']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'month_slice', 'int_changed_slice') }}

),

crime_offences as (

    {{ changed_rows(ref('int_crime_offence'), 'month_slice', 'int_changed_slice') }}

),

-- Which definition a crime is in, and all days of it that analysts see.
national_crimes as (

    select * from {{ ref('fct_offence_type') }}

)

select
    crimes.month_slice,
    crimes.force_code,
    crimes.is_counted_nationally,
    crime_offences.offence_basis,
    crime_offences.csae_category,
    national_crimes.is_in_statutory_list,
    national_crimes.is_in_statutory_list_with_images,
    national_crimes.is_in_npcc_wider,
    count(*) as crimes,
    count(*) filter (where crime_offences.is_cjs_code_contradicted) as cjs_code_contradicted,
    count(*) filter (where crime_offences.is_category_contradicted) as category_contradicted,
    count(*) filter (
        where crime_offences.home_office_code is not null and not crime_offences.is_code_in_force
    ) as code_not_in_force,
    least(
        min(national_crimes.recorded_on), min(national_crimes.offence_start_on), min(national_crimes.outcome_on)
    ) as first_on,
    greatest(
        max(national_crimes.recorded_on), max(national_crimes.offence_start_on), max(national_crimes.outcome_on)
    ) as last_on
from crimes
inner join crime_offences on crimes.crime_key = crime_offences.crime_key
left join national_crimes on crimes.crime_key = national_crimes.crime_key
group by
    crimes.month_slice,
    crimes.force_code,
    crimes.is_counted_nationally,
    crime_offences.offence_basis,
    crime_offences.csae_category,
    national_crimes.is_in_statutory_list,
    national_crimes.is_in_statutory_list_with_images,
    national_crimes.is_in_npcc_wider
