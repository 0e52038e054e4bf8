{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_crimes as (

    select * from {{ ref('int_changed_crime') }}

),

records_before as (

    select * from {{ ref('int_person_record_before') }}

),

involvements as (

    select * from {{ ref('int_involvement_version') }}

)

select person_record_key from records_before
union
select involvements.person_record_key
from involvements
inner join changed_crimes on involvements.crime_key = changed_crimes.crime_key
