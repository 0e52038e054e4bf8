with ethnicities as (

    select * from {{ ref('int_involvement_ethnicity') }}

),

-- The group that a person says, where both that and an observation are on record.
both_known as (

    select
        force_code,
        is_counted_nationally,
        role,
        ethnicity_group as self_defined_group,
        observed_code as observed_group
    from ethnicities
    where ethnicity_basis = 'self_defined' and observed_code is not null

)

select
    force_code,
    is_counted_nationally,
    role,
    self_defined_group,
    observed_group,
    count(*) as people
from both_known
group by force_code, is_counted_nationally, role, self_defined_group, observed_group
