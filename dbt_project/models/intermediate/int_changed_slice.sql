{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with slices_before as (

    select * from {{ ref('int_slice_before') }}

),

changed_crimes as (

    select * from {{ ref('int_changed_person_crime') }}

),

crimes as (

    select * from {{ ref('int_crime_current') }}

)

select month_slice from slices_before
union
select crimes.month_slice
from crimes
inner join changed_crimes on crimes.crime_key = changed_crimes.crime_key
