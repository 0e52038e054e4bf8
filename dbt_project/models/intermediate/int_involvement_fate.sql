{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime'), loads=ref('int_changed_load')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['involvement_key'], 'unique': true}, {'columns': ['load_id']}],
    )
}}

with involvements as (

    {{ rows_of_changed_crimes(ref('int_involvement_version'), 'int_changed_person_crime') }}

),

persons as (

    select * from {{ source('linkage', 'person') }}

),

duplicates as (

    {{ changed_rows(ref('int_involvement_duplicate'), 'crime_key', 'int_changed_person_crime') }}

),

quarantined as (

    {{ changed_rows(ref('stg_quarantined_row'), 'load_id', 'int_changed_load') }}

)

-- A person shares the fate of the crime, save one who stands on it twice.
select
    involvements.involvement_key,
    involvements.load_id,
    involvements.extract_name,
    involvements.row_number,
    involvements.crime_key,
    involvements.role,
    persons.person_key,
    case when duplicates.involvement_key is null then involvements.crime_fate else 'duplicate' end as fate,
    case when involvements.crime_fate = 'quarantined' then 'crime_not_accepted' end as quarantine_reason,
    duplicates.kept_involvement_key
from involvements
left join persons
    on
        involvements.person_record_key = persons.person_record_key
        and involvements.crime_fate in ('withdrawn', 'transferred', 'current')
left join duplicates on involvements.involvement_key = duplicates.involvement_key
union all
select
    null as involvement_key,
    load_id,
    extract_name,
    row_number,
    null as crime_key,
    null as role,
    null as person_key,
    'quarantined' as fate,
    reason_code as quarantine_reason,
    null as kept_involvement_key
from quarantined
where record_kind = 'involvement'
