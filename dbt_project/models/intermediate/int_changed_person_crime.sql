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

),

-- A span with two ends is planned as a narrow one, and so all people are not read. The upper end is beyond all.
relinked as (

    select persons.person_record_key
    from persons
    where persons.since_generation_id between (
        select shown_build.generation_id + 1
        from shown_build
    ) and 9223372036854775807

)

select crime_key from changed_crimes
union
select involvements.crime_key
from involvements
inner join relinked on involvements.person_record_key = relinked.person_record_key
where
    involvements.crime_fate in ('withdrawn', 'transferred', 'current')
    and involvements.crime_key is not null
