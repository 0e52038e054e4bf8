{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('person_record_key', ref('int_changed_person_record')) }}",
        indexes=[{'columns': ['person_record_key']}],
    )
}}

with involvements as not materialized (

    {{ changed_rows(ref('int_involvement_version'), 'person_record_key', 'int_changed_person_record') }}

),

-- All rows of a record are written alike, so any of them tells how. What is no part of the key is taken over all of
-- them: a row that was loaded before there were such columns has nothing there. Grouped by narrow rows, since to sort
-- whole ones takes many times as long.
records as (

    select
        person_record_key,
        min(delivery_order) filter (where crime_fate <> 'quarantined') as first_seen,
        min(involvement_key) filter (where crime_fate in ('withdrawn', 'transferred', 'current')) as involvement_key,
        min(surname_consonants_token) filter (
            where crime_fate in ('withdrawn', 'transferred', 'current')
        ) as surname_consonants_token,
        bool_and(surname_is_common) filter (
            where crime_fate in ('withdrawn', 'transferred', 'current')
        ) as surname_is_common,
        min(forename_consonants_token) filter (
            where crime_fate in ('withdrawn', 'transferred', 'current')
        ) as forename_consonants_token,
        bool_and(forename_is_common) filter (
            where crime_fate in ('withdrawn', 'transferred', 'current')
        ) as forename_is_common
    from involvements
    group by person_record_key

)

select
    records.person_record_key,
    records.first_seen,
    involvements.person_ref_token,
    involvements.pnc_token,
    involvements.surname_token,
    involvements.full_forename_token as forename_token,
    involvements.forename_initial_token,
    involvements.forename_is_initial,
    involvements.first_forename_token,
    involvements.surname_phonetic_token,
    records.surname_consonants_token,
    records.surname_is_common,
    involvements.forename_phonetic_token,
    records.forename_consonants_token,
    records.forename_is_common,
    involvements.name_part_tokens,
    involvements.date_of_birth_token,
    involvements.date_of_birth_swapped_token,
    involvements.birth_year_month_token,
    involvements.birth_year_day_token,
    involvements.birth_month_day_token,
    involvements.date_of_birth_is_placeholder,
    involvements.birth_year,
    involvements.sex,
    involvements.is_anonymous
from records
inner join involvements on records.involvement_key = involvements.involvement_key
