with ethnicities as (

    select * from {{ ref('ethnicity') }}

),

groups as (

    select * from {{ ref('ethnicity_group') }}

)

select
    ethnicities.ethnicity_code,
    ethnicities.label,
    ethnicities.ethnicity_group,
    groups.label as group_label,
    ethnicities.sort_order,
    groups.sort_order as group_sort_order
from ethnicities
inner join groups on ethnicities.ethnicity_group = groups.ethnicity_group
