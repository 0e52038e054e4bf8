with crimes as (

    select * from {{ ref('int_crime_current') }}

),

crime_offences as (

    select * from {{ ref('int_crime_offence') }}

)

select
    crimes.force_code,
    crimes.is_counted_nationally,
    crime_offences.offence_basis,
    count(*) as crimes,
    count(*) filter (where crime_offences.is_cjs_code_contradicted) as cjs_code_contradicted,
    count(*) filter (where crime_offences.is_category_contradicted) as category_contradicted,
    count(*) filter (
        where crime_offences.home_office_code is not null and not crime_offences.is_code_in_force
    ) as code_not_in_force
from crimes
inner join crime_offences on crimes.crime_key = crime_offences.crime_key
group by crimes.force_code, crimes.is_counted_nationally, crime_offences.offence_basis
