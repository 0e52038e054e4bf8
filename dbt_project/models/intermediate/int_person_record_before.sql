-- Built before the people of changed crimes are built anew, so that a record which stands on them no more is known.
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

),

involvements_before as (

    select
        crime_key,
        person_record_key
    from {{ as_built_before('int_involvement_version', 'null as crime_key, null as person_record_key') }}

),

stood as (

    select involvements_before.person_record_key
    from involvements_before
    inner join changed_crimes on involvements_before.crime_key = changed_crimes.crime_key
    {% if this is not none and is_incremental() %}
        union
        select earlier.person_record_key
        from {{ this }} as earlier
        inner join shown_build on earlier.since_generation_id = shown_build.generation_id
    {% endif %}

)

select distinct
    stood.person_record_key,
    shown_build.generation_id as since_generation_id
from stood
cross join shown_build
