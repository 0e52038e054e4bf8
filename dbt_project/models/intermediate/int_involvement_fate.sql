with involvements as (

    select * from {{ ref('int_involvement_version') }}

),

persons as (

    select * from {{ ref('int_person') }}

),

duplicates as (

    select * from {{ ref('int_involvement_duplicate') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}

)

-- A person shares the fate of the crime, save one who stands on it twice.
select
    involvements.involvement_id,
    involvements.load_id,
    involvements.extract_name,
    involvements.row_number,
    involvements.crime_key,
    involvements.role,
    persons.person_key,
    case when duplicates.involvement_id is null then involvements.crime_fate else 'duplicate' end as fate,
    case when involvements.crime_fate = 'quarantined' then 'crime_not_accepted' end as quarantine_reason,
    duplicates.kept_involvement_id
from involvements
left join persons on involvements.involvement_id = persons.involvement_id
left join duplicates on involvements.involvement_id = duplicates.involvement_id
union all
select
    null as involvement_id,
    load_id,
    extract_name,
    row_number,
    null as crime_key,
    null as role,
    null as person_key,
    'quarantined' as fate,
    reason_code as quarantine_reason,
    null as kept_involvement_id
from quarantined
where record_kind = 'involvement'
