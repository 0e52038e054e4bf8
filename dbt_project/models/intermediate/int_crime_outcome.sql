{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        indexes=[{'columns': ['crime_key']}, {'columns': ['month_slice']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_changed_person_crime') }}

),

involvements as (

    {{ changed_rows(ref('int_involvement_current'), 'crime_key', 'int_changed_person_crime') }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

people as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspect_count,
        count(*) filter (where role = 'victim') as victim_count,
        bool_or(age_at_offence < 18) filter (where role = 'victim') as has_child_victim
    from involvements
    group by crime_key

),

outcome_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        coded_values.harmonised_code as outcome_code,
        outcomes.outcome_group,
        outcomes.suspect_identified
    from coded_values
    left join outcomes on coded_values.harmonised_code = outcomes.outcome_code
    where coded_values.column_name = 'outcome_code'

)

-- What the outcome says of a suspect comes before what the records of people say.
select
    crimes.crime_key,
    crimes.month_slice,
    crimes.outcome_code as outcome_value,
    outcome_values.outcome_code,
    outcome_values.outcome_group,
    coalesce(people.suspect_count, 0)::integer as suspect_count,
    coalesce(people.victim_count, 0)::integer as victim_count,
    people.has_child_victim,
    coalesce(outcome_values.suspect_identified, people.suspect_count > 0, false) as has_identified_suspect
from crimes
left join people on crimes.crime_key = people.crime_key
left join outcome_values
    on
        crimes.force_code = outcome_values.force_code
        and crimes.layout_valid_from = outcome_values.layout_valid_from
        and crimes.outcome_code = outcome_values.value
