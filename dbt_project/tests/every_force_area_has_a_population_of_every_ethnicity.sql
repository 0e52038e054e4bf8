-- A census that lacks an area or a category would make rates of what is left.
with forces as (

    select * from {{ ref('dim_force') }}

),

ethnicities as (

    select * from {{ ref('dim_ethnicity') }}

),

population as (

    select * from {{ ref('dim_population') }}

),

censuses as (

    select distinct census_on
    from population

),

expected as (

    select
        forces.force_code,
        ethnicities.ethnicity_code,
        censuses.census_on
    from forces
    cross join ethnicities
    cross join censuses
    where
        forces.kind = 'territorial'
        and forces.successor_force_code is null
        and coalesce(forces.valid_from, censuses.census_on) <= censuses.census_on
        and ethnicities.ethnicity_group <> 'U'

)

select
    expected.force_code,
    expected.ethnicity_code,
    expected.census_on
from expected
left join population
    on
        expected.force_code = population.force_code
        and expected.ethnicity_code = population.ethnicity_code
        and expected.census_on = population.census_on
where population.force_code is null
