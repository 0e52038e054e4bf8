with nationalities as (

    select * from {{ ref('int_involvement_nationality') }}

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
-- In the order of the key: its index grows at one end, and the table is the same from build to build.
order by crime_key, person_key, role, nationality_code
