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

-- Most records have one row. What has more is found by the key alone: to group or sort whole rows takes many times as
-- long.
repeated_keys as (

    select person_record_key
    from involvements
    group by person_record_key
    having count(*) > 1

),

-- All rows of a record are written alike, so any of them tells how. What is no part of the key is taken over all of
-- them: a row that was loaded before there were such columns has nothing there. Kept, or each of PostgreSQL's workers
-- would work them out for itself.
repeated as materialized (

    select
        involvements.person_record_key,
        min(involvements.delivery_order) filter (where involvements.crime_fate <> 'quarantined') as first_seen,
        min(involvements.involvement_key) filter (
            where involvements.crime_fate in ('withdrawn', 'transferred', 'current')
        ) as involvement_key,
        min(involvements.surname_consonants_token) filter (
            where involvements.crime_fate in ('withdrawn', 'transferred', 'current')
        ) as surname_consonants_token,
        bool_and(involvements.surname_is_common) filter (
            where involvements.crime_fate in ('withdrawn', 'transferred', 'current')
        ) as surname_is_common,
        min(involvements.forename_consonants_token) filter (
            where involvements.crime_fate in ('withdrawn', 'transferred', 'current')
        ) as forename_consonants_token,
        bool_and(involvements.forename_is_common) filter (
            where involvements.crime_fate in ('withdrawn', 'transferred', 'current')
        ) as forename_is_common
    from involvements
    inner join repeated_keys on involvements.person_record_key = repeated_keys.person_record_key
    group by involvements.person_record_key

)

select
    involvements.person_record_key,
    coalesce(repeated.first_seen, involvements.delivery_order) as first_seen,
    involvements.person_ref_token,
    involvements.pnc_token,
    involvements.surname_token,
    involvements.full_forename_token as forename_token,
    involvements.forename_initial_token,
    involvements.forename_is_initial,
    involvements.first_forename_token,
    involvements.surname_phonetic_token,
    coalesce(repeated.surname_consonants_token, involvements.surname_consonants_token) as surname_consonants_token,
    coalesce(repeated.surname_is_common, involvements.surname_is_common) as surname_is_common,
    involvements.forename_phonetic_token,
    coalesce(repeated.forename_consonants_token, involvements.forename_consonants_token) as forename_consonants_token,
    coalesce(repeated.forename_is_common, involvements.forename_is_common) as forename_is_common,
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
from involvements
left join repeated on involvements.person_record_key = repeated.person_record_key
where
    involvements.crime_fate in ('withdrawn', 'transferred', 'current')
    and (repeated.person_record_key is null or involvements.involvement_key = repeated.involvement_key)
