{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_changed_pairs(ref('int_compared_crime')) }}",
        on_schema_change='fail',
        indexes=[{'columns': ['crime_key']}],
    )
}}

with crimes as (

    {{ changed_rows(ref('int_crime_current'), 'crime_key', 'int_compared_crime') }}

),

crime_offences as (

    {{ changed_rows(ref('int_crime_offence'), 'crime_key', 'int_compared_crime') }}

),

-- Not kept in between: of what is kept the planner knows no values, and would look every crime up by itself.
involvements as not materialized (

    {{ changed_rows(ref('int_involvement_current'), 'crime_key', 'int_compared_crime') }}

),

chains as (

    select * from {{ ref('int_crime_chain') }}

),

transfers as (

    select * from {{ ref('int_crime_transfer') }}

),

-- A force that says it sent a crime to another or took it from there, and is matched with none there.
unmatched as (

    select
        crime_key,
        array_agg(distinct other_force_code) as force_codes
    from transfers
    where is_last_word and not is_handover and other_force_code is not null
    group by crime_key

),

people as (

    select distinct
        crime_key,
        person_key,
        role
    from involvements
    where is_counted_nationally

),

sides as (

    select
        crime_key,
        bool_or(role = 'suspect') as has_suspects,
        bool_or(role = 'victim') as has_victims
    from involvements
    where is_counted_nationally
    group by crime_key

),

{% if builds_what_changed() %}
    known_people as (

        select distinct person_key from people

    ),

    everywhere as (

        select * from {{ ref('int_involvement_current') }}

    ),

    -- Whoever is on these crimes, on all crimes of the country.
    places as (

        select distinct
            everywhere.crime_key,
            everywhere.person_key,
            everywhere.role
        from everywhere
        inner join known_people on everywhere.person_key = known_people.person_key
        where everywhere.is_counted_nationally

    ),
{% else %}
    -- These are all crimes of the country.
    places as (

        select * from people

    ),
{% endif %}

-- Only crimes with a person in common are compared. Who is on very many is left out: such pairs grow with the square.
compared_people as (

    select person_key
    from places
    group by person_key
    having count(*) between 2 and 50

),

-- Each person carries all that a pair is judged by: how many pairs there are no planner knows, so nothing is joined to
-- them.
compared as (

    select
        people.crime_key,
        people.person_key,
        people.role,
        coalesce(sides.has_suspects, false) as has_suspects,
        coalesce(sides.has_victims, false) as has_victims,
        crimes.force_code,
        crimes.offence_start_on,
        crimes.recorded_on,
        crime_offences.home_office_code,
        crime_offences.offence_category,
        coalesce(chains.chain_key, people.crime_key) as chain_key,
        coalesce(unmatched.force_codes, array[]::text[]) as unmatched_force_codes
    from people
    inner join compared_people on people.person_key = compared_people.person_key
    inner join crimes on people.crime_key = crimes.crime_key and crimes.offence_start_on is not null
    inner join crime_offences on people.crime_key = crime_offences.crime_key
    inner join sides on people.crime_key = sides.crime_key
    left join chains on people.crime_key = chains.crime_key
    left join unmatched on people.crime_key = unmatched.crime_key

),

shared as (

    select
        one.crime_key,
        other.crime_key as other_crime_key,
        one.force_code,
        other.force_code as other_force_code,
        one.force_code = other.force_code as is_within_one_force,
        one.role,
        one.has_suspects and other.has_suspects as has_suspects,
        one.has_victims and other.has_victims as has_victims,
        coalesce(one.home_office_code = other.home_office_code, false) as is_same_code,
        coalesce(one.offence_category = other.offence_category, false) as is_same_category,
        abs(one.offence_start_on - other.offence_start_on) as offence_days_apart,
        abs(one.recorded_on - other.recorded_on) as recorded_days_apart,
        other.force_code = any(one.unmatched_force_codes) or one.force_code = any(other.unmatched_force_codes)
            as is_transfer_unmatched
    from compared as one
    inner join compared as other
        on
            one.person_key = other.person_key
            and one.role = other.role
            and one.crime_key < other.crime_key
            and one.chain_key <> other.chain_key
    where abs(one.offence_start_on - other.offence_start_on) <= 7

),

pairs as (

    select
        crime_key,
        other_crime_key,
        min(force_code) as force_code,
        min(other_force_code) as other_force_code,
        bool_and(is_within_one_force) as is_within_one_force,
        count(*) filter (where role = 'suspect') as shared_suspects,
        count(*) filter (where role = 'victim') as shared_victims,
        bool_and(has_suspects and role <> 'suspect') as is_suspect_different,
        bool_and(has_victims and role <> 'victim') as is_victim_different,
        bool_and(is_same_code) as is_same_code,
        bool_and(is_same_category) as is_same_category,
        min(offence_days_apart) as offence_days_apart,
        min(recorded_days_apart) as recorded_days_apart,
        bool_and(is_transfer_unmatched) as is_transfer_unmatched
    from shared
    group by crime_key, other_crime_key

),

-- A victim counts for more than a suspect, who may well commit two crimes in a week. What speaks against it counts too:
-- a crime has its own victim.
scored as (

    select
        pairs.*,
        least(
            100,
            case when pairs.shared_victims > 0 then 40 else 0 end
            + case when pairs.shared_suspects > 0 then 30 else 0 end
            + case pairs.offence_days_apart when 0 then 15 when 1 then 10 else 0 end
            + case when pairs.is_same_code then 15 when pairs.is_same_category then 5 else 0 end
            + case when pairs.is_transfer_unmatched then 20 else 0 end
            - case when pairs.is_victim_different then 30 else 0 end
            - case when pairs.is_suspect_different then 15 else 0 end
        ) as score
    from pairs
    where
        (pairs.is_same_code or pairs.is_same_category)
        -- One force may well record several offences of one day against one person: there, all must agree.
        and (
            not pairs.is_within_one_force
            or (pairs.is_same_code and pairs.offence_days_apart = 0 and not pairs.is_victim_different)
        )

)

select
    scored.crime_key,
    scored.other_crime_key,
    scored.force_code,
    scored.other_force_code,
    scored.is_within_one_force,
    scored.score,
    scored.shared_suspects,
    scored.shared_victims,
    scored.is_suspect_different,
    scored.is_victim_different,
    scored.is_same_code,
    scored.is_same_category,
    scored.offence_days_apart,
    scored.recorded_days_apart,
    scored.is_transfer_unmatched
from scored
where scored.score >= 40
