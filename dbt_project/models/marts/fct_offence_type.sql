{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['crime_key']}],
    )
}}

{% set is_of_a_child = 'crime_outcomes.has_child_victim or crimes.is_child_abuse_flagged' %}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_changed_person_crime') }}

),

crime_offences as (

    {{ changed_rows(ref('int_crime_offence'), 'crime_key', 'int_changed_person_crime') }}

),

crime_outcomes as (

    {{ changed_rows(ref('int_crime_outcome'), 'crime_key', 'int_changed_person_crime') }}

),

maturities as (

    {{ changed_rows(ref('int_crime_maturity'), 'crime_key', 'int_changed_person_crime') }}

),

memberships as (

    select * from {{ ref('int_csae_membership') }}

),

definitions as (

    {{ offences_by_definition('memberships') }}

)

select
    crimes.crime_key,
    crimes.force_code,
    crimes.crime_ref_token,
    crimes.recorded_on,
    crimes.offence_start_on,
    crime_offences.home_office_code,
    -- Only what has the form of a code: other text could be anything.
    substring(trim(crimes.cjs_code) from '^[A-Za-z0-9]{2,4}[0-9]{3,6}[A-Za-z]{0,2}$') as cjs_code,
    crime_offences.offence_category,
    crime_offences.csae_category,
    crime_offences.legal_basis_on,
    crimes.is_online,
    crimes.is_group_based as is_group_based_flagged,
    crime_outcomes.suspect_count >= 2 as is_group_based_derived,
    crime_outcomes.outcome_code,
    crimes.outcome_on,
    crime_outcomes.suspect_count,
    crime_outcomes.victim_count,
    crime_outcomes.has_identified_suspect,
    crimes.transferred_from_force_code,
    crimes.first_load_id,
    crimes.current_load_id,
    crime_offences.offence_basis,
    crime_offences.offence_confidence,
    crime_offences.comparable_offence_category,
    {{ is_in_definition('statutory_list', 'definitions', is_of_a_child) }} as is_in_statutory_list,
    {{ is_in_definition('statutory_list_with_images', 'definitions', is_of_a_child) }}
        as is_in_statutory_list_with_images,
    {{ is_in_definition('npcc_wider', 'definitions', is_of_a_child) }} as is_in_npcc_wider,
    crimes.is_child_abuse_flagged,
    maturities.data_maturity
from crimes
inner join crime_offences on crimes.crime_key = crime_offences.crime_key
inner join crime_outcomes on crimes.crime_key = crime_outcomes.crime_key
inner join maturities on crimes.crime_key = maturities.crime_key
left join definitions
    on
        crime_offences.category_for_any_crime = definitions.offence_category
        and crime_offences.listed_code is not distinct from definitions.home_office_code
where crimes.is_counted_nationally
-- In the order of the key: its index grows at one end.
order by crimes.crime_key
