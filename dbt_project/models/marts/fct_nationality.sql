{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['crime_key']}],
    )
}}

with nationalities as (

    {{ changed_rows(ref('int_involvement_nationality'), 'crime_key', 'int_changed_person_crime') }}

)

select
    crime_key,
    person_key,
    role,
    force_code,
    recorded_on,
    nationality_code,
    nationality_rank,
    nationality_weight,
    nationality_status,
    immigration_status,
    load_id
from nationalities
where is_counted_nationally
-- In the order of the key: its index grows at one end.
order by crime_key, person_key, role, nationality_code
