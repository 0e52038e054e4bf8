{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('load_id', ref('int_changed_load')) }}",
        indexes=[{'columns': ['load_id']}, {'columns': ['crime_key']}],
    )
}}

with involvements as (

    {{ changed_rows(source('raw', 'involvement'), 'load_id', 'int_changed_load') }}

),

loads as (

    select * from {{ ref('stg_load') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_row') }}
    where record_kind = 'involvement'

)

select
    involvements.load_id,
    involvements.extract_name,
    involvements.row_number,
    involvements.crime_row_number,

    {{ crime_key('loads.force_code', 'involvements.crime_ref_token') }} as crime_key,
    involvements.crime_ref_token,
    involvements.role,

    involvements.person_ref_token,
    involvements.pnc_token,
    involvements.surname_token,
    involvements.surname_phonetic_token,
    involvements.surname_consonants_token,
    {{ read_boolean('involvements.surname_is_common') }} as surname_is_common,
    involvements.forename_token,
    involvements.forename_initial_token,
    {{ read_boolean('involvements.forename_is_initial') }} as forename_is_initial,
    involvements.first_forename_token,
    involvements.forename_phonetic_token,
    involvements.forename_consonants_token,
    {{ read_boolean('involvements.forename_is_common') }} as forename_is_common,
    involvements.name_part_tokens,
    involvements.date_of_birth_token,
    involvements.date_of_birth_swapped_token,
    involvements.birth_year_month_token,
    involvements.birth_year_day_token,
    involvements.birth_month_day_token,
    {{ read_boolean('involvements.date_of_birth_is_placeholder') }} as date_of_birth_is_placeholder,
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
where loads.is_accepted and quarantined.load_id is null
