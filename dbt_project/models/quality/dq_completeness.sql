-- Summed over the slices before anything else: their rows grow with history, these do not.
with ethnicities as (

    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        missing_reason,
        observed_missing_reason,
        ethnicity_basis,
        sum(people) as people
    from {{ ref('int_ethnicity_count') }}
    group by
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        missing_reason,
        observed_missing_reason,
        ethnicity_basis

),

nationalities as (

    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        nationality_status,
        sum(people) as people
    from {{ ref('int_nationality_count') }}
    group by force_code, is_counted_nationally, role, has_identified_suspect, nationality_status

),

-- What became of each measure for the people on crimes in a role.
measured as (

    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        'self_defined_ethnicity' as measure,
        coalesce(missing_reason, 'recorded') as state,
        people
    from ethnicities
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        'observed_ethnicity' as measure,
        coalesce(observed_missing_reason, 'recorded') as state,
        people
    from ethnicities
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        'ethnicity_any_basis' as measure,
        case when ethnicity_basis = 'none' then missing_reason else 'recorded' end as state,
        people
    from ethnicities
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        has_identified_suspect,
        'nationality' as measure,
        case
            when nationality_status in ('refused', 'not_recorded', 'unmapped') then nationality_status
            else 'recorded'
        end as state,
        people
    from nationalities

),

-- A suspect on a crime whose outcome says that none was identified is no gap in the records.
placed as (

    select
        force_code,
        is_counted_nationally,
        role,
        measure,
        case when role = 'suspect' and not has_identified_suspect then 'no_suspect_identified' else state end as state,
        people
    from measured

),

states as (

    select
        force_code,
        is_counted_nationally,
        role,
        measure,
        state,
        sum(people) as people
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
