-- Before and after: a crime that a changed load named once and names no more has changed too.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with recursive

changed_loads as (

    select * from {{ ref('int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    {{ changed_rows(ref('stg_crime'), 'load_id', 'int_changed_load') }}

),

involvements as (

    {{ changed_rows(ref('stg_involvement'), 'load_id', 'int_changed_load') }}

),

shown_build as (

    select * from {{ source('ops', 'build_state') }}
    -- A full build asks for no list.
    {% if this is none or not is_incremental() %} where false {% endif %}

),

versions_before as not materialized (

    select
        load_id,
        force_code,
        crime_key,
        other_half_crime_key
    from {{
        as_built_before(
            'int_crime_version',
            'null::bigint as load_id, null as force_code, null as crime_key, null as other_half_crime_key',
        )
    }}

),

involvements_before as (

    select
        load_id,
        crime_key
    from {{ as_built_before('int_involvement_version', 'null::bigint as load_id, null as crime_key') }}

),

-- What a snapshot says of a crime that it does not list, it says of every crime of its source.
snapshot_sources as (

    select distinct loads.force_code
    from loads
    inner join changed_loads on loads.load_id = changed_loads.load_id
    where loads.delivery_mode = 'snapshot'

),

named as (

    select crime_key from crimes
    union
    select crime_key from involvements
    union
    select versions_before.crime_key
    from versions_before
    inner join changed_loads on versions_before.load_id = changed_loads.load_id
    union
    select involvements_before.crime_key
    from involvements_before
    inner join changed_loads on involvements_before.load_id = changed_loads.load_id
    union
    select versions_before.crime_key
    from versions_before
    inner join snapshot_sources on versions_before.force_code = snapshot_sources.force_code
    {% if this is not none and is_incremental() %}
        union
        select earlier.crime_key
        from {{ this }} as earlier
        inner join shown_build on earlier.since_generation_id = shown_build.generation_id
    {% endif %}

),

-- Transfers that the changed loads tell of, from either side.
said as (

    select
        crime_key,
        other_half_crime_key
    from crimes
    where other_half_crime_key is not null
    union
    select
        other_half_crime_key as crime_key,
        crime_key as other_half_crime_key
    from crimes
    where other_half_crime_key is not null

),

-- What is transferred to and fro stands or falls together. Looked up from each crime, through the indexes: to read all
-- transfers would grow with the years.
connected as (

    select crime_key from named
    union
    select transfers.other_half_crime_key as crime_key
    from connected
    cross join lateral (
        select said.other_half_crime_key
        from said
        where said.crime_key = connected.crime_key
        union all
        select versions_before.other_half_crime_key
        from versions_before
        where versions_before.crime_key = connected.crime_key and versions_before.other_half_crime_key is not null
        union all
        select versions_before.crime_key as other_half_crime_key
        from versions_before
        where versions_before.other_half_crime_key = connected.crime_key
    ) as transfers

)

select
    connected.crime_key,
    shown_build.generation_id as since_generation_id
from connected
cross join shown_build
-- Said once more, so that a full build does not look for what it does not list.
where connected.crime_key is not null {%- if this is none or not is_incremental() %} and false {%- endif %}
