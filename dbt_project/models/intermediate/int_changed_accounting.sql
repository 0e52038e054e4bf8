-- Loads whose rows have other fates than before: a crime that changed makes another row of it stand, in whichever load.
-- Also by what was read of a load, so that a row which should have a fate and has none is looked for.
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

read_crimes as (

    select * from {{ ref('stg_crime') }}

),

read_involvements as (

    select * from {{ ref('stg_involvement') }}

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
{% for relation in ['read_crimes', 'read_involvements', 'crime_fates', 'involvement_fates'] -%}
    union
    select {{ relation }}.load_id
    from {{ relation }}
    inner join changed_crimes on {{ relation }}.crime_key = changed_crimes.crime_key
{% endfor -%}
union
select load_id from case_review_fates
