with ethnicities as (

    select * from {{ ref('int_ethnicity_count') }}

),

-- The group that a person says, where both that and an observation are on record.
both_known as (

    select
        force_code,
        is_counted_nationally,
        role,
        ethnicity_group as self_defined_group,
        observed_code as observed_group,
        people
    from ethnicities
    where ethnicity_basis = 'self_defined' and observed_code is not null

)

select
    force_code,
    is_counted_nationally,
    role,
    self_defined_group,
    observed_group,
    sum(people)::bigint as people
from both_known
group by force_code, is_counted_nationally, role, self_defined_group, observed_group
