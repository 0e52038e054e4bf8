with ethnicities as (

    select * from {{ ref('int_involvement_ethnicity') }}

),

nationalities as (

    select * from {{ ref('int_involvement_nationality') }}

),

outcomes as (

    select * from {{ ref('int_crime_outcome') }}

),

-- What became of each measure for each person on a crime in a role.
measured as (

    select
        crime_key,
        force_code,
        is_counted_nationally,
        role,
        'self_defined_ethnicity' as measure,
        coalesce(missing_reason, 'recorded') as state
    from ethnicities
    union all
    select
        crime_key,
        force_code,
        is_counted_nationally,
        role,
        'observed_ethnicity' as measure,
        coalesce(observed_missing_reason, 'recorded') as state
    from ethnicities
    union all
    select
        crime_key,
        force_code,
        is_counted_nationally,
        role,
        'ethnicity_any_basis' as measure,
        case when ethnicity_basis = 'none' then missing_reason else 'recorded' end as state
    from ethnicities
    union all
    select
        crime_key,
        force_code,
        is_counted_nationally,
        role,
        'nationality' as measure,
        case
            when nationality_status in ('refused', 'not_recorded', 'unmapped') then nationality_status
            else 'recorded'
        end as state
    from nationalities
    where nationality_rank = 1

),

-- A suspect on a crime whose outcome says that none was identified is no gap in the records.
placed as (

    select
        measured.force_code,
        measured.is_counted_nationally,
        measured.role,
        measured.measure,
        case
            when measured.role = 'suspect' and not outcomes.has_identified_suspect then 'no_suspect_identified'
            else measured.state
        end as state
    from measured
    inner join outcomes on measured.crime_key = outcomes.crime_key

),

states as (

    select
        force_code,
        is_counted_nationally,
        role,
        measure,
        state,
        count(*) as people
    from placed
    group by force_code, is_counted_nationally, role, measure, state

),

totals as (

    select
        force_code,
        is_counted_nationally,
        role,
        measure,
        sum(people)::bigint as people,
        coalesce(sum(people) filter (where state = 'recorded'), 0)::bigint as recorded,
        coalesce(sum(people) filter (where state = 'group_only'), 0)::bigint as group_only,
        coalesce(sum(people) filter (where state = 'not_stated'), 0)::bigint as not_stated,
        coalesce(sum(people) filter (where state = 'refused'), 0)::bigint as refused,
        coalesce(sum(people) filter (where state = 'unknown'), 0)::bigint as unknown,
        coalesce(sum(people) filter (where state = 'not_recorded'), 0)::bigint as not_recorded,
        coalesce(sum(people) filter (where state = 'unmapped'), 0)::bigint as unmapped,
        coalesce(sum(people) filter (where state = 'no_suspect_identified'), 0)::bigint as no_suspect_identified
    from states
    group by force_code, is_counted_nationally, role, measure

)

select
    force_code,
    is_counted_nationally,
    role,
    measure,
    people,
    recorded,
    group_only,
    not_stated,
    refused,
    unknown,
    not_recorded,
    unmapped,
    no_suspect_identified,
    ((recorded + group_only)::numeric / nullif(people - no_suspect_identified, 0))::numeric(7, 4) as recorded_share
from totals
