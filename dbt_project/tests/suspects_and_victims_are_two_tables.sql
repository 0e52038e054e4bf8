-- The NPCC's report of 2024 gave one table twice, as that of victims and as that of suspects. Counts that are the same
-- in every cell, of a force or of the country, are taken for that where chance is no likely cause: of more than 50
-- people in either role of whom something is known, in three ethnicities or more.
with ethnicities as (

    select * from {{ ref('fct_ethnicity') }}

),

cells as (

    select
        force_code,
        ethnicity_group,
        self_defined_code,
        observed_code,
        missing_reason,
        count(*) filter (where role = 'suspect') as suspects,
        count(*) filter (where role = 'victim') as victims
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
