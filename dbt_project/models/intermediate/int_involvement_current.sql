with involvements as (

    select * from {{ ref('int_involvement_version') }}

),

fates as (

    select * from {{ ref('int_involvement_fate') }}

),

crimes as (

    select * from {{ ref('int_crime_current') }}

)

select
    involvements.involvement_id,
    involvements.crime_key,
    fates.person_key,
    involvements.role,
    involvements.force_code,
    crimes.recorded_on,
    crimes.is_counted_nationally,

    involvements.load_id,
    involvements.delivery_on,
    involvements.layout_valid_from,

    involvements.sex,
    involvements.birth_year,
    involvements.age_at_offence,
    involvements.self_defined_ethnicity,
    involvements.observed_ethnicity,
    involvements.nationalities,
    involvements.immigration_status
from involvements
inner join fates on involvements.involvement_id = fates.involvement_id
inner join crimes on involvements.crime_key = crimes.crime_key
where fates.fate = 'current'
