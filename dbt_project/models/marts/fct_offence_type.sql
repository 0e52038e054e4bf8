{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('crime_key', ref('int_changed_person_crime')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['crime_key']}],
    )
}}

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

-- A definition may count some offences only where a victim is known to be a child or the force flags child abuse.
counted as (

    select
        crime_offences.crime_key,
        bool_or(memberships.definition = 'statutory_list') as is_in_statutory_list,
        bool_or(memberships.definition = 'statutory_list_with_images') as is_in_statutory_list_with_images,
        bool_or(memberships.definition = 'npcc_wider') as is_in_npcc_wider
    from crime_offences
    inner join crimes on crime_offences.crime_key = crimes.crime_key
    inner join crime_outcomes on crime_offences.crime_key = crime_outcomes.crime_key
    inner join memberships
        on
            crime_offences.category_for_any_crime = memberships.offence_category
            and crime_offences.listed_code is not distinct from memberships.home_office_code
    where
        memberships.is_always_in
        or crime_outcomes.has_child_victim
        or crimes.is_child_abuse_flagged
    group by crime_offences.crime_key

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
    coalesce(counted.is_in_statutory_list, false) as is_in_statutory_list,
    coalesce(counted.is_in_statutory_list_with_images, false) as is_in_statutory_list_with_images,
    coalesce(counted.is_in_npcc_wider, false) as is_in_npcc_wider,
    crimes.is_child_abuse_flagged,
    maturities.data_maturity
from crimes
inner join crime_offences on crimes.crime_key = crime_offences.crime_key
inner join crime_outcomes on crimes.crime_key = crime_outcomes.crime_key
inner join maturities on crimes.crime_key = maturities.crime_key
left join counted on crimes.crime_key = counted.crime_key
where crimes.is_counted_nationally
-- In the order of the key: its index grows at one end.
order by crimes.crime_key
