{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('person_record_key', ref('int_changed_person_record')) }}",
        indexes=[{'columns': ['person_record_key']}],
    )
}}

with involvements as (

    {{ changed_rows(ref('int_involvement_version'), 'person_record_key', 'int_changed_person_record') }}

),

-- All rows of a record are written alike, so any of them tells how. What is no part of the key is taken over all of
-- them: a row that was loaded before there were such columns has nothing there.
standing as (

    select distinct on (person_record_key)
        person_record_key,
        person_ref_token,
        pnc_token,
        surname_token,
        full_forename_token,
        forename_initial_token,
        forename_is_initial,
        first_forename_token,
        surname_phonetic_token,
        min(surname_consonants_token) over (partition by person_record_key) as surname_consonants_token,
        bool_and(surname_is_common) over (partition by person_record_key) as surname_is_common,
        forename_phonetic_token,
        min(forename_consonants_token) over (partition by person_record_key) as forename_consonants_token,
        bool_and(forename_is_common) over (partition by person_record_key) as forename_is_common,
        name_part_tokens,
        date_of_birth_token,
        date_of_birth_swapped_token,
        birth_year_month_token,
        birth_year_day_token,
        birth_month_day_token,
        date_of_birth_is_placeholder,
        birth_year,
        sex,
        is_anonymous
    from involvements
    where crime_fate in ('withdrawn', 'transferred', 'current')
    order by person_record_key asc

),

seen as (

    select
        person_record_key,
        min(delivery_order) as first_seen
    from involvements
    where crime_fate <> 'quarantined'
    group by person_record_key

)

select
    standing.person_record_key,
    seen.first_seen,
    standing.person_ref_token,
    standing.pnc_token,
    standing.surname_token,
    standing.full_forename_token as forename_token,
    standing.forename_initial_token,
    standing.forename_is_initial,
    standing.first_forename_token,
    standing.surname_phonetic_token,
    standing.surname_consonants_token,
    standing.surname_is_common,
    standing.forename_phonetic_token,
    standing.forename_consonants_token,
    standing.forename_is_common,
    standing.name_part_tokens,
    standing.date_of_birth_token,
    standing.date_of_birth_swapped_token,
    standing.birth_year_month_token,
    standing.birth_year_day_token,
    standing.birth_month_day_token,
    standing.date_of_birth_is_placeholder,
    standing.birth_year,
    standing.sex,
    standing.is_anonymous
from standing
inner join seen on standing.person_record_key = seen.person_record_key
