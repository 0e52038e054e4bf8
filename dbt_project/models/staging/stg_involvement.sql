with involvements as (

    select * from {{ source('raw', 'involvement') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

)

select
    involvements.load_id,
    involvements.extract_name,
    involvements.row_number,
    involvements.crime_row_number,

    involvements.crime_ref_token,
    involvements.role,

    involvements.person_ref_token,
    involvements.pnc_token,
    involvements.surname_token,
    involvements.forename_token,
    involvements.forename_initial_token,
    {{ read_boolean('involvements.forename_is_initial') }} as forename_is_initial,
    involvements.date_of_birth_token,
    {{ read_integer('involvements.birth_year') }} as birth_year,
    {{ read_integer('involvements.age_at_offence') }} as age_at_offence,
    {{ read_sex('involvements.sex') }} as sex,

    involvements.self_defined_ethnicity,
    involvements.observed_ethnicity,
    involvements.nationalities,
    involvements.immigration_status
from involvements
inner join loads on involvements.load_id = loads.load_id
left join quarantined
    on
        involvements.load_id = quarantined.load_id
        and involvements.extract_name = quarantined.extract_name
        and involvements.row_number = quarantined.row_number
        and quarantined.record_kind = 'involvement'
where loads.is_accepted and quarantined.load_id is null
