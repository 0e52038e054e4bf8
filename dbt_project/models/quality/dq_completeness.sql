with ethnicities as (

    select * from {{ ref('int_involvement_ethnicity') }}

),

nationalities as (

    select * from {{ ref('int_involvement_nationality') }}

),

-- What became of each measure for each person on a crime in a role, counted.
states as (

    select
        force_code,
        is_counted_nationally,
        role,
        'self_defined_ethnicity' as measure,
        coalesce(missing_reason, 'recorded') as state,
        count(*) as people
    from ethnicities
    group by force_code, is_counted_nationally, role, coalesce(missing_reason, 'recorded')
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        'observed_ethnicity' as measure,
        coalesce(observed_missing_reason, 'recorded') as state,
        count(*) as people
    from ethnicities
    group by force_code, is_counted_nationally, role, coalesce(observed_missing_reason, 'recorded')
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        'ethnicity_any_basis' as measure,
        case when ethnicity_basis = 'none' then missing_reason else 'recorded' end as state,
        count(*) as people
    from ethnicities
    group by
        force_code,
        is_counted_nationally,
        role,
        case when ethnicity_basis = 'none' then missing_reason else 'recorded' end
    union all
    select
        force_code,
        is_counted_nationally,
        role,
        'nationality' as measure,
        case
            when nationality_status = 'refused' then 'not_stated'
            when nationality_status in ('not_recorded', 'unmapped') then nationality_status
            else 'recorded'
        end as state,
        count(*) as people
    from nationalities
    where nationality_rank = 1
    group by force_code, is_counted_nationally, role, nationality_status

),

totals as (

    select
        force_code,
        is_counted_nationally,
        role,
        measure,
        sum(people)::bigint as people,
        coalesce(sum(people) filter (where state = 'recorded'), 0)::bigint as recorded,
        coalesce(sum(people) filter (where state = 'not_stated'), 0)::bigint as not_stated,
        coalesce(sum(people) filter (where state = 'not_recorded'), 0)::bigint as not_recorded,
        coalesce(sum(people) filter (where state = 'unmapped'), 0)::bigint as unmapped
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
    not_stated,
    not_recorded,
    unmapped,
    (recorded::numeric / people)::numeric(7, 4) as recorded_share
from totals
