-- Taken before the people of changed crimes are built anew: whoever stands there no more is on fewer crimes.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_crimes as (

    select * from {{ ref('int_changed_person_crime') }}

),

involvements_before as (

    select
        crime_key,
        person_key
    from {{ as_built_before('int_involvement_current', 'null as crime_key, null as person_key') }}

)

select distinct involvements_before.person_key
from involvements_before
inner join changed_crimes on involvements_before.crime_key = changed_crimes.crime_key
where involvements_before.person_key is not null
