with population as (

    select * from {{ ref('population') }}

),

ethnicities as (

    select * from {{ ref('ethnicity') }}

)

select
    population.force_code,
    population.ethnicity_code,
    ethnicities.ethnicity_group,
    population.usual_residents,
    population.census_on,
    population.source
from population
inner join ethnicities on population.ethnicity_code = ethnicities.ethnicity_code
