{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_crimes as (

    select * from {{ ref('int_changed_crime') }}

),

shown_build as (

    select * from {{ source('ops', 'build_state') }}
    -- A full build asks for no list.
    {% if this is none or not is_incremental() %} where false {% endif %}

),

persons as (

    select * from {{ source('linkage', 'person') }}

),

involvements as (

    select * from {{ ref('int_involvement_version') }}

)

select crime_key from changed_crimes
union
select involvements.crime_key
from involvements
inner join persons on involvements.person_record_key = persons.person_record_key
inner join shown_build on persons.since_generation_id > shown_build.generation_id
where
    involvements.crime_fate in ('withdrawn', 'transferred', 'current')
    and involvements.crime_key is not null
