-- The NPCC's report of 2024 gave one table twice, as that of victims and as that of suspects. Counts that are the same
-- in every cell, of a force or of the country, are taken for that where chance is no likely cause: of more than 50
-- people in either role of whom something is known, in three ethnicities or more. A night
-- takes the counts that are kept.
with facts as (

    select * from {{ ref('fct_ethnicity') }}

),

kept_counts as (

    select * from {{ ref('int_ethnicity_count') }}

),

ethnicities as (

    select
        force_code,
        ethnicity_group,
        self_defined_code,
        observed_code,
        missing_reason,
        role,
        1 as people
    from facts
    where {{ var('checked', 'all') != 'changed' }}
    union all
    select
        force_code,
        ethnicity_group,
        self_defined_code,
        observed_code,
        missing_reason,
        role,
        people
    from kept_counts
    where is_counted_nationally and {{ var('checked', 'all') == 'changed' }}

),

cells as (

    select
        force_code,
        ethnicity_group,
        self_defined_code,
        observed_code,
        missing_reason,
        coalesce(sum(people) filter (where role = 'suspect'), 0) as suspects,
        coalesce(sum(people) filter (where role = 'victim'), 0) as victims
    from ethnicities
    group by force_code, ethnicity_group, self_defined_code, observed_code, missing_reason

),

places as (

    select
        force_code,
        ethnicity_group,
        suspects,
        victims
    from cells
    union all
    select
        'national' as force_code,
        ethnicity_group,
        sum(suspects) as suspects,
        sum(victims) as victims
    from cells
    group by ethnicity_group, self_defined_code, observed_code, missing_reason

)

select
    force_code,
    sum(suspects) as suspects
from places
group by force_code
having
    bool_and(suspects = victims)
    and sum(suspects) filter (where ethnicity_group <> 'U') > 50
    and count(*) filter (where ethnicity_group <> 'U') >= 3
