with nationalities as (

    {{ checked_rows(ref('fct_nationality'), 'crime_key', ref('int_changed_person_crime')) }}

)

select
    crime_key,
    person_key,
    role
from nationalities
group by crime_key, person_key, role
having sum(nationality_weight) <> 1
