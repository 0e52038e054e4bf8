{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_slice', ref('int_changed_slice')) }}",
        indexes=[{'columns': ['month_slice']}],
    )
}}

with ethnicities as (

    {{ changed_rows(ref('int_involvement_ethnicity'), 'month_slice', 'int_changed_slice') }}

),

outcomes as (

    {{ changed_rows(ref('int_crime_outcome'), 'month_slice', 'int_changed_slice') }}

)

select
    ethnicities.month_slice,
    ethnicities.force_code,
    ethnicities.is_counted_nationally,
    ethnicities.role,
    outcomes.has_identified_suspect,
    ethnicities.missing_reason,
    ethnicities.observed_missing_reason,
    ethnicities.ethnicity_basis,
    ethnicities.ethnicity_group,
    ethnicities.self_defined_code,
    ethnicities.observed_code,
    count(*) as people
from ethnicities
inner join outcomes on ethnicities.crime_key = outcomes.crime_key
group by
    ethnicities.month_slice,
    ethnicities.force_code,
    ethnicities.is_counted_nationally,
    ethnicities.role,
    outcomes.has_identified_suspect,
    ethnicities.missing_reason,
    ethnicities.observed_missing_reason,
    ethnicities.ethnicity_basis,
    ethnicities.ethnicity_group,
    ethnicities.self_defined_code,
    ethnicities.observed_code
