{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_slice', ref('int_changed_slice')) }}",
        indexes=[{'columns': ['month_slice']}],
    )
}}

with nationalities as (

    {{ changed_rows(ref('int_involvement_nationality'), 'month_slice', 'int_changed_slice') }}

),

outcomes as (

    {{ changed_rows(ref('int_crime_outcome'), 'month_slice', 'int_changed_slice') }}

)

select
    nationalities.month_slice,
    nationalities.force_code,
    nationalities.is_counted_nationally,
    nationalities.role,
    outcomes.has_identified_suspect,
    nationalities.nationality_status,
    count(*) as people
from nationalities
inner join outcomes on nationalities.crime_key = outcomes.crime_key
where nationalities.nationality_rank = 1
group by
    nationalities.month_slice,
    nationalities.force_code,
    nationalities.is_counted_nationally,
    nationalities.role,
    outcomes.has_identified_suspect,
    nationalities.nationality_status
