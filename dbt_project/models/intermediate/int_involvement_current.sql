{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime'), after=ref('int_person_before')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['month_slice']}, {'columns': ['person_key']}],
    )
}}

with involvements as (

    {{ changed_rows(ref('int_involvement_version'), 'crime_key', 'int_changed_person_crime') }}

),

fates as (

    {{ changed_rows(ref('int_involvement_fate'), 'crime_key', 'int_changed_person_crime') }}

),

crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_changed_person_crime') }}

)

select
    involvements.involvement_key,
    involvements.crime_key,
    fates.person_key,
    involvements.role,
    involvements.force_code,
    crimes.recorded_on,
    crimes.is_counted_nationally,

    involvements.load_id,
    involvements.delivery_on,
    crimes.month_slice,
    involvements.layout_valid_from,

    involvements.sex,
    involvements.birth_year,
    involvements.age_at_offence,
    involvements.self_defined_ethnicity,
    involvements.observed_ethnicity,
    involvements.nationalities,
    involvements.immigration_status
from involvements
inner join fates on involvements.involvement_key = fates.involvement_key
inner join crimes on involvements.crime_key = crimes.crime_key
where fates.fate = 'current'
