{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed('month_slice', ref('int_changed_slice')) }}",
        indexes=[{'columns': ['month_slice']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'month_slice', 'int_changed_slice') }}

),

crime_offences as (

    {{ changed_rows(ref('int_crime_offence'), 'month_slice', 'int_changed_slice') }}

),

outcomes as (

    {{ changed_rows(ref('int_crime_outcome'), 'month_slice', 'int_changed_slice') }}

),

memberships as (

    select * from {{ ref('int_csae_membership') }}

),

definitions as (

    {{ offences_by_definition('memberships') }}

),

-- Crimes by all that says which definition they are in. The fact has that too, but no slices to find them by.
kinds as (

    select
        crimes.month_slice,
        crimes.force_code,
        crimes.is_counted_nationally,
        crime_offences.offence_basis,
        crime_offences.csae_category,
        crime_offences.category_for_any_crime,
        crime_offences.listed_code,
        coalesce(outcomes.has_child_victim or crimes.is_child_abuse_flagged, false) as is_of_a_child,
        count(*) as crimes,
        count(*) filter (where crime_offences.is_cjs_code_contradicted) as cjs_code_contradicted,
        count(*) filter (where crime_offences.is_category_contradicted) as category_contradicted,
        count(*) filter (
            where crime_offences.home_office_code is not null and not crime_offences.is_code_in_force
        ) as code_not_in_force,
        least(min(crimes.recorded_on), min(crimes.offence_start_on), min(crimes.outcome_on)) as first_on,
        greatest(max(crimes.recorded_on), max(crimes.offence_start_on), max(crimes.outcome_on)) as last_on
    from crimes
    inner join crime_offences on crimes.crime_key = crime_offences.crime_key
    inner join outcomes on crimes.crime_key = outcomes.crime_key
    group by
        crimes.month_slice,
        crimes.force_code,
        crimes.is_counted_nationally,
        crime_offences.offence_basis,
        crime_offences.csae_category,
        crime_offences.category_for_any_crime,
        crime_offences.listed_code,
        coalesce(outcomes.has_child_victim or crimes.is_child_abuse_flagged, false)

),

placed as (

    select
        kinds.*,
        case
            when kinds.is_counted_nationally
                then {{ is_in_definition('statutory_list', 'definitions', 'kinds.is_of_a_child') }}
        end as is_in_statutory_list,
        case
            when kinds.is_counted_nationally
                then {{ is_in_definition('statutory_list_with_images', 'definitions', 'kinds.is_of_a_child') }}
        end as is_in_statutory_list_with_images,
        case
            when kinds.is_counted_nationally
                then {{ is_in_definition('npcc_wider', 'definitions', 'kinds.is_of_a_child') }}
        end as is_in_npcc_wider
    from kinds
    left join definitions
        on
            kinds.category_for_any_crime = definitions.offence_category
            and kinds.listed_code is not distinct from definitions.home_office_code

)

select
    month_slice,
    force_code,
    is_counted_nationally,
    offence_basis,
    csae_category,
    is_in_statutory_list,
    is_in_statutory_list_with_images,
    is_in_npcc_wider,
    sum(crimes)::bigint as crimes,
    sum(cjs_code_contradicted)::bigint as cjs_code_contradicted,
    sum(category_contradicted)::bigint as category_contradicted,
    sum(code_not_in_force)::bigint as code_not_in_force,
    min(first_on) filter (where is_counted_nationally) as first_on,
    max(last_on) filter (where is_counted_nationally) as last_on
from placed
group by
    month_slice,
    force_code,
    is_counted_nationally,
    offence_basis,
    csae_category,
    is_in_statutory_list,
    is_in_statutory_list_with_images,
    is_in_npcc_wider
