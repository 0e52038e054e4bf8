-- Taken before the crimes are built anew: a crime that comes again leaves the month that it was counted in.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_crimes as (

    select * from {{ ref('int_changed_person_crime') }}

),

crimes_before as (

    select
        crime_key,
        month_slice
    from {{ as_built_before('int_crime_current', 'null as crime_key, null as month_slice') }}

)

select distinct crimes_before.month_slice
from crimes_before
inner join changed_crimes on crimes_before.crime_key = changed_crimes.crime_key
