-- A crime's counts of suspects and victims, its rows of ethnicity and its people of nationality agree.
with crimes as (

    {{ checked_rows(ref('fct_offence_type'), 'crime_key', ref('int_changed_person_crime')) }}

),

ethnicities as (

    {{ checked_rows(ref('fct_ethnicity'), 'crime_key', ref('int_changed_person_crime')) }}

),

nationalities as (

    {{ checked_rows(ref('fct_nationality'), 'crime_key', ref('int_changed_person_crime')) }}

),

by_ethnicity as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspects,
        count(*) filter (where role = 'victim') as victims
    from ethnicities
    group by crime_key

),

by_nationality as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspects,
        count(*) filter (where role = 'victim') as victims
    from nationalities
    where nationality_rank = 1
    group by crime_key

)

select crimes.crime_key
from crimes
left join by_ethnicity on crimes.crime_key = by_ethnicity.crime_key
left join by_nationality on crimes.crime_key = by_nationality.crime_key
where
    crimes.suspect_count <> coalesce(by_ethnicity.suspects, 0)
    or crimes.suspect_count <> coalesce(by_nationality.suspects, 0)
    or crimes.victim_count <> coalesce(by_ethnicity.victims, 0)
    or crimes.victim_count <> coalesce(by_nationality.victims, 0)
