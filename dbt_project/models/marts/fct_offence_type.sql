with crimes as (

    select * from {{ ref('int_crime_current') }}

),

involvements as (

    select * from {{ ref('int_involvement_current') }}

),

coded_values as (

    select * from {{ ref('int_coded_value') }}

),

offences as (

    select * from {{ ref('home_office_offence') }}

),

outcomes as (

    select * from {{ ref('outcome') }}

),

people as (

    select
        crime_key,
        count(*) filter (where role = 'suspect') as suspect_count,
        count(*) filter (where role = 'victim') as victim_count
    from involvements
    group by crime_key

),

offence_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        coded_values.harmonised_code as home_office_code,
        offences.offence_category,
        offences.csae_category
    from coded_values
    left join offences on coded_values.harmonised_code = offences.home_office_code
    where coded_values.column_name = 'home_office_code'

),

outcome_values as (

    select
        coded_values.force_code,
        coded_values.layout_valid_from,
        coded_values.value,
        coded_values.harmonised_code as outcome_code,
        outcomes.suspect_identified
    from coded_values
    left join outcomes on coded_values.harmonised_code = outcomes.outcome_code
    where coded_values.column_name = 'outcome_code'

),

national_crimes as (

    select
        crimes.crime_key,
        crimes.force_code,
        crimes.crime_ref_token,
        crimes.recorded_on,
        crimes.offence_start_on,
        offence_values.home_office_code,
        crimes.cjs_code,
        offence_values.offence_category,
        offence_values.csae_category,
        coalesce(crimes.offence_start_on, crimes.recorded_on) as legal_basis_on,
        crimes.is_online,
        crimes.is_group_based as is_group_based_flagged,
        outcome_values.outcome_code,
        crimes.outcome_on,
        coalesce(people.suspect_count, 0)::integer as suspect_count,
        coalesce(people.victim_count, 0)::integer as victim_count,
        coalesce(outcome_values.suspect_identified, false) as has_outcome_with_suspect,
        crimes.transferred_from_force_code,
        crimes.first_load_id,
        crimes.current_load_id
    from crimes
    left join people on crimes.crime_key = people.crime_key
    left join offence_values
        on
            crimes.force_code = offence_values.force_code
            and crimes.layout_valid_from = offence_values.layout_valid_from
            and crimes.home_office_code = offence_values.value
    left join outcome_values
        on
            crimes.force_code = outcome_values.force_code
            and crimes.layout_valid_from = outcome_values.layout_valid_from
            and crimes.outcome_code = outcome_values.value
    where crimes.is_counted_nationally

)

select
    crime_key,
    force_code,
    crime_ref_token,
    recorded_on,
    offence_start_on,
    home_office_code,
    cjs_code,
    offence_category,
    csae_category,
    legal_basis_on,
    is_online,
    is_group_based_flagged,
    suspect_count >= 2 as is_group_based_derived,
    outcome_code,
    outcome_on,
    suspect_count,
    victim_count,
    has_outcome_with_suspect or suspect_count > 0 as has_identified_suspect,
    transferred_from_force_code,
    first_load_id,
    current_load_id
from national_crimes
-- In the order of the key: its index grows at one end, and the table is the same from build to build.
order by crime_key
