-- Loads whose rows have other fates than before: a crime that changed makes another row of it stand, in whichever load.
-- Case reviews are few and all made anew, so each load that has any is among them.
{{
    config(
        materialized='incremental',
        incremental_strategy='anew',
    )
}}

with changed_loads as (

    select * from {{ ref('int_changed_load') }}

),

changed_crimes as (

    select * from {{ ref('int_changed_person_crime') }}

),

crime_fates as (

    select * from {{ ref('int_crime_fate') }}

),

involvement_fates as (

    select * from {{ ref('int_involvement_fate') }}

),

case_review_fates as (

    select * from {{ ref('int_case_review_fate') }}

)

select load_id from changed_loads
union
select crime_fates.load_id
from crime_fates
inner join changed_crimes on crime_fates.crime_key = changed_crimes.crime_key
union
select involvement_fates.load_id
from involvement_fates
inner join changed_crimes on involvement_fates.crime_key = changed_crimes.crime_key
union
select load_id from case_review_fates
