-- By fingerprint, against the last build that analysts were shown. What a build since then knew, and was held or failed
-- with, counts as changed until the next one is shown: its rows may stand in some tables and not in others.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with loads as (

    select * from {{ ref('stg_load') }}

),

shown_loads as (

    select * from {{ source('ops', 'built_load') }}

),

shown_build as (

    select * from {{ source('ops', 'build_state') }}
    -- A full build asks for no list.
    {% if this is none or not is_incremental() %} where false {% endif %}

),

changed as (

    select coalesce(loads.load_id, shown_loads.load_id) as load_id
    from loads
    full outer join shown_loads on loads.load_id = shown_loads.load_id
    where loads.fingerprint is distinct from shown_loads.fingerprint
    {% if this is not none and is_incremental() %}
        union
        select earlier.load_id
        from {{ this }} as earlier
        inner join shown_build on earlier.since_generation_id = shown_build.generation_id
    {% endif %}

)

select
    changed.load_id,
    shown_build.generation_id as since_generation_id
from changed
cross join shown_build
