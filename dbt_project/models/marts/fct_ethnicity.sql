with ethnicities as (

    select * from {{ ref('int_involvement_ethnicity') }}

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
-- In the order of the key: its index grows at one end, and the table is the same from build to build.
order by crime_key, person_key, role
