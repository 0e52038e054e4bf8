{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['crime_key']}],
    )
}}

with ethnicities as (

    {{ changed_rows(ref('int_involvement_ethnicity'), 'crime_key', 'int_changed_person_crime') }}

)

select
    crime_key,
    person_key,
    role,
    force_code,
    recorded_on,
    self_defined_code,
    observed_code,
    ethnicity_code,
    ethnicity_group,
    ethnicity_basis,
    missing_reason,
    self_defined_disagrees_with_observed,
    sex,
    age_at_offence,
    load_id
from ethnicities
where is_counted_nationally
-- In the order of the key: its index grows at one end.
order by crime_key, person_key, role
