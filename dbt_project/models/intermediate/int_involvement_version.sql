with involvements as (

    select * from {{ ref('stg_involvement') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

crimes as (

    select * from {{ ref('int_crime_fate') }}

),

crimes_by_row as (

    select
        load_id,
        extract_name,
        row_number,
        crime_key,
        fate
    from crimes
    where fate <> 'quarantined'

),

crimes_by_reference as (

    select distinct
        load_id,
        crime_ref_token,
        crime_key,
        fate
    from crimes
    where fate not in ('quarantined', 'duplicate')

)

-- A person nested in a crime's record belongs to that row; any other, to the crime of that reference in the delivery.
select
    row_number() over () as involvement_id,
    involvements.load_id,
    involvements.extract_name,
    involvements.row_number,
    loads.force_code,
    loads.delivery_on,
    loads.layout_valid_from,

    coalesce(crimes_by_row.crime_key, crimes_by_reference.crime_key) as crime_key,
    coalesce(crimes_by_row.fate, crimes_by_reference.fate, 'quarantined') as crime_fate,
    involvements.role,

    involvements.person_ref_token,
    involvements.pnc_token,
    involvements.surname_token,
    involvements.forename_token,
    involvements.forename_initial_token,
    coalesce(involvements.forename_is_initial, false) as forename_is_initial,
    involvements.date_of_birth_token,
    involvements.birth_year,
    involvements.age_at_offence,
    involvements.sex,

    involvements.self_defined_ethnicity,
    involvements.observed_ethnicity,
    involvements.nationalities,
    involvements.immigration_status
from involvements
inner join loads on involvements.load_id = loads.load_id
left join crimes_by_row
    on
        involvements.load_id = crimes_by_row.load_id
        and involvements.extract_name = crimes_by_row.extract_name
        and involvements.crime_row_number = crimes_by_row.row_number
left join crimes_by_reference
    on
        involvements.load_id = crimes_by_reference.load_id
        and involvements.crime_ref_token = crimes_by_reference.crime_ref_token
        and involvements.crime_row_number is null
