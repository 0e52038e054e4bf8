with nationalities as (

    select * from {{ ref('fct_nationality') }}

)

select
    crime_key,
    person_key,
    role
from nationalities
group by crime_key, person_key, role
having sum(nationality_weight) <> 1
