-- A pair rests on its two crimes and on how many crimes each person in common is on. So with a crime that changed come
-- all on which a person is who stands on it now or stood on it before.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_crimes as (

    select * from {{ ref('int_changed_person_crime') }}

),

people_before as (

    select * from {{ ref('int_person_before') }}

),

involvements as not materialized (

    select * from {{ ref('int_involvement_current') }}

),

people as (

    select person_key from people_before
    union
    select involvements.person_key
    from involvements
    inner join changed_crimes on involvements.crime_key = changed_crimes.crime_key
    where involvements.person_key is not null

)

select crime_key from changed_crimes
union
select involvements.crime_key
from involvements
inner join people on involvements.person_key = people.person_key
